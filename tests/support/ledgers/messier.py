"""Messier ledgers: what `messy` has, and everything else a feature may stumble over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from payrisk.calendar import NEVER
from payrisk.ledger import Ledger
from payrisk.ledger.facts.completing import complete
from payrisk.ledger.facts.tables import TABLES, Tables
from support.ledgers.corrections import CORRECTED, correct
from support.ledgers.messy import START, messy_tables

COUNTRIES = ["DE", "FR", "US", "AE", "XX", None]


def messier_ledger(seed: int, n_invoices: int = 30, **more: Any) -> Ledger:
    """A checked ledger of `messier_tables`."""
    return Ledger.from_tables(messier_tables(seed, n_invoices, **more))[0]


def messier_tables(
    seed: int, n_invoices: int = 30, corrected: Mapping[str, str] | None = None
) -> Tables:
    """Facts with ties, empty cells, twins, promises, reminders, changes of hands, late rates.

    Also buying back, one credit returned twice, withholding, foreign payments, groups in rings,
    aliases in chains, dated attributes known late, and in two of three ledgers corrections of
    the columns `corrected` (of CORRECTED where None).
    """
    g = np.random.default_rng(10_000 + seed)
    tables = messy_tables(seed, n_invoices)
    if seed % 2:
        _one_big_customer(tables)
    _currencies(tables, g)
    _terms(tables, g)
    _parties(tables, g)
    tables["attributes"] = _attributes(g)
    tables["rates"] = _rates(g)
    _foreign_payments(tables, g)
    _late(tables, g)
    tables["events"] = complete("events", pd.DataFrame(_events(tables, g)))
    scale = float(g.choice([0.03, 0.08, 0.4, 1.0, 1.0, 4.0]))
    _squeeze(tables, scale)
    if seed % 3:
        correct(tables, CORRECTED if corrected is None else corrected, scale, g)
    return {name: _twins(frame, g) for name, frame in tables.items() if len(frame)}


def _one_big_customer(tables: Tables) -> None:
    """Most documents of one customer, so that there are many to look back on."""
    for name in ("invoices", "credits"):
        who = tables[name]["customer_id"]
        tables[name]["customer_id"] = who.replace({"c1": "c0", "c2": "c0", "c3": "c0"})


def _currencies(tables: Tables, g: np.random.Generator) -> None:
    """Often all in one currency, or a currency each customer: the plain cases."""
    kind = g.integers(3)
    if kind == 2:
        return
    for name in ("invoices", "credits"):
        who = tables[name]["customer_id"].str[1:].astype(int)
        codes = np.array(["EUR"] * 5 if kind == 0 else ["EUR", "USD", "EUR", "JPY", "USD"])
        tables[name]["currency"] = codes[who.to_numpy()]


def _terms(tables: Tables, g: np.random.Generator) -> None:
    invoices = tables["invoices"]
    n = len(invoices)
    terms = pd.Series(g.choice(["net 14", "2/10 net 45", "", "NAH4"], n), dtype=object)
    due = np.where(g.random(n) < 0.15, NEVER, invoices["due_on"].to_numpy())
    due = np.where(g.random(n) < 0.05, invoices["issued_on"].to_numpy() - 3, due)
    due = np.where(g.random(n) < 0.01, invoices["issued_on"].to_numpy() - 5000, due)
    tables["invoices"] = invoices.assign(
        terms=terms.where(terms != "", None).astype(invoices["terms"].dtype),
        due_on=due,
        withholding_rate=g.choice([0.0, 0.0, 0.0, 0.1], n),
        amount=np.choose(
            g.choice(4, n, p=[0.92, 0.04, 0.02, 0.02]),  # nothing, a credit note, a fortune
            [
                invoices["amount"],
                g.integers(0, 2, n),
                -invoices["amount"],
                g.integers(10**13, size=n),
            ],
        ),
    )


def _parties(tables: Tables, g: np.random.Generator) -> None:
    ids = [f"c{i}" for i in range(7)]  # c5 and c6 may never have an invoice
    heads = [None, "c0", "c1", "c4", "c6", "nobody"]
    listed = [i for i in range(7) if g.random() < 0.9]  # the others are named by documents only
    tables["customers"] = pd.DataFrame(
        {
            "customer_id": [ids[i] for i in listed],
            "parent_id": [heads[k] for k in g.integers(0, 6, len(listed))],
            "country": [COUNTRIES[k] for k in g.integers(0, 6, len(listed))],
            "recorded_on": START + g.choice([-5, 0, 40, 160], len(listed)),
        }
    )
    n = int(g.integers(0, 4))
    pairs = [g.permutation(7)[:2] for _ in range(n)]
    valid = START + g.integers(0, 250, n)
    tables["aliases"] = pd.DataFrame(
        {
            "alias_id": [ids[a] for a, _ in pairs],
            "customer_id": [ids[b] for _, b in pairs],
            "valid_on": valid,
            "recorded_on": valid + g.choice([-20, 0, 30], n),
        }
    ).astype({"alias_id": object, "customer_id": object})
    tables["entities"] = pd.DataFrame(
        {
            "entity_id": ["north", "south"],
            "country": ["PL", None],
            "bank_calendar": [None, "AT"],
            "recorded_on": START + g.choice([0, 60], 2),
        }
    )


def _events(tables: Tables, g: np.random.Generator) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tables["events"].to_dict("records")
    share = float(g.choice([0.0, 0.1, 0.4]))

    def add(kind: str, subject_kind: str, subject: str, day: int, **more: Any) -> None:
        told = day + int(g.choice([0, 0, 2, 15])) + (g.random() < share) * int(g.integers(80))
        own = {"event_id": f"m{len(found)}", "kind": kind, "subject_kind": subject_kind}
        found.append(own | {"subject": subject, "happened_on": day, "recorded_on": told} | more)

    for row in tables["invoices"].itertuples():
        day = row.issued_on + int(g.integers(-5, 90))
        more = {"instalment": row.instalment}
        if g.random() < 0.3:
            promised = NEVER if g.random() < 0.1 else day + int(g.integers(-2, 40))
            add("promise", "invoice", row.invoice_id, day, refers_on=promised, **more)
        for _ in range(int(g.choice([0, 0, 1, 2]))):
            sent = row.issued_on + int(g.integers(5, 120))
            add("reminder", "invoice", row.invoice_id, sent, **more)
        if g.random() < 0.08:
            add("sold", "invoice", row.invoice_id, day, **more)
            if g.random() < 0.5:
                back = day + int(g.integers(0, 30))
                add("reversal", "invoice", row.invoice_id, back, **more)
        if g.random() < 0.1:
            to = row.issued_on + int(g.integers(0, 150))
            add("due_date_change", "invoice", row.invoice_id, day, refers_on=to, **more)
        if g.random() < 0.05:
            add("reversal", "invoice", row.invoice_id, day + 30, **more)
    for row in tables["credits"].itertuples():
        for _ in range(int(g.choice([0, 0, 0, 0, 0, 1, 2]))):
            part = None if g.random() < 0.4 else int(row.amount * g.random())
            day = row.happened_on + int(g.integers(0, 40))
            add("reversal", "credit", row.credit_id, day, amount=part)
    for at, row in enumerate(tables["invoices"].itertuples()):
        if at % 6 == 0:  # without a draw, so that the rest stays as it was
            given = {"instalment": row.instalment, "event_id": f"handed{at}"}
            day = row.issued_on + 40 + at % 50
            late = {"happened_on": day, "recorded_on": day + at % 4 * 9}
            own = {"kind": "handed_over", "subject_kind": "invoice", "subject": row.invoice_id}
            found.append(own | given | late)
    return found


def _attributes(g: np.random.Generator) -> pd.DataFrame:
    values: dict[str, list[Any]] = {
        "segment": ["big", "small", "", None],
        "limit": ["500000", "0", "none", "1e6"],
        "blocked": ["yes", " No", "1", "perhaps", None],
        "parent": ["c0", "c2", "", "nobody", None],
    }
    rows = []
    for name, texts in values.items():
        for one in range(7):
            for _ in range(int(g.choice([0, 1, 1, 3]))):
                valid = START + int(g.integers(-50, 300))
                told = NEVER if g.random() < 0.2 else valid + int(g.choice([-30, 0, 45]))
                value = texts[g.integers(len(texts))]
                rows.append((f"c{one}", name, value, valid, told))
    columns = ["customer_id", "name", "value", "valid_on", "recorded_on"]
    return pd.DataFrame(rows, columns=columns)


def _rates(g: np.random.Generator) -> pd.DataFrame:
    pairs = [("EUR", "USD"), ("USD", "EUR"), ("USD", "JPY"), ("JPY", "EUR"), ("CHF", "EUR")]
    usual = {"EURUSD": 1.1, "USDEUR": 0.9, "USDJPY": 150.0, "JPYEUR": 0.006, "CHFEUR": 1.05}
    rows = []
    for base, quote in pairs:
        if g.random() < 0.3:
            continue
        for valid in START - 20 + g.integers(0, 260, int(g.integers(1, 9))):
            rate = usual[base + quote] * float(g.uniform(0.9, 1.1))
            told = int(valid) + int(g.choice([0, 0, 1, 30, 90]))
            rows.append((base, quote, str(g.choice(["spot", "mid"])), int(valid), rate, told))
    return pd.DataFrame(rows, columns=["from", "to", "type", "valid_on", "rate", "recorded_on"])


def _foreign_payments(tables: Tables, g: np.random.Generator) -> None:
    """Some payments in another currency than the invoice, the part they take told or at a rate."""
    credits, links = tables["credits"], tables["allocations"]
    foreign = g.random(len(credits)) < 0.06
    codes = g.choice(["EUR", "USD"], len(credits))
    codes = np.where(foreign, codes, credits["currency"].to_numpy(dtype=object))
    tables["credits"] = credits.assign(currency=codes)
    if g.random() < 0.5:
        own = links["credit_id"].isin(credits.loc[foreign, "credit_id"]).to_numpy()
        told = np.where(own, (links["amount"] * 0.8).round(), links["amount"]).astype(object)
        told[~own] = None
        tables["allocations"] = links.assign(credit_amount=pd.array(told, dtype="Int64"))


def _late(tables: Tables, g: np.random.Generator) -> None:
    share = float(g.choice([0.0, 0.1, 0.4]))
    for name in ("invoices", "credits", "allocations"):
        n = len(tables[name])
        late = np.where(g.random(n) < share, g.integers(0, 80, n), 0)
        tables[name] = tables[name].assign(recorded_on=tables[name]["recorded_on"] + late)


def _squeeze(tables: Tables, scale: float) -> None:
    """Bring all days nearer to each other or farther apart: ties, or years of history."""
    for name, frame in tables.items():
        for column in TABLES[name].columns:
            if column.kind == "day" and column.name in frame:
                days = frame[column.name].to_numpy(dtype=np.int64)
                near = START + np.floor((days - START) * scale).astype(np.int64)
                frame[column.name] = np.where(days == NEVER, NEVER, near)


def _twins(frame: pd.DataFrame, g: np.random.Generator) -> pd.DataFrame:
    """Some rows twice, a few of them recorded later with another amount; all in any order."""
    again = frame[g.random(len(frame)) < 0.1]
    if "amount" in frame and "invoice_id" in frame:
        other = g.random(len(again)) < 0.3
        again = again.assign(
            amount=again["amount"] + other, recorded_on=again["recorded_on"] + 3 * other
        )
    both = pd.concat([frame, again], ignore_index=True)
    return both.iloc[g.permutation(len(both))].reset_index(drop=True)
