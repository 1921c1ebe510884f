"""Terms: what a feature is, written as a small expression that any reader can work out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

Window = int | None
"""Days before the moment, [t − w, t); None = all that is known."""

Argument = str | int | float | None
"""What a term is told beside its operands: a stream, a level, a field, a window, a constant."""


@dataclass(frozen=True, eq=False)
class FeatureTerm:
    """A number to work out for a moment: an operation, its arguments, the terms it is made of.

    Terms add, subtract and multiply; `a / b` is NaN where b is 0. Two terms that read the same
    are worked out once. `text` is the whole definition, and so what a definition hash is made of:
    the arguments' values in their order, then the operands'. op: a reader's or `ARITHMETIC`'s.
    """

    op: str
    arguments: Mapping[str, Argument] = field(default_factory=dict)
    operands: tuple[FeatureTerm, ...] = ()

    @property
    def text(self) -> str:
        """The definition, e.g. 'divide(total(settled, customer, days_late, 90), …)'."""
        parts = [str(value) for value in self.arguments.values()]
        parts += [operand.text for operand in self.operands]
        return f"{self.op}({', '.join(parts)})"

    def walk(self) -> Iterator[FeatureTerm]:
        """Its operands and theirs, then itself."""
        for operand in self.operands:
            yield from operand.walk()
        yield self

    def __add__(self, other: FeatureTerm | float) -> FeatureTerm:
        return _of_terms("add", self, other)

    def __radd__(self, other: float) -> FeatureTerm:
        return _of_terms("add", other, self)

    def __sub__(self, other: FeatureTerm | float) -> FeatureTerm:
        return _of_terms("subtract", self, other)

    def __rsub__(self, other: float) -> FeatureTerm:
        return _of_terms("subtract", other, self)

    def __mul__(self, other: FeatureTerm | float) -> FeatureTerm:
        return _of_terms("multiply", self, other)

    def __rmul__(self, other: float) -> FeatureTerm:
        return _of_terms("multiply", other, self)

    def __truediv__(self, other: FeatureTerm | float) -> FeatureTerm:
        return _of_terms("divide", self, other)

    def __rtruediv__(self, other: float) -> FeatureTerm:
        return _of_terms("divide", other, self)


def _of_terms(op: str, *operands: FeatureTerm | float) -> FeatureTerm:
    terms = (term if isinstance(term, FeatureTerm) else constant(term) for term in operands)
    return FeatureTerm(op, operands=tuple(terms))


def constant(value: float) -> FeatureTerm:
    """The same number for every moment."""
    return FeatureTerm("constant", {"value": float(value)})


# -- what is read of the streams ---------------------------------------------------------------


def total(
    stream: str, field: str = "n", window: Window = None, level: str = "customer"
) -> FeatureTerm:
    """Sum of a field of a stream over a window; the field 'n' counts."""
    return FeatureTerm(
        "total", {"stream": stream, "level": level, "field": field, "window": window}
    )


def statistic_of_latest(stream: str, field: str, statistic: str, n: int) -> FeatureTerm:
    """Of the customer's latest n items: the 'mean' of a field, or a quantile 'q50' or 'q90'.

    NaN where there are none. Quantiles interpolate between neighbours, at (n − 1)·q.
    """
    return FeatureTerm(
        "recent", {"stream": stream, "field": field, "statistic": statistic, "n": n}
    )


def day_of_item(which: str, stream: str) -> FeatureTerm:
    """The day the customer's 'first' or 'last' item became known; NaN where there is none."""
    return FeatureTerm("day_of", {"which": which, "stream": stream})


def minimum(stream: str, field: str, level: str = "customer") -> FeatureTerm:
    """The least value of a field among a stock's items that hold; NaN where there are none."""
    return FeatureTerm("least", {"stream": stream, "level": level, "field": field})


def at_lag(stream: str, level: str) -> FeatureTerm:
    """How many items of a stream lie in this day's bin of days late; for days only."""
    return FeatureTerm("at_lag", {"stream": stream, "level": level})


def lag_width() -> FeatureTerm:
    """Days in this day's bin of days late; for days only."""
    return FeatureTerm("lag_width")


# -- what is read of the moment, its customer and its calendar ---------------------------------


def moment_fact(name: str) -> FeatureTerm:
    """A fact of the moment itself: as_of, issued_on, due_on, amount, residual …; NaN = none."""
    return FeatureTerm("own", {"name": name})


def attribute(name: str) -> FeatureTerm:
    """The latest known value of a dated attribute of the customer, as a number."""
    return FeatureTerm("attribute", {"name": name})


def calendar(fact: str, day: FeatureTerm) -> FeatureTerm:
    """A fact of a day in the customer's country, see `BusinessCalendars.day_facts`."""
    return FeatureTerm("calendar", {"fact": fact}, (day,))


def business_days(after: FeatureTerm, upto: FeatureTerm) -> FeatureTerm:
    """Business days of the customer's country after one day up to another; may be negative."""
    return FeatureTerm("business_days", operands=(after, upto))


def payment_runs(after: FeatureTerm, upto: FeatureTerm) -> FeatureTerm:
    """Payment runs expected after one day up to another; negative where they are in turn.

    The weekdays between, each weighing the customer's share of payments on it.
    """
    return FeatureTerm("runs", operands=(after, upto, *(_weekday_share(day) for day in range(7))))


def _weekday_share(day: int) -> FeatureTerm:
    return total("cash", f"weekday{day}", 365) / total("cash", "n", 365)


# -- what is made of other terms ---------------------------------------------------------------


def choose(which: FeatureTerm, among: tuple[FeatureTerm, ...]) -> FeatureTerm:
    """Of several terms the one whose place the first term gives."""
    return FeatureTerm("choose", operands=(which, *among))


def square_root(term: FeatureTerm) -> FeatureTerm:
    """Square root; 0 below 0."""
    return FeatureTerm("root", operands=(term,))


def log(term: FeatureTerm) -> FeatureTerm:
    """Natural logarithm to 1e-4, as the streams keep it; NaN below 1."""
    return FeatureTerm("log", operands=(term,))


def first_known(term: FeatureTerm, otherwise: FeatureTerm) -> FeatureTerm:
    """The term, or where it is NaN the other one."""
    return FeatureTerm("either", operands=(term, otherwise))


def shrunk_mean(
    total_of: FeatureTerm, count: FeatureTerm, prior: FeatureTerm, k: float
) -> FeatureTerm:
    """(sum + k·prior)/(n + k), see docs/design.md, 'Features'; the plain mean without a prior."""
    return first_known((total_of + prior * k) / (count + k), total_of / count)


def mean(stream: str, field: str, window: Window = None, level: str = "customer") -> FeatureTerm:
    """Mean of a field over a window; NaN where nothing is known."""
    return total(stream, field, window, level) / total(stream, "n", window, level)


def standard_deviation(stream: str, field: str, count: str, window: Window = None) -> FeatureTerm:
    """Standard deviation (n − 1) of a field that also has its square; NaN below two items."""
    n, first = total(stream, count, window), total(stream, field, window)
    squares = total(stream, f"{field}_squared", window)
    return square_root(
        (squares - first * first / n) / (n - 1.0)
    )  # n = 1 divides by 0, which is NaN
