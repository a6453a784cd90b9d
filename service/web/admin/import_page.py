"""``/admin/import``: an export is uploaded, looked at by a dry run, and imported; an import is taken back."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from anyio import to_thread
from sqlalchemy import Connection
from starlette.responses import Response

from db.column_types import new_id
from service import sites
from service.importers import import_run_rows
from service.importers.import_run_rows import Run, RunState
from service.importers.import_target import Places
from service.number_parsing import whole_number
from service.visible_text import one_line
from service.web.admin.admin_params import HOME, ActionFields, read_key
from service.web.admin.admin_session import AdminRequest
from service.web.admin.error_words import error_words
from service.web.admin.import_upload import UploadForm, read_upload
from service.web.http.request_body import TooLarge
from service.web.import_worker import delete_upload, folder_of, upload_of

MB = 1_000_000
_PATH = f"{HOME}/import"
_LONGEST_LINES = 20_000
_WITH_FILE = (RunState.CHECKED, RunState.STOPPED, RunState.FAILED)


async def show(request: AdminRequest) -> Response:
    """``GET /admin/import``: what was imported, and a form; with ``run`` one import."""
    run = await _find(request, request.http.query_params.get("run", ""))
    return await (_overview(request, {}) if run is None else _one(request, run))


async def upload(request: AdminRequest) -> Response:
    """``POST /admin/import``: take ``file`` for ``site``, and begin with a dry run."""
    _, settings, run_id = request.gettext, request.context.settings, new_id()
    arriving = folder_of(settings) / f"{run_id}.part"
    try:
        await to_thread.run_sync(lambda: arriving.parent.mkdir(mode=0o700, parents=True, exist_ok=True))
        form = await read_upload(request.http, arriving, settings.import_mb * MB)
        return await _received(request, form, arriving, run_id)
    except TooLarge:
        sentence = _("The file is larger than %(num)s MB. Compress it with gzip, or import it from the command line.")
        return await _overview(request, {}, sentence % {"num": settings.import_mb}, 413)
    except OSError as error:
        sentence = _("The file could not be stored: %(reason)s.")
        return await _overview(request, {}, sentence % {"reason": error.strerror or str(error)}, 507)
    finally:
        with suppress(OSError):
            await to_thread.run_sync(lambda: arriving.unlink(missing_ok=True))


async def _received(request: AdminRequest, form: UploadForm, file: Path, run_id: int) -> Response:
    _, size = request.gettext, file.stat().st_size
    site_id = whole_number(form.fields.get("site", ""), 0, digits=9)
    if not request.current_admin.sees(site_id) or site_id not in (await request.context.sites()).ids:
        return request.not_understood()
    if not form.name or not size:
        sentence = _("Choose a file that is not empty.")
        return await _overview(request, form.fields, sentence, 422)
    await to_thread.run_sync(file.rename, upload_of(request.context.settings, run_id))
    values = {"id": run_id, "state": RunState.CHECK, "uploaded": True, "size": size, "file": one_line(form.name)}
    redirects = one_line(form.redirects_name) if form.redirects else ""
    await to_thread.run_sync(_keep_redirects, request, run_id, form.redirects)
    values |= {"admin_id": request.current_admin.id, **_chosen(form.fields, redirects)}
    await request.context.write(import_run_rows.create, site_id, request.now, **values)
    return request.see_other(f"{_PATH}?run={site_id}-{run_id}")


async def act(request: AdminRequest) -> Response:
    """``POST /admin/import/act``: ``action`` is ``check``, ``start``, ``stop``, ``discard`` or ``undo``, of ``run``."""
    fields = await ActionFields.of(request.http, max_files=1)
    run, action = await _find(request, fields.one("run")), fields.one("action")
    if run is None:
        return request.not_understood()
    steps: dict[str, tuple[tuple[RunState, ...], RunState, dict[str, Any]]] = {
        "check": (_WITH_FILE, RunState.CHECK, _chosen(dict(fields.pairs), _redirects(fields, run))),
        "start": (_WITH_FILE, RunState.WRITE, {}),
        "stop": ((RunState.CHECK, RunState.WRITE), RunState.STOPPED, {}),
        "discard": ((*_WITH_FILE, RunState.CHECK), RunState.DISCARDED, {"finished_at": request.now}),
        "undo": (_undoable(run, request), RunState.UNDO, {"admin_id": request.current_admin.id}),
    }
    if action not in steps or (action in ("check", "start") and not run.uploaded):
        return request.not_understood()
    before, after, values = steps[action]
    if action == "check":
        await to_thread.run_sync(_keep_redirects, request, run.id, fields.one("redirects").encode())
    beat_at = {"beat_at": None if after in import_run_rows.WORK else request.now}
    await request.context.write(import_run_rows.change, run.key, before, after, request.now, **values | beat_at)
    if after in import_run_rows.ENDED:
        await to_thread.run_sync(delete_upload, request.context.settings, run.id)
    return request.see_other(f"{_PATH}?run={run.site_id}-{run.id}")


def _undoable(run: Run, request: AdminRequest) -> tuple[RunState, ...]:
    return (run.state,) if run.can_be_undone(request.now) else ()


def _redirects(fields: ActionFields, run: Run) -> str:
    """The name of the redirects with which an upload is looked at again; empty without any."""
    if fields.one("redirects"):
        return "redirects"
    return "" if fields.one("without") else str(run.options.get("redirects", ""))


def _keep_redirects(request: AdminRequest, run_id: int, content: bytes) -> None:
    if content:
        import_run_rows.redirects_of(upload_of(request.context.settings, run_id)).write_bytes(content)


def _chosen(fields: dict[str, str], redirects: str) -> dict[str, Any]:
    """The columns for what the form says about the file, and the name of the redirects that came with it."""

    def lines(name: str) -> tuple[str, ...]:
        return tuple(filter(None, map(str.strip, fields.get(name, "")[:_LONGEST_LINES].splitlines())))

    form = fields.get("format", "")
    slugs = fields.get("slugs", "").strip()[:500]
    places = Places(lines("pages"), lines("moved"), redirects, lines("hosts"), slugs)
    return {"format": form if form in _titles(str) else "", "options": places.as_options()}


async def _find(request: AdminRequest, text: str) -> Run | None:
    key = read_key(text)
    if key is None or not request.current_admin.sees(key[0]):
        return None
    return await request.context.read(import_run_rows.find, key)


async def _overview(request: AdminRequest, typed: dict[str, str], error: str = "", status: int = 200) -> Response:
    def read(connection: Connection) -> dict[str, object]:
        own = request.current_admin.own_sites(sites.read_sites(connection))
        found = import_run_rows.newest(connection, None if request.current_admin.sites is None else [*own.values()])
        return {"sites": own, "runs": found, "origins": {number: origin for origin, number in own.items()}}

    values = await request.context.read(read)
    options = {
        name: typed.get(name, "") for name in ("site", "format", "pages", "moved", "hosts", "slugs", "redirects")
    }
    return request.render(
        "import.html",
        {**_shared(request), **values, "typed": options, "error": error, "most": request.context.settings.import_mb},
        status,
    )


async def _one(request: AdminRequest, run: Run) -> Response:
    def read(connection: Connection) -> tuple[str, bool]:
        origins = {number: origin for origin, number in sites.read_sites(connection).items()}
        return origins.get(run.site_id, ""), import_run_rows.has_written(connection, run.key)

    origin, has_written = await request.context.read(read)
    typed = {name: "\n".join(run.options.get(name, ())) for name in ("pages", "moved", "hosts")}
    typed |= {name: run.options.get(name, "") for name in ("slugs", "redirects")}
    values = {
        "run": run,
        "origin": origin,
        "typed": {**typed, "format": run.format, "site": ""},
        "works": run.state in import_run_rows.WORK,
        "waits": run.state in import_run_rows.WORK and (run.beat_at is None or run.is_silent(request.now)),
        "silent": run.is_silent(request.now),
        "can_undo": has_written and run.can_be_undone(request.now),
        "has_written": has_written,
    }
    return request.render("import_run.html", {**_shared(request), **values})


def _shared(request: AdminRequest) -> dict[str, object]:
    formats = _titles(request.gettext)
    in_words = partial(error_words, language=request.language)
    return {"formats": formats, "when": request.language.when, "State": RunState, "in_words": in_words}


def _titles(gettext: Callable[[str], str]) -> dict[str, str]:
    """Format → how it is called."""
    from service.importers.import_formats import FORMATS  # loads twenty readers and YAML, which a service rarely needs

    return {name: gettext(each.title) for name, each in FORMATS.items()}
