"""PyPI python-akismet: the key stands in the host's name alone. Names under .localhost are resolved here, as not every
resolver does."""

import json
import socket
import sys

from akismet import Akismet
from akismet.exceptions import AkismetServerError

given = json.loads(sys.argv[1])
resolve = socket.getaddrinfo


def resolve_here(host, *more, **named):
    return resolve("127.0.0.1" if host.endswith(".localhost") else host, *more, **named)


socket.getaddrinfo = resolve_here


class Here(Akismet):
    protocol = "http"
    domain = f"rest.localhost:{given['port']}"


client = Here(given["key"], blog="https://shop.example", application_user_agent="Shop/1.0")
comment = {
    "user_ip": "192.0.2.7",
    "user_agent": "Mozilla/5.0",
    "comment_author": "Ada",
    "comment_content": given["text"],
}
found = {"ham": client.check(**comment)}
found["spam"] = client.check(**comment | {"comment_author": "viagra-test-123"})
found["discard"] = client.check(**comment | {"comment_content": given["spam"], "comment_author": given["spammer"]})
client.submit_spam(**comment)
client.submit_ham(**comment)
try:
    Here("000000000000", blog="https://shop.example").check(**comment)
except AkismetServerError as error:
    found["refused"] = str(error)
json.dump(found, sys.stdout)
