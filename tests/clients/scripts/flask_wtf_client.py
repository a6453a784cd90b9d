"""PyPI Flask-WTF: a form with a RecaptchaField, posted to a Flask application."""

import json
import sys

from flask import Flask
from flask_wtf import FlaskForm, RecaptchaField

given = json.loads(sys.argv[1])
app = Flask(__name__)
app.config |= {
    "SECRET_KEY": "of the shop",
    "WTF_CSRF_ENABLED": False,
    "RECAPTCHA_PUBLIC_KEY": given["key"],
    "RECAPTCHA_PRIVATE_KEY": given["secret"],
    "RECAPTCHA_VERIFY_SERVER": given["service"] + "/recaptcha/api/siteverify",
    "RECAPTCHA_SCRIPT": given["service"] + "/captcha.js",
}


class Contact(FlaskForm):
    recaptcha = RecaptchaField()


@app.post("/")
def contact():
    form = Contact()
    return {"valid": form.validate(), "errors": form.errors}


@app.get("/")
def page():
    return str(Contact().recaptcha())


client = app.test_client()
found = [client.post("/", data={"g-recaptcha-response": token}).json for token in given["tokens"]]
found.append(client.post("/", data={"g-recaptcha-response": "x"}, environ_overrides={"REMOTE_ADDR": None}).json)
json.dump({"answers": found, "page": client.get("/").text}, sys.stdout)
