"""Forms on pages that are not in UTF-8: what is typed is never lost, and nothing is stored that was only guessed."""

import html
import re
from urllib.parse import urlencode

import pytest
from starlette.testclient import TestClient

from service.settings import Settings
from service.web.http import charsets
from tests.conftest import PUBLIC_URL
from tests.reader import ARTICLE, Reader, hidden_fields

URLENCODED = "application/x-www-form-urlencoded"
PAGE = {"accept": "text/html"}
SENTENCE = "sends text in another encoding"

TEXTS = {
    "windows-1252": ("cp1252", "Über „Grüße“ freue ich mich – 5 €."),
    "windows-1251": ("cp1251", "Спасибо, статья очень понравилась!"),
    "gb18030": ("gb18030", "谢谢你的文章，我很喜欢。"),
}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The database sees only text."""
    return sqlite_url


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Texts in many languages on one page, published at once."""
    return settings.model_copy(update={"spam_check": False})


def encoded(fields: dict[str, str], codec: str) -> bytes:
    """As a browser does: what the charset lacks becomes a reference."""
    pairs = {name: value.encode(codec, "xmlcharrefreplace") for name, value in fields.items()}
    return urlencode(pairs).encode()


def multipart(fields: dict[str, str], codec: str) -> bytes:
    part = '--x\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
    return "".join(part.format(*pair) for pair in fields.items()).encode(codec, "xmlcharrefreplace") + b"--x--\r\n"


def textarea(page: str) -> str:
    found = re.search(r'<textarea[^>]*id="comment"[^>]*>\n?(.*?)</textarea>', page, re.DOTALL)
    assert found
    return html.unescape(found[1])


