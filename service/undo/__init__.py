"""What the log says was done is taken back."""
