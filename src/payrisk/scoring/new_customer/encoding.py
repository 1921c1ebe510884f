"""Columns of an application as a matrix: numbers, special values, categories shrunk to parents."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, Self, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from payrisk.arrays import Flags, Floats, Ints, Texts
from payrisk.errors import InputError
from payrisk.features.catalogue.feature import Feature
from payrisk.scoring.new_customer.cell_values import is_absent, parse_number, plain_column

SHRINKAGE = 20.0
"""Applications that the parent's rate of bad ones weighs beside a category's own."""
SPECIAL = "__special"
"""Ends the name of the text column that tells which special value a number stands for."""
FEW = 64
"""Rows that are told apart one by one: a table's own way of it begins to pay beyond."""
STRETCH = 0.25
"""Of the range seen in training: how far outside of it a number still counts as known."""


@dataclass(frozen=True)
class Input:
    """One column that a model of applications reads.

    specials: texts of values that are no numbers of the scale (`[missing]` of the mapping).
    direction: +1 or −1 where more of it must mean more or less risk. low, high: seen in training.
    cuts: lengths of a code's prefixes that are its parents, shortest first. counts: by such a
    length (0: the whole code) and prefix, (applications, bad ones), as they were weighed. over:
    other numbers of the same unit that it is divided by, each in a column of its own.
    """

    name: str
    kind: Literal["number", "category"]
    direction: int = 0
    specials: tuple[str, ...] = ()
    low: float = -math.inf
    high: float = math.inf
    cuts: tuple[int, ...] = ()
    counts: Mapping[int, Mapping[str, tuple[float, float]]] = field(default_factory=dict)
    entry: Feature | None = None
    over: tuple[str, ...] = ()

    @property
    def feature(self) -> Feature:
        """Its entry in a bundle's list of features."""
        if self.entry is not None:
            return self.entry
        kind = "number" if self.kind == "number" else "text"
        meaning = f"What the application says in the column '{self.name}'."
        return Feature(self.name, "", kind, meaning, low=-math.inf, direction=self.direction)

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of its flat columns."""
        return (self.name, self.name + SPECIAL) if self.is_flagged else (self.name,)

    @property
    def is_flagged(self) -> bool:
        """Whether a column beside it tells special values; a category is its own flag."""
        return self.kind == "number" and bool(self.specials)

    @property
    def width(self) -> int:
        """How many columns of the matrix it takes."""
        return 1 + len(self.specials) + len(self.over) if self.kind == "number" else 1

    @property
    def directions(self) -> tuple[int, ...]:
        """The direction of each of its columns; a category's is the rate of its bad ones."""
        if self.kind == "category":
            return (1,)
        return (self.direction, *(0 for _ in range(self.width - 1)))

    def rate(self, text: str, base: float) -> float:
        """The rate of bad ones of a category, shrunk from parent to child; unseen = its parent.

        >>> one = Input("code", "category", cuts=(1,), counts={1: {"4": (80, 40)}, 0: {}})
        >>> round(one.rate("47", 0.25), 3), one.rate("57", 0.25)
        (0.45, 0.25)
        """
        rate = base
        for cut in (*self.cuts, 0):
            n, bad = self.counts.get(cut, {}).get(text[:cut] if cut else text, (0, 0))
            rate = (bad + SHRINKAGE * rate) / (n + SHRINKAGE)
        return rate

    def is_known(self, value: Any) -> bool:
        """Whether training saw the like: missing and special values, categories, a near number."""
        if self.kind == "category":
            return value == "" or value in self.counts.get(0, {})
        if math.isnan(value):
            return True
        slack = STRETCH * (self.high - self.low) if math.isfinite(self.high - self.low) else 0.0
        return bool(self.low - slack <= value <= self.high + slack)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "name": self.name,
            "kind": self.kind,
            "direction": self.direction,
            "specials": list(self.specials),
            "low": self.low if math.isfinite(self.low) else None,
            "high": self.high if math.isfinite(self.high) else None,
            "cuts": list(self.cuts),
            "counts": {
                str(cut): {code: list(pair) for code, pair in sorted(counts.items())}
                for cut, counts in self.counts.items()
            },
            **({"over": list(self.over)} if self.over else {}),
        }

    @classmethod
    def from_json(cls, body: Mapping[str, Any], entry: Feature | None = None) -> Self:
        """The input that `to_json` wrote."""
        counts = {
            int(cut): {code: (_count(n), _count(bad)) for code, (n, bad) in counts_of_cut.items()}
            for cut, counts_of_cut in body["counts"].items()
        }
        return cls(
            str(body["name"]),
            body["kind"],
            int(body["direction"]),
            tuple(body["specials"]),
            -math.inf if body["low"] is None else float(body["low"]),
            math.inf if body["high"] is None else float(body["high"]),
            tuple(int(cut) for cut in body["cuts"]),
            counts,
            entry,
            tuple(body.get("over", ())),
        )


def _count(value: float) -> float:
    """A count as it was written, whole or weighed; raises ValueError for what is neither."""
    return value if isinstance(value, int) else float(value)


FlatColumns: TypeAlias = pd.DataFrame | Mapping[str, npt.NDArray[Any]]
"""Flat rows: a frame, or its columns alone."""


