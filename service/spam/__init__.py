"""The spam check: rules and a classifier add points, and their sum is the verdict."""
