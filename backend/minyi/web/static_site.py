"""The static site, served pre-compressed beside the live pages: `/...` Chinese, `/en/...` English."""

import hashlib
import mimetypes
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, abort, redirect, request, send_file
from werkzeug.security import safe_join

IMMUTABLE = "public, max-age=31536000, immutable"
SHORT = "public, no-cache"


def init_static_site(app: Flask, folder: Path) -> None:
    """Answer what no live route answered from the built site. Nothing outside the folder is ever served."""

    @app.get("/", defaults={"path": ""}, endpoint="static_site")
    @app.get("/<path:path>", endpoint="static_site")
    def serve(path: str) -> Response:
        if request.script_root.endswith("/en"):
            path = f"en/{path}"
        joined = safe_join(str(folder), path) if "\0" not in path and "\\" not in path else None
        if joined is None or len(joined) > 1000:
            abort(404)
        file = Path(joined)
        if file.is_dir():
            if path and not path.endswith("/"):
                return redirect(f"{request.script_root}{request.path}/", 301)  # type: ignore[return-value]
            file /= "index.html"
        if not file.is_file() or file.name == "404.html" or file.suffix == ".gz":
            abort(404)
        return _send(file)


def _send(file: Path) -> Response:
    packed = file.with_name(f"{file.name}.gz")
    zipped = "gzip" in request.headers.get("Accept-Encoding", "") and packed.is_file()
    served = packed if zipped else file
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    response = send_file(served, mimetype=kind, etag=_etag(str(served), served.stat().st_mtime_ns), conditional=True)
    if zipped:
        response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    named_by_content = any(len(part) == 8 and part.isalnum() for part in file.name.split(".")[1:-1])
    response.headers["Cache-Control"] = IMMUTABLE if named_by_content else SHORT
    return response


@lru_cache(maxsize=4096)
def _etag(path: str, _modified_ns: int) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:20]
