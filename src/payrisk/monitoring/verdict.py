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
class Observation:
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
class MonitorReport:
    """What `payrisk monitor` found of one model.

    trained, as_of: mornings; days: watched before as_of. findings: what was looked at, alarms
    first. tables: all figures by title. notes: what could not be looked at, and why.
    """

    name: str
    version: str
    trained: int
    as_of: int
    days: int
    findings: tuple[Observation, ...]
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def alarms(self) -> tuple[Observation, ...]:
        """The findings beyond what is usual."""
        return tuple(observation for observation in self.findings if observation.is_alarm)

    @property
    def is_alarm(self) -> bool:
        """Whether anything is beyond what is usual."""
        return bool(self.alarms)

    @property
    def advice(self) -> Advice:
        """Look at the data where they look broken, else retrain on any alarm, else keep."""
        if not self.is_alarm:
            return "keep"
        is_broken = any(alarm.is_data for alarm in self.alarms)
        return "look at the data" if is_broken else "retrain"

    @property
    def sentence(self) -> str:
        """The advice and its reasons."""
        when = (
            f"{self.name} version {self.version}, trained {self.as_of - self.trained} days ago,"
            f" watched for the {self.days} days before {iso(self.as_of)}"
        )
        if self.advice == "keep":
            n_observed = len(self.findings)
            return f"Keep {when}: none of {n_observed} comparisons is beyond what is usual."
        sentences = " ".join(alarm.sentence for alarm in self.alarms[:MOST_NAMED])
        more = len(self.alarms) - MOST_NAMED
        sentences += f" And {more} more." if more > 0 else ""
        if self.advice == "look at the data":
            return (
                f"Look at the data before anything else; {when}. {sentences} Where the import is"
                " wrong, correct it and monitor again: a model trained on such data would learn"
                f" the mistake. Where it is right, run `payrisk retrain {self.name}`."
            )
        return f"Retrain: {when}, no longer fits. {sentences} Run `payrisk retrain {self.name}`."

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
            "findings": [plain_value(vars(observation)) for observation in self.findings],
            "notes": list(self.notes),
            "tables": {title: plain_rows(table) for title, table in self.tables.items()},
        }


def drift_findings(family: Family, drift: Drift, what: str) -> list[Observation]:
    """One finding a column."""
    rows = []
    for row in drift.table.to_dict("records"):
        strength = row["strength"] / drift.bound
        unit = family == "inputs" and _is_other_unit(row["times"])
        is_drift = bool(row["is_drift"])
        how = "otherwise than" if is_drift else "as"
        sentence = (
            f"{what} ‘{row['name']}’ is distributed {how} before training (PSI"
            f" {row['psi']:.2f}, {strength:.1f} times the bound of its own past)"
        )
        if is_drift and unit:
            sentence += f"; its median went from {row['before']:.4g} to {row['now']:.4g}, as if in"
            sentence += " another unit"
        gone = row["missing_now"] - row["missing_before"]
        if is_drift and gone > 0.5:
            sentence += f"; it is missing in {row['missing_now']:.0%} of rows"
        is_data = is_drift and (unit or gone > 0.5 or family == "booking")
        rows.append(
            Observation(
                family, str(row["name"]), float(strength), is_drift, f"{sentence}.", is_data
            )
        )
    return rows


def outcome_findings(table: pd.DataFrame) -> list[Observation]:
    """One finding a measure and group of rows."""
    rows = []
    for row in table.to_dict("records"):
        side = "more" if row["off"] > 0 else "less"
        sentence = (
            f"‘{row['measure']}’ ({row['group']}): {row['happened']:.0f} where"
            f" {row['expected'] * row['usual']:.0f} were to be expected,"
            f" {abs(row['off']):.0%} {side}, {abs(row['z']):.1f} standard deviations."
        )
        rows.append(
            Observation(
                "outcomes",
                f"{row['measure']}, {row['group']}",
                float(row["strength"]),
                bool(row["is_alarm"]),
                sentence,
            )
        )
    return rows


def freshness_findings(freshness: Freshness) -> list[Observation]:
    """One finding a kind of fact."""
    return [
        Observation(
            "freshness",
            row["kind"],
            float(row["strength"]),
            bool(row["is_alarm"]),
            f"No {row['kind']} recorded for {row['silent_days']} days, since"
            f" {row['last_recorded']}; the longest silence of the year before was"
            f" {row['longest_usual']} days.",
            bool(row["is_alarm"]),
        )
        for row in freshness.table.to_dict("records")
    ]


def sorted_findings(findings: Sequence[Observation]) -> tuple[Observation, ...]:
    """Alarms first, then by strength."""
    return tuple(
        sorted(findings, key=lambda observation: (not observation.is_alarm, -observation.strength))
    )


def _is_other_unit(times: float) -> bool:
    """Whether booked money became so many times larger or smaller (see `Drift`)."""
    if not (math.isfinite(times) and times > 0.0):
        return False
    powers = abs(math.log10(times))
    return powers > UNIT_FROM - UNIT_SLACK and abs(powers - round(powers)) < UNIT_SLACK
