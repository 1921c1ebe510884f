"""A field that nobody knows is answered with the one that was meant, and never repeated."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("body", "pointer", "meant"),
    [
        ({"custmer_id": "c1"}, "/body", "customer_id"),
        (
            {"customer_id": "c1", "order": {"ammount": 5, "currency": "EUR"}},
            "/body/order",
            "amount",
        ),
        (
            {"application": {"name": "x", "currency": "EUR", "networth": 5}},
            "/body/application",
            "net_worth",
        ),
        ({"customer_id": "c1", "turnover": 5}, "/body", "application.turnover"),
    ],
)
def test_an_unknown_field_of_a_body_names_the_closest_one(door, body, pointer, meant):
    response = door.decide(body)
    assert response.status_code == 422
    faults = {f["pointer"]: f["detail"] for f in response.json()["errors"] if "extra" in f["code"]}
    assert faults[pointer] == f"A field here is not known; perhaps '{meant}' is meant."


def test_an_unknown_parameter_names_the_closest_one(door):
    response = door.client.get("/v1/credit/decisions", params={"custmer_id": "c1"})
    assert response.status_code == 422
    assert "perhaps 'customer_id' is meant" in response.json()["errors"][0]["detail"]


def test_what_is_like_nothing_is_only_said_to_be_unknown(door):
    response = door.decide({"customer_id": "c1", "zzqqxxyy1234": 5})
    assert response.json()["errors"][0]["detail"] == "A field here is not known."
    assert "zzqq" not in response.text
