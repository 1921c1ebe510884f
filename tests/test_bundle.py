from __future__ import annotations

import json
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from payrisk import bundle, sealed
from payrisk.errors import ModelError, NoChampion
from payrisk.features.catalogue.all import DEFINED
from payrisk.learning.days_to_pay.fit_ecdf import fit_shrunk_ecdf
from payrisk.scoring.days_to_pay.ecdf import ShrunkEcdf
from support.bundles.every_kind import FACTS, put, rewritten, risk_model
from support.ledgers.messy import START, messy_ledger

CATALOGUE_INPUTS = ("customer__days_late__mean__90d", "day__customer__hazard__all")


@pytest.fixture(scope="module")
def history():
    return messy_ledger(5, 120).as_of(START + 150)


@pytest.fixture(scope="module")
def written(history, tmp_path_factory):
    return put(history, tmp_path_factory.mktemp("bundles") / "1")


def test_a_bundle_comes_back_whole(history, written):
    found = bundle.load(written)
    invoices = history.open_invoices()
    expected = fit_shrunk_ecdf(history).curves(history, invoices)
    assert (found.model.curves(history, invoices).matrix == expected.matrix).all()
    assert (found.name, found.version) == ("days-to-pay", "1")
    assert found.card == {"name": "days-to-pay"}
    assert found.manifest["ledger_sha"] == FACTS["ledger_sha"]
    assert {p.suffix for p in written.iterdir()} == {".json", ".jsonl", ".md"}


def test_golden_rows_are_kept_with_what_was_said_of_them(history, written):
    lines = (written / "golden.jsonl").read_text().splitlines()
    assert len(lines) == min(bundle.GOLDEN_ROWS, len(history.invoices()))
    line = json.loads(lines[0])
    said = bundle.load(written, trial_seconds=0).model.predict(pd.DataFrame([line["input"]]))
    assert np.abs(np.array(said[0]) - line["output"]).max() <= bundle.GOLDEN_TOLERANCE


def test_every_single_byte_that_flips_is_noticed(written, tmp_path):
    g = np.random.default_rng(0)
    for file in sorted(p.name for p in written.iterdir()):
        content = bytearray((written / file).read_bytes())
        for at in {0, len(content) - 1, *g.integers(0, len(content), 25)}:
            copy = tmp_path / f"{file}-{at}"
            shutil.copytree(written, copy)
            damaged = content.copy()
            damaged[at] ^= 1 << int(g.integers(0, 8))
            (copy / file).write_bytes(damaged)
            with pytest.raises(ModelError, match="damaged|lacks"):
                bundle.load(copy)
            shutil.rmtree(copy)


def test_a_missing_and_an_extra_file_are_noticed(written, tmp_path):
    for file in sorted(p.name for p in written.iterdir()):
        copy = tmp_path / file
        shutil.copytree(written, copy)
        (copy / file).unlink()
        with pytest.raises(ModelError, match=r"lacks|damaged"):
            bundle.load(copy)
    copy = tmp_path / "extra"
    shutil.copytree(written, copy)
    (copy / "model.pkl").write_bytes(b"")
    with pytest.raises(ModelError, match="damaged"):
        bundle.load(copy)
    with pytest.raises(ModelError, match="lacks"):
        bundle.load(tmp_path / "nowhere")


def test_a_model_that_answers_otherwise_than_when_trained_is_refused(written, tmp_path):
    def heavier(content):
        return content.replace(b'"customer_weight": 5.0', b'"customer_weight": 5.1')

    copy = rewritten(written, tmp_path / "1", "model.json", heavier)
    with pytest.raises(ModelError, match="golden rows"):
        bundle.load(copy, trial_seconds=0)
    with pytest.raises(ModelError, match="trial load .*golden rows"):
        bundle.load(copy)


def test_a_changed_feature_definition_is_refused_and_names_it(written, tmp_path):
    def other(content):
        entries = json.loads(content)
        entries[0]["definition_hash"] = "0" * 16
        return sealed.as_json(entries)

    copy = rewritten(written, tmp_path / "1", "features.json", other)
    with pytest.raises(ModelError, match="customer__days_late__paid_counts"):
        bundle.load(copy, trial_seconds=0)


class OfTheCatalogue(ShrunkEcdf):
    """A model that reads features of a moment and of a day, too."""

    kind = "of-the-catalogue"
    inputs = (*ShrunkEcdf.inputs, *(DEFINED[name] for name in CATALOGUE_INPUTS))

    def predict(self, rows):
        return ShrunkEcdf(**vars(self)).predict(rows)


@pytest.fixture
def of_catalogue(history, tmp_path, monkeypatch):
    """A bundle of a model that reads catalogue features."""
    monkeypatch.setitem(bundle.KINDS, OfTheCatalogue.kind, OfTheCatalogue)
    plain = fit_shrunk_ecdf(history)
    return bundle.write(
        tmp_path / "1",
        name="days-to-pay",
        model=OfTheCatalogue(**vars(plain)),
        golden=plain.rows(history, history.invoices()).head(3),
        card={},
        card_text="",
        facts=FACTS,
    )


