"""Promises to pay: what each promised, what came of it in time, and which are still to come."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from payrisk.arrays import Flags, Floats, Ints, Texts
from payrisk.calendar import NEVER
from payrisk.ledger import Books
from payrisk.ledger.facts.arrays import PAYMENT, EventArrays
from payrisk.ledger.facts.segments import pack_row_day

KEPT_SHARE = 0.95
"""Of what was promised, that much in time is a promise kept."""

GRACE_DAYS = 3
"""Days after the promised one in which cash still counts: a transfer on a Friday."""

STATES = ("kept", "part_kept", "broken", "renegotiated", "pending", "not_needed")


@dataclass(frozen=True)
class _RunningTotals:
    """What cash, and what anything else, had taken off each invoice by the end of a day."""

    keys: Ints
    day: Ints
    cash: Ints
    other: Ints

    def by(self, invoice: Ints, day: Ints) -> tuple[Ints, Ints]:
        """(k,) cents by cash, and by credits that are no cash, at the end of each day."""
        place = np.searchsorted(self.keys, pack_row_day(invoice, day), side="right") - 1
        before = np.searchsorted(self.keys, pack_row_day(invoice, np.full_like(day, -NEVER)))
        is_any = place >= before
        take = np.maximum(place, 0)
        if not len(self.keys):
            return np.zeros(len(invoice), np.int64), np.zeros(len(invoice), np.int64)
        return np.where(is_any, self.cash[take], 0), np.where(is_any, self.other[take], 0)

    def day_reached(self, invoice: Ints, since: Ints, last: Ints, cents: Floats) -> Ints:
        """(k,) the first day from `since` to `last` with so much cash at its end, else NEVER."""
        place = np.searchsorted(self.keys, pack_row_day(invoice, since))
        ends = np.searchsorted(self.keys, pack_row_day(invoice, last), side="right")
        day = np.full(len(invoice), NEVER)
        while len(rows := np.flatnonzero((place < ends) & (day == NEVER))):
            hit = rows[self.cash[place[rows]] >= cents[rows]]
            day[hit] = self.day[place[hit]]
            place[rows] += 1
        return day


def promises(books: Books, grace_days: int = GRACE_DAYS) -> pd.DataFrame:
    """Every promise made by the evening, oldest first, and what came of it.

    Columns: made_on, promised_on, customer_id, entity_id, currency, invoice_row (in table order;
    −1 for a promise on the whole account), promised (cents: the amount named, else all that was
    owed when it was made, less what other credits took off since) , received (cash from the day
    it was made to the promised day and `grace_days` more) and state: *kept* (95 % of it came),
    *renegotiated* (another promise took its place on or before its day), *pending*, *part_kept*,
    *broken*, or *not_needed* (credit notes left nothing to pay). A promise moves no due date.
    For `PromiseKeeping`: channel ("" = not said), n_before (promises of the same subject made
    before it), owed (cents owed when it was made), due_on (NEVER of an account), kept_on (the day
    on which 95 % of it had come; NEVER where it did not come in time, and of an account) and
    event_row (in the table of events).
    """
    both = [_of_invoices(books, grace_days), _of_accounts(books, grace_days)]
    rows = pd.concat([part for part in both if len(part)] or both[:1], ignore_index=True)
    is_kept = rows["received"] >= KEPT_SHARE * rows["promised"]
    is_early = rows["promised_on"] + grace_days >= books.close_of
    choices = [
        rows["promised"] <= 0,
        is_kept,
        rows["is_replaced"],
        is_early,
        rows["received"] > 0,
    ]
    names = ["not_needed", "kept", "renegotiated", "pending", "part_kept"]
    state = np.select(choices, names, default="broken")
    rows = rows.drop(columns="is_replaced").assign(state=state)
    order = ["made_on", "promised_on", "invoice_row", "customer_id"]
    return rows.sort_values(order, kind="stable").reset_index(drop=True)


def promised_cents(books: Books) -> tuple[Ints, Ints]:
    """(invoices,) cents of each invoice's residual under a live promise, and its promised day.

    Live: made, its day not over, and not replaced. What is promised on a whole account is taken
    to pay its oldest invoices first. NEVER where nothing is promised.
    """
    p, arrays = books.position, books.facts.arrays
    cents = np.zeros(len(p.residual), dtype=np.int64)
    day = np.full(len(p.residual), NEVER, dtype=np.int64)
    left = np.where((p.closed_by == 0) & (p.sold_on == NEVER), p.residual, 0)
    event = arrays.events.get("promise:invoice")
    if event is not None:
        rows = _made(books, event)
        rows = rows[~_replaced(event, rows)]
        rows = rows[event.refers_on[rows] >= books.close_of]
        who = event.row[rows]
        np.add.at(cents, who, np.where(event.amount[rows] < 0, left[who], event.amount[rows]))
        np.minimum.at(day, who, event.refers_on[rows])
        cents = np.minimum(cents, left)
    account = arrays.events.get("promise:customer")
    if account is not None:
        rows = _made(books, account)
        rows = rows[~_replaced(account, rows)]
        names, _ = books.customer_names
        owner = names[arrays.invoices.customer]
        for row in rows[account.refers_on[rows] >= books.close_of]:  # a few in any ledger
            owed = np.flatnonzero((owner == names[account.row[row]]) & (left > cents))
            owed = owed[np.argsort(p.due_on[owed], kind="stable")]
            free = left[owed] - cents[owed]
            amount = free.sum() if account.amount[row] < 0 else account.amount[row]
            used = np.clip(amount - (np.cumsum(free) - free), 0, free)
            cents[owed] += used
            day[owed[used > 0]] = np.minimum(day[owed[used > 0]], account.refers_on[row])
    day[cents == 0] = NEVER
    return cents, day


def _made(books: Books, event: EventArrays) -> Ints:
    is_made = event.known_by(books.known_before, books.close_of) & (event.refers_on < NEVER)
    return np.flatnonzero(is_made)


def _replaced(event: EventArrays, rows: Ints) -> Flags:
    """Which promises another one of the same subject followed, on or before their day."""
    order = np.lexsort((event.order[rows], event.happened_on[rows], event.row[rows]))
    out = np.zeros(len(rows), dtype=bool)
    now, then = rows[order[:-1]], rows[order[1:]]
    follows = (event.row[now] == event.row[then]) & (
        event.happened_on[then] <= event.refers_on[now]
    )
    out[order[:-1]] = follows
    return out


def _frame(event: EventArrays, rows: Ints, **more: object) -> pd.DataFrame:
    return pd.DataFrame(
        {"made_on": event.happened_on[rows], "promised_on": event.refers_on[rows]}
        | more
        | {
            "is_replaced": _replaced(event, rows),
            "n_before": _made_before(event, rows),
            "event_row": event.place[rows],
        }
    )


def _made_before(event: EventArrays, rows: Ints) -> Ints:
    """How many promises of the same subject precede each."""
    order = np.lexsort((event.order[rows], event.happened_on[rows], event.row[rows]))
    whose = event.row[rows][order]
    out = np.zeros(len(rows), dtype=np.int64)
    out[order] = np.arange(len(rows)) - np.searchsorted(whose, whose)
    return out


def _channels(books: Books, event: EventArrays, rows: Ints) -> Texts:
    words = books.facts.tables["events"]["channel"].array.take(event.place[rows])
    return np.asarray(pd.Series(words, dtype=object).fillna("").to_numpy(dtype=object))


def _of_invoices(books: Books, grace_days: int) -> pd.DataFrame:
    arrays, tables = books.facts.arrays, books.facts.tables
    event = arrays.events.get("promise:invoice") or _NONE
    rows = _made(books, event)
    rows = rows[books.position.is_issued[event.row[rows]]]
    who, made, last = event.row[rows], event.happened_on[rows], event.refers_on[rows] + grace_days
    states = books.position.states
    running = _RunningTotals(
        pack_row_day(states.invoice, states.day),
        states.day,
        states.cash,
        states.reduction - states.cash + states.recovered,
    )
    cash_before, other_before = running.by(who, made - 1)
    cash, other = running.by(who, last)
    owed = arrays.invoices.amount[who] - cash_before - other_before
    amount = np.where(event.amount[rows] < 0, owed, np.minimum(event.amount[rows], owed))
    promised = np.minimum(amount, owed - (other - other_before))
    facts = tables["invoices"]
    return _frame(
        event,
        rows,
        customer_id=books.payers.array.take(who),
        entity_id=facts["entity_id"].array.take(who),
        currency=facts["currency"].array.take(who),
        invoice_row=who,
        promised=np.maximum(promised, 0),
        received=np.maximum(cash - cash_before, 0),
        channel=_channels(books, event, rows),
        owed=np.maximum(owed, 0),
        due_on=arrays.invoices.due_on[who],
        kept_on=running.day_reached(who, made, last, cash_before + KEPT_SHARE * promised),
    )


def _of_accounts(books: Books, grace_days: int) -> pd.DataFrame:
    """Promises on whole accounts: all cash of the customer in its one currency counts."""
    arrays, tables = books.facts.arrays, books.facts.tables
    event = arrays.events.get("promise:customer") or _NONE
    names, ids = books.customer_names
    rows = _made(books, event)
    p, credits = books.position, arrays.credits
    owner, payer = names[arrays.invoices.customer], names[credits.customer]
    is_cash = p.is_credited & (credits.nature == PAYMENT)
    kept: list[tuple[int, str, str, int, int, int]] = []
    facts = tables["invoices"]
    for row in rows:  # a few in any ledger
        who = names[event.row[row]]
        whose = np.flatnonzero((owner == who) & p.is_issued)
        first = int(whose[0]) if len(whose) else -1
        currency = str(facts["currency"].iloc[first]) if len(whose) else ""
        entity = str(facts["entity_id"].iloc[first]) if len(whose) else ""
        days = credits.happened_on
        in_time = (days >= event.happened_on[row]) & (days <= event.refers_on[row] + grace_days)
        paid = is_cash & (payer == who) & in_time & (credits.currency == currency)
        received = int((credits.amount - p.reversed)[paid].sum())
        owed = int(p.residual[whose].sum()) + received
        amount = int(event.amount[row])
        promised = amount if amount >= 0 else owed
        kept.append((int(who), entity, currency, promised, received, owed))
    columns = list(zip(*kept, strict=True)) if kept else [()] * 6
    return _frame(
        event,
        rows,
        customer_id=ids.array.take(np.array(columns[0], dtype=np.int64)),
        entity_id=list(columns[1]),
        currency=list(columns[2]),
        invoice_row=np.full(len(rows), -1, dtype=np.int64),
        promised=np.array(columns[3], dtype=np.int64),
        received=np.array(columns[4], dtype=np.int64),
        channel=_channels(books, event, rows),
        owed=np.array(columns[5], dtype=np.int64),
        due_on=np.full(len(rows), NEVER),
        kept_on=np.full(len(rows), NEVER),
    )


_NOTHING = np.zeros(0, dtype=np.int64)
_NONE = EventArrays(
    _NOTHING, _NOTHING, _NOTHING, _NOTHING, _NOTHING, _NOTHING, np.zeros(0, dtype=bool), _NOTHING
)
