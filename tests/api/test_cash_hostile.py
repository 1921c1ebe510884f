"""Hostile questions about cash: a problem that repeats nothing, never a failure of ours."""

from __future__ import annotations

import itertools
import random
from urllib.parse import quote, urlencode

import pytest

from payrisk_api.responses.problem import ProblemDocument
from support.full import FULL

pytestmark = pytest.mark.long

CANARY = "CANARY7f3a"
LONG = "9" * 4_000

FORECAST = {
    "horizon": ["0", "-1", "731", "1e9", "NaN", LONG, "91.5", "", "١٢"],
    "by": ["year", "", "day,week", "../day", f"{CANARY}"],
    "group": ["terms", "customer," * 5_000, "entity;drop", f"customer,{CANARY}", ","],
    "currency": ["eur", "EURO", "../", "E\x00R", f"{CANARY}", ""],
    "quantiles": ["NaN", "0.5,NaN", "inf", "1.0", "0", "-0.1", "0.9,0.1", "0.5,0.5", "0.0001",
                  ",".join(["0.1"] * 500), "1e-3", ""],
    "as_of": ["1899-12-31", "2200-01-01", "9999-12-31", "0000-00-00", "2025-02-30", "20250602",
              "2025-06-02T00:00:00", "-1", "tomorrow", ""],
    "intercompany": ["yes", "WITH", ""],
    "basis": ["accrual", "BOOKING", "booking,value", ""],
    "format": ["exe", "xls", "../csv", "CSV", ""],
    CANARY: ["1"],
}  # fmt: skip

HUGE = str(10**30)
SCENARIOS = [
    "largest:1e9:7", "largest:-1:7", "largest:3:NaN", f"largest:{LONG}:7", "largest", "largest::",
    f"largest:1:{HUGE}", "slower:NaN", "slower:inf", "slower:-200", "slower:1e308",
    "stops:country", "stops:galaxy:x", "fx:EUR:NaN", "fx:EUR:-100", "fx::10", "discount:0:10:30",
    "discount:101:10:30", "discount:2:30:10", "discount:2:-5:30", "discount:NaN:10:30",
    "discount:2:10:30:200", f"discount:2:{HUGE}:{HUGE}1", "terms:x", "terms:1e9", "terms:NaN",
    f"terms:{HUGE}", f"{CANARY}:1", "x" * 119, "\x00", "largest:1:7:9:9",
]  # fmt: skip

NEEDS = [
    "EUR", "EUR:1", "EUR:NaN:2025-06-20", "EUR:Infinity:2025-06-20", "EUR:1e400:2025-06-20",
    f"EUR:{'9' * 40}:2025-06-20", "EUR:1.001:2025-06-20", "EUR:1.00:2025-02-30",
    "EUR:1.00:1999-01-01", "EUR:1.00:9999-12-31", "ZZZ:1.00:2025-06-20", "::", "\x00:1:2025-06-20",
    f"{CANARY}:1.00:2025-06-20", "EUR:-1.00:2025-06-20:x",
]  # fmt: skip

NAMES = [
    "..", "%2e%2e", "..%2f..%2fledger", "..%5c..%5cledger", "2025-06-02-1-1%2f..%2f..", "a%00b",
    "2025-06-02-1-1%00", ".half-00000000", "%2fetc%2fpasswd", "2025-06-02-1-" + "9" * 200,
    "2025-06-02-1-99999999", "2025-99-99-1-1", "２０２５-06-02-1-1", f"{CANARY}",
]  # fmt: skip


def refused(answer) -> None:
    assert 400 <= answer.status_code < 500, (answer.request.url, answer.status_code)
    assert answer.headers["content-type"] == "application/problem+json"
    problem = ProblemDocument.model_validate(answer.json())
    assert problem.status == answer.status_code
    assert CANARY not in answer.text


@pytest.mark.parametrize("name", FORECAST)
def test_what_a_forecast_cannot_be_asked_is_a_problem(door, name):
    for value in FORECAST[name]:
        refused(door.client.get("/v1/cash/forecast", params={name: value}))


@pytest.mark.parametrize("route", ["forecast", "scenarios", "liquidity"])
def test_a_day_without_books_is_refused_and_one_far_ahead_is_answered(door, route):
    more = {"scenario": "slower:10"} if route == "scenarios" else {}
    more |= {"need": "EUR:1.00:2025-06-20"} if route == "liquidity" else {}
    for day in ("1900-01-01", "2024-12-31"):
        refused(door.client.get(f"/v1/cash/{route}", params={"as_of": day} | more))
    far = door.client.get(f"/v1/cash/{route}", params={"as_of": "2199-12-31"} | more)
    if route == "liquidity":
        refused(far)
    else:
        assert far.status_code == 200


