"""A client of WordPress's REST API, as it comes, against a running service."""

from pathlib import Path

from db.engine import open_engine
from db.writer import Writer
from service import admin_logins, app_passwords
from service.web.context import utc_now
from tests.clients.environments import run
from tests.reader import ARTICLE, Reader
from tests.service_process import serving


def test_wp_api_client(tmp_path: Path) -> None:
    with serving(tmp_path, REPLY_DEMO="false", REPLY_MIN_FILL_SECONDS="0") as [process], process.client() as http:
        first = Reader(http).post(ARTICLE, json=True, comment="The first").json()["id"]
        password = made_password(tmp_path)
        found = run("wp-api", service=f"http://127.0.0.1:{process.port}", password=password, first=first)
    assert found["read"] == ["<p>The first</p>", "<p>A <em>reply</em></p>"]
    assert (found["raw"], found["parent"], found["changed"], found["held"]) == ("A *reply*", first, "hold", True)
    assert (found["trashed"], found["deleted"], found["me"]) == ("trash", True, "Ida")
    wanted = ("Invalid comment ID.", "not allowed to edit this comment", "invalid application password")
    assert [words in said for words, said in zip(wanted, found["refused"], strict=True)] == [True] * 3, found["refused"]


def made_password(folder: Path) -> str:
    engine = open_engine(f"sqlite:///{folder / 'comments.db'}")
    writer = Writer(engine)
    password = app_passwords.new_password()
    ida = writer.run(admin_logins.add, "Ida", "no password opens this", utc_now())
    assert ida is not None
    writer.run(app_passwords.add, ida, "A client", password, utc_now())
    writer.close()
    engine.dispose()
    return password
