"""Where the package keeps ALTCHA's own widget, version 3."""

import json
from pathlib import Path

import altcha_django

[script] = Path(altcha_django.__file__).parent.rglob("altcha.min.js")
print(json.dumps(str(script)))  # noqa: T201
