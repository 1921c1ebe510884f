"""The worklist of a morning: books, curves, what was recorded and whom one may ask, together."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from payrisk.answers.answering import Answers
from payrisk.answers.champions import CURVES
from payrisk.arrays import Floats, weighted_sums
from payrisk.calendar import iso
from payrisk.cash.forecasting.draws import Landings
from payrisk.collecting.recording.action import RecordedAction
from payrisk.collecting.recording.contacts import Contact
from payrisk.collecting.worklist.listing import CollectingDesk, Worklist, worklist
from payrisk.collecting.worklist.policy import CollectingPolicy
from payrisk.collecting.worklist.shortfall import shortfall_lifts
from payrisk.collecting.worklist.stakes import CustomerPast, Stakes
from payrisk.collecting.worklist.worth import Worths
from payrisk.files import plain_rows
from payrisk.ledger import EntityLedger, History
from payrisk.receivables.rates import KnownRates


@dataclass(frozen=True)
class DeskRecords:
    """What the store tells of the desk: actions, contacts, opt-outs (customer, channel)."""

    actions: Sequence[RecordedAction] = ()
    contacts: Sequence[Contact] = ()
    opted_out: Sequence[tuple[str, str]] = ()
    held_out: frozenset[str] = frozenset()


class CashNeed(NamedTuple):
    """A need of cash by the end of a day, in minor units of the list's currency."""

    day: int
    need: int


@dataclass(frozen=True)
class MorningWorklist:
    """A worklist and what it stands on. chance: that the need is reached anyhow, if one was."""

    made: Worklist
    ledger_sha: str
    curves: str
    chance: float | None = None
    lift: pd.Series = field(default_factory=lambda: pd.Series(dtype=np.float64))


def morning_worklist(
    answers: Answers,
    as_of: int,
    notes: DeskRecords,
    policy: CollectingPolicy,
    *,
    currency: str | None = None,
    limit: int | None = None,
    shortfall: CashNeed | None = None,
    entities: frozenset[str] | None = None,
) -> MorningWorklist:
    """Whom to act on that morning, by what it is worth.

    entities: whose invoices, promises and cash count, None for all; who was asked or is looked
    after counts whoever's invoice it was about, for a customer is asked once. Raises NoChampion
    without a curve model, LedgerError before the first fact, InputError for a shortfall's day
    beyond the horizon.
    """
    history = answers.history(as_of)
    stakes = Stakes.of(history, currency, policy.rules.least_days_late, entities)
    paid_by = answers.money_curves(as_of, stakes.place)
    books = None
    if entities is not None:
        books = EntityLedger(answers.ledger, entities).of_entities(history)
    past = CustomerPast.of(history, notes.actions, books)
    worths = Worths.of(stakes, paid_by, policy)
    desk = _desk(answers, history, notes, as_of)
    score, chance = None, None
    if shortfall is not None:
        cash, landed = _drawn(answers, stakes, as_of, shortfall.day, entities)
        lifted = shortfall_lifts(
            stakes,
            paid_by,
            worths,
            policy,
            day=shortfall.day,
            need=float(shortfall.need),
            cash=cash,
            landed=landed,
        )
        chance = lifted.chance
        score = (f"lift of the chance that cash reaches the need by {iso(shortfall.day)}",
                 lifted.lift)  # fmt: skip
    made = worklist(stakes, paid_by, past, policy, desk, limit=limit, score=score, worths=worths)
    lift = pd.Series(dtype=np.float64)
    if score is not None:
        lift = pd.Series(score[1], index=worths.customers)
    return MorningWorklist(
        made,
        answers.ledger_sha,
        f"{CURVES} version {answers.champions[CURVES].version}",
        chance,
        lift,
    )


def worklist_document(
    answer: MorningWorklist, rows: pd.DataFrame, money: Collection[str] = ()
) -> dict[str, Any]:
    """The worklist as plain values: who is listed, who waits and why, and what it rests on.

    rows: those of the list that are asked for. money: columns that become decimal text; without
    them amounts are minor units.
    """
    made = answer.made
    return {
        "as_of": iso(made.as_of),
        "ledger_sha": answer.ledger_sha,
        "curves": answer.curves,
        "currency": made.currency,
        "ranked_by": made.ranked_by,
        "chance_need_is_reached": answer.chance,
        "rows": plain_rows(rows, money),
        "waiting": plain_rows(made.waiting, money),
        "effects": plain_rows(made.effects),
        "unrated": dict(made.unrated),
    }


def _desk(answers: Answers, history: History, notes: DeskRecords, as_of: int) -> CollectingDesk:
    contacts: dict[str, list[Contact]] = {}
    for contact in notes.contacts:
        contacts.setdefault(contact.customer_id, []).append(contact)
    blocked: dict[str, set[str]] = {}
    for who, channel in notes.opted_out:
        blocked.setdefault(who, set()).add(channel)
    for who, listed in contacts.items():
        if all(contact.do_not_contact for contact in listed):
            blocked.setdefault(who, set()).add("any")
    customers = history.known_rows("customers")
    countries = customers[["customer_id", "country"]].astype(object).dropna()
    return CollectingDesk(
        names=answers.customer_names(as_of),
        countries=dict(zip(countries["customer_id"], countries["country"], strict=True)),
        contacts=contacts,
        blocked={who: frozenset(channels) for who, channels in blocked.items()},
        held_out=notes.held_out,
    )


def _drawn(
    answers: Answers,
    stakes: Stakes,
    as_of: int,
    day: int,
    entities: frozenset[str] | None,
) -> tuple[Floats, Landings]:
    """(draws,) cash of open invoices by the day, and (draws, n) where each stake lands."""
    forecast = answers.cash_forecast(as_of=as_of)
    rates, rows = KnownRates(answers.history(as_of)), forecast.invoices
    factor = {stakes.currency: 1.0}
    for code in sorted(set(rows["currency"])):
        rate = rates.rate(str(code), stakes.currency)
        if rate is not None and code != stakes.currency:
            factor[str(code)] = rate.quote_minor_units
    scale = rows["currency"].astype(object).map(factor).fillna(0.0).to_numpy(np.float64)
    amount = rows["expected_from"].to_numpy(np.float64) * scale
    if entities is not None:
        amount[~rows["entity_id"].isin(entities).to_numpy(bool)] = 0.0
    cash = weighted_sums(forecast.landed <= day - as_of, amount)
    key = ["invoice_id", "instalment"]
    place = pd.MultiIndex.from_frame(rows[key].astype({"invoice_id": object})).get_indexer(
        pd.MultiIndex.from_frame(stakes.rows[key].astype({"invoice_id": object}))
    )
    return np.asarray(cash), np.asarray(forecast.landed[:, place])
