"""Training, promotion and roll-back on the real SQLite store of MLflow."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from payrisk import bundle
from payrisk.calendar import day_of
from payrisk.errors import LedgerError, ModelError
from payrisk.learning.judging.judge_default import DefaultJudge
from payrisk.ledger import Ledger
from payrisk.ledger.stored import storage
from payrisk.registry import Registry
from payrisk.scoring.default_risk.model import DefaultModel
from payrisk_models import spec
from payrisk_pipelines.training.build_lock import lock_sha
from payrisk_pipelines.training.candidate import LINEAGE, catalogue_sha
from payrisk_pipelines.training.heads import TrainingOptions
from payrisk_pipelines.training.regate import regate
from payrisk_pipelines.training.train import train
from payrisk_pipelines.versions.promoting import promote
from support.home.mlflow_store import fresh_home, quick, registry_of  # noqa: F401
from support.home.trained_home import COMMIT, PROMOTED_AT, trained_home
from support.ledgers.by_hand import credit, invoice, ledger, link
from support.ledgers.messy import START, messy_tables

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home with both models trained and promoted, then days-to-pay once more."""
    settings = trained_home(tmp_path_factory.mktemp("home"))
    second = train(settings, "days-to-pay", options=TrainingOptions(COMMIT))
    promote(settings, "days-to-pay", moved_at=PROMOTED_AT, reason="a small ledger proves little")
    return settings, registry_of(settings.home), second


@pytest.fixture(scope="module")
def made(home):
    """Its ledger, of a small made-up company."""
    return storage.load(home[0].home)


def first(settings, name):
    """The first version's manifest and card."""
    folder = bundle.bundle_folder(settings.home, name, "1")
    return bundle.verify(folder), json.loads((folder / "card.json").read_text())


def test_a_candidate_has_its_card_its_tags_and_its_metrics(home):
    settings, registry, second = home
    versions = {one.version: one for one in registry.versions("days-to-pay")}
    assert set(versions) >= {"1", second.version.version} == {"1", "2"}
    assert second.table()["model"].tolist()[:3] == ["days-to-pay", "due-date", "due-plus-mean"]
    assert second.card.window["rows"] > 0
    assert second.card.window["trained_as_of"] < second.card.window["issued_to"]
    assert json.dumps(second.to_json(), allow_nan=False)
    tags = versions["2"].tags
    assert tags["ledger_sha"] == storage.current_sha(settings.home)
    assert tags["git_commit"] == COMMIT
    assert tags["gate"] in {"passed", "refused", "not verifiable"}
    run = registry._client.get_run(second.version.run_id)
    assert run.data.metrics["crps"] == pytest.approx(second.card.metrics["days-to-pay"]["crps"])
    assert "customer-ecdf.crps" in run.data.metrics
    assert run.data.params["customer_weight"] == "5.0"
    assert run.inputs.dataset_inputs[0].dataset.digest == tags["ledger_sha"][:32]
    assert first(settings, "default-risk")[1]["parameters"]["default_days"] == 90


def test_the_promoted_bundle_answers_without_mlflow(home, made):
    settings, _, _ = home
    found = bundle.champion(settings.home, "days-to-pay")
    history = made.as_of(made.default_as_of)
    curves = found.model.curves(history, history.open_invoices())
    assert len(curves) == len(history.open_invoices())
    assert found.version == "2"
    assert found.card["verdict"]["outcome"]
    risk = bundle.champion(settings.home, "default-risk", trial_seconds=0)
    ids = sorted(history.open_invoices()["customer_id"].unique())
    assert len(risk.model.risks(history, ids)) == len(ids)


