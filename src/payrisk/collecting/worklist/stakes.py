"""Stakes: what of each late invoice may be asked for this morning, in one currency."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from payrisk.arrays import Flags, Floats, Ints
from payrisk.collecting.recording.action import RecordedAction, claims_in_force
from payrisk.errors import InputError
from payrisk.ledger import Books, History
from payrisk.receivables.agreements.plans import under_a_plan
from payrisk.receivables.agreements.promises import promised_cents, promises
from payrisk.receivables.rates import KnownRates

YEAR_DAYS = 365
BROKEN = ("broken", "part_kept")
ASKING = ("call", "reminder", "plan", "escalation")
"""Kinds of recorded actions after which a customer is left in peace for some days."""


@dataclass(frozen=True)
class Stakes:
    """(n,) the late open invoices of a morning, and what of each may be asked for.

    rows: as `Books.open_invoices()`; place: (n,) their rows in it, which their curves follow.
    overdue, stake: in minor units of `currency` at the rates of the morning; stake is without what
    is disputed, promised for a day to come, under a plan, or with an agency. days_late: at the
    close of the evening before, as the aging has it. unrated: rows in
    currencies without a rate, which are not in.
    """

    as_of: int
    currency: str
    rows: pd.DataFrame
    place: Ints
    overdue: Floats
    stake: Floats
    days_late: Ints
    disputed: Flags
    promised_on: Ints
    is_planned: Flags
    is_handed_over: Flags
    unrated: pd.DataFrame

    @classmethod
    def of(
        cls,
        history: History,
        currency: str | None,
        least_days_late: int,
        entities: frozenset[str] | None = None,
    ) -> Stakes:
        """The stakes of a morning; currency: default that of most late invoices.

        entities: whose invoices count, None for all.
        """
        as_of = history.as_of
        open_ = history.open_invoices()
        days_late = history.close_of - open_["due_on"].to_numpy(np.int64)
        is_late = days_late >= least_days_late
        if entities is not None:
            is_late &= open_["entity_id"].isin(entities).to_numpy(bool)
        late = np.flatnonzero(is_late)
        rows = open_.iloc[late].reset_index(drop=True)
        currency = currency or _main_currency(rows)
        rates, factor = KnownRates(history), {currency: 1.0}
        for code in sorted(set(rows["currency"])):
            rate = rates.rate(str(code), currency)
            if rate is not None and code != currency:
                factor[str(code)] = rate.quote_minor_units
        scale = rows["currency"].astype(object).map(factor).to_numpy(np.float64)
        known = np.isfinite(scale)
        if len(rows) and not known.any():
            names = ", ".join(sorted(set(rows["currency"])))
            raise InputError(f"No rate leads from {names} to {currency}; ask in one of these.")
        unrated, rows, late, scale = rows[~known], rows[known], late[known], scale[known]
        rows = rows.reset_index(drop=True)
        residual = rows["residual"].to_numpy(np.float64)
        disputed = rows["disputed"].to_numpy(np.float64)
        table = _table_rows(history, rows)
        cents, promised_on = (values[table] for values in promised_cents(history))
        planned, handed = under_a_plan(history, rows), _handed_over(history, rows)
        free = np.maximum(residual - disputed - cents, 0.0)
        free[planned | handed] = 0.0
        return cls(
            as_of=as_of,
            currency=currency,
            rows=rows,
            place=late,
            overdue=residual * scale,
            stake=free * scale,
            days_late=days_late[late],
            disputed=disputed > 0,
            promised_on=promised_on,
            is_planned=planned,
            is_handed_over=handed,
            unrated=unrated.reset_index(drop=True),
        )


@dataclass(frozen=True)
class CustomerPast:
    """What a customer's past says about how to speak to it, by customer id.

    broken: promises broken within a year. insolvent: since which day. asked_on: the last day it
    was asked by one of us; asked_how: by which kind. claimed_by: who looks after it.
    """

    broken: dict[str, int]
    insolvent: dict[str, int]
    asked_on: dict[str, int]
    asked_how: dict[str, str]
    claimed_by: dict[str, str]

    @classmethod
    def of(
        cls, history: History, actions: Iterable[RecordedAction], books: Books | None = None
    ) -> CustomerPast:
        """As known on the morning; actions: those recorded before it count.

        books: those of the morning whose promises count, default all.
        """
        as_of = history.as_of
        made = promises(books or history)
        recent = made["state"].isin(BROKEN) & (made["promised_on"] >= as_of - YEAR_DAYS)
        broken = made.loc[recent, "customer_id"].astype(str).value_counts()
        events = history.known_rows("events")
        insolvency = events[events["kind"] == "insolvency"]
        insolvent = insolvency.groupby("subject")["happened_on"].max()
        known = [kept for kept in actions if kept.action.recorded_on < as_of]
        asked_on: dict[str, int] = {}
        asked_how: dict[str, str] = {}
        for kept in sorted(known, key=lambda kept: kept.action.happened_on):
            if kept.action.kind in ASKING and kept.undone_by is None:
                asked_on[kept.action.customer_id] = kept.action.happened_on
                asked_how[kept.action.customer_id] = kept.action.kind
        # a claim of this very morning counts: that is what it is for
        claims = claims_in_force([k for k in actions if k.action.recorded_on <= as_of], as_of)
        return cls(
            {str(who): int(n) for who, n in broken.items()},
            {str(who): int(day) for who, day in insolvent.items()},
            asked_on,
            asked_how,
            {who: kept.action.actor for who, kept in claims.items()},
        )


def _main_currency(rows: pd.DataFrame) -> str:
    if not len(rows):
        return "EUR"
    return str(rows["currency"].astype(object).value_counts(sort=True).idxmax())


def _table_rows(history: History, rows: pd.DataFrame) -> Ints:
    facts = history.facts.tables["invoices"]
    key = ["invoice_id", "instalment"]
    index = pd.MultiIndex.from_frame(facts[key].astype({"invoice_id": object}))
    wanted = pd.MultiIndex.from_frame(rows[key].astype({"invoice_id": object}))
    return np.asarray(index.get_indexer(wanted), dtype=np.int64)


def _handed_over(history: History, rows: pd.DataFrame) -> Flags:
    events = history.known_rows("events")
    handed = set(events.loc[events["kind"] == "handed_over", "subject"])
    return np.asarray(rows["invoice_id"].isin(handed).to_numpy(dtype=bool))
