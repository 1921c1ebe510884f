"""Training and backtests refuse what has no date history, unless it is allowed by name."""

from __future__ import annotations

from dataclasses import fields, replace

import pandas as pd
import pytest

from payrisk.errors import InputError
from payrisk.features import LedgerStreams, Moments, build
from payrisk.features.catalogue.all import CATALOGUE
from payrisk.learning.days_to_pay.fit_ecdf import fit_shrunk_ecdf
from payrisk.learning.recipe_inputs import RecipeInputs
from payrisk.ledger import Ledger
from payrisk.scoring.days_to_pay.ecdf import ShrunkEcdf
from payrisk.simulate import simulate
from payrisk_models import spec
from payrisk_pipelines.backtests import days_to_pay as backtests
from payrisk_pipelines.training import choosing, heads, shipping
from payrisk_pipelines.training import train as trains
from support.home.mlflow_store import fresh_home, quick  # noqa: F401

FLAG = "customer__blocked__is__now"


@pytest.fixture(scope="module")
def one():
    """A made-up company whose last customer was found blocked a hundred days before the end."""
    tables = simulate(20, 12, 5).tables
    day = int(tables["invoices"]["recorded_on"].max()) - 100
    row = {"name": "blocked", "value": "yes", "valid_on": day, "recorded_on": day}
    row["customer_id"] = tables["invoices"]["customer_id"].iloc[-1]
    tables["attributes"] = pd.concat([tables["attributes"], pd.DataFrame([row])])
    return Ledger.from_tables(tables)[0]


class Flagged(ShrunkEcdf):
    """Curves as if they read the flag."""

    inputs = (*ShrunkEcdf.inputs, CATALOGUE[FLAG])

    @property
    def plain(self):
        return ShrunkEcdf(**{each.name: getattr(self, each.name) for each in fields(ShrunkEcdf)})

    def rows(self, history, invoices):
        return self.plain.rows(history, invoices).assign(**{FLAG: 0.0})

    def predict_curves(self, rows):
        return self.plain.predict_curves(rows)

    def raw(self, rows):
        return self.plain.raw(rows)


@pytest.fixture
def fits(monkeypatch):
    """days-to-pay as if it read the flag; what each fit was shown of it before the import."""
    shown = []

    def fit(history, inputs, backdated=frozenset()):
        assert inputs == RecipeInputs((FLAG,))
        moments = Moments.at_issue(history.ledger)
        values = build(LedgerStreams.of(history.ledger, backdated), moments, [FLAG]).column(FLAG)
        blocked = history.ledger.tables["attributes"].query("name == 'blocked'")
        early = moments.as_of <= int(blocked["recorded_on"].iloc[0])
        shown.append(set(values[early & (values == values)].tolist()))
        fitted = fit_shrunk_ecdf(history)
        return Flagged(**{each.name: getattr(fitted, each.name) for each in fields(fitted)})

    recipe = replace(
        spec("days-to-pay"),
        fit=fit,
        when_judged={},
        when_gated={},
        when_sketched={},
        inputs=(FLAG,),
        baselines=("due-date",),
    )
    named = {"days-to-pay": recipe, "default-risk": spec("default-risk")}
    for module in (choosing, backtests, shipping, heads):
        monkeypatch.setattr(module, "spec", lambda name, _recipe="": named[name])
    return shown


@pytest.mark.parametrize("name", ["days-to-pay", "default-risk"])
def test_training_refuses_it_and_lists_it_where_allowed(name, one, fits, tmp_path):
    settings = fresh_home(tmp_path)
    with pytest.raises(InputError, match="'blocked' from .* --allow-undated blocked"):
        trains.train(settings, name, ledger=one)
    assert fits == []
    allowed = heads.TrainingOptions(allow_undated=["blocked", "limit"])
    card = trains.train(settings, name, ledger=one, options=allowed).card
    assert card.to_json()["allowed_undated"] == ["blocked"]
    assert "- blocked: has no date history; allowed" in card.to_text()
    assert len(fits) > 0
    assert all(seen == {1.0} for seen in fits)


def test_backtests_refuse_it_and_name_it_where_allowed(one, fits, tmp_path):
    day = one.last_day - 60
    windows = backtests.windows_of(train_as_of=day, issued_between=(day, day + 5))
    settings = fresh_home(tmp_path)
    with pytest.raises(InputError, match="'blocked' from .* --allow-undated blocked"):
        backtests.backtest_days_to_pay(settings, windows, ledger=one)
    found = backtests.backtest_days_to_pay(
        settings, windows, ledger=one, allow_undated=["blocked"]
    )
    assert found.to_json()["allowed_undated"] == ["blocked"]
    assert "as if known since ever: blocked." in found.sentence
    assert fits == [{1.0}]
