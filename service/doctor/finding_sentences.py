"""What the setup check says. The command prints it in English; the admin's page translates it."""

from enum import StrEnum

from service.language import N_


class FindingSentence(StrEnum):
    """Each may have placeholders. ``problem`` is an address with why it could not be fetched."""

    UNREACHABLE = N_("%(problem)s: start the service, point the proxy to it, or correct REPLY_PUBLIC_URL.")
    ANOTHER = N_(
        "At %(public)s another service answers: correct REPLY_PUBLIC_URL or the proxy, "
        "or restart it after a new secret."
    )
    ANSWERS = N_("The service answers at %(public)s.")
    REGISTERED = N_("%(origin)s is registered.")
    NOT_REGISTERED = N_("%(origin)s is not registered: leave-a-reply site add %(origin)s")
    PAGE_REDIRECTS = N_("%(url)s redirects to %(target)s: check that address, and register its origin.")
    PAGE_UNREACHABLE = N_("%(problem)s: make sure that this server can reach it.")
    PAGE_REFUSES = N_("%(url)s answers %(status)s: is the address right, and open to everybody?")
    PAGE_READ = N_("%(url)s can be read.")
    POLICY_FORBIDS = N_(
        "The page’s Content-Security-Policy forbids it: add %(host)s to %(directive)s (docs/embedding.md has the whole"
        " line)."
    )
    POLICY_TYPES = N_("The page’s Content-Security-Policy forbids it: add %(names)s to trusted-types.")
    POLICY_SANDBOX = N_("The page’s policy has a sandbox: it must allow-scripts and allow-forms.")
    POLICY_ALLOWS = N_("The page’s Content-Security-Policy allows the form.")
    STYLES = N_(
        "Browsers from before 2023, and styles of your own with @import, load the styles by a link: for them, add"
        " %(host)s to style-src."
    )
    CORS_UNREACHABLE = N_("%(problem)s: check how the proxy handles it.")
    CORS_OK = N_("Scripts of the page may read the answers.")
    CORS_TWICE = N_("Access-Control-Allow-Origin is sent twice: the service sends it, so remove it from the proxy.")
    CORS_MISSING = N_("Access-Control-Allow-Origin is missing: let the proxy keep it.")
    FRAME_OPTIONS = N_("A proxy adds X-Frame-Options, so browsers show no frame: remove it for this service.")
    FRAME_ANCESTORS = N_("frame-ancestors does not name %(origin)s: register it, or check what the proxy adds.")
    FRAME_OK = N_("The page may show the frame.")
    HTTPS_MIXED = N_("The page uses https and %(public)s does not, so browsers block it: serve it over https, too.")
    HTTPS_MISSING = N_("The service is reached over http: anybody in between can read and change what is posted.")
    HTTPS_OK = N_("The service is reached over https.")
    PROXY_UNTRUSTED = N_(
        "A proxy sends X-Forwarded-For but is not trusted, so all readers count as one client: set"
        " REPLY_TRUSTED_PROXIES=%(peer)s"
    )
    PROXY_SILENT = N_(
        "The proxy does not send X-Forwarded-For, so all readers count as one client: let it send that header, and name"
        " the proxy in REPLY_TRUSTED_PROXIES."
    )
    PROXY_OK = N_("Readers are told apart by their network addresses.")
    NO_PROXY = N_("There is no proxy in front of the service.")
    CAPTCHA_OK = N_("The captcha has the site’s key.")
    CAPTCHA_KEY = N_("data-sitekey=%(key)s is not the key of %(origin)s: use the one of the site.")
    MAIL_OK = N_("%(host)s accepts mail; leave-a-reply mail test ADDRESS sends one.")
    MAIL_FAILS = N_("%(host)s does not accept mail: %(reason)s Correct REPLY_SMTP_URL.")
    LOG_WHOLE = N_("The log of site %(site)s is unchanged. Entries: %(number)s; the end is %(seal)s.")
    LOG_BROKEN = N_("In the log of site %(site)s, %(break)s: find out who did that, and restore a backup.")
    NESTED_FORM = N_(
        "The form is inside another form of the page: browsers drop it, and its buttons send the other one. Move it"
        " after the </form> of that one."
    )
    NO_SCRIPT = N_("The page has <leave-a-reply>, but does not load the script: add %(line)s")
    FRAME_SHOWN = N_("The page shows the comments in a frame.")
    INCLUDED = N_("The page includes comments and form as HTML.")
    SCRIPT_OK = N_("The page loads the script and has <leave-a-reply>.")
    SCRIPT_WAITS = N_(
        "The script has type=%(kind)s, so browsers do not run it until another script, such as one that asks for"
        " consent, changes that."
    )
    NOT_POST = N_("The form for comments is not sent by POST: give it method=post.")
    FORM_OK = N_("The page has a form that posts to the service.")
    NO_PAGE = N_("The form does not say which page it is on: add %(field)s")
    COMPRESSED = N_(
        "The page contains compressed bytes: the server that includes the comments requests them with the browser’s"
        " Accept-Encoding. Remove that header, as docs/embedding.md shows."
    )
    NO_ELEMENT = N_(
        "The page loads the script, but has no <leave-a-reply></leave-a-reply>: add it where the comments should"
        " appear."
    )
    ELSEWHERE = N_(
        "The page loads %(script)s, but readers reach the service at %(public)s: change one of the two. The setting is"
        " REPLY_PUBLIC_URL."
    )
    NOTHING = N_(
        "The page has neither script, frame, include nor form of the service: paste one of the four from “leave-a-reply"
        " site show %(origin)s”. (What scripts add to the page is not seen.)"
    )
    NAMED_STRANGER = N_("According to %(where)s, the page is %(address)s, but %(origin)s is not registered: change it.")
    NAMED_BADLY = N_("“%(address)s”, from %(where)s, is not a complete address: begin it with https://")
    NAMED_OTHER = N_("According to %(where)s, the comments are those of %(url)s.")


class FetchedBadly(StrEnum):
    """Why a page could not be fetched, with the address as its subject, beside ``FetchProblem``."""

    REDIRECTS = N_("%(place)s redirects to %(target)s")
    MANY_REDIRECTS = N_("%(place)s redirects more than %(number)s times")
    NO_GZIP = N_("%(place)s says that its answer is compressed with gzip, but it is not")


SUBJECTS = (
    *(N_("service"), N_("origin"), N_("page"), N_("policy"), N_("styles"), N_("sharing (CORS)"), N_("frame")),
    *(N_("proxy"), N_("captcha"), N_("mail"), N_("log"), N_("form in the page")),
)
"""What is inspected; https is the same in all languages."""
