"""docs/deploy/siteverify.conf with a real nginx: clients from npm whose host is built in, by the hosts file.

The clients run in a mount namespace of their own, where /etc/hosts is another file; that needs root.
"""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from service.sites import AddedSite
from tests.outside.builds import PACKAGES, PATIENCE
from tests.outside.test_nginx_include import nginx, with_changes
from tests.protocols.siteverify.conftest import Visitor
from tests.protocols.siteverify.test_one_pass import registered
from tests.service_process import free_port, serving

BLOCK = (Path(__file__).parent.parent.parent / "docs/deploy/siteverify.conf").read_text()
ADDRESS = "127.0.77.1"
"""Of this machine, so that another server's port 443 is not in the way."""
CLIENTS = {
    "recaptcha-verify": """
const Recaptcha = require('recaptcha-verify');
const [secret, ...tokens] = process.argv.slice(1);
const client = new Recaptcha({ secret });
const ask = (token) => new Promise((then, fail) =>
  client.checkResponse(token, (error, answer) => (error ? fail(error) : then(answer.success))));
(async () => { const found = []; for (const token of tokens) found.push(await ask(token));
  console.log(JSON.stringify(found)); })();
""",
    "fetch, as Waline asks Turnstile": """
const [secret, ...tokens] = process.argv.slice(1);
const ask = (response) => fetch('https://challenges.cloudflare.com/turnstile/v0/siteverify', { method: 'POST',
  headers: { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8' },
  body: new URLSearchParams({ secret, response, remoteip: '192.0.2.7' }).toString() });
(async () => { const found = []; for (const token of tokens) found.push((await (await ask(token)).json()).success);
  console.log(JSON.stringify(found)); })();
""",
    "fetch, as Waline asks reCAPTCHA": """
const [secret, ...tokens] = process.argv.slice(1);
const ask = (response) => fetch('https://recaptcha.net/recaptcha/api/siteverify?'
  + new URLSearchParams({ secret, response, remoteip: '192.0.2.7' }));
(async () => { const found = []; for (const token of tokens) found.push((await (await ask(token)).json()).success);
  console.log(JSON.stringify(found)); })();
""",
}


HURRIED = """
const Client = require('grecaptcha');
const [secret, ...tokens] = process.argv.slice(1);
const client = new Client(secret);
(async () => { const found = []; for (const token of tokens) found.push(
  await client.verify(token, '192.0.2.7').catch((error) => (/Timeout reached/.test(error) ? null : String(error))));
  console.log(JSON.stringify(found)); })();
"""
"""The HTTP client below grecaptcha gives up after 100 ms, whatever it is told, and a busy machine may take longer."""


@dataclass
class Machine:
    """A machine whose hosts file leads to the service."""

    folder: Path
    site: AddedSite
    visitor: Visitor

    def run(self, script: str, *words: str) -> list[Any]:
        """What a script for Node.js prints there."""
        hosts = 'mount --bind hosts /etc/hosts && exec node --eval "$0" "$@"'
        known = os.environ | {"NODE_PATH": str(PACKAGES), "NODE_EXTRA_CA_CERTS": str(self.folder / "siteverify.pem")}
        done = subprocess.run(
            ["unshare", "--mount", "sh", "-c", hosts, script, *words],
            cwd=self.folder,
            env=known,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        found: list[Any] = json.loads(done.stdout)
        return found


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    site = registered(f"sqlite:///{tmp_path / 'comments.db'}")
    names = re.findall(r"^#     \S+ (.* .*)$", BLOCK, re.MULTILINE)[0]
    (tmp_path / "hosts").write_text(f"127.0.0.1 localhost\n{ADDRESS} {names}\n")
    command = re.findall(r"openssl req .*?siteverify\.pem", BLOCK, re.DOTALL)[0].replace("\\\n#", "")
    subprocess.run(["sh", "-c", command.replace("/etc/nginx/", "")], cwd=tmp_path, check=True, capture_output=True)
    with serving(tmp_path) as [process], process.client() as http:
        block = with_changes(
            BLOCK,
            ("127.0.0.1:443", f"{ADDRESS}:443"),
            ("/etc/nginx/", f"{tmp_path}/"),
            ("http://127.0.0.1:8000", f"http://127.0.0.1:{process.port}"),
        )
        port = free_port()
        plain = f"server {{ listen 127.0.0.1:{port}; return 204; }}\n"  # to see that it has started
        with nginx(tmp_path, plain + block, f"http://127.0.0.1:{port}"):
            yield Machine(tmp_path, site, Visitor(http, site))


@pytest.mark.parametrize("name", CLIENTS)
def test_a_client_whose_host_is_built_in_asks_this_service(machine: Machine, name: str) -> None:
    token = machine.visitor.solve("contact")
    assert machine.run(CLIENTS[name], machine.site.secret, token, token, "junk") == [True, False, False]


def test_grecaptcha_asks_it_too(machine: Machine) -> None:
    found = machine.run(HURRIED, machine.site.secret, "junk", *(machine.visitor.solve("contact") for _ in range(8)))
    assert set(found[:1]) <= {False, None}
    assert True in found
    assert set(found[1:]) <= {True, None}
