"""What is in docs/deploy fits the service, as far as that can be seen without building an image."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.settings import Settings

FOLDER = Path(__file__).parent.parent / "docs/deploy"
DOCKERFILE = (FOLDER / "Dockerfile").read_text()
KEYS = {
    "build", "cap_drop", "command", "depends_on", "environment", "healthcheck", "image", "ports", "read_only",
    "restart", "secrets", "security_opt", "tmpfs", "volumes",
}  # fmt: skip
SETTINGS = {f"REPLY_{name.upper()}" for name in Settings.model_fields}


def composed(name: str) -> dict[str, Any]:
    return dict(yaml.safe_load((FOLDER / name).read_text()))


@pytest.fixture(params=["compose.yaml", "compose.replicas.yaml"])
def compose(request: pytest.FixtureRequest) -> dict[str, Any]:
    return composed(request.param)


def test_the_linter_of_dockerfiles_finds_nothing() -> None:
    linter = Path(sys.executable).with_name("hadolint")
    found = subprocess.run([linter, "--no-color", FOLDER / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout) == (0, "")


def test_the_image_runs_as_nobody_special_and_copies_what_is_there() -> None:
    assert re.findall(r"^USER (\d+)$", DOCKERFILE, re.MULTILINE) == ["10001"]
    wanted = [words.split()[:-1] for words in re.findall(r"^COPY (?!--from)(.*)$", DOCKERFILE, re.MULTILINE)]
    allowed = (FOLDER / "Dockerfile.dockerignore").read_text().splitlines()
    assert wanted
    for path in (path for paths in wanted for path in paths):
        assert (FOLDER.parent.parent / path).exists()
        assert f"!{path}" in allowed


def test_only_settings_that_exist_are_set(compose: dict[str, Any]) -> None:
    named = {name for service in compose["services"].values() for name in service.get("environment", {})}
    ours = {name for name in named if name.startswith("REPLY_")} | set(re.findall(r"\bREPLY_\w+", DOCKERFILE))
    assert ours
    assert ours <= SETTINGS


def test_everything_that_is_named_is_there(compose: dict[str, Any]) -> None:
    services = compose["services"]
    for service in services.values():
        assert set(service) <= KEYS
        assert set(service.get("depends_on", ())) <= set(services)
        assert set(service.get("secrets", ())) <= set(compose.get("secrets", ()))
        for volume in service.get("volumes", ()):
            name = volume.partition(":")[0]
            assert (FOLDER / name).exists() if name.startswith(".") else name in compose["volumes"]


def test_the_service_may_write_to_its_volume_only(compose: dict[str, Any]) -> None:
    ours = [service for service in compose["services"].values() if service["image"] == "leave-a-reply"]
    assert ours
    for service in ours:
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["build"]["dockerfile"] == "docs/deploy/Dockerfile"


def test_no_port_is_open_to_the_world(compose: dict[str, Any]) -> None:
    ports = [port for service in compose["services"].values() for port in service.get("ports", ())]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_nginx_knows_the_replicas() -> None:
    services = composed("compose.replicas.yaml")["services"]
    upstream = re.findall(r"^\s*server ([\w-]+):8000", (FOLDER / "nginx.conf").read_text(), re.MULTILINE)
    assert upstream == [name for name, service in services.items() if service["image"] == "leave-a-reply"]
    assert len(upstream) == 2
