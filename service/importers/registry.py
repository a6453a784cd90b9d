"""The formats that can be imported. A new one is a file with a function ``read``, and a line here."""

from service.importers import wordpress
from service.importers.model import Reader

READERS: dict[str, Reader] = {
    "wordpress": wordpress.read,
}
"""The name in ``leave-a-reply import NAME``, stored in ``comment.source`` → its reader."""
