"""PyPI django-turnstile: a form field."""

import json
import sys

import django
from django.conf import settings

given = json.loads(sys.argv[1])
settings.configure(
    TURNSTILE_SITEKEY=given["key"],
    TURNSTILE_SECRET=given["secret"],
    TURNSTILE_VERIFY_URL=given["service"] + "/turnstile/v0/siteverify",
    TURNSTILE_JS_API_URL=given["service"] + "/captcha.js",
    INSTALLED_APPS=["turnstile"],
    USE_I18N=False,
)
django.setup()

from django import forms  # noqa: E402
from turnstile.fields import TurnstileField  # noqa: E402


class Contact(forms.Form):
    turnstile = TurnstileField()


found = []
for token in given["tokens"]:
    form = Contact({"cf-turnstile-response": token})
    found.append({"valid": form.is_valid(), "errors": form.errors})
json.dump(found, sys.stdout)
