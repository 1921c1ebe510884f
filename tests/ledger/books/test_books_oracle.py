"""Books against a day-by-day reading of the rules in plain Python, on messy ledgers."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payrisk.calendar import NEVER, day_of
from payrisk.errors import LedgerError
from payrisk.ledger import Ledger
from payrisk.ledger.facts.kinds import GOODWILL
from support.full import FULL
from support.ledgers.by_hand import credit, event, invoice, ledger, link
from support.ledgers.messy import START, messy_tables

NOTHING = -1
EXAMPLES = 400 if FULL else 10


def plain_books(one: Ledger, known: int, evening: int):
    """Residual, settled day, what closed it per invoice; unapplied per currency. One currency a
    credit, no interest: docs/design.md, 'Settled', written as loops."""
    t = {name: frame.to_dict("records") for name, frame in one.tables.items()}
    invoices = [i for i in t["invoices"] if i["recorded_on"] < known and i["issued_on"] <= evening]
    credits = {
        c["credit_id"]: c
        for c in t["credits"]
        if c["recorded_on"] < known and c["happened_on"] <= evening
    }
    live = {(i["invoice_id"], i["instalment"]): i for i in invoices}
    links = [
        a
        for a in t["allocations"]
        if a["recorded_on"] < known
        and a["credit_id"] in credits
        and (a["invoice_id"], a["instalment"]) in live
    ]
    moves: dict[tuple, list] = {key: [] for key in live}
    free = {c: row["amount"] for c, row in credits.items()}
    for a in links:
        c, key = credits[a["credit_id"]], (a["invoice_id"], a["instalment"])
        moves[key].append((max(c["happened_on"], live[key]["issued_on"]), a["amount"], c))
        free[a["credit_id"]] -= a["amount"]
    events = [e for e in t["events"] if e["recorded_on"] < known and e["happened_on"] <= evening]
    returned = [e for e in events if e["kind"] == "reversal" and e["subject_kind"] == "credit"]
    gone: dict[str, int] = {}
    for e in sorted(returned, key=lambda e: (e["happened_on"], e["event_id"])):
        c = credits.get(e["subject"])
        if c is None:
            continue
        left = c["amount"] - gone.get(e["subject"], 0)
        take = left if pd.isna(e["amount"]) else min(int(e["amount"]), left)
        gone[e["subject"]] = gone.get(e["subject"], 0) + take
        own = [a for a in links if a["credit_id"] == e["subject"]]
        own.sort(key=lambda a: (-a["happened_on"], a["invoice_id"], a["instalment"]))
        pools = [
            [None, c["amount"] - sum(a["amount"] for a in own)],
            *([a, a["amount"]] for a in own),
        ]
        skip = gone[e["subject"]] - take
        for a, size in pools:
            used = min(skip, size)
            skip, size = skip - used, size - used
            cut = min(take, size)
            take -= cut
            if a is None:
                free[e["subject"]] -= cut
            elif cut:
                key = (a["invoice_id"], a["instalment"])
                day = max(e["happened_on"], c["happened_on"], live[key]["issued_on"])
                moves[key].append((day, -cut, c))
    out = {}
    for key, i in live.items():
        out[key] = plain_invoice(i, moves[key], one)
    sold = {}
    for e in events:
        if e["kind"] == "sold":
            sold[e["subject"], e["instalment"]] = e["happened_on"]
    unapplied: dict[str, int] = {}
    for c, cents in free.items():
        if credits[c]["kind"] in ("write_off", "withholding"):
            continue  # they settle invoices; what they name none for is nobody's
        unapplied[credits[c]["currency"]] = unapplied.get(credits[c]["currency"], 0) + cents
    for key, (owed, _, _) in out.items():
        currency = live[key]["currency"]
        unapplied[currency] = unapplied.get(currency, 0) + max(-owed, 0)
    return live, out, sold, {k: v for k, v in unapplied.items() if v}


def plain_invoice(i: dict, moves: list, one: Ledger) -> tuple[int, int, str | None]:
    """(cents owed, settled day, closed by) of one invoice from its movements."""
    tolerance = one.rules.tolerance
    allowed = min(tolerance.amount, round(i["amount"] * tolerance.rate))
    if not math.isclose(i["discount_rate"], 0) and i["discount_days"]:
        discount = round(i["amount"] * i["discount_rate"])
    else:
        discount = 0
    written = back = cash = other = overlap = low = withheld = 0
    settled, by, last_cash = NEVER, None, NOTHING
    if i["amount"] <= allowed:
        settled, by = i["issued_on"], "without_cash"
    for day in sorted({d for d, _, _ in moves}):
        for _, cents, c in [m for m in moves if m[0] == day]:
            if c["kind"] == "payment":
                cash += cents
                last_cash = day if cents > 0 else last_cash
            elif c["kind"] == "recovery":
                back += cents
            elif c["kind"] == "write_off" and c["reason"] not in GOODWILL:
                written += cents
            else:
                other += cents
                withheld += cents if c["kind"] == "withholding" else 0
        low = min(low, written - back)  # what recoveries brought beyond what was written off
        overlap = back + low
        owed = i["amount"] - cash - other - written - back + overlap
        in_time = last_cash != NOTHING and last_cash <= i["issued_on"] + i["discount_days"]
        limit = allowed + (discount if in_time and cash > 0 and i["discount_days"] else 0)
        if owed > limit:
            settled, by = NEVER, None
        elif settled == NEVER:
            settled = day
            by = "cash" if cash + back + withheld >= other - withheld else "without_cash"
            by = "loss" if written - overlap > allowed else by
    owed = i["amount"] - cash - other - written - back + overlap
    return owed, settled, by


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.integers(0, 10_000), st.integers(5, 400), st.integers(0, 40))
def test_books_equal_the_plain_reading(seed, day, lag):
    one = Ledger.from_tables(messy_tables(seed))[0]
    one.rules = type(one.rules)(interest_rate=0.0)
    evening = START + day
    known = evening + 1 + lag
    try:
        books = one.balance_at(evening, known)
    except LedgerError:
        return
    live, plain, sold, unapplied = plain_books(one, known, evening)
    frame = books.invoices().set_index(["invoice_id", "instalment"])
    assert set(frame.index) == set(live)
    for key, (owed, settled, by) in plain.items():
        row = frame.loc[key]
        assert row["residual"] == (0 if key in sold else max(owed, 0)), key
        assert row["closed_on"] == settled, key
        assert (row["closed_by"] if isinstance(row["closed_by"], str) else None) == by, key
    total = books.credit_balances().groupby("currency")["unapplied"].sum()
    assert {k: v for k, v in total.items() if v} == unapplied


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 500))
def test_the_net_balance_is_what_came_in_less_what_went_out_to_the_cent(seed, day):
    one = Ledger.from_tables(messy_tables(seed))[0]
    for books in (one.balance_at(START + 200 + day), one.as_of(START + 60 + day)):
        total = books.control_total().set_index("currency")
        flow = total["invoiced"] - total["credited"] + total["reversed"] + total["recovered"]
        flow = flow + total["interest"] - total["sold"] + total["exchanged"]
        owed = books.residuals().groupby("currency")["residual"].sum()
        held = books.credit_balances().groupby("currency")["unapplied"].sum()
        stock = owed.reindex(total.index, fill_value=0) - held.reindex(total.index, fill_value=0)
        assert (flow == total["net"]).all()
        assert (stock == total["net"]).all()


@settings(max_examples=EXAMPLES // 2, deadline=None)
@given(st.integers(0, 10_000), st.lists(st.integers(0, 10_000), min_size=4, max_size=4))
def test_nothing_recorded_on_or_after_the_morning_is_seen(seed, picks):
    seen = Ledger.from_tables(messy_tables(seed))[0]
    # mornings on which something is being recorded: there a `<=` would show
    facts = ("invoices", "credits", "allocations", "events", "events", "events")
    days = [seen.tables[name]["recorded_on"].unique() for name in facts]
    for turn, pick in enumerate(picks):
        one_kind = days[turn % len(days)]
        if len(one_kind):
            same_without_the_future(seen, int(one_kind[pick % len(one_kind)]))


def same_without_the_future(seen: Ledger, morning: int) -> None:
    cut = {name: f[f["recorded_on"] < morning] for name, f in seen.tables.items()}
    if not len(cut["invoices"]) or morning <= seen.first_day:
        return
    past = Ledger(cut)
    a, b = seen.as_of(morning), past.as_of(morning)
    for ask in ("invoices", "open_invoices", "credit_balances", "customers", "defaults"):
        pd.testing.assert_frame_equal(getattr(a, ask)(), getattr(b, ask)())


@settings(max_examples=EXAMPLES // 2, deadline=None)
@given(st.integers(0, 10_000))
def test_row_order_never_matters(seed):
    tables = messy_tables(seed)
    g = np.random.default_rng(seed)
    mixed = {n: f.iloc[g.permutation(len(f))].reset_index(drop=True) for n, f in tables.items()}
    a, b = Ledger.from_tables(tables)[0], Ledger.from_tables(mixed)[0]
    for name in tables:
        pd.testing.assert_frame_equal(a.tables[name], b.tables[name])
    again = Ledger.from_tables(a.tables)[0]  # checked tables come back unchanged
    for name in tables:
        pd.testing.assert_frame_equal(a.tables[name], again.tables[name])


def test_a_correction_is_seen_from_the_day_after_it_is_recorded():
    change = event(
        "changed", "A|1", "2025-02-10", subject_kind="invoice", field="amount",
        old="10000", new="12000",
    )  # fmt: skip
    one = ledger(invoices=[invoice(amount=100_00)], events=[change])
    assert one.as_of(day_of("2025-02-10")).invoices()["amount"].tolist() == [100_00]
    assert one.as_of(day_of("2025-02-11")).invoices()["amount"].tolist() == [120_00]
    assert one.balance_at(day_of("2025-01-15")).residuals()["residual"].tolist() == [120_00]


def test_corrections_of_days_texts_and_amounts_apply_in_the_order_recorded():
    def change(field, new, on):
        return event("changed", "p", on, subject_kind="credit", field=field, new=new) | {
            "event_id": f"{field}-{on}"
        }

    one = ledger(
        invoices=[invoice(amount=100_00)],
        credits=[credit("p", 100_00, "2025-01-20")],
        allocations=[link("p", "A", 100_00, "2025-01-20")],
        events=[
            change("happened_on", "2025-01-25", "2025-02-01"),
            change("happened_on", "2025-01-27", "2025-03-01"),
            change("kind", "offset", "2025-04-01"),
        ],
    )
    seen = [
        one.as_of(day_of(d)).invoices().iloc[0]
        for d in ("2025-02-01", "2025-02-02", "2025-03-02", "2025-04-02")
    ]
    assert [s["closed_on"] for s in seen] == [
        day_of(d) for d in ("2025-01-20", "2025-01-25", "2025-01-27", "2025-01-27")
    ]
    assert [s["closed_by"] for s in seen] == ["cash", "cash", "cash", "without_cash"]


def test_as_of_before_the_first_fact_is_a_sentence():
    one = ledger(invoices=[invoice()])
    with pytest.raises(LedgerError, match="first fact was recorded on 2025-01-01"):
        one.as_of(day_of("2025-01-01"))
    with pytest.raises(LedgerError, match="No invoice had been issued by 2024-12-31"):
        one.balance_at(day_of("2024-12-31"))
