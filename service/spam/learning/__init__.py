"""Learning: from moderators' decisions to the model, thresholds and reputations of a site, in the background."""
