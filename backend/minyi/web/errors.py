"""From exception to answer, all in one place: a page for people, RFC 9457 `application/problem+json` for the API."""

import logging
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, jsonify, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException

from minyi.kernel.ids import new_id
from minyi.kernel.refusal import Refusal, Refused
from minyi.web.door import Busy
from minyi.web.language import translate as _
from minyi.web.pages import page
from minyi.web.refusals import sentence_of, status_of

log = logging.getLogger(__name__)
RETRY_AFTER_S = 3


def is_api() -> bool:
    """Whether the asker wants JSON."""
    return request.path.startswith("/api/")


def problem(status: int, code: str, sentence: str, **more: Any) -> Response:
    """An RFC 9457 problem: `code` is stable, `detail` is in the asked language."""
    response = jsonify(
        {
            "type": f"about:blank#{code}",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "code": code,
            "detail": sentence,
            **more,
        }
    )
    response.status_code = status
    response.mimetype = "application/problem+json"
    return response


def answer(status: int, code: str, sentence: str, *, reference: str = "") -> Response:
    """The problem in the form the asker understands."""
    if is_api():
        return problem(status, code, sentence, **({"reference": reference} if reference else {}))
    headings = {
        401: _("请先登录"),
        403: _("不能这样做"),
        404: _("没有找到"),
        405: _("不能这样做"),
        409: _("现在不能这样做"),
        410: _("已经结束"),
        413: _("内容太大"),
        422: _("请改一改"),
        429: _("请稍等"),
        503: _("暂时忙"),
    }
    sign_in_next = (request.full_path.rstrip("?") if request.method == "GET" else "") if status == 401 else None
    return page(
        "web/problem.html",
        status,
        heading=headings.get(status, _("出错了") if status >= 500 else _("不能这样做")),
        sentence=sentence,
        saved_nothing=request.method != "GET",
        reference=reference,
        sign_in_next=sign_in_next,
    )


def answer_refusal(refusal: Refusal) -> Response:
    """A refusal as an answer."""
    response = answer(status_of(refusal), refusal.code, sentence_of(refusal))
    if "minutes" in refusal.facts:
        response.headers["Retry-After"] = str(int(refusal.facts["minutes"]) * 60)
    return response


def busy() -> Response:
    """503: nothing was written, ask again."""
    response = answer(503, "web.busy", _("系统现在很忙，没有保存任何内容，请过几秒再试一次。"))
    response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return response


def init_errors(app: Flask) -> None:
    """Register the handlers, most specific first."""

    @app.errorhandler(Refused)
    def refused(error: Refused) -> Response:
        return answer_refusal(error.refusal)

    @app.errorhandler(Busy)
    def is_busy(_error: Busy) -> Response:
        return busy()

    @app.errorhandler(CSRFError)
    def forged(_error: CSRFError) -> Response:
        return answer(400, "web.form_expired", _("表单已过期或不是从本站打开的，请回到上一页刷新后再提交。"))

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response:
        status = error.code or 500
        if error.response is not None:  # a redirect, or an answer someone made already
            return error.response  # type: ignore[return-value]
        sentences = {
            400: _("请求的格式不对。"),
            404: _("没有找到这个页面。"),
            405: _("这个地址不接受这种请求。"),
            408: _("请求没有在时限内送达。"),
            413: _("提交的内容太大。"),
            414: _("地址太长。"),
            415: _("请用 JSON 格式提交。"),
            431: _("请求头太大。"),
        }
        response = answer(status, f"web.http_{status}", sentences.get(status, HTTPStatus(status).phrase))
        for name, value in error.get_headers(request.environ):
            if name.lower() == "allow":
                response.headers[name] = value
        return response

    @app.errorhandler(DBAPIError)
    def database(error: DBAPIError) -> Response:
        if error.connection_invalidated or type(error).__name__ in {"OperationalError", "InterfaceError"}:
            log.warning("the database did not answer: %s", type(error.orig).__name__)
            return busy()
        return bug(error)

    @app.errorhandler(Exception)
    def bug(error: Exception) -> Response:
        reference = new_id()
        log.error("bug %s at %s %s", reference, request.method, request.url_rule, exc_info=error)
        if app.config.get("PROPAGATE_EXCEPTIONS"):
            raise error
        return answer(500, "web.bug", _("这是我们的错误，已经记录。没有保存任何内容。"), reference=reference)
