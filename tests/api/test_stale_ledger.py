"""An old ledger is said by /readyz and with every answer; a younger model is a conflict."""

from __future__ import annotations

import datetime as dt

from payrisk.answers import Answers
from payrisk.calendar import date_of
from support.company.five_customers import AS_OF, Fitted, champions, small_company


def test_readyz_and_every_answer_say_how_old_the_ledger_is(opened):
    client = opened().client
    service = client.app.state.service
    fresh = client.get("/readyz").json()
    assert fresh["warnings"] == []
    assert "payrisk-stale-ledger" not in client.get("/v1/models").headers
    morning = date_of(AS_OF + 200)
    service.served_as_of = morning
    old = client.get("/readyz").json()
    last = dt.date.fromisoformat(old["ledger_last_on"])
    assert old["as_of"] == morning.isoformat()
    assert old["ledger_age_days"] == (morning - last).days - 1
    assert str(old["ledger_age_days"]) in old["warnings"][0]
    told = client.get("/v1/models").headers["payrisk-stale-ledger"]
    assert told == f"last-fact={last}; age-days={old['ledger_age_days']}"
    cash = client.get("/v1/cash/forecast?horizon=28")
    assert cash.json()["verified"].startswith("not verified: the ledger's last fact is")
    assert "payrisk-stale-ledger" in cash.headers


def test_curves_of_a_morning_before_the_model_s_own_are_a_conflict(opened):
    client = opened().client
    card = {"as_of": "2025-06-20", "verdict": {"outcome": "passed"}}
    younger = {name: Fitted(c.model, c.version, card) for name, c in champions().items()}
    client.app.state.service.live.current = Answers(small_company(), younger, ledger_sha="1" * 64)
    asked = {"invoice_ids": ["C"]}
    refused = client.post("/v1/payment-curves", json=asked)
    assert refused.status_code == 409
    assert refused.json()["type"] == "urn:payrisk:problem:model-is-younger-than-morning"
    told = client.post("/v1/payment-curves?in_sample=true", json=asked)
    assert [row["in_sample"] for row in told.json()] == [True]
