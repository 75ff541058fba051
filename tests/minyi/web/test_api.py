"""The JSON API's frame: rights, shapes, repeated requests, one document that says what is there."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask, request
from sqlalchemy import select

from minyi.app import create_app
from minyi.audit.models import PageVersion
from minyi.audit.operations import raise_versions
from minyi.config import Settings
from minyi.kernel.refusal import Refusal, Refused
from minyi.people.visitor import Visitor
from minyi.web.api import Answer, Block, Body, Line, Operations, init_api
from minyi.web.refusals import SENTENCES
from tests.conftest import both_engines

WHO = {
    "nobody": Visitor(),
    "reader": Visitor(account_id="r" * 12, scopes=frozenset({"read"})),
    "resident": Visitor(account_id="p" * 12, scopes=frozenset({"read", "take_part"})),
}


class NoteIn(Body):
    title: Line(20, 2)
    body: Block(200) = ""


class NoteOut(Answer):
    title: str
    made: int


class Asked(Body):
    word: Line(5) = ""


operations = Operations("notes")


@operations.get("/notes", scope="public", summary="read", query=Asked)
def read_note(query: Asked) -> NoteOut:
    return NoteOut(title=query.word, made=0)


@operations.send("POST", "/notes", scope="take_part", summary="make", answer=NoteOut, body=NoteIn, creates=True)
def make_note(body: NoteIn):
    def use_case(tx):
        raise_versions(tx, ["made"])
        if body.title == "refuse me":
            raise Refused(Refusal("people.not_verified"))
        return NoteOut(title=body.title, made=tx.scalar(select(PageVersion.version)))

    return use_case


@pytest.fixture
def api(settings: Settings) -> Iterator[Flask]:
    """The app with one more API beside its own: `/api/planted/notes`."""
    app = create_app(settings)
    app.config.update(TESTING=True)
    init_api(app, [operations], lambda: WHO[request.headers.get("Who", "resident")], name="planted", prefix="/api/planted")
    yield app
    app.extensions["minyi.door"].close()


@pytest.fixture
def post(api: Flask):
    """`post(body, who=, key=)` to the planted API with a bearer token, so that no form token is needed."""
    client = api.test_client()

    def send(body: Any = None, *, who: str = "resident", key: str = "", raw: bytes | None = None, kind: str = "application/json"):
        headers = {"Who": who, "Authorization": "Basic eDp5", "Accept-Language": "zh"}
        if key:
            headers["Idempotency-Key"] = key
        data = json.dumps(body) if raw is None else raw
        return client.post("/api/planted/notes", data=data, headers=headers, content_type=kind)

    return send


@pytest.mark.parametrize(
    ("who", "status", "code"),
    [("nobody", 401, "web.sign_in_needed"), ("reader", 403, "web.scope_needed"), ("resident", 201, None)],
)
def test_scope_decides(post, who: str, status: int, code: str | None) -> None:
    answer = post({"title": "两个字"}, who=who)
    assert (answer.status_code, answer.json.get("code")) == (status, code)


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        pytest.param({}, "title", "missing", id="missing"),
        pytest.param({"title": 7}, "title", "string_type", id="a number is no text"),
        pytest.param({"title": "字"}, "title", "text.too_short", id="too short"),
        pytest.param({"title": "字" * 21}, "title", "text.too_long", id="too long"),
        pytest.param({"title": "a\x00b"}, "title", "text.control", id="NUL"),
        pytest.param({"title": "好的", "role": "clerk"}, "role", "extra_forbidden", id="hidden field"),
    ],
)
def test_unfit_body_names_the_field(post, body: dict[str, Any], field: str, code: str) -> None:
    answer = post(body)
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert [(e["field"], e["code"]) for e in answer.json["errors"]] == [(field, code)]


@pytest.mark.parametrize(
    ("raw", "kind", "status"),
    [
        pytest.param(b"title=x", "application/x-www-form-urlencoded", 415, id="a form"),
        pytest.param(b"{", "application/json", 422, id="broken JSON"),
        pytest.param(b'{"title": "a\xff"}', "application/json", 422, id="broken UTF-8"),
        pytest.param(b'{"title": "\\ud800xx"}', "application/json", 422, id="lone surrogate"),
        pytest.param(b"[" * 100_000, "application/json", 400, id="deep"),
        pytest.param(b'{"title": "' + b"x" * 300_000 + b'"}', "application/json", 413, id="large"),
    ],
)
def test_malformed_body_is_refused(post, raw: bytes, kind: str, status: int) -> None:
    assert post(raw=raw, kind=kind).status_code == status


@both_engines
def test_same_key_and_body_is_done_once(post) -> None:
    first, again, other = (post({"title": "好的"}, key=key) for key in ("k1", "k1", "k2"))
    assert (first.json, again.json, other.json) == (
        {"title": "好的", "made": 1},
        {"title": "好的", "made": 1},
        {"title": "好的", "made": 2},
    )


@both_engines
def test_same_key_with_another_body_is_refused_and_nothing_done(post) -> None:
    post({"title": "好的"}, key="k1")
    assert post({"title": "不同"}, key="k1").json["code"] == "web.key_reused"
    assert post({"title": "再来"}).json["made"] == 2


@both_engines
def test_refused_request_may_be_repeated_with_its_key(post) -> None:
    assert post({"title": "refuse me"}, key="k1").status_code == 403
    assert post({"title": "refuse me"}, key="k1").status_code == 403
    assert post({"title": "好的"}).json["made"] == 1


@both_engines
def test_one_key_sent_fifty_times_at_once_has_one_effect(post) -> None:
    with ThreadPoolExecutor(16) as pool:
        made = set(pool.map(lambda _: post({"title": "好的"}, key="rush").json["made"], range(50)))
    assert made == {1}
    assert post({"title": "好的"}).json["made"] == 2


def test_session_without_form_token_cannot_write(api: Flask) -> None:
    answer = api.test_client().post("/api/planted/notes", json={"title": "好的"})
    assert (answer.status_code, answer.json["code"]) == (400, "web.form_expired")


@pytest.mark.parametrize("query", ["?wrong=1", "?word=toolong"])
def test_unknown_or_unfit_query_is_refused(api: Flask, query: str) -> None:
    assert api.test_client().get(f"/api/planted/notes{query}").status_code == 400


def test_document_says_what_is_there(api: Flask) -> None:
    document = api.test_client().get("/api/planted/openapi.json").json
    operation = document["paths"]["/api/planted/notes"]["post"]
    assert document["openapi"] == "3.1.0"
    assert operation["security"] == [{"token": ["take_part"]}, {"session": []}]
    assert operation["requestBody"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/NoteIn"}
    assert [p["name"] for p in operation["parameters"]] == ["Idempotency-Key"]
    assert set(document["components"]["schemas"]) == {"NoteIn", "NoteOut", "Asked", "Problem"}


def test_every_sentence_is_made_of_its_facts() -> None:
    for code, said in SENTENCES.items():
        assert "." in code
        assert said.sentence.endswith(("。", "？", "！")), code
