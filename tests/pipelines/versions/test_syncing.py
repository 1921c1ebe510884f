"""MLflow's champions and those here: what is followed, what is not, and what stays standing."""

from __future__ import annotations

import shutil

import numpy as np
import pandas as pd
import pytest

from payrisk import bundle, pointers, signing
from payrisk.cli import run
from payrisk.errors import LedgerError
from payrisk.learning.days_to_pay.fit_ecdf import fit_shrunk_ecdf
from payrisk.learning.default_risk.fit import fit_default_risk
from payrisk.ledger import DefaultRule
from payrisk.registry import RunContents
from payrisk.settings import Settings
from payrisk_pipelines.versions.promoting import mirror_aliases, promote, roll_back
from payrisk_pipelines.versions.syncing import sync
from support.bundles.every_kind import applicants
from support.home.mlflow_store import fresh_home, registry_of
from support.ledgers.messy import START, messy_ledger

AT = "2026-01-05T08:00:00+00:00"
NAME = "days-to-pay"
OTHER = "new-customer"


@pytest.fixture(scope="module")
def history():
    return messy_ledger(5, 60).as_of(START + 150)


@pytest.fixture(scope="module")
def template(history, tmp_path_factory):
    """Versions of the curves: not verifiable, refused, passed beside the first; one of another."""
    home = fresh_home(tmp_path_factory.mktemp("home")).home
    curves = fit_shrunk_ecdf(history)
    golden = curves.rows(history, history.invoices()).head(5)
    first = ""
    for gate in ("not verifiable", "refused", "passed"):
        met = {"version": "1", "digest": first} if first else {}
        made = tmp_path_factory.mktemp("made")
        digest = registered(home, made, NAME, curves, golden, gate, met)
        first = first or digest
    scores, sectors = np.linspace(-2.0, 2.0, 40), ["a1", "b2", "", "c3"] * 10
    golden = pd.DataFrame({"score": [np.nan, *scores[1:]], "sector": sectors})
    registered(home, tmp_path_factory.mktemp("made"), OTHER, applicants(), golden, "passed", {})
    return home


def registered(home, made, name, model, golden, gate, met):
    """Register a bundle trained by ann, with this verdict; its digest."""
    card = {"name": name, "verdict": {"outcome": gate, "sentence": gate}, "champion": met}
    facts = {"git_commit": "", "ledger_sha": "ab" * 32, "seed": 0, "as_of": "2025-01-01"}
    folder = bundle.write(
        made / name,
        name=name,
        model=model,
        golden=golden,
        card=card,
        card_text=f"# {name} {gate}\n",
        facts=facts | {"trained_by": "ann"},
    )
    digest = bundle.verify(folder)["digest"]
    registry = registry_of(home)
    version = registry.register(
        name,
        folder,
        RunContents(
            params={},
            metrics={},
            tags={"gate": gate, "trained_by": "ann", "bundle_digest": digest},
            dataset=golden,
            dataset_digest="ab" * 32,
            example=golden,
        ),
    )
    registry.tag(name, version.version, signing.TAG, signing.sign(home, name, digest))
    return digest


@pytest.fixture
def settings(template, monkeypatch):
    """The home with nothing promoted; MLflow keeps paths absolute, so it is not copied."""
    monkeypatch.setattr("payrisk.bundle._try_in_child", lambda *_: None)
    for part in ("champions", "bundles"):
        shutil.rmtree(template / part, ignore_errors=True)
    client = registry_of(template)._client
    for one in registry_of(template).versions():
        for alias in one.aliases:
            client.delete_registered_model_alias(one.name, alias)
        if "forced" in one.tags:
            client.delete_model_version_tag(one.name, one.version, "forced")
    return Settings.read(home=template)


@pytest.fixture
def second(settings, tmp_path):
    """Another home of the same MLflow."""
    home = tmp_path / "second"
    first = signing.own_public_key(settings.home)
    signing.trust(home, signing.TrustedKey(first, "first", AT, "test"))
    return Settings.read(home=home, mlflow_uri=settings.mlflow_uri)


def separate(settings, actor):
    return Settings.read(
        home=settings.home, mlflow_uri=settings.mlflow_uri, separate_duties=True, actor=actor
    )


def answers(settings, name=NAME):
    return pointers.champion_version(settings.home, name)


def alias(settings, version, name=NAME):
    registry_of(settings.home).set_alias(name, "champion", version)


def by_name(found):
    return {one.name: one for one in found.models}


def no_ledger(*_):
    raise LedgerError("There is no ledger abababababab here; import it.")


def risk_over_curves(settings, history):
    """Let a default-risk answer, so that other curves have it judged anew."""
    ids = sorted(history.invoices()["customer_id"].unique())[:3]
    risk = fit_default_risk(history, [], fit_shrunk_ecdf(history), DefaultRule(), 180)
    folder = bundle.bundle_folder(settings.home, "default-risk", "1")
    papers = {"card": {}, "card_text": "", "facts": {}}
    golden = risk.rows(history, ids)
    bundle.write(folder, name="default-risk", model=risk, golden=golden, **papers)
    bundle.set_champion(settings.home, "default-risk", "1")


