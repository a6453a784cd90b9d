"""Which parameters each route has, for requests that are made to cost as much as they can."""

from service.protocols.api.document_routes import DOCUMENTED
from service.web.http.api_problems import API
from tests.web.hostile_requests import Inputs

_THREAD = "page title lang frame captcha parent preview order first before after comment replies jsonld"
_COMMENT = "page comment author email url comment_parent captcha captcha_token title lang review proof altcha instead"
_AKISMET = (
    "api_key blog user_ip user_agent referrer permalink comment_type comment_author comment_author_email"
    " comment_author_url comment_content blog_lang honeypot_field_name is_test recheck_reason fill_seconds"
)
_CHECK = "key text author email url page ip user_agent languages spam id"
_CAPTCHA = "sitekey action cdata lang token captcha altcha redirect_to"
_VERIFY = "secret response remoteip sitekey payload"
_LISTED = (
    "context page per_page offset author author_exclude exclude include parent parent_exclude post after before"
    " author_email order orderby search status type _fields _embed _envelope"
)
_NEW = "content author_name author_email author_url post parent status date date_gmt id"
_ADMIN = (
    "status search site page before after id day moderator reason since until from first order q comment lang network"
    " email replied per view token entry"
)
_ACTS = (
    "action comment page site what name password again current token factors words limit url typed per trial text"
    " author email seen everything batch back kind role sites note admin code key days title hook events format secret"
    " credential challenge parent"
    " to sure alias map merges agreed names origins index_files parameters"
)

_NOTHING = Inputs("a b c")
_THREADS = Inputs(_THREAD, _COMMENT, "page")
_ACT = Inputs(_ADMIN, _ACTS)
_IMPORT = Inputs("run", "run action site format pages moved hosts slugs file")
_SCRIPT = Inputs("v")
_KEY = Inputs("api_key", _AKISMET, "api_key blog user_ip")
_VERIFIER = Inputs(_VERIFY, _VERIFY, "secret")
_QUESTION = Inputs(_CAPTCHA, _CAPTCHA, "sitekey")
_REST = Inputs(_LISTED, _NEW)
_LIST = Inputs(
    _LISTED,
    _NEW,
    largest=(
        "per_page=100&order=asc",
        "per_page=100&order=asc&_embed=1&_envelope=1",
        "per_page=100&orderby=parent",
        "per_page=100&search=a+b+c+d+e+f+g+h",
        "per_page=100&include=" + ",".join(map(str, range(1, 500))),
        "per_page=100&_fields=" + "a," * 14_000,
    ),
)
_SITE = Inputs("site page lang number days format", known="site", largest=("number=99999999&days=99999999",))

