"""Feature: a named, documented number a model may use, and the families it comes in."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, replace
from typing import Any

from payrisk.features.catalogue import terms as e
from payrisk.features.catalogue.causes import FeatureCause
from payrisk.features.catalogue.terms import FeatureTerm, Window
from payrisk.features.streams.sources import SOURCES

ALL: tuple[Window, ...] = (30, 90, 180, 365, None)
"""Every window there is: days before the moment, None = everything known."""
LONG: tuple[Window, ...] = (365, None)
K = 5.0
"""How many items a prior weighs in a shrunken mean (docs/design.md, 'Features')."""

WHOSE = {
    "customer": "the customer's",
    "weekday": "the customer's, due on the same weekday,",
    "parent": "the parent group's",
    "segment": "the segment's",
    "country": "the country's",
    "everyone": "all customers'",
}


MORE = {1: "later/riskier", -1: "earlier/safer", 0: "neither"}
"""What more of a feature means, by its direction."""


@dataclass(frozen=True)
class Feature:
    """One input of a model.

    name: entity__measure__stat__window. unit: of its values. meaning: a sentence, used in reasons
    and on cards. low, high: range of valid values. direction: +1 where more of it should mean
    later payment or more risk, −1 where less, 0 where neither is sure. kind: number, or text for
    inputs that are no column of a matrix. term: how it is worked out. definition: what else its
    values depend on. read_by: models that read it by this line alone, beside their own lists.
    cause: what it tells of, under which reasons are read; no part of the definition.
    """

    name: str
    unit: str
    kind: str
    meaning: str
    low: float = 0.0
    high: float = float("inf")
    direction: int = 0
    term: FeatureTerm | None = None
    definition: str = ""
    read_by: tuple[str, ...] = ()
    cause: FeatureCause | None = None

    @property
    def entity(self) -> str:
        """Whom it is of: the first part of its name."""
        return self.name.partition("__")[0]

    @property
    def measure(self) -> str:
        """Whom it is of and what is measured: the first two parts of its name."""
        return measure_of(self.name)

    @property
    def sources(self) -> tuple[str, ...]:
        """The streams it reads, sorted."""
        return tuple(sorted(self._arguments("stream")))

    @property
    def attributes(self) -> tuple[str, ...]:
        """The dated attributes of customers it reads, sorted; groups are such, too."""
        if self.term is None:
            return ()
        named = {str(t.arguments["name"]) for t in self.term.walk() if t.op == "attribute"}
        return tuple(sorted(named | (self._arguments("level") & {"segment", "parent"})))

    def _arguments(self, name: str) -> set[str]:
        """What the terms of the feature are told under a name: their streams, their levels."""
        terms = self.term.walk() if self.term else ()
        return {str(term.arguments[name]) for term in terms if name in term.arguments}

    @property
    def definition_hash(self) -> str:
        """Changes exactly when values may: with the term, the unit, or the rule of a source.

        The wording of the meaning may change freely where there is a term.
        """
        formula = self.meaning if self.term is None else self.term.text
        rules = (SOURCES[name].rule for name in self.sources)
        text = "|".join((self.name, self.unit, self.kind, formula, *rules, self.definition))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def to_json(self) -> dict[str, Any]:
        """Plain values; null for an end of the range that is open."""
        return {
            "name": self.name,
            "entity": self.entity,
            "meaning": self.meaning,
            "unit": self.unit,
            "kind": self.kind,
            "low": self.low if math.isfinite(self.low) else None,
            "high": self.high if math.isfinite(self.high) else None,
            "direction": self.direction,
            "more_means": MORE[self.direction],
            "sources": list(self.sources),
            "attributes": list(self.attributes),
            "term": self.term.text if self.term else None,
            "definition": self.definition,
            "definition_hash": self.definition_hash,
        }


def measure_of(name: str) -> str:
    """The entity and measure of a feature's name.

    >>> measure_of("customer__days_late__mean__90d")
    'customer__days_late'
    """
    return "__".join(name.split("__")[:2])


def window_token(window: Window) -> str:
    """'90d', or 'all'."""
    return "all" if window is None else f"{window}d"


def window_words(window: Window) -> str:
    """'in the last 90 days', or 'so far'."""
    return "so far" if window is None else f"in the last {window} days"


def define_feature(
    name: str,
    unit: str,
    meaning: str,
    term: FeatureTerm,
    low: float = 0.0,
    high: float = float("inf"),
    direction: int = 0,
    read_by: tuple[str, ...] = (),
) -> Feature:
    """One feature."""
    return Feature(name, unit, "number", meaning, low, high, direction, term, read_by=read_by)


def with_cause(cause: FeatureCause, *features: Feature) -> list[Feature]:
    """The features under a cause, but for those that have one of their own."""
    return [replace(feature, cause=feature.cause or cause) for feature in features]


def counts(
    stream: str,
    what: str,
    windows: tuple[Window, ...],
    direction: int = 0,
    read_by: tuple[str, ...] = (),
) -> list[Feature]:
    """How many items of a stream, a window each."""
    return [
        define_feature(
            f"customer__{stream}__n__{window_token(w)}",
            "items",
            f"Number of the customer's {what} {window_words(w)}.",
            e.total(stream, "n", w),
            direction=direction,
            read_by=read_by,
        )
        for w in windows
    ]


def lateness(level: str, windows: tuple[Window, ...]) -> list[Feature]:
    """Mean days late of the invoices settled, a window each."""
    return [
        define_feature(
            f"{level}__days_late__mean__{window_token(w)}",
            "days",
            f"Mean days late of {WHOSE[level]} invoices settled {window_words(w)}.",
            e.mean("settled", "days_late", w, level),
            low=-3660.0,
            high=3660.0,
            direction=1,
        )
        for w in windows
    ]


def late_shares(level: str, past: int, windows: tuple[Window, ...]) -> list[Feature]:
    """Share of the invoices settled more than so many days late, a window each."""
    late = "late" if past == 0 else f"more than {past} days late"
    return [
        define_feature(
            f"{level}__late{past}__share__{window_token(w)}",
            "share",
            f"Share of {WHOSE[level]} invoices settled {window_words(w)} that were paid {late}.",
            e.mean("settled", f"late{past}", w, level),
            high=1.0,
            direction=1,
        )
        for w in windows
    ]


def prior_mean(field: str) -> FeatureTerm:
    """What a sparse customer is taken for: its segment, else its country, else everyone."""
    chain = e.mean("settled", field, None, "everyone")
    for level in ("country", "segment"):
        total = e.total("settled", field, None, level)
        chain = e.first_known(
            e.shrunk_mean(total, e.total("settled", "n", None, level), chain, K), chain
        )
    return chain


def shrunk_mean(field: str, window: Window = None, level: str = "customer") -> FeatureTerm:
    """A customer's mean, drawn towards its prior the fewer invoices there are."""
    total, n = e.total("settled", field, window, level), e.total("settled", "n", window, level)
    return e.shrunk_mean(total, n, prior_mean(field), K)
