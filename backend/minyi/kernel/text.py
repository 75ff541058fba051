"""Text at the edge: what a person may type, made one form before anything sees it.

Both engines then hold the same string: SQLite would store U+0000 and PostgreSQL refuse it.
"""

import unicodedata

import regex

# Bidirectional overrides, embeddings and isolates turn a sentence around for its reader (CVE-2021-42574, "Trojan Source").
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Invisible and without meaning here: dropped, not refused, because phones paste them.
_DROPPED = {ord(c): None for c in "\ufeff\u200b\u2060"}
_GRAPHEME = regex.compile(r"\X")
MOST_POINTS_IN_A_CHARACTER = 16
"""A family emoji with skin tones has 11 code points; stacked accents ("Zalgo") have hundreds."""

_LOOKALIKES = str.maketrans("аеорсухіјѕԁԛԝαορνικτ", "aeopcyxijsdqwaopvikt")


class TextRefused(ValueError):  # noqa: N818 - as Refused
    """The text cannot be taken. `code` is one of surrogate, control, bidi, stacked, too_long."""

    def __init__(self, code: str, limit: int = 0) -> None:
        super().__init__(code)
        self.code = code
        self.limit = limit


def length(text: str) -> int:
    """Characters a person sees (extended grapheme clusters, UAX #29)."""
    return len(text) if text.isascii() else len(_GRAPHEME.findall(text))


def clean_line(raw: str, *, most: int) -> str:
    """One line in NFC, trimmed, inner white space as single blanks. Raises `TextRefused`."""
    _check(raw, most=most)
    return _measured(" ".join(raw.translate(_DROPPED).split()), most=most)


def clean_block(raw: str, *, most: int) -> str:
    """Several lines in NFC with LF line ends, trimmed. Raises `TextRefused`."""
    _check(raw, most=most)
    lines = raw.translate(_DROPPED).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return _measured("\n".join(line.rstrip() for line in lines).strip(), most=most)


def _check(raw: str, *, most: int) -> None:
    """Refuse what may stand nowhere, before anything is folded away."""
    if len(raw) > most * MOST_POINTS_IN_A_CHARACTER + 1000:
        raise TextRefused("too_long", most)
    for char in raw:
        if " " <= char <= "~" or char in "\n\t\r":
            continue
        point = ord(char)
        if 0xD800 <= point <= 0xDFFF:
            raise TextRefused("surrogate")
        if point < 0x20 or 0x7F <= point <= 0x9F or (point & 0xFFFE) == 0xFFFE or 0xFDD0 <= point <= 0xFDEF:
            raise TextRefused("control")
        if char in _BIDI:
            raise TextRefused("bidi")


def _measured(text: str, *, most: int) -> str:
    text = unicodedata.normalize("NFC", text)
    if text.isascii():
        seen = len(text)
    else:
        clusters = _GRAPHEME.findall(text)
        if any(len(cluster) > MOST_POINTS_IN_A_CHARACTER for cluster in clusters):
            raise TextRefused("stacked")
        seen = len(clusters)
    if seen > most:
        raise TextRefused("too_long", most)
    return text


def name_key(name: str) -> str:
    """What two names share when a neighbour would take one for the other: NFKC, case, blanks, marks, look-alike letters."""
    folded = unicodedata.normalize("NFKC", name).casefold().translate(_LOOKALIKES)
    return "".join(c for c in folded if not c.isspace() and unicodedata.category(c) not in {"Cf", "Mn", "Me", "Cc"})
