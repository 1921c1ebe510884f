"""What README and the pages of docs/ show is what happens: their examples are carried out.

In short, what needs no model prints what is shown to the cent; the rest is tried on a small home
for its columns. With --full the demo is made at its size, and everything shown is compared.
"""

from __future__ import annotations

import itertools
import json
import re
from urllib.parse import parse_qsl, urlsplit

import pytest

from payrisk.cli import run
from payrisk.ledger import Ledger
from payrisk.ledger.stored import storage
from payrisk.simulate import simulate
from payrisk_pipelines import demo
from support.docs.examples import (
    ROOT,
    TRIED,
    Command,
    SavedFile,
    column_names,
    examples,
    is_shown,
)
from support.full import FULL
from support.home.small_home import small_home

pytestmark = pytest.mark.long

NEVER_RUN = {"demo", "serve", "train", "promote", "retrain", "test", "lint"}
"""Typed elsewhere: `demo` before all, the others in tests of their own."""
ONLY_FULL = {"card", "models", "monitor", "bundle", "backtest", "technical-file"}
"""What the small home cannot answer, for it has neither cards nor MLflow, or takes too long."""
CARD_OWNER = "The credit desk of a made-up company"
"""As models/cards/README.md says."""
WITHOUT_A_MODEL = {
    "aging",
    "kpis",
    "features",
    "policy check",
    "import",
    "simulate",
    "promises",
    "customers statement",
    "contacts list",
    *(f"actions {word}" for word in ("add", "list", "post", "undo")),
}

TWO_WORDS = {
    "policy",
    "forecast",
    "audit",
    "decisions",
    "customers",
    "actions",
    "contacts",
    "holdout",
}
"""Nouns whose commands are a word more."""

EXITS = {"import": {0, 2, 3}}
"""Exit codes of commands that are shown to say no: an import that is refused, or in doubt."""


def kind(words: list[str]) -> str:
    """The command that was typed: its first words, options of the house left out."""
    names = [word for word in words if re.fullmatch(r"[a-z-]+", word) and word[0] != "-"]
    names = [word for word in names if words[words.index(word) - 1] != "--home"]
    return " ".join(names[:2]) if names[0] in TWO_WORDS else names[0]


@pytest.fixture(scope="module")
def demo_home(tmp_path_factory):
    """The demo's home as a reader has it; without --full only its ledger."""
    home = tmp_path_factory.mktemp("demo") / "home"
    if FULL:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PAYRISK_CARD_OWNER", CARD_OWNER)
            assert run(["--home", str(home), "demo", "--no-serve"]) == 0
    else:
        tables = simulate(demo.CUSTOMERS, demo.MONTHS, demo.SEED, world=demo.WORLD).tables
        storage.save(Ledger.from_tables(tables)[0], home)
    return home


@pytest.fixture(scope="module")
def other_home(tmp_path_factory):
    """A small home with models, and words of the pages → what it has in their place."""
    home = tmp_path_factory.mktemp("small") / "home"
    small_home(home)
    history = storage.load(home).as_of(storage.load(home).default_as_of)
    invoice = history.open_invoices().iloc[0]
    return home, {r"INV\d{10}": invoice["invoice_id"], r"\bC\d{6}\b": invoice["customer_id"]}


def with_stand_ins(text: str, stand_ins: dict[str, str]) -> str:
    for pattern, value in stand_ins.items():
        text = re.sub(pattern, value, text)
    return text


def check_exists(command: Command, capsys) -> None:
    """The command is there and takes the options it is typed with."""
    words = list(itertools.takewhile(lambda word: word[0] != "-", command.words[1:]))
    if words[0] in {"test", "lint"}:
        return
    assert run([*words, "--help"]) == 0, command
    help_text = capsys.readouterr().out
    assert [
        word for word in command.words if word.startswith("--") and word not in help_text
    ] == []


def check_route(command: Command) -> None:
    """A route that is asked for by curl is there, with its parameters."""
    routes = json.loads((ROOT / "api" / "openapi.json").read_text())["paths"]
    (address,) = [word for word in command.words if "127.0.0.1" in word]
    path = re.sub(r"^(https?://)?[^/]+|\?.*$", "", address)
    patterns = {re.sub(r"{[^}]*}", "[^/]+", route): route for route in routes}
    hits = [route for pattern, route in patterns.items() if re.fullmatch(pattern, path)]
    assert hits, f"{command}: no route {path}"
    schemas = {
        parameter["name"]: parameter["schema"]
        for method in routes[hits[0]].values()
        for parameter in method.get("parameters", ())
    }
    for name, value in parse_qsl(urlsplit(address).query):
        assert value in schemas[name].get("enum", [value]), f"{command}: no {name}={value}"


