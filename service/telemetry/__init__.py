"""What the service tells of itself: figures and logs."""
