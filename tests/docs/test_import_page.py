"""docs/import.md names every setting of the mapping language and every field."""

from __future__ import annotations

import re

import pytest

from payrisk.ledger.facts.tables import TABLES
from payrisk.ledger.importing.reading.cells import DATE_FORMATS
from payrisk.ledger.importing.reading.grammar import _SHARED
from payrisk.ledger.importing.reading.mapping.sections import _SECTION, _SOURCE
from payrisk.ledger.importing.reading.preset import fields_of
from support.docs.examples import ROOT, Command, examples

PAGE = (ROOT / "docs" / "import.md").read_text("utf-8")
NAMED = set(re.findall(r"`([^`\n]+)`", PAGE))


def test_every_setting_of_a_mapping_has_its_line():
    assert {*_SHARED, *_SECTION, *_SOURCE, *DATE_FORMATS} - NAMED == set()


@pytest.mark.parametrize("table", TABLES)
def test_every_field_is_in_the_row_of_its_table_and_the_needed_ones_in_bold(table):
    (row,) = re.findall(rf"(?m)^\| `{table}` \| (.*) \|$", PAGE.partition("## Every field")[2])
    fields = fields_of(table).values()
    assert re.findall(r"`(\w+)`", row) == [field.name for field in fields]
    needed = [field.name for field in fields if field.required and field.default is None]
    assert re.findall(r"\*\*`(\w+)`\*\*", row) == needed


def test_the_page_has_twelve_worked_examples():
    worked = PAGE.partition("## Three outcomes")[0].split("\n### ")[1:]
    assert [int(part.partition(".")[0]) for part in worked] == list(range(1, 13))
    assert all(any(isinstance(e, Command) for e in examples(part)) for part in worked)
