"""The shape of input: fields whose text has passed the edge. Rights are not decided here."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired, Optional, ValidationError

from minyi.kernel.numbers import parse_whole
from minyi.kernel.refusal import Refusal, Refused
from minyi.kernel.text import TextRefused, clean_block, clean_line
from minyi.web.language import language, translate
from minyi.web.refusals import sentence_of


class Form(FlaskForm):  # type: ignore[misc]
    """The base of every form: messages in the visitor's language, CSRF as FlaskForm does it."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        @property
        def locales(self) -> list[str]:
            return [language()]

    def refuse(self, no: Refused) -> None:
        """Show a refusal above the form; what was typed stays."""
        self.form_errors.append(sentence_of(no.refusal))


class LineField(StringField):  # type: ignore[misc]
    """One line, cleaned. `most` counts characters people see."""

    multiline = False

    def __init__(self, label: str, *, most: int, required: bool = True, least: int = 1, **more: Any) -> None:
        super().__init__(label, [InputRequired() if required else Optional()], **more)
        self.most, self.least = most, least

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = ""
        if not valuelist or not isinstance(valuelist[0], str):
            return
        self.data = valuelist[0]
        clean = clean_block if self.multiline else clean_line
        try:
            self.data = clean(valuelist[0], most=self.most)
        except TextRefused as no:
            self.data = _showable(valuelist[0])
            raise ValueError(sentence_of(Refusal(f"text.{no.code}", {"limit": no.limit} if no.limit else {}))) from no

    def pre_validate(self, form: Any) -> None:
        if self.flags.required and not self.data:
            raise ValidationError(self.gettext("This field is required."))
        if self.data and len(self.data) < self.least:
            raise ValidationError(translate("太短了，至少 %(least)s 个字。", least=self.least))

    def _value(self) -> str:
        return self.data or ""


class BlockField(LineField):
    """Several lines, cleaned."""

    multiline = True
    widget = TextAreaField.widget


class WholeField(StringField):  # type: ignore[misc]
    """A whole number in plain digits within bounds."""

    data: Any

    def __init__(self, label: str, *, low: int, high: int, required: bool = True, **more: Any) -> None:
        super().__init__(label, [InputRequired() if required else Optional()], **more)
        self.low, self.high = low, high
        self.number: int | None = None

    def pre_validate(self, form: Any) -> None:
        raw: str = self.data or ""
        if not raw and not self.flags.required:
            return
        self.number = parse_whole(raw, low=self.low, high=self.high)
        if self.number is None:
            self.data = _showable(raw)
            raise ValidationError(translate("请填 %(low)s 到 %(high)s 之间的整数。", low=self.low, high=self.high))


class ChoiceField(RadioField):  # type: ignore[misc]
    """One of a few, as large rows; nothing is chosen beforehand."""

    def __init__(self, label: str, choices: list[tuple[str, str]], **more: Any) -> None:
        super().__init__(label, [InputRequired()], choices=choices, **more)


def _showable(raw: str) -> str:
    """What was typed, without what cannot be sent back in a page."""
    return "".join(c for c in raw if c in "\n\t" or (c >= " " and not 0xD800 <= ord(c) <= 0xDFFF))[:20_000]
