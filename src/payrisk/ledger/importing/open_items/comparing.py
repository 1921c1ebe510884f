"""A list of balances beside the books of its evening: what each document fell by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from payrisk.arrays import Flags
from payrisk.calendar import NEVER, iso
from payrisk.errors import InputError
from payrisk.ledger.facts.kinds import CASH_KINDS
from payrisk.ledger.facts.references import invoice_rows
from payrisk.ledger.facts.tables import TEXT, Tables
from payrisk.ledger.history import Ledger
from payrisk.ledger.importing.matching import DERIVED

LIST = "list:"
"""How the ids of facts begin that follow from a list of balances."""

INVOICE = ["invoice_id", "instalment"]


@dataclass(frozen=True)
class BalanceList:
    """The balances that an import states, and the evening of which they are true.

    stated: as `stated_balances.COLUMNS`. is_list: a list of open items; is_whole: one of all that
    was open, so that what it lacks no longer is. speaks_of_all: a person says so, of currencies,
    too, in which it names nothing. is_again: the very file was taken in before.
    """

    stated: pd.DataFrame
    day: int
    is_list: bool
    is_whole: bool
    speaks_of_all: bool = False
    is_again: bool = False

    def names(self, currencies: pd.Series) -> Flags:
        """(n,) whether something on the list is in these currencies, or it is empty."""
        spoken_of = set(self.stated["currency"])
        return np.asarray(currencies.isin(spoken_of)) | (not spoken_of)


def with_known_amounts(
    read: Tables, stated: pd.DataFrame, ledger_tables: Mapping[str, pd.DataFrame]
) -> Tables:
    """What was read, known documents keeping their amounts where a list gives balances only."""
    alone = stated[stated["is_amount"].astype(bool)]
    out = dict(read)
    for name, key in (("invoices", INVOICE), ("credits", ["credit_id"])):
        listed = alone[alone["table"] == name].rename(columns={"document_id": key[0]})
        if not len(listed) or name not in ledger_tables or name not in read:
            continue
        frame = read[name]
        here = frame.assign(instalment=frame.get("instalment", 1))[key]
        before = ledger_tables[name].set_index(key)["amount"]
        row = np.asarray(
            before.index.get_indexer(
                pd.MultiIndex.from_frame(here) if len(key) > 1 else here[key[0]]
            )
        )
        is_alone = here.merge(listed[key], on=key, how="left", indicator=True)["_merge"] == "both"
        keeps = is_alone.to_numpy() & (row >= 0)
        amounts = frame["amount"].to_numpy(dtype=np.int64, na_value=0).copy()
        amounts[keeps] = before.to_numpy(dtype=np.int64)[row[keeps]]
        out[name] = frame.assign(amount=amounts)
    return out


def known_on_list_day(read: Tables, day: int) -> Tables:
    """What was read, known by the evening of the list also where it bears a later date."""
    out = dict(read)
    for name, dated in (("invoices", "issued_on"), ("credits", "happened_on")):
        if name in out:
            frame = out[name]
            recorded = frame.get("recorded_on", pd.Series(NEVER, index=frame.index))
            known = recorded.where(recorded != NEVER, frame[dated]).clip(upper=day)
            out[name] = frame.assign(recorded_on=known)
    return out


def refuse_earlier_list(ledger: Ledger, day: int) -> None:
    """Raise InputError where a list of a later evening has been imported."""
    lists = _lists(ledger)
    latest = int(lists["happened_on"].max()) if len(lists) else day
    if latest > day:
        raise InputError(
            f"A list of balances of {iso(latest)} has been imported, so one of {iso(day)} can no"
            " longer be; import lists in the order of their days."
        )


def lists_before(ledger: Ledger, day: int) -> pd.Series:
    """The evening of each entity's last list before a day, by entity."""
    lists = _lists(ledger)
    return lists[lists["happened_on"] < day].groupby("subject")["happened_on"].max()


def entities_with_list_on(ledger: Ledger, day: int) -> list[str]:
    """The entities that have had a list of this evening already."""
    lists = _lists(ledger)
    return sorted(lists.loc[lists["happened_on"] == day, "subject"])


def _lists(ledger: Ledger) -> pd.DataFrame:
    events = ledger.tables["events"]
    return events[events["kind"] == "open_items_list"]


