"""What billed amounts became: every cent in one part, and nothing heard too early."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from payrisk.answers import Answers
from payrisk.calendar import NEVER, day_of
from payrisk.cash.views.dilution import BECAME, disputed_amounts, what_billing_became
from payrisk.ledger import Ledger
from payrisk.simulate import simulate
from support.company.five_customers import AS_OF, champions, small_company
from support.ledgers.by_hand import credit, event, invoice, ledger, link

MORNING = day_of("2025-06-02")


def company(*credits, invoices=None, events=()):
    """Invoice A of 1,000.00 with 2 % off within ten days, and credits applied to it in full."""
    offered = {"discount_rate": 0.02, "discount_days": 10}
    return ledger(
        invoices=invoices or [invoice("A", 1000_00, **offered)],
        credits=[credit(name, cents, on, **more) for name, cents, on, more in credits],
        allocations=[link(name, "A", cents, on) for name, cents, on, _ in credits],
        **({"events": list(events)} if events else {}),
    )


def parts(one: Ledger, as_of: int = MORNING) -> dict[str, int]:
    table = what_billing_became(one.as_of(as_of))
    if table.empty:
        return {}
    (row,) = table.to_dict("records")
    assert sum(row[name] for name in BECAME) == row["billed"]
    return {name: row[name] for name in BECAME if row[name]} | {"n": row["n_invoices"]}


def test_an_early_payer_keeps_the_discount_posted_or_not():
    kept = company(("K", 980_00, "2025-01-08", {}))
    assert parts(kept) == {"cash": 980_00, "early_discount": 20_00, "n": 1}
    posted = company(
        ("K", 980_00, "2025-01-08", {}),
        ("N", 20_00, "2025-01-08", {"kind": "credit_note", "reason": "Discount"}),
    )
    assert parts(posted) == {"cash": 980_00, "early_discount": 20_00, "n": 1}
    (row,) = what_billing_became(posted.as_of(MORNING)).to_dict("records")
    assert (row["take_up"], row["discount_rate"]) == (1.0, 0.02)
    late = company(("K", 1000_00, "2025-02-08", {}))
    (row,) = what_billing_became(late.as_of(MORNING)).to_dict("records")
    assert row["take_up"] == 0.0
    assert np.isnan(row["discount_rate"])


def test_credit_notes_losses_offsets_and_short_pays_each_have_their_place():
    mixed = company(
        ("K", 600_00, "2025-02-03", {}),
        ("C", 150_00, "2025-02-04", {"kind": "credit_note", "reason": "goods returned"}),
        ("O", 100_00, "2025-02-05", {"kind": "offset"}),
        ("T", 50_00, "2025-02-06", {"kind": "withholding"}),
        ("G", 40_00, "2025-02-07", {"kind": "write_off", "reason": "goodwill"}),
        ("L", 59_50, "2025-02-08", {"kind": "write_off", "reason": "bad_debt"}),
    )
    assert parts(mixed) == {
        "cash": 600_00, "credit_notes": 150_00, "offsets": 100_00, "withheld": 50_00,
        "short_pays": 40_50, "write_offs": 59_50, "n": 1,
    }  # fmt: skip


def test_a_recovery_takes_a_loss_back_and_a_returned_payment_is_no_cash():
    lost = company(
        ("L", 1000_00, "2025-02-08", {"kind": "write_off", "reason": "bad_debt"}),
        ("R", 300_00, "2025-04-08", {"kind": "recovery"}),
    )
    assert parts(lost) == {"cash": 300_00, "write_offs": 700_00, "n": 1}
    back = event("reversal", "K", "2025-02-10", subject_kind="credit")
    returned = company(
        ("K", 1000_00, "2025-02-03", {}), ("P", 1000_00, "2025-03-03", {}), events=[back]
    )
    assert parts(returned) == {"cash": 1000_00, "n": 1}


def test_what_is_open_sold_or_not_yet_recorded_is_not_in_it():
    late = {"recorded_on": "2025-03-20"}
    heard = company(("K", 1000_00, "2025-02-03", late))
    assert parts(heard, day_of("2025-03-20")) == {}
    sold = [event("sold", "A", "2025-02-01", subject_kind="invoice")]
    assert parts(company(("K", 10_00, "2025-01-20", {}), events=sold)) == {}
    assert parts(heard, day_of("2025-03-21") + 365) == {}


def test_on_a_made_up_company_the_parts_sum_and_past_mornings_stay():
    tables = simulate(30, 14, 3).tables
    whole = Ledger.from_tables(tables)[0]
    as_of = whole.default_as_of - 60
    table = what_billing_became(whole.as_of(as_of))
    assert (table[list(BECAME)].sum(axis=1) == table["billed"]).all()
    rows = whole.as_of(as_of).invoices()
    inside = (rows["closed_on"] >= as_of - 365) & (rows["closed_on"] < NEVER)
    rows = rows[inside & (rows["sold_on"] == NEVER)]
    assert table.set_index("currency")["billed"].to_dict() == (
        rows.groupby("currency")["amount"].sum().to_dict()
    )
    for name in ("early_discount", "credit_notes", "short_pays"):
        assert table[name].sum() > 0
    early = {name: frame[frame["recorded_on"] < as_of] for name, frame in tables.items()}
    cut = Ledger.from_tables(early)[0]
    pd.testing.assert_frame_equal(what_billing_became(cut.as_of(as_of)), table)


def test_disputes_say_what_is_held_back():
    cash = Answers(small_company(), champions()).cash_forecast(as_of=AS_OF, horizon_days=28)
    none = disputed_amounts(cash)
    assert none.empty
    assert "held_back" in none
    cash.invoices["disputed"] = np.where(cash.invoices["invoice_id"] == "C", 40_00, 0)
    (row,) = disputed_amounts(cash).to_dict("records")
    own = cash.expected[(cash.invoices["invoice_id"] == "C").to_numpy()]
    assert (row["n_disputed"], row["disputed"]) == (1, 40_00)
    assert row["held_back"] == own[:, 28:].sum() > 0
    rest = ["settled_by_credits", "within_horizon", "beyond_horizon", "never"]
    assert sum(row[name] for name in rest) == row["open_balance"] == 2500_00
    assert row["held_back"] == pytest.approx(
        row["open_balance"] - row["within_horizon"], abs=100_00
    )
