"""A MariaDB of our own, from unpacked packages, reached by a Unix socket."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.peers import debian, peer_tools


class MariaDB:
    """``root`` has the packages, ``folder`` the data."""

    def __init__(self, root: Path, folder: Path) -> None:
        self._root, self._folder = root, folder
        self._socket = folder / "mariadb.sock"

    def _command(self, program: str) -> list[str]:
        return [str(debian.find(self._root, program)), "--no-defaults"]

    def create(self) -> None:
        """An empty one, whose administrator needs no password."""
        base = debian.find(self._root, "usr/share/mysql").parent.parent
        where = [f"--basedir={base}", f"--datadir={self._folder}/data", f"--user={getpass.getuser()}"]
        more = ["--skip-test-db", "--auth-root-authentication-method=normal"]
        command = [*self._command("usr/bin/mariadb-install-db"), *where, *more]
        peer_tools.run(command, self._folder, **debian.variables(self._root))

    @contextmanager
    def running(self) -> Iterator[int]:
        """The id of its process."""
        messages = debian.find(self._root, "usr/share/mysql")
        command = [*self._command("usr/sbin/mariadbd"), f"--datadir={self._folder}/data", f"--socket={self._socket}"]
        command += ["--skip-networking", f"--pid-file={self._folder}/mariadb.pid", f"--user={getpass.getuser()}"]
        command += [f"--lc-messages-dir={messages}", f"--plugin-dir={self._folder}"]
        with peer_tools.started(command, self._folder, self._socket, **debian.variables(self._root)) as pid:
            yield pid

    def sql(self, statements: str) -> str:
        """What it says to them."""
        script = self._folder / "statements.sql"
        script.write_text(statements, encoding="utf-8")
        login = [f"--socket={self._socket}", "--user=root", "--default-character-set=utf8mb4"]
        command = [*self._command("usr/bin/mariadb"), *login, "--batch", "--skip-column-names"]
        return peer_tools.run([*command, "--execute", f"source {script}"], self._folder, **debian.variables(self._root))