def compared_invoices(ledger: Ledger, balances: BalanceList) -> pd.DataFrame:
    """Every invoice that the list states or should: what it fell by since the books last knew."""
    books = ledger.balance_at(balances.day)
    table, position = books.facts.tables["invoices"], books.position
    stated = balances.stated[balances.stated["table"] == "invoices"]
    keys = stated.rename(columns={"document_id": "invoice_id"})[INVOICE]
    row = invoice_rows(keys.astype({"invoice_id": TEXT}), table)
    stands = (row >= 0) & np.append(position.is_issued, [False])[row]
    row, stated = row[stands], stated[stands]
    on_list = table.iloc[row].assign(
        fell=position.residual[row] - stated["balance"].to_numpy(dtype=np.int64),
        is_void=stated["is_void"].to_numpy(dtype=bool),
        is_derived=_may_derive(stated, ledger, balances),
        contradicts=stated["contradicts"].to_numpy(dtype=bool),
        is_listed=True,
        is_named=True,
        excess=position.excess[row],
    )
    if not balances.is_whole:
        return on_list
    is_gone = position.is_issued & (position.residual > 0)
    is_gone[row] = False
    is_gone &= _covered(table, balances)
    same_evening = set(entities_with_list_on(ledger, balances.day))
    is_named = balances.names(table.loc[is_gone, "currency"])
    is_first = ~table.loc[is_gone, "entity_id"].isin(same_evening).to_numpy(dtype=bool)
    gone = table[is_gone].assign(
        fell=position.residual[is_gone],
        is_void=False,
        # said after the doubt, of the very list that raised it: another of that evening may have
        # named what this one lacks
        is_derived=np.where(
            is_named, is_first, balances.speaks_of_all & (is_first | balances.is_again)
        ),
        contradicts=False,
        is_listed=False,
        is_named=is_named,
        excess=0,
    )
    return pd.concat([on_list, gone], ignore_index=True)


def compared_credits(ledger: Ledger, balances: BalanceList) -> pd.DataFrame:
    """The credits that the list states or should, with what of each was used up since."""
    books = ledger.balance_at(balances.day)
    table, free = books.facts.tables["credits"], books.position.unapplied
    stated = balances.stated[balances.stated["table"] == "credits"]
    row = np.asarray(pd.Index(table["credit_id"]).get_indexer(stated["document_id"]))
    is_known = row >= 0
    row, left = row[is_known], stated["balance"].to_numpy(dtype=np.int64)[is_known]
    on_list = table.iloc[row].assign(fell=free[row] - left)
    if not balances.is_whole:
        return on_list
    is_gone = (free > 0) & (balances.names(table["currency"]) | balances.speaks_of_all)
    is_gone[row] = False
    is_gone &= _covered(table, balances)
    gone = table[is_gone].assign(fell=free[is_gone])
    return pd.concat([on_list, gone], ignore_index=True)


def _covered(table: pd.DataFrame, balances: BalanceList) -> Flags:
    """Which rows are of an entity that the list speaks of; one without entities speaks of all."""
    entities = set(balances.stated["entity_id"])
    if entities <= {"main"}:
        return np.ones(len(table), dtype=bool)
    return np.asarray(table["entity_id"].isin(entities))


def _may_derive(stated: pd.DataFrame, ledger: Ledger, balances: BalanceList) -> Flags:
    """Whether a payment may follow from a balance: not where payments are told by themselves."""
    if balances.is_list:
        return np.ones(len(stated), dtype=bool)
    credits = ledger.tables["credits"]
    is_cash = credits["kind"].isin(CASH_KINDS).to_numpy()
    is_derived = credits["credit_id"].str.startswith((*DERIVED, LIST)).to_numpy(dtype=bool)
    # A payment that states its own balance says what of it was used.
    listed = balances.stated.loc[balances.stated["table"] == "credits", "document_id"]
    is_derived = is_derived | credits["credit_id"].isin(listed).to_numpy(dtype=bool)
    tells_payments = bool((is_cash & ~is_derived).any())
    is_dated = stated["is_dated"].to_numpy(dtype=bool)
    is_void = stated["is_void"].to_numpy(dtype=bool)
    return np.asarray(is_void | (~is_dated & (not tells_payments)))
