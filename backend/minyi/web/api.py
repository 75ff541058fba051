"""The JSON API's frame: one declaration per operation gives the route, the checks and its line in OpenAPI 3.1.

A slice's `api.py` makes `operations = Operations("topics")` and decorates handlers. A GET handler returns its answer
model. A handler of a writing method returns a use case `tx -> answer model`; the frame runs it through the door,
together with the Idempotency-Key (same key and body: same answer; other body: 409). The use case runs in the writer
thread: it must not touch `request`, `g` or `visitor()`.
"""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, get_type_hints

from flask import Blueprint, Flask, Response, jsonify, request
from pydantic import AfterValidator, BaseModel, ConfigDict, StrictStr, ValidationError
from pydantic.json_schema import models_json_schema
from pydantic_core import PydanticCustomError
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from minyi.extensions import csrf
from minyi.kernel.clock import now
from minyi.kernel.refusal import Refusal, Refused
from minyi.kernel.text import TextRefused, clean_block, clean_line
from minyi.web.errors import problem
from minyi.web.language import translate
from minyi.web.models import IdempotencyKey
from minyi.web.refusals import SENTENCES
from minyi.web.transaction import write

Scope = Literal["public", "read", "take_part", "desk"]
PREFIX = "/api/v1"
MOST_BODY_BYTES = 256 * 1024
MOST_DEPTH = 20


class Body(BaseModel):
    """Base of what is sent in: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Answer(BaseModel):
    """Base of what is sent out."""

    model_config = ConfigDict(frozen=True)


def _cleaned(clean: Callable[..., str], most: int, least: int) -> Callable[[str], str]:
    def check(raw: str) -> str:
        try:
            text = clean(raw, most=most)
        except TextRefused as no:
            code = f"text.{no.code}"
            raise PydanticCustomError(code, SENTENCES[code].sentence, {"limit": no.limit}) from no
        if len(text) < least:
            raise PydanticCustomError("text.too_short", "太短了，至少 %(least)s 个字。", {"least": least})
        return text

    return check


def Line(most: int, least: int = 1) -> Any:  # noqa: N802 - a type, made to measure
    """One line of at most `most` characters, cleaned at the edge."""
    return Annotated[StrictStr, AfterValidator(_cleaned(clean_line, most, least))]


def Block(most: int, least: int = 1) -> Any:  # noqa: N802
    """Several lines, cleaned at the edge."""
    return Annotated[StrictStr, AfterValidator(_cleaned(clean_block, most, least))]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the API as declared."""

    slice: str
    name: str
    method: str
    path: str
    handler: Callable[..., Any]
    scope: Scope
    summary: str
    body: type[Body] | None
    query: type[Body] | None
    answer: type[Answer]
    status: int
    creates: bool


@dataclass
class Operations:
    """A slice's operations, in the order of its file."""

    slice: str
    all: list[Operation] = field(default_factory=list)

    def get(self, path: str, *, scope: Scope, summary: str, query: type[Body] | None = None) -> Any:
        """Declare a reading operation. The handler's return annotation is the answer's model."""

        def declare(handler: Callable[..., Any]) -> Callable[..., Any]:
            model = get_type_hints(handler)["return"]
            self.all.append(
                Operation(
                    self.slice, handler.__name__, "GET", path, handler, scope, summary, None, query, model, 200, False
                )
            )
            return handler

        return declare

    def send(
        self,
        method: Literal["POST", "PUT", "PATCH", "DELETE"],
        path: str,
        *,
        scope: Scope,
        summary: str,
        answer: type[Answer],
        body: type[Body] | None = None,
        creates: bool = False,
    ) -> Any:
        """Declare a writing operation. The handler returns a use case `tx -> answer`."""

        def declare(handler: Callable[..., Any]) -> Callable[..., Any]:
            self.all.append(
                Operation(
                    self.slice,
                    handler.__name__,
                    method,
                    path,
                    handler,
                    scope,
                    summary,
                    body,
                    None,
                    answer,
                    201 if creates else 200,
                    creates,
                )
            )
            return handler

        return declare


class Asker:
    """What the frame needs to know of who asks; `people.visitor.Visitor` is one."""

    account_id: str | None
    scopes: frozenset[str]


