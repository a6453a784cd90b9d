"""Learning: from moderators' decisions to the model, thresholds and reputations of a site, in the background.

Held of spam / of honest comments, in %, on 28 unseen blogs with an earlier version of the general weights:

    decisions                                      0         100        400        800
    approvals only                                 93 / 0.3  93 / 0.3   93 / 0.3
    2 % spam                                       93 / 0.3  93 / 0.3   91 / 0.1   91 / 0.1
    30 % spam                                      93 / 0.3  93 / 0.2   95 / 0.1   96 / 0.1
    30 % spam, 2 % of the decisions wrong          93 / 0.3  94 / 0.2   95 / 0.2   95 / 0.2
"""
