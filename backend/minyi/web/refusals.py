"""Every refusal's status and sentence, in one place. The Chinese sentence is the message id of its English."""

from http import HTTPStatus
from typing import NamedTuple

from minyi.kernel.refusal import Refusal
from minyi.web.language import translate


class Said(NamedTuple):
    """How a refusal is answered."""

    status: HTTPStatus
    sentence: str


FORBIDDEN, CONFLICT = HTTPStatus.FORBIDDEN, HTTPStatus.CONFLICT
UNPROCESSABLE, GONE, NOT_FOUND = HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.GONE, HTTPStatus.NOT_FOUND
TOO_MANY = HTTPStatus.TOO_MANY_REQUESTS

SENTENCES: dict[str, Said] = {
    # text at the edge (kernel/text.py, web/forms.py)
    "text.surrogate": Said(UNPROCESSABLE, "文字里有无法识别的字符，请重新输入。"),
    "text.control": Said(UNPROCESSABLE, "文字里有看不见的控制字符，请重新输入。"),
    "text.bidi": Said(UNPROCESSABLE, "文字里有改变书写方向的字符，请删除后再提交。"),
    "text.stacked": Said(UNPROCESSABLE, "文字里有叠加过多的符号，请删除后再提交。"),
    "text.too_long": Said(UNPROCESSABLE, "文字太长，最多 %(limit)s 个字。"),
    # anywhere
    "web.sign_in_needed": Said(HTTPStatus.UNAUTHORIZED, "请先登录。"),
    "web.not_found": Said(NOT_FOUND, "没有找到这个页面。"),
    "web.too_often": Said(TOO_MANY, "尝试次数太多，请在 %(minutes)s 分钟后再试。"),
    "web.key_reused": Said(CONFLICT, "这个 Idempotency-Key 已用于另一个请求。"),
    "web.scope_needed": Said(FORBIDDEN, "这个令牌没有“%(scope)s”的权限。"),
    "web.bad_cursor": Said(HTTPStatus.BAD_REQUEST, "翻页标记无效。"),
    # people
    "people.not_verified": Said(FORBIDDEN, "您的账号还没有经过社区核验，可以阅读和起草，暂时不能发布。"),
    "people.role_needed": Said(FORBIDDEN, "这一步需要相应的职责，您目前没有。"),
    "people.elsewhere": Said(FORBIDDEN, "这件事属于另一个社区。"),
}


def status_of(refusal: Refusal) -> HTTPStatus:
    """The HTTP status of a refusal."""
    return SENTENCES[refusal.code].status


def sentence_of(refusal: Refusal, into: str = "") -> str:
    """The refusal in words people use."""
    return translate(SENTENCES[refusal.code].sentence, into=into, **refusal.facts)
