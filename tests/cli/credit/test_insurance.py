"""payrisk insurance lists what insurers must be told, at both doors, within a hundred columns."""

from __future__ import annotations

import json

import pytest
from fastapi.testclient import TestClient

from payrisk.answers import Answers
from payrisk.calendar import date_of, day_of
from payrisk.cli import run
from payrisk.cli.credit.explaining import loss_text
from payrisk.ledger.stored import storage
from payrisk.settings import Settings
from payrisk_api.app import create_app
from support.ledgers.by_hand import event, invoice, ledger

MORNING = "2025-04-02"


def attribute(name: str, value: str):
    row = {"customer_id": "c1", "name": name, "value": value}
    return row | {"valid_on": "2025-01-01", "recorded_on": "2025-01-01"}


@pytest.fixture
def insured():
    return ledger(
        customers=[
            {"customer_id": "c1", "name": "Kern Werkzeuge AG", "recorded_on": "2025-01-01"}
        ],
        invoices=[invoice("A", 500_00, issued_on="2025-01-02", due_on="2025-02-01")],
        events=[event("promise", "A", "2025-03-01", refers_on="2025-09-01")],
        attributes=[attribute("insured_amount", "90000"), attribute("insured_rate", "0.8")],
    )


@pytest.fixture
def type_(insured, tmp_path, capsys):
    storage.save(insured, tmp_path)

    def typed(*words: str) -> str:
        assert run(["--home", str(tmp_path), "insurance", "--as-of", MORNING, *words]) == 0
        return capsys.readouterr().out

    return typed


def test_the_urgent_is_listed_with_names_and_days(type_):
    text = type_()
    assert max(map(len, text.splitlines())) <= 100
    assert "What insurers must be told as of 2025-04-02, 10 days ahead" in text
    assert "Kern Werkzeuge AG" in text
    rows = json.loads(type_("--json"))
    assert [(r["what"], r["by_on"], r["days_left"], r["state"]) for r in rows] == [
        ("notify", "2025-04-02", 0, "due"),
        ("stop", "2025-04-03", 1, "due"),
        ("needs consent", "2025-09-01", 152, "missed"),
    ]
    assert (rows[0]["owed"], rows[0]["covered"]) == ("500.00", "500.00")
    every = {r["what"]: r["state"] for r in json.loads(type_("--all", "--json"))}
    assert (every["hand over"], every["claim by"]) == ("later", "later")


def test_without_a_duty_it_says_so(type_):
    assert type_("--as-of", "2025-01-20") == (
        "Nothing to tell an insurer within 10 days of 2025-01-20.\n"
    )


def test_the_service_lists_the_same(insured, type_, tmp_path):
    as_typed = json.loads(type_("--json"))
    settings = Settings.read(home=tmp_path / "other", as_of=date_of(day_of(MORNING)))
    with TestClient(
        create_app(settings, answers=Answers(insured, {}, ledger_sha="1" * 64)),
        base_url="http://127.0.0.1:8000",
    ) as client:
        answer = client.get("/v1/credit/insurance").json()
        near = client.get("/v1/credit/insurance", params={"ahead_days": 0}).json()
        assert client.get("/v1/credit/insurance", params={"ahead_days": -1}).status_code == 422
    assert answer["as_of"] == MORNING
    assert [row["what"] for row in answer["duties"]] == [row["what"] for row in as_typed]
    assert answer["duties"][0]["owed"] == 500_00
    assert [row["what"] for row in near["duties"]] == ["notify", "needs consent"]


def test_an_expected_loss_is_told_as_the_product_it_is():
    lost = {"expected_loss": 870, "probability": 0.01338, "horizon_days": 120, "n_defaults": 25}
    lost |= {"exposure": 100_000, "loss_rate": 0.4, "is_loss_assumed": False}
    assert loss_text(lost | {"loss_rate_low": 0.3, "loss_rate_high": 0.5}, "EUR") == (
        "Expected loss 8.70 EUR = 1.3% within 120 days × 1,000.00 EUR × 40%"
        " (of 25 own defaults, 90 % sure: 30% to 50%)."
    )
    assert loss_text(None, "EUR") == loss_text({"expected_loss": 1}, "EUR") == ""