def test_the_longest_horizon_and_most_quantiles_are_answered(door):
    levels = ",".join(f"0.{k}" for k in range(1, 10))
    every = itertools.product(("day", "quarter"), ("json", "csv", "xlsx", "parquet"))
    for by, form in every if FULL else (("day", "xlsx"), ("quarter", "json")):
        query = {"horizon": 730, "by": by, "quantiles": levels, "format": form,
                 "group": "entity,customer,parent,country", "basis": "value"}  # fmt: skip
        assert door.client.get("/v1/cash/forecast", params=query).status_code == 200


@pytest.mark.parametrize("text", SCENARIOS)
def test_a_scenario_that_cannot_be_is_a_problem(door, text):
    refused(door.client.get("/v1/cash/scenarios", params={"scenario": text, "horizon": 28}))


def test_scenarios_are_few_and_known(door):
    refused(door.client.get("/v1/cash/scenarios"))
    refused(door.client.get("/v1/cash/scenarios", params={"scenario": ["slower:1"] * 9}))
    refused(door.client.get("/v1/cash/scenarios", params={"scenario": "slower:1", "base": "ZZZ"}))
    query = {"scenario": "slower:1", "rate_type": "../spot"}
    refused(door.client.get("/v1/cash/scenarios", params=query))


@pytest.mark.parametrize("text", NEEDS)
def test_a_need_that_cannot_be_is_a_problem(door, text):
    refused(door.client.get("/v1/cash/liquidity", params={"need": text, "horizon": 28}))


def test_needs_are_few(door):
    refused(door.client.get("/v1/cash/liquidity"))
    many = ["EUR:1.00:2025-06-20"] * 51
    refused(door.client.get("/v1/cash/liquidity", params={"need": many}))


@pytest.mark.parametrize("name", NAMES)
def test_a_name_never_leads_out_of_the_forecasts(door, name):
    for tail in ("", "/variance"):
        answer = door.client.get(f"/v1/cash/snapshots/{name}{tail}")
        if answer.status_code == 200:  # '..' is resolved by whoever asks, before we hear of it
            assert set(answer.json()) == {"snapshots"}
        else:
            refused(answer)


def test_a_forecast_is_published_on_the_machine_only(door):
    refused(door.client.post("/v1/cash/snapshots", json={}))
    refused(door.client.delete("/v1/cash/snapshots/2025-06-02-1-1"))


def test_random_queries_never_fail_us(door):
    rng = random.Random(7)
    pool = ["", "0", "-1", "NaN", "1e309", LONG, "\x00", "\ud83d", "../..", "=1+1", CANARY, "[]",
            "{}", "null", "2025-06-02", "2025-06-20", "EUR", "day", "0.5", "customer",
            "1"]  # fmt: skip
    keys = [*FORECAST, "scenario", "need", "base", "rate_type", "view", "until", "known"]
    routes = ("forecast", "snapshots", "snapshots/2025-06-02-1-1", "scenarios", "liquidity",
              "snapshots/2025-06-02-1-1/variance")  # fmt: skip
    for _ in range(400):
        pairs = [(rng.choice(keys), rng.choice(pool)) for _ in range(rng.randint(1, 4))]
        query = urlencode(pairs, errors="surrogatepass", quote_via=quote)
        answer = door.client.get(f"/v1/cash/{rng.choice(routes)}?{query}")
        if answer.status_code != 200:
            refused(answer)


@pytest.mark.parametrize(
    "line",
    [
        {"amount": "999999999999999.99"},
        {"amount": "1e5"},
        {"amount": "-5.00"},
        {"amount": "1,000.00"},
        {"currency": "EURO"},
        {"currency": "ZZZ"},
        {"on": "2025-02-30"},
        {"entity_id": "x" * 101},
        {"entity_id": "../../etc"},
        {"kind": "opening"},
        {"note": "=HYPERLINK(1)", "surprise": 1},
    ],
)
def test_a_plan_that_cannot_be_is_a_problem(door, line):
    usual = {"kind": "outflow", "on": "2025-06-12", "entity_id": "main", "currency": "EUR"}
    body = {"horizon": 28, "plan": [usual | {"amount": "5000.00"} | line]}
    answer = door.client.post("/v1/cash/liquidity", json=body)
    assert answer.status_code == 422, answer.text


def test_the_largest_plan_is_answered_to_the_cent(door):
    usual = {"kind": "outflow", "on": "2025-06-12", "entity_id": "main", "currency": "EUR"}
    body = {"horizon": 28, "plan": [usual | {"amount": "9999999999.99"}] * 2000}
    answer = door.client.post("/v1/cash/liquidity", json=body)
    assert answer.status_code == 200, answer.text
    outflows = sum(row["outflows"] for row in answer.json()["walk"])
    assert outflows == 2000 * 999_999_999_999
