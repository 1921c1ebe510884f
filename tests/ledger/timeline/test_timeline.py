"""The timeline says of every morning what the ledger as of that morning says."""

from __future__ import annotations

from dataclasses import astuple, fields, replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from payrisk.calendar import NEVER, day_of, iso
from payrisk.ledger import Ledger, Timeline
from payrisk.ledger.facts.completing import complete
from payrisk.ledger.facts.corrections import days_as_text, key_text
from payrisk.ledger.facts.tables import TABLES
from payrisk.ledger.timeline import due_dates, movements, run_down, timeline
from payrisk.ledger.timeline.bitemporal import bitemporal_facts
from payrisk.simulate import simulate
from support.full import FULL
from support.ledgers.by_hand import credit, event, invoice, ledger, link
from support.ledgers.messy import START, messy_tables

LEDGERS, MORNINGS = (120, 150) if FULL else (8, 16)

FIELDS = {
    "invoices": "amount due_on issued_on customer_id discount_rate currency",
    "credits": "amount happened_on kind reason",
    "allocations": "amount happened_on credit_amount credit_id invoice_id",
    "events": "happened_on amount refers_on kind subject",
}
COLUMNS = ["issued_on", "due_on", "amount", "residual", "settled_on", "sold_on"]
COLUMNS.append("closing_recorded_on")


def heard_late(tables, g):
    """The same facts, many recorded much later and in any order."""
    for name in FIELDS:
        late = np.where(g.random(len(tables[name])) < 0.4, g.integers(0, 80, len(tables[name])), 0)
        tables[name] = tables[name].assign(recorded_on=tables[name]["recorded_on"] + late)
    return tables


def corrected(one: Ledger, g: np.random.Generator, share: float) -> Ledger:
    """The ledger with corrections of all that bears on invoices, some corrected twice."""
    subject = {"invoices": "invoice", "credits": "credit", "allocations": "allocation"}
    said = []
    for name, names in FIELDS.items():
        frame, keys = one.tables[name], key_text(name, one.tables[name])
        for field in names.split() * 2:
            rows = np.flatnonzero(g.random(len(frame)) < share)
            said.append(
                pd.DataFrame(
                    {
                        "kind": "changed",
                        "subject_kind": subject.get(name, "event"),
                        "subject": keys.iloc[rows].to_numpy(dtype=object),
                        "happened_on": START - g.integers(0, 50, len(rows)),
                        "field": field,
                        "new": other_values(name, frame, field, rows, g),
                        "recorded_on": START + g.integers(0, 300, len(rows)),
                    }
                )
            )
    events = pd.concat(said, ignore_index=True)
    events["event_id"] = [f"x{i:05}" for i in g.permutation(len(events))]
    events = pd.concat([one.tables["events"], complete("events", events)])
    events = complete("events", events.sort_values("event_id", kind="stable"))
    return Ledger(one.tables | {"events": events}, one.rules)


def other_values(name, frame, field, rows, g):
    kind = TABLES[name].column(field).kind
    if kind == "cents":
        return [str(cents) for cents in g.integers(0, 300_000, len(rows))]
    if kind == "day":
        days = frame[field].to_numpy()[rows]
        days = np.where(days == NEVER, START + 100, days) + g.integers(-20, 40, len(rows))
        return list(days_as_text(days))
    if kind == "rate":
        return ["0.03"] * len(rows)
    others = frame[field].to_numpy(dtype=object)[g.integers(0, len(frame), len(rows))]
    return ["" if one != one else one for one in others]


@cache
def messy(seed: int) -> Ledger:
    g = np.random.default_rng(seed)
    tables = messy_tables(seed, 60)
    one, _ = Ledger.from_tables(heard_late(tables, g) if seed % 2 else tables)
    return corrected(one, g, 0.03) if seed % 3 == 0 else one


def same_that_morning(one: Ledger, day: int) -> None:
    """Against `Books.invoices` itself."""
    books, rows = one.as_of(day), one.timeline.rows_on(day)
    frame, told = books.invoices(), one.timeline
    for name in COLUMNS:
        assert getattr(told, name)[rows].tolist() == frame[name].tolist(), (iso(day), name)
    by = np.array(["", "cash", "without_cash", "loss"])[told.closed_by[rows]]
    assert by.tolist() == frame["closed_by"].fillna("").tolist(), iso(day)


