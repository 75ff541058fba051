"""Text at the edge: names of real people pass unchanged, tricks do not pass at all."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minyi.kernel.text import TextRefused, clean_block, clean_line, length, name_key

REAL_NAMES = ["阿依古丽·买买提", "𠮷田", "𬭳", "一", "Zoë", "Łukasz", "İbrahim", "ß", "王　小明", "José María", "👨‍👩‍👧‍👦", "नमस्ते"]


@pytest.mark.parametrize("name", REAL_NAMES)
def test_real_names_pass(name: str) -> None:
    assert clean_line(name, most=30) == unicodedata.normalize("NFC", " ".join(name.split()))


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        pytest.param("a\x00b", "control", id="NUL"),
        pytest.param("a\x07b", "control", id="bell"),
        pytest.param("a\x1cb", "control", id="file separator, white space to Python"),
        pytest.param("a\x7fb", "control", id="delete"),
        pytest.param("a\x85b", "control", id="C1 next line"),
        pytest.param("a\ufffeb", "control", id="noncharacter FFFE"),
        pytest.param("a\U0001ffffb", "control", id="noncharacter 1FFFF"),
        pytest.param("a\ufdd0b", "control", id="noncharacter FDD0"),
        pytest.param("a\ud800b", "surrogate", id="lone high surrogate"),
        pytest.param("a\udfffb", "surrogate", id="lone low surrogate"),
        pytest.param("abc\u202edcba", "bidi", id="right-to-left override"),
        pytest.param("abc\u2066x\u2069", "bidi", id="isolate"),
        pytest.param("e" + "\u0301" * 40, "stacked", id="forty accents"),
        pytest.param("十" * 31, "too_long", id="31 characters of 30"),
        pytest.param("x" * 10_000, "too_long", id="ten thousand"),
    ],
)
def test_refused_on_one_line(raw: str, code: str) -> None:
    with pytest.raises(TextRefused) as no:
        clean_line(raw, most=30)
    assert no.value.code == code


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        pytest.param("  a \t b  ", "a b", id="white space folded"),
        pytest.param("a\nb", "a b", id="line end becomes a blank"),
        pytest.param("\ufeff居民", "居民", id="byte order mark dropped"),
        pytest.param("居\u200b民", "居民", id="zero width space dropped"),
        pytest.param("e\u0301", "é", id="NFC"),
        pytest.param("", "", id="empty"),
    ],
)
def test_made_one_form(raw: str, clean: str) -> None:
    assert clean_line(raw, most=30) == clean


def test_block_keeps_lines_and_trims_their_ends() -> None:
    assert clean_block("\r\n 一  \r\n二\t\r\n\r\n", most=30) == "一\n二"


@pytest.mark.parametrize(
    ("text", "seen"),
    [("", 0), ("abc", 3), ("居民", 2), ("👨‍👩‍👧‍👦", 1), ("e\u0301", 1), ("🇨🇳", 1)],
)
def test_length_counts_what_one_sees(text: str, seen: int) -> None:
    assert length(text) == seen


@given(st.text(st.characters(codec="utf-8"), max_size=200))
def test_cleaning_twice_changes_nothing(raw: str) -> None:
    try:
        once = clean_block(raw, most=200)
    except TextRefused:
        return
    assert clean_block(once, most=200) == once
    once.encode("utf-8")
    assert "\0" not in once


@pytest.mark.parametrize(
    "twin",
    ["admin", "ADMIN", " admin ", "ad min", "ａｄｍｉｎ", "аdmin", "ad\u200bmin", "ad\u00admin", "admi\u0301n"],
    ids=["same", "case", "blanks", "inner blank", "full width", "Cyrillic a", "zero width", "soft hyphen", "accent"],
)
def test_look_alikes_share_a_key(twin: str) -> None:
    assert name_key(twin) in {"admin", "admín"} if "\u0301" in twin else name_key(twin) == "admin"


@pytest.mark.parametrize(("one", "other"), [("王芳", "王方"), ("a1", "a2"), ("阿依·买", "阿依买")])
def test_different_names_keep_different_keys(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)
