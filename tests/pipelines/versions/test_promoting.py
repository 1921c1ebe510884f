"""Who may let which version answer, and how MLflow and the pointers here follow each other."""

from __future__ import annotations

import json
import shutil

import pytest

from payrisk import bundle, pointers, signing
from payrisk.errors import ModelError
from payrisk.learning.days_to_pay.fit_ecdf import fit_shrunk_ecdf
from payrisk.learning.default_risk.fit import fit_default_risk
from payrisk.learning.judging.gates import Check, Verdict
from payrisk.ledger import DefaultRule
from payrisk.registry import RunContents
from payrisk.settings import Settings
from payrisk_pipelines.versions.promoting import mirror_aliases, promote, roll_back
from payrisk_pipelines.versions.syncing import sync
from support.home.mlflow_store import fresh_home, registry_of
from support.ledgers.messy import START, messy_ledger

AT = "2026-01-05T08:00:00+00:00"
NAME = "days-to-pay"
DOWN = "http://me:secret@127.0.0.1:9"


@pytest.fixture(scope="module")
def history():
    return messy_ledger(5, 60).as_of(START + 150)


@pytest.fixture(scope="module")
def template(history, tmp_path_factory):
    """A home with registered versions: passed, refused, not verifiable, and two beside the first.

    The fourth is the candidate of most tests; it and the fifth passed beside version 1.
    """
    settings = fresh_home(tmp_path_factory.mktemp("home"))
    model = fit_shrunk_ecdf(history)
    golden = model.rows(history, history.invoices()).head(5)
    first = {}
    gates = ("passed", "refused", "not verifiable", "passed", "passed")
    for number, gate in enumerate(gates, start=1):
        facts = {"git_commit": "", "ledger_sha": "ab" * 32, "seed": number, "as_of": "2025-01-01"}
        folder = bundle.write(
            tmp_path_factory.mktemp("made") / NAME,
            name=NAME,
            model=model,
            golden=golden,
            card={
                "name": NAME,
                "verdict": {"outcome": gate, "sentence": gate},
                "champion": first if number > 3 else {},
            },
            card_text=f"# {NAME}\n",
            facts=facts | {"trained_by": "ann" if number < 4 else ""},
        )
        digest = bundle.verify(folder)["digest"]
        first = first or {"version": "1", "digest": digest}
        version = registry_of(settings.home).register(
            NAME,
            folder,
            RunContents(
                params={"seed": number},
                metrics={},
                tags={
                    "gate": gate,
                    "trained_by": "ann" if number < 4 else "",
                    "bundle_digest": digest,
                },
                dataset=golden,
                dataset_digest="ab" * 32,
                example=golden,
            ),
        )
        signature = signing.sign(settings.home, NAME, digest)
        registry_of(settings.home).tag(NAME, version.version, signing.TAG, signature)
    registry_of(settings.home).set_alias(NAME, "candidate", "4")
    return settings.home


@pytest.fixture
def settings(template, monkeypatch):
    """The home with nothing promoted; MLflow keeps paths absolute, so it is not copied."""
    monkeypatch.setattr("payrisk.bundle._try_in_child", lambda *_: None)
    for part in ("champions", "bundles", "shadows"):
        shutil.rmtree(template / part, ignore_errors=True)
    client = registry_of(template)._client
    for alias in ("champion", "previous"):
        client.delete_registered_model_alias(NAME, alias)
    for one in registry_of(template).versions(NAME):
        if "forced" in one.tags:
            client.delete_model_version_tag(NAME, one.version, "forced")
    return Settings.read(home=template)


def with_(settings, **given):
    return Settings.read(home=settings.home, **given)


def aliases(settings):
    found = registry_of(settings.home).versions(NAME)
    return {alias: one.version for one in found for alias in one.aliases}


def answers(settings):
    return pointers.champion_version(settings.home, NAME)


