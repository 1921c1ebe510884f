"""The facts by which the books of an evening equal the list of its balances."""

from __future__ import annotations

import numpy as np
import pandas as pd

from payrisk.arrays import Cents, Days
from payrisk.calendar import NEVER, iso
from payrisk.ledger.facts.problems import Problem, ProblemLog
from payrisk.ledger.facts.tables import Tables
from payrisk.ledger.history import Ledger
from payrisk.ledger.importing.merging import merge
from payrisk.ledger.importing.open_items.cancelling import note_cancelled
from payrisk.ledger.importing.open_items.comparing import (
    INVOICE,
    LIST,
    BalanceList,
    compared_credits,
    compared_invoices,
    lists_before,
)
from payrisk.ledger.importing.open_items.notes import note_doubts, note_list, note_paid_since

_PURSE = ["customer_id", "entity_id", "currency"]


def with_stated_balances(ledger: Ledger, balances: BalanceList) -> tuple[Ledger, list[Problem]]:
    """The ledger in which the books of the list's evening equal the list, and what was inferred.

    ledger: the list's own documents included.
    """
    issued = ledger.tables["invoices"]["issued_on"]
    if not len(balances.stated) or int(issued.min()) > balances.day:
        return ledger, []
    facts, problems = facts_of_balances(ledger, balances)
    tables, more = merge(ledger, facts, max(balances.day, ledger.last_day), full=False)
    worth_telling = [p for p in more if p.code not in ("late_fact", "changed")]
    return Ledger(tables, ledger.rules), [*problems, *worth_telling]


def facts_of_balances(ledger: Ledger, balances: BalanceList) -> tuple[Tables, list[Problem]]:
    """Credits, allocations and events by which the books of the evening equal the list.

    ledger: the invoices and credits of the list included. What fell or vanished since the list
    before was paid between the two: a payment with `earliest_on` and `latest_on`, dated the
    evening of the list; credits that were used up in the meantime pay first, their customer's
    oldest invoices before others. What rose again takes such payments back.
    """
    before = lists_before(ledger, balances.day)
    open_invoices = compared_invoices(ledger, balances)
    credits = compared_credits(ledger, balances)
    log = ProblemLog()
    note_doubts(open_invoices, log)
    is_down = open_invoices["is_derived"] & (open_invoices["fell"] > 0)
    down = open_invoices[is_down].sort_values(["due_on", *INVOICE], kind="stable")
    used = credits[credits["fell"] > 0]
    links, rest_of_credits, left = _paid_by_credits(down, used)
    payments = down.assign(fell=left)[left > 0]
    since = payments["entity_id"].map(before).fillna(-NEVER).to_numpy(dtype=np.int64)
    earliest = np.maximum(payments["issued_on"].to_numpy(dtype=np.int64), since + 1)
    credit_facts, payment_links = _payments(
        payments,
        np.minimum(earliest, balances.day),
        balances.day,
        ledger.tables["credits"]["credit_id"],
    )
    back, missing = _taken_back(open_invoices, ledger, balances)
    last_told = _told_by_its_day(open_invoices, ledger, balances)
    reversals = pd.concat(
        [back, last_told, _cleared(rest_of_credits, balances.day)], ignore_index=True
    )
    fresh_ids = _not_taken(reversals["event_id"], ledger.tables["events"]["event_id"])
    events = pd.concat(
        [reversals.assign(event_id=fresh_ids), _marks(open_invoices, ledger, balances)],
        ignore_index=True,
    )
    note_cancelled(open_invoices, ledger, log)
    note_paid_since(payments, missing, used, before, balances, log)
    note_list(open_invoices, back, ledger, balances, log)
    return {
        "credits": credit_facts,
        "allocations": pd.concat([payment_links, _linked(links, balances.day)], ignore_index=True),
        "events": events,
    }, log.problems


def _paid_by_credits(
    down: pd.DataFrame, used: pd.DataFrame
) -> tuple[list[tuple[str, str, int, int]], pd.DataFrame, Cents]:
    """Credits used up, set against their customers' invoices in the order given.

    Returns (credit, invoice, instalment, cents) links, the credits with what is left of `fell`,
    and (n,) what is left to pay of each invoice.
    """
    left = down["fell"].to_numpy(dtype=np.int64).copy()
    rest = used["fell"].to_numpy(dtype=np.int64).copy()
    links: list[tuple[str, str, int, int]] = []
    if len(used) and len(down):
        places = down.reset_index(drop=True).groupby(_PURSE).indices
        for turn, credit in enumerate(used.to_dict("records")):
            for place in places.get(tuple(credit[c] for c in _PURSE), ()):
                cents = int(min(rest[turn], left[place]))
                if cents > 0:
                    invoice = down.iloc[place]
                    links.append(
                        (
                            credit["credit_id"],
                            invoice["invoice_id"],
                            int(invoice["instalment"]),
                            cents,
                        )
                    )
                    rest[turn] -= cents
                    left[place] -= cents
    return links, used.assign(fell=rest), left


def _linked(links: list[tuple[str, str, int, int]], day: int) -> pd.DataFrame:
    frame = pd.DataFrame(links, columns=["credit_id", *INVOICE, "amount"])
    return frame.assign(happened_on=day, recorded_on=day)


