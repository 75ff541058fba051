"""Puts the house together: the only file that knows all slices."""

import logging
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, abort, redirect, request
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import BaseConverter

from minyi.config import Settings, read_secrets, read_settings
from minyi.db import prepare_engine
from minyi.extensions import csrf, db
from minyi.health import init_health
from minyi.jobs.worker import Recurring
from minyi.kernel.ids import PATTERN
from minyi.people.visitor import init_visitor, visitor
from minyi.web.api import Operations, forget_old_keys, init_api
from minyi.web.door import open_door
from minyi.web.errors import init_errors
from minyi.web.headers import init_headers
from minyi.web.language import init_language
from minyi.web.limits import forget_old_attempts
from minyi.web.pages import init_pages
from minyi.web.static_site import init_static_site

MOST_BODY_BYTES = 2 * 1024 * 1024
UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}

ENDPOINTS: dict[str, str] = {}
"""Which page shows a thing of a kind, e.g. "topic" -> "hall.topic": arrows that must run upwards are data."""


class IdConverter(BaseConverter):
    """`<id:topic_id>`: one of our identifiers, else 404."""

    regex = PATTERN


class CodeConverter(BaseConverter):
    """`<code:place_code>`: a division code of 4 to 12 digits, else 404."""

    regex = "[0-9]{4,12}"


def create_app(settings: Settings | None = None, **given: Any) -> Flask:
    """The WSGI application for these settings (default: the three layers of `config.py`)."""
    settings = settings or read_settings(**given)
    secrets = read_secrets(settings.instance)
    app = Flask(
        "minyi",
        root_path=str(Path(__file__).parent),
        static_folder=None,
        instance_path=str(settings.instance.resolve()),
    )
    https = settings.base_url.startswith("https://")
    app.config.update(
        MINYI=settings,
        MINYI_SECRETS=secrets,
        SECRET_KEY=secrets.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database,
        SQLALCHEMY_ENGINE_OPTIONS={"pool_size": settings.threads + 4, "max_overflow": 8, "pool_timeout": 5},
        TRUSTED_HOSTS=[str(urlsplit(settings.base_url).hostname), "localhost", "127.0.0.1", "[::1]"],
        SESSION_COOKIE_NAME="__Host-minyi_session" if https else "minyi_session",
        SESSION_COOKIE_SECURE=https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        PERMANENT_SESSION_LIFETIME=settings.sign_in_days * 86_400,
        MAX_CONTENT_LENGTH=MOST_BODY_BYTES,
        MAX_FORM_MEMORY_SIZE=512 * 1024,
        MAX_FORM_PARTS=200,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_I18N_ENABLED=False,
        WTF_CSRF_SSL_STRICT=False,  # the Origin check below is stricter
    )
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.url_map.converters.update(id=IdConverter, code=CodeConverter)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    if settings.proxy_hops:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.proxy_hops, x_proto=settings.proxy_hops, x_host=0
        )

    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)
        app.extensions["minyi.door"] = open_door(db.engine)
    csrf.init_app(app)
    init_errors(app)
    init_language(app)
    init_pages(app)
    init_visitor(app)
    init_headers(app, csp_file=settings.csp_file, https=https)
    app.before_request(refuse_foreign_requests)
    init_health(app)
    register_slices(app)
    init_static_site(app, settings.site_dir)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    return app


def recurring_jobs() -> tuple[Recurring, ...]:
    """Everything that the worker runs."""
    return (
        Recurring("web.forget_old_attempts", 3600, lambda tx, now: forget_old_attempts(tx, now=now) and 0),
        Recurring("web.forget_old_keys", 3600, lambda tx, now: forget_old_keys(tx, now=now) and 0),
    )


def register_slices(app: Flask) -> None:
    """Every room's pages and its part of the API, in the order of the house."""
    operations: list[Operations] = []
    init_api(app, operations, visitor)


def refuse_foreign_requests() -> Response | None:
    """A writing request must come from our own pages: the Origin header, where sent, is ours (W5)."""
    if request.method in UNSAFE:
        origin = request.headers.get("Origin")
        if origin is not None and origin != request.host_url.rstrip("/"):
            abort(400)
    if re.search(r"[\x00-\x1f\x7f]", request.path):
        abort(400)
    if request.method in {"GET", "HEAD"} and "//" in request.path:
        return redirect(re.sub(r"/+", "/", request.path), 301)  # type: ignore[return-value]
    return None
