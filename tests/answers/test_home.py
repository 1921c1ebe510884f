"""What a service reads of a home: each bundle once, each failure once, one ledger by its name."""

from __future__ import annotations

import json
import shutil

import pytest

from payrisk import bundle, pointers
from payrisk.answers import HomeCache, read_answers
from payrisk.answers.deferred_bundles import BundleTrialLoads
from payrisk.answers.home import FIRST_WAIT, LONGEST_WAIT
from payrisk.errors import LedgerError, ModelError
from payrisk.ledger.stored import storage
from support.bundles.every_kind import rewritten
from support.home.small_home import small_home
from support.ledgers.by_hand import invoice, ledger

NAME = "days-to-pay"


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """Version 2 of the curves reads a feature that is defined otherwise today."""
    home = small_home(tmp_path_factory.mktemp("home")).home
    good = bundle.bundle_folder(home, NAME, "1")
    rewritten(good, good.with_name("2"), "features.json", redefined)
    return home


@pytest.fixture
def home(template, tmp_path):
    return shutil.copytree(template, tmp_path / "home")


@pytest.fixture
def tried(monkeypatch):
    """The versions of the curves that were tried, each in a child process."""
    found = []
    real = bundle.load_promoted

    def promoted(home, name, pointed, **given):
        if name == NAME:
            found.append(pointed.version)
        return real(home, name, pointed, **given)

    monkeypatch.setattr("payrisk.bundle.load_promoted", promoted)
    return found


@pytest.fixture
def untried(monkeypatch):
    """Bundles are loaded without a child: what is looked at is how often."""
    monkeypatch.setattr("payrisk.bundle._try_in_child", lambda *_: None)


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def redefined(content):
    told = json.loads(content)
    told[0]["definition_hash"] = "0" * 16
    return json.dumps(told).encode()


def test_a_former_version_that_no_longer_loads_is_tried_once(home, tried):
    bundle.set_champion(home, NAME, "2")
    bundle.set_champion(home, NAME, "1")
    warm = HomeCache()
    read_answers(home, cache=warm)
    for _ in range(20):
        warm.read_ahead(home)
    assert tried == ["1", "2"]


def test_it_is_tried_again_when_its_pointer_or_its_files_are_written(home, tried, untried):
    bundle.set_champion(home, NAME, "2")
    bundle.set_champion(home, NAME, "1")
    warm = HomeCache()
    read_answers(home, cache=warm)
    warm.read_ahead(home)
    model = bundle.bundle_folder(home, NAME, "2") / "card.md"
    for rewrite in (
        lambda: bundle.set_champion(home, NAME, "1"),
        lambda: model.write_bytes(model.read_bytes()),
        lambda: model.rename(model.with_name("card")),
        lambda: model.with_name("card").rename(model),
    ):
        del tried[:]
        rewrite()
        for _ in range(3):
            warm.read_ahead(home)
        assert tried == ["2"]


def test_a_former_version_without_a_digest_is_not_read_again_and_again(home, tried, untried):
    (home / "champions" / NAME).write_text(f"bundles/{NAME}/1\nbundles/{NAME}/1\n")
    warm = HomeCache()
    read_answers(home, cache=warm)
    for _ in range(20):
        warm.read_ahead(home)
    assert tried == ["1"]


def test_a_champion_that_is_waited_for_is_tried_less_and_less_often(home, tried, untried):
    clock = Clock()
    warm = HomeCache(clock)
    before = read_answers(home, cache=warm)
    bundle.set_champion(home, NAME, "2")
    answers = read_answers(home, before, warm)
    assert tried == ["1", "2"]
    at = []
    while clock.now < 1000.0 + 4 * LONGEST_WAIT:
        n_tried = len(tried)
        warm.read_ahead(home)
        if len(tried) > n_tried:
            at.append(clock.now - 1000.0)
        clock.now += 0.5
    waits = [after - one for one, after in zip([0.0, *at], at)]
    assert waits[:4] == [FIRST_WAIT, 2 * FIRST_WAIT, 4 * FIRST_WAIT, 8 * FIRST_WAIT]
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_WAIT
    assert warm.n_recovered == 0
    assert read_answers(home, answers, warm) is answers


@pytest.mark.parametrize("failure", [ModelError("It took too long."), OSError(11, "no process")])
def test_what_failed_for_a_passing_reason_is_served_once_it_has_passed(home, monkeypatch, failure):
    clock = Clock()
    warm = HomeCache(clock)
    first, second = (bundle.bundle_folder(home, NAME, version) for version in "12")
    shutil.rmtree(second)
    rewritten(first, second, "card.md", lambda content: content + b"the second")
    monkeypatch.setattr("payrisk.bundle._try_in_child", lambda *_: None)
    before = read_answers(home, cache=warm)
    bundle.set_champion(home, NAME, "2")

    def busy(*_):
        raise failure

    with monkeypatch.context() as patch:
        patch.setattr("payrisk.bundle._try_in_child", busy)
        answers = read_answers(home, before, warm)
    assert answers.champions[NAME].version == "1"
    assert "Version 1 answers on" in answers.refused[NAME]
    warm.read_ahead(home)
    assert warm.n_recovered == 0
    clock.now += FIRST_WAIT
    warm.read_ahead(home)
    assert warm.n_recovered == 1
    answers = read_answers(home, answers, warm)
    assert (answers.champions[NAME].version, answers.refused) == ("2", {})


