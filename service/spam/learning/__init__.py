"""Learning: from moderators' decisions to the model, thresholds and reputations of a site, in the background.

What it finds while decisions come is in docs/spam.md.
"""
