"""Clients of reCAPTCHA, hCaptcha and Turnstile, each as it comes, against a running service."""

import uuid

from tests.clients.conftest import Service
from tests.clients.environments import run

DUPLICATE = ["timeout-or-duplicate"]


def test_hcaptcha(service: Service) -> None:
    [token] = service.passes(1)
    found = run("hcaptcha", service=service.url, secret=service.site.secret, tokens=[token, token, "junk"])
    assert found == [
        {"success": True},
        {"success": False, "errors": DUPLICATE},
        {"success": False, "errors": ["invalid-input-response"]},
    ]


def test_flask_wtf(service: Service) -> None:
    [token] = service.passes(1)
    found = run(
        "flask-wtf", service=service.url, key=service.site.key, secret=service.site.secret, tokens=[token, token, "x"]
    )
    assert [each["valid"] for each in found["answers"]] == [True, False, False, False]
    assert found["answers"][2]["errors"]["recaptcha"] == ["The response parameter is invalid or malformed."]
    assert f'src="{service.url}/captcha.js"' in found["page"].replace("'", '"')
    assert f'data-sitekey="{service.site.key}"' in found["page"]


def test_flask_xcaptcha(service: Service) -> None:
    [token] = service.passes(1)
    found = run(
        "flask-xcaptcha",
        service=service.url,
        key=service.site.key,
        secret=service.site.secret,
        tokens=[token, token, "x"],
    )
    assert found["valid"] == [True, False, False]
    assert f"src='{service.url}/recaptcha/api.js'" in found["page"]


def test_django_turnstile(service: Service) -> None:
    [token] = service.passes(1)
    found = run(
        "django-turnstile", service=service.url, key=service.site.key, secret=service.site.secret, tokens=[token, token]
    )
    assert found == [
        {"valid": True, "errors": {}},
        {"valid": False, "errors": {"turnstile": ["Turnstile could not be verified."]}},
    ]


def test_cloudstile(service: Service) -> None:
    first, second = service.passes(2)
    key = str(uuid.uuid4())
    tokens = [(first, key), (first, key), (first, None), (second, None), (second, str(uuid.uuid4()))]
    found = run("cloudstile", service=service.url, secret=service.site.secret, tokens=tokens)
    assert [each["success"] for each in found] == [True, True, False, True, False, False]
    assert [each["error_codes"] for each in found] == [[], [], DUPLICATE, [], DUPLICATE, ["invalid-input-response"]]
    assert found[0] == found[1]
    assert (found[0]["hostname"], found[0]["action"], found[0]["cdata"]) == ("shop.example", "contact", "")
    assert found[0]["timestamp"]


def test_altcha(service: Service) -> None:
    """Its library does the work; ours says what it is worth: once, and nothing without the work."""
    query = {"sitekey": service.site.key, "action": "contact"}
    challenges = [service.http.get("/altcha/challenge", params=query).json() for _ in range(2)]
    proofs = run("altcha", challenges=challenges)

    def verify(proof: str) -> tuple[bool, list[str]]:
        asked = {"secret": service.site.secret, "response": proof}
        found = service.http.post("/altcha/siteverify", data=asked).json()
        return found["success"], found["error-codes"]

    assert [verify(proof) for proof in proofs["solved"]] == [(True, []), (True, [])]
    assert [verify(proof) for proof in proofs["solved"]] == [(False, DUPLICATE)] * 2
    assert [verify(proof) for proof in proofs["respelt"]] == [(False, DUPLICATE)] * 2
    assert [verify(proof) for proof in proofs["idle"]] == [(False, ["invalid-input-response"])] * 2
