"""Numbers, ids, canonical bytes, receipts, pseudonyms."""

import random
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minyi.kernel.canonical import canonical_json, instant_of, instant_text
from minyi.kernel.ids import ALPHABET, LENGTH, new_id, seeded
from minyi.kernel.numbers import parse_whole
from minyi.kernel.pseudonym import pseudonym
from minyi.kernel.receipt import is_genuine, public_key_of, sign_receipt

SEED = bytes(range(32))


@pytest.mark.parametrize(
    "raw",
    ["", " 7", "7 ", "1e3", "0x10", "1,000", "1_000", "０１２", "٣", "NaN", "inf", "true", "1.0", "--1", "+7", "9" * 19, "11", "-1", "\n7"],
)
def test_not_a_number_between_0_and_10(raw: str) -> None:
    assert parse_whole(raw, low=0, high=10) is None


@pytest.mark.parametrize(("raw", "value"), [("0", 0), ("10", 10), ("007", 7), ("-0", 0)])
def test_number_between_0_and_10(raw: str, value: int) -> None:
    assert parse_whole(raw, low=0, high=10) == value


def test_ids_are_random_unless_seeded() -> None:
    assert len({new_id() for _ in range(10_000)}) == 10_000
    with seeded(7):
        first = [new_id() for _ in range(3)]
    with seeded(7):
        assert [new_id() for _ in range(3)] == first
    assert new_id() not in first
    assert all(len(i) == LENGTH and set(i) <= set(ALPHABET) for i in first)


@given(st.datetimes(min_value=datetime(1986, 1, 1), max_value=datetime(2100, 1, 1)), st.integers(-12, 14))
def test_instant_survives_its_text(naive: datetime, hours: int) -> None:
    at = naive.replace(tzinfo=timezone(timedelta(hours=hours)))
    assert instant_of(instant_text(at)) == at


@given(st.lists(st.datetimes(min_value=datetime(1986, 1, 1), max_value=datetime(2100, 1, 1)), max_size=8))
def test_instant_texts_sort_as_instants(naive: list[datetime]) -> None:
    instants = [at.replace(tzinfo=UTC) for at in naive]
    assert sorted(map(instant_text, instants)) == [instant_text(at) for at in sorted(instants)]


def test_instant_needs_a_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        instant_text(datetime(2026, 1, 1))  # noqa: DTZ001


def test_canonical_json_is_one_form() -> None:
    keys = ["b", "a", "议题"]
    random.Random(1).shuffle(keys)
    assert canonical_json(dict.fromkeys(keys, [1, None])) == '{"a":[1,null],"b":[1,null],"议题":[1,null]}'.encode()


@pytest.mark.parametrize(
    "changed",
    [{"code": "other"}, {"code": "a", "more": 1}, {}],
    ids=["other value", "more fields", "fewer fields"],
)
def test_receipt_fits_only_its_fields(changed: dict[str, str | int]) -> None:
    signature = sign_receipt({"code": "a"}, SEED)
    assert is_genuine({"code": "a"}, signature, public_key_of(SEED))
    assert not is_genuine(changed, signature, public_key_of(SEED))


@pytest.mark.parametrize("signature", ["", "x", "议", "A" * 86, "%%%"])
def test_nonsense_is_no_signature(signature: str) -> None:
    assert not is_genuine({"code": "a"}, signature, public_key_of(SEED))


def test_pseudonyms_of_two_topics_are_unrelated() -> None:
    one, other = pseudonym(SEED, "topic", "t1", "account"), pseudonym(SEED, "topic", "t2", "account")
    assert one != other
    assert one == pseudonym(SEED, "topic", "t1", "account")
    assert pseudonym(SEED, "ab", "c") != pseudonym(SEED, "a", "bc")
    assert len(one) == 64
