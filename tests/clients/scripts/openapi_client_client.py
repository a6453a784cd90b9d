"""PyPI openapi-python-client: a client is generated from the document, and posts and moderates."""

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

given = json.loads(sys.argv[1])
folder = Path(given["folder"])
generator = Path(sys.executable).with_name("openapi-python-client")
subprocess.run(
    [generator, "generate", "--path", given["document"], "--meta", "none", "--output-path", folder / "generated"],
    check=True,
    capture_output=True,
)
sys.path.insert(0, str(folder))
client = import_module("generated").AuthenticatedClient(
    base_url=given["service"], token=given["token"], raise_on_unexpected_status=True
)
models: Any = import_module("generated.models")


def call(tag: str, name: str, *args: Any, **options: Any) -> Any:
    """What an operation answers, with status and headers."""
    return import_module(f"generated.api.{tag}.{name}").sync_detailed(*args, client=client, **options)


new = models.NewComment(page=given["page"], text="By a generated client.", status=models.Status.PENDING)
made = call("comments", "post_comment", body=new, idempotency_key="once")
again = call("comments", "post_comment", body=new, idempotency_key="once")
change = models.CommentChange(status=models.CommentChangeStatusType0.APPROVED)
approved = call("comments", "change_comment", made.parsed.id, body=change, if_match=made.headers["etag"])
stale = call("comments", "change_comment", made.parsed.id, body=change, if_match=made.headers["etag"])
reply = call("comments", "reply_to_comment", made.parsed.id, body=models.NewReply(text="Thanks."))
decision = models.Decision(comments=[reply.parsed.id], status=models.DecisionStatus.SPAM)
decided = call("decisions", "decide", body=decision)
undone = call("decisions", "undo_decision", decided.parsed.batch)
listed = call("public", "list_published", page=given["page"])
json.dump(
    {
        "made": [made.status_code, made.parsed.status, again.parsed.id == made.parsed.id],
        "approved": [approved.status_code, approved.parsed.status],
        "stale": [stale.status_code, stale.parsed.title],
        "undone": undone.parsed.changed == decided.parsed.changed == [reply.parsed.id],
        "listed": sorted(item.excerpt for item in listed.parsed.items),
    },
    sys.stdout,
)
