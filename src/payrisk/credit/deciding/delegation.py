"""Delegation: up to which exposure who may decide alone, or with a second person, and when."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from payrisk.calendar import NEVER, day_of
from payrisk.credit.deciding.overriding import (
    BeyondAuthority,
    Override,
    OverrideRefusal,
    person_key,
)
from payrisk.errors import InputError
from payrisk.money import typed_amount_cents

FILE = "delegation.toml"
"""Of a home; without it whoever may override may do so alone."""


class MissingConfirmation(OverrideRefusal):
    """A decision that somebody else has to confirm first."""


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Amount = Annotated[str, Field(strict=True)]
"""As text ("50000.00"): a number would have been rounded before we read it."""


class AuthorityRung(_Entry):
    """A rung of the ladder as the file says it; empty kinds or bands stand for all."""

    title: str
    people: Annotated[tuple[str, ...], Field(min_length=1)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    alone_up_to: Amount = "0"
    together_up_to: Amount = "0"
    kinds: tuple[str, ...] = ()
    bands: tuple[str, ...] = ()
    valid_from: dt.date
    valid_until: dt.date | None = None


class DeputyEntry(_Entry):
    """Who stands in for whom, on which days, the last one included."""

    of: str
    deputy: str
    valid_from: dt.date
    valid_until: dt.date


class _Document(_Entry):
    rungs: Annotated[tuple[AuthorityRung, ...], Field(min_length=1)]
    deputies: tuple[DeputyEntry, ...] = ()


@dataclass(frozen=True)
class AuthorityQuestion:
    """What is to be decided: on which day (local), which kind and band, and the exposure then.

    exposure: minor units of `currency`, of the customer's whole group, with what is granted.
    """

    day: int
    kind: str
    band: str
    currency: str
    exposure: int


@dataclass(frozen=True)
class AuthorityReach:
    """How far somebody's authority goes, in minor units; −1 where it does not reach at all."""

    alone: int = -1
    together: int = -1


@dataclass(frozen=True)
class Delegation:
    """The dated table of who may decide what."""

    rungs: tuple[AuthorityRung, ...]
    deputies: tuple[DeputyEntry, ...] = ()

    @classmethod
    def read(cls, path: Path) -> Delegation:
        """The table of a TOML file; raises InputError naming the entry that cannot be used."""
        try:
            document = _Document.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
            for rung in document.rungs:
                for amount in (rung.alone_up_to, rung.together_up_to):
                    typed_amount_cents(amount, rung.currency)
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise InputError(f"{path} cannot be read as TOML ({error}); correct it.") from None
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise InputError(f"{path}: {where}: {first['msg']}; correct it.") from None
        except InputError as error:
            raise InputError(f"{path}: {error}") from None
        return cls(document.rungs, document.deputies)

    def authority_reach(self, name: str, question: AuthorityQuestion) -> AuthorityReach:
        """How far a person's authority goes, their own and that of whom they stand in for."""
        people = {person_key(name)} | {
            person_key(entry.of)
            for entry in self.deputies
            if person_key(entry.deputy) == person_key(name) and _holds(entry, question.day)
        }
        fitting = [
            rung
            for rung in self.rungs
            if _fits(rung, question) and people & {person_key(one) for one in rung.people}
        ]
        alone = [typed_amount_cents(rung.alone_up_to, rung.currency) for rung in fitting]
        both = [typed_amount_cents(rung.together_up_to, rung.currency) for rung in fitting]
        return AuthorityReach(max(alone, default=-1), max([*alone, *both], default=-1))

    def require(self, override: Override, question: AuthorityQuestion) -> None:
        """Whether an override may stand as it is.

        Raises BeyondAuthority where it is not the actor's to decide, nor the second person's to
        confirm; MissingConfirmation where nobody has confirmed it yet.
        """
        if not override.outcome.startswith("approve"):
            return
        reach = self.authority_reach(override.actor, question)
        if question.exposure <= reach.alone:
            return
        if question.exposure > reach.together:
            raise BeyondAuthority(
                "The group's exposure would be beyond what the delegation table lets this person"
                " decide, also together with another; let somebody of a higher rung decide."
            )
        if override.confirmed_by is None:
            raise MissingConfirmation(
                "The group's exposure would be beyond what this person may decide alone; propose"
                " it, and let a second person confirm."
            )
        override.require_second_person()
        if question.exposure > self.authority_reach(override.confirmed_by, question).together:
            raise BeyondAuthority(
                "The group's exposure would be beyond what the second person may confirm; let"
                " somebody of a higher rung do so."
            )


def read_delegation(home: Path) -> Delegation | None:
    """The table of a home, None where it has none; raises InputError for one that is wrong."""
    path = home / FILE
    return Delegation.read(path) if path.exists() else None


def authority_question(
    decision: Mapping[str, Any], override: Override, day: int
) -> AuthorityQuestion:
    """What an override of this decision takes: the exposure of the whole group, once it stands.

    decision: the stored body. An order adds its amount to what the group owes; a limit counts as
    if it were used, where that is more than what the customer owes.
    """
    account = decision["inputs"]["account"]
    own = sum(int(account.get(name) or 0) for name in ("open", "orders", "recourse", "reserved"))
    own = max(0, own - int(account.get("unapplied") or 0)) + int(account.get("foreign") or 0)
    others = int(account.get("group_exposure") or 0)
    order = decision["inputs"].get("order")
    granted = override.limit if override.limit is not None else decision["limit"].get("granted")
    if order is not None:
        own += int(order["amount"]) - int(order.get("down_payment") or 0)
    # a limit that this override grants may be used in full
    if order is None or override.limit is not None:
        own = max(own, int(granted or 0))
    risk = decision.get("risk") or {}
    return AuthorityQuestion(
        day=day,
        kind=str(decision["kind"]),
        band=str(risk.get("band") or ""),
        currency=str((order or decision["limit"])["currency"]),
        exposure=own + others,
    )


def _holds(entry: AuthorityRung | DeputyEntry, day: int) -> bool:
    last = NEVER if entry.valid_until is None else day_of(entry.valid_until)
    return day_of(entry.valid_from) <= day <= last


def _fits(rung: AuthorityRung, question: AuthorityQuestion) -> bool:
    return (
        _holds(rung, question.day)
        and rung.currency == question.currency
        and (not rung.kinds or question.kind in rung.kinds)
        and (not rung.bands or question.band in rung.bands)
    )
