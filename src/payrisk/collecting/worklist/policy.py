"""The collecting policy: what actions cost and change, when not to act, and who collects where."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from payrisk.calendar import day_of
from payrisk.errors import InputError

OWN_POLICY = "collecting.toml"
"""The file of a home that says its own costs, effects, rules and collectors."""

STEPS = ("reminder", "call", "plan")
"""What may be suggested, the least first: of equals the earlier is taken."""


@dataclass(frozen=True)
class ActionEffect:
    """What one action changes, as chances, and where that is known from.

    answered: that who would pay within the horizon, but later, pays in its next run instead; of
    a plan: that who would not pay within six weeks keeps it. resented: that it pays a week later.
    recovered: share of what is owed that a kept plan brings.
    """

    answered: float
    resented: float = 0.0
    recovered: float = 0.0
    source: str = "stated prior"


@dataclass(frozen=True)
class Collector:
    """Somebody who collects: how many rows a day, of which countries or customers, or all.

    away_until: the last day of an absence (of which away_from is the first); `deputy` stands in.
    """

    name: str
    capacity: int = 25
    countries: tuple[str, ...] = ()
    customers: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    deputy: str | None = None
    away_from: int | None = None
    away_until: int | None = None

    def is_away(self, day: int) -> bool:
        """Whether it is away on a day."""
        starts = self.away_from if self.away_from is not None else day + 1
        return starts <= day <= (self.away_until if self.away_until is not None else day)


@dataclass(frozen=True)
class WorkRules:
    """When nobody is asked, and when how. Days and shares as the policy's file says them."""

    least_days_late: int = 1
    run_days: int = 2
    run_share: float = 0.6
    gap_days: int = 7
    distress_days: int = 60
    distress_share: float = 0.5
    firm_after_broken: int = 2
    capacity: int = 25


@dataclass(frozen=True)
class CollectingPolicy:
    """All that is decided beforehand; `costs` in major units of the list's currency."""

    name: str
    money_rate: float
    costs: Mapping[str, float]
    effects: Mapping[str, ActionEffect]
    rules: WorkRules = field(default_factory=WorkRules)
    collectors: tuple[Collector, ...] = ()

    @classmethod
    def read(cls, path: Path | None = None) -> CollectingPolicy:
        """The policy of a file, of the house without one; InputError names what cannot be used."""
        name = str(path or "house.toml")
        try:
            source = path if path is not None else files("payrisk.collecting.policies")
            text = (source / "house.toml" if path is None else source).read_text("utf-8")
            document = tomllib.loads(text)
        except (OSError, ValueError) as error:
            raise InputError(f"{name} cannot be read as TOML ({error}).") from None
        return cls.from_document(document, name)

    @classmethod
    def of_home(cls, home: Path) -> CollectingPolicy:
        """The home's own policy in `collecting.toml`, the house's where it has none."""
        path = home / OWN_POLICY
        return cls.read(path if path.exists() else None)

    @classmethod
    def from_document(cls, document: Mapping[str, Any], name: str) -> CollectingPolicy:
        """The policy that a parsed file says."""
        _only(document, ("name", "money_rate", "costs", "effects", "rules", "collectors"), name)
        costs, effects = dict(document.get("costs", {})), dict(document.get("effects", {}))
        for table, what in ((costs, "costs"), (effects, "effects")):
            _only(table, STEPS, f"{name} [{what}]")
            missing = [step for step in STEPS if step not in table]
            if missing:
                raise InputError(f"{name} [{what}] lacks {missing[0]}.")
        try:
            policy = cls(
                str(document.get("name", name)),
                float(document["money_rate"]),
                {step: float(costs[step]) for step in STEPS},
                {
                    step: _of(ActionEffect, effects[step], f"{name} [effects.{step}]")
                    for step in STEPS
                },
                _of(WorkRules, document.get("rules", {}), f"{name} [rules]"),
                tuple(_collector(row, name) for row in document.get("collectors", ())),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"{name} cannot be used: {error} is missing or no number.") from None
        return policy._validated(name)

    def _validated(self, name: str) -> CollectingPolicy:
        for step, effect in self.effects.items():
            for entry in ("answered", "resented", "recovered"):
                if not 0 <= getattr(effect, entry) <= 1:
                    raise InputError(f"{name} [effects.{step}] {entry} lies between 0 and 1.")
        if self.money_rate < 0 or min(self.costs.values()) < 0:
            raise InputError(f"{name}: costs and money_rate are never below 0.")
        return self

    def with_scaled_answer_chances(self, factor: float) -> CollectingPolicy:
        """The same policy with every chance of an answer so many times as high, 1 at most."""
        scaled = {
            step: dataclasses.replace(effect, answered=min(effect.answered * factor, 1.0))
            for step, effect in self.effects.items()
        }
        return dataclasses.replace(self, effects=scaled)


def _of(kind: Any, table: Mapping[str, Any], where: str) -> Any:
    _only(table, [entry.name for entry in dataclasses.fields(kind)], where)
    return kind(**table)


def _collector(row: Mapping[str, Any], name: str) -> Collector:
    made: Collector = _of(Collector, row, f"{name} [[collectors]]")
    days: dict[str, Any] = {
        entry: None if getattr(made, entry) is None else day_of(str(getattr(made, entry)))
        for entry in ("away_from", "away_until")
    }
    lists: dict[str, Any] = {
        entry: tuple(map(str, getattr(made, entry)))
        for entry in ("countries", "customers", "languages")
    }
    return dataclasses.replace(made, **days, **lists)


def _only(table: Mapping[str, Any], names: Any, where: str) -> None:
    unknown = sorted(set(table) - set(names))
    if unknown:
        raise InputError(f"{where} has no entry '{unknown[0]}'; use {', '.join(names)}.")