def same_position(one: Ledger, day: int) -> None:
    """Against what `Books.invoices` is made of, ten times faster."""
    books, told = one.as_of(day), one.timeline.take(one.timeline.rows_on(day))
    p, facts = books.position, books._version.arrays.invoices
    is_sold = p.sold_on < NEVER
    columns = {
        "invoice": np.arange(len(p.is_issued)),
        "customer": facts.customer,
        "issued_on": facts.issued_on,
        "due_on": p.due_on,
        "amount": facts.amount,
        "residual": np.where(is_sold, 0, p.residual),
        "settled_on": p.settled_on,
        "closed_by": p.closed_by,
        "closing_recorded_on": p.closing_recorded_on,
        "sold_on": p.sold_on,
    }
    for name, values in columns.items():
        assert getattr(told, name).tolist() == values[p.is_issued].tolist(), (iso(day), name)


def days_of_interest(one: Ledger, g: np.random.Generator) -> np.ndarray:
    """Mornings around all changes the timeline shows and all that facts may bring, and others."""
    known = [one.timeline.since, one.timeline.until[one.timeline.until < NEVER]]
    for name in FIELDS:
        frame = one.tables[name]
        known += [frame["recorded_on"].to_numpy(), frame[TABLES[name].happened].to_numpy()]
    days = np.unique(np.concatenate(known))
    days = np.unique(np.concatenate([days, days + 1, START + g.integers(0, 500, 9)]))
    return g.permutation(days[days > one.first_day])


def same_timeline(a: Timeline, b: Timeline) -> None:
    for f in fields(Timeline):
        np.testing.assert_array_equal(getattr(a, f.name), getattr(b, f.name), err_msg=f.name)


@pytest.mark.parametrize("part", range(4))
def test_every_morning_reads_as_the_ledger_as_of_it(part):
    for seed in range(part, LEDGERS, 4):
        one = messy(seed)
        days = days_of_interest(one, np.random.default_rng(seed))[:MORNINGS]
        for day in sorted(days.tolist()):
            same_position(one, day)
        same_that_morning(one, int(days[0]))


def test_invoices_run_down_once_and_run_down_anew_read_the_same():
    cases = [messy(seed) for seed in range(LEDGERS)]
    for one in [*cases, Ledger.from_tables(simulate(8, 7, 3).tables)[0]]:
        known = bitemporal_facts(one.tables, one._original.arrays, one.rules)
        same_timeline(timeline.timeline_of(known, all_anew=True), one.timeline)


def test_portions_and_blocks_change_nothing(monkeypatch):
    cases = [messy(seed) for seed in range(6)]
    whole = [one.timeline for one in cases]
    for module in (movements, run_down, due_dates):
        monkeypatch.setattr(module, "MOST_PAIRS", 60)
    monkeypatch.setattr(timeline, "BLOCK", 7)
    for one, before in zip(cases, whole):
        same_timeline(timeline.timeline(one.tables, one._original.arrays, one.rules), before)


def known_by(told: Timeline, day: int) -> Timeline:
    """What the rows say of the mornings up to that day, the last one lasting."""
    seen = told.take(told.since < day)
    seen.until[seen.until >= day] = NEVER
    return seen


def test_facts_recorded_later_change_no_earlier_row():
    for seed in range(LEDGERS):
        one = messy(seed)
        for day in days_of_interest(one, np.random.default_rng(seed))[:3].tolist():
            kept = {name: frame["recorded_on"] < day for name, frame in one.tables.items()}
            if not kept["invoices"].any():
                assert not len(known_by(one.timeline, day).invoice)
                continue
            past = Ledger({name: one.tables[name][own] for name, own in kept.items()})
            rows = [np.flatnonzero(kept[name]) for name in ("invoices", "customers")]
            early = known_by(past.timeline, day)
            early = replace(
                early, invoice=rows[0][early.invoice], customer=rows[1][early.customer]
            )
            same_timeline(early, known_by(one.timeline, day))


def test_rows_of_an_invoice_touch_and_each_says_something_new():
    for seed in range(LEDGERS):
        told = messy(seed).timeline
        assert (told.since < told.until).all()
        same = told.invoice[1:] == told.invoice[:-1]
        assert (told.invoice[1:] >= told.invoice[:-1]).all()
        assert (told.until[:-1] <= told.since[1:])[same].all()
        columns = np.stack(astuple(told))[[0, *range(3, 12)]]
        repeated = (columns[:, 1:] == columns[:, :-1]).all(axis=0)
        assert not (repeated & (told.until[:-1] == told.since[1:])).any()


