"""WordPress's own client for its REST API from npm: PUT, PATCH and DELETE go as POST with a header that names them."""

import json
from base64 import b64encode
from pathlib import Path

from tests.clients.test_wordpress_client import made_password
from tests.outside.builds import bundle, run
from tests.reader import ARTICLE, Reader
from tests.service_process import serving

MODERATOR = """
import apiFetch from '@wordpress/api-fetch';
const { root, login, id } = JSON.parse(process.argv[2]);
apiFetch.use(apiFetch.createRootURLMiddleware(root));
apiFetch.use((options, next) => next({ ...options, headers: { ...options.headers, Authorization: login } }));
const one = '/wp/v2/comments/' + id;
const put = await apiFetch({ path: one, method: 'PUT', data: { content: 'Other words.' } });
const patched = await apiFetch({ path: one, method: 'PATCH', data: { status: 'hold' } });
const trashed = await apiFetch({ path: one, method: 'DELETE' });
const gone = await apiFetch({ path: one + '?force=true', method: 'DELETE' });
const missing = await apiFetch({ path: one }).catch((error) => error.code);
const listed = await apiFetch({ path: '/wp/v2/comments?per_page=1', parse: false });
console.log(JSON.stringify({
  words: put.content.rendered, patched: patched.status, trashed: trashed.status, gone: gone.deleted, missing,
  total: listed.headers.get('X-WP-Total'),
}));
"""


def test_a_moderator_changes_and_deletes(tmp_path: Path) -> None:
    script = bundle(tmp_path, MODERATOR, "--platform=node", "--format=esm")
    (tmp_path / "moderator.mjs").write_text(script)
    with serving(tmp_path, REPLY_DEMO="false", REPLY_MIN_FILL_SECONDS="0") as [process], process.client() as http:
        comment = Reader(http).post(ARTICLE, json=True, comment="The first").json()["id"]
        login = b64encode(f"Ida:{made_password(tmp_path)}".encode()).decode()
        given = {"root": f"http://127.0.0.1:{process.port}/wp-json/", "login": f"Basic {login}", "id": comment}
        found = json.loads(run(tmp_path, "node", "moderator.mjs", json.dumps(given)))
    assert found == {
        "words": "<p>Other words.</p>",
        "patched": "hold",
        "trashed": "trash",
        "gone": True,
        "missing": "rest_comment_invalid_id",
        "total": "0",
    }