@pytest.mark.parametrize("page", TRIED, ids=lambda page: page.name)
def test_examples_do_what_they_show(page, demo_home, other_home, tmp_path, monkeypatch, capsys):
    small, stand_ins = other_home
    monkeypatch.setenv("PAYRISK_ACTOR", "Ann Lee")
    for folder in ("demo", "small"):
        (tmp_path / folder).mkdir()
    if not FULL:  # what a trial of a bundle in a process of its own notices is in test_damage.py
        monkeypatch.setattr("payrisk.bundle._try_in_child", lambda *_: None)

    def save(name: str, text: str) -> None:
        for folder, words in (("demo", text), ("small", with_stand_ins(text, stand_ins))):
            path = tmp_path / folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(words)

    for example in examples(page.read_text()):
        if isinstance(example, SavedFile):
            save(example.name, example.text)
            continue
        program, *words = example.words
        if program == "curl":
            check_route(example)
            continue
        if program == "echo":
            text, arrow, name = words
            assert arrow == ">", example
            save(name, text)
            continue
        if program in {"export", "cd", "git"}:
            continue
        assert program in {"payrisk", "./payrisk"}, f"{example}: a program nobody promised"
        what = kind(words)
        if what in NEVER_RUN or (what in ONLY_FULL and not FULL):
            check_exists(example, capsys)
            continue
        is_exact = FULL or what in WITHOUT_A_MODEL
        monkeypatch.setenv("PAYRISK_HOME", str(demo_home if is_exact else small))
        monkeypatch.chdir(tmp_path / ("demo" if is_exact else "small"))
        typed = words if is_exact else [with_stand_ins(word, stand_ins) for word in words]
        code = run(typed)
        assert code in EXITS.get(what, {0}), f"{page.name} {example}\n{capsys.readouterr().err}"
        printed = capsys.readouterr().out
        if is_exact:
            assert is_shown(example.shown, printed), f"{page.name} {example}\n{printed}"
        else:
            missing = column_names(example.shown) - set(re.split(r"\s+", printed))
            assert missing == set(), f"{page.name} {example}\n{printed}"


@pytest.mark.skipif(not FULL, reason="the demo at its size: --full")
def test_the_card_that_is_shown_is_the_demos(demo_home, tmp_path):
    assert run(["--home", str(demo_home), "card", "days-to-pay", "--out", str(tmp_path)]) == 0
    shown = (ROOT / "models" / "cards" / "example" / "card.md").read_text()
    assert without_seconds((tmp_path / "card.md").read_text()) == without_seconds(shown)


def without_seconds(card: str) -> list[str]:
    return [line for line in card.splitlines() if "milliseconds" not in line and line.strip()]


def test_the_readme_is_short_and_has_the_two_commands():
    text = (ROOT / "README.md").read_text()
    typed = [example.words for example in examples(text) if isinstance(example, Command)]
    assert ["./payrisk", "demo"] in typed
    assert ["./payrisk", "test"] in typed
    assert len(text.splitlines()) <= 90


def test_examples_are_read_as_they_are_typed():
    text = (
        "a\n```console\n$ payrisk kpis --by \\\n    week\nname  dso\nEUR 12\n$ cd x  # y\n```\n"
        '```json order.json\n{"a": 1}\n```\n```text\n$ nothing\n```\n'
    )
    assert list(examples(text)) == [
        Command(3, ["payrisk", "kpis", "--by", "week"], "name  dso\nEUR 12\n"),
        Command(7, ["cd", "x"], ""),
        SavedFile(10, "order.json", '{"a": 1}\n'),
    ]


PRINTED = "Title of it\nname   dso  more\n───────\nEUR    12   a\nUSD    13   b\n\nlast 5 words\n"


@pytest.mark.parametrize(
    ("shown", "is_so"),
    [
        (PRINTED, True),
        ("Title of it\nname dso …\n─\nEUR 12 …\n…\n", True),
        ("…\nlast … words\n", True),
        ("Title of it\nname dso …\n─\nEUR 13 …\n…\n", False),
        ("Title of it\n", False),
        ("…\nUSD 13 b\nEUR 12 a\n…\n", False),
    ],
)
def test_what_is_shown_is_compared_but_for_what_is_left_out(shown, is_so):
    assert is_shown(shown, PRINTED) is is_so
    assert column_names(PRINTED) == {"name", "dso", "more"}
