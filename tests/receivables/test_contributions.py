"""Who moved the DSO: the customers' parts add up to its change, to the last digit that counts."""

from __future__ import annotations

import numpy as np
import pytest

from payrisk.calendar import day_of
from payrisk.ledger import Ledger
from payrisk.receivables.measures.choices import KpiChoices
from payrisk.receivables.measures.contributions import EFFECTS, dso_contributions
from payrisk.receivables.measures.measured import kpis
from payrisk.simulate import simulate
from support.ledgers.by_hand import credit, invoice, ledger, link


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("choices", [KpiChoices(), KpiChoices("gross", "included", "netted")])
def test_contributions_add_up_to_the_change(seed, choices):
    one = Ledger.from_tables(simulate(12, 18, seed).tables)[0]
    now = one.balance_at(one.last_day - 31, one.default_as_of)
    then = one.balance_at(one.last_day - 122, one.default_as_of)
    table = dso_contributions(then, now, choices=choices)
    np.testing.assert_allclose(
        table[list(EFFECTS)].sum(axis=1), table["contribution"], rtol=0, atol=1e-9
    )
    before, after = (
        kpis(one, books, choices=choices).rows.set_index("currency")["dso_simple"]
        for books in (then, now)
    )
    change = table.groupby("currency")["contribution"].sum()
    assert len(change) >= 2
    expected = (after - before).reindex(change.index)
    np.testing.assert_allclose(change, expected, rtol=0, atol=1e-9)
    back = dso_contributions(now, then, choices=choices).set_index(["customer_id", "currency"])
    there = table.set_index(["customer_id", "currency"])["contribution"]
    np.testing.assert_allclose(there, -back["contribution"].reindex(there.index), atol=1e-9)


def test_who_pays_later_stands_first_by_what_is_overdue():
    """Two customers billed alike in both quarters; in the second one pays nothing."""
    invoices = [
        invoice(f"{who}{q}", 100_00, customer_id=who, issued_on=day, due_on=day)
        for who in ("good", "late")
        for q, day in enumerate(("2025-01-10", "2025-04-10"))
    ]
    paid = [("good0", "2025-01-20"), ("late0", "2025-01-20"), ("good1", "2025-04-20")]
    one = ledger(
        invoices=invoices,
        credits=[credit(name, 100_00, day, customer_id=name[:4]) for name, day in paid],
        allocations=[link(name, name, 100_00, day) for name, day in paid],
    )
    then, now = (one.balance_at(day_of(day)) for day in ("2025-03-31", "2025-06-30"))
    table = dso_contributions(then, now)
    first = table.iloc[0]
    assert first["customer_id"] == "late"
    # from 0 to 100 / 200 x 90 days; sales a day were 200 / 81 (billing began 10 January), 200 / 90
    assert (first["dso_before"], first["dso_after"]) == (0.0, 45.0)
    assert first["overdue_effect"] == pytest.approx(100 * (81 / 200 + 90 / 200) / 2)  # 42.75
    assert first["sales_effect"] == pytest.approx((100 / 81 - 100 / 90) * 100 * 81 * 90 / 80_000)
    assert table["contribution"].tolist() == pytest.approx([43.875, 1.125])
