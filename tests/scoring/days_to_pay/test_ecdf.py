from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payrisk.calendar import day_of, is_business_day
from payrisk.learning.days_to_pay.fit_ecdf import fit_shrunk_ecdf
from payrisk.receivables.days_late import (
    CLOSED_UNPAID,
    EARLIEST,
    LATEST,
    PAID,
    STILL_OPEN,
    DaysLateCounts,
    SettlementHistory,
    count_days_late,
)
from payrisk.scoring.days_to_pay.curve import (
    BEYOND_DAYS,
    LONGEST_TERM_DAYS,
    LagCurves,
    horizon_on,
    last_business_days,
    stack_curves,
    step_curves,
)
from payrisk.scoring.days_to_pay.ecdf import ShrunkEcdf
from support.ledgers.by_hand import credit, invoice, ledger, link


def counts(*rows: tuple[int, int]) -> DaysLateCounts:
    """One group of (days late, how it left)."""
    lags, left = (np.array(c, dtype=np.int64) for c in zip(*rows)) if rows else (
        np.zeros(0, dtype=np.int64),
    ) * 2  # fmt: skip
    return count_days_late(np.zeros(len(lags), dtype=np.int64), 1, lags, left)


def model(everyone: DaysLateCounts, **more) -> ShrunkEcdf:
    nobody = everyone.take(np.zeros(0, dtype=np.int64))
    plain = {"uses_terms": False, "is_rolled": False}
    return ShrunkEcdf(everyone, np.zeros(0, dtype=np.int64), nobody, **(plain | more))


def flat(one: ShrunkEcdf, own: DaysLateCounts, as_of: int, due: int, country: str = "DE") -> dict:
    """The curve of one invoice of a customer with these counts."""
    curves = one._dated(
        LagCurves(one.hazards(own, np.array([30]))),
        np.zeros(1, dtype=np.int64),
        np.array([as_of]),
        np.array([due]),
        np.array([country], dtype=object),
    )
    return curves[0]


histories = st.lists(
    st.tuples(
        st.integers(EARLIEST, LATEST + 40),
        st.sampled_from([PAID, PAID, STILL_OPEN, CLOSED_UNPAID]),
    ),
    max_size=25,
)


def test_without_censoring_it_is_the_shrunk_ecdf():
    everyone = counts(*[(lag, PAID) for lag in [0] * 500_000 + [10] * 500_000])
    own = counts((0, PAID), (5, PAID), (5, PAID))
    log = model(everyone, is_censored=False).hazards(own, np.array([30])).log_open[0]
    paid_by_5 = 1 - np.exp(log[5 - EARLIEST])
    assert paid_by_5 == pytest.approx((3 + 5 * 0.5) / (3 + 5), abs=1e-4)
    assert 1 - np.exp(log[0 - EARLIEST]) == pytest.approx((1 + 5 * 0.5) / 8, abs=1e-4)


def test_an_open_overdue_invoice_moves_the_curve_later():
    everyone = counts(*[(lag, PAID) for lag in range(100)])
    paid = counts((0, PAID), (1, PAID))
    waiting = counts((0, PAID), (1, PAID), (60, STILL_OPEN), (60, STILL_OPEN))
    one = model(everyone)
    before, after = (flat(one, own, 100, 100).paid_by(130) for own in (paid, waiting))
    assert after < before - 0.1
    blind = replace(one, is_censored=False)
    assert flat(blind, waiting, 100, 100).paid_by(130) == flat(blind, paid, 100, 100).paid_by(130)


def test_invoices_closed_without_cash_keep_the_curve_below_one():
    everyone = counts(*[(0, PAID)] * 80, *[(30, CLOSED_UNPAID)] * 20)
    curve = flat(model(everyone), counts(), 100, 100)
    assert curve.paid_by(curve.horizon_on) == pytest.approx(0.8, abs=0.02)


def test_an_open_invoice_has_escaped_what_closed_the_others():
    # 50 paid on the due date, 30 credited 5 days later, 20 paid after 60 days
    everyone = counts(*[(0, PAID)] * 50, *[(5, CLOSED_UNPAID)] * 30, *[(60, PAID)] * 20)
    one = model(everyone)
    at_issue, after_due, late = (flat(one, counts(), 100 + age, 100) for age in (-30, 1, 10))
    assert at_issue.paid_by(160) == pytest.approx(0.7, abs=0.02)
    assert at_issue.probability_never == pytest.approx(0.3, abs=0.02)
    assert after_due.paid_by(160) == pytest.approx(20 / 50, abs=0.03)
    assert late.paid_by(160) == pytest.approx(1.0, abs=0.1)  # all still open have paid so far
    assert late.probability_never < 0.05