def init_api(
    app: Flask, slices: list[Operations], who_asks: Callable[[], Any], *, name: str = "api", prefix: str = PREFIX
) -> None:
    """Register every declared operation and the OpenAPI document."""
    blueprint = Blueprint(name, __name__, url_prefix=prefix)
    csrf.exempt(blueprint)  # checked below: a bearer token needs none, the browser's session does
    operations = [operation for one in slices for operation in one.all]
    for operation in operations:
        blueprint.add_url_rule(
            operation.path,
            endpoint=f"{operation.slice}_{operation.name}",
            view_func=_view(operation, who_asks),
            methods=[operation.method],
        )
    document = openapi(operations, app, prefix)

    @blueprint.get("/openapi.json", endpoint="openapi")
    def show_openapi() -> Response:
        response = jsonify(document)
        response.headers["Cache-Control"] = "public, max-age=300"
        return response

    app.register_blueprint(blueprint)
    app.extensions[f"minyi.{name}"] = operations


def _view(operation: Operation, who_asks: Callable[[], Any]) -> Callable[..., Response]:
    def view(**path: Any) -> Response:
        asker = who_asks()
        _check_right(operation, asker)
        if operation.method == "GET":
            return _read(operation, path)
        if not request.authorization:
            csrf.protect()
        return _send(operation, path, asker)

    view.__doc__ = operation.summary
    return view


def _check_right(operation: Operation, asker: Any) -> None:
    if operation.scope == "public":
        return
    if asker.account_id is None:
        raise Refused(Refusal("web.sign_in_needed"))
    if operation.scope not in asker.scopes:
        raise Refused(Refusal("web.scope_needed", {"scope": operation.scope}))


def _read(operation: Operation, path: dict[str, Any]) -> Response:
    if operation.query is not None:
        try:
            path["query"] = operation.query.model_validate(request.args.to_dict())
        except ValidationError as error:
            return _unfit(error, 400)
    elif request.args:
        return problem(400, "web.unknown_parameter", translate("这个地址不接受查询参数。"))
    body = operation.handler(**path).model_dump_json().encode()
    response = Response(body, mimetype="application/json")
    response.set_etag(hashlib.sha256(body).hexdigest()[:20], weak=True)
    response.headers["Cache-Control"] = "public, no-cache" if operation.scope == "public" else "private, no-store"
    response.make_conditional(request)
    return response


def _send(operation: Operation, path: dict[str, Any], asker: Any) -> Response:
    raw = b""
    if operation.body is not None:
        if (request.content_length or 0) > MOST_BODY_BYTES:
            return problem(413, "web.http_413", translate("提交的内容太大。"))
        if request.mimetype != "application/json":
            return problem(415, "web.http_415", translate("请用 JSON 格式提交。"))
        raw = request.get_data(cache=False)
        if len(raw) > MOST_BODY_BYTES:
            return problem(413, "web.http_413", translate("提交的内容太大。"))
        if _too_deep(raw):
            return problem(400, "web.http_400", translate("请求的格式不对。"))
        try:
            path["body"] = operation.body.model_validate_json(raw)
        except ValidationError as error:
            return _unfit(error, 422)
    use_case = operation.handler(**path)
    key = request.headers.get("Idempotency-Key", "")
    if operation.creates and key:
        if not (key.isascii() and key.isprintable() and len(key) <= 128):
            return problem(400, "web.bad_key", translate("Idempotency-Key 最多 128 个可见字符。"))
        digest = hashlib.sha256(f"{operation.method} {request.path}\n".encode() + raw).hexdigest()
        at, owner = now(), str(asker.account_id)
        body = write(lambda tx: once(tx, owner=owner, key=key, digest=digest, now=at, use_case=use_case))
    else:
        body = write(lambda tx: use_case(tx).model_dump_json())
    return Response(body, operation.status, mimetype="application/json", headers={"Cache-Control": "private, no-store"})


def once(
    tx: Session, *, owner: str, key: str, digest: str, now: datetime, use_case: Callable[[Session], Answer]
) -> str:
    """Run the use case the first time, return the kept answer every other time. Refuses the key with another body."""
    kept = tx.execute(
        select(IdempotencyKey.request_hash, IdempotencyKey.answer).where(
            IdempotencyKey.account_id == owner, IdempotencyKey.key == key
        )
    ).one_or_none()
    if kept is not None:
        if not hmac.compare_digest(kept.request_hash, digest):
            raise Refused(Refusal("web.key_reused"))
        return str(kept.answer)
    answer = use_case(tx).model_dump_json()
    tx.execute(
        insert(IdempotencyKey).values(account_id=owner, key=key, request_hash=digest, answer=answer, created_at=now)
    )
    return answer


