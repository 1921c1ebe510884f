"""A model whose card has expired answers on, and every door says so."""

from __future__ import annotations

import pytest

from payrisk.answers import Answers
from payrisk.answers.champions import expiry_warning
from payrisk.calendar import iso
from support.company.five_customers import AS_OF, DueDateCurves, Fitted, small_company

SENTENCE = (
    f"Version 4 of days-to-pay expired on {iso(AS_OF - 1)}, as its card says, and answers on;"
    " run `payrisk retrain days-to-pay`."
)


@pytest.mark.parametrize(
    ("said", "expected"),
    [(iso(AS_OF - 1), SENTENCE), (iso(AS_OF), ""), (None, ""), ("soon", "")],
)
def test_a_card_holds_to_the_end_of_the_day_it_names(said, expected):
    assert expiry_warning("days-to-pay", "4", {"expires_on": said}, AS_OF) == expected
    assert not expiry_warning("days-to-pay", "4", {}, AS_OF)


def test_an_expired_model_is_listed_with_a_warning_and_answers():
    old = Fitted(DueDateCurves(), version="4", card={"expires_on": iso(AS_OF - 1)})
    answers = Answers(small_company(), {"days-to-pay": old})
    curves, risk, _ = answers.models(AS_OF)
    assert (curves["is_available"], curves["expired"], curves["warning"]) == (True, True, SENTENCE)
    assert (risk["expired"], risk["warning"]) == (False, None)
    assert not answers.models(AS_OF - 1)[0]["expired"]
    assert answers.payment_curves(as_of=AS_OF, invoice_ids=["G"])[0].curve is not None
