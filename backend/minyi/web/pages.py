"""Answering with a page. A page for all is kept rendered under a version number and carries no name and no token."""

import gzip
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from flask import Flask, Response, current_app, make_response, render_template, request
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, TemplateNotFound

from minyi.web.language import language

MOST_KEPT = 1024
MOST_KEPT_BYTES = 256 * 1024
PUBLIC = "public, no-cache"
"""May be stored, must be asked for again: an ETag answers for it."""
LOOKS = {"elder", "dark", "light"}


class Kept(NamedTuple):
    """One rendering."""

    version: tuple[int, ...]
    body: bytes
    packed: bytes
    etag: str


class Shelf:
    """The renderings of this process, the least used thrown out first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, ...], Kept] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[str, ...], version: tuple[int, ...]) -> Kept | None:
        with self._lock:
            kept = self._kept.get(key)
            if kept is None or kept.version != version:
                return None
            self._kept.move_to_end(key)
            return kept

    def put(self, key: tuple[str, ...], kept: Kept) -> None:
        with self._lock:
            self._kept[key] = kept
            self._kept.move_to_end(key)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)


def page(template: str, /, status: int = 200, **values: Any) -> Response:
    """A page for this visitor alone: never stored."""
    response = make_response(dressed(render_template(template, **values).encode(), look()), status)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def page_for_all(version: tuple[int, ...], render: Callable[[], str]) -> Response:
    """The same page for everybody: kept under path, query, language and version; a known ETag is answered with 304.

    `render` runs only when nothing is kept. Nothing personal may be read in it: no visitor, no flash, no token.
    """
    shelf: Shelf = current_app.extensions["minyi.shelf"]
    chosen = look()
    key = (request.script_root, request.full_path, language(), *sorted(chosen))
    kept = shelf.get(key, version)
    if kept is None:
        body = dressed(render().encode(), chosen)
        kept = Kept(version, body, gzip.compress(body, 6, mtime=0), hashlib.sha256(body).hexdigest()[:20])
        if len(body) <= MOST_KEPT_BYTES:
            shelf.put(key, kept)
    if request.if_none_match.contains_weak(kept.etag):
        response = Response(status=304)
    elif "gzip" in request.headers.get("Accept-Encoding", ""):
        response = Response(kept.packed, mimetype="text/html", headers={"Content-Encoding": "gzip"})
    else:
        response = Response(kept.body, mimetype="text/html")
    response.set_etag(kept.etag, weak=True)
    response.headers["Cache-Control"] = PUBLIC if not chosen else "private, no-cache"
    response.vary.add("Accept-Encoding")
    return response


def look() -> frozenset[str]:
    """What the visitor chose for the eyes: elder, dark, light; from the cookie `minyi_look`, e.g. `elder.dark`."""
    return frozenset(request.cookies.get("minyi_look", "").split(".")) & LOOKS


def dressed(body: bytes, chosen: frozenset[str]) -> bytes:
    """The page in the chosen look, for browsers without JavaScript (with it, the shell's script has done it already)."""
    if "elder" in chosen:
        body = body.replace(b"<html ", b'<html data-mode="elder" ', 1)
    if "dark" in chosen:
        body = body.replace(b'data-md-color-scheme="default"', b'data-md-color-scheme="slate"', 1)
    return body


def init_pages(app: Flask) -> None:
    """Find the shells (built with the static site, else the plain one shipped here) and make the shelf."""
    app.extensions["minyi.shelf"] = Shelf()
    slices = sorted(Path(app.root_path).glob("*/templates"))
    shells = ShellLoader(app.config["MINYI"].shell_dir)
    app.jinja_loader = ChoiceLoader([shells, FileSystemLoader(slices)])

    @app.context_processor
    def shell() -> dict[str, Any]:
        return {"shell": f"shell/{language()}.html", "demo": app.config["MINYI"].demo}


class ShellLoader(FileSystemLoader):
    """`shell/zh.html` from the folder of built shells; anything else is looked for elsewhere."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        if not template.startswith("shell/"):
            raise TemplateNotFound(template)
        return super().get_source(environment, template.removeprefix("shell/"))
