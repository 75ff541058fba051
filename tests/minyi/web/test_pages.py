"""Pages for all: kept under a version, answered by ETag, in the language of the address, in the chosen look."""

import gzip

import pytest
from flask import Flask
from flask.testing import FlaskClient

from minyi.audit.operations import raise_versions
from minyi.audit.queries import page_version
from minyi.web.door import Door
from minyi.web.language import language
from minyi.web.pages import page_for_all
from minyi.web.transaction import reading

rendered: list[str] = []


@pytest.fixture
def planted(app: Flask) -> Flask:
    """An app with one page for all, which says in which language it was rendered and how often."""
    rendered.clear()

    @app.get("/planted")
    def planted_page():
        def render() -> str:
            rendered.append(language())
            return f'<html lang="x"><body data-md-color-scheme="default">{language()} {len(rendered)}</body></html>'

        return page_for_all((page_version(reading(), "planted"),), render)

    return app


def test_rendered_once_per_version(planted: Flask, client: FlaskClient, door: Door) -> None:
    first = client.get("/planted")
    assert client.get("/planted").data == first.data
    door.write(lambda tx: raise_versions(tx, ["planted"]))
    assert client.get("/planted").data != first.data
    assert rendered == ["zh", "zh"]


def test_known_etag_is_answered_with_304_and_nothing(planted: Flask, client: FlaskClient, door: Door) -> None:
    etag = client.get("/planted").headers["ETag"]
    again = client.get("/planted", headers={"If-None-Match": etag})
    assert (again.status_code, again.data) == (304, b"")
    door.write(lambda tx: raise_versions(tx, ["planted"]))
    assert client.get("/planted", headers={"If-None-Match": etag}).status_code == 200


def test_packed_and_plain_are_the_same_page(planted: Flask, client: FlaskClient) -> None:
    plain = client.get("/planted")
    packed = client.get("/planted", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data


@pytest.mark.parametrize(
    ("address", "accepts", "said", "varies"),
    [
        pytest.param("/planted", "zh-CN", "zh", True, id="negotiated Chinese"),
        pytest.param("/planted", "en-GB", "en", True, id="negotiated English"),
        pytest.param("/planted", "fr", "zh", True, id="neither: Chinese"),
        pytest.param("/en/planted", "zh-CN", "en", False, id="English by address"),
        pytest.param("/zh/planted", "en-GB", "zh", False, id="Chinese by address"),
    ],
)
def test_language(planted: Flask, client: FlaskClient, address: str, accepts: str, said: str, varies: bool) -> None:
    answer = client.get(address, headers={"Accept-Language": accepts})
    assert f">{said} 1<" in answer.text
    assert ("Accept-Language" in answer.headers.get("Vary", "")) is varies


@pytest.mark.parametrize(
    ("cookie", "expected"),
    [
        ("", '<html lang="x"><body data-md-color-scheme="default">'),
        ("elder", '<html data-mode="elder" lang="x"><body data-md-color-scheme="default">'),
        ("dark", '<html lang="x"><body data-md-color-scheme="slate">'),
        ("elder.dark", '<html data-mode="elder" lang="x"><body data-md-color-scheme="slate">'),
        ("<script>", '<html lang="x"><body data-md-color-scheme="default">'),
    ],
)
def test_look_without_javascript(planted: Flask, client: FlaskClient, cookie: str, expected: str) -> None:
    client.set_cookie("minyi_look", cookie)
    answer = client.get("/planted")
    assert answer.text.startswith(expected)
    assert ("public" in answer.headers["Cache-Control"]) is (cookie in {"", "<script>"})


def test_page_for_all_carries_no_cookie_and_no_vary_on_it(planted: Flask, client: FlaskClient) -> None:
    answer = client.get("/planted")
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers.get("Vary", "")


@pytest.mark.parametrize("path", ["/../pyproject.toml", "/%2e%2e/pyproject.toml", "/..%2fpyproject.toml", "/404.html", "/a\\b"])
def test_nothing_outside_the_site_is_served(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code in {400, 404}
    assert "setuptools" not in answer.text


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "localhost:80@evil.example"])
def test_foreign_host_is_refused(client: FlaskClient, host: str) -> None:
    assert client.get("/healthz", headers={"Host": host}).status_code == 400