def rows(one: Ledger, *names: str) -> list[tuple[object, ...]]:
    """The rows of the only invoice: since, until and the columns asked for; days in ISO."""
    told = one.timeline

    def text(name: str) -> list[object]:
        values = getattr(told, name).tolist()
        is_day = name.endswith(("_on", "since", "until"))
        return ["" if v == NEVER else iso(v)[5:] for v in values] if is_day else values

    return list(zip(*(text(name) for name in ("since", "until", *names))))


def test_payments_heard_out_of_order_a_return_and_a_second_payment_worked_by_hand():
    one = ledger(
        invoices=[invoice(amount=100_00, recorded_on="2025-01-02")],
        credits=[
            credit("p", 60_00, "2025-01-20"),
            credit("q", 40_00, "2025-01-10", recorded_on="2025-01-25"),
            credit("r", 60_00, "2025-03-01"),
        ],
        allocations=[
            link("p", "A", 60_00, "2025-01-22"),
            link("q", "A", 40_00, "2025-01-25"),
            link("r", "A", 60_00, "2025-03-01"),
        ],
        events=[event("reversal", "p", "2025-02-05", recorded_on="2025-02-07")],
    )
    assert rows(one, "residual", "settled_on", "closed_by", "closing_recorded_on") == [
        ("01-02", "01-22", 100_00, "", 0, ""),
        ("01-22", "01-25", 40_00, "", 0, ""),
        ("01-25", "02-07", 0, "01-20", 1, "01-25"),
        ("02-07", "03-01", 60_00, "", 0, ""),
        ("03-01", "", 0, "03-01", 1, "03-01"),
    ]


def test_extension_sale_buying_back_and_corrections_worked_by_hand():
    def change(field, new, on):
        return event(
            "changed", "A|1", on, subject_kind="invoice", field=field, new=new, event_id=field + on
        )

    one = ledger(
        invoices=[invoice(amount=100_00)],
        events=[
            event("due_date_change", "A", "2025-01-15", refers_on="2025-02-28"),
            event("sold", "A", "2025-01-20", recorded_on="2025-01-22"),
            event("reversal", "A", "2025-02-10", subject_kind="invoice"),
            change("amount", "12000", "2025-02-15"),
            change("issued_on", "2025-02-20", "2025-02-17"),
            change("customer_id", "c2", "2025-03-05"),
        ],
        customers=[{"customer_id": c, "recorded_on": "2025-01-01"} for c in ("c1", "c2")],
    )
    names = ("customer", "issued_on", "due_on", "amount", "residual", "sold_on")
    assert rows(one, *names) == [
        ("01-01", "01-15", 0, "01-01", "01-31", 100_00, 100_00, ""),
        ("01-15", "01-22", 0, "01-01", "02-28", 100_00, 100_00, ""),
        ("01-22", "02-10", 0, "01-01", "02-28", 100_00, 0, "01-20"),
        ("02-10", "02-15", 0, "01-01", "02-28", 100_00, 100_00, ""),
        ("02-15", "02-17", 0, "01-01", "02-28", 120_00, 120_00, ""),
        ("02-20", "03-05", 0, "02-20", "02-28", 120_00, 120_00, ""),
        ("03-05", "", 1, "02-20", "02-28", 120_00, 120_00, ""),
    ]


def test_an_invoice_issued_later_by_a_mistake_does_not_exist_meanwhile():
    def change(day, on):
        more = {"subject_kind": "invoice", "field": "issued_on", "new": day, "event_id": on}
        return event("changed", "A|1", on) | more

    one = ledger(
        invoices=[invoice()],
        events=[change("2025-03-01", "2025-02-10"), change("2025-01-01", "2025-02-12")],
    )
    assert rows(one, "issued_on") == [("01-01", "02-10", "01-01"), ("02-12", "", "01-01")]


def test_a_tolerated_invoice_is_settled_from_its_birth_and_none_known_is_no_row():
    one = ledger(invoices=[invoice(amount=0)])
    assert rows(one, "settled_on", "closed_by") == [("01-01", "", "01-01", 2)]
    assert one.timeline.rows_on(day_of("2025-01-01")).tolist() == []
    assert one.timeline.rows_on(day_of("2025-01-02")).tolist() == [0]


def test_a_history_knows_its_ledger():
    one = ledger(invoices=[invoice()])
    assert one.as_of(day_of("2025-02-01")).ledger is one
