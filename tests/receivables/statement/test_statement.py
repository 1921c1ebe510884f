"""The statement ties to the aging, speaks ten languages, and escapes what a name holds."""

from __future__ import annotations

import re

import pytest

from payrisk.calendar import day_of
from payrisk.errors import InputError
from payrisk.languages import LANGUAGES
from payrisk.ledger import Ledger
from payrisk.receivables.aging import aging
from payrisk.receivables.statement.page import statement_page, statement_words
from payrisk.receivables.statement.statement import CustomerStatement
from payrisk.simulate import simulate
from support.ledgers.by_hand import credit, event, invoice, ledger


@pytest.fixture(scope="module")
def books():
    made = Ledger.from_tables(simulate(40, 10, 21).tables)[0]
    return made.as_of(made.default_as_of)


def test_every_statement_ties_to_the_aging_to_the_cent(books):
    aged = aging(books).by("customer_id", named=False)
    for customer_id, lines in aged.groupby("customer_id"):
        made = CustomerStatement.of(books, str(customer_id))
        ageing = made.ageing.set_index("currency")
        for line in lines.to_dict("records"):
            row = ageing.loc[line["currency"]]
            assert row["balance"] + line["settled_residuals"] == line["net"]
            items = made.items[made.items["currency"] == line["currency"]]
            assert items["open"].sum() - items["unapplied"].sum() == row["balance"]


def by_hand(name="Muster GmbH"):
    return ledger(
        customers=[{"customer_id": "c1", "name": name}],
        invoices=[
            invoice("A", 123_456, due_on="2025-01-31"),
            invoice("B", 50_000, due_on="2025-03-31"),
        ],
        credits=[credit("N", 10_000, "2025-02-10", kind="credit_note")],
        events=[event("dispute_opened", "A", "2025-02-05", amount=20_000)],
    ).as_of(day_of("2025-03-01"))


def test_the_page_says_what_is_open_late_disputed_and_on_account():
    page = statement_page(CustomerStatement.of(by_hand(), "c1"), "de")
    text = re.sub(r"<[^>]+>|\s+", " ", page).replace("\u00a0", " ")
    assert "Kontoauszug" in text
    assert "1.234,56" in text
    assert "strittig: 200,00 EUR" in text
    assert "1.634,56" in text  # 1,234.56 + 500.00 − 100.00
    assert "−100,00" in text
    assert 'lang="de"' in page


def test_a_name_is_escaped_and_nothing_is_loaded_from_elsewhere():
    page = statement_page(CustomerStatement.of(by_hand("<b>A & B</b>"), "c1"), "en")
    assert "<b>A" not in page
    assert "&lt;b&gt;A &amp; B" in page
    assert "http" not in page
    assert "<script" not in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_word_with_its_places(language):
    words, source = statement_words()[language], statement_words()["en"]
    assert set(words) == set(source)
    for name, text in source.items():
        assert re.findall(r"{\w+}", words[name]) == re.findall(r"{\w+}", text)
    page = statement_page(CustomerStatement.of(by_hand(), "c1"), language)
    assert words["title"] in page


def test_a_customer_or_language_there_is_none_of_is_a_sentence():
    with pytest.raises(InputError, match="no customer 'c9'"):
        CustomerStatement.of(by_hand(), "c9")
    with pytest.raises(InputError):
        statement_page(CustomerStatement.of(by_hand(), "c1"), "xx")