def test_mlflow_serves_the_same_numbers(home, made):
    settings, registry, _ = home
    mlflow = registry._mlflow
    history = made.as_of(made.default_as_of)
    for name, answer in (("days-to-pay", "probability_paid_by"), ("default-risk", "probability")):
        champion = bundle.champion(settings.home, name, trial_seconds=0).model
        subjects = history.open_invoices().head(7)
        if name == "default-risk":
            subjects = sorted(subjects["customer_id"].unique())
        rows = champion.rows(history, subjects)
        served = mlflow.pyfunc.load_model(f"models:/{name}@champion").predict(rows)
        assert list(served.columns) == [answer]
        for one, two in zip(served[answer], champion.predict(rows), strict=True):
            assert np.abs(np.array(one) - two).max() <= 1e-12


def test_no_pickle_reaches_the_store(home):
    settings, _, _ = home
    files = [path for path in settings.mlflow_artifacts.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"manifest.json", "scorer.py", "card.md", "MLmodel"}
    assert not [path for path in files if path.suffix in {".pkl", ".pickle", ".joblib"}]


@pytest.mark.parametrize("uri", ["http://me:secret@127.0.0.1:9", "sqlite:///{home}/mlflow.db"])
def test_an_mlflow_that_cannot_answer_is_one_sentence(tmp_path, uri):
    (tmp_path / "mlflow.db").write_bytes(b"no database" * 100)
    registry = Registry(tmp_path, uri.format(home=tmp_path), tmp_path / "mlartifacts")
    with pytest.raises(ModelError, match="MLflow cannot do its part .*PAYRISK_MLFLOW_URI") as said:
        registry.versions("days-to-pay")
    assert "secret" not in str(said.value)
    assert "\n" not in str(said.value)


def young(n: int):
    """n invoices, every one paid 12 days after issue."""
    invoices, credits, links = [], [], []
    for i in range(n):
        dates = {"issued_on": day_of("2025-01-01") + i, "due_on": day_of("2025-01-15") + i}
        invoices.append(invoice(f"i{i}", **dates))
        paid = day_of("2025-01-13") + i
        credits.append(credit(f"p{i}", 100_00, paid))
        links.append(link(f"p{i}", f"i{i}", 100_00, paid))
    return ledger(invoices=invoices, credits=credits, allocations=links)


@pytest.mark.parametrize("name", ["days-to-pay", "default-risk"])
def test_a_young_ledger_gives_the_fallback_and_says_so(name, tmp_path):
    settings = fresh_home(tmp_path)
    one = young(20)
    trained = train(settings, name, ledger=one)
    assert trained.card.verdict.outcome == "not verifiable"
    assert "young" in trained.sentence or "are needed" in trained.sentence
    assert trained.table()["verdict"].tolist() == [trained.card.verdict.sentence]
    promote(settings, name, moved_at=PROMOTED_AT)
    if name == "days-to-pay":
        history = one.as_of(one.default_as_of)
        model = bundle.champion(tmp_path, name, trial_seconds=0).model
        assert set(model.availability(history, history.invoices())) == {"young-ledger"}


def test_a_morning_before_the_first_fact_and_an_empty_home_are_said(tmp_path):
    settings = fresh_home(tmp_path)
    with pytest.raises(LedgerError, match="earlier|later|before"):
        train(settings, "days-to-pay", day_of("2024-01-01"), ledger=young(3))
    with pytest.raises(LedgerError, match="payrisk import"):
        train(settings, "days-to-pay")
    with pytest.raises(ModelError, match="the models are"):
        train(settings, "nope")


def test_facts_after_as_of_do_not_reach_the_candidate(tmp_path):
    tables, day = messy_tables(6, 1000), START + 210
    before = {
        name: rows[rows["recorded_on"] < day] if "recorded_on" in rows else rows
        for name, rows in tables.items()
    }
    texts = []
    for at, facts in enumerate((tables, before)):
        one = Ledger.from_tables(facts)[0]
        settings = fresh_home(tmp_path / str(at))
        trained = train(settings, "days-to-pay", day, ledger=one)
        promote(settings, "days-to-pay", moved_at=PROMOTED_AT, reason="tried")
        folder = bundle.bundle_folder(settings.home, "days-to-pay", "1")
        texts.append((folder / "model.json").read_bytes())
        texts.append((folder / "landmarks.json").read_bytes())
        texts.append((folder / "dependence.json").read_bytes())
        texts.append(str(trained.card.to_json()["metrics"]))
        assert trained.card.window["rows"] > 0
    assert json.loads(texts[1])
    assert texts[:4] == texts[4:]


