"""Why a site stays that somebody wanted to remove."""

from enum import StrEnum

from service.language import N_


class KeptProblem(StrEnum):
    """Why a site is not removed."""

    LISTED = N_("%(origin)s is listed in REPLY_SITES and would come back at the next start. Remove it there first.")
    DEMO = N_("%(origin)s is the demo and would come back at the next start. Set REPLY_DEMO=false first.")
    COMMENT = N_("%(origin)s has 1 comment, including pending ones, spam and trash. Select the box to delete it.")
    COMMENTS = N_(
        "%(origin)s has %(number)s comments, including pending ones, spam and trash. Select the box to delete them."
    )
    JUST_NOW = N_("Somebody has just commented on %(origin)s, so it was not removed.")