def test_a_ledger_that_is_not_here_keeps_one_model_apart_and_the_others_go_on(settings, history):
    risk_over_curves(settings, history)
    alias(settings, "3")
    alias(settings, "1", OTHER)
    found = by_name(sync(settings, moved_at=AT, regate=no_ledger))
    assert (found[NAME].what, found[NAME].here) == ("apart", None)
    assert "no ledger abababababab" in found[NAME].why
    assert found[OTHER].what == "taken"
    assert (answers(settings), answers(settings, OTHER)) == (None, "1")


def test_a_pointer_that_cannot_be_read_keeps_one_model_apart(settings):
    alias(settings, "1", OTHER)
    (settings.home / "champions").mkdir()
    (settings.home / "champions" / NAME).write_text("what is this\n")
    found = by_name(sync(settings, moved_at=AT))
    assert found[NAME].what == "apart"
    assert "cannot be read" in found[NAME].why
    assert answers(settings, OTHER) == "1"


def test_the_watch_outlives_whatever_a_look_raises(settings, monkeypatch, capsys):
    class Enough(BaseException):
        """Ends the watch."""

    raised = iter(
        (LedgerError("No ledger."), ValueError("odd"), LedgerError("No ledger."), Enough)
    )

    def fails(*_given, **_asked):
        raise next(raised)

    monkeypatch.setattr("payrisk_pipelines.versions.syncing.sync", fails)
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    with pytest.raises(Enough):
        run(["--home", str(settings.home), "sync", "--watch", "1"])
    said = capsys.readouterr().out.splitlines()
    assert [line[:14] for line in said] == ["No ledger.", "One look faile", "No ledger."]


@pytest.mark.parametrize("version", ["2", "3"])
def test_where_duties_are_separate_an_alias_in_mlflow_promotes_nobody(settings, version):
    """The trainer moves the alias and writes the tag; the service is somebody else."""
    alias(settings, version)
    registry_of(settings.home).tag(NAME, version, "forced", "I trained it and I want it")
    service = separate(settings, "service")
    (found,) = sync(service, moved_at=AT).models
    assert (found.what, answers(settings)) == ("apart", None)
    assert f"promote it here: `payrisk promote {NAME} {version}`" in found.why
    promote(separate(settings, "bob"), NAME, version, moved_at=AT, reason="bob has looked at it")
    (found,) = sync(service, moved_at=AT).models
    assert found.what == "same"


def test_where_duties_are_separate_what_answered_here_is_followed_but_not_forwards(settings):
    """Version 2 was forced here once: it may come back, until somebody rolled back from it."""
    bob = separate(settings, "bob")
    for version in ("1", "2", "3"):
        promote(bob, NAME, version, moved_at=AT, reason="bob has looked at it")
    alias(settings, "2")
    assert sync(bob, moved_at=AT).models[0].what == "taken"
    assert pointers.moves(settings.home)[-1]["how"] == "sync"
    roll_back(bob, NAME, moved_at=AT)
    assert (mirror_aliases(bob, NAME, "3"), answers(settings)) == ("", "3")
    alias(settings, "2")
    assert sync(bob, moved_at=AT).models[0].what == "apart"
    alias(settings, "1")
    assert sync(bob, moved_at=AT).models[0].what == "taken"
    journal = settings.home / "champions" / pointers.MOVES
    journal.write_text(f"x\n{journal.read_text()}")
    alias(settings, "3")
    assert sync(bob, moved_at=AT).models[0].what == "apart"


def test_a_second_home_follows_a_rollback_to_the_first_champion(settings, second):
    promote(settings, NAME, "1", moved_at=AT)
    assert sync(second, moved_at=AT).models[0].what == "taken"
    promote(settings, NAME, "3", moved_at=AT)
    assert sync(second, moved_at=AT).models[0].what == "taken"
    roll_back(settings, NAME, moved_at=AT)
    assert mirror_aliases(settings, NAME, "1") == ""
    (found,) = sync(second, moved_at=AT).models
    assert (found.what, answers(second)) == ("taken", "1")
    assert pointers.previous_version(second.home, NAME) == "3"
    assert pointers.moves(second.home)[-1]["reason"] == "it has answered here before"
    assert sync(second, moved_at=AT).models[0].what == "same"
    promote(settings, NAME, "3", moved_at=AT)
    assert sync(second, moved_at=AT).models[0].what == "taken"


def test_it_follows_to_the_very_bytes_that_answered_and_no_others(settings, second):
    promote(settings, NAME, "1", moved_at=AT)
    sync(second, moved_at=AT)
    promote(settings, NAME, "3", moved_at=AT)
    sync(second, moved_at=AT)
    first = bundle.bundle_folder(second.home, NAME, "1")
    (first / "card.md").write_text("damaged")
    alias(settings, "1")
    assert sync(second, moved_at=AT).models[0].what == "taken"  # fetched anew
    alias(settings, "3")
    shutil.rmtree(bundle.bundle_folder(second.home, NAME, "3"))
    shutil.copytree(first, bundle.bundle_folder(second.home, NAME, "3"))
    (found,) = sync(second, moved_at=AT).models
    assert (found.what, answers(second)) == ("apart", "1")
    assert "another model" in found.why
