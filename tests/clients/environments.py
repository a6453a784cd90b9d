"""An environment of its own for each client, made on first use under ``.tools/clients`` and kept.

Two of them install a module of the same name, and none belongs into the service's own environment.
"""

import json
import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

from tests.service_process import PATIENCE

ROOT = Path(__file__).parent.parent.parent
SCRIPTS = Path(__file__).parent / "scripts"

REQUIREMENTS = {
    "akismet": ["akismet==25.10.1"],
    "python-akismet": ["python-akismet==0.4.3"],
    "hcaptcha": ["hcaptcha==0.2.1"],
    "flask-wtf": ["Flask-WTF==1.3.0"],
    "flask-xcaptcha": ["Flask-xCaptcha==0.5.5"],
    "django-turnstile": ["django-turnstile==0.1.3", "Django>=5.2,<6"],
    "cloudstile": ["cloudstile==2.0.2"],
    "altcha": ["altcha==2.3.0"],
    "altcha-widget": ["altcha-django==1.1.0"],
    "wp-api": ["wp-api-client==0.1.0"],
    "openapi-client": ["openapi-python-client==0.29.1"],
    "schemathesis": ["schemathesis==4.32.5"],
}


def python_of(name: str) -> Path:
    """The interpreter that has this client. Raises CalledProcessError when it cannot be installed."""
    folder = ROOT / ".tools" / "clients" / name
    python, made = folder / "bin" / "python", folder / "made-for-tests"
    wanted = "\n".join([sys.version, *REQUIREMENTS[name]])
    if not made.exists() or made.read_text() != wanted:
        venv.create(folder, clear=True)
        pip = [sys.executable, "-m", "pip", "--python", python]  # ours; one of its own would take as long as all else
        options = ["--quiet", "--disable-pip-version-check", "--no-compile"]
        subprocess.run([*pip, "install", *options, *REQUIREMENTS[name]], check=True)
        made.write_text(wanted)
    return python


def run(name: str, **given: Any) -> Any:
    """What the script of this client prints as JSON, given these values as JSON."""
    script = SCRIPTS / f"{name.replace('-', '_')}_client.py"
    environment = {key: value for key, value in os.environ.items() if "PROXY" not in key.upper()}
    environment.pop("PYTHONPATH", None)
    environment["PYTHON_AKISMET_TIMEOUT"] = str(PATIENCE)  # that client waits a second otherwise
    command: list[str | Path] = [python_of(name), "-I", script, json.dumps(given)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
