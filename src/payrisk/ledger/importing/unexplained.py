"""What an import would change of the books without a document that says why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from payrisk.arrays import Flags
from payrisk.ledger.facts.corrections import key_text, resolve_aliases
from payrisk.ledger.facts.problems import Problem
from payrisk.ledger.facts.tables import Tables
from payrisk.ledger.history import Ledger
from payrisk.ledger.importing.matching import DERIVED, match
from payrisk.ledger.importing.merging import latest_tables
from payrisk.ledger.importing.open_items.comparing import LIST

Change = tuple[str, str, int, int]
"""What changed in words, the currency, how many facts, minor units."""

_INVOICE = ["invoice_id", "instalment"]
_REOPENED = "invoices that were paid and that this export lists as unpaid"
_WHOSE = ("customer_id", "currency", "entity_id")


@dataclass(frozen=True)
class BookChange:
    """In one currency: minor units open before, those that would change, and by what.

    open_amount: where nothing was open, what had been billed. what: one text a kind of change.
    """

    currency: str
    open_amount: int
    changed_amount: int
    what: tuple[str, ...]

    @property
    def share(self) -> float:
        """The changed amount as a share of what is open."""
        return self.changed_amount / max(self.open_amount, 1)


def unexplained_changes(
    old: Ledger,
    new: Ledger,
    read: Tables,
    imported_on: int,
    *,
    full: bool,
    cancelled: pd.DataFrame,
    unpaid: pd.DataFrame | None = None,
) -> tuple[list[BookChange], list[Problem]]:
    """By currency what changes though no document says so, and the doubts that this raises.

    New invoices, credits and payments are documents and never count, nor do changes that the
    source lists as dated events or that an alias explains. Restated amounts count by
    the difference; another customer, entity or currency by what is open of it; and, where the
    export claims to be whole (`full`), open invoices it lacks by what is open, and payments it
    lacks of invoices it still lists. read: the tables as read. cancelled: invoices (id and
    instalment) that the export lists as void or drafts, which is a document. unpaid: those it
    lists without the day of payment that others have.
    """
    documented = [old.changes["event_id"]]
    if "events" in read and "event_id" in read["events"]:
        documented.append(read["events"]["event_id"])
    fresh = new.changes[~new.changes["event_id"].isin(pd.concat(documented))]
    fresh = fresh[~_is_alias(fresh, new.tables["aliases"])]
    before = latest_tables(old)
    residuals = _residuals(old)
    changes = [*_restated(fresh, before, residuals)]
    lost = list(_vanished(before, read, residuals, imported_on, cancelled)) if full else []
    if full and unpaid is not None and len(unpaid):
        lost += _reopened(before, read, residuals, unpaid)
    changes += lost
    if not changes:
        return [], []
    is_open = residuals.groupby("currency")["residual"].sum()
    billed = before["invoices"].groupby("currency")["amount"].sum()
    out = []
    for currency in sorted({change[1] for change in changes}):
        mine = [change for change in changes if change[1] == currency]
        base = int(is_open.get(currency, 0)) or int(billed.get(currency, 0))
        texts = tuple(f"{what} ({n:,})" for what, _, n, _ in mine)
        out.append(BookChange(currency, base, sum(cents for *_, cents in mine), texts))
    return out, [_doubt(*change) for change in lost]


def _doubt(what: str, currency: str, n: int, cents: int) -> Problem:
    way_out = (
        "a payment that came back is an event (kind = reversal, subject = its credit_id)"
        if what == _REOPENED
        else "--partial says that the export is only a part"
    )
    message = f"{what}: kept as they were, but nothing says what became of them; {way_out}"
    return Problem("vanished", message, "doubted", n=n, amount=cents, currency=currency)


def _is_alias(fresh: pd.DataFrame, aliases: pd.DataFrame) -> Flags:
    """(n,) changes of a customer that is the same one by an alias."""
    final = resolve_aliases(aliases) if len(aliases) and len(fresh) else {}
    before, after = (fresh[c].map(lambda name: final.get(name, name)) for c in ("old", "new"))
    return np.asarray((fresh["field"] == "customer_id") & (before == after), dtype=bool)


def _residuals(old: Ledger) -> pd.DataFrame:
    """What is open of each invoice by all that the ledger knows."""
    evening = max(old.last_day, int(old.tables["invoices"]["issued_on"].max()))
    frame = old.balance_at(evening).invoices()
    return frame[["invoice_id", "instalment", "currency", "residual"]]


def _restated(fresh: pd.DataFrame, before: Tables, residuals: pd.DataFrame) -> Iterator[Change]:
    invoices = fresh[fresh["subject_kind"] == "invoice"]
    if len(invoices):
        keys = key_text("invoices", residuals).to_numpy()
        stood = residuals.set_index(keys)
        for field, group in invoices.groupby("field", sort=True):
            known = stood.reindex(group["subject"])
            if field == "amount":
                cents = _gap(group)
            elif field in _WHOSE:
                cents = known["residual"].fillna(0).astype("int64").to_numpy()
            else:
                continue
            yield from _by_currency(f"invoices with another {field}", known["currency"], cents)
    credits = fresh[fresh["subject_kind"] == "credit"]
    if len(credits):
        stood = before["credits"].set_index("credit_id")
        for field, group in credits.groupby("field", sort=True):
            known = stood.reindex(group["subject"])
            if field == "amount":
                # A list's `paid_amount` that grows is more money received: a document.
                derived = group["subject"].str.startswith(DERIVED).to_numpy(dtype=bool)
                grows = (group["new"].astype("int64") > group["old"].astype("int64")).to_numpy()
                cents = np.where(derived & grows, 0, _gap(group))
            elif field in (*_WHOSE, "kind"):
                cents = known["amount"].fillna(0).astype("int64").to_numpy()
            else:
                continue
            yield from _by_currency(f"credits with another {field}", known["currency"], cents)


def _gap(group: pd.DataFrame) -> np.ndarray:
    old, new = (group[c].astype("int64").to_numpy() for c in ("old", "new"))
    return np.asarray(np.abs(new - old))


def _vanished(
    before: Tables,
    read: Tables,
    residuals: pd.DataFrame,
    imported_on: int,
    cancelled: pd.DataFrame,
) -> Iterator[Change]:
    """Open invoices that a whole export lacks, and payments it lacks of invoices it lists."""
    is_listed = _listed("invoices", before, read, imported_on)
    if is_listed is None:
        return
    if len(cancelled):
        keys = pd.MultiIndex.from_frame(
            before["invoices"][_INVOICE].astype({"invoice_id": object})
        )
        is_listed |= keys.isin(pd.MultiIndex.from_frame(cancelled))
    gone = before["invoices"][~is_listed]
    if len(gone):
        lost = gone[_INVOICE].merge(residuals[residuals["residual"] > 0], on=_INVOICE)
        what = "open invoices that this export lacks"
        yield from _by_currency(what, lost["currency"], lost["residual"].to_numpy(dtype=np.int64))
    is_told = _listed("credits", before, read, imported_on)
    if is_told is None or is_told.all():
        return
    # What followed from balances is in no export.
    is_told |= before["credits"]["credit_id"].str.startswith(LIST).to_numpy(dtype=bool)
    gone, links = before["credits"][~is_told], before["allocations"]
    links = links[links["credit_id"].isin(gone["credit_id"])]
    links = links[links["invoice_id"].isin(before["invoices"]["invoice_id"][is_listed])]
    lost = gone[gone["credit_id"].isin(links["credit_id"])]
    what = "payments or credits that this export lacks though it lists their invoices"
    yield from _by_currency(what, lost["currency"], lost["amount"].to_numpy(dtype=np.int64))


def _reopened(
    before: Tables, read: Tables, residuals: pd.DataFrame, unpaid: pd.DataFrame
) -> Iterator[Change]:
    """Invoices that payments settled in the books and that the export lists as unpaid.

    Payments that the export lacks are told by themselves, and so is what it allocates.
    """
    links = before["allocations"]
    links = links[~links["credit_id"].str.startswith(LIST).to_numpy(dtype=bool)]
    for name, keys in (("credits", ["credit_id"]), ("allocations", ["credit_id", "invoice_id"])):
        here = pd.MultiIndex.from_frame(links[keys].astype(object))
        listed = read[name][keys] if name in read else links[keys][:0]
        is_listed = here.isin(pd.MultiIndex.from_frame(listed.astype(object)))
        if name == "credits" and not len(listed):
            continue  # it tells no payment at all
        links = links[is_listed if name == "credits" else ~is_listed]
    paid = links[[*_INVOICE, "amount"]].merge(unpaid.drop_duplicates(), on=_INVOICE)
    settled = residuals[residuals["residual"] == 0].merge(
        paid.groupby(_INVOICE, as_index=False)["amount"].sum(), on=_INVOICE
    )
    yield from _by_currency(_REOPENED, settled["currency"], settled["amount"].to_numpy(np.int64))


def _listed(name: str, before: Tables, read: Tables, imported_on: int) -> Flags | None:
    """(n,) rows of the ledger's table that the export restates; None where it lists none."""
    if not len(read.get(name, ())):
        return None
    matched = match(name, before[name], read[name], imported_on, full=True)
    out = np.zeros(len(before[name]), dtype=bool)
    out[matched.ledger_row[matched.ledger_row >= 0]] = True
    return out


def _by_currency(what: str, currency: Iterable[str], cents: np.ndarray) -> Iterator[Change]:
    frame = pd.DataFrame({"currency": list(currency), "cents": cents})
    for code, group in frame[frame["cents"] != 0].groupby("currency", sort=True):
        yield what, str(code), len(group), int(group["cents"].sum())
