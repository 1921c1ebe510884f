"""Every way to ruin a bundle after its promotion is found before a model file is read."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

import pytest

from payrisk import bundle, cli, pointers, sealed
from payrisk.errors import ModelError
from payrisk.learning.days_to_pay.fit_ecdf import fit_shrunk_ecdf
from support.ledgers.messy import START, messy_ledger

NAME = "days-to-pay"
SCRIPT = Path(__file__).resolve().parents[1] / "benchmarks" / "_damage.py"


def load():
    spec = importlib.util.spec_from_file_location("_damage", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


damage = load()


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    history = messy_ledger(5, 60).as_of(START + 150)
    model = fit_shrunk_ecdf(history)
    home = tmp_path_factory.mktemp("home")
    papers = {"card": {"name": NAME}, "card_text": "# card\n", "facts": {"seed": 0}}
    golden = model.rows(history, history.invoices())
    folder = bundle.bundle_folder(home, NAME, "1")
    bundle.write(folder, name=NAME, model=model, golden=golden, **papers)
    bundle.set_champion(home, NAME, "1")
    return home


@pytest.fixture
def home(whole, tmp_path):
    return Path(shutil.copytree(whole, tmp_path / "home"))


@pytest.mark.parametrize("way", damage.WAYS, ids=lambda way: way.__name__)
def test_what_was_ruined_after_its_promotion_is_not_loaded(home, way, monkeypatch):
    reads = []
    real = bundle._loaded

    def loaded(*given):
        reads.append(given)
        return real(*given)

    monkeypatch.setattr("payrisk.bundle._loaded", loaded)
    folder = bundle.bundle_folder(home, NAME, "1")
    aside = folder.with_name("kept")
    shutil.copytree(folder, aside)
    pointed = pointers.champion(home, NAME)
    for number in range(12):
        way(folder, damage.random.Random(number))
        with pytest.raises(ModelError, match=r"damaged|lacks|is not the one that was promoted"):
            bundle.load_promoted(home, NAME, pointed)
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(aside, folder)
    assert reads == []
    bundle.load_promoted(home, NAME, pointed, trial_seconds=0)
    assert len(reads) == 1


def test_a_bundle_of_another_model_is_not_served_under_this_name(home):
    other = bundle.bundle_folder(home, "default-risk", "1")
    shutil.copytree(bundle.bundle_folder(home, NAME, "1"), other)
    with pytest.raises(ModelError, match="holds 'days-to-pay', not 'default-risk'"):
        bundle.load_promoted(home, "default-risk", pointers.PointedVersion("1"), trial_seconds=0)


@pytest.mark.parametrize(
    "content",
    ["", "\n", "bundles/days-to-pay/..", "bundles/days-to-pay/../../etc", "/etc/passwd", "1",
     "bundles/default-risk/1", "bundles/days-to-pay/.hidden", "bundles/days-to-pay/1\nx"],
)  # fmt: skip
def test_a_pointer_that_points_elsewhere_is_refused(home, content):
    (home / "champions" / NAME).write_text(content)
    with pytest.raises(ModelError, match="cannot be read; remove it and run `payrisk promote"):
        pointers.champion(home, NAME)


def test_verify_names_what_is_damaged_and_says_so_by_its_code(home, capsys):
    def verify(*what):
        code = cli.run(["--home", str(home), "bundle", "verify", *what])
        told = capsys.readouterr()
        return code, told.out, told.err

    folder = bundle.bundle_folder(home, NAME, "1")
    for what in ((), (NAME,), (NAME, "1"), (str(folder),)):
        code, out, _ = verify(*what)
        assert (code, out.count("yes") > 0 or "True" in out) == (0, True), out
    second = Path(shutil.copytree(folder, folder.with_name("2")))
    (second / "card.md").write_text("other")
    code, out, _ = verify("--json")
    assert code == 1
    assert "card.md does not match its recorded sha256" in out
    assert verify(NAME, "1")[0] == 0
    # whole in itself, and yet not what was promoted
    (folder / "card.md").write_text("other")
    damage.reseal(folder)
    code, out, _ = verify(NAME, "1", "--json")
    assert (code, "is not the one that was promoted" in out) == (1, True)
    assert verify(str(Path(shutil.copytree(folder, home / "apart"))))[0] == 0
    for what in ((NAME, "9"), ("nowhere-else",), ("/no/such/folder",)):
        code, _, err = verify(*what)
        assert (code, err.count("\n")) == (2, 1)


def test_a_link_a_pipe_and_a_folder_are_not_even_opened(home):
    folder = bundle.bundle_folder(home, NAME, "1")
    for way in (damage.link, damage.pipe, damage.hide_in_folder):
        copy = Path(shutil.copytree(folder, folder.with_name(way.__name__)))
        way(copy, damage.random.Random(0))
        with pytest.raises(ModelError, match="damaged"):
            sealed.read(copy)
