"""Why an applicant's risk is what it is: what each input adds to its log-odds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Protocol

from payrisk.arrays import Floats
from payrisk.predictions import Reason
from payrisk.scoring.feature_text import format_value, plain_meaning
from payrisk.scoring.new_customer.encoding import SPECIAL, Input, InputEncoder

PAST = "Of {n} past applications, {rate} went bad."
RECENT = "Of the {n} most recent ones {rate} went bad, where {expected} were expected."
SENTENCES = (PAST, RECENT)
"""What is said here but the meanings of inputs, before it is filled in."""


class ExplainedApplicants(Protocol):
    """What the reasons read of a `payrisk.scoring.new_customer.model.ApplicantModel`."""

    @property
    def encoding(self) -> InputEncoder:
        """The inputs as a matrix."""
        ...

    @property
    def counts(self) -> tuple[int, int]:
        """(applications, bad ones) of training."""
        ...

    @property
    def shift(self) -> float:
        """The shift to the recent level."""
        ...

    @property
    def level(self) -> tuple[int, int, float]:
        """(applications, bad ones, expected bad ones) of the recent ones."""
        ...


def application_reasons(
    model: ExplainedApplicants, row: Mapping[str, Any], parts: Floats, currency: str | None = None
) -> tuple[Reason, ...]:
    """Every contribution, the largest first, then the base and the recent level.

    currency: of the application's amounts.
    """
    reasons = [
        Reason(column.name, _input_sentence(column, row, currency), float(part), "application")
        for column, part in zip(model.encoding.inputs, parts[:-1], strict=True)
    ]
    reasons.sort(key=lambda reason: (-reason.contribution, reason.code))
    n, bad = model.counts
    text = PAST.format(n=f"{n:,}", rate=f"{bad / max(n, 1):.1%}")
    reasons.append(Reason("base_rate", text, float(parts[-1] - model.shift), "past applications"))
    if model.shift:
        recent, gone, expected = model.level
        rates = {
            name: f"{value / max(recent, 1):.1%}"
            for name, value in (("rate", gone), ("expected", expected))
        }
        text = RECENT.format(n=f"{recent:,}", **rates)
        reasons.append(Reason("recent_level", text, model.shift, "past applications"))
    return tuple(reasons)


def _input_sentence(part: Input, row: Mapping[str, Any], currency: str | None) -> str:
    """The sentence of an input with its value."""
    value = row[part.name]
    special = row[part.name + SPECIAL] if part.is_flagged else ""
    if special:
        words = f"'{special}'"
    elif isinstance(value, str):
        words = f"'{value}'" if value else "not said"
        if value and not part.is_known(value):
            words += ", never seen before"
    elif math.isnan(value):
        words = "not said"
    else:
        entry, number = part.entry, float(value)
        words = f"{value:,.6g}" if entry is None else format_value(entry, number, currency)
    if part.entry is None:
        return f"Column '{part.name}': {words}."
    return f"{plain_meaning(part.entry)} ({words})."