def test_the_pointer_moves_here_and_the_aliases_follow(settings):
    moved = promote(settings, NAME, "1", moved_at=AT)
    assert (moved.version, moved.gate, moved.untold) == ("1", "passed", "")
    assert aliases(settings)["champion"] == "1"
    assert promote(settings, NAME, moved_at=AT).version == "4"
    assert answers(settings) == "4"
    assert {"champion": "4", "previous": "1"}.items() <= aliases(settings).items()
    assert pointers.mirrored_version(settings.home, NAME) == "4"
    digest = bundle.verify(bundle.bundle_folder(settings.home, NAME, "4"))["digest"]
    assert pointers.champion(settings.home, NAME) == pointers.PointedVersion("4", digest)


def test_a_bundle_is_tried_once_and_mlflow_is_not_opened_for_a_promotion(settings, monkeypatch):
    shutil.rmtree(settings.home / "mornings", ignore_errors=True)
    promote(settings, NAME, "1", moved_at=AT)  # both versions are in HOME/bundles from here on
    promote(settings, NAME, "4", moved_at=AT)
    shutil.rmtree(settings.home / "mornings")
    tried = []
    monkeypatch.setattr("payrisk.bundle._try_in_child", lambda path, *_: tried.append(path.name))
    monkeypatch.setattr("payrisk.registry.registry.client", lambda *_: 1 / 0)
    monkeypatch.setattr("payrisk.bundle._loaded", lambda *_: 1 / 0)  # the child did that
    for version in ("1", "4", "1"):
        assert promote(settings, NAME, version, moved_at=AT, reason="again").untold == ""
    assert tried == ["1", "4"]
    assert {"champion": "1", "previous": "4"}.items() <= aliases(settings).items()
    broken = bundle.bundle_folder(settings.home, NAME, "1") / "card.md"
    broken.write_text("other")
    with pytest.raises(ZeroDivisionError):  # it is damaged: to fetch it again takes MLflow
        promote(settings, NAME, "1", moved_at=AT)


def test_what_the_gates_refused_needs_a_reason_that_is_kept(settings):
    with pytest.raises(ModelError, match="refused by its gates; .* --force and a reason"):
        promote(settings, NAME, "2", moved_at=AT)
    assert answers(settings) is None
    assert promote(settings, NAME, "2", moved_at=AT, reason="a pilot").gate == "refused"
    assert registry_of(settings.home).version(NAME, "2").tags["forced"] == "a pilot"
    (line,) = pointers.moves(settings.home)
    assert (line["version"], line["gate"], line["reason"]) == ("2", "refused", "a pilot")
    assert (line["at"], line["how"]) == (AT, "promote")


def test_a_tag_cannot_make_a_refused_card_pass(settings):
    registry = registry_of(settings.home)
    registry.tag(NAME, "2", "gate", "passed")
    try:
        with pytest.raises(ModelError, match="refused by its gates"):
            promote(settings, NAME, "2", moved_at=AT)
    finally:
        registry.tag(NAME, "2", "gate", "refused")


def test_what_could_not_be_judged_may_be_the_first_but_replaces_nobody(settings):
    assert promote(settings, NAME, "3", moved_at=AT).gate == "not verifiable"
    assert promote(settings, NAME, "3", moved_at=AT).version == "3"
    promote(settings, NAME, "1", moved_at=AT, reason="it passed, though beside nobody")
    with pytest.raises(ModelError, match="could not judge version 3 .* version 1 answers"):
        promote(settings, NAME, "3", moved_at=AT)
    assert promote(settings, NAME, "3", moved_at=AT, reason="the ledger is young").version == "3"


def test_what_passed_beside_another_champion_or_none_has_not_met_the_one_that_answers(settings):
    promote(settings, NAME, "1", moved_at=AT)
    assert promote(settings, NAME, "5", moved_at=AT).version == "5"  # they met
    for version, beside in (("4", "beside version 1"), ("1", "with no champion beside it")):
        with pytest.raises(ModelError, match=f"passed its gates {beside}, and version 5 answers"):
            promote(settings, NAME, version, moved_at=AT)
    with pytest.raises(ModelError, match="run `payrisk retrain days-to-pay`"):
        promote(with_(settings, mlflow_uri=DOWN), NAME, "1", moved_at=AT)
    assert answers(settings) == "5"
    assert promote(settings, NAME, "4", moved_at=AT, reason="we know it").version == "4"
    assert promote(settings, NAME, "4", moved_at=AT).version == "4"  # it answers already


