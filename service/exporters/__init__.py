"""Files by which a site's comments leave: one file of code for each format, and the reading that they share."""
