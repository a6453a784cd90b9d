"""The captcha for other forms: a question for the page, a pass for the right answer, and ``siteverify`` to check it.

``siteverify`` is defined by developers.google.com/recaptcha/docs/verify, docs.hcaptcha.com (Verify the User Response)
and developers.cloudflare.com/turnstile/get-started/server-side-validation/; the widgets' scripts by the same sites'
client-side pages; ALTCHA's work by altcha.org/docs/v2/ (challenge of version 2, for widgets from 3.0 on).
``docs/captcha-service.md`` is for owners.

Routes of those services:
    /siteverify, /recaptcha/api/siteverify, /turnstile/v0/siteverify      what a pass is worth (``verify``)
    GET /recaptcha/api.js, /1/api.js, /turnstile/v0/api.js                ``captcha.js`` with those services' objects
    GET /altcha/challenge, POST /altcha/siteverify                        ALTCHA's work (``challenge``, ``verify``)

Ours: GET /captcha.js, the widget; GET /captcha/challenge and POST /captcha/answer, which it calls (``challenge``);
GET and POST /captcha/pass, the page for readers without JavaScript.
"""
