"""Payment terms: read whole as a grammar, or not understood; no due day from a stray number."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payrisk.calendar import day_of, iso
from payrisk.ledger import Ledger
from payrisk.ledger.facts.terms import due_days, parse_terms, terms_days

ISSUED = "2026-01-15"


def due(text, issued=ISSUED):
    terms = parse_terms(text)
    if terms is None or not terms.names_a_day:
        return None
    days, doubtful = due_days(terms, np.array([day_of(issued)]))
    return iso(int(days[0])) + ("?" if doubtful[0] else "")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Net 30", "2026-02-14"),
        ("30 Tage netto", "2026-02-14"),
        ("NET030", "2026-02-14"),
        ("60D", "2026-03-16"),
        ("0", "2026-01-15"),
        ("Within 14 days of receipt", "2026-01-29"),
        ("30 jours date de facture", "2026-02-14"),
        ("a 30 días fecha factura", "2026-02-14"),
        ("60 giorni data fattura", "2026-03-16"),
        ("betaling binnen 14 dagen", "2026-01-29"),
        ("przelew 14 dni", "2026-01-29"),
        ("30 ημέρες", "2026-02-14"),
        ("2 weeks", "2026-01-29"),
        ("Net 1 month", "2026-02-15"),
        ("2 Monate netto", "2026-03-15"),
        ("EOM", "2026-01-31"),
        ("fin de mois", "2026-01-31"),
        ("EOM + 30", "2026-03-02"),
        ("30 days after the end of the month", "2026-03-02"),
        ("lb. md. + 30 dage", "2026-03-02"),
        ("30 days EOM", "2026-03-02?"),
        ("45 jours fin de mois", "2026-03-17?"),
        ("Net 10th", "2026-02-10"),
        ("Net 20th", "2026-02-20?"),
        ("20th prox", "2026-02-20"),
        ("zum 10. des Folgemonats", "2026-02-10"),
        ("Immediate", "2026-01-15"),
        ("COD", "2026-01-15"),
        ("zahlbar sofort ohne Abzug", "2026-01-15"),
        ("contado", "2026-01-15"),
        ("comptant", "2026-01-15"),
        ("due on receipt", "2026-01-15"),
        ("50% advance, balance net 60", "2026-03-16?"),
        ("1.5% late fee, net 15", "2026-01-30"),
    ],
)
def test_terms_of_the_trade_name_their_due_day(text, day):
    assert due(text) == day


@pytest.mark.parametrize(
    "text",
    [
        *(
            "Payable in 2 instalments",
            "Internet order 100",
            "Zahlbar in 3 Raten",
            "Plan 90",
            "NAH4",
        ),
        *("30/60/90 days", "Net 30 or 60", "0001", "Net 30 ROG", "see contract 45", "2/10", "n/a"),
        *("Net 30 days after delivery", "Order 2026-30", "30 60", "10/2 net 30", "1 of 4", "-30"),
    ],
)
def test_a_number_in_words_not_understood_is_no_due_day(text):
    assert due(text) is None


@pytest.mark.parametrize(
    ("text", "offer"),
    [
        ("2/10 n/30", (0.02, 10)),
        ("2% 10 Net 30", (0.02, 10)),
        ("2 %/10, net 30 days", (0.02, 10)),
        ("14 Tage 2 % Skonto, 30 Tage netto", (0.02, 14)),
        ("30 Tage netto, 14 Tage 2,5% Skonto", (0.025, 14)),
        ("2% discount if paid within 10 days, otherwise net 30", (0.02, 10)),
        ("3% 10 Tage, 2% 20 Tage, netto 30 Tage", (0.03, 10)),
    ],
)
def test_discounts_are_read_in_the_order_people_write_them(text, offer):
    terms = parse_terms(text)
    assert (terms.discount_rate, terms.discount_days) == offer
    assert terms.days == 30


def test_a_month_later_ends_with_its_month():
    assert due("Net 1 month", "2026-01-31") == "2026-02-28"
    assert due("31st prox", "2026-01-31") == "2026-02-28"
    assert due("EOM", "2026-01-31") == "2026-01-31"


@settings(max_examples=60)
@given(
    st.integers(0, 365),
    st.sampled_from(
        [
            *(
                "net {}",
                "{} days",
                "{}d",
                "n/{}",
                "{}",
                "NET{}",
                "Nt {}",
                "Net-{}",
                "netto {} Tage",
            ),
            *("{} Tage netto", "{} jours", "{} jours net", "{} días", "{} giorni", "{} dias"),
            *("{} dagen", "{} dni", "{} dage netto", "{} dagar netto", "{} ημέρες"),
        ]
    ),
)
def test_a_number_of_days_is_read_in_every_language(days, form):
    assert terms_days(form.format(days)) == days


def invoices(*terms):
    table = pd.DataFrame(
        {
            "invoice_id": [f"T{place}" for place in range(len(terms))],
            "customer_id": "c1",
            "issued_on": day_of(ISSUED),
            "amount": 10_000,
            "currency": "EUR",
            "terms": pd.array(terms, dtype="string"),
        }
    )
    ledger, problems = Ledger.from_tables({"invoices": table})
    said = {p.code: (p.action, p.n) for p in problems if p.column == "due_on"}
    return ledger.tables["invoices"].set_index("invoice_id"), said


def test_a_due_day_that_was_assumed_is_doubted():
    table, said = invoices("Net 10", "30 days EOM", "in 2 instalments", None, "2/10 net 20")
    assert [iso(day) for day in table["due_on"]] == [
        "2026-01-25",
        "2026-03-02",
        "2026-02-14",
        "2026-02-14",
        "2026-02-04",
    ]
    assert said == {
        "due_from_terms": ("repaired", 2),
        "due_unsure": ("doubted", 1),
        "terms_unread": ("doubted", 1),
        "due_assumed": ("doubted", 1),
    }
    assert table.loc["T4", ["discount_rate", "discount_days"]].tolist() == [0.02, 10]
