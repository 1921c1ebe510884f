from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from payrisk.calendar import NEVER, day_of
from payrisk.errors import InputError
from payrisk.learning.new_customer.applications import (
    applications_of,
    read_applications,
    require_enough_bad,
)
from payrisk.learning.new_customer.own_applications import own_applications
from payrisk.ledger import DefaultRule, Ledger
from payrisk.simulate import simulate
from support.credit.past_applications import made, mapping, table

BARE = {"numeric": ["x"], "date": "day"}


def bare(**columns):
    frame = pd.DataFrame({"outcome": ["lost", "paid", ""]} | columns, dtype=object)
    return applications_of(frame, mapping(columns=BARE, missing={}, monotone={}), "T")


def test_an_empty_outcome_is_dropped_and_counted_and_rows_keep_their_numbers():
    raw = made(100)
    raw.loc[[3, 7], "outcome"] = ["", None]
    found = applications_of(raw, mapping())
    assert found.counts["rows_without_outcome_dropped"] == 2
    assert (len(found), found.counts["rows"]) == (98, 100)
    assert found.row[:6].tolist() == [0, 1, 2, 4, 5, 6]


@pytest.mark.parametrize("suffix", ["csv", "csv.gz", "parquet"])
def test_every_format_says_the_same(tmp_path, suffix):
    raw, path = made(80), tmp_path / f"rows.{suffix}"
    if suffix == "parquet":
        number = raw["score"].replace("", "nan").astype(float)
        raw.assign(score=number, debt=raw["debt"].astype(float)).to_parquet(path)
    else:
        raw.to_csv(path, index=False)
    found, plain = read_applications(path, mapping()), table(80)
    pd.testing.assert_frame_equal(found.frame, plain.frame, check_dtype=False)
    assert (found.bad == plain.bad).all()
    assert (found.dated_on == plain.dated_on).all()


def test_special_values_are_told_beside_the_number():
    found = bare(x=["-9", "1.5", "2"], day=["2020-01-01"] * 3)
    special = applications_of(
        pd.DataFrame({"outcome": ["lost", "paid"], "x": ["-9.0", "1.5"]}),
        mapping(columns={"numeric": ["x"]}, missing={"*": [-9]}, monotone={}),
    )
    assert found.frame["x"].tolist() == [-9.0, 1.5]
    assert special.frame["x__special"].tolist() == ["-9", ""]
    assert np.isnan(special.frame["x"][0])


def test_money_written_out_is_read_and_what_is_unclear_is_not():
    found = bare(x=["$60,000.00 ", "1,234,567", "1"], day=["2020-01-01"] * 3)
    assert found.frame["x"].tolist() == [60000.0, 1234567.0]
    for unclear in ("1,234", "12.5%", "abc", "1.234,50", "inf"):
        with pytest.raises(InputError, match="column 'x', row 0: .* is not a number"):
            bare(x=[unclear, "1", "1"], day=["2020-01-01"] * 3)


@pytest.mark.parametrize(
    ("texts", "day"),
    [
        (["2/28/1997", "1/2/1997", ""], "1997-02-28"),
        (["28.2.1997", "1.2.1997", ""], "1997-02-28"),
        (["1997-02-28", "", ""], "1997-02-28"),
        (["1997-02-28 00:00:00", "", ""], "1997-02-28"),
        (["1997-02", "", ""], "1997-02-01"),
        (["1997", "1998", ""], "1997-01-01"),
    ],
)
def test_dates_in_their_usual_dress(texts, day):
    assert bare(x=["1", "2", "3"], day=texts).dated_on[0] == day_of(day)


def test_dates_that_cannot_be_told():
    with pytest.raises(InputError, match="nothing tells day from month"):
        bare(x=["1", "2", "3"], day=["1/2/1997", "3/4/1997", ""])
    with pytest.raises(InputError, match="row 1: '1997-13-01' is not a date"):
        bare(x=["1", "2", "3"], day=["1997-01-01", "1997-13-01", ""])
    assert bare(x=["1", "2", "3"], day=["", "", ""]).dated_on.tolist() == [NEVER, NEVER]


def test_errors_name_what_is_wrong(tmp_path):
    with pytest.raises(InputError, match="no column 'debt'"):
        applications_of(made(50).drop(columns="debt"), mapping())
    with pytest.raises(InputError, match="every application is good: .* holds 'paid', 'lost'"):
        applications_of(made(50), mapping(target={"column": "outcome", "bad": ["gone"]}))
    with pytest.raises(InputError, match="at least 10 good and 10 bad"):
        require_enough_bad(table(30), "'x.csv'")
    with pytest.raises(InputError, match="no known format"):
        read_applications(tmp_path / "a.xls", mapping())
    with pytest.raises(InputError, match="not there"):
        read_applications(tmp_path / "a.csv", mapping())
    (tmp_path / "b.parquet").write_bytes(b"no parquet")
    with pytest.raises(InputError, match="cannot be read"):
        read_applications(tmp_path / "b.parquet", mapping())
    (tmp_path / "c.csv").write_text("")
    with pytest.raises(InputError, match="is empty"):
        read_applications(tmp_path / "c.csv", mapping())


# -- the company's own ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def company():
    made_up = simulate(120, 30, 4)
    return Ledger.from_tables(made_up.tables)[0], made_up.applications_truth


def test_own_applications_are_accepted_matured_and_counted(company):
    ledger, truth = company
    history = ledger.as_of(ledger.default_as_of)
    found = own_applications(history, DefaultRule(), 365)
    told = found.counts
    assert told["applications_known"] == len(truth)
    assert told["refused"] == truth["is_refused"].sum()
    assert told["applications"] == len(found)
    assert len(found) + told["accepted_but_not_matured"] + told["in_default_already"] == (
        len(truth) - told["refused"]
    )
    assert found.known_on.max() <= history.as_of
    assert set(found.group) <= set(history.known_rows("customers")["customer_id"])
    spells = history.defaults(DefaultRule())
    assert set(found.group[found.bad]) <= set(spells["customer_id"])


def test_what_happens_later_changes_nothing_that_was_known(company):
    ledger, _ = company
    morning = ledger.default_as_of - 200
    known = {
        name: frame[frame["recorded_on"] < morning] if "recorded_on" in frame else frame
        for name, frame in ledger.tables.items()
    }
    early = Ledger.from_tables(known)[0]
    one, two = (own_applications(x.as_of(morning), DefaultRule(), 365) for x in (ledger, early))
    pd.testing.assert_frame_equal(one.frame, two.frame)
    assert (one.bad == two.bad).all()
    assert one.counts == two.counts


def test_dates_and_truths_of_parquet_are_read(tmp_path):
    path = tmp_path / "typed.parquet"
    raw = made(60)
    dates = pd.to_datetime(raw["applied_on"])
    dates[3] = pd.NaT
    raw.assign(applied_on=dates, debt=raw["debt"].astype(float) > 2).to_parquet(path)
    found = read_applications(path, mapping())
    assert set(found.frame["debt"]) == {0.0, 1.0}
    assert found.dated_on[3] == NEVER
    assert found.dated_on[0] == table(60).dated_on[0]