def test_the_lineage_is_in_the_manifest_and_the_tags(home):
    settings, registry, _ = home
    for name in ("days-to-pay", "default-risk"):
        manifest, _ = first(settings, name)
        chosen = spec(name)
        assert manifest["recipe"] == chosen.to_json() | {"sha": chosen.sha}
        assert manifest["recipe_sha"] == chosen.sha
        assert manifest["catalogue_sha"] == catalogue_sha()
        assert manifest["lock_sha"] == lock_sha()
        assert manifest["git_commit"] == COMMIT
        assert manifest["trained_by"] == settings.actor
        (tags,) = [v.tags for v in registry.versions(name) if v.version == "1"]
        told = {key: manifest[key] for key in LINEAGE if manifest[key]}
        assert {key: tags[key] for key in LINEAGE if key in tags} == told
        assert len(tags["judged_rows"]) == 64
    assert "customer__overdue__n__now" in spec("default-risk").to_json()["inputs"]


def test_another_recipe_on_the_same_rows_is_a_second_try(home):
    settings, registry, second = home
    assert second.card.window["recipes_tried_on_them"] == 1  # the same recipe once more
    other = train(
        settings,
        "days-to-pay",
        options=TrainingOptions(own_settings={"rounds": 5, "seeds": 1, "weight": 0.1}),
    )
    assert other.card.window["recipes_tried_on_them"] == 2
    assert other.card.window["champion"].startswith("version ")
    against = [c for c in other.card.verdict.checks if "champion's recipe" in c.sentence]
    assert [check.needs for check in against] == ["200 rows"]  # too few to be told apart
    tags = [version.tags["judged_rows"] for version in registry.versions("days-to-pay")]
    assert len(set(tags)) == 1
    assert {a.recipe_sha for a in registry.attempts("days-to-pay", tags[0])} >= {
        first(settings, "days-to-pay")[0]["recipe_sha"],
        other.version.tags["recipe_sha"],
    }


def test_a_risk_is_judged_again_only_over_curves_of_another_recipe(home):
    settings, _, _ = home
    below = bundle.champion(settings.home, "days-to-pay", trial_seconds=0)
    assert regate(settings, "default-risk", below) is None
    told = below.manifest["recipe"] | {"settings": {"rounds": 5, "seeds": 1}}
    other = replace(below, manifest=dict(below.manifest) | {"recipe": told})
    verdict = regate(settings, "default-risk", other)
    assert verdict.outcome in {"passed", "refused", "not verifiable"}
    assert verdict.sentence
    gone = replace(below, manifest=dict(below.manifest) | {"recipe": None})
    with pytest.raises(ModelError, match="told their recipe"):
        regate(settings, "default-risk", gone)


def test_the_recipe_of_risks_reads_no_future(made):
    checks = DefaultJudge(spec("default-risk"), made.as_of(made.default_as_of - 20)).honesty()
    assert [check.outcome for check in checks] == ["passed"] * 3
    assert [check.value for check in checks[1:]] == [0.0, 0.0]


def test_a_feature_that_looks_ahead_is_found_though_no_tree_was_fitted(made, monkeypatch):
    honest, name = DefaultModel.rows, spec("default-risk").inputs[0]

    def peeking(model, history, ids):
        rows = honest(model, history, ids)
        n_later = len(history.ledger.tables["credits"])
        return rows.assign(**{name: n_later}) if name in rows else rows

    monkeypatch.setattr(DefaultModel, "rows", peeking)
    _, leak, _ = DefaultJudge(spec("default-risk"), made.as_of(made.default_as_of - 20)).honesty()
    assert (leak.outcome, leak.value > 0) == ("refused", True)
