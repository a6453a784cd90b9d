"""By what the same comment is told when it comes again."""

import hashlib


def fingerprints(page_id: int, parent_id: int | None, author: str, email: str, text: str) -> tuple[int, int]:
    """What WordPress calls a duplicate: same page, parent and text, and the same author or email."""

    def fingerprint(kind: str, who: str) -> int:
        said = "\x00".join((kind, str(page_id), str(parent_id or 0), who.casefold(), text))
        return int.from_bytes(hashlib.sha256(said.encode()).digest()[:8], "big", signed=True)

    return fingerprint("author", author), fingerprint("email", email)
