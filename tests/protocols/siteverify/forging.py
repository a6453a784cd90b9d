"""What a forger has at hand: honest passes, the ways to change them, and all shapes of a request to ``siteverify``."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from service.captcha.passes import Passes
from service.secret_keys import Keyring
from service.web.context import AppContext
from tests.conftest import Clock
from tests.protocols.siteverify.conftest import Backend, Visitor
from tests.reader import Reader

NO_PASS, USED, BAD = ["invalid-input-response"], ["timeout-or-duplicate"], ["bad-request"]
FOREIGN = ["invalid-input-response", "sitekey-secret-mismatch"]


@dataclass(frozen=True)
class Scene:
    """A visitor who can earn passes and proofs, the backend of that site, and another site's."""

    visitor: Visitor
    backend: Backend
    other: Backend
    reader: Reader
    context: AppContext
    clock: Clock

    def form(self, path: str = "/siteverify", **fields: Any) -> list[str]:
        """The codes for these fields; the secret is the backend's unless one is given."""
        return self.codes(self.backend.client.post(path, data={"secret": self.backend.site.secret} | fields))

    def sent(self, content: bytes | str, kind: str, path: str = "/siteverify") -> list[str]:
        """The codes for a body as it is."""
        return self.codes(self.backend.client.post(path, content=content, headers={"content-type": kind}))

    def json(self, **fields: Any) -> list[str]:
        """The codes for an object."""
        return self.sent(json.dumps({"secret": self.backend.site.secret} | fields), "application/json")

    @staticmethod
    def codes(answer: Any) -> list[str]:
        """Why it was refused; empty for a success."""
        assert answer.status_code == 200
        found = answer.json()
        assert found["success"] is (not found["error-codes"])
        assert found["success"] or "score" not in found
        return list(found["error-codes"])

    def wide_secret(self) -> str:
        """The secret in letters that are compatible with its own."""
        return "".join(chr(ord(letter) + 0xFEE0) for letter in self.backend.site.secret)

    def posted(self, query: str = "", **more: Any) -> list[str]:
        """The codes for a POST with this query, of data or files."""
        return self.codes(self.backend.client.post(f"/siteverify?{query}", **more))

    def spent(self) -> str:
        """A pass that was good once."""
        response = self.visitor.solve()
        assert self.form(response=response) == []
        return response

    def old(self) -> str:
        """A pass that was not shown in time."""
        response = self.visitor.solve()
        self.clock.advance(seconds=300)
        return response

    def changed(self, **changes: Any) -> str:
        """A pass with other contents under its old signature."""
        payload, _, signed = self.visitor.solve().partition(".")
        found = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))) | changes
        return base64.urlsafe_b64encode(json.dumps(found).encode()).decode().rstrip("=") + "." + signed

    def spliced(self) -> str:
        """The contents of one pass under the signature of another."""
        return self.visitor.solve("a").partition(".")[0] + "." + self.visitor.solve("b").partition(".")[2]

    def of_another_key(self) -> str:
        """A pass of another installation."""
        passes = Passes(Keyring(("7f1c0a9b3d5e2846" * 3,)))
        return passes.issue(self.visitor.site.id, "shop.example", "", "", self.clock())

    def of_another_purpose(self) -> str:
        """What this installation has signed, but not as a pass."""
        return str(self.context.keyring.serializer("captcha").dumps({"v": 1, "s": 1}))

    def of_the_other(self) -> dict[str, str]:
        """What names another site."""
        return {"secret": self.other.site.secret, "sitekey": self.other.site.key}


Attack = Callable[[Scene], list[str]]
