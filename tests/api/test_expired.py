"""A model whose card has expired: a warning in the list, a gauge for Prometheus, and answers."""

from __future__ import annotations

from payrisk.calendar import iso
from support.company.five_customers import AS_OF, DueDateCurves, Fitted


def test_an_expired_model_is_told_and_answers_on(opened):
    old = Fitted(DueDateCurves(), version="4", card={"expires_on": iso(AS_OF - 1)})
    client = opened({"days-to-pay": old}).client
    first, second, _ = client.get("/v1/models").json()
    assert (first["is_available"], first["expired"]) == (True, True)
    assert f"expired on {iso(AS_OF - 1)}" in first["warning"]
    assert (second["expired"], second["warning"]) == (False, None)
    text = client.get("/metrics").text
    assert 'payrisk_model_expired{name="days-to-pay",version="4"} 1.0' in text
    assert 'payrisk_model_available{name="days-to-pay",version="4"} 1.0' in text
    asked = client.post("/v1/payment-curves", json={"invoice_ids": ["G"]})
    assert asked.json()[0]["probability_paid_by"] is not None


def test_on_the_last_day_of_its_card_it_holds(opened):
    own = Fitted(DueDateCurves(), version="4", card={"expires_on": iso(AS_OF)})
    client = opened({"days-to-pay": own}).client
    assert not client.get("/v1/models").json()[0]["expired"]
    assert 'payrisk_model_expired{name="days-to-pay",version="4"} 0.0' in (
        client.get("/metrics").text
    )
