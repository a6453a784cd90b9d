"""The command ``leave-a-reply``. Only ``serve`` is here; the others are loaded when one of them is called."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from service.cli.command_summaries import SUMMARIES


@contextmanager
def _garbage_collector_at_rest() -> Iterator[None]:
    """While modules are loaded: they stay, and looking for what does not takes an eighth of a start."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


class _WithOthers(TyperGroup):
    """The command of this file, and the others from when they are wanted: a service that only serves starts a quarter
    of a second sooner, and is 5 MB smaller. The help has their summaries."""

    def list_commands(self, _ctx: Any) -> list[str]:
        """The names, for the help."""
        return list(SUMMARIES)

    def format_commands(self, _ctx: Any, formatter: Any) -> None:
        """The part of the help with the commands. Nothing is loaded for it."""
        with formatter.section("Commands"):
            formatter.write_dl([*SUMMARIES.items()])

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of a name, or None."""
        if cmd_name not in self.commands:
            self._load_others()
        return super().get_command(ctx, cmd_name)

    def _load_others(self) -> None:
        with _garbage_collector_at_rest():
            from service.cli import command_tree

        self.commands.update(typer.main.get_group(command_tree.app).commands)


app = typer.Typer(
    cls=_WithOthers,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="A comment form with a captcha and a spam filter.",
)


def _print_version(asked: bool) -> None:
    if asked:
        from service.version import VERSION

        typer.echo(f"leave-a-reply {VERSION}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Options that go with no command."""


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(metavar="PORT", help="Port to listen on.")] = None,
    workers: Annotated[int | None, typer.Option(metavar="NUMBER", help="Number of worker processes.")] = None,
    fd: Annotated[int | None, typer.Option(metavar="NUMBER", help="Use this open socket, such as systemd's 3.")] = None,
) -> None:
    """Run the service."""
    with _garbage_collector_at_rest():
        from service.cli.open_service import WRONG_SETTING, fail, load_settings, sentence
        from service.server.run_server import run
        from service.settings import given_names, misspelt

    given = {"host": host, "port": port, "workers": workers}
    settings = load_settings(**{name: value for name, value in given.items() if value is not None})
    for name, meant in misspelt(given_names()):
        guess = f" Did you mean {meant}?" if meant else ""
        typer.secho(f"{name} is not a setting and has no effect.{guess}", fg="yellow", err=True)
    try:
        run(settings, fd)
    except WRONG_SETTING as error:
        fail(sentence(error))
