"""The last module that is loaded by a process which others are forked from. It serves once, so that templates, routes,
weights and statements are compiled there and not in each fork, and exempts all of it from the search for garbage: else
each fork would look at it and copy it.
"""

import gc
import tempfile
from pathlib import Path

from service.app import create_app
from service.language import language
from service.settings import Settings
from service.web.render.templates import template_folder
from tests.app_client import AppClient
from tests.compiled_once import share_compiled_statements
from tests.reader import Reader


def serve_once() -> None:
    """Start and end the service in this process, and use it as a reader and an admin do. No thread is left of it."""
    with tempfile.TemporaryDirectory() as folder:
        url = "http://127.0.0.1"
        settings = Settings(_env_file=None, data=Path(folder), public_url=url, sites=("https://blog.example",))
        with AppClient(create_app(settings), url, headers={"accept": "text/html"}) as client:
            environment = client.app_state["context"].templates._environment(language("en").translations)
            for path in template_folder().rglob("*.html"):
                environment.get_template(str(path.relative_to(template_folder())))
            Reader(client).post(json=True)
            Reader(client).post()
            for address in ("/", f"/page?page={url}/", "/embed.js", "/admin/login"):
                assert client.get(address).status_code == 200


share_compiled_statements()
serve_once()
gc.collect()
gc.freeze()
