"""``python -m service``: the command, where its script is not on PATH."""

from service.cli.main import app

app(prog_name="leave-a-reply")
