"""PyPI akismet: its address is a constant of a module.

Its ``key_sites`` sends no key at all (25.10.1), so the key stands in the host's name for that one.
"""

import asyncio
import json
import socket
import sys

import akismet
import akismet._common

given = json.loads(sys.argv[1])
resolve = socket.getaddrinfo


def resolve_here(host, *more, **named):
    name = host.decode() if isinstance(host, bytes) else host
    return resolve("127.0.0.1" if name.endswith(".localhost") else host, *more, **named)


socket.getaddrinfo = resolve_here
akismet._common._API_URL = given["service"]
config = akismet.Config(key=given["key"], url="https://shop.example")
comment = {"user_ip": "192.0.2.7", "comment_author": "Ada", "comment_content": given["text"]}
found = {}

with akismet.SyncClient(config=config) as client:
    found["ham"] = client.comment_check(**comment).name
    found["spam"] = client.comment_check(**comment | {"comment_author": "akismet-guaranteed-spam"}).name
    worst = {"comment_content": given["spam"], "comment_author": given["spammer"]}
    found["discard"] = client.comment_check(**comment | worst).name
    found["administrator"] = client.comment_check(**comment, user_role="administrator", is_test=True).name
    found["submitted"] = [client.submit_spam(**comment), client.submit_ham(**comment)]
    found["usage"] = client.usage_limit()
    akismet._common._API_URL = f"http://{given['key']}.rest.localhost:{given['port']}"
    found["sites"] = client.key_sites()
    found["csv"] = client.key_sites(result_format="csv")
    akismet._common._API_URL = given["service"]


async def asynchronous():
    async with akismet.AsyncClient(config=config) as client:
        return (await client.comment_check(**comment)).name


found["async"] = asyncio.run(asynchronous())
stranger = akismet.SyncClient(config=akismet.Config(key="000000000000", url="https://shop.example"))
found["stranger"] = stranger.verify_key()
try:
    stranger.comment_check(**comment)
except akismet.APIKeyError as error:
    found["refused"] = str(error)
json.dump(found, sys.stdout)
