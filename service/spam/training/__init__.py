"""Making the weights that ship. Needs numpy; nothing outside this folder does."""
