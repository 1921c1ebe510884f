"""Read-outs and reasons of payment curves, asked for in the query."""

from __future__ import annotations

import pytest

from payrisk.learning.days_to_pay.fit_ecdf import fit_shrunk_ecdf
from support.company.five_customers import AS_OF, Fitted, champions

PATH = "/v1/payment-curves"


@pytest.fixture
def fitted(opened, company):
    model = fit_shrunk_ecdf(company.as_of(AS_OF))
    return opened(champions() | {"days-to-pay": Fitted(model)})


def test_reasons_are_given_on_request_and_add_up(fitted):
    body = {"invoice_ids": ["C", "A", "none"]}
    (plain, *_) = fitted.client.post(PATH, json=body).json()
    assert plain["explanation"] is None
    open_, closed, unknown = fitted.client.post(PATH, json=body, params={"reasons": "true"}).json()
    why = open_["explanation"]
    assert 1 <= len(why["reasons"]) <= 4
    shown = sum(reason["contribution"] for reason in why["reasons"])
    assert why["ordinary_days_late"] + shown + why["other_days"] == pytest.approx(
        open_["expected_days_late"]
    )
    assert open_ | {"explanation": None} == plain
    for one in (closed, unknown):
        assert one["explanation"] is None
        assert one["lateness"] is None


def test_a_model_that_cannot_tell_why_still_answers(door):
    answer = door.client.post(PATH, json={"invoice_ids": ["C"]}, params={"reasons": "true"})
    assert answer.status_code == 200
    assert answer.json()[0]["explanation"] is None


def test_thresholds_and_a_date_are_the_readers_own(door):
    query = {"late_after": 20, "very_late_after": 60, "by_date": "2025-06-30"}
    (one,) = door.client.post(PATH, json={"invoice_ids": ["C"]}, params=query).json()
    assert (one["probability_on_time"], one["probability_late"]) == (0.9, 0.5)
    assert one["probability_very_late"] == pytest.approx(0.1)
    assert (one["probability_by_date"], one["lateness"]) == (0.5, "on_time")


@pytest.mark.parametrize(
    ("query", "n"),
    [({"late_after": 30}, 1), ({"late_after": "x"}, 1), ({"reasons": "true"}, 101)],
)
def test_what_cannot_be_read_out_is_refused(door, query, n):
    answer = door.client.post(PATH, json={"invoice_ids": ["C"] * n}, params=query)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_quote_that_states_a_discount_counts_on_it_as_past_offers_were_taken(fitted):
    quote = {
        "customer_id": "c1", "issued_on": "2025-06-02", "due_on": "2025-07-02", "amount": 10_000,
        "currency": "EUR",
    }  # fmt: skip
    asked = [quote, quote | {"discount_days": 10}]
    plain, offered = fitted.client.post(PATH, json={"invoices": asked}).json()
    (alone,) = fitted.client.post(PATH, json={"invoices": [quote]}).json()
    assert plain == alone
    assert "probability_discount" not in plain
    assert offered["probability_discount"] == offered["probability_paid_by"][10] == 0.5
    assert offered["probability_never"] != plain["probability_never"]
    late = {"invoices": [quote | {"discount_days": 30}]}
    assert fitted.client.post(PATH, json=late).status_code == 422
