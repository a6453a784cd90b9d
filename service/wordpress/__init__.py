"""What programs and themes that were made for WordPress ask for, as plain values."""
