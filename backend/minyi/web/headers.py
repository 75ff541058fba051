"""Security and caching headers on every answer, whatever its route or status."""

import json
from pathlib import Path

from flask import Flask, Response


def policy(script_hashes: list[str]) -> str:
    """The content security policy: scripts by hash or from here, styles from here, nothing else (CSP Level 3)."""
    return "; ".join(
        (
            "default-src 'none'",
            " ".join(("script-src 'self'", *script_hashes)),
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "manifest-src 'self'",
            "worker-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


def script_hashes(file: Path) -> list[str]:
    """The hashes of the shell's inline scripts, written by the site's build; none before the first build."""
    if not file.exists():
        return []
    return list(json.loads(file.read_text("utf-8"))["script-src"])


def init_headers(app: Flask, *, csp_file: Path, https: bool) -> None:
    """Set the headers after every request. A page is private unless its view said otherwise."""
    content_policy = policy(script_hashes(csp_file))

    @app.after_request
    def set_headers(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("Content-Security-Policy", content_policy)
        headers["X-Content-Type-Options"] = "nosniff"
        headers["X-Frame-Options"] = "DENY"
        headers["Referrer-Policy"] = "same-origin"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(), payment=()"
        if https:
            headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        if "Cache-Control" not in headers:
            headers["Cache-Control"] = "private, no-store"
        return response
