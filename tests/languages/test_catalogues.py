"""Every language says all that the pages say, with the same placeholders."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from payrisk.errors import InputError
from payrisk.languages import LANGUAGES, catalogue, chosen_language, language_name
from payrisk.languages.gathering import defects, gather_strings, placeholders, update_catalogue
from payrisk_api.pages.words import BOOK, KEPT_ELSEWHERE, MAY_BE_SAME

ROOT = Path(__file__).resolve().parents[2]
SHOWN = (
    ROOT / "api/payrisk_api/pages",
    ROOT / "src/payrisk/credit/explaining",
    ROOT / "src/payrisk/languages",
)


@pytest.fixture(scope="module")
def template() -> Catalog:
    return gather_strings(SHOWN, KEPT_ELSEWHERE)


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_a_language_says_all_that_pages_say(template, language):
    assert len(template) > 20
    assert defects(language, template, MAY_BE_SAME) == []


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_a_catalogue_is_as_the_script_writes_it(template, language):
    # a sentence of the library that was changed since may still be in it, which harms nobody
    path = ROOT / f"src/payrisk/languages/po/{language}.po"
    written = update_catalogue(language, template, wished=BOOK.patterns).decode().split("\n\n")
    assert set(written) <= {*path.read_text("utf-8").split("\n\n"), written[-1]}


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_a_sentence_of_the_library_is_said_with_what_it_was_filled_in_with(language):
    text = "A default within {days} days has probability {probability:.1%}: band {band}."
    sentence = text.format(days=180, probability=0.0573, band="C")
    translated = BOOK.translate(sentence, catalogue(language))
    assert translated is not None
    assert translated != sentence
    assert all(part in translated for part in ("180", "5.7%", "C"))
    assert "{" not in translated
    assert BOOK.translate("Something else.", catalogue(language)) is None
    for pattern in BOOK.patterns:
        words = catalogue(language)
        assert placeholders(words.translate(pattern)) == placeholders(pattern)


def test_what_is_missing_broken_or_untranslated_is_named(tmp_path):
    template = Catalog(fuzzy=False)
    for sentence in ("Nothing is missing.", "%(n)s of %(all)s", "Close", "Band"):
        template.add(sentence)
    (tmp_path / "de.po").write_bytes(
        update_catalogue(
            "de",
            template,
            {"%(n)s of %(all)s": ["%(n)s von %(al)s"], "Close": ["Close"], "Band": ["Band"]},
        )
    )
    assert defects("de", template, {"Band"}, tmp_path) == [
        "de: no translation of 'Nothing is missing.'",
        "de: other placeholders in '%(n)s von %(al)s'",
        "de: 'Close' is as in the source",
    ]


def test_a_language_that_is_not_there_is_refused():
    with pytest.raises(InputError, match="no catalogue of 'sv'"):
        catalogue("sv")


def test_a_browser_gets_the_first_of_its_languages_that_there_is():
    assert chosen_language(None, "sv-SE, pt-BR;q=0.7, de;q=0.9") == "de"
    assert chosen_language(None, "de;q=0, fr;q=x, *") == "en"
    assert chosen_language("zz", "") == "en"
    assert chosen_language(None, "," * 10_000) == "en"


def test_each_language_calls_itself_by_its_own_name():
    names = [language_name(code) for code in LANGUAGES]
    assert names == [
        "English", "Deutsch", "Français", "Español", "Italiano", "Nederlands", "Polski", "Dansk",
        "Ελληνικά", "Português",
    ]  # fmt: skip
