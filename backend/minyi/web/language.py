"""Two languages: Chinese is the source, English stands in each slice's `translations/en.po`.

The language of an answer: `/en/...` or `/zh/...` in the address, else Accept-Language (then `Vary: Accept-Language`).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime, format_timedelta
from babel.messages.pofile import read_po
from flask import Flask, g, has_request_context, request
from markupsafe import Markup, escape

LANGUAGES = ("zh", "en")
ZONE = ZoneInfo("Asia/Shanghai")
LOCALES = {"zh": "zh_Hans_CN", "en": "en_GB"}


class LanguagePrefix:
    """WSGI: `/en/topics/` is `/topics/` mounted under `/en`, so every `url_for` stays in the language."""

    def __init__(self, app: Any) -> None:
        self.app = app

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        for language in LANGUAGES:
            if path == f"/{language}" or path.startswith(f"/{language}/"):
                environ["minyi.language"] = language
                environ["SCRIPT_NAME"] = f"{environ.get('SCRIPT_NAME', '')}/{language}"
                environ["PATH_INFO"] = path[len(language) + 1 :] or "/"
                break
        return self.app(environ, start_response)  # type: ignore[no-any-return]


def language() -> str:
    """`zh` or `en` for the request under way; `zh` outside of one."""
    if not has_request_context():
        return "zh"
    chosen = g.get("language")
    if chosen is None:
        chosen = request.environ.get("minyi.language")
        if chosen is None:
            chosen = request.accept_languages.best_match(LANGUAGES, default="zh")
            g.language_negotiated = True
        g.language = chosen
    return str(chosen)


@cache
def english() -> Mapping[str, str]:
    """Every slice's English, read once from the .po files."""
    words: dict[str, str] = {}
    for path in sorted(Path(__file__).parent.parent.glob("*/translations/en.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale="en"):
                if message.id and message.string and not message.fuzzy:
                    words[str(message.id)] = str(message.string)
    return words


def translate(message: str, /, *, into: str = "", **facts: Any) -> str:
    """The sentence in the asked language with its `%(name)s` filled in. An unknown message stays Chinese."""
    sentence = english().get(message, message) if (into or language()) == "en" else message
    return sentence % facts if facts else sentence


_ = translate
"""What views import: `from minyi.web.language import _`."""


def translate_markup(message: str, /, **facts: Any) -> Markup:
    """For templates: the facts are escaped, the sentence itself is ours."""
    sentence = english().get(message, message) if language() == "en" else message
    if not facts:
        return Markup(sentence)  # noqa: S704 - from our own catalogue
    return Markup(sentence) % {name: escape(fact) for name, fact in facts.items()}  # noqa: S704


def local(at: datetime) -> datetime:
    """In the city's time."""
    return at.astimezone(ZONE)


def date_words(at: datetime, into: str = "") -> str:
    """`11月26日 周四 19:30` / `Thu 26 Nov, 19:30`."""
    into = into or language()
    pattern = "M月d日 E HH:mm" if into == "zh" else "EEE d MMM y, HH:mm"
    return str(format_datetime(local(at), pattern, locale=LOCALES[into]))


def day_words(at: datetime, into: str = "") -> str:
    """`2026年11月26日` / `26 November 2026`."""
    into = into or language()
    return str(format_datetime(local(at), "y年M月d日" if into == "zh" else "d MMMM y", locale=LOCALES[into]))


def left_words(until: datetime, now: datetime, into: str = "") -> str:
    """`还剩 3 天` / `3 days left`; past moments say that it is over."""
    into = into or language()
    if until <= now:
        return translate("已截止", into=into)
    span = format_timedelta(until - now, locale=LOCALES[into], threshold=1.2)
    return translate("还剩 %(span)s", into=into, span=span)


def time_tag(at: datetime | None, form: str = "date") -> Markup:
    """`<time>` with the exact instant in RFC 3339 and words people use."""
    if at is None:
        return Markup("")
    words = day_words(at) if form == "day" else date_words(at)
    return Markup('<time class="mi-time" datetime="{}">{}</time>').format(local(at).isoformat(), words)


def init_language(app: Flask) -> None:
    """Wire the language into the app and its templates."""
    app.wsgi_app = LanguagePrefix(app.wsgi_app)  # type: ignore[method-assign]
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    app.jinja_env.globals.update(_=translate_markup, gettext=translate_markup, language=language)
    app.jinja_env.filters.update(time=time_tag, date_words=date_words, day_words=day_words)

    @app.after_request
    def say_language(response: Any) -> Any:
        if "language" in g and response.mimetype == "text/html":
            response.content_language = "zh-Hans" if language() == "zh" else "en"
        if g.get("language_negotiated"):
            response.vary.add("Accept-Language")
        return response
