"""What README shows is what happens: its blocks are run, one after the other, in one home."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from payrisk.cli import run

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
PAGES = sorted({*ROOT.glob("*.md"), *ROOT.glob("*/*.md"), *ROOT.glob("docs/*/*.md")})
BLOCK = re.compile(r"^```(console|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SMALL_DEMO = ("demo", "--no-serve", "--customers", "30")
NOT_RUN = {"demo", "test", "lint", "serve"}
"""Commands of ./payrisk that a test cannot wait for: that they exist is checked."""


def blocks(text):
    """(line, language, code) of each block a reader could type."""
    return [
        (text.count("\n", 0, found.start()) + 1, found[1], found[2])
        for found in BLOCK.finditer(text)
    ]


def commands(block):
    """(words, shown output) of each `$ ` line; a trailing backslash continues it."""
    joined = block.replace("\\\n", " ")
    for part in re.split(r"(?m)^\$ ", joined)[1:]:
        line, _, output = part.partition("\n")
        yield shlex.split(line, comments=True), output


def headings(output):
    """Words of the shown lines without a number: titles and column names, the same every day."""
    return [
        word
        for line in output.splitlines()
        if not re.search(r"\d|…|\.\.\.", line)
        for word in re.findall(r"\w{3,}", line)
    ]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    path = tmp_path_factory.mktemp("readme") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("payrisk.learning.days_to_pay.fit_hazard.ROUNDS", 20)
        patch.setattr("payrisk_pipelines.backtests.cash_replay.MOST_LANDMARKS", 6)
        assert run(["--home", str(path), *SMALL_DEMO]) == 0
        yield path


def carry_out(words, capsys):
    """What one command printed; None for those that are only checked to exist."""
    program, *arguments = words
    if program in {"payrisk", "./payrisk"}:
        if arguments and arguments[0] in NOT_RUN:
            assert arguments[0] in {"test", "lint"} or run([arguments[0], "--help"]) == 0
            return None
        assert run(arguments) == 0, f"$ {shlex.join(words)}\n{capsys.readouterr().err}"
        return capsys.readouterr().out
    if program == "curl":
        routes = json.loads((ROOT / "api" / "openapi.json").read_text())["paths"]
        (address,) = [word for word in words if "127.0.0.1" in word or "localhost" in word]
        path = re.sub(r"^(https?://)?[^/]+|\?.*$", "", address)
        found = [
            methods
            for route, methods in routes.items()
            if re.fullmatch(re.sub(r"{[^}]*}", "[^/]+", route), path)
        ]
        assert found, f"no route {path}"
        taken = {
            parameter["name"]: parameter["schema"]
            for method in found[0].values()
            for parameter in method.get("parameters", ())
        }
        for name, value in parse_qsl(urlsplit(address).query):
            assert value in taken[name].get("enum", [value]), f"{path} takes no {name}={value}"
        return None
    assert program in {"git", "cd", "export"}, f"README types a program nobody promised: {program}"
    return None


def test_the_two_commands_are_there():
    typed = [
        words
        for _, language, code in blocks(README.read_text())
        if language == "console"
        for words, _ in commands(code)
    ]
    assert ["./payrisk", "demo"] in typed
    assert ["./payrisk", "test"] in typed


def test_readme_blocks_do_what_they_show(home, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PAYRISK_HOME", str(home))
    monkeypatch.chdir(tmp_path)
    for line, language, code in blocks(README.read_text()):
        if language == "python":
            done = subprocess.run(
                [sys.executable, "-c", code], check=False, capture_output=True, text=True
            )
            assert done.returncode == 0, f"README.md:{line}\n{done.stderr}"
            continue
        for words, shown in commands(code):
            printed = carry_out(words, capsys)
            if printed is not None:
                missing = set(headings(shown)) - set(re.findall(r"\w+", printed))
                assert missing == set(), f"README.md:{line}: $ {shlex.join(words)}"


def anchors(page):
    """The anchors that headings of a page have on GitHub."""
    titles = re.findall(r"(?m)^#+ (.+)$", page.read_text())
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_between_pages_lead_somewhere(page):
    targets = re.findall(r"\]\(([^)#\s]*)(?:#([^)\s]*))?\)", page.read_text())
    inside = [(target, anchor) for target, anchor in targets if "://" not in target]
    assert [target for target, _ in inside if not (page.parent / target).exists()] == []
    assert [
        (target, anchor)
        for target, anchor in inside
        if anchor and anchor not in anchors(page.parent / target if target else page)
    ] == []


def sources():
    """(path, text) of every file a person wrote, but for the changelog, which tells the past."""
    for folder in ("src", "models", "pipelines", "api", "benchmarks", "docs", "tests"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in {".py", ".toml", ".md", ".html", ".js"}:
                yield path, path.read_text(encoding="utf-8")


def test_every_section_of_the_design_that_is_cited_is_there():
    there = set(re.findall(r"(?m)^## (.+)$", (ROOT / "docs" / "design.md").read_text()))
    cited = {
        (path.relative_to(ROOT).as_posix(), section)
        for path, text in sources()
        for section in re.findall(r"docs/design\.md,\s+'([^']+)'", text)
    }
    assert {section for _, section in cited} >= {"Default", "Curve metrics"}
    assert [(path, section) for path, section in cited if section not in there] == []


def test_nothing_cites_a_design_outside_the_repository():
    outside = "DESIGN" + " §"
    assert [path for path, text in sources() if outside in text] == []


def test_the_sections_of_the_design_are_linked_at_its_head():
    head, *sections = re.split(r"(?m)^## ", (ROOT / "docs" / "design.md").read_text())
    names = [section.partition("\n")[0] for section in sections]
    assert re.findall(r"\[([^]]+)\]\(#[^)]+\)", head) == names


DECISIONS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
SECTIONS = ["Context", "Decision", "Measured", "Consequences", "Alternatives", "What holds it"]


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem[:4])
def test_a_decision_has_the_one_form(page):
    head, *sections = re.split(r"(?m)^## ", page.read_text())
    assert re.fullmatch(
        rf"# ADR {page.stem[:4]}: .+\n\nStatus: accepted, \d{{4}}-\d\d(; .+)?\n\n", head
    )
    texts = dict(section.split("\n", 1) for section in sections)
    assert list(texts) == [name for name in SECTIONS if name != "Measured" or name in texts]
    assert re.match(r"\*\*[^*]+[.:]\*\*\n\n", texts["Decision"])
    assert re.fullmatch(r"\d{4}(-[a-z0-9]+)+", page.stem)


def test_decisions_are_numbered_without_a_gap():
    assert [int(page.stem[:4]) for page in DECISIONS] == list(range(1, len(DECISIONS) + 1))


def test_what_is_said_to_hold_a_decision_is_there():
    tests = {path: path.read_text() for path in (ROOT / "tests").rglob("test_*.py")}
    names = {name for text in tests.values() for name in re.findall(r"def (test_\w+)", text)}
    said = {
        (page.stem[:4], name)
        for page in DECISIONS
        for name in re.findall(r"`(test_\w+)`", page.read_text())
    }
    assert [(number, name) for number, name in said if name not in names] == []


NOT_HERE = {"models/payrisk_models/patient_curves.py"}
"""Files that a page asks its reader to write."""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_file_that_a_page_names_is_there(page):
    named = re.findall(
        r"`((?!HOME/)[\w.-]+/[\w./-]+\.(?:py|toml|md|json|html|js))`", page.read_text()
    )
    assert [path for path in named if not (ROOT / path).exists() and path not in NOT_HERE] == []


def test_the_reader_of_blocks_reads_blocks():
    text = "a\n```console\n$ payrisk kpis --by \\\n    week\nname  dso\nEUR 12\n$ cd x  # y\n```\n"
    assert blocks(text) == [
        (2, "console", "$ payrisk kpis --by \\\n    week\nname  dso\nEUR 12\n$ cd x  # y\n")
    ]
    assert [(words, headings(shown)) for words, shown in commands(blocks(text)[0][2])] == [
        (["payrisk", "kpis", "--by", "week"], ["name", "dso"]),
        (["cd", "x"], []),
    ]
