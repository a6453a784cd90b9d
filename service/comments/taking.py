"""What belongs into the transaction of a comment beside itself: its author's name and wish, and mail that it causes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from db.models import Status
from service.comments.authors import Claim, keep_name
from service.comments.submit import Accepted, Refused
from service.mail.owners import comment_waits
from service.mail.subscriptions import Wish, published, subscribe

Result = Accepted | Refused


@dataclass(frozen=True, slots=True)
class Beside:
    """``name``: it is proven to be theirs. ``mail``: whether mail is sent at all, ``owners``: whether they are told."""

    at: datetime
    name: Claim | None = None
    wish: Wish | None = None
    mail: bool = False
    owners: bool = False


def taking(job: Callable[[Connection], Result], beside: Beside) -> Callable[[Connection], Result]:
    """The same job, with all that goes with it when the comment is taken. A second click changes nothing."""

    def run(connection: Connection) -> Result:
        result = job(connection)
        if isinstance(result, Accepted):
            _beside(connection, (result.site_id, result.comment_id), result.status, beside)
        return result

    return run if beside.name or beside.mail else job


def _beside(connection: Connection, key: tuple[int, int], status: Status, beside: Beside) -> None:
    if beside.name and status is Status.APPROVED:
        keep_name(connection, beside.name, beside.at)
    if not beside.mail:
        return
    if beside.wish:
        subscribe(connection, key, beside.wish, beside.at)
    if status is Status.APPROVED:
        published(connection, [key], beside.at)
    elif status is Status.PENDING and beside.owners:
        comment_waits(connection, key[0], beside.at)
