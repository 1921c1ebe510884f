"""Days of an invoice: each covariate by hand, and nothing but age and calendar from day to day."""

from __future__ import annotations

import numpy as np
import pytest

from payrisk.calendar import NEVER, day_of, is_business_day, weekday
from payrisk.errors import InputError
from payrisk.features import (
    DAILY,
    FrozenMoments,
    LedgerStreams,
    Moments,
    build_days,
    build_days_from_frozen,
)
from payrisk.features.streams.lag_bins import N_BINS, STARTS, WIDTHS, bin_of
from payrisk.ledger import Ledger
from payrisk.simulate import simulate
from support.ledgers.messier import messier_ledger


@pytest.fixture(scope="module")
def company():
    return Ledger.from_tables(simulate(60, 12, 3).tables)[0]


def pairs(moments, n_days=50, step=3):
    row = np.repeat(np.arange(len(moments)), n_days)
    return row, moments.as_of[row] + np.tile(np.arange(n_days) * step, len(moments))


def column(matrix, name):
    return matrix.column(name).astype(np.float64)


def test_age_and_calendar_are_those_of_the_day(company):
    moments = Moments.at_issue(company)
    moments = moments.take(np.flatnonzero(moments.as_of > company.first_day)[:400:7])
    row, day = pairs(moments)
    found = build_days(LedgerStreams.of(company), moments, row, day)
    assert np.array_equal(column(found, "day__from_due__days__now"), day - moments.due_on[row])
    assert np.array_equal(column(found, "day__weekday__of__now"), weekday(day))
    countries = company.tables["customers"]["country"].to_numpy()[moments.customer]
    for code in set(countries):
        rows = np.flatnonzero(countries[row] == code)
        is_open = is_business_day(day[rows], code)
        assert np.array_equal(column(found, "day__business__is__now")[rows], is_open)
        holiday = ~is_open & (weekday(day[rows]) < 5)
        assert np.array_equal(column(found, "day__holiday__is__now")[rows], holiday)
    for at in range(0, len(row), 997):
        i, d, code = row[at], day[at], countries[row[at]]
        due = int(moments.due_on[i])
        between = np.arange(min(due, d) + 1, max(due, d) + 1)
        n = is_business_day(between, code).sum() * (1 if d >= due else -1)
        assert column(found, "day__business__since_due__now")[at] == n


def test_hazards_count_who_was_paid_and_who_was_still_unpaid(company):
    """Against plain loops over the books of the morning."""
    as_of = company.default_as_of - 120
    history = company.as_of(as_of)
    rows = history.open_invoices().head(40)
    moments = Moments.of(company, rows, as_of)
    row, day = pairs(moments, 30, 4)
    found = build_days(LedgerStreams.of(company), moments, row, day)
    paid, there = counts(history, as_of)
    everyone = (sum(paid.values()), sum(there.values()))
    for at in range(0, len(row), 53):
        customer = rows["customer_id"].iloc[row[at]]
        late = int(day[at] - rows["due_on"].iloc[row[at]])
        b = int(bin_of(np.array([late]))[0])
        prior = everyone[0][b] / (everyone[1][b] * WIDTHS[b]) if everyone[1][b] else np.nan
        assert column(found, "day__everyone__hazard__all")[at] == pytest.approx(prior, nan_ok=True)
        own = (paid.get(customer, np.zeros(N_BINS))[b], there.get(customer, np.zeros(N_BINS))[b])
        shrunk = (own[0] / WIDTHS[b] + prior * 10) / (own[1] + 10)
        assert column(found, "day__customer__hazard__all")[at] == pytest.approx(
            shrunk, nan_ok=True
        )
        assert column(found, "day__customer__reached__all")[at] == own[1]


def counts(history, as_of):
    """Per customer and bin: settled by cash in it, and still unpaid when it began."""
    paid, there = {}, {}
    for one in history.invoices().itertuples():
        n, m = (d.setdefault(one.customer_id, np.zeros(N_BINS)) for d in (paid, there))
        left = min(one.closed_on, one.sold_on)
        last = left - one.due_on if left < NEVER else as_of - one.due_on
        first = one.issued_on - one.due_on
        for b, start in enumerate(STARTS):
            end = STARTS[b + 1] if b + 1 < N_BINS else NEVER
            m[b] += last >= start and first < end
        if one.paid_on < NEVER and one.sold_on > one.paid_on:
            n[bin_of(np.array([one.paid_on - one.due_on]))[0]] += 1
    return paid, there


def test_flat_rows_say_the_same_without_a_ledger():
    ledger = messier_ledger(3, 40)
    moments = Moments.at_issue(ledger)
    frozen = FrozenMoments.of(LedgerStreams.of(ledger), moments)
    again = FrozenMoments.from_frame(frozen.to_frame())
    row, day = pairs(moments, 20, 5)
    one, other = build_days_from_frozen(frozen, row, day), build_days_from_frozen(again, row, day)
    assert one.names == tuple(DAILY)
    assert np.array_equal(one.values, other.values, equal_nan=True)
    assert np.array_equal(
        build_days(LedgerStreams.of(ledger), moments, row, day).values, one.values, True
    )


def test_a_payment_run_on_thursdays_is_counted_by_weekday():
    """Share 1 on Thursdays: one run between any two Thursdays, by the clock of the covariate."""
    from payrisk.features.computing.arithmetic import ARITHMETIC

    shares = [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]
    begin, end = day_of("2024-02-01"), day_of("2024-02-29")  # both Thursdays
    assert ARITHMETIC["runs"](float(begin), float(end), *shares) == 4
    assert ARITHMETIC["runs"](float(end), float(begin), *shares) == -4
    assert ARITHMETIC["runs"](float(begin), float(begin + 6), *shares) == 0


def test_a_day_before_its_as_of_and_an_unknown_name_are_refused(company):
    moments = Moments.at_issue(company).take(np.arange(1))
    known, row = LedgerStreams.of(company), np.array([0])
    with pytest.raises(InputError, match="before its as_of"):
        build_days(known, moments, row, moments.as_of - 1)
    with pytest.raises(InputError, match="no covariate 'day__moon'"):
        build_days(known, moments, row, moments.as_of, ["day__moon"])