@settings(max_examples=60)
@given(histories, histories, st.integers(-60, 700), st.integers(0, 90), st.floats(0, 1))
def test_every_curve_keeps_the_laws(ledger_rows, own_rows, age, closed, share):
    everyone, own = counts(*ledger_rows), counts(*own_rows)
    one = model(everyone, is_rolled=True, closed_days=(closed, round(closed / max(share, 0.01))))
    curve = flat(one, own, 20_000 + age, 20_000)  # PaymentCurve holds itself to its laws
    assert curve.horizon_on == max(20_000, 20_000 + age) + 120
    assert curve.probability_never + curve.probability_paid_by[-1] <= 1 + 1e-12


@settings(max_examples=60)
@given(histories, histories, st.integers(-40, 300), st.integers(1, 60), st.booleans())
def test_two_mornings_agree_with_bayes(ledger_rows, own_rows, age, later, rolled):
    one = model(counts(*ledger_rows), is_rolled=rolled)
    own = counts(*own_rows)
    now, then = (flat(one, own, 20_000 + age + d, 20_000) for d in (0, later))
    paid = now.paid_by(20_000 + age + later - 1)
    more = now.probability_paid_by[later:] - paid
    n = min(len(more), len(then.probability_paid_by))
    # what is left, over what then has been said of it: the chance of being open that morning
    is_open = (1 - paid - now.probability_never) / (1 - then.probability_never)
    assert np.abs(more[:n] - is_open * then.probability_paid_by[:n]).max() < 1e-9
    assert is_open <= 1 - paid + 1e-9


@given(histories, st.integers(-40, 300), st.integers(1, 60))
def test_without_closings_a_later_morning_is_the_curve_given_unpaid(own_rows, age, later):
    one = model(counts(*[(lag, PAID) for lag in range(0, 90, 3)]), is_censored=False)
    own = counts(*own_rows)
    now, then = (flat(one, own, 20_000 + age + d, 20_000) for d in (0, later))
    if now.paid_by(20_000 + age + later - 1) < 1 - 1e-6:
        given = now.given_unpaid_for(later).probability_paid_by
        n = min(len(given), len(then.probability_paid_by))
        assert np.abs(given[:n] - then.probability_paid_by[:n]).max() < 1e-9


def test_an_invoice_older_than_anything_seen_still_has_a_living_curve():
    one = model(counts(*[(lag, PAID) for lag in range(20)]))
    curve = flat(one, counts(), 30_000, 28_000)
    mass = curve.mass()
    assert 0 < curve.paid_by(curve.horizon_on) < 1
    assert mass[1:] == pytest.approx(mass[:-1] * (1 - sum(one.tail)))


def test_rolled_mass_falls_on_business_days_only():
    one = model(counts(*[(lag, PAID) for lag in range(30)]), is_rolled=True)
    as_of = day_of("2025-04-10")  # Easter follows
    curve = flat(one, counts(), as_of, as_of + 3, "DE")
    days = as_of + np.flatnonzero(curve.mass() > 1e-15)
    assert is_business_day(days, "DE").all()
    friday, tuesday = day_of("2025-04-18"), day_of("2025-04-22")
    assert friday not in days
    plain = flat(replace(one, is_rolled=False), counts(), as_of, as_of + 3)
    closed = curve.paid_by(tuesday) - curve.paid_by(friday - 1)
    assert closed == pytest.approx(plain.paid_by(tuesday) - plain.paid_by(friday - 1), abs=1e-6)


def test_last_business_days_look_back_over_weekends():
    friday = day_of("2025-01-10")
    assert (last_business_days(friday, friday + 3, None) - friday).tolist() == [0, 0, 0, 3]


def test_a_step_is_surely_paid_from_its_day():
    curves = step_curves(np.array([10, 10]), np.array([20, 20]), np.array([25, 3]))
    assert curves.paid_by(np.array([24, 10])).tolist() == [0.0, 1.0]
    assert curves.paid_by(np.array([25, 10])).tolist() == [1.0, 1.0]
    assert horizon_on(np.array([10]), np.array([20])).tolist() == [140]


def history(n: int = 60):
    invoices, credits, links = [], [], []
    for i in range(n):
        who = f"c{i % 3}"
        issued = day_of("2025-01-01") + i
        dates = {"issued_on": issued, "due_on": issued + 14, "customer_id": who}
        invoices.append(invoice(f"i{i}", **dates))
        if i % 4:
            paid = issued + 14 + i % 9 - 3
            credits.append(credit(f"p{i}", 100_00, paid, customer_id=who))
            links.append(link(f"p{i}", f"i{i}", 100_00, paid))
    books = ledger(invoices=invoices, credits=credits, allocations=links)
    return books.as_of(books.default_as_of)