@pytest.mark.parametrize(
    ("version", "actor", "sentence"),
    [
        ("1", "", "set PAYRISK_ACTOR"),
        ("1", "ann", "'ann' trained this version"),
        ("1", " Ann ", "trained this version"),
        ("4", "bob", "Nobody is named as the trainer"),
        ("1", "bob", ""),
    ],
)
def test_where_duties_are_separate_the_trainer_cannot_promote(settings, version, actor, sentence):
    apart = with_(settings, separate_duties=True, actor=actor)
    if sentence:
        for reason in ("", "no reason is good enough"):
            with pytest.raises(ModelError, match=sentence):
                promote(apart, NAME, version, moved_at=AT, reason=reason)
        assert answers(settings) is None
    else:
        promote(apart, NAME, version, moved_at=AT)
        assert pointers.moves(settings.home)[-1]["actor"] == actor
    assert promote(with_(settings, actor=actor), NAME, version, moved_at=AT).version == version


def test_a_formula_over_the_model_is_judged_anew_before_it_moves(settings, history):
    curves = fit_shrunk_ecdf(history)
    risk = fit_default_risk(history, [], curves, DefaultRule(), 180)
    ids = sorted(history.invoices()["customer_id"].unique())[:3]
    asked = []

    def fails(_settings, name, found):
        asked.append((name, found.version))
        return Verdict((Check("brier at most 0.1", 0.2, 0.1),))

    promote(settings, NAME, "1", moved_at=AT, regate=fails)
    assert asked == []  # no default-risk answers yet
    folder = bundle.bundle_folder(settings.home, "default-risk", "1")
    papers = {"card": {}, "card_text": "", "facts": {}}
    golden = risk.rows(history, ids)
    bundle.write(folder, name="default-risk", model=risk, golden=golden, **papers)
    bundle.set_champion(settings.home, "default-risk", "1")
    with pytest.raises(ModelError, match="'default-risk' would not pass: Refused: brier"):
        promote(settings, NAME, "4", moved_at=AT, regate=fails)
    assert answers(settings) == "1"
    assert asked == [("default-risk", "4")]
    promote(settings, NAME, "4", moved_at=AT, regate=lambda *_: Verdict(()))
    assert answers(settings) == "4"


def test_back_and_forth_and_not_to_what_was_changed(settings):
    with pytest.raises(ModelError, match="no previous champion"):
        roll_back(settings, NAME, moved_at=AT)
    promote(settings, NAME, "1", moved_at=AT)
    promote(settings, NAME, "4", moved_at=AT)
    assert roll_back(settings, NAME, moved_at=AT).version == "1"
    assert (answers(settings), pointers.previous_version(settings.home, NAME)) == ("1", "4")
    assert aliases(settings)["champion"] == "4"
    assert mirror_aliases(settings, NAME, "1") == ""
    assert {"champion": "1", "previous": "4"}.items() <= aliases(settings).items()
    former = bundle.bundle_folder(settings.home, NAME, "4")
    shutil.rmtree(former)
    shutil.copytree(bundle.bundle_folder(settings.home, NAME, "1"), former)
    with pytest.raises(ModelError, match="no longer the one that answered"):
        roll_back(settings, NAME, moved_at=AT)
    (former / "card.md").write_text("other")
    with pytest.raises(ModelError, match="damaged"):
        roll_back(settings, NAME, moved_at=AT)
    assert answers(settings) == "1"
    assert [one["how"] for one in pointers.moves(settings.home)] == [
        "promote",
        "promote",
        "rollback",
    ]


def test_a_damaged_copy_is_fetched_again_and_a_damaged_source_is_not_promoted(settings):
    promote(settings, NAME, "1", moved_at=AT)
    broken = bundle.bundle_folder(settings.home, NAME, "1") / "model.json"
    content = broken.read_bytes()
    damaged = content[:-3] + b"   "
    broken.write_bytes(damaged)
    promote(settings, NAME, "1", moved_at=AT)
    assert broken.read_bytes() == content
    promote(settings, NAME, "4", moved_at=AT)
    stored = [
        path
        for path in settings.mlflow_artifacts.rglob("model.json")
        if path.read_bytes() == content
    ]
    assert stored
    for path in (broken, *stored):
        path.write_bytes(damaged)
    try:
        with pytest.raises(ModelError, match="damaged"):
            promote(settings, NAME, "1", moved_at=AT)
    finally:
        for path in stored:
            path.write_bytes(content)
    assert answers(settings) == "4"