ROUTES: dict[str, Inputs] = {
    "/": _REST,
    "/index.php": _REST,
    "/{site}/": _REST,
    "/comments": _THREADS,
    "/thread": _THREADS,
    "/form": _THREADS,
    "/page": _THREADS,
    "/preview": _THREADS,
    "/own": Inputs(_THREAD + " token", _COMMENT + " token", "page"),
    "/report": Inputs(
        "page comment lang frame", "page reported reason note another frame lang captcha captcha_token altcha", "page"
    ),
    "/live": Inputs("page lang", known="page"),
    "/captcha": Inputs("page parent lang", known="page"),
    "/check": Inputs("token"),
    "/feed": _SITE,
    "/latest": _SITE,
    "/popular": _SITE,
    "/counts": Inputs("page pages lang", "pages lang", largest=("page=https://blog.example/a" * 1000,)),
    "/privacy": Inputs("lang", "email"),
    "/privacy/mine": Inputs("token lang", "action"),
    "/mail/confirm": Inputs("token", "token"),
    "/mail/unsubscribe": Inputs("token", "token"),
    "/captcha/challenge": _QUESTION,
    "/captcha/answer": _QUESTION,
    "/captcha/pass": _QUESTION,
    "/altcha/challenge": _QUESTION,
    "/siteverify": _VERIFIER,
    "/recaptcha/api/siteverify": _VERIFIER,
    "/turnstile/v0/siteverify": _VERIFIER,
    "/altcha/siteverify": _VERIFIER,
    "/wp-comments-post.php": Inputs("", _COMMENT + " comment_post_ID redirect_to", "page"),
    **dict.fromkeys((f"/1.1/{name}" for name in ("verify-key", "comment-check", "submit-spam", "submit-ham")), _KEY),
    **dict.fromkeys((f"/1.1/{name}" for name in ("get-stats", "get-subscription", "deactivate", "test")), _KEY),
    **dict.fromkeys((f"/1.2/{name}" for name in ("usage-limit", "key-sites")), _KEY),
    **dict.fromkeys(("/healthz", "/readyz", "/metrics"), _NOTHING),
    **dict.fromkeys(("/captcha.js", "/recaptcha/api.js", "/1/api.js", "/turnstile/v0/api.js"), Inputs("render onload")),
    **dict.fromkeys(
        ("/embed.js", "/enhance.js", "/widgets.js", "/form.js", "/own.js", "/report.js", "/live.js", "/work.js"),
        _SCRIPT,
    ),
    **dict.fromkeys(("/admin.js", "/import.js", "/passkey.js"), _SCRIPT),
    **dict.fromkeys(("/embed.css", "/demo.css", "/admin.css", "/icon.svg"), _SCRIPT),
    **dict.fromkeys(("/admin", "/admin/comments", "/admin/pages", "/admin/log", "/admin/spam", "/admin/mail"), _ACT),
    **dict.fromkeys(("/admin/check", "/admin/account", "/admin/account/programs"), _ACT),
    **dict.fromkeys(("/admin/account/programs/revoke", "/admin/login", "/admin/setup"), _ACT),
    **dict.fromkeys(("/admin/logout", "/admin/logout-everywhere", "/admin/invited"), _ACT),
    **dict.fromkeys(("/admin/comment", "/admin/delete", "/admin/block", "/admin/views", "/admin/pin"), _ACT),
    **dict.fromkeys(("/admin/sites", "/admin/people", "/admin/privacy"), _ACT),
    **dict.fromkeys(("/admin/webhooks", "/admin/login/code", "/admin/account/logins/end"), _ACT),
    **dict.fromkeys(("/admin/account/second", "/admin/account/passkeys", "/admin/login/passkey"), _ACT),
    **dict.fromkeys(("/admin/blocks", "/admin/import", "/admin/import/act"), _ACT),
    **dict.fromkeys(("/admin/page", "/admin/pages/undo", "/admin/duplicates"), _ACT),
    **dict.fromkeys(("/admin/rules", "/admin/redirects", "/admin/figures"), _ACT),
    "/admin/account/mail": Inputs(_ADMIN, _ACTS + " address what-1 pace-1"),
    "/admin/mailed": Inputs("token do what", "action reply name"),
    "/mail/notices": Inputs("token", "token all"),
    **dict.fromkeys(("/admin/figures.csv", "/admin/account/tokens", "/admin/account/tokens/revoke"), _ACT),
}
"""Path → its parameters. Added below: the API's, and WordPress's routes, which come with and without a site."""

_API = (
    "page site lang cursor limit instead days words author email url reason language since until replied status before"
)
_API_BODY = (
    "page title parent author email url text token answer work review lang proof status comments seen scopes name"
)

for _operation in DOCUMENTED:
    _is_check = _operation.path in ("/check", "/learn")
    _largest = {
        "/comments": ("limit=100", "limit=100&replied=true"),
        "/counts": ("replied=true",),
        "/log": ("limit=100",),
        "/pages": ("limit=100",),
        "/public/comments": ("page=https://blog.example/post&limit=50", "page=https://blog.example/b&whole_site=true"),
        "/public/popular": ("site=https://blog.example/post&limit=50&days=366",),
        "/statistics": ("site=1&days=366",),
    }.get(_operation.path, ())
    _inputs = Inputs("", _CHECK, "key") if _is_check else Inputs(_API, _API_BODY, largest=_largest)
    ROUTES[API + _operation.path] = _inputs

for _before in ("", "/{site}"):
    for _path in ("", "/", "/wp/v2", "/wp/v2/", "/wp/v2/users/me", "/{path:path}", "/wp/v2/posts/{id}"):
        ROUTES[f"{_before}/wp-json{_path}"] = _REST
    for _path in ("", "/", "/{id}", "/{id}/"):
        ROUTES[f"{_before}/wp-json/wp/v2/comments{_path}"] = _LIST
