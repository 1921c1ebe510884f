"""The commands of docs/operating.md are carried out in order, and print what the page shows."""

from __future__ import annotations

import re

from payrisk.access import KeyRing
from payrisk.cli import run
from payrisk.credit.deciding.delegation import Delegation
from payrisk.settings import Settings
from payrisk.store.forgetting.retention import read_retention
from support.docs.examples import LEFT_OUT, ROOT, Command, SavedFile, examples

PAGE = ROOT / "docs" / "operating.md"


def pattern(shown: str) -> str:
    """What is shown as a pattern; what is left out may be anything but a line."""
    lines = [re.escape(line).replace(re.escape(LEFT_OUT), ".*") for line in shown.splitlines()]
    return "\n".join(lines) + "\n"


def key_ids(home) -> dict[str, str]:
    """What the page calls a key → its id."""
    ring = KeyRing(home, Settings.read(home=home).personal_keys)
    return {key.holder.split()[0].upper(): key_id for key_id, key in ring.keys().items()}


def test_the_tables_of_the_page_are_such(tmp_path):
    for saved in [e for e in examples(PAGE.read_text()) if isinstance(e, SavedFile)]:
        (tmp_path / saved.name).write_text(saved.text)
    rungs = Delegation.read(tmp_path / "delegation.toml").rungs
    assert [rung.title for rung in rungs] == ["credit clerk", "credit manager"]
    retention = read_retention(tmp_path)
    assert (len(retention.rules), len(retention.holds)) == (1, 1)


def test_the_commands_of_the_page_do_what_it_shows(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    home = tmp_path / "home"
    commands = [example for example in examples(PAGE.read_text()) if isinstance(example, Command)]
    assert len(commands) >= 5
    for command in commands:
        program, *words = command.words
        if program == "export":
            monkeypatch.setenv(*words[0].split("="))
            continue
        assert program == "payrisk", command
        ids = key_ids(home) | {"HOOK": next((p.stem for p in home.glob("webhooks/*.json")), "")}
        code = run(["--home", str(home), *(ids.get(word, word) for word in words)])
        printed = capsys.readouterr()
        assert code == 0, (command, printed.err)
        assert re.fullmatch(pattern(command.shown), printed.out), (command, printed.out)
