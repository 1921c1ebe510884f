"""When a customer went into default and when it was cured, by what was known."""

from __future__ import annotations

import numpy as np
import pandas as pd

from payrisk.arrays import Flags, Ints
from payrisk.calendar import NEVER
from payrisk.ledger.books.disputes import dispute_steps
from payrisk.ledger.books.position import Position
from payrisk.ledger.facts.arrays import LOSS, LedgerArrays
from payrisk.ledger.facts.rules import DefaultRule

_SHIFT = 1 << 32  # days fit below it, row numbers go above


def _owed(position: Position, amount: Ints, invoice: Ints, day: Ints) -> Ints:
    """Cents owed on each invoice at the evening of each day."""
    states = position.states
    key = states.invoice * _SHIFT + states.day
    state = np.searchsorted(key, invoice * _SHIFT + day, side="right") - 1
    hit = (
        (state >= 0) & (states.invoice[np.maximum(state, 0)] == invoice)
        if len(key)
        else np.zeros(len(invoice), bool)
    )
    reduced = np.where(hit, states.reduction[np.maximum(state, 0)], 0) if len(key) else 0
    owed = np.maximum(amount[invoice] - reduced, 0)
    gone = np.minimum(position.sold_on, position.settled_on)[invoice]  # tolerated rests too
    return np.where(gone <= day, 0, owed)


def _arrears(
    arrays: LedgerArrays,
    position: Position,
    customer: Ints,
    known_before: int,
    evening: int,
    rule: DefaultRule,
) -> tuple[Ints, Ints, Ints]:
    """Days on which customers' arrears began or ceased to be material: customer, day, how many."""
    inv = arrays.invoices
    issued = np.flatnonzero(position.is_issued)
    ripe = np.maximum(position.due_on + rule.days + 1, inv.issued_on)
    excuses = dispute_steps(arrays, position.due_on, known_before, evening, rule.dispute_days)
    sold = np.flatnonzero(position.sold_on < NEVER)
    invoice = np.concatenate([issued, issued, position.states.invoice, excuses.invoice, sold])
    day = np.concatenate(
        [
            inv.issued_on[issued],
            ripe[issued],
            position.states.day,
            excuses.day,
            position.sold_on[sold],
        ]
    )
    is_known = (day <= evening) & position.is_issued[invoice] & (day >= inv.issued_on[invoice])
    # half a shift more, so that days before 1970 are packed too
    key = np.unique(invoice[is_known] * _SHIFT + day[is_known] + _SHIFT // 2)
    invoice, day = key // _SHIFT, key % _SHIFT - _SHIFT // 2
    owed = _owed(position, inv.amount, invoice, day)
    late = np.maximum(owed - excuses.cents_at(invoice, day), 0)
    late = np.where(day >= ripe[invoice], late, 0)
    start = (
        np.concatenate([[True], invoice[1:] != invoice[:-1]]) if len(key) else np.zeros(0, bool)
    )

    def step(values: Ints) -> Ints:
        return values - np.where(start, 0, np.concatenate([[0], values[:-1]]))

    # shares are taken within one currency: no rate decides who is in default
    codes, _ = pd.factorize(inv.currency)
    who, currency = customer[inv.customer[invoice]], codes[invoice]
    order = np.lexsort((day, currency, who))
    who, currency, day = who[order], currency[order], day[order]
    first = np.flatnonzero(_starts(who, currency, day))
    who, currency = who[first], currency[first]
    is_new, day = _starts(who, currency), day[first]
    n_owed = _running(_sums(step(owed)[order], first), is_new)
    n_late = _running(_sums(step(late)[order], first), is_new)
    bad = ((n_late >= rule.minimum) & (n_late >= rule.share * n_owed)).astype(np.int64)
    turn = bad - np.where(is_new, 0, np.roll(bad, 1))
    turned = np.flatnonzero(turn)
    turned = turned[np.lexsort((day[turned], who[turned]))]
    who, day = who[turned], day[turned]
    first = np.flatnonzero(_starts(who, day))
    who, turns = who[first], _sums(turn[turned], first)
    return who, day[first], _running(turns, _starts(who))


def _starts(*columns: Ints) -> Flags:
    """(rows,) whether a row differs from the one before it, which the first always does."""
    starts = np.ones(len(columns[0]), dtype=np.bool_)
    starts[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in columns])
    return starts


