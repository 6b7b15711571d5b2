"""Who is measured. Each module runs in its own environment and imports only what is installed there.

A module offers functions ``task(case, folder) -> run``; ``run()`` does the work once, from nothing, and returns
``{"count", "distinct", "median"}`` of the first column (median only of numbers), which the harness checks.
"""
