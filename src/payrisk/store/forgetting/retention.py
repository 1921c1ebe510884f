"""Retention: how long what names persons is kept at least and at most, and what a hold keeps."""

from __future__ import annotations

import datetime as dt
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from payrisk.calendar import NEVER, day_of, iso
from payrisk.errors import InputError

FILE = "retention.toml"
"""Of a home; without it everything goes when it is asked for, and nothing by itself."""
KINDS = {"dec": "decisions", "ovr": "overrides", "pro": "proposals", "act": "actions",
         "con": "contacts", "opt": "opt_outs"}  # fmt: skip
"""By the beginning of its id, what a record is."""


class RetentionRule(BaseModel):
    """How long records of a kind keep what names persons: not shorter, and not longer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["decisions", "overrides", "proposals", "actions", "contacts", "opt_outs"]
    at_least_days: int = Field(default=0, ge=0)
    at_most_days: int | None = Field(default=None, ge=0)
    why: str = Field(min_length=1)


class LegalHold(BaseModel):
    """That nothing about a customer or applicant may go: from a day, until one or until further.

    valid_until: its last day; None while nobody knows.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    subject: str = Field(min_length=1)
    valid_from: dt.date
    valid_until: dt.date | None = None
    why: str = Field(min_length=1)


class _RetentionFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    rules: tuple[RetentionRule, ...] = ()
    holds: tuple[LegalHold, ...] = ()


@dataclass(frozen=True)
class KeptRecord:
    """A record whose personal data may not go yet; until: its last day, NEVER if nobody knows."""

    of_id: str
    until: int
    why: str

    @property
    def sentence(self) -> str:
        """Until when it is kept, and why."""
        when = "until further notice" if self.until == NEVER else f"until {iso(self.until)}"
        return f"{self.of_id} is kept {when}: {self.why}"


@dataclass(frozen=True)
class Retention:
    """The rules and holds of a home; of several that keep a record the longest counts."""

    rules: tuple[RetentionRule, ...] = ()
    holds: tuple[LegalHold, ...] = ()

    def keeps(self, of_id: str, subject: str, recorded_on: int, today: int) -> KeptRecord | None:
        """What keeps a record today, None where it may go. Days since 1970."""
        kind = kind_of(of_id)
        kept = [
            KeptRecord(of_id, recorded_on + rule.at_least_days - 1, rule.why)
            for rule in self.rules
            if rule.kind == kind
        ]
        kept += [
            KeptRecord(of_id, NEVER if hold.valid_until is None else day_of(hold.valid_until), why)
            for hold in self.holds
            if hold.subject == subject and day_of(hold.valid_from) <= today
            for why in (f"legal hold, {hold.why}",)
        ]
        return max(
            (each for each in kept if each.until >= today),
            key=lambda each: each.until,
            default=None,
        )

    def is_over(self, of_id: str, recorded_on: int, today: int) -> bool:
        """Whether a rule says that a record goes by itself."""
        return any(
            rule.kind == kind_of(of_id)
            and rule.at_most_days is not None
            and recorded_on + rule.at_most_days <= today
            for rule in self.rules
        )


def kind_of(of_id: str) -> str:
    """What a record of this id is, '' where nothing of that kind is known."""
    return KINDS.get(of_id.partition("_")[0], "")


def read_retention(home: Path) -> Retention:
    """The rules and holds of a home; raises InputError, so that nothing goes, for wrong ones."""
    path = home / FILE
    if not path.exists():
        return Retention()
    try:
        document = _RetentionFile(**tomllib.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError, ValidationError) as error:
        raise InputError(
            f"{path} cannot be understood ({type(error).__name__}); mend it, nothing is erased"
            " until then."
        ) from None
    return Retention(document.rules, document.holds)
