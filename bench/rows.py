"""What a measurement is: pairs A B A B, the ratio of each pair, median and spread; a goal it crosses is "unsure"."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

PAIRS = 5


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `ratios` are ours / other of each pair."""

    name: str
    against: str
    ratios: tuple[float, ...]
    goal: float | None
    better: str = ">="
    """`>=`: the ratio must reach the goal; `<=`: it must stay under it."""
    note: str = ""

    @property
    def middle(self) -> float:
        """The median ratio."""
        return median(self.ratios)

    @property
    def verdict(self) -> str:
        """`pass`, `miss`, `unsure` (the spread crosses the goal) or `-` (no goal)."""
        if not self.ratios:
            return "absent"
        if self.goal is None:
            return "-"
        low, high = min(self.ratios), max(self.ratios)
        if low <= self.goal <= high and low != high:
            return "unsure"
        reached = self.middle >= self.goal if self.better == ">=" else self.middle <= self.goal
        return "pass" if reached else "miss"

    def line(self) -> str:
        """The row as printed."""
        if not self.ratios:
            return f"{self.name:<58} {self.against:<38} {'-':>8} {'':>15} {'':>8}  absent  {self.note}"
        spread = f"{min(self.ratios):.2f}-{max(self.ratios):.2f}"
        goal = "" if self.goal is None else f"{self.better} {self.goal:g}"
        return f"{self.name:<58} {self.against:<38} {self.middle:8.2f} {spread:>15} {goal:>8}  {self.verdict:<6}  {self.note}"


def paired(ours: Callable[[], float], other: Callable[[], float], pairs: int = PAIRS) -> tuple[float, ...]:
    """Measure A B A B ...: (ours / other) of each pair, after one warm-up of each."""
    ours(), other()
    found = []
    for turn in range(pairs):
        if turn % 2:
            second, first = other(), ours()
        else:
            first, second = ours(), other()
        found.append(first / second)
    return tuple(found)
