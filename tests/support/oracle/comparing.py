"""The engine's features beside the oracle's, moment by moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from payrisk.calendar import NEVER
from payrisk.features import CATALOGUE, DAILY, LedgerStreams, Moments, build, build_days
from payrisk.ledger import Ledger
from support.oracle.oracle import Moment, View
from support.oracle.oracle_daily import ORACLE_DAILY
from support.oracle.oracle_terms import definition
from support.oracle.plain_facts import Facts
from support.oracle.plain_streams import Morning

RELATIVE, ABSOLUTE = 2e-6, 1e-6


@dataclass
class Compared:
    """How many values were compared, and those that differ."""

    n: int = 0
    different: list[str] = field(default_factory=list)

    def add(self, kind: str, view: View, told: list[float], own: dict[str, float]) -> None:
        """The engine's values of one moment, and the oracle's by name."""
        self.n += len(told)
        for (name, said), value in zip(own.items(), told):
            if not same(value, float(said)):
                self.different.append(f"{kind} {view.moment} {name}: {value} not {said}")


def compare(one: Ledger, seed: int, names: list[str] | None = None) -> Compared:
    """Every feature of moments of all kinds on one ledger; per-day covariates of some of them."""
    facts, kept, found = Facts(one), {}, Compared()
    g = np.random.default_rng(seed)
    asked = list(moments(one, facts, kept, g))
    engine, plain = together([e for _, e, _ in asked]), [p for _, _, own in asked for p in own]
    kinds = [kind for kind, _, own in asked for _ in own]
    assert [len(e) for _, e, _ in asked] == [len(own) for _, _, own in asked]
    views = [View(morning(facts, kept, moment.as_of), moment) for moment in plain]
    said = {name: definition(name) for name in names or CATALOGUE}
    values = build(LedgerStreams.of(one), engine, names).values.T.tolist()
    for kind, view, told in zip(kinds, views, values):
        found.add(kind, view, told, {name: of(view) for name, of in said.items()})
    described = [at for at, moment in enumerate(plain) if moment.due_on is not None]
    row = g.choice(described, 12)
    day = engine.as_of[row] + g.choice([0, 1, 4, 9, 33, 200], 12)
    if names is None:
        days = build_days(LedgerStreams.of(one), engine, row, day).values.T.tolist()
        for at, on, told in zip(row.tolist(), day.tolist(), days):
            own = {name: ORACLE_DAILY[name](views[at], on) for name in DAILY}
            found.add(f"{kinds[at]} on {on}", views[at], told, own)
    return found


def together(parts: list[Moments]) -> Moments:
    """Moments of all kinds as one lot."""
    columns = zip(*(vars(part).values() for part in parts))
    return Moments(*(np.concatenate(column) for column in columns))


def same(told: float, said: float) -> bool:
    """Equal to the rounding of 32 bits; NaN is NaN."""
    if told != told or said != said:
        return told != told and said != said
    return abs(told - said) <= ABSOLUTE + RELATIVE * abs(said)


def morning(facts: Facts, kept: dict[int, Morning], t: int) -> Morning:
    """A morning, read once."""
    if t not in kept:
        kept[t] = Morning(facts, t)
    return kept[t]


def moments(one: Ledger, facts: Facts, kept: dict[int, Morning], g: np.random.Generator):
    """All invoices at issue, open ones, customers on days something became known, quotes."""
    first, rows = Moments.at_issue(one), facts.rows["invoices"]
    assert sorted(first.invoice.tolist()) == list(range(len(rows)))
    yield "at issue", first, [_as_given(rows[place]) for place in first.invoice.tolist()]
    days = sorted({row["recorded_on"] for rows in facts.rows.values() for row in rows})
    days += sorted({e["happened_on"] for e in facts.rows["events"]})
    days = [day for day in days if day < NEVER]
    mornings = [int(g.choice(days)), int(g.choice(days)) + 1, max(days) + 400]
    still = [m for day in mornings for m in _open(morning(facts, kept, day))]
    yield "open", Moments.open_invoices(one, mornings), still
    ids = [*sorted({r["customer_id"] for r in facts.rows["customers"]}), "stranger"]
    for ahead in (0, 1, *(w + late for w in (30, 90, 365) for late in (0, 1))):
        day = int(g.choice(days)) + ahead  # where a window begins and ends
        yield "customer", Moments.customers(one, ids, day), [Moment(who, day) for who in ids]
    quotes = _quotes([*ids, *ids], day, g)
    yield "quote", Moments.of(one, quotes, day), [_as_given(r, day) for r in records(quotes)]


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as dicts."""
    return frame.to_dict("records")


def _as_given(row: dict[str, Any], as_of: int | None = None) -> Moment:
    """An invoice as its row first said, on the morning of its issue; a quote on any."""
    return Moment(
        customer=row["customer_id"],
        as_of=row["issued_on"] if as_of is None else as_of,
        invoice=(row["invoice_id"], row["instalment"]) if "invoice_id" in row else None,
        entity=row["entity_id"],
        issued_on=row["issued_on"],
        due_on=row["due_on"],
        amount=row["amount"],
        residual=row["amount"],
        currency=row["currency"],
    )


def _open(m: Morning) -> list[Moment]:
    found = []
    for key, row in m.known.invoices.items():
        stand = m.stand[key]
        if stand.is_open:
            found.append(
                Moment(
                    customer=row["customer_id"],
                    as_of=m.t,
                    invoice=key,
                    entity=row["entity_id"],
                    issued_on=row["issued_on"],
                    due_on=stand.due_on,
                    amount=row["amount"],
                    residual=stand.residual,
                    currency=row["currency"],
                )
            )
    return found


def _quotes(ids: list[str], day: int, g: np.random.Generator) -> pd.DataFrame:
    n = len(ids)
    issued = day + g.choice([0, 0, 3, -9], n)
    return pd.DataFrame(
        {
            "customer_id": ids,
            "entity_id": g.choice(["north", "south", "moon"], n),
            "issued_on": issued,
            "due_on": issued + g.choice([0, 14, 30, 61], n),
            "amount": g.integers(0, 900_000, n),
            "currency": g.choice(["EUR", "USD", "JPY", "CHF"], n),
        }
    )
