"""PyPI cloudstile: JSON, with the whole answer in a typed model."""

import asyncio
import json
import sys

from cloudstile import AsyncTurnstile, SyncTurnstile

given = json.loads(sys.argv[1])
found = []
for token, key in given["tokens"]:
    client = SyncTurnstile(given["secret"])
    client._validate_route = given["service"] + "/turnstile/v0/siteverify"
    found.append(client.validate(token, ip="192.0.2.7", idempotency_key=key).model_dump(mode="json"))
client = AsyncTurnstile(given["secret"])
client._validate_route = given["service"] + "/turnstile/v0/siteverify"
found.append(asyncio.run(client.validate("junk")).model_dump(mode="json"))
json.dump(found, sys.stdout)
