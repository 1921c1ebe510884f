"""The verdict on an import from what was set aside, doubted or would change without a document."""

from __future__ import annotations

import pytest

from payrisk.ledger.facts.problems import Problem
from payrisk.ledger.importing.outcome import ImportOutcome, judge
from payrisk.ledger.importing.reading import FileCount, SourceContents, preset_from_text
from payrisk.ledger.importing.reading.control_totals import ControlTotals
from payrisk.ledger.importing.unexplained import BookChange

EUR, UNREAD = ("invoices", "EUR"), ("invoices", "?")
PLAIN = preset_from_text("[invoices]", "plain")
LENIENT = preset_from_text("[doubts]\nrows = 0.01\nmoney = 0.005\n[invoices]", "lenient")


def reading(n=1000, aside=0, aside_cents=0, unread=0, problems=(), no_currency=0):
    totals = ControlTotals(
        rows={EUR: n * 1000},
        quarantined={EUR: aside_cents},
        n_rows={EUR: n - no_currency, UNREAD: no_currency},
        n_aside={EUR: aside, UNREAD: no_currency},
        n_unreadable={EUR: unread, UNREAD: no_currency},
        largest={EUR: 2000},
    )
    files = (FileCount("a.csv", "invoices", n, n - aside, 0, aside),)
    return SourceContents({}, tuple(problems), files, totals)


def outcome(source, later=(), changes=(), how=PLAIN, *, accept="", usable=True):
    return judge(source, later, changes, how, is_usable=usable, accept_doubts=accept).outcome


def test_every_outcome_has_its_exit_code():
    codes = {each.value: each.exit_code for each in ImportOutcome}
    assert codes == {"clean": 0, "doubts": 3, "refused": 2, "nothing": 1}


def test_nothing_usable_is_said_whatever_is_accepted():
    assert outcome(reading(), usable=False, accept="all the same") == "nothing"


@pytest.mark.parametrize(
    ("source", "plain", "lenient"),
    [
        (reading(), "clean", "clean"),
        (reading(aside=10, aside_cents=5000), "doubts", "clean"),
        (reading(aside=11, aside_cents=0), "refused", "refused"),
        (reading(aside=1, aside_cents=5001), "refused", "refused"),
        (reading(aside=2, unread=2), "doubts", "clean"),  # 20.00 each at the most
        (reading(aside=3, unread=3), "doubts", "doubts"),  # 60.00 of 10,000.00 at the most
        (reading(no_currency=2), "doubts", "clean"),
        (reading(no_currency=11), "refused", "refused"),
        (reading(n=50, no_currency=1), "refused", "refused"),
    ],
)
def test_rows_set_aside_are_weighed_by_number_and_by_money(source, plain, lenient):
    assert outcome(source) == plain
    assert outcome(source, how=LENIENT) == lenient
    accepted = "doubts" if plain == "refused" else plain
    assert outcome(source, accept="Ann knows") == accepted
    assert outcome(source, accept=" ") == plain


def doubt(n=1, amount=None):
    return Problem("odd", "odd", "doubted", n=n, amount=amount, currency="EUR" if amount else "")


def test_doubts_are_never_clean_and_stated_money_is_weighed():
    assert outcome(reading(problems=[doubt()])) == "doubts"
    assert outcome(reading(problems=[doubt(n=900)])) == "doubts"
    assert outcome(reading(problems=[doubt()]), how=LENIENT) == "clean"
    assert outcome(reading(problems=[doubt(n=3)]), how=LENIENT) == "doubts"
    assert outcome(reading(problems=[doubt(amount=5000)]), how=LENIENT) == "clean"
    assert outcome(reading(problems=[doubt(amount=5001)]), how=LENIENT) == "refused"
    assert outcome(reading(), later=[doubt(amount=5001)]) == "doubts"


def test_what_is_set_aside_after_reading_counts_too():
    lost = Problem("allocation_to_nothing", "to nothing", "quarantined", n=10)
    assert outcome(reading(), later=[lost]) == "doubts"
    assert outcome(reading(n=100), later=[lost]) == "refused"
    noted = Problem("missing", "missing", "noted", n=900)
    assert outcome(reading(), later=[noted]) == "clean"


def test_books_change_by_a_tenth_at_most_without_a_document():
    for cents, ended in ((1000, "clean"), (1001, "refused")):
        change = BookChange("EUR", 10_000, cents, ("invoices with another amount (1)",))
        assert outcome(reading(), changes=[change]) == ended
    half = preset_from_text("[refuse]\nbooks = 0.5\n[invoices]", "half")
    assert outcome(reading(), changes=[change], how=half) == "clean"
    nothing_open = BookChange("EUR", 0, 1, ("credits with another amount (1)",))
    assert outcome(reading(), changes=[nothing_open]) == "refused"
