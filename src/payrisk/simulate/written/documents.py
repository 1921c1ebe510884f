"""Documents: movements as payments, notes and write-offs, and what links them to invoices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from payrisk.arrays import Flags, Ints
from payrisk.calendar import NEVER
from payrisk.simulate.behaviour.mixed_payers import probability_in_euro
from payrisk.simulate.world.company import Customers
from payrisk.simulate.world.economy import CURRENCIES, billing_currency, currency_of
from payrisk.simulate.world.random_streams import draw_integers, draw_places
from payrisk.simulate.world.recording import recording_delays
from payrisk.simulate.world.stage import SharedWorld
from payrisk.simulate.world.texts import Ids, texts_of_codes
from payrisk.simulate.world.world import ENTITIES, World
from payrisk.simulate.written.invoices import InvoiceEntries
from payrisk.simulate.written.movements import (
    BONUS,
    CREDIT_NOTE,
    KINDS,
    ON_ACCOUNT,
    PAYMENT,
    PLAIN,
    REASONS,
    RECOVERY,
    InvoiceReductions,
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
class _DocumentGroups:
    """Movements gathered into documents: (m,) document number and amount in its currency."""

    number: Ints
    amount: Ints
    in_euro: Flags
    first: Ints  # (documents,) a movement of each


def settle_invoices(
    entered: InvoiceEntries, moved: InvoiceReductions, who: Customers, ids: Ids, stage: SharedWorld
) -> Settlement:
    """Documents and allocations: what a customer pays an entity on one day is one payment.

    A share of the documents is recorded late, a few are matched weeks later, a few are paid twice
    or on account and never matched, some carry interest, some come in another currency.
    """
    rng, rows = stage.streams.of("documents"), entered.rows
    gathered = _gather(entered, moved, who, stage)
    number, m = gathered.number, len(gathered.first)
    credit = _documents(entered, moved, gathered, who, rng, stage.world)
    extra = _never_matched(credit, rng)
    begin = stage.books.coverage_on[extra["entity"]]
    credit = pd.concat([credit, extra[extra["happened_on"] >= begin]], ignore_index=True)
    happened = credit["happened_on"].to_numpy()
    late = recording_delays(
        stage.streams.of("recording of credits"), len(credit), stage.world.late_recorded_share
    )
    recorded = stage.books.recording_days(credit["entity"].to_numpy(), happened + late)
    is_held = stage.books.includes_facts(happened, recorded)

    waits = np.where(rng.random(m) < 0.03, draw_integers(rng, 2, 15, m), 0)[number]
    linked_on = moved.linked_on + np.where(moved.kind == PAYMENT, waits, 0)
    known_on = entered.recorded_on[moved.row]
    linked_recorded_on = np.maximum(np.maximum(linked_on, recorded[number]), known_on)
    hold = stage.books.includes_facts(linked_on, linked_recorded_on) & is_held[number]
    credit_amount = pd.Series(gathered.amount[hold], dtype="Int64").where(gathered.in_euro[hold])
    allocations = pd.DataFrame(
        {
            "credit_id": ids.document("CR", number[hold]),
            "invoice_id": ids.document("INV", rows.number[moved.row[hold]]),
            "instalment": rows.instalment[moved.row[hold]],
            "amount": moved.amount[hold],
            "credit_amount": credit_amount,
            "happened_on": linked_on[hold],
            "recorded_on": linked_recorded_on[hold],
        }
    )
    back = np.flatnonzero(moved.is_returned & is_held[number])
    value_on = happened + (rng.random(len(credit)) < 0.3)
    table = _credits_table(credit, value_on, recorded, ids)
    return Settlement(
        table[is_held], allocations, moved.row[back], number[back], recorded[number[back]]
    )


def _gather(
    entered: InvoiceEntries, moved: InvoiceReductions, who: Customers, stage: SharedWorld
) -> _DocumentGroups:
    customer, entity = entered.rows.customer[moved.row], entered.rows.entity[moved.row]
    is_cash = moved.kind == PAYMENT
    alone = moved.alone | (who.by_debit[customer] & is_cash)
    # one number a document: shared by the customer's cash of a day, else the movement's own
    place = (customer * len(ENTITIES) + entity) * 2 + (moved.kind == RECOVERY)
    key = np.where(alone, -1 - np.arange(len(moved.row)), place * NEVER + moved.day)
    _, first, number = np.unique(key, return_index=True, return_inverse=True)
    in_euro = who.pays_euro[customer] & is_cash
    if stage.world.has_mixed_payers:
        chance = probability_in_euro(who, stage.streams)[customer[first]]
        drawn = stage.streams.of("currencies of payments").random(len(first))
        in_euro = (drawn < chance)[number] & is_cash
    month = np.clip(stage.timeline.month(moved.day), 0, len(stage.rates) - 1)
    rate = stage.rates[month, currency_of(who.country[customer])]
    amount = np.where(in_euro, np.rint(moved.amount / rate), moved.amount).astype(np.int64)
    return _DocumentGroups(number, amount, in_euro, first)


def _documents(
    entered: InvoiceEntries,
    moved: InvoiceReductions,
    gathered: _DocumentGroups,
    who: Customers,
    rng: np.random.Generator,
    world: World,
) -> pd.DataFrame:
    """One row a document, in codes; a few late payments carry interest on top."""
    rows, first, m = entered.rows, gathered.first, len(gathered.first)
    lateness = np.maximum(moved.day - rows.due_on[moved.row], 0)
    charged = (rng.random(m) < 0.03)[gathered.number]
    charged &= (moved.kind == PAYMENT) & ~gathered.in_euro
    interest = np.where(charged, np.floor(gathered.amount * lateness * (0.08 / 365)), 0)
    amount = np.bincount(gathered.number, gathered.amount + interest, minlength=m)
    customer = rows.customer[moved.row[first]]
    currency = billing_currency(who.country[customer], rows.entity[moved.row[first]], world)
    return pd.DataFrame(
        {
            "customer": customer,
            "entity": rows.entity[moved.row[first]],
            "kind": moved.kind[first],
            "happened_on": moved.day[first],
            "amount": amount.astype(np.int64),
            "currency": np.where(gathered.in_euro[first], CURRENCIES.index("EUR"), currency),
            "reason": moved.reason[first],
        }
    )


def _never_matched(credit: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Payments made twice or on account, and bonus notes, that no invoice ever uses."""
    cash = np.flatnonzero(credit["kind"] == PAYMENT)
    copied = cash[rng.random(len(cash)) < 0.008]
    extra, n = credit.iloc[copied].copy(), len(copied)
    what = draw_places(rng, n, np.array([0.4, 0.2, 0.4]))
    amount = extra["amount"].to_numpy()
    round_sum = np.maximum(amount // 50_000, 1) * 10_000
    bonus = np.maximum(amount // 50, 1)
    extra["amount"] = np.select([what == 0, what == 1], [amount, round_sum], bonus)
    extra["kind"] = np.where(what == 2, CREDIT_NOTE, PAYMENT)
    extra["reason"] = np.array([PLAIN, ON_ACCOUNT, BONUS])[what]
    extra["happened_on"] = extra["happened_on"] + draw_integers(rng, 1, 10, n)
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
            "entity_id": texts_of_codes([e.entity_id for e in ENTITIES], codes["entity"]),
            "kind": texts_of_codes(KINDS, codes["kind"]),
            "happened_on": codes["happened_on"],
            "value_on": np.where(codes["kind"] == PAYMENT, value_on, NEVER),
            "amount": codes["amount"],
            "currency": texts_of_codes(CURRENCIES, codes["currency"]),
            "reason": texts_of_codes(REASONS, codes["reason"]),
            "recorded_on": recorded_on,
        }
    )
