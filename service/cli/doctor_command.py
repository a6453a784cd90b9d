"""The command ``leave-a-reply doctor``, also called ``check``."""

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Annotated, NoReturn, Protocol

import typer
from sqlalchemy import Engine

from service.doctor import Finding, InspectionTarget, Severity, diagnose, read_log_state
from service.known_sites import known_sites
from service.secret_keys import Keyring
from service.settings import Settings
from service.sites import public_keys
from service.web_origin import BadPage

_COLOURS: Mapping[Severity, str | None] = {Severity.OK: "green", Severity.NOTE: "yellow", Severity.FAIL: "red"}


class Service(Protocol):
    """The parts of an open service that the command uses."""

    @property
    def engine(self) -> Engine: ...
    @property
    def keyring(self) -> Keyring: ...
    @property
    def settings(self) -> Settings: ...


Opened = Callable[[], AbstractContextManager[Service]]
Fail = Callable[[str], NoReturn]


def add_to(app: typer.Typer, opened: Opened, fail: Fail) -> None:
    """Add the command. ``opened`` opens the service; ``fail`` prints a sentence and exits with status 1."""

    @app.command("check", hidden=True, help="The same as doctor.")
    @app.command("doctor")
    def examine(
        url: Annotated[
            str, typer.Argument(metavar="URL", help="A page with the form. Omit it to check the service only.")
        ] = "",
        as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    ) -> None:
        """Check the form on a page and say what to fix. The exit status is 1 if something does not work."""
        try:
            with opened() as service:
                findings = [*diagnose(_target(service, url))]
        except BadPage as error:
            fail(str(error))
        if as_json:
            typer.echo(json.dumps([{"what": f.what, "level": f.level, "sentence": f.sentence} for f in findings]))
        else:
            for finding in findings:
                _print_finding(finding)
        if any(finding.level is Severity.FAIL for finding in findings):
            raise typer.Exit(1)


def _target(service: Service, url: str) -> InspectionTarget:
    with service.engine.connect() as connection:
        now = datetime.now(UTC)
        state = read_log_state(connection, service.keyring, now)  # first: it says how the transaction reads
        sites, keys = known_sites(connection), public_keys(connection)
    return InspectionTarget(url, service.settings, service.keyring, sites, keys, now, log=state)


def _print_finding(finding: Finding) -> None:
    level = typer.style(f"{finding.level:<5}", fg=_COLOURS[finding.level])
    typer.echo(f"{level} {finding.what}: {finding.sentence}")