def _sums(values: Ints, first: Ints) -> Ints:
    """(groups,) sums of the rows from each group's first one on."""
    return np.add.reduceat(values, first) if len(first) else values[:0]


def _running(values: Ints, starts: Flags) -> Ints:
    """(rows,) running sums that begin anew at each start."""
    total = np.cumsum(values)
    begun = np.maximum.accumulate(np.where(starts, np.arange(len(values)), 0))
    return total - (total - values)[begun]


def default_spells(
    arrays: LedgerArrays,
    position: Position,
    customer: Ints,
    known_before: int,
    evening: int,
    rule: DefaultRule,
) -> pd.DataFrame:
    """Spells of default by facts recorded before `known_before`, up to the `evening`.

    customer: (customers,) row each customer row goes by. Returns customer, default_on,
    cured_on (NEVER while it lasts), cause.
    """
    turns = _arrears(arrays, position, customer, known_before, evening, rule)
    cred = arrays.credits
    lost = position.is_credited & (cred.nature == LOSS) & (position.reversed < np.abs(cred.amount))
    triggers: dict[int, list[tuple[int, str]]] = {}
    for who, day in zip(customer[cred.customer[lost]], cred.happened_on[lost], strict=True):
        triggers.setdefault(int(who), []).append((int(day), "loss"))
    event = arrays.events.get("insolvency:customer")
    if event is not None:
        is_known = event.known_by(known_before, evening)
        for who, day in zip(
            customer[event.row[is_known]], event.happened_on[is_known], strict=True
        ):
            triggers.setdefault(int(who), []).append((int(day), "insolvency"))

    bad: dict[int, list[tuple[int, int]]] = {}
    for who, day, n_bad in zip(*turns, strict=True):
        bad.setdefault(int(who), []).append((int(day), int(n_bad)))
    rows = []
    for who in sorted(set(triggers) | set(bad)):
        spans = _spans(bad.get(who, []), triggers.get(who, []))
        rows += [(who, *spell) for spell in _spells(spans, rule.cure_days, evening)]
    frame = pd.DataFrame(rows, columns=["customer", "default_on", "cured_on", "cause"])
    return frame.astype({"customer": "int64", "default_on": "int64", "cured_on": "int64"})


def _spans(
    turns: list[tuple[int, int]], triggers: list[tuple[int, str]]
) -> list[tuple[int, int, str]]:
    """Spans of unclean days [first, end) and why; insolvency has no end."""
    spans, since = [], None
    for day, n_bad in turns:
        if n_bad and since is None:
            since = day
        elif not n_bad and since is not None:
            spans.append((since, day, "arrear"))
            since = None
    if since is not None:
        spans.append((since, NEVER, "arrear"))
    spans += [(day, NEVER if why == "insolvency" else day + 1, why) for day, why in triggers]
    return sorted(spans)


def _spells(
    spans: list[tuple[int, int, str]], cure_days: int, evening: int
) -> list[tuple[int, int, str]]:
    """Spans closer than `cure_days` are one spell; it is cured after that many clean days."""
    spells: list[tuple[int, int, str]] = []
    for first, end, why in spans:
        if spells and first < spells[-1][1] + cure_days:
            begun, until, cause = spells[-1]
            spells[-1] = (begun, max(until, end), cause)
        else:
            spells.append((first, end, why))
    return [
        (first, end + cure_days if end + cure_days <= evening + 1 else NEVER, why)
        for first, end, why in spells
    ]
