"""What follows from moderation, whoever it came from: threads are drawn anew, and the spam check learns."""

from service.comments.moderate import Batch
from service.web.state import Core


def tell(core: Core, batch: Batch) -> None:
    """Tell those parts of the process that want to know."""
    core.versions.forget_all()
    for site_id in {site_id for site_id, _ in batch.changed}:
        core.spam.learner.soon(site_id)
