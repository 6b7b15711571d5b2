"""The benchmark harness: driftline and the peers that a user would pick, in one run on the same data."""
