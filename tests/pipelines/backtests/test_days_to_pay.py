from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from payrisk.errors import InputError
from payrisk.learning.days_to_pay.baselines import BASELINES
from payrisk.learning.measuring.curve_metrics import CURVE_METRICS, JudgedCurves, curve_metrics
from payrisk.ledger.stored import storage
from payrisk.predictions import PaymentCurve, PaymentCurves
from payrisk.settings import Settings
from payrisk_pipelines.backtests.days_to_pay import backtest_days_to_pay, windows_of
from support.ledgers.messy import START, messy_ledger

COLUMNS = [
    "invoice_id", "customer_id", "as_of", "issued_on", "due_on", "paid_on", "closed_on",
    "closed_by", "amount", "currency", "probability_paid_by", "model",
]  # fmt: skip
MODELS = ["days-to-pay", *BASELINES]


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    storage.save(messy_ledger(4, 150), home)
    return Settings.read(home=home)


@pytest.fixture(scope="module", params=["issued", "landmarks"])
def ran(request, settings, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "b.parquet"
    span = (START + 100, START + 140)
    where = {"issued": {"issued_between": span}, "landmarks": {"landmark_range": (*span, 20)}}
    found = backtest_days_to_pay(
        settings, windows_of(train_as_of=START + 100, **where[request.param]), out=out
    )
    return found, out


def test_the_file_has_the_columns_that_others_read(ran):
    found, out = ran
    schema = pq.read_schema(out)
    assert schema.names == COLUMNS
    assert str(schema.field("paid_on").type) == "date32[day]"
    assert str(schema.field("probability_paid_by").type).startswith("list<")
    frame = pd.read_parquet(out)
    assert frame["model"].drop_duplicates().tolist() == MODELS
    assert (frame.groupby("model").size() == found.n_rows).all()
    assert set(frame["closed_by"].dropna()) <= {"cash", "without_cash", "loss"}
    assert (frame["closed_by"].isna() == frame["closed_on"].isna()).all()


def test_element_d_is_the_chance_within_d_days_and_reaches_due_plus_120(ran):
    frame = pd.read_parquet(ran[1])
    for row in frame.itertuples():
        curve = np.array(row.probability_paid_by)
        assert len(curve) > (row.due_on - row.as_of).days + 120
        assert 0 <= curve[0] <= curve[-1] <= 1 + 1e-12
        assert (np.diff(curve) >= -1e-12).all()
        assert row.paid_on is None or pd.isna(row.paid_on) or row.paid_on >= row.as_of


def test_the_printed_metrics_follow_from_the_file(ran):
    found, out = ran
    frame = pd.read_parquet(out)
    table = found.table().set_index("model")
    assert list(table.columns) == ["n", *CURVE_METRICS]
    days = {c: pd.to_datetime(frame[c]) for c in ("as_of", "due_on", "paid_on", "closed_on")}
    number = {c: (v - pd.Timestamp(0)).dt.days for c, v in days.items()}
    never = 2**31 - 1
    rows = pd.DataFrame(
        {
            "invoice_id": frame["invoice_id"],
            "as_of": number["as_of"],
            "due_on": number["due_on"],
            "paid_on": number["paid_on"].fillna(never).astype("int64"),
            "last_known_on": np.where(number["closed_on"].notna(), never, LAST_DAY),
        }
    )
    for name in ("days-to-pay", "customer-ecdf"):
        mine = (frame["model"] == name).to_numpy()
        curves = PaymentCurves.of(
            [
                PaymentCurve(int(day), np.array(curve))
                for day, curve in zip(
                    rows.loc[mine, "as_of"], frame.loc[mine, "probability_paid_by"], strict=True
                )
            ]
        )
        again = curve_metrics(JudgedCurves.of(curves, rows[mine]))
        # sold invoices are known for less long than the file can say
        assert again["mae"] == pytest.approx(table.at[name, "mae"])
        assert again["crps"] == pytest.approx(table.at[name, "crps"], rel=0.05)


LAST_DAY = messy_ledger(4, 150).last_day


def test_it_says_what_was_left_out_and_prints_as_json(ran):
    found, _ = ran
    assert f"left out: {found.n_left_out}" in found.sentence
    plain = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert [row["model"] for row in plain["metrics"]] == MODELS


def test_rows_before_training_and_empty_ranges_are_refused(settings):
    with pytest.raises(InputError, match="begin on or after"):
        windows_of(train_as_of=START + 100, issued_between=(START + 99, START + 120))
    with pytest.raises(InputError, match="no invoice to score"):
        backtest_days_to_pay(
            settings,
            windows_of(train_as_of=START + 100, issued_between=(START + 900, START + 901)),
        )
    with pytest.raises(InputError, match="swap"):
        windows_of(train_as_of=START + 100, issued_between=(START + 120, START + 110))
    with pytest.raises(InputError, match="FIRST:LAST:STEP"):
        windows_of(train_as_of=START + 100, landmark_range=(START + 120, START + 110, 7))
    with pytest.raises(InputError, match="after the last known fact"):
        backtest_days_to_pay(
            settings,
            windows_of(train_as_of=START + 100, landmark_range=(START + 1200, START + 1300, 50)),
        )
    with pytest.raises(InputError, match="either"):
        windows_of(train_as_of=START + 100)
