"""Numbers: every spelling with one reading is read, and a column is never read in two grammars."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from payrisk.ledger.importing.reading import cells
from support.full import FULL

EXAMPLES = 600 if FULL else 60
POINT, COMMA = ".", ","


def read(*texts, decimals=2, currency=None, decimal="", thousands="", typed=None, credit=True):
    """What a column of these cells says, and the doubts on it."""
    places = np.broadcast_to(np.asarray(decimals, dtype=np.int64), len(texts)).copy()
    codes = None if currency is None else pa.array([currency] * len(texts), pa.string())
    parsed = cells.minor_units(
        cells.strip_cells(pa.array(texts, pa.string())),
        places,
        grammar=cells.NumberGrammar(decimal, thousands),
        currency=codes,
        typed=None if typed is None else np.array(typed),
        credit_is_negative=credit,
    )
    values = [
        "?" if bad else int(value) for value, bad in zip(parsed.values, parsed.bad, strict=True)
    ]
    return values, {doubt.code: int(doubt.hit.sum()) for doubt in parsed.doubts}


def grouped(cents, decimal, separator, *, lakh=False):
    """An amount with two decimals as people group it."""
    whole, rest = divmod(abs(cents), 100)
    text = str(whole)
    head, tail = text[:-3], text[-3:]
    size = 2 if lakh else 3
    parts = [tail]
    while head:
        head, part = head[:-size], head[-size:]
        parts.insert(0, part)
    return separator.join(parts) + f"{decimal}{rest:02d}"


SPELLINGS = {
    "plain": lambda c, d: f"{abs(c) // 100}{d}{abs(c) % 100:02d}",
    "grouped": lambda c, d: grouped(c, d, COMMA if d == POINT else POINT),
    "lakh": lambda c, d: grouped(c, POINT, COMMA, lakh=True),
    "space": lambda c, d: grouped(c, d, " "),
    "nbsp": lambda c, d: grouped(c, d, "\u00a0"),
    "narrow": lambda c, d: grouped(c, d, "\u202f"),
    "thin": lambda c, d: grouped(c, d, "\u2009"),
    "apostrophe": lambda c, d: grouped(c, d, "'"),
    "curly": lambda c, d: grouped(c, d, "\u2019"),
}
NEGATIVE = [
    *("-{}", "- {}", "{}-", "{} -", "({})", "\u2212{}", "\u2013{}", "{} CR", "{}Cr.", "CR {}"),
    *("-{} €", "-€{}", "€ -{}", "(€{})", "(EUR {})", "{}- EUR", "{} € CR", "{} H", "{} Haben"),
]
POSITIVE = [
    *("{}", "+{}", "{}+", "€{}", "€ {}", "{} €", "{}€", "EUR {}", "{} EUR", "{} eur", "{} DR"),
    *("{} S", "{} Soll", "{}\u00a0€", "\u200e{}", " {} ", "€{} DR"),
]


@settings(max_examples=EXAMPLES)
@given(
    st.integers(1, 10**12),
    st.sampled_from(sorted(SPELLINGS)),
    st.sampled_from([POINT, COMMA]),
    st.sampled_from([(form, 1) for form in POSITIVE] + [(form, -1) for form in NEGATIVE]),
)
def test_every_amount_comes_back_from_every_spelling_with_one_reading(cents, name, sign, form):
    assume(name != "lakh" or sign == POINT)
    text = form[0].format(SPELLINGS[name](cents, sign))
    assert read(text, currency="EUR") == ([form[1] * cents], {})
    assert read(text, currency="EUR", decimal=sign) == ([form[1] * cents], {})


def test_forms_of_one_amount_in_one_column():
    forms = [
        *("1.234,50", "1.234,50-", "(1.234,50)", "1.234,50 €", "€ 1.234,50", "-1.234,50 €"),
        *("1\u00a0234,50", "1\u202f234,50", "\u22121.234,50", "1.234,5", "1234", "1.234,50\u00a0"),
        *("1.234,50 -", "1.234,50+", "1.234,50 S", "1234,50 EUR", ",50", "- 1.234,50", "1.234,-"),
    ]
    signs = [1, -1, -1, 1, 1, -1, 1, 1, -1, 1, 1, 1, -1, 1, 1, 1, 1, -1, 1]
    cents = [123450] * 10 + [123400] + [123450] * 5 + [50, 123450, 123400]
    meant = [s * c for s, c in zip(signs, cents, strict=True)]
    assert read(*forms, currency="EUR") == (meant, {})
    assert read(*forms, currency="EUR", decimal=",", thousands=".") == (meant, {})


def test_a_dash_for_cents_and_a_point_behind_a_word_are_neither_minus_nor_decimal_sign():
    assert read("1.234,-", "5,--", "-1.234,-", "(5,-)")[0] == [
        123400,
        500,
        -123400,
        -500,
    ]
    assert read("1234.-", "1'234.50", currency="CHF")[0] == [123400, 123450]
    assert read("Rs.500", "Rs. 1,234.50", "Rs .50", currency="INR")[0] == [50000, 123450, 50]
    assert read("1.234,50--", "- 5 -", "5,-- CR", "1 2 3,00")[0] == ["?", "?", -500, "?"]


def test_a_thousand_is_never_read_as_one():
    assert read("1.000", "3.000", "12.500") == (["?"] * 3, {"number_grammar": 3})
    assert read("1,000", "3,000", "950") == (["?", "?", 95000], {"number_grammar": 2})
    assert read("1.000", "3.000", "12.500", thousands=".") == ([100000, 300000, 1250000], {})
    assert read("1.000", "1.234,50")[0] == [100000, 123450]
    assert read("1,000", "1,234.50", "950.00")[0] == [100000, 123450, 95000]
    # Beside 12.34 a point is the decimal sign, but 1.000 is written as a thousand is.
    assert read("1.000", "12.34") == (["?", 1234], {"number_grammar": 1})
    # Only a column that writes three decimals elsewhere writes them here.
    assert read("1.000", "0.500", "1234.500")[0] == [100, 50, 123450]
    assert read("1.000", decimal=".")[0] == [100]


def test_the_decimals_of_a_currency_tell_what_three_digits_are():
    assert read("1.000", "1,234", "950", decimals=0)[0] == [1000, 1234, 950]
    assert read("1.234", "12.500", decimals=3)[0] == [1234, 12500]
    assert read("1,234", decimals=3)[0] == ["?"]
    assert read("1.234", "1.234", "7.50", decimals=[0, 2, 2])[0] == ["?", "?", 750]


@settings(max_examples=EXAMPLES)
@given(st.lists(st.integers(1, 10**7), min_size=1, max_size=30), st.integers(0, 30), st.data())
def test_a_column_of_two_grammars_is_never_read_silently(amounts, at, data):
    name = data.draw(st.sampled_from(["plain", "grouped"]))
    texts = [SPELLINGS[name](cents, POINT) for cents in amounts]
    other = data.draw(st.integers(1, 10**7))
    texts.insert(min(at, len(texts)), SPELLINGS["grouped"](other, COMMA))
    amounts.insert(min(at, len(amounts)), other)
    values, doubts = read(*texts)
    assert doubts["number_grammar"] >= 1
    assert all(value in ("?", cents) for value, cents in zip(values, amounts, strict=True))
    assert "?" in values


CELL = st.tuples(
    st.integers(1, 10**9),
    st.sampled_from(sorted(SPELLINGS)),
    st.sampled_from([POINT, COMMA]),
    st.sampled_from([(form, 1) for form in POSITIVE] + [(form, -1) for form in NEGATIVE]),
    st.booleans(),
)


@settings(max_examples=2 * EXAMPLES)
@given(st.lists(CELL, min_size=1, max_size=14))
def test_whatever_stands_in_a_column_a_cell_is_right_or_set_aside(column):
    texts, meant = [], []
    for cents, name, decimal, (form, side), is_whole in column:
        sign = POINT if name == "lakh" else decimal
        value = cents - cents % 100 if is_whole else cents
        text = SPELLINGS[name](value, sign)
        texts.append(form.format(text.rsplit(sign, 1)[0] if is_whole else text))
        meant.append(side * value)
    values, doubts = read(*texts, currency="EUR")
    assert all(value in ("?", cents) for value, cents in zip(values, meant, strict=True))
    assert bool(doubts) == ("?" in values)


@settings(max_examples=EXAMPLES)
@given(
    st.lists(st.integers(1, 999).map(lambda n: n * 1000), min_size=1, max_size=20),
    st.sampled_from([POINT, COMMA]),
)
def test_whole_thousands_are_read_or_asked_for_never_shrunk(amounts, separator):
    values, _ = read(*[f"{amount:,}".replace(",", separator) for amount in amounts])
    # From a million on there are two groups, and the column has one reading.
    assert values in (["?"] * len(amounts), [amount * 100 for amount in amounts])


def test_a_currency_beside_a_number_is_held_against_the_row():
    assert read("$5.00", "5.00 USD", "C$5.00", currency="CAD")[0] == [500, "?", 500]
    assert read("£5.00", "€5.00", currency="EUR") == (["?", 500], {"other_currency": 1})
    assert read("R$ 5,00", "5,00 BRL", currency="BRL")[0] == [500, 500]
    assert read("5 kr", "kr. 5", "5 SEK", "5 DKK", currency="SEK")[0] == [500, 500, 500, "?"]


def test_the_credit_side_of_a_payment_is_no_minus():
    assert read("5.00 CR", "5.00 DR", "5.00", credit=False)[0] == [500, -500, 500]


def test_powers_of_ten_are_not_taken_for_amounts_unless_a_program_wrote_them():
    assert read("1.23E+05", "12.00") == (["?", 1200], {"scientific": 1})
    assert read("1.23E+05", "1.005", "0.30000000000000004", typed=[True] * 3)[0] == [
        12300000,
        "?",
        30,
    ]


def test_typed_numbers_know_no_grammar():
    values, doubts = read("1234.5", "1.234,50", "1.5", typed=[True, False, True], thousands=".")
    assert (values, doubts) == ([123450, 123450, 150], {})


def test_what_would_read_the_rest_is_said_once_a_column():
    parsed = cells.minor_units(
        pa.array(["1,234.50", "12.00", "5"]), np.full(3, 2), grammar=cells.NumberGrammar(",")
    )
    (doubt,) = parsed.doubts
    assert (parsed.bad.tolist(), int(doubt.hit.sum())) == ([True, True, False], 2)
    assert 'decimal = "." and thousands = ","' in doubt.why


@pytest.mark.parametrize("text", ["0.025", "0,025", "1", "0.5", "0,5"])
def test_a_share_has_as_many_decimals_as_it_likes(text):
    parsed = cells.rates(pa.array([text]), is_share=True)
    assert parsed.values.tolist() == [float(text.replace(",", "."))]
