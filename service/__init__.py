"""The middle floor: what a comment, a challenge and a verdict mean. Plain values in, plain values out."""
