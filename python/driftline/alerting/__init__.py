"""Says what is wrong as soon as a window says so: rules, what became of them, and who is told."""