@pytest.mark.parametrize(("codec", "text"), TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("kind", [URLENCODED, "multipart/form-data; boundary=x"])
def test_the_form_comes_back_with_the_letters_and_nothing_is_stored(
    reader: Reader, codec: str, text: str, kind: str
) -> None:
    fields = reader.fields(comment=text, author="Zoë" if codec == "cp1252" else text[:2])
    body = (encoded if kind == URLENCODED else multipart)(fields, codec)
    answer = reader.client.post("/comments", content=body, headers={**PAGE, "content-type": kind})
    assert answer.status_code == 422
    assert SENTENCE in answer.text
    assert textarea(answer.text) == text
    assert f'value="{fields["author"]}"' in answer.text
    assert "No comments yet" in reader.read()
    # the same question and answer are still good, since the answer is in the form again
    again = {**fields, **hidden_fields(answer.text), "comment": textarea(answer.text)}
    assert reader.send(again).status_code == 303
    assert text[:6] in reader.read()


def test_the_language_of_page_and_browser_tell_the_charset(reader: Reader) -> None:
    greek, header = "Ευχαριστώ πολύ", {**PAGE, "content-type": URLENCODED, "accept-language": "el-GR,el;q=0.9,en;q=0.5"}
    answer = reader.client.post("/comments", content=encoded(reader.fields(comment=greek), "cp1253"), headers=header)
    assert textarea(answer.text) == greek
    hebrew = encoded(reader.fields(comment="תודה רבה") | {"lang": "he"}, "cp1255")
    assert textarea(reader.client.post("/comments", content=hebrew, headers=header).text) == "תודה רבה"


def test_bytes_without_a_meaning_become_a_sign_for_it(reader: Reader) -> None:
    body = urlencode(reader.fields(comment="x")).replace("comment=x", "comment=caf%E9+%81+noir").encode()
    answer = reader.client.post("/comments", content=body, headers={**PAGE, "content-type": URLENCODED})
    assert (answer.status_code, textarea(answer.text)) == (422, "café \ufffd noir")


@pytest.mark.parametrize(
    ("label", "codec", "text"),
    [
        ("windows-1251", "cp1251", "Это 中 знак"),
        ("gbk", "gb18030", "联通"),  # these bytes are UTF-8, too
        ("ISO-8859-1", "cp1252", "naïve – “yes” 中"),
        ("Shift_JIS", "cp932", "ありがとう表"),
        ("UTF-8", "utf-8", "Grüße &#20013;"),
    ],
)
def test_a_charset_that_the_browser_names_is_read(reader: Reader, label: str, codec: str, text: str) -> None:
    fields = reader.fields(comment=text) | {"_charset_": label}
    answer = reader.client.post("/comments", content=encoded(fields, codec), headers={"content-type": URLENCODED})
    assert answer.status_code == 303
    shown = reader.read()
    assert text in html.unescape(shown) or text.replace("&#20013;", "中") in html.unescape(shown)


def test_a_charset_that_the_header_names_is_read(reader: Reader) -> None:
    kind = f'{URLENCODED}; charset="windows-1251"'
    body = encoded(reader.fields(comment="Привет всем"), "cp1251")
    assert reader.client.post("/comments", content=body, headers={"content-type": kind}).status_code == 303
    assert "Привет всем" in reader.read()
    mislabelled = urlencode(reader.fields(comment="Grüße")).encode()  # as libraries do that say ISO-8859-1 of any form
    kind = f"{URLENCODED}; charset=ISO-8859-1"
    assert reader.client.post("/comments", content=mislabelled, headers={"content-type": kind}).status_code == 303
    assert "Grüße" in reader.read()


@pytest.mark.parametrize("label", ["utf-7", "punycode", "unicode_escape", "rot13", "zlib", "utf-16", "x" * 300, ""])
def test_a_charset_out_of_the_list_is_none(reader: Reader, label: str) -> None:
    assert charsets.codec_of(label) == ""
    body = encoded(reader.fields(comment="Grüße") | {"_charset_": label}, "cp1252")
    answer = reader.client.post("/comments", content=body, headers={**PAGE, "content-type": URLENCODED})
    assert (answer.status_code, textarea(answer.text)) == (422, "Grüße")


def test_the_other_forms_lose_nothing_either(reader: Reader) -> None:
    headers = {**PAGE, "content-type": URLENCODED}
    body = encoded(reader.fields(comment="Grüße", author="Zoë"), "cp1252")
    preview = reader.client.post("/preview", content=body, headers=headers).text
    assert SENTENCE in preview
    assert textarea(preview) == "Grüße"
    theme = encoded(reader.fields(comment="Grüße") | {"redirect_to": ARTICLE}, "cp1252")
    answer = reader.client.post("/wp-comments-post.php", content=theme, headers=headers)
    assert (answer.status_code, textarea(answer.text)) == (422, "Grüße")
    in_json = reader.client.post("/comments", content=body, headers={**headers, "accept": "application/json"})
    assert in_json.status_code == 422
    assert SENTENCE in in_json.json()["error"]
    assert "Grüße" in in_json.json()["form"]


def test_an_edit_comes_back_unsaved(reader: Reader) -> None:
    posted = reader.post(json=True).json()
    fields = {"page": ARTICLE, "preview": posted["own"], "action": "save", "comment": "Grüße, geändert"}
    headers = {**PAGE, "content-type": URLENCODED}
    answer = reader.client.post("/own", content=encoded(fields, "cp1252"), headers=headers)
    assert answer.status_code == 422
    assert SENTENCE in answer.text
    assert "Grüße, geändert</textarea>" in html.unescape(answer.text)
    assert "A thought of my own." in reader.read()


def test_any_other_form_is_told_and_given_its_text(client: TestClient) -> None:
    headers = {**PAGE, "content-type": URLENCODED, "origin": PUBLIC_URL}
    body = encoded({"email": "zoë@example.org", "password": "geheimnisvolles Wörtchen"}, "cp1252")
    answer = client.post("/privacy", content=body, headers=headers)
    assert answer.status_code == 400
    assert SENTENCE in answer.text
    assert "zoë@example.org</textarea>" in answer.text
    assert "Wörtchen" not in answer.text