def test_it_is_said_why_the_promoted_version_does_not_answer_though_another_does(home, untried):
    warm = HomeCache()
    before = read_answers(home, cache=warm)
    assert before.models()[0]["why_not"] is None
    bundle.set_champion(home, NAME, "2")
    row = read_answers(home, before, warm).models()[0]
    assert (row["version"], row["is_available"]) == ("1", True)
    assert row["why_not"] == (
        "Version 2 of days-to-pay is promoted but its bundle does not verify; promote it again or"
        " train a new one. Version 1 answers on."
    )
    (home / "champions" / NAME).write_text("what is this\n")
    row = read_answers(home, before, warm).models()[0]
    assert row["is_available"]
    assert "cannot be read" in row["why_not"]
    assert row["why_not"].endswith("Version 1 answers on.")


def test_a_process_whose_code_was_updated_beside_it_says_that_it_is_to_be_restarted(
    home, untried, monkeypatch
):
    before = read_answers(home, cache=HomeCache())
    monkeypatch.setattr("payrisk.answers.home.has_code_moved", lambda: True)
    bundle.set_champion(home, NAME, "2")  # of features that this process does not know
    assert read_answers(home, before, HomeCache()).refused[NAME] == (
        "Version 2 of days-to-pay is promoted but this process runs older features than the code"
        " beside it: restart it. Version 1 answers on."
    )
    (bundle.bundle_folder(home, NAME, "2") / "card.md").write_text("damaged")
    assert "does not verify" in read_answers(home, before, HomeCache()).refused[NAME]


def test_what_passed_its_trial_here_is_taken_up_without_another(home, monkeypatch):
    tried, at_once = [], []

    def in_child(path, _seconds, _digest, others=()):
        tried.extend([path.name, *(folder.name for folder, _ in others)])
        at_once.append(1 + len(others))

    monkeypatch.setattr("payrisk.bundle._try_in_child", in_child)
    for _ in range(2):
        read_answers(home, cache=HomeCache())
    assert (tried, at_once) == (["1", "1"], [2])  # one of each model, in one process
    folder = bundle.bundle_folder(home, NAME, "1")
    monkeypatch.setattr("payrisk.answers.deferred_bundles.code_sha", lambda: "other")
    BundleTrialLoads(home).trial_load(folder)
    assert tried == ["1", "1", "1"]


def test_where_one_of_several_fails_its_trial_each_is_tried_by_itself(home, monkeypatch):
    tried = []

    def in_child(path, _seconds, _digest, others=()):
        tried.append(1 + len(others))
        if others or NAME in str(path):
            raise ModelError("it crashed")

    monkeypatch.setattr("payrisk.bundle._try_in_child", in_child)
    answers = read_answers(home, cache=HomeCache())
    assert tried == [2, 1, 1]
    assert set(answers.refused) == {NAME}
    assert answers.champions


def test_an_import_that_ends_meanwhile_does_not_change_what_the_answers_name(
    tmp_path, monkeypatch
):
    old = storage.save(ledger(invoices=[invoice("A")]), tmp_path)
    real = storage.load
    new = []

    def load(*given):
        if not new:
            new.append(storage.save(ledger(invoices=[invoice("B")]), tmp_path))
        return real(*given)

    monkeypatch.setattr(storage, "load", load)
    answers = read_answers(tmp_path)
    named = real(tmp_path, answers.ledger_sha)
    assert answers.ledger.tables["invoices"].equals(named.tables["invoices"])
    assert answers.ledger_sha == old
    after = read_answers(tmp_path, answers)
    assert after.ledger_sha == new[0]
    assert after.ledger.tables["invoices"]["invoice_id"].tolist() == ["B"]


def test_a_home_without_a_ledger_is_a_sentence(tmp_path):
    with pytest.raises(LedgerError, match="no ledger under .* yet"):
        read_answers(tmp_path)


def test_a_rollback_finds_the_former_version_read(home, tried, untried):
    shutil.rmtree(bundle.bundle_folder(home, NAME, "2"))
    shutil.copytree(bundle.bundle_folder(home, NAME, "1"), bundle.bundle_folder(home, NAME, "2"))
    bundle.set_champion(home, NAME, "2")
    warm = HomeCache()
    answers = read_answers(home, cache=warm)
    warm.read_ahead(home)
    assert tried == ["2", "1"]
    for number in ("1", "2", "1"):
        pointers.roll_back(home, NAME, pointers.PointerMove("2026-01-05", "rollback"))
        answers = read_answers(home, answers, warm)
        warm.read_ahead(home)
        assert answers.champions[NAME].version == number
    assert tried == ["2", "1"]
