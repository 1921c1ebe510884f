"""What to do and why: everything that was looked at as findings, and one advice in words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd

from payrisk.calendar import iso
from payrisk.files import plain_rows, plain_value
from payrisk.monitoring.drift import Drift
from payrisk.monitoring.freshness import Freshness

Family = Literal["freshness", "booking", "inputs", "predictions", "outcomes"]
Advice = Literal["keep", "look at the data", "retrain"]

FAMILIES: tuple[Family, ...] = ("freshness", "booking", "inputs", "predictions", "outcomes")
UNIT_FROM, UNIT_SLACK = 1.0, 0.12
"""A median of amounts a power of ten away, give or take a third, looks like another unit; from
ten on. Days, counts and what models say move as far when the world does."""
MOST_NAMED = 5


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    strength: against what is usual; above 1 is an alarm. is_data: whether the data rather than
    the world look changed.
    """

    family: Family
    what: str
    strength: float
    is_alarm: bool
    sentence: str
    is_data: bool = False


@dataclass(frozen=True)
class Report:
    """What `payrisk monitor` found of one model.

    trained, as_of: mornings; days: watched before as_of. findings: what was looked at, alarms
    first. tables: all figures by title. notes: what could not be looked at, and why.
    """

    name: str
    version: str
    trained: int
    as_of: int
    days: int
    findings: tuple[Finding, ...]
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def alarms(self) -> tuple[Finding, ...]:
        """The findings beyond what is usual."""
        return tuple(one for one in self.findings if one.is_alarm)

    @property
    def is_alarm(self) -> bool:
        """Whether anything is beyond what is usual."""
        return bool(self.alarms)

    @property
    def advice(self) -> Advice:
        """Look at the data where they look broken, else retrain on any alarm, else keep."""
        if not self.is_alarm:
            return "keep"
        is_broken = any(one.is_data for one in self.alarms)
        return "look at the data" if is_broken else "retrain"

    @property
    def sentence(self) -> str:
        """The advice and its reasons."""
        when = (
            f"{self.name} version {self.version}, trained {self.as_of - self.trained} days ago,"
            f" watched for the {self.days} days before {iso(self.as_of)}"
        )
        if self.advice == "keep":
            seen = len(self.findings)
            return f"Keep {when}: none of {seen} comparisons is beyond what is usual."
        told = " ".join(one.sentence for one in self.alarms[:MOST_NAMED])
        more = len(self.alarms) - MOST_NAMED
        told += f" And {more} more." if more > 0 else ""
        if self.advice == "look at the data":
            return (
                f"Look at the data before anything else; {when}. {told} Where the import is wrong,"
                " correct it and monitor again: a model trained on such data would learn the"
                f" mistake. Where it is right, run `payrisk retrain {self.name}`."
            )
        return f"Retrain: {when}, no longer fits. {told} Run `payrisk retrain {self.name}`."

    def to_json(self) -> dict[str, Any]:
        """Plain values; null where nothing is known."""
        return {
            "name": self.name,
            "version": self.version,
            "trained_as_of": iso(self.trained),
            "as_of": iso(self.as_of),
            "days": self.days,
            "advice": self.advice,
            "sentence": self.sentence,
            "findings": [plain_value(vars(one)) for one in self.findings],
            "notes": list(self.notes),
            "tables": {title: plain_rows(table) for title, table in self.tables.items()},
        }


def of_drift(family: Family, found: Drift, what: str) -> list[Finding]:
    """One finding a column."""
    rows = []
    for one in found.table.to_dict("records"):
        strength = one["strength"] / found.bound
        unit = family == "inputs" and _is_other_unit(one["times"])
        is_drift = bool(one["is_drift"])
        how = "otherwise than" if is_drift else "as"
        told = (
            f"{what} ‘{one['name']}’ is distributed {how} before training (PSI"
            f" {one['psi']:.2f}, {strength:.1f} times the bound of its own past)"
        )
        if is_drift and unit:
            told += f"; its median went from {one['before']:.4g} to {one['now']:.4g}, as if in"
            told += " another unit"
        gone = one["missing_now"] - one["missing_before"]
        if is_drift and gone > 0.5:
            told += f"; it is missing in {one['missing_now']:.0%} of rows"
        is_data = is_drift and (unit or gone > 0.5 or family == "booking")
        rows.append(
            Finding(family, str(one["name"]), float(strength), is_drift, f"{told}.", is_data)
        )
    return rows


def of_outcomes(table: pd.DataFrame) -> list[Finding]:
    """One finding a measure and group of rows."""
    rows = []
    for one in table.to_dict("records"):
        side = "more" if one["off"] > 0 else "less"
        told = (
            f"‘{one['measure']}’ ({one['group']}): {one['happened']:.0f} where"
            f" {one['expected'] * one['usual']:.0f} were to be expected,"
            f" {abs(one['off']):.0%} {side}, {abs(one['z']):.1f} standard deviations."
        )
        rows.append(
            Finding(
                "outcomes",
                f"{one['measure']}, {one['group']}",
                float(one["strength"]),
                bool(one["is_alarm"]),
                told,
            )
        )
    return rows


def of_freshness(found: Freshness) -> list[Finding]:
    """One finding a kind of fact."""
    return [
        Finding(
            "freshness",
            one["kind"],
            float(one["strength"]),
            bool(one["is_alarm"]),
            f"No {one['kind']} recorded for {one['silent_days']} days, since"
            f" {one['last_recorded']}; the longest silence of the year before was"
            f" {one['longest_usual']} days.",
            bool(one["is_alarm"]),
        )
        for one in found.table.to_dict("records")
    ]


def sorted_findings(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Alarms first, then by strength."""
    return tuple(sorted(findings, key=lambda one: (not one.is_alarm, -one.strength)))


def _is_other_unit(times: float) -> bool:
    """Whether booked money became so many times larger or smaller (see `Drift`)."""
    if not (math.isfinite(times) and times > 0.0):
        return False
    powers = abs(math.log10(times))
    return powers > UNIT_FROM - UNIT_SLACK and abs(powers - round(powers)) < UNIT_SLACK
