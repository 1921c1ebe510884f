"""Pages do not dangle: links, anchors, files and sections that they name are there."""

from __future__ import annotations

import re

import pytest

from support.docs.examples import PAGES, ROOT, is_importable

DESIGN = ROOT / "docs" / "design.md"
NOT_HERE = {"models/payrisk_models/patient_curves.py"}
"""Files that a page asks its reader to write."""


def name_of(page):
    return page.relative_to(ROOT).as_posix()


def anchors(page):
    """The anchors that headings of a page have on GitHub."""
    titles = re.findall(r"(?m)^#+ (.+)$", page.read_text())
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_between_pages_lead_somewhere(page):
    targets = re.findall(r"\]\(([^)#\s]*)(?:#([^)\s]*))?\)", page.read_text())
    inside = [(target, anchor) for target, anchor in targets if "://" not in target]
    assert [target for target, _ in inside if not (page.parent / target).exists()] == []
    assert [
        (target, anchor)
        for target, anchor in inside
        if anchor and anchor not in anchors(page.parent / target if target else page)
    ] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_file_that_a_page_names_is_there(page):
    named = re.findall(
        r"`((?!HOME/)[\w.-]+/[\w./-]+\.(?:py|toml|md|json|html|js))`", page.read_text()
    )
    assert [path for path in named if not (ROOT / path).exists() and path not in NOT_HERE] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_module_and_function_that_a_page_names_is_there(page):
    text = re.sub(r"(?s)## Alternatives.*?(?=\n## |\Z)", "", page.read_text())  # never were
    named = re.findall(r"`(payrisk(?:_\w+)?(?:\.\w+)+)(?:\(.*?\))?`", text)
    assert [name for name in named if not is_importable(name)] == []


def test_every_class_that_a_page_names_is_there():
    code = "\n".join(text for path, text in sources() if path.suffix == ".py")
    classes = set(re.findall(r"class (\w+)", code))
    named = {
        (name_of(page), name)
        for page in PAGES
        for name in re.findall(r"`([A-Z][a-z]+\w*)(?:\.\w+)*(?:\([^`]*\))?`", page.read_text())
    }
    assert ("docs/design.md", "PaymentCurve") in named
    assert [(page, name) for page, name in named if name not in classes] == []


def sources():
    """(path, text) of every file a person wrote."""
    for folder in ("src", "models", "pipelines", "api", "benchmarks", "docs", "tests"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in {".py", ".toml", ".md", ".html", ".js"}:
                yield path, path.read_text(encoding="utf-8")


def test_every_section_of_the_design_that_is_cited_is_there():
    there = set(re.findall(r"(?m)^## (.+)$", DESIGN.read_text()))
    cited = {
        (name_of(path), section)
        for path, text in sources()
        for section in re.findall(r"docs/design\.md,\s+'([^']+)'", text)
    }
    assert {section for _, section in cited} >= {"Default", "Curve metrics"}
    assert [(path, section) for path, section in cited if section not in there] == []


def test_nothing_cites_a_design_outside_the_repository():
    outside = "DESIGN" + " §"
    assert [path for path, text in sources() if outside in text] == []


def test_the_sections_of_the_design_are_linked_at_its_head():
    head, *sections = re.split(r"(?m)^## ", DESIGN.read_text())
    names = [section.partition("\n")[0] for section in sections]
    assert re.findall(r"\[([^]]+)\]\(#[^)]+\)", head) == names