def forget_old_keys(tx: Session, *, now: datetime, keep: timedelta = timedelta(days=7)) -> int:
    """Remove kept answers that nobody will ask for again; returns how many."""
    result = tx.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < now - keep))
    return int(result.rowcount)  # type: ignore[attr-defined]


def _too_deep(raw: bytes) -> bool:
    depth = 0
    for byte in raw:
        if byte in b"[{":
            depth += 1
            if depth > MOST_DEPTH:
                return True
        elif byte in b"]}":
            depth -= 1
    return False


def _unfit(error: ValidationError, status: int) -> Response:
    faults = []
    for one in error.errors(include_url=False, include_input=False):
        sentence = one["msg"]
        if "ctx" in one and one["type"].startswith("text."):
            sentence = translate(
                SENTENCES[one["type"]].sentence if one["type"] in SENTENCES else one["msg"], **one["ctx"]
            )
        faults.append({"field": ".".join(str(p) for p in one["loc"]), "code": one["type"], "detail": sentence})
    return problem(status, "web.invalid", translate("有 %(count)s 处需要改。", count=len(faults)), errors=faults)


def openapi(operations: list[Operation], app: Flask, prefix: str = PREFIX) -> dict[str, Any]:
    """The OpenAPI 3.1 document of exactly what is registered."""
    models: set[tuple[type[BaseModel], str]] = {(o.answer, "serialization") for o in operations}
    models |= {(m, "validation") for o in operations for m in (o.body, o.query) if m is not None}
    ordered = sorted(models, key=lambda pair: (pair[0].__name__, pair[1]))
    references, definitions = models_json_schema(ordered, ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        path, parameters = _path_of(operation)
        entry: dict[str, Any] = {
            "operationId": f"{operation.slice}_{operation.name}",
            "summary": operation.summary,
            "tags": [operation.slice],
            "responses": {
                str(operation.status): {
                    "description": "done",
                    "content": {"application/json": {"schema": references[operation.answer, "serialization"]}},
                },
                "default": {
                    "description": "refused: RFC 9457",
                    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
                },
            },
        }
        if operation.query is not None:
            properties = definitions["$defs"][operation.query.__name__].get("properties", {})
            parameters += [
                {"name": name, "in": "query", "required": False, "schema": schema}
                for name, schema in properties.items()
            ]
        if operation.creates:
            parameters.append(
                {
                    "name": "Idempotency-Key",
                    "in": "header",
                    "required": False,
                    "schema": {"type": "string", "maxLength": 128},
                }
            )
        if parameters:
            entry["parameters"] = parameters
        if operation.body is not None:
            entry["requestBody"] = {
                "required": True,
                "content": {"application/json": {"schema": references[operation.body, "validation"]}},
            }
        if operation.scope != "public":
            entry["security"] = [{"token": [operation.scope]}, {"session": []}]
        paths.setdefault(prefix + path, {})[operation.method.lower()] = entry
    schemas = dict(sorted(definitions.get("$defs", {}).items()))
    schemas["Problem"] = {
        "type": "object",
        "required": ["type", "title", "status", "code", "detail"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "code": {"type": "string", "description": "stable, e.g. votes.closed"},
            "detail": {"type": "string", "description": "a sentence in the asked language"},
        },
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "民议 Minyi", "version": "1", "license": {"name": "AGPL-3.0-or-later"}},
        "servers": [{"url": app.config["MINYI"].base_url}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "minyi_session"},
            },
        },
    }


def _path_of(operation: Operation) -> tuple[str, list[dict[str, Any]]]:
    parts, parameters = [], []
    for part in operation.path.split("/"):
        if part.startswith("<"):
            name = part.strip("<>").split(":")[-1]
            parts.append("{" + name + "}")
            parameters.append({"name": name, "in": "path", "required": True, "schema": {"type": "string"}})
        else:
            parts.append(part)
    return "/".join(parts), parameters
