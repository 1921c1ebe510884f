"""Terms: what a feature is, said as a small expression that any reader of streams can work out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

Window = int | None
"""Days before the moment, [t − w, t); None = all that is known."""

Argument = str | int | float | None


@dataclass(frozen=True, eq=False)
class Term:
    """A number to work out for a moment: an operation, what it is of, and the terms it needs.

    Terms add, subtract and multiply; `a / b` is NaN where b is 0. Two terms that read the same
    are worked out once. `text` is the whole definition, and so what a definition hash is made of.
    """

    op: str
    of: tuple[Argument, ...] = ()
    needs: tuple[Term, ...] = ()

    @property
    def text(self) -> str:
        """The definition, e.g. 'divide(total(settled, customer, days_late, 90), …)'."""
        said = [str(part) for part in self.of] + [need.text for need in self.needs]
        return f"{self.op}({', '.join(said)})"

    def walk(self) -> Iterator[Term]:
        """All it needs, then itself."""
        for need in self.needs:
            yield from need.walk()
        yield self

    def __add__(self, other: Term | float) -> Term:
        return Term("add", (), (self, _term(other)))

    def __radd__(self, other: float) -> Term:
        return Term("add", (), (_term(other), self))

    def __sub__(self, other: Term | float) -> Term:
        return Term("subtract", (), (self, _term(other)))

    def __rsub__(self, other: float) -> Term:
        return Term("subtract", (), (_term(other), self))

    def __mul__(self, other: Term | float) -> Term:
        return Term("multiply", (), (self, _term(other)))

    def __rmul__(self, other: float) -> Term:
        return Term("multiply", (), (_term(other), self))

    def __truediv__(self, other: Term | float) -> Term:
        return Term("divide", (), (self, _term(other)))

    def __rtruediv__(self, other: float) -> Term:
        return Term("divide", (), (_term(other), self))


def _term(value: Term | float) -> Term:
    return value if isinstance(value, Term) else constant(value)


def constant(value: float) -> Term:
    """The same number for every moment."""
    return Term("constant", (float(value),))


def total(stream: str, field: str = "n", window: Window = None, level: str = "customer") -> Term:
    """Sum of a field of a stream over a window; the field 'n' counts."""
    return Term("total", (stream, level, field, window))


def recent(stream: str, field: str, how: str, n: int) -> Term:
    """Of the customer's latest n items: their 'mean', a quantile 'q50' or 'q90', or the 'last'.

    NaN where there are none. Quantiles interpolate between neighbours, at (n − 1)·q.
    """
    return Term("recent", (stream, field, how, n))


def day_of(which: str, stream: str) -> Term:
    """The day the customer's 'first' or 'last' item became known; NaN where there is none."""
    return Term("day_of", (which, stream))


def least(stream: str, field: str, level: str = "customer") -> Term:
    """The least value of a field among the items that last; NaN where there are none."""
    return Term("least", (stream, level, field))


def own(name: str) -> Term:
    """A fact of the moment itself: as_of, issued_on, due_on, amount, residual …; NaN = none."""
    return Term("own", (name,))


def attribute(name: str) -> Term:
    """The latest known value of a dated attribute of the customer, as a number."""
    return Term("attribute", (name,))


def calendar(what: str, day: Term) -> Term:
    """A fact of a day in the customer's country, see `features.calendars`."""
    return Term("calendar", (what,), (day,))


def business_days(after: Term, upto: Term) -> Term:
    """Business days of the customer's country after one day up to another; may be negative."""
    return Term("business_days", (), (after, upto))


def choose(which: Term, among: tuple[Term, ...]) -> Term:
    """Of several terms the one whose place the first term gives."""
    return Term("choose", (), (which, *among))


def at_lag(stream: str, level: str) -> Term:
    """How many items of a stream lie in this day's bin of days late; for days only."""
    return Term("at_lag", (stream, level))


def lag_width() -> Term:
    """Days in this day's bin of days late."""
    return Term("lag_width")


def runs(after: Term, upto: Term) -> Term:
    """Payment runs expected after one day up to another; negative where they are in turn.

    The weekdays between, each weighing the customer's share of payments on it.
    """
    return Term("runs", (), (after, upto, *(_weekday_share(day) for day in range(7))))


def _weekday_share(day: int) -> Term:
    return total("cash", f"weekday{day}", 365) / total("cash", "n", 365)


def root(term: Term) -> Term:
    """Square root; 0 below 0."""
    return Term("root", (), (term,))


def log(term: Term) -> Term:
    """Natural logarithm to 1e-4, as the streams keep it; NaN below 1."""
    return Term("log", (), (term,))


def either(term: Term, otherwise: Term) -> Term:
    """The term, or where it is NaN the other one."""
    return Term("either", (), (term, otherwise))


def shrunk(total_of: Term, count: Term, prior: Term, k: float) -> Term:
    """(sum + k·prior)/(n + k), see docs/design.md, 'Features'; the plain mean without a prior."""
    return either((total_of + prior * k) / (count + k), total_of / count)


def mean(stream: str, field: str, window: Window = None, level: str = "customer") -> Term:
    """Mean of a field over a window; NaN where nothing is known."""
    return total(stream, field, window, level) / total(stream, "n", window, level)


def spread(stream: str, field: str, count: str, window: Window = None) -> Term:
    """Standard deviation (n − 1) of a field that also has its square; NaN below two items."""
    n, first = total(stream, count, window), total(stream, field, window)
    squares = total(stream, f"{field}_squared", window)
    return root((squares - first * first / n) / above_one(n))


def above_one(n: Term) -> Term:
    """One less, so that dividing by it is NaN for one item."""
    return n - 1.0
