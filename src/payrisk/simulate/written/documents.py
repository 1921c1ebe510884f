"""Documents: movements as payments, notes and write-offs, and what links them to invoices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from payrisk.arrays import Flags, Ints
from payrisk.calendar import NEVER
from payrisk.simulate.world.company import Customers
from payrisk.simulate.world.economy import CURRENCIES, currency_of
from payrisk.simulate.world.random_streams import pick, whole
from payrisk.simulate.world.recording import delays
from payrisk.simulate.world.stage import Stage
from payrisk.simulate.world.texts import Ids, words
from payrisk.simulate.world.world import ENTITIES
from payrisk.simulate.written.invoices import Entered
from payrisk.simulate.written.movements import (
    BONUS,
    CREDIT_NOTE,
    KINDS,
    ON_ACCOUNT,
    PAYMENT,
    PLAIN,
    REASONS,
    RECOVERY,
    Movements,
)


@dataclass(frozen=True)
class Settlement:
    """The credit and allocation facts, and the debits that came back.

    returned: (k,) invoice rows; returned_credit: (k,) number of the debit, recorded on
    returned_recorded_on. Debits the books do not hold are left out.
    """

    credits: pd.DataFrame
    allocations: pd.DataFrame
    returned: Ints
    returned_credit: Ints
    returned_recorded_on: Ints


@dataclass(frozen=True)
class _Sorted:
    """Movements gathered into documents: (m,) document number and amount in its currency."""

    number: Ints
    own: Ints
    in_euro: Flags
    one: Ints  # (documents,) a movement of each


def settle(
    entered: Entered, moved: Movements, who: Customers, ids: Ids, stage: Stage
) -> Settlement:
    """Documents and allocations: what a customer pays an entity on one day is one payment.

    A share of the documents is recorded late, a few are matched weeks later, a few are paid twice
    or on account and never matched, some carry interest, some come in another currency.
    """
    rng, rows = stage.streams.of("documents"), entered.rows
    gathered = _gather(entered, moved, who, stage)
    number, m = gathered.number, len(gathered.one)
    credit = _documents(entered, moved, gathered, who, rng)
    extra = _never_matched(credit, rng)
    begin = stage.books.coverage_on[extra["entity"]]
    credit = pd.concat([credit, extra[extra["happened_on"] >= begin]], ignore_index=True)
    happened = credit["happened_on"].to_numpy()
    late = delays(
        stage.streams.of("recording of credits"), len(credit), stage.world.late_recorded_share
    )
    recorded = stage.books.recorded(credit["entity"].to_numpy(), happened + late)
    kept = stage.books.holds(happened, recorded)

    waits = np.where(rng.random(m) < 0.03, whole(rng, 2, 15, m), 0)[number]
    linked_on = moved.linked_on + np.where(moved.kind == PAYMENT, waits, 0)
    known_on = entered.recorded_on[moved.row]
    seen = np.maximum(np.maximum(linked_on, recorded[number]), known_on)
    hold = stage.books.holds(linked_on, seen) & kept[number]
    own = pd.Series(gathered.own[hold], dtype="Int64").where(gathered.in_euro[hold])
    allocations = pd.DataFrame(
        {
            "credit_id": ids.document("CR", number[hold]),
            "invoice_id": ids.document("INV", rows.number[moved.row[hold]]),
            "instalment": rows.instalment[moved.row[hold]],
            "amount": moved.amount[hold],
            "credit_amount": own,
            "happened_on": linked_on[hold],
            "recorded_on": seen[hold],
        }
    )
    back = np.flatnonzero(moved.is_returned & kept[number])
    value_on = happened + (rng.random(len(credit)) < 0.3)
    table = _credits_table(credit, value_on, recorded, ids)
    return Settlement(
        table[kept], allocations, moved.row[back], number[back], recorded[number[back]]
    )


def _gather(entered: Entered, moved: Movements, who: Customers, stage: Stage) -> _Sorted:
    customer, entity = entered.rows.customer[moved.row], entered.rows.entity[moved.row]
    is_cash = moved.kind == PAYMENT
    alone = moved.alone | (who.by_debit[customer] & is_cash)
    # one number a document: shared by the customer's cash of a day, else the movement's own
    place = (customer * len(ENTITIES) + entity) * 2 + (moved.kind == RECOVERY)
    key = np.where(alone, -1 - np.arange(len(moved.row)), place * NEVER + moved.day)
    _, one, number = np.unique(key, return_index=True, return_inverse=True)
    in_euro = who.pays_euro[customer] & is_cash
    month = np.clip(stage.timeline.month(moved.day), 0, len(stage.rates) - 1)
    rate = stage.rates[month, currency_of(who.country[customer])]
    own = np.where(in_euro, np.rint(moved.amount / rate), moved.amount).astype(np.int64)
    return _Sorted(number, own, in_euro, one)


def _documents(
    entered: Entered,
    moved: Movements,
    gathered: _Sorted,
    who: Customers,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """One row a document, in codes; a few late payments carry interest on top."""
    rows, one, m = entered.rows, gathered.one, len(gathered.one)
    lateness = np.maximum(moved.day - rows.due_on[moved.row], 0)
    charged = (rng.random(m) < 0.03)[gathered.number]
    charged &= (moved.kind == PAYMENT) & ~gathered.in_euro
    interest = np.where(charged, np.floor(gathered.own * lateness * (0.08 / 365)), 0)
    amount = np.bincount(gathered.number, gathered.own + interest, minlength=m)
    customer = rows.customer[moved.row[one]]
    own = currency_of(who.country[customer])
    return pd.DataFrame(
        {
            "customer": customer,
            "entity": rows.entity[moved.row[one]],
            "kind": moved.kind[one],
            "happened_on": moved.day[one],
            "amount": amount.astype(np.int64),
            "currency": np.where(gathered.in_euro[one], CURRENCIES.index("EUR"), own),
            "reason": moved.reason[one],
        }
    )


def _never_matched(credit: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Payments made twice or on account, and bonus notes, that no invoice ever uses."""
    cash = np.flatnonzero(credit["kind"] == PAYMENT)
    at = cash[rng.random(len(cash)) < 0.008]
    extra, n = credit.iloc[at].copy(), len(at)
    what = pick(rng, n, np.array([0.4, 0.2, 0.4]))
    amount = extra["amount"].to_numpy()
    round_sum = np.maximum(amount // 50_000, 1) * 10_000
    bonus = np.maximum(amount // 50, 1)
    extra["amount"] = np.select([what == 0, what == 1], [amount, round_sum], bonus)
    extra["kind"] = np.where(what == 2, CREDIT_NOTE, PAYMENT)
    extra["reason"] = np.array([PLAIN, ON_ACCOUNT, BONUS])[what]
    extra["happened_on"] = extra["happened_on"] + whole(rng, 1, 10, n)
    return extra


def _credits_table(
    credit: pd.DataFrame, value_on: Ints, recorded_on: Ints, ids: Ids
) -> pd.DataFrame:
    """The `credits` facts of the documents, in words."""
    codes = {name: credit[name].to_numpy() for name in credit.columns}
    return pd.DataFrame(
        {
            "credit_id": ids.document("CR", np.arange(len(credit))),
            "customer_id": ids.customer(codes["customer"], codes["happened_on"]),
            "entity_id": words([e.entity_id for e in ENTITIES], codes["entity"]),
            "kind": words(KINDS, codes["kind"]),
            "happened_on": codes["happened_on"],
            "value_on": np.where(codes["kind"] == PAYMENT, value_on, NEVER),
            "amount": codes["amount"],
            "currency": words(CURRENCIES, codes["currency"]),
            "reason": words(REASONS, codes["reason"]),
            "recorded_on": recorded_on,
        }
    )