def test_flat_rows_give_the_curves_of_the_ledger():
    known = history()
    one = fit_shrunk_ecdf(known)
    invoices = known.open_invoices()
    direct = one.curves(known, invoices)
    flat_rows = one.rows(known, invoices)
    assert set(flat_rows.dtypes.astype(str)) <= {"str", "object", "float64"}
    for curve, said in zip(direct, one.predict(flat_rows), strict=True):
        assert np.abs(curve.probability_paid_by - said).max() <= 1e-12


def test_a_quote_needs_no_more_than_who_and_when():
    known = history()
    one = fit_shrunk_ecdf(known)
    quote = pd.DataFrame(
        {"customer_id": ["c1", "nobody"], "issued_on": known.as_of, "due_on": known.as_of + 14}
    )
    curves = one.curves(known, quote)
    assert len(curves) == 2
    assert one.availability(known, quote).tolist() == ["young-ledger"] * 2
    grown = replace(one, is_young=False)
    assert grown.availability(known, quote).tolist() == ["full", "unknown-customer"]


def test_no_invoice_gives_no_curve():
    known = history()
    one = fit_shrunk_ecdf(known)
    assert len(one.curves(known, known.invoices().head(0))) == 0
    assert len(stack_curves([])) == 0


def test_a_model_comes_back_from_its_files_bit_for_bit():
    known = history()
    one = fit_shrunk_ecdf(known)
    back = ShrunkEcdf.from_files(one.to_files())
    assert back.to_files() == one.to_files()
    invoices = known.open_invoices()
    assert (back.curves(known, invoices).matrix == one.curves(known, invoices).matrix).all()
    with pytest.raises(ValueError):
        ShrunkEcdf.from_files({"model.json": one.to_files()["model.json"].replace(b"ecdf", b"x")})


def test_the_block_size_does_not_change_a_bit(monkeypatch):
    known = history()
    one = fit_shrunk_ecdf(known)
    invoices = known.open_invoices()
    whole = one.curves(known, invoices)
    monkeypatch.setattr("payrisk.scoring.days_to_pay.ecdf.CHUNK", 4)
    parts = one.curves(known, invoices)
    width = whole.matrix.shape[1]
    assert np.abs(whole.matrix - parts.matrix[:, :width]).max() <= 1e-15


def test_an_empty_ledger_still_speaks():
    one = model(counts())
    curve = flat(one, counts(), 100, 130)
    assert 0 < curve.paid_by(130) < curve.paid_by(220) < 1


def test_a_due_date_of_the_year_9999_does_not_widen_the_curves():
    far = day_of("9999-12-31")
    one = ledger(
        invoices=[
            invoice("A"),
            invoice("B", due_on="9999-12-31"),
            invoice("C", due_on="1900-01-01"),
        ]
    )
    history = one.as_of(day_of("2025-02-01"))
    curves = fit_shrunk_ecdf(history).curves(history, history.open_invoices())
    assert curves.matrix.shape == (3, LONGEST_TERM_DAYS + BEYOND_DAYS + 1)
    assert curves.lengths.tolist() == [121, LONGEST_TERM_DAYS + BEYOND_DAYS + 1, 121]
    as_of = np.array([history.as_of])
    said = step_curves(as_of, np.array([far]), np.array([far]))[0]
    assert said.probability_paid_by[-1] == 0
    assert said.probability_beyond == 1


def test_odd_terms_make_no_counts_of_their_own():
    rows = [
        invoice(f"I{k}", issued_on=day_of("2024-12-01") - k, recorded_on="2024-12-01")
        for k in range(40)
    ]
    waiting = SettlementHistory.of(ledger(invoices=rows).as_of(day_of("2025-01-01")))
    terms, counts = waiting.by_terms(at_least=1)
    assert len(terms) == len(counts.paid) == 0
    assert len(waiting.by_terms()[0]) == 40
    assert waiting.total().at_risk[0, 0] == waiting.by_terms()[1].total().at_risk[0, 0]


def test_the_very_late_pay_as_the_very_late_did_not_as_all_the_late():
    paid = [(lag, PAID) for lag in range(31, 131)]
    young, old = [(40, STILL_OPEN)] * 50, [(LATEST, STILL_OPEN)] * 900
    one = model(counts(*paid, *young, *old))
    cash, _ = one.late
    days = 900 * (LATEST - 300 + 1)  # at risk from 300 days late on, and not one of them paid
    assert cash == pytest.approx(
        101 / (sum(lag - 29 for lag, _ in [*paid, *young]) + 900 * 451 + 60)
    )
    assert one.tail[0] == pytest.approx(cash / (1 + cash * days))
    curve = flat(one, counts(), 30_000, 28_000)
    assert curve.paid_by(curve.horizon_on) < 0.1 * (1 - (1 - cash) ** BEYOND_DAYS)


def test_a_ledger_without_very_late_invoices_says_of_them_what_the_late_did():
    one = model(counts(*[(lag, PAID) for lag in range(60)], *[(90, STILL_OPEN)] * 20))
    assert one.tail == one.late