def test_a_bundle_keeps_the_definitions_of_the_catalogue_features_it_uses(of_catalogue):
    entries = {e["name"]: e for e in json.loads((of_catalogue / "features.json").read_text())}
    for name in CATALOGUE_INPUTS:
        assert entries[name]["term"] == DEFINED[name].term.text
        assert entries[name]["definition_hash"] == DEFINED[name].definition_hash
    bundle.load(of_catalogue, trial_seconds=0)


@pytest.mark.parametrize("name", CATALOGUE_INPUTS)
def test_a_catalogue_feature_gone_or_changed_refuses_the_bundle(of_catalogue, name, monkeypatch):
    now = replace(DEFINED[name], term=DEFINED[name].term * 1.0)
    monkeypatch.setitem(bundle.DEFINED, name, now)
    with pytest.raises(ModelError, match=f"another definition of {name}; train"):
        bundle.load(of_catalogue, trial_seconds=0)
    monkeypatch.delitem(bundle.DEFINED, name)
    with pytest.raises(ModelError, match=f"{name}, now undefined; train"):
        bundle.load(of_catalogue, trial_seconds=0)


def test_additions_to_the_catalogue_and_other_words_refuse_no_bundle(of_catalogue, monkeypatch):
    one = DEFINED[CATALOGUE_INPUTS[0]]
    monkeypatch.setitem(bundle.DEFINED, "new", replace(one, name="new"))
    monkeypatch.setitem(bundle.DEFINED, one.name, replace(one, meaning="Said otherwise."))
    bundle.load(of_catalogue, trial_seconds=0)


@pytest.mark.parametrize("content", [b"{}", b"not json", b'{"kind": "other", "lags": [0, 1]}'])
def test_a_model_of_another_kind_is_refused(written, tmp_path, content):
    copy = rewritten(written, tmp_path / "1", "model.json", lambda _: content)
    with pytest.raises(ModelError, match="cannot be read"):
        bundle.load(copy, trial_seconds=0)


def test_a_load_that_takes_too_long_is_given_up(written):
    with pytest.raises(ModelError, match="did not load within"):
        bundle.load(written, trial_seconds=0.01)


def test_bundles_are_never_overwritten(history, written):
    with pytest.raises(ModelError, match="exists already"):
        put(history, written)


def test_the_champion_is_what_the_pointer_names(history, tmp_path):
    with pytest.raises(NoChampion, match="payrisk train days-to-pay"):
        bundle.champion(tmp_path, "days-to-pay")
    for version in ("1", "2"):
        put(history, bundle.bundle_folder(tmp_path, "days-to-pay", version))
        bundle.set_champion(tmp_path, "days-to-pay", version)
    assert bundle.champion(tmp_path, "days-to-pay", trial_seconds=0).version == "2"
    assert bundle.previous_version(tmp_path, "days-to-pay") == "1"
    one, two = (
        bundle.verify(bundle.bundle_folder(tmp_path, "days-to-pay", version))["digest"]
        for version in ("1", "2")
    )
    pointer = (tmp_path / "champions" / "days-to-pay").read_text()
    assert pointer == f"bundles/days-to-pay/2 {two}\nbundles/days-to-pay/1 {one}\n"
    bundle.set_champion(tmp_path, "days-to-pay", "2")
    assert bundle.previous_version(tmp_path, "days-to-pay") == "1"
    with pytest.raises(ModelError, match="not in"):
        bundle.set_champion(tmp_path, "days-to-pay", "3")


def test_a_default_risk_champion_stands_on_the_days_to_pay_champion(history, tmp_path):
    put(
        history,
        bundle.bundle_folder(tmp_path, "default-risk", "1"),
        "default-risk",
        risk_model(history),
    )
    bundle.set_champion(tmp_path, "default-risk", "1")
    with pytest.raises(NoChampion, match="days-to-pay"):
        bundle.champion(tmp_path, "default-risk", trial_seconds=0)
    put(history, bundle.bundle_folder(tmp_path, "days-to-pay", "1"))
    bundle.set_champion(tmp_path, "days-to-pay", "1")
    ids = sorted(history.invoices()["customer_id"].unique())
    one = bundle.champion(tmp_path, "default-risk", trial_seconds=0).model.rows(history, ids)
    slow = fit_shrunk_ecdf(history)
    slow = replace(slow, everyone=replace(slow.everyone, waiting=slow.everyone.waiting + 9))
    put(history, bundle.bundle_folder(tmp_path, "days-to-pay", "2"), model=slow)
    bundle.set_champion(tmp_path, "days-to-pay", "2")
    two = bundle.champion(tmp_path, "default-risk", trial_seconds=0).model.rows(history, ids)
    chances = "customer__unpaid__chances"
    assert (one[chances] != two[chances]).any()
    assert one.drop(columns=chances).equals(two.drop(columns=chances))
