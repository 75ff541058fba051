"""Numbers at the edge: plain ASCII digits, bounded, or nothing."""

import re

_WHOLE = re.compile(r"-?[0-9]{1,18}", re.ASCII)


def parse_whole(raw: str, *, low: int, high: int) -> int | None:
    """A whole number in [low, high], else None: no `1e3`, no `０１２`, no `1,000`, no `0x10`, no ` 7`."""
    if not _WHOLE.fullmatch(raw):
        return None
    value = int(raw)
    return value if low <= value <= high else None
