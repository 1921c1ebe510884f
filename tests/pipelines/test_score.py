"""Scores of every open invoice and every customer who owes, by the champions."""

from __future__ import annotations

import json
import shutil

import pandas as pd
import pytest

from payrisk.calendar import NEVER, iso
from payrisk.cli import run
from payrisk.errors import NoChampion
from payrisk.ledger.stored import storage
from payrisk.readouts import Thresholds
from payrisk_pipelines.score import score
from support.home.small_home import small_home, untried  # noqa: F401


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    return small_home(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def scores(settings):
    return score(settings)


def test_every_open_invoice_has_its_curve_in_a_row(settings, scores):
    ledger = storage.load(settings.home)
    open_ = ledger.as_of(ledger.default_as_of).open_invoices()
    rows = scores.invoices
    assert rows["invoice_id"].tolist() == open_["invoice_id"].tolist()
    assert rows["probability_late"].between(0, 1).all()
    assert (rows.loc[rows["due_on"] < scores.as_of, "probability_late"] == 1).all()
    assert (rows["p10_on"] <= rows["p50_on"]).all()
    assert (rows["p50_on"] <= rows["p90_on"]).all()
    assert (rows["p10_on"] >= scores.as_of).all()
    assert set(rows["availability"]) <= {"full", "sparse-history", "unknown-customer"}
    assert scores.versions == {"days-to-pay": "1", "default-risk": "1"}


def test_people_read_off_what_they_asked_for(settings, scores):
    assert {"lateness", "expected_days_late", "probability_late_60d"} <= set(scores.invoices)
    by = scores.as_of + 10
    other = score(settings, lines=Thresholds(5, 20, by)).invoices
    assert (other["probability_on_time"] >= 1 - scores.invoices["probability_late"]).all()
    assert (other["probability_very_late"] >= scores.invoices["probability_late_30d"]).all()
    assert other["probability_by_date"].between(0, 1).all()
    assert scores.invoices["probability_by_date"].isna().all()
    assert "probability_by_date" not in scores.table()


def test_every_customer_who_owes_has_a_risk_with_its_reason(scores):
    rows = scores.customers
    assert set(rows["customer_id"]) == set(scores.invoices["customer_id"])
    assert rows["probability_default"].between(0, 1).all()
    assert (rows.loc[rows["is_in_default"], "probability_default"] == 1).all()
    assert rows["reason"].notna().all()


def test_people_see_the_worst_first_and_files_hold_all(scores, tmp_path):
    assert scores.table()["probability_late"].is_monotonic_decreasing
    paths = scores.write(tmp_path / "s.parquet")
    assert [path.name for path in paths] == ["s.parquet", "s-customers.parquet"]
    kept = pd.read_parquet(paths[0])
    assert len(kept) == len(scores.invoices)
    assert set(kept["version"]) == {"1"}
    assert kept["p90_on"].isna().sum() == (scores.invoices["p90_on"] == NEVER).sum()


def test_without_a_risk_model_the_invoices_are_scored_all_the_same(settings, tmp_path):
    home = tmp_path / "home"
    shutil.copytree(settings.home, home)
    (home / "champions" / "default-risk").unlink()
    alone = score(settings.model_copy(update={"home": home}), as_of=storage_end(home))
    assert alone.customers.empty
    assert "default-risk has no champion" in alone.sentence
    (home / "champions" / "days-to-pay").unlink()
    with pytest.raises(NoChampion, match="train days-to-pay"):
        score(settings.model_copy(update={"home": home}))


def storage_end(home):
    return storage.load(home).default_as_of


def test_the_command_prints_json_and_writes_into_the_home(settings, scores, capsys):
    assert run(["--home", str(settings.home), "score", "--json"]) == 0
    printed = capsys.readouterr()
    document = json.loads(printed.out)
    assert len(document["invoices"]) == len(scores.invoices)
    assert len(document["customers"]) == len(scores.customers)
    assert "." in document["invoices"][0]["residual"]
    written = settings.home / "reports" / f"scores-{iso(scores.as_of)}.csv"
    assert written.exists()
    assert str(written) in printed.err
