"""PyPI wp-api-client: a moderator's program, with an application password."""

import json
import sys

from wp_api import ApplicationPasswordAuth, WPClient
from wp_api.exceptions import WPAPIError

given = json.loads(sys.argv[1])
reader = WPClient(given["service"])
moderator = WPClient(given["service"], auth=ApplicationPasswordAuth("Ida", given["password"]))
post = reader.comments.list()[0]["post"]
reply = moderator.comments.create(post=post, content="A *reply*", parent=given["first"])
found = {
    "read": [each["content"]["rendered"] for each in reader.comments.list(order="asc", post=post)],
    "raw": moderator.comments.get(reply["id"], context="edit")["content"]["raw"],
    "parent": reply["parent"],
    "changed": moderator.comments.update(reply["id"], content="Better", status="hold")["status"],
    "held": [each["id"] for each in moderator.comments.list(status="hold")] == [reply["id"]],
    "trashed": moderator.comments.delete(reply["id"])["status"],
    "deleted": moderator.comments.delete(reply["id"], force=True)["deleted"],
    "me": moderator.users.me()["name"],
}
refusals = (
    lambda: reader.comments.get(reply["id"]),
    lambda: reader.comments.update(given["first"], content="Mine"),
    lambda: WPClient(given["service"], auth=ApplicationPasswordAuth("Ida", "wrong")).comments.list(),
)
found["refused"] = []
for refusal in refusals:
    try:
        refusal()
    except WPAPIError as error:
        found["refused"].append(str(error))
json.dump(found, sys.stdout)
