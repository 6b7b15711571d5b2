"""Where the numbers go: one module for each system that takes them."""
