"""The credit desk: the answers of a home, the morning they stand on, and who is meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import typer

from payrisk.cli.context import current_settings
from payrisk.errors import InputError

if TYPE_CHECKING:
    import datetime as dt

    from payrisk.answers import Answers, PreparedDecision
    from payrisk.credit import CreditDecision, CreditRequest
    from payrisk.credit.deciding.records import HeldHeadroom
    from payrisk.settings import Settings
    from payrisk.store import KeptDecisions

MOST_PREPARED_AT_ONCE = 150
"""Customers of a ledger whose whole morning is prepared for one question; takes about a second."""
LIKE = 0.6
"""How alike an id must be to be meant perhaps."""


@dataclass
class Desk:
    """The answers of one home as of one morning."""

    settings: Settings
    answers: Answers
    day: int

    @cached_property
    def names(self) -> Mapping[str, str]:
        """The customers known that morning: id → name."""
        return self.answers.customer_names(self.day)

    def name(self, customer_id: str | None, otherwise: str = "") -> str:
        """A customer's name; `otherwise` where it has none but its id."""
        name = self.names.get(customer_id or "", otherwise)
        return otherwise if name == customer_id else name

    def customer_id(self, id_or_name: str) -> str:
        """The id of the customer that is meant; InputError saying who may be meant otherwise."""
        if id_or_name in self.names:
            return id_or_name
        wanted = id_or_name.casefold()
        same = [i for i, name in self.names.items() if wanted in (i.casefold(), name.casefold())]
        if len(same) == 1:
            return same[0]
        like = difflib.get_close_matches(id_or_name, [*self.names], 3, LIKE)
        inside = [i for i, name in self.names.items() if wanted in name.casefold()]
        perhaps = [f"{i} ({self.names[i]})" for i in dict.fromkeys([*inside[:3], *like])][:3]
        way = f"perhaps {' or '.join(perhaps)} is meant" if perhaps else "look for it"
        raise InputError(
            f"The ledger knows no customer '{id_or_name}' on that morning; {way}:"
            " `payrisk customers find TEXT` lists customers, and a new company is decided from an"
            " application (`payrisk decide --example onboarding`)."
        )

    def prepare(self, request: CreditRequest, day: int | None = None) -> PreparedDecision:
        """A request with all that decides it but the headroom that other orders hold."""
        return self.answers.prepare_decision(request, as_of=self.day if day is None else day)

    def held_headroom(self, prepared: PreparedDecision) -> HeldHeadroom:
        """What orders that were released hold of the headroom."""
        from payrisk.store import read_held_headroom

        return read_held_headroom(self.settings.database_url, prepared.headroom_question)

    def decision(self, request: CreditRequest) -> CreditDecision:
        """What would be decided; nothing of it is kept."""
        prepared = self.prepare(request)
        return prepared.decide(self.held_headroom(prepared))

    @contextmanager
    def kept_decisions(self) -> Iterator[KeptDecisions]:
        """The decisions that are kept."""
        from payrisk.store import read_decisions

        with read_decisions(self.settings.database_url) as decisions:
            if decisions.missing_file is not None:
                typer.echo(
                    f"! No decision is kept here: {decisions.missing_file} is not there. If it was"
                    " before, put it back first.",
                    err=True,
                )
            yield decisions


def open_desk(ctx: typer.Context, as_of: dt.date | None = None) -> Desk:
    """The desk of this home on the morning asked for, by default that after the last fact.

    What the morning is asked for is worked out once and kept (ADR 0029). Raises LedgerError
    before the first fact.
    """
    desk = desk_of(ctx, as_of)
    prepare(desk, desk.day)
    return desk


def desk_of(ctx: typer.Context, as_of: dt.date | None = None) -> Desk:
    """The desk of this home, nothing prepared yet."""
    from payrisk.answers import read_answers_for_one_question
    from payrisk.calendar import day_of

    settings = current_settings(ctx, as_of=as_of)
    answers = read_answers_for_one_question(settings.home, mornings_kept=settings.mornings_kept)
    day = day_of(settings.as_of) if settings.as_of else answers.default_as_of
    return Desk(settings, answers, day)


def prepare(desk: Desk, day: int) -> None:
    """Have a morning prepared, unless it is or the ledger is too large for one question."""
    answers = desk.answers
    is_small = answers.n_customers <= MOST_PREPARED_AT_ONCE
    if desk.settings.mornings_kept and is_small and not answers.is_prepared(day):
        answers.prepare_morning(day)


def money(amount: Any, currency: str) -> str:
    """An amount in minor units as people write it, with its currency."""
    from payrisk.money import decimal_text

    return f"{decimal_text(amount, currency, grouped=True)} {currency}"


def cents(text: str, currency: str) -> int:
    """Minor units of an amount as people write it, thousands apart or not.

    Raises InputError where it is no amount of that currency.
    """
    import re

    from payrisk.money import is_currency, typed_amount_cents

    if not is_currency(currency):
        raise InputError(f"'{currency}' is no currency; write its three letters, such as EUR.")
    plain = text.strip()
    if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", plain):
        plain = plain.replace(",", "")
    return typed_amount_cents(plain, currency)