@dataclass(frozen=True)
class InputEncoder:
    """The inputs in the order of the matrix; base: the rate of bad ones in training."""

    inputs: tuple[Input, ...]
    base: float

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The names of the flat columns."""
        return tuple(column for part in self.inputs for column in part.columns)

    @cached_property
    def input_of_column(self) -> Ints:
        """(width,) the input that each column of the matrix belongs to."""
        return np.repeat(np.arange(len(self.inputs)), [part.width for part in self.inputs])

    @property
    def directions(self) -> list[int]:
        """(width,) monotone direction of each column of the matrix."""
        return [way for part in self.inputs for way in part.directions]

    def matrix(self, frame: FlatColumns) -> Floats:
        """(n, width) numbers; NaN = missing or special. Raises KeyError for an absent column."""
        n = len(frame[self.inputs[0].name]) if self.inputs else 0
        values = np.full((n, len(self.input_of_column)), np.nan)
        column = 0
        for part in self.inputs:
            if part.kind == "category":
                codes, texts = _categories(frame[part.name])
                rates = np.array([part.rate(str(text), self.base) for text in texts])
                values[:, column] = np.log(rates / (1.0 - rates))[codes] if len(rates) else 0.0
            else:
                values[:, column] = np.asarray(frame[part.name], dtype=np.float64)
                for place, special in enumerate(part.specials):
                    is_special = np.asarray(frame[part.name + SPECIAL], dtype=object) == special
                    values[:, column + 1 + place] = is_special
                for place, other in enumerate(part.over, 1 + len(part.specials)):
                    under = np.asarray(frame[other], dtype=np.float64)
                    values[:, column + place] = values[:, column] / np.where(
                        under > 0.0, under, np.nan
                    )
            column += part.width
        return values

    def is_missing(self, frame: FlatColumns) -> Flags:
        """(n, inputs) whether nothing is said; a special value is no number, so it counts."""
        return np.column_stack(
            [
                _is_among(frame[part.name], {"", *part.specials})
                if part.kind == "category"
                else np.isnan(np.asarray(frame[part.name], dtype=np.float64))
                for part in self.inputs
            ]
        )


def _categories(column: pd.Series | npt.NDArray[Any]) -> tuple[Ints, list[Any]]:
    """(n,) places in the distinct values, and these; what is missing is ''."""
    if len(column) > FEW:
        codes, texts = pd.factorize(pd.Series(column).astype(object).fillna(""))
        return np.asarray(codes, dtype=np.int64), list(texts)
    place: dict[Any, int] = {}
    values = ["" if is_absent(value) else value for value in column.tolist()]
    places = [place.setdefault(value, len(place)) for value in values]
    return np.array(places, dtype=np.int64), list(place)


def _is_among(column: pd.Series | npt.NDArray[Any], values: set[str]) -> Flags:
    codes, texts = _categories(column)
    return np.array([text in values for text in texts], dtype=bool)[codes]


# -- from what was written to typed columns ----------------------------------------------------


def typed_columns(raw: pd.DataFrame, inputs: Sequence[Input], where: str) -> pd.DataFrame:
    """The flat columns of the inputs from columns as written; `where` names them in errors.

    Raises InputError for an absent column and for a number that is none.
    """
    columns: dict[str, Any] = {}
    for part in inputs:
        if part.name not in raw:
            raise InputError(
                f"{where} has no column '{part.name}'; its columns are"
                f" {', '.join(map(str, raw.columns[:30]))}. Correct the mapping or the file."
            )
        if part.kind == "number" and not part.specials and _is_numeric(raw[part.name]):
            columns[part.name] = raw[part.name].to_numpy(dtype=np.float64, na_value=np.nan)
            continue
        texts = plain_column(raw[part.name])
        if part.kind == "category":
            columns[part.name] = texts
            continue
        is_special = np.isin(texts, part.specials) if part.specials else np.zeros(len(texts), bool)
        ordinary = np.where(is_special, "", texts)
        columns[part.name] = _numbers(ordinary, part.name, where)
        if part.is_flagged:
            columns[part.name + SPECIAL] = np.where(is_special, texts, "")
    return pd.DataFrame(columns)


def records(frame: FlatColumns) -> list[dict[str, Any]]:
    """The rows as plain values, many times faster than the frame's own way for a few of them."""
    names = list(frame)
    columns = [frame[name].tolist() for name in names]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _is_numeric(column: pd.Series) -> bool:
    """Whether every value is a finite number or missing; booleans are told as words."""
    if column.dtype.kind not in "iuf":
        return False
    return not np.isinf(column.to_numpy(dtype=np.float64, na_value=np.nan)).any()


def _numbers(texts: Texts, name: str, where: str) -> Floats:
    codes, distinct = pd.factorize(texts)
    values = np.full(len(distinct), np.nan)
    for place, text in enumerate(distinct):
        try:
            values[place] = parse_number(str(text))
        except ValueError:
            row = int(np.flatnonzero(codes == place)[0])
            raise InputError(
                f"{where}, column '{name}', row {row}: '{str(text)[:40]}' is not a number;"
                " write it like 60000.00, name it under [missing] if it stands for something"
                " unsaid, or list the column as categorical."
            ) from None
    return values[codes] if len(distinct) else np.zeros(0)