def _payments(
    rows: pd.DataFrame, earliest: Days, day: int, taken: pd.Series
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The payments that follow, whole on the evening of the list, and their allocations."""
    named = rows["invoice_id"] + "/" + rows["instalment"].astype(str)
    credit_id = _not_taken(f"{LIST}{iso(day)}:" + named, taken)
    is_void = rows["is_void"].to_numpy(dtype=bool)
    credits = pd.DataFrame(
        {
            "credit_id": credit_id,
            "customer_id": rows["customer_id"],
            "entity_id": rows["entity_id"],
            "kind": np.where(is_void, "credit_note", "payment"),
            "happened_on": day,
            "amount": rows["fell"],
            "currency": rows["currency"],
            "reason": pd.Series("cancelled", index=rows.index).where(is_void),
            "recorded_on": day,
            "earliest_on": earliest,
            "latest_on": day,
        }
    )
    links = rows[INVOICE].assign(
        credit_id=credit_id, amount=rows["fell"], happened_on=day, recorded_on=day
    )
    return credits.reset_index(drop=True), links.reset_index(drop=True)


def _not_taken(ids: pd.Series, taken: pd.Series) -> pd.Series:
    """The ids, with a turn behind those that an earlier list of the same evening made."""
    known = set(taken[taken.str.startswith(LIST)])
    out = []
    for credit_id in ids:
        turn, free = 1, str(credit_id)
        while free in known:
            turn += 1
            free = f"{credit_id} #{turn}"
        out.append(free)
    return pd.Series(out, index=ids.index, dtype=object)


def _cleared(credits: pd.DataFrame, day: int) -> pd.DataFrame:
    """Credits of which more was used than their customer's invoices fell by."""
    rest = credits[credits["fell"] > 0]
    return _reversals(rest["credit_id"], rest["fell"], "cleared", day)


def _taken_back(
    rows: pd.DataFrame, ledger: Ledger, balances: BalanceList
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Payments of earlier lists taken back where more is open than the books say.

    Also the rows for which there is no such payment.
    """
    up = rows[rows["is_derived"] & (rows["fell"] < 0)]
    links = ledger.tables["allocations"]
    derived = links[links["credit_id"].str.startswith(LIST)]
    pairs = up[[*INVOICE, "fell"]].merge(derived, on=INVOICE)
    pairs = pairs.sort_values([*INVOICE, "happened_on"], ascending=False, kind="stable")
    before = pairs.groupby(INVOICE)["amount"].cumsum() - pairs["amount"]
    taken = np.clip(np.minimum(pairs["amount"], -pairs["fell"] - before), 0, None)
    has_back = pd.MultiIndex.from_frame(up[INVOICE]).isin(
        pd.MultiIndex.from_frame(pairs.loc[taken > 0, INVOICE])
    )
    back = _reversals(pairs["credit_id"][taken > 0], taken[taken > 0], "open again", balances.day)
    return back, up[~has_back]


def _told_by_its_day(rows: pd.DataFrame, ledger: Ledger, balances: BalanceList) -> pd.DataFrame:
    """Payments of earlier lists taken back where the list now tells the whole payment by its day.

    They are taken back on that day, the latest of the invoice's other payments.
    """
    over = rows.loc[rows["excess"] > 0, [*INVOICE, "excess"]]
    links = ledger.tables["allocations"]
    is_derived = links["credit_id"].str.startswith(LIST).to_numpy(dtype=bool)
    last_told = links[~is_derived].groupby(INVOICE)["happened_on"].max().rename("told_on")
    pairs = over.merge(links[is_derived], on=INVOICE).merge(last_told, on=INVOICE)
    pairs = pairs.sort_values([*INVOICE, "happened_on"], ascending=False, kind="stable")
    before = pairs.groupby(INVOICE)["amount"].cumsum() - pairs["amount"]
    taken = np.clip(np.minimum(pairs["amount"], pairs["excess"] - before), 0, None)
    back = _reversals(pairs["credit_id"][taken > 0], taken[taken > 0], "open again", balances.day)
    days = np.maximum(pairs["told_on"], pairs["happened_on"])[taken > 0]
    return back.assign(happened_on=np.minimum(days, balances.day).to_numpy(dtype=np.int64))


def _reversals(credit_ids: pd.Series, cents: pd.Series, reason: str, day: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "event_id": f"{LIST}{iso(day)}:{reason}:" + credit_ids.astype(str),
            "kind": "reversal",
            "subject_kind": "credit",
            "subject": credit_ids,
            "happened_on": day,
            "amount": cents.astype("int64"),
            "reason": reason,
            "recorded_on": day,
        }
    )


def _marks(rows: pd.DataFrame, ledger: Ledger, balances: BalanceList) -> pd.DataFrame:
    """That there was a list, one event an entity: the next one dates its payments from here."""
    stated = balances.stated
    if not balances.is_list and stated["is_void"].astype(bool).all():
        stated, rows = stated[:0], rows[:0]  # a cancelled document is no list of balances
    entities = {*stated["entity_id"], *rows["entity_id"]}
    known = set(ledger.tables["entities"]["entity_id"])
    if entities - known:  # a list that names no entity speaks of all
        entities = known
    marked = sorted(entities)
    return pd.DataFrame(
        {
            "event_id": [f"{LIST}{iso(balances.day)}:{entity}" for entity in marked],
            "kind": "open_items_list",
            "subject_kind": "entity",
            "subject": marked,
            "happened_on": balances.day,
            "reason": "open items" if balances.is_list else "balances",
            "recorded_on": balances.day,
        }
    )
