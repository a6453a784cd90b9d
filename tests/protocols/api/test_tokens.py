"""Tokens: what each scope opens, in the hands of which admin, and until when."""

import re
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from db.models import Status
from service import admin_accounts, api_tokens, sites
from service.action_log import ActKind
from service.admin_rights import Role
from service.api_tokens import MakerRevoked, NewToken, Scope
from service.log_list import read_log
from service.protocols.api.document_routes import DOCUMENTED
from service.protocols.api.operation import AnyOperation
from service.secret_keys import Keyring
from service.web.context import AppContext
from tests.conftest import Clock
from tests.protocols.api.conftest import Program, make_admin, make_token
from tests.web.admin.conftest import AddComment, statuses

NO_SCOPE = "does not have the scope"
GUARDED = [operation for operation in DOCUMENTED if operation.scope is not None]


def documented() -> dict[tuple[str, str], set[str]]:
    """Operation → the scopes in whose row docs/api.md has it; all scopes for the row “any”."""
    text = (Path(__file__).parents[3] / "docs/api.md").read_text()
    table = text.partition("| scope | operations |")[2].partition("\n\n")[0].splitlines()
    found: dict[tuple[str, str], set[str]] = {}
    for line in table[2:]:
        scope, cell = (cell.strip(" `") for cell in line.split("|")[1:-1])
        for operation in cell.split(", "):
            match = re.fullmatch(r"([A-Z]+) (/.*)", operation.strip("`"))
            assert match, line
            found.setdefault((match[1], match[2]), set()).update(Scope if scope == "any" else [scope])
    return found


def ask(program: Program, operation: AnyOperation) -> Any:
    """A request that is understood as far as the scope."""
    path = operation.path.replace("{id}", "1")
    body: dict[str, Any] = {"text": "x"} if operation.takes_key else {}
    body |= {"spam": True} if operation.path == "/learn" else {}
    sent = {"json": body} if operation.has_body else {}
    return program.ask(operation.method, path, headers={"if-match": "*"}, **sent)


def test_the_table_in_the_docs_has_every_operation_and_every_scope() -> None:
    table = documented()
    assert set(table) == {(operation.method, operation.path) for operation in DOCUMENTED}
    assert {scope for scopes in table.values() for scope in scopes} == {scope.value for scope in Scope}


def test_each_scope_opens_what_the_table_says(client: TestClient, context: AppContext, clock: Clock) -> None:
    ida, table = make_admin(context, clock, "Ida"), documented()
    for scope in Scope:
        program = Program(client, make_token(context, clock, scope, admin_id=ida))
        for operation in GUARDED:
            answer = ask(program, operation)
            opened = scope.value in table[operation.method, operation.path]
            assert opened == (answer.status_code != 403 or NO_SCOPE not in answer.json()["detail"]), operation.path
            assert answer.status_code not in (401, 500)


def test_without_a_token_nothing_opens(anybody: Program) -> None:
    assert {ask(anybody, operation).status_code for operation in GUARDED} == {401}


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.READER])
def test_a_token_can_no_more_than_its_admin(client: TestClient, context: AppContext, clock: Clock, role: Role) -> None:
    make_admin(context, clock, "Ida")
    program = Program(client, make_token(context, clock, admin_id=make_admin(context, clock, "Eve", role, None)))
    refused = {operation.scope for operation in GUARDED if ask(program, operation).status_code == 403}
    rights = api_tokens.RIGHT_OF
    assert refused == {scope for scope in Scope if not api_tokens.Bearer.may(*_bearer(context, program, clock), scope)}
    assert refused >= {scope for scope, right in rights.items() if right == "settings"}
    assert (Scope.COMMENTS_MODERATE in refused) == (role is Role.READER)


def _bearer(context: AppContext, program: Program, clock: Clock) -> list[api_tokens.Bearer]:
    with context.engine.connect() as connection:
        found = api_tokens.find_bearer(connection, context.keyring, program.token, clock())
    assert found
    return [found]


def test_a_moderator_s_token_sees_the_sites_of_the_moderator(
    client: TestClient, context: AppContext, clock: Clock, add: AddComment, owner: Program
) -> None:
    here = add(status=Status.APPROVED)
    page = owner.get("/pages").json()["items"][0]["id"]
    hook = owner.post("/webhooks", site=1, url="https://receiver.example/x").json()["id"]
    batch = owner.post("/decisions", comments=[here], status="pending").json()["batch"]
    context.writer.run(sites.register, "https://other.example", clock())
    with context.engine.connect() as connection:
        other = sites.read_sites(connection)["https://other.example"]
    eve = Program(
        client, make_token(context, clock, admin_id=make_admin(context, clock, "Eve", Role.MODERATOR, {other}))
    )
    for path in ("/comments", "/pages", "/log"):
        assert eve.get(path).json()["items"] == []
        assert eve.get(path, site=1).json()["items"] == []
    assert eve.get("/counts", site=1).json()["pending"] == 0
    assert [site["id"] for site in eve.get("/sites").json()["items"]] == [other]
    for path in (f"/comments/{here}", f"/pages/{page}", "/sites/1"):
        assert eve.get(path).status_code == 404
    assert eve.post("/decisions", comments=[here], status="spam").json()["missing"] == [here]
    assert eve.post(f"/decisions/{batch}/undo").json()["changed"] == []
    assert eve.delete(f"/comments/{here}", if_match="*").status_code == 404
    assert eve.post(f"/comments/{here}/replies", text="x").status_code == 404
    assert eve.post("/comments", page="https://blog.example/post", text="x").status_code == 404
    assert eve.get("/comments", network=here).status_code == 200
    assert owner.get(f"/webhooks/{hook}").status_code == 200
    assert statuses(context) == {here: "pending"}


