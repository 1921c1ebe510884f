"""A feature without a definition of its own in the oracle: its term read over plain items."""

from __future__ import annotations

import math
import re

from payrisk.features import CATALOGUE
from payrisk.features.catalogue.terms import FeatureTerm
from support.oracle.oracle import NAN, Definition, View, mean, quantile, ratio
from support.oracle.oracle_table import ORACLE
from support.oracle.plain_streams import Item

LATE = re.compile(r"late(\d+)")
SPEAKS = {"days_late": "late", "terms": "terms"}
"""What an item says under the name of a stream's field."""
LEVELS = ("customer", "parent", "segment", "country", "everyone")
STATISTICS = {
    "mean": mean,
    "q50": lambda values: quantile(values, 0.5),
    "q90": lambda values: quantile(values, 0.9),
}
PLAIN = ("constant", "add", "subtract", "multiply", "divide", "root", "either", "total", "day_of")


def definition(name: str) -> Definition:
    """A feature's value from a view: as the table says, else as its term does."""
    return ORACLE.get(name) or (lambda view: read(term_of(name), view))


def term_of(name: str) -> FeatureTerm:
    """The term of a feature of the catalogue."""
    term = CATALOGUE[name].term
    assert term is not None
    return term


def is_plain(term: FeatureTerm) -> bool:
    """Whether `read` knows every part of a term; another needs a line in the oracle's table."""
    return all(_is_known(part) for part in term.walk())


def _is_known(part: FeatureTerm) -> bool:
    says = part.arguments
    if part.op == "recent":
        return says["field"] in SPEAKS and says["statistic"] in STATISTICS
    if part.op == "attribute":
        return says["name"] == "limit"
    if part.op == "total":
        return says["level"] in LEVELS and _is_field(says["stream"], says["field"])
    return part.op in PLAIN or _is_morning(part)


def _is_morning(part: FeatureTerm) -> bool:
    return part.op == "own" and part.arguments == {"name": "as_of"}


def _is_field(stream: str, field: str) -> bool:
    if field == "n":
        return True
    return stream == {"terms": "issued"}.get(field, "settled") and (
        field.removesuffix("_squared") in SPEAKS or LATE.fullmatch(field) is not None
    )


def read(term: FeatureTerm, view: View) -> float:
    """What a term comes to, one moment at a time; KeyError for an operation it does not know."""
    if term.op == "constant":
        return float(term.arguments["value"])
    if term.op == "attribute":
        return view.morning.known.limits.get(view.customer or "", NAN)
    if term.op == "total":
        stream, level, field, window = term.arguments.values()
        return sum(_value(item, field) for item in view.items(stream, window, level))
    if term.op == "recent":
        stream, field, statistic, n = term.arguments.values()
        values = [_value(item, field) for item in view.items(stream)][-n:]
        if not values:
            return NAN
        return STATISTICS[statistic](values)
    if term.op == "day_of":
        which, stream = term.arguments.values()
        items = view.items(stream)
        return float(items[0 if which == "first" else -1].day) if items else NAN
    if _is_morning(term):
        return float(view.t)
    values = [read(operand, view) for operand in term.operands]
    return {
        "add": lambda a, b: a + b,
        "subtract": lambda a, b: a - b,
        "multiply": lambda a, b: a * b,
        "divide": ratio,
        "root": lambda a: math.sqrt(a) if a > 0 else a * 0.0,
        "either": lambda a, b: b if a != a else a,
    }[term.op](*values)


def _value(item: Item, field: str) -> int:
    if field == "n":
        return 1
    late = LATE.fullmatch(field)
    if late:
        return int(item.says["late"] > int(late[1]))
    value = item.says[SPEAKS[field.removesuffix("_squared")]]
    return value * value if field.endswith("_squared") else value
