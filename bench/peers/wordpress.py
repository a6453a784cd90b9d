"""WordPress from Debian's packages, with nginx, PHP and MariaDB, in a folder of their own."""

import getpass
import grp
import os
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench import sample_requests
from bench.made_up_store import comments
from bench.peers import debian, peer_tools
from bench.peers import wordpress_files as files
from bench.peers.mariadb import MariaDB
from bench.peers.peer import Peer, Running
from bench.process_tree import Tree
from bench.servers import free_port

_PACKAGES = ["nginx", "php-fpm", "php-mysql", "mariadb-server-core", "mariadb-client-core"]
_PACKAGES += ["wordpress", "wordpress-theme-twentytwentythree"]
_FIRST_PAGE = 1000
"""The id of the article of page 0."""

_LINKED = re.compile(rb"""(?:<script[^>]*\bsrc|<link[^>]*rel=['"]stylesheet['"][^>]*href)=['"]http://[^/]+([^'"]+)""")


class WordPress(Peer):
    """Three servers."""

    name = "WordPress"
    accepted = 302
    note = (
        "nginx, PHP-FPM with one child and opcache, MariaDB; `comment_flood_filter` off, no moderation, no Akismet, no "
        "cache plugin, theme Twenty Twenty-Three; its answer is the whole article with the form. InnoDB with "
        "`innodb_flush_log_at_trx_commit=1`: durable."
    )

    @property
    def _root(self) -> Path:
        return self.home / "root"

    @property
    def _site(self) -> Path:
        return self._root / "usr/share/wordpress"

    def install(self) -> str:
        """Debian's packages, unpacked."""
        if not self._root.exists():
            debian.unpack(_PACKAGES, self._root)
        (self._site / "wp-config.php").write_text(files.CONFIG)
        plugins = self._site / "wp-content/mu-plugins"
        plugins.mkdir(exist_ok=True)
        (plugins / "bench.php").write_text(files.PLUGIN)
        version = re.search(r"\$wp_version = '(.+?)'", (self._site / "wp-includes/version.php").read_text())
        return version[1] if version else "?"

    def _program(self, pattern: str) -> str:
        return str(debian.find(self._root, pattern))

    def _variables(self, folder: Path, port: int = 80) -> dict[str, str]:
        return {**debian.variables(self._root), "BENCH_FOLDER": str(folder), "BENCH_PORT": str(port)}

    def _write(self, text: str, target: Path, port: int = 0) -> None:
        extensions = str(debian.find(self._root, "usr/lib/php/2*/mysqli.so").parent)
        nginx = str(debian.find(self._root, "etc/nginx/mime.types").parent)
        values = {"USER": getpass.getuser(), "GROUP": grp.getgrgid(os.getgid()).gr_name, "PORT": str(port)}
        values |= {"FOLDER": str(target.parent), "ROOT": str(self._root), "EXTENSIONS": extensions, "NGINX": nginx}
        target.write_text(re.sub(r"\b(?:" + "|".join(values) + r")\b", lambda found: values[found[0]], text))

    def seed(self, folder: Path, sizes: list[int]) -> None:
        """WordPress makes its tables, as by its own form of installation; articles and comments are put into them."""
        self._write(files.PHP, folder / "php.ini")
        self._write(files.INSTALL, folder / "install.php")
        database = MariaDB(self._root, folder)
        database.create()
        with database.running():
            database.sql("CREATE DATABASE wordpress CHARACTER SET utf8mb4;")
            php = [self._program("usr/bin/php[0-9]*"), "-n", "-c", str(folder / "php.ini"), str(folder / "install.php")]
            peer_tools.run(php, folder, **self._variables(folder))
            database.sql("\n".join(_statements(sizes)))

    @contextmanager
    def running(self, folder: Path) -> Iterator[Running]:
        """MariaDB, PHP and nginx."""
        port = free_port()
        self._write(files.NGINX, folder / "nginx.conf", port)
        self._write(files.PHP_POOL, folder / "php-fpm.conf")
        variables = self._variables(folder, port)
        php = [self._program("usr/sbin/php-fpm*"), "--nodaemonize", "--allow-to-run-as-root"]
        php += ["-c", str(folder / "php.ini"), "--fpm-config", str(folder / "php-fpm.conf")]
        nginx = [self._program("usr/sbin/nginx"), "-c", str(folder / "nginx.conf"), "-e", str(folder / "nginx.log")]
        with ExitStack() as stack:
            pids = [stack.enter_context(MariaDB(self._root, folder).running())]
            pids.append(stack.enter_context(peer_tools.started(php, folder, folder / "php.sock", **variables)))
            pids.append(stack.enter_context(peer_tools.started(nginx, folder, port, **variables)))
            yield Running(port, Tree(*pids))

    def thread(self, number: int) -> bytes:
        """The article."""
        return sample_requests.get(f"/?p={_FIRST_PAGE + number}")

    def posts(self, running: Running, numbers: range, pages: int) -> list[bytes]:
        """Its form."""
        return [_post(number, 1 + number % pages) for number in numbers]

    def count(self, folder: Path, running: Running) -> int:
        """All comments that are shown."""
        question = "SELECT count(*) FROM wordpress.wp_comments WHERE comment_approved = '1';"
        return int(MariaDB(self._root, folder).sql(question))

    def first_view(self, running: Running) -> list[int]:
        """The article, with the styles and scripts that it links to."""
        page = f"/?p={_FIRST_PAGE}"
        paths = [
            found.decode().replace("&#038;", "&")
            for found in _LINKED.findall(peer_tools.fetch(running.port, page, "identity"))
        ]
        return [len(peer_tools.fetch(running.port, path)) for path in (page, *paths)]


def _post(number: int, page: int) -> bytes:
    who: dict[str, object] = {"author": f"Reader {number}", "email": f"reader{number}@example.org", "url": ""}
    where = {"comment_post_ID": _FIRST_PAGE + page, "comment_parent": 0, "submit": "Post Comment"}
    return peer_tools.post("/wp-comments-post.php", {"comment": sample_requests.text_of(number), **who, **where})


def _statements(sizes: list[int]) -> Iterator[str]:
    """Texts and names have no sign in them that SQL would mind."""
    yield "USE wordpress; DELETE FROM wp_comments; START TRANSACTION;"
    for number, size in enumerate(sizes):
        values = f"{_FIRST_PAGE + number}, 1, 'Article {number}', 'Words.', '', '', '', '', '{size}'"
        dates = "'2026-01-01', '2026-01-01', '2026-01-01', '2026-01-01', 'open', 'publish', 'post'"
        yield (
            "INSERT INTO wp_posts (ID, post_author, post_title, post_content, post_excerpt, to_ping, pinged, "
            "post_content_filtered, comment_count, post_date, post_date_gmt, post_modified, post_modified_gmt, "
            f"comment_status, post_status, post_type) VALUES ({values}, {dates});"
        )
    for comment in comments(sizes):
        at = f"'{comment.at:%Y-%m-%d %H:%M:%S}'"
        article = _FIRST_PAGE + comment.page_id - 1
        text = comment.text.replace("\n", "\\n")
        yield (
            "INSERT INTO wp_comments (comment_ID, comment_post_ID, comment_author, comment_date, comment_date_gmt, "
            f"comment_content, comment_parent) VALUES ({comment.id}, {article}, '{comment.author}', {at}, {at}, "
            f"'{text}', {comment.parent_id or 0});"
        )
    yield "COMMIT;"
