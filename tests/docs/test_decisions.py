"""Decisions have one form, and what is said to hold them is there."""

from __future__ import annotations

import re

import pytest

from support.docs.examples import ROOT

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
    cited = {
        (page.stem[:4], name)
        for page in DECISIONS
        for name in re.findall(r"`(test_\w+)`", page.read_text())
    }
    assert [(number, name) for number, name in cited if name not in names] == []
