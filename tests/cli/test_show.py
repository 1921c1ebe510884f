"""What a command prints: money in its currency, days as dates, for people and for programs."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from payrisk.calendar import NEVER, day_of
from payrisk.cli.show import show, show_json
from payrisk.money import decimal_text

TABLE = pd.DataFrame({
    "customer_id": pd.array(["A", "B", None], dtype="str"),
    "due_on": [day_of("2019-10-01"), NEVER, 0],
    "residual": [123456, -500, 1],
    "currency": ["EUR", "JPY", "KWD"],
    "n_invoices": [3, 20_000, 1],
    "late_rate": [0.12345, np.nan, 1234.5],
    "is_natural_person": [True, False, True],
})  # fmt: skip


def printed(capsys, table, **options):
    show(table, **{"as_json": True} | options)
    return capsys.readouterr().out


def test_json_is_records_with_dates_and_decimals(capsys):
    assert json.loads(printed(capsys, TABLE)) == [
        {
            "customer_id": "A",
            "due_on": "2019-10-01",
            "residual": "1234.56",
            "currency": "EUR",
            "n_invoices": 3,
            "late_rate": 0.12345,
            "is_natural_person": True,
        },
        {
            "customer_id": "B",
            "due_on": None,
            "residual": "-500",
            "currency": "JPY",
            "n_invoices": 20000,
            "late_rate": None,
            "is_natural_person": False,
        },
        {
            "customer_id": None,
            "due_on": "1970-01-01",
            "residual": "0.001",
            "currency": "KWD",
            "n_invoices": 1,
            "late_rate": 1234.5,
            "is_natural_person": True,
        },
    ]


def test_a_table_for_people_groups_thousands_and_leaves_unknown_cells_empty(capsys):
    lines = printed(capsys, TABLE, as_json=False, title="Who owes").splitlines()
    assert lines[0].strip() == "Who owes"
    rows = [line.split() for line in lines if line.startswith(("A", "B"))]
    assert rows == [
        ["A", "2019-10-01", "1,234.56", "EUR", "3", "0.1235", "yes"],
        ["B", "-500", "JPY", "20,000", "no"],
    ]


def test_a_pipe_never_cuts_a_cell(capsys):
    wide = pd.DataFrame({"text": ["x" * 500]})
    assert "x" * 500 in printed(capsys, wide, as_json=False)


def test_text_is_shown_as_it_is_never_as_markup(capsys):
    assert "[bold]Ltd[/bold]" in printed(
        capsys, pd.DataFrame({"[n]": ["[bold]Ltd[/bold]"]}), as_json=False
    )


def test_several_tables_are_one_json_document(capsys):
    out = printed(capsys, {"aging": TABLE[["n_invoices"]], "none": TABLE.head(0)})
    assert json.loads(out) == {
        "aging": [{"n_invoices": 3}, {"n_invoices": 20000}, {"n_invoices": 1}],
        "none": [],
    }


def test_named_money_columns_come_before_the_rule(capsys):
    table = pd.DataFrame({"1-30": [1250.4], "limit": [7], "currency": ["USD"]})
    assert json.loads(printed(capsys, table, money=["1-30"])) == [
        {"1-30": "12.50", "limit": 7, "currency": "USD"}
    ]


def test_money_without_a_currency_column_stays_a_number(capsys):
    assert json.loads(printed(capsys, pd.DataFrame({"limit": [700]}))) == [{"limit": 700}]


def test_a_long_table_says_how_much_is_left(capsys):
    table = pd.DataFrame({"n": range(100)})
    assert "97 more rows" in printed(capsys, table, as_json=False, limit=3)
    assert len(json.loads(printed(capsys, table, limit=3))) == 100


def test_dates_times_and_lists_of_pandas_become_plain(capsys):
    table = pd.DataFrame({
        "week": pd.to_datetime(["2019-10-01", None]),
        "at": pd.to_datetime(["2019-10-01 12:30", None]),
        "day": [dt.date(2019, 10, 1), None],
        "probability_paid_by": [np.array([0.5, 1.0]), [0.25]],
        "count": pd.array([1, None], dtype="Int64"),
    })  # fmt: skip
    assert json.loads(printed(capsys, table)) == [
        {
            "week": "2019-10-01",
            "at": "2019-10-01T12:30:00",
            "day": "2019-10-01",
            "probability_paid_by": [0.5, 1.0],
            "count": 1,
        },
        {"week": None, "at": None, "day": None, "probability_paid_by": [0.25], "count": None},
    ]


def test_json_never_holds_a_nan(capsys):
    with pytest.raises(ValueError, match="not JSON compliant"):
        show_json({"auc": float("nan")})


@given(st.integers(-(10**15), 10**15), st.sampled_from(["EUR", "JPY", "KWD", "???", None]))
def test_decimal_text_gives_back_every_minor_unit(cents, currency):
    digits = {"JPY": 0, "KWD": 3}.get(currency, 2)
    text = decimal_text(cents, currency)
    assert int(text.replace(".", "")) == cents
    assert len(text.partition(".")[2]) == digits
    assert decimal_text(cents, currency, grouped=True).replace(",", "") == text


@pytest.mark.parametrize("width", [40, 80, 120, 400])
def test_no_number_is_cut_however_narrow_the_terminal(capsys, monkeypatch, width):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", str(width))
    amounts = {f"days_{n}_amount": [123_456_789_00 + n] for n in range(9)}
    table = pd.DataFrame(
        {"customer": ["a long name of a company indeed"], "currency": ["EUR"], **amounts}
    )
    told = printed(capsys, table, as_json=False)
    for n in range(9):
        assert f"123,456,789.0{n}" in told
        assert f"days_{n}_amount" in told
    assert "…" not in told


def test_an_id_cannot_steer_the_terminal(capsys):
    table = pd.DataFrame({"customer_id": ["\x1b[31mred\nline", "plain"]})
    told = printed(capsys, table, as_json=False)
    assert "\x1b[31mred" not in told
    assert "\\x1b[31mred\\nline" in told
