"""The commands of docs/operating.md are carried out in order, and print what the page shows."""

from __future__ import annotations

import json
import re

from payrisk.cli import run
from payrisk.credit.deciding.delegation import Delegation
from support.docs.examples import LEFT_OUT, ROOT, Command, SavedFile, examples

PAGE = ROOT / "docs" / "operating.md"


def pattern(shown: str) -> str:
    """What is shown as a pattern; what is left out may be anything but a line."""
    lines = [re.escape(line).replace(re.escape(LEFT_OUT), ".*") for line in shown.splitlines()]
    return "\n".join(lines) + "\n"


def key_ids(home) -> dict[str, str]:
    """What the page calls a key → its id."""
    file = home / "keys.json"
    kept = json.loads(file.read_text())["keys"] if file.exists() else []
    return {row["holder"].split()[0].upper(): row["key_id"] for row in kept}


def test_the_table_of_the_page_is_one(tmp_path):
    (saved,) = [e for e in examples(PAGE.read_text()) if isinstance(e, SavedFile)]
    path = tmp_path / saved.name
    path.write_text(saved.text)
    assert [rung.title for rung in Delegation.read(path).rungs] == [
        "credit clerk",
        "credit manager",
    ]


def test_the_commands_of_the_page_do_what_it_shows(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    home = tmp_path / "home"
    commands = [example for example in examples(PAGE.read_text()) if isinstance(example, Command)]
    assert len(commands) >= 5
    for command in commands:
        program, *words = command.words
        assert program == "payrisk", command
        ids = key_ids(home) | {"HOOK": next((p.stem for p in home.glob("webhooks/*.json")), "")}
        code = run(["--home", str(home), *(ids.get(word, word) for word in words)])
        printed = capsys.readouterr()
        assert code == 0, (command, printed.err)
        assert re.fullmatch(pattern(command.shown), printed.out), (command, printed.out)
