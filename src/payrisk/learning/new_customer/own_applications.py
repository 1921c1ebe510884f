"""The company's own past applications, with what the ledger says became of them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from payrisk.arrays import Days, Flags, Texts
from payrisk.features.catalogue.application import APPLICATION, application_rows, parse_fields
from payrisk.learning.new_customer.applications import ApplicationTable
from payrisk.ledger import DefaultRule, History
from payrisk.ledger.facts.corrections import resolve_aliases
from payrisk.scoring.new_customer.encoding import Input

DECLINED = frozenset({"decline", "declined", "refused", "reject", "rejected"})


def own_applications(history: History, rule: DefaultRule, horizon_days: int) -> ApplicationTable:
    """The company's own past applications whose horizon had passed on the morning of `history`.

    An application counts from the customer's first invoice after it, else (none was billed within
    the horizon) from its own day; it went bad where a default began within `horizon_days` of
    then. One from before the ledger's first invoice counts from there: such customers were
    already billed and survived, so they tell what sets applicants apart, not how many go bad;
    the level comes from the recent ones (`level_shift`). Refused ones have no outcome: they are
    counted and never learned from, so what is learned holds for applicants like those accepted.
    Customers in default when the count begins are left out. counts: of all of these, for the card.
    """
    facts = history.known_rows("applications").sort_values("application_id", kind="stable")
    facts = facts.reset_index(drop=True)
    decision = facts["decision"].fillna("").str.lower()
    is_refused = (decision.isin(DECLINED) | facts["customer_id"].isna()).to_numpy()
    applied = facts["applied_on"].to_numpy(dtype=np.int64)
    customer = _resolved(history, facts["customer_id"])
    first = int(history.invoices()["issued_on"].min())
    begins = _begins(history, customer, np.maximum(applied, first), horizon_days)
    is_matured = begins + horizon_days <= history.as_of
    spells = history.defaults(rule)
    was_bad = _began(spells, customer, begins, horizon_days)
    is_in_default = _stands(spells, customer, begins)
    rows = np.flatnonzero(~is_refused & is_matured & ~is_in_default)
    n_accepted = int((~is_refused).sum())
    counts = {
        "applications_known": len(facts),
        "refused": int(is_refused.sum()),
        "accepted_share": round(n_accepted / len(facts), 4) if len(facts) else 0.0,
        "accepted_but_not_matured": int((~is_refused & ~is_matured).sum()),
        "in_default_already": int((~is_refused & is_matured & is_in_default).sum()),
        "from_before_the_ledger": int((applied[rows] < first).sum()),
        "applications": len(rows),
        "bad": int(was_bad[rows].sum()),
    }
    fields = [parse_fields(text) for text in facts["fields"].iloc[rows]]
    inputs = tuple(
        Input(
            entry.name,
            "category" if entry.kind == "text" else "number",
            entry.direction,
            entry=entry,
        )
        for entry in sorted(APPLICATION, key=lambda entry: entry.name)
    )
    frame = application_rows(fields)[[entry.name for entry in inputs]]
    return ApplicationTable(
        frame,
        was_bad[rows],
        customer[rows],
        applied[rows],
        rows,
        inputs,
        counts,
        horizon_days=horizon_days,
        is_own=True,
        known_on=begins[rows] + horizon_days,
    )


def _resolved(history: History, ids: pd.Series) -> Texts:
    """(n,) the customer each id goes by on the morning of `history`; '' where there is none."""
    aliases = history.known_rows("aliases")
    final = resolve_aliases(aliases[aliases["valid_on"] <= history.close_of])
    return np.array(
        [final.get(name, name) for name in ids.fillna("").astype(object)], dtype=object
    )


def _begins(history: History, customer: Texts, applied: Days, horizon_days: int) -> Days:
    """(n,) day of the first invoice on or after each application, else the application's own."""
    invoices = history.invoices()[["customer_id", "issued_on"]].sort_values("issued_on")
    by = {
        name: days_of_it.to_numpy()
        for name, days_of_it in invoices.groupby("customer_id")["issued_on"]
    }
    begins = applied.copy()
    for row, (name, day) in enumerate(zip(customer, applied, strict=True)):
        issued = by.get(name)
        if issued is not None:
            place = int(np.searchsorted(issued, day))
            if place < len(issued) and issued[place] < day + horizon_days:
                begins[row] = issued[place]
    return begins


def _began(spells: pd.DataFrame, customer: Texts, begins: Days, horizon_days: int) -> Flags:
    by = {
        name: days_of_it.to_numpy()
        for name, days_of_it in spells.groupby("customer_id")["default_on"]
    }
    nothing = np.zeros(0, dtype=np.int64)
    return np.array(
        [
            bool(
                (
                    (by.get(name, nothing) >= day) & (by.get(name, nothing) < day + horizon_days)
                ).any()
            )
            for name, day in zip(customer, begins, strict=True)
        ],
        dtype=bool,
    )


def _stands(spells: pd.DataFrame, customer: Texts, days: Days) -> Flags:
    by: dict[str, list[tuple[int, int]]] = {}
    for name, begun, cured in zip(
        spells["customer_id"], spells["default_on"], spells["cured_on"], strict=True
    ):
        by.setdefault(name, []).append((int(begun), int(cured)))
    return np.array(
        [
            any(begun < day < cured for begun, cured in by.get(name, ()))
            for name, day in zip(customer, days, strict=True)
        ],
        dtype=bool,
    )
