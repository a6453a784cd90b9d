"""Training of the shipped prior. The only code that needs numpy."""