def test_a_token_ends_is_revoked_and_goes_with_its_admin(
    client: TestClient, context: AppContext, clock: Clock, owner: Program
) -> None:
    ida = owner.get("/me").json()
    assert (ida["name"], ida["role"], ida["sites"], len(ida["token"]["scopes"])) == ("Ida", "owner", None, len(Scope))
    made = owner.post("/tokens", name="short", scopes=["tokens:read"], expires_at="2026-11-25T12:00:00Z").json()
    short = Program(client, made["token"])
    assert [token["name"] for token in short.get("/tokens").json()["items"]] == ["short", "robot"]
    assert made["token"] not in owner.get("/tokens").text
    clock.advance(hours=25)
    assert short.get("/me").status_code == 401
    assert owner.delete(f"/tokens/{ida['token']['id']}").status_code == 204
    assert owner.get("/me").status_code == 401
    eve_id = make_admin(context, clock, "Eve")
    eve = Program(client, make_token(context, clock, admin_id=eve_id))
    context.writer.run(admin_accounts.remove, eve_id, None, clock())
    assert eve.get("/me").status_code == 401


def test_a_token_makes_none_that_can_more(client: TestClient, context: AppContext, clock: Clock) -> None:
    ida = make_admin(context, clock, "Ida")
    program = Program(client, make_token(context, clock, Scope.TOKENS_WRITE, Scope.PAGES_READ, admin_id=ida))
    assert program.post("/tokens", name="x", scopes=["comments:read"]).status_code == 403
    late = program.post("/tokens", name="x", scopes=["pages:read"], expires_at="2027-01-01T00:00:00Z")
    assert late.status_code == 422
    made = program.post("/tokens", name="x", scopes=["pages:read"]).json()
    assert made["expires_at"] == program.get("/me").json()["token"]["expires_at"]
    assert program.post("/tokens", name="  ", scopes=["pages:read"]).status_code == 422
    with context.engine.connect() as connection:
        hashed = connection.exec_driver_sql("SELECT digest FROM api_token").scalars().all()
    assert not any(made["token"].encode() in digest for digest in hashed)


def test_a_token_takes_along_what_it_made(
    client: TestClient, context: AppContext, clock: Clock, owner: Program
) -> None:
    def made_by(program: Program, name: str) -> tuple[Program, str]:
        wanted = {"name": name, "scopes": ["tokens:read", "tokens:write"]}
        made = program.post("/tokens", **wanted).json()
        return Program(client, made["token"]), made["id"]

    eve = Program(client, make_token(context, clock, admin_id=make_admin(context, clock, "Eve")))
    child, child_id = made_by(owner, "child")
    grandchild, _ = made_by(child, "grandchild")
    sister, _ = made_by(owner, "sister")
    made = {token["name"]: token["made_by"] for token in owner.get("/tokens").json()["items"]}
    own_id = owner.get("/me").json()["token"]["id"]
    assert made == {"robot": None, "child": own_id, "grandchild": child_id, "sister": own_id}
    assert eve.delete(f"/tokens/{child_id}").status_code == 404
    assert grandchild.delete(f"/tokens/{child_id}").status_code == 204
    assert [program.get("/me").status_code for program in (child, grandchild, sister, owner, eve)] == [
        *(401, 401),
        *(200, 200, 200),
    ]
    with context.engine.connect() as connection:
        logged = [entry.words for entry in read_log(connection).entries if entry.action is ActKind.TOKEN_REVOKED]
    assert sorted(words["name"] for words in logged) == ["child", "grandchild"]
    late = NewToken("late", (Scope.TOKENS_READ,), clock(), made_by=int(child_id))
    with pytest.raises(MakerRevoked):
        context.writer.run(api_tokens.add, context.keyring, 1, late, clock())


def test_a_token_that_is_used_outlives_the_rotation_of_secrets(context: AppContext, clock: Clock) -> None:
    shown = make_token(context, clock, admin_id=make_admin(context, clock, "Ida"))
    masters = [f"{number}Kq8-vWz3Lr7-mTn5Xb2-pYd6Hs4-jGc9Fa1" for number in range(4)]
    old = context.keyring._masters
    for number in range(1, 4):
        known = Keyring((*old, *masters)[number - 1 : number + 1])
        with context.engine.connect() as connection:
            bearer = api_tokens.find_bearer(connection, known, shown, clock())
        assert bearer
        assert bearer.is_due
        context.writer.run(api_tokens.note_use, known, bearer.token.id, shown, clock())


def test_calls_are_limited(owner: Program, context: AppContext) -> None:
    token_id = int(owner.get("/me").json()["token"]["id"])
    while not context.limits.take(("api", b"%d" % token_id)):
        pass
    answer = owner.get("/me")
    assert (answer.status_code, int(answer.headers["retry-after"]) >= 1) == (429, True)
