"""Dates: every spelling with one reading is read, and a column has one order of day and month."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest
from babel.dates import format_date
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from payrisk.calendar import NEVER, iso
from payrisk.errors import InputError
from payrisk.ledger.importing.reading import cells, load_preset, preset_from_text, read_source
from payrisk.ledger.importing.reading.cells.month_names import LANGUAGES
from support.full import FULL

EXAMPLES = 600 if FULL else 60
DATES = st.dates(dt.date(1970, 1, 1), dt.date(2069, 12, 31))


def read(*texts, formats=(), zone=""):
    """The dates of a column, '?' = set aside, '-' = none, and the doubts on it."""
    parsed = cells.days(cells.strip_cells(pa.array(texts, pa.string())), formats, zone=zone)
    values = [
        "?" if bad else "-" if day == NEVER else str(dt.date.fromordinal(719163 + int(day)))
        for day, bad in zip(parsed.values, parsed.bad, strict=True)
    ]
    return values, {doubt.code: int(doubt.hit.sum()) for doubt in parsed.doubts}


def column(*texts, **settings_):
    return read(*texts, **settings_)[0]


@settings(max_examples=EXAMPLES)
@given(
    DATES,
    st.sampled_from(
        [
            *("%Y-%m-%d", "%Y%m%d", "%Y/%m/%d", "%Y.%m.%d", "%d.%m.%Y", "%d-%b-%Y", "%d-%b-%y"),
            *("%b %d, %Y", "%B %d, %Y", "%d %B %Y", "%d%b%Y", "%A, %d %B %Y", "%a, %d %b %Y"),
            *("%Y-%b-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d+02:00", "%d. %m. %Y"),
            *("%d.%m.%Y %H:%M", "%Y-%m-%dT00:00:00Z", "%Y-%m-%dT00:00:00+02:00", "%d. %B %Y"),
        ]
    ),
)
def test_every_day_comes_back_from_every_spelling_with_one_reading(date, form):
    assert column(date.strftime(form)) == [str(date)]
    assert column(date.strftime(form), formats=["iso", "d/m/y"]) == [str(date)]


@settings(max_examples=3 * EXAMPLES)
@given(
    DATES, st.sampled_from(LANGUAGES), st.sampled_from(["long", "medium", "d MMM y", "d MMMM y"])
)
def test_months_have_names_in_every_language(date, language, form):
    assert column(format_date(date, form, locale=language)) == [str(date)]


@settings(max_examples=EXAMPLES)
@given(
    st.lists(DATES, min_size=1, max_size=12),
    st.sampled_from(["%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y"]),
    st.sampled_from([(), ("m/d/y", "d/m/y")]),
)
def test_a_column_of_days_is_read_in_its_order_or_asked_for(dates, form, formats):
    values = column(*[date.strftime(form) for date in dates], formats=formats)
    days_first = form.startswith("%d")
    if any(date.day > 12 for date in dates) or all(date.day == date.month for date in dates):
        assert values == [str(date) for date in dates]
    else:
        assert values == ["?"] * len(dates)
    one = "d/m/y" if days_first else "m/d/y"
    assert column(*[d.strftime(form) for d in dates], formats=[one]) == [str(d) for d in dates]


@settings(max_examples=EXAMPLES)
@given(st.lists(DATES, min_size=1, max_size=12), DATES)
def test_a_column_in_two_orders_is_never_read_silently(dates, other):
    assume(any(date.day > 12 for date in dates))
    assume(other.day > 12)
    texts = [date.strftime("%d/%m/%Y") for date in dates] + [other.strftime("%m/%d/%Y")]
    values, doubts = read(*texts)
    assert doubts["date_order"] >= 1
    assert values[-1] == "?"
    assert all(v in ("?", str(d)) for v, d in zip(values, [*dates, other], strict=True))


@settings(max_examples=EXAMPLES)
@given(st.lists(DATES, min_size=1, max_size=12), st.sampled_from(["%d/%m/%y", "%m/%d/%y"]))
def test_two_digits_of_a_year_are_read_in_their_order_or_asked_for(dates, form):
    values = column(*[date.strftime(form) for date in dates])
    assert values in (["?"] * len(dates), [str(date) for date in dates])


def test_one_order_fits_all_cells_or_the_few_are_set_aside():
    assert column("05/01/2026", "15/01/2026") == ["2026-01-05", "2026-01-15"]
    assert column("05/01/2026", "01/15/2026") == ["2026-05-01", "2026-01-15"]
    assert column("05/01/2026", "04/02/2026") == ["?", "?"]
    assert column("15/01/2026", "01/15/2026", "05/01/2026") == ["?"] * 3
    assert column(*["15/01/2026"] * 19, "01/15/2026", "05/01/2026")[-2:] == ["?", "2026-01-05"]
    assert column("05.01.2026", "04.02.2026") == ["2026-01-05", "2026-02-04"]
    # A dot is no slash: each has the order of its own kind.
    assert column("31.03.2025", "3/31/2025") == ["2025-03-31", "2025-03-31"]


def test_days_of_two_readings_are_read_as_the_files_other_days_and_doubted(tmp_path):
    path = tmp_path / "sales.csv"
    head = "invoice_id,customer_id,issued_on,due_on,amount,currency,paid_on"
    rows = [f"A{d},C1,{d}/01/2026,{d}/02/2026,10.00,EUR," for d in range(13, 20)]
    paid = "B,C1,01/01/2026,31/01/2026,10.00,EUR,05/02/2026"
    path.write_text("\n".join([head, *rows, paid]) + "\n")
    reading = read_source(path, load_preset("generic"), imported_on=20_600)
    (credit,) = reading.tables["credits"].to_dict("records")
    assert iso(credit["happened_on"]) == "2026-02-05"
    (doubt,) = [p for p in reading.problems if p.action == "doubted"]
    assert (doubt.code, doubt.column, doubt.n) == ("date_order", "paid_on", 1)
    assert "read as the other dates of the file" in doubt.message
    assert 'dates = ["d/m/y"]' in doubt.message
    # Two columns that tell two orders lend theirs to no third one.
    swapped = [f"A{d},C1,{d}/01/2026,02/{d}/2026,10.00,EUR," for d in range(13, 20)]
    path.write_text("\n".join([head, *swapped, paid.replace("31/01", "01/31")]) + "\n")
    reading = read_source(path, load_preset("generic"), imported_on=20_600)
    assert reading.rows_quarantined == 1


def test_a_year_of_two_digits_may_come_first():
    swedish = ["26-01-15", "26-02-28", "26-12-03"]
    assert column(*swedish) == ["?"] * 3
    meant = ["2026-01-15", "2026-02-28", "2026-12-03"]
    assert column(*swedish, formats=["iso", "y/m/d"]) == meant
    assert column("99-12-31", "99-01-02") == ["1999-12-31", "1999-01-02"]
    # Years of two and of four digits, slashes and dashes: each kind tells its own order.
    assert column("31/12/2021", "22-07-01", "13/10/21")[:2] == ["2021-12-31", "?"]
    assert column("15/01/26", "28/02/26", "03/11/25") == ["2026-01-15", "2026-02-28", "2025-11-03"]


def test_a_time_in_utc_is_the_day_it_is_where_the_books_are_kept():
    texts = ["2025-03-31T22:00:00Z", "2025-12-31T23:00:00.000Z", "2025-06-01T12:00:00+00:00"]
    assert read(*texts, zone="Europe/Berlin") == (["2025-04-01", "2026-01-01", "2025-06-01"], {})
    assert read(*texts) == (["?", "?", "2025-06-01"], {"time_zone": 2})
    assert column("2025-03-31T03:00:00Z", zone="America/New_York") == ["2025-03-30"]
    assert column("2025-03-31T00:30:00+02:00") == ["2025-03-31"]
    # Midnights in UTC and nothing else are dates.
    assert column("2025-03-31T00:00:00Z", "2025-04-30T00:00:00Z") == ["2025-03-31", "2025-04-30"]
    with pytest.raises(InputError, match="no time zone; give a name such as Europe/Berlin"):
        preset_from_text('timezone = "Middle/Earth"\n[invoices]', "mine")


def test_serials_of_a_spreadsheet_are_read_where_nothing_else_stands():
    assert column("45747", "45777.5") == ["2025-03-31", "2025-04-30"]
    assert column("45747", "2025-04-30") == ["?", "2025-04-30"]
    assert column("45747", "2025-04-30", formats=["iso", "excel"]) == ["2025-03-31", "2025-04-30"]
    assert column("45747", formats=["iso"]) == ["?"]
    assert column("99999", "12", "123456") == ["?"] * 3


@pytest.mark.parametrize(
    "text",
    [
        *("31/02/2025", "2025-02-29", "2025-13-01", "Mar 2025", "31 Foo 2025", "soon", "1 2 3 4"),
        *("Q1 2025", "2025-W14", "31-Mar-2025-1", "Mar Apr 2025", "12:30", "20251301", "+5"),
    ],
)
def test_what_is_no_day_is_none(text):
    assert column(text) == ["?"]
