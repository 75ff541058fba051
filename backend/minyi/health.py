"""`/healthz` (alive), `/readyz` (database, schema, jobs, chain), `/metrics` (loopback or token)."""

import hmac
import os
import time
from datetime import timedelta
from typing import Any

from flask import Blueprint, Flask, Response, abort, g, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from minyi.audit.queries import head
from minyi.jobs.models import Job
from minyi.kernel.clock import now
from minyi.schema import newest_revision
from minyi.web.keys import settings
from minyi.web.transaction import reading

LOOPBACK = {"127.0.0.1", "::1"}
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
JOB_LATE = timedelta(minutes=15)

bp = Blueprint("health", __name__)
_registry = CollectorRegistry()
REQUESTS = Counter("minyi_requests", "Requests by route and status", ["method", "route", "status"], registry=_registry)
SECONDS = Histogram(
    "minyi_request_seconds",
    "Time to answer",
    ["method"],
    registry=_registry,
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)


@bp.get("/healthz")
def healthz() -> Response:
    """The process answers."""
    return Response("ok\n", mimetype="text/plain")


@bp.get("/readyz")
def readyz() -> Response:
    """Whether this process can do its work; 503 names what is missing."""
    faults: list[str] = []
    try:
        read = reading()
        revision = read.connection().exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one_or_none()
        if revision != newest_revision():
            faults.append("schema")
        late = now() - JOB_LATE
        faults += [f"job {name}" for name in read.execute(select(Job.name).where(Job.next_at < late)).scalars()]
        entries, _hash = head(read)
    except SQLAlchemyError:
        faults, entries = ["database"], 0
    response = jsonify({"ready": not faults, "faults": faults, "record_entries": entries})
    response.status_code = 503 if faults else 200
    return response


@bp.get("/metrics")
def metrics() -> Response:
    """Prometheus text; no personal data in any label (routes are patterns, never addresses)."""
    token = settings().metrics_token
    given = request.authorization.token if request.authorization and request.authorization.type == "bearer" else ""
    from_here = request.remote_addr in LOOPBACK and not settings().proxy_hops
    if not from_here and not (token and hmac.compare_digest(token.encode(), (given or "").encode())):
        abort(404)
    registry = _registry
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def init_health(app: Flask) -> None:
    """Register the addresses and count every request."""
    app.register_blueprint(bp)

    @app.before_request
    def start_clock() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def count(response: Any) -> Any:
        method = request.method if request.method in METHODS else "other"
        route = request.url_rule.rule if request.url_rule else "none"
        REQUESTS.labels(method, route, str(response.status_code)).inc()
        if "started" in g:
            SECONDS.labels(method).observe(time.perf_counter() - g.started)
        return response