def test_with_mlflow_down_what_is_here_is_promoted_and_told_later(settings):
    down = with_(settings, mlflow_uri=DOWN)
    for asked in (None, "1", "candidate", "../1"):
        with pytest.raises(ModelError, match="MLflow") as said:
            promote(down, NAME, asked, moved_at=AT)
        assert "secret" not in str(said.value)
    for version in ("2", "1"):
        registry_of(settings.home).bundle_of(NAME, version)
    with pytest.raises(ModelError, match="refused by its gates"):
        promote(down, NAME, "2", moved_at=AT)
    moved = promote(down, NAME, "1", moved_at=AT)
    assert "`payrisk sync` tells it" in moved.note
    assert "secret" not in moved.note
    assert (answers(settings), aliases(settings).get("champion")) == ("1", None)
    with pytest.raises(ModelError, match="MLflow"):
        sync(down, moved_at=AT)
    (found,) = sync(settings, moved_at=AT).models
    assert (found.what, aliases(settings)["champion"]) == ("told", "1")
    assert sync(settings, moved_at=AT).models[0].what == "same"


def test_sync_takes_what_was_promoted_in_mlflow_as_promote_would(settings):
    assert sync(settings, moved_at=AT).models == []
    registry = registry_of(settings.home)
    registry.set_alias(NAME, "champion", "1")
    found = sync(settings, moved_at=AT)
    assert found.moved == [f"{NAME}: version 1 answers now, as MLflow says."]
    assert (answers(settings), found.needs_a_person) == ("1", False)
    registry.set_alias(NAME, "champion", "2")
    found = sync(settings, moved_at=AT)
    assert found.needs_a_person
    assert "refused by its gates" in found.moved[0]
    assert answers(settings) == "1"
    # A tag over there is no reason here: whoever writes to MLflow can set it.
    registry.tag(NAME, "2", "forced", "the board wants it")
    assert sync(settings, moved_at=AT).models[0].what == "apart"
    assert answers(settings) == "1"
    promote(settings, NAME, "2", moved_at=AT, reason="the board wants it")
    assert sync(settings, moved_at=AT).models[0].what == "same"
    assert pointers.moves(settings.home)[-1]["reason"] == "the board wants it"
    assert roll_back(settings, NAME, moved_at=AT).version == "1"
    assert sync(settings, moved_at=AT).models[0].what == "told"
    assert aliases(settings)["champion"] == "1"


def test_where_both_sides_moved_a_person_settles_it(settings):
    promote(settings, NAME, "1", moved_at=AT)
    registry_of(settings.home).bundle_of(NAME, "4")
    promote(with_(settings, mlflow_uri=DOWN), NAME, "4", moved_at=AT)
    registry_of(settings.home).set_alias(NAME, "champion", "3")
    found = sync(settings, moved_at=AT)
    assert found.needs_a_person
    assert "version 4 was promoted here and version 3 in MLflow" in found.moved[0]
    assert (answers(settings), aliases(settings)["champion"]) == ("4", "3")
    promote(settings, NAME, "4", moved_at=AT)
    assert not sync(settings, moved_at=AT).needs_a_person


def test_a_move_that_is_edited_taken_out_or_added_is_noticed(settings):
    for version in ("1", "4", "1"):
        promote(settings, NAME, version, moved_at=AT, reason="a test of the journal")
    path = settings.home / "champions" / pointers.MOVES
    whole = path.read_text()
    lines = whole.splitlines(keepends=True)
    assert [one["former"] for one in pointers.moves(settings.home)] == [None, "1", "4"]
    edited = json.dumps(json.loads(lines[1]) | {"actor": "eve"}, sort_keys=True) + "\n"
    for wrong in (lines[0] + edited + lines[2], lines[0] + lines[2], lines[1] + whole, "x\n"):
        path.write_text(wrong)
        with pytest.raises(ModelError, match="does not follow"):
            pointers.moves(settings.home)
    path.write_text(whole)
