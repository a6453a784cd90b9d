"""Takes back what the log says was done."""
