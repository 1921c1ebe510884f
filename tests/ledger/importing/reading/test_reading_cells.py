"""Cells: the same day, cent and flag that a careful person would read."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payrisk.calendar import NEVER, day_of
from payrisk.ledger.importing.reading import cells


def column(*texts):
    return cells.strip_cells(pa.array(texts, pa.string()))


def days(formats, *texts):
    parsed = cells.days(column(*texts), formats)
    return [
        "?" if bad else "-" if day == NEVER else dt.date(1970, 1, 1) + dt.timedelta(days=int(day))
        for day, bad in zip(parsed.values, parsed.bad, strict=True)
    ]


@pytest.mark.parametrize(
    ("format_", "text"),
    [
        ("iso", "2020-02-10"),
        ("iso", "2020-2-10"),
        ("iso", " 2020-02-10T23:59:59+14:00 "),
        ("iso", "2020-02-10 00:00:00"),
        ("yyyymmdd", "20200210"),
        ("yyyymmdd", "20200210.0"),
        ("m/d/y", "2/10/2020"),
        ("m/d/y", "02-10-2020 12:00"),
        ("d/m/y", "10.02.2020"),
        ("y/m/d", "2020/02/10"),
        ("excel", "43871"),
    ],
)
def test_one_day_in_its_many_spellings(format_, text):
    assert days([format_], text) == [dt.date(2020, 2, 10)]


def test_the_one_order_that_fits_every_cell_counts():
    assert days(["m/d/y", "d/m/y"], "3/4/2020", "31/4/2020", "31/1/2020") == [
        dt.date(2020, 4, 3),
        "?",
        dt.date(2020, 1, 31),
    ]


@pytest.mark.parametrize(
    "text",
    [
        *("9999-12-31", "00000000", "99991231", "31.12.9999", "12/31/9999", "0", "0000-00-00"),
        *("00.00.0000", "1900-01-01", "01/01/1900", "31-Dec-9999", "9999-12-31T00:00:00Z"),
    ],
)
def test_the_dates_by_which_systems_say_none_are_empty(text):
    assert days(["iso", "yyyymmdd"], text) == ["-"]


def test_what_is_no_day_is_not_guessed_at():
    texts = ["2020-02-30", "tomorrow", "1850-01-01", "2999-01-01", "20-02-10"]
    assert days(["iso", "yyyymmdd"], *texts) == ["?"] * len(texts)
    assert days(["iso"], "", "  ") == ["-", "-"]
    assert days(["iso"], "٢٠٢٠-01-01") == days(["iso"], "2020-01-01")
    assert days(["iso"]) == []


@settings(max_examples=40)
@given(st.dates(dt.date(1950, 1, 1), dt.date(2149, 12, 31)))
def test_every_day_comes_back(date):
    assert days(["iso"], date.isoformat()) == [date]
    assert days(["yyyymmdd"], date.strftime("%Y%m%d")) == [date]
    assert days(["m/d/y"], f"{date.month}/{date.day}/{date.year}") == [date]


def units(*texts, decimals=2, **signs):
    parsed = cells.minor_units(
        column(*texts),
        np.full(len(texts), decimals, dtype=np.int64),
        grammar=cells.NumberGrammar(**signs),
    )
    blank = zip(parsed.values, parsed.empty, parsed.bad, strict=True)
    return [None if empty else "?" if bad else int(value) for value, empty, bad in blank]


@settings(max_examples=40)
@given(st.integers(-(10**15), 10**15), st.sampled_from([0, 2, 3, 4]))
def test_amounts_are_exact_to_the_last_minor_unit(cents, decimals):
    text = str(Decimal(cents).scaleb(-decimals))
    if "E" not in text:
        assert units(text, decimals=decimals) == [cents]
        longer = text + "0" if "." in text else text + ".0"
        assert units(longer, decimals=decimals, decimal=".") == [cents]


@settings(max_examples=40)
@given(st.integers(-(10**11), 10**11))
def test_float_noise_is_read_as_the_cent_it_stands_for(cents):
    noisy = repr(cents / 100 * 1.1 / 1.1)
    if "e" not in noisy:
        assert units(noisy) == [cents]


def test_more_decimals_than_the_currency_has_are_not_rounded_away():
    assert units("1.005", "1.0050", "1.50", "0.001", "1.00000001") == ["?", "?", 150, "?", 100]
    assert units("1.5", "1.0", decimals=0) == ["?", 1]


def test_signs_as_people_write_them():
    assert units("+5", "-5", "5-", "(5.25)", "(5", "--5", "5-5", "", ".5", "5.") == [
        500,
        -500,
        -500,
        -525,
        "?",
        "?",
        "?",
        None,
        50,
        500,
    ]


def test_what_is_no_amount_is_not_guessed_at():
    texts = ["1,5.0", "1 00", "EUR €5", "5 k€", "NaN", "inf", "1e400", "1e16", "0x10", "five"]
    texts += ["1_000", "5%", "-5-", "-5 CR", "(-5)", "5)", "1'00", "TEUR 5", "5 6"]
    assert units(*texts) == ["?"] * len(texts)


def test_groups_of_thousands_must_be_well_formed():
    assert units("1,234,567.89", "1,23", "12,345", thousands=",") == [123456789, "?", 1234500]
    assert units("1 234,50", "1'234,50", "1.234,50", decimal=",", thousands=" ") == [
        123450,
        123450,
        "?",
    ]


def test_converted_amounts_are_turned_back_only_to_whole_minor_units():
    text = column("2309.7899999999995", "2309.78", "10.00")
    parsed = cells.minor_units(
        text, np.full(3, 2, dtype=np.int64), divide_by=np.array([0.7, 0.7, 1.0])
    )
    assert parsed.values.tolist()[0] == 329970
    assert parsed.bad.tolist() == [False, True, False]


def test_counts_rates_and_flags():
    counts = cells.counts(column("3", "3.0", "3.5", "", "x", "-1", "1e9"))
    assert counts.values.tolist()[:2] == [3, 3]
    assert counts.bad.tolist() == [False, False, True, False, True, True, True]
    shares = cells.rates(column("0.02", "2", "-0.1"), is_share=True)
    assert shares.bad.tolist() == [False, True, True]
    rates = cells.rates(column("0.5", "", "nan", "1e3"))
    assert rates.values[0] == 0.5
    assert rates.values[3] == 1000
    assert np.isnan(rates.values[1])
    assert rates.bad.tolist() == [False, False, True, False]
    flags = cells.flags(column("Yes", "0", "TRUE", "n", "1.0", "", "maybe"))
    assert flags.values.tolist() == [True, False, True, False, True, False, False]
    assert flags.bad.tolist() == [False] * 6 + [True]


def test_currencies_have_their_own_decimals():
    decimals, unknown = cells.exponents(column("EUR", "JPY", "BHD", "ZZZ", ""))
    assert decimals.tolist()[:3] == [2, 0, 3]
    assert unknown.tolist() == [False, False, False, True, True]


def test_the_day_numbers_are_those_of_the_calendar():
    assert cells.days(column("2025-01-31"), ["iso"]).values.tolist() == [day_of("2025-01-31")]
