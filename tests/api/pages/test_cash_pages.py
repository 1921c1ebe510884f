"""Cash's pages: figures are those of the API, a published forecast stays, files are a click."""

from __future__ import annotations

import html
import json
import re

import pytest

from payrisk.languages import Wording
from payrisk_api.pages.cash.fan_chart import fan_chart
from payrisk_api.pages.cash.waterfall_chart import waterfall_chart
from support.company.five_customers import AS_OF
from support.full import TRIED_LANGUAGES
from support.pages import assert_strict


def plain(page) -> str:
    return html.unescape(page.text)


def test_the_forecast_shows_the_figures_of_the_api_and_draws_the_same(door):
    page = door.client.get("/cash?by=month&currency=EUR&now=1")
    assert page.status_code == 200
    assert_strict(page)
    assert len(page.content) <= 60_000
    answered = door.client.get("/v1/cash/forecast?by=month").json()
    rows = [
        r for r in answered["receipts_in_all"] or answered["buckets"] if r["currency"] == "EUR"
    ]
    wording = Wording("en")
    assert rows
    for row in rows:
        for name in ("expected", "p10", "p50", "p90"):
            assert wording.amount(row[name], "EUR", whole=True) in page.text
    specification = re.search(r'"application/json"[^>]*>(.*?)</script>', page.text, re.DOTALL)[1]
    values = json.loads(specification)["data"]["values"]
    assert [value["expected"] for value in values] == [row["expected"] / 100 for row in rows]
    balance = answered["balance"][0]
    assert wording.money(balance["open_balance"], "EUR", whole=True) in page.text
    download = re.search(r'href="([^"]+format=xlsx)"', page.text)[1]
    answer = door.client.get(html.unescape(download))
    assert answer.headers["content-type"].startswith("application/vnd.openxmlformats")


def test_the_page_stands_at_once_and_then_fetches_its_forecast(door):
    first = door.client.get("/cash?currency=EUR")
    assert_strict(first)
    assert 'data-fetch="/cash?currency=EUR&amp;now=1"' in first.text
    assert '<noscript><meta http-equiv="refresh"' in first.text
    assert "data-fetch" not in door.client.get("/cash?currency=EUR&now=1").text
    assert "data-fetch" not in door.client.get("/cash?currency=EUR").text


def test_a_filter_of_the_page_is_that_of_the_api(door):
    page = door.client.get("/cash?customer=c1&group=&now=1")
    answered = door.client.get("/v1/cash/forecast?customer=c1").json()
    assert page.status_code == 200
    assert_strict(page)
    for row in answered["buckets"]:
        assert Wording("en").amount(row["expected"], "EUR", whole=True) in page.text
    assert door.client.get("/cash?customer=nobody&now=1").status_code == 422


@pytest.mark.parametrize("group", ["customer", "parent", "country", "entity"])
def test_open_invoices_are_shown_apart(door, group):
    page = door.client.get("/cash", params={"group": group, "now": 1})
    assert page.status_code == 200
    assert_strict(page)
    balance = door.client.get("/v1/cash/forecast", params={"group": group}).json()["balance"]
    wording = Wording("en")
    assert balance
    for row in balance:
        assert wording.amount(row["open_balance"], "EUR", whole=True) in page.text


def test_a_second_look_draws_nothing_anew_and_a_new_morning_does(door, monkeypatch):
    from payrisk_api.routes import cash

    asked = []
    make = cash.forecast_document
    monkeypatch.setattr(cash, "forecast_document", lambda *a: asked.append(1) or make(*a))
    for path in ("/cash?now=1", "/cash?currency=USD", "/today/cash", "/"):
        assert door.client.get(path).status_code == 200
    assert len(asked) == 1
    assert door.client.get("/cash?as_of=2025-06-01&now=1").status_code == 200
    assert len(asked) == 2


def test_a_published_forecast_is_listed_compared_and_held_against_what_came(door):
    for day in ("2025-05-02", "2025-05-02"):
        answer = door.client.post("/cash/published", data={"as_of": day}, follow_redirects=False)
        assert answer.status_code == 303
    page = door.client.get(answer.headers["location"])
    assert page.status_code == 200
    assert_strict(page)
    name = answer.headers["location"].rpartition("/")[2]
    held = door.client.get(f"/v1/cash/snapshots/{name}/variance").json()
    total = held["totals"][0]
    for code in (*held["order"], "expected", "actual"):
        assert Wording("en").amount(total[code], "EUR") in page.text
    listed = door.client.get("/cash/published")
    assert_strict(listed)
    assert listed.text.count(f"/cash/published/{name}") == 1
    assert "What changed between two" in listed.text
    # two that look at other days are no reason to hide the list and the way to publish
    door.client.post("/cash/published", data={"as_of": "2027-06-02"})
    apart = door.client.get("/cash/published")
    assert (apart.status_code, apart.text.count("have no day in common")) == (200, 1)
    assert "<button" in apart.text
    assert f"/cash/published/{name}" in apart.text
    assert door.client.post("/cash/published", data={"as_of": "soon"}).status_code == 422
    assert door.client.get("/cash/published/2025-01-01-1-9").status_code == 404


def test_drivers_are_those_of_the_api_with_the_days_of_their_curves(door):
    answered = door.client.get("/v1/cash/positions").json()
    page = door.client.get("/cash/drivers?now=1")
    assert_strict(page)
    for row in answered["large_invoices"][:60]:
        assert row["invoice_id"] in page.text
        assert f"{row['total_without'] / 100:,.0f}" in plain(page)
    for row in answered["positions"]:
        assert f"{row['open'] / 100:,.0f}" in plain(page)
    ids = {"invoice_ids": [row["invoice_id"] for row in answered["large_invoices"]][:1]}
    (curve,) = door.client.post("/v1/payment-curves", json=ids).json()
    assert Wording("en").period(curve["p10_on"], curve["p90_on"]) in page.text


def test_a_plan_is_walked_kept_and_its_shortfall_a_matter_of_today(door, tmp_path):
    page = door.client.get("/cash/liquidity")
    assert_strict(page)
    assert "No plan is kept yet" in page.text
    lines = [
        "kind,on,entity_id,currency,amount,account,source,note",
        "opening,2025-06-01,main,EUR,100.00,1001,bank,",
        "outflow,2025-06-10,main,EUR,30000.00,,,=rent",
        "minimum,2025-06-02,main,EUR,0.00,,,",
    ]
    for wrong in ([*lines[:1], "outflow,soon,main,EUR,1.00,,,"], ["what,else"], lines[2:]):
        answer = door.client.post(
            "/cash/liquidity", data={"plan": "\n".join(wrong), "act": "keep"}
        )
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text
    assert not (tmp_path / "cash-plan.csv").exists()
    plan = "\r\n".join(lines)
    seen = door.client.post("/cash/liquidity", data={"plan": plan, "act": "show"})
    assert seen.status_code == 200
    kept = door.client.post(
        "/cash/liquidity", data={"plan": plan, "act": "keep"}, follow_redirects=False
    )
    assert kept.status_code == 303
    shown = door.client.get("/cash/liquidity")
    assert_strict(shown)
    names = lines[0].split(",")
    asked = {"plan": [dict(zip(names, line.split(","), strict=True)) for line in lines[1:]]}
    said = door.client.post("/v1/cash/liquidity", json=asked).json()
    for row in said["walk"]:
        assert f"{row['closing'] / 100:,.0f}".replace("-", "−") in plain(shown)
    assert "/today/shortfall" in door.client.get("/").text
    assert "Falls short with a chance of" in door.client.get("/today/shortfall").text


def test_a_plan_that_is_not_utf8_is_told_and_takes_no_page_down(door, tmp_path):
    head = "kind,on,entity_id,currency,amount,account,source,note\n"
    line = "opening,2025-06-01,main,EUR,1.00,1001,bank,Büro\n"
    (tmp_path / "cash-plan.csv").write_bytes((head + line).encode("latin-1"))
    assert "/today/shortfall" in door.client.get("/").text
    for path, status in (("/today/shortfall", 200), ("/cash/liquidity", 422)):
        page = door.client.get(path)
        assert page.status_code == status
        assert "cannot be read as a CSV file in UTF-8" in plain(page)


def test_what_a_plan_leaves_out_is_said_beside_its_good_news(door, tmp_path):
    head = "kind,on,entity_id,currency,amount,account,source,note\n"
    lines = "opening,2025-06-01,main,EUR,1.00,1001,bank,\nneed,2027-06-10,main,EUR,9000000.00,,,\n"
    (tmp_path / "cash-plan.csv").write_text(head + lines)
    page = plain(door.client.get("/today/shortfall"))
    assert "1 line of the plan after 2025-08-31: not in it." in page
    assert "Nothing that goes out or must be there lies ahead" in page
    assert "The plan does not fall short" not in page


@pytest.mark.parametrize(
    ("opening", "flow", "told"),
    [
        ("2024-06-01", "outflow,2025-06-10", "Stale: the bank balance is of"),
        ("2025-06-01", "outflow,2025-05-30", "Nothing that goes out or must be there lies ahead"),
        ("2025-06-01", "outflow,2025-06-10", ""),
    ],
)
def test_a_plan_is_good_only_where_its_balance_is_fresh_and_something_is_ahead(
    door, tmp_path, opening, flow, told
):
    head = "kind,on,entity_id,currency,amount,account,source,note\n"
    lines = f"opening,{opening},main,EUR,90.00,1001,bank,\n{flow},main,EUR,1.00,,,\n"
    (tmp_path / "cash-plan.csv").write_text(head + lines)
    page = door.client.get("/cash/liquidity")
    assert_strict(page)
    assert ("say good" in page.text) == (not told)
    assert told in plain(page)
    today = plain(door.client.get("/today/shortfall"))
    assert ("The plan does not fall short" in today) == (not told)


def test_what_if_says_what_is_not_understood(door):
    page = door.client.get("/cash/scenarios?now=1&scenario=slower:50&by=month")
    assert page.status_code == 200
    assert_strict(page)
    assert "every payment takes 50 % longer" in plain(page)
    page = door.client.get("/cash/scenarios?now=1&scenario=<script>&by=month")
    assert page.status_code == 422
    assert_strict(page)


@pytest.mark.parametrize("language", TRIED_LANGUAGES)
def test_cash_is_written_in_every_language(door, language):
    for path in (
        "/cash?now=1",
        "/cash/drivers?now=1",
        "/cash/published",
        "/cash/scenarios?now=1",
        "/today/cash",
    ):
        page = door.client.get(path, headers={"Accept-Language": language})
        assert page.status_code == 200, path


@pytest.mark.parametrize("query", ["by=hour", "currency=<b>", "horizon=9999", "group=name"])
def test_an_address_that_asks_what_there_is_not_says_so(door, query):
    page = door.client.get(f"/cash?{query}")
    assert page.status_code == 422
    assert_strict(page)


def test_a_waterfall_ends_where_its_steps_lead():
    spec = waterfall_chart(
        [("Expected", 1000), ("a", -300), ("b", 50)], "EUR", ("Expected", "Came")
    )
    columns = [(v["name"], v["from"], v["to"], v["kind"]) for v in spec["data"]["values"]]
    assert columns == [
        ("Expected", 0.0, 10.0, "end"),
        ("a", 10.0, 7.0, "down"),
        ("b", 7.0, 7.5, "up"),
        ("Came", 0.0, 7.5, "end"),
    ]


def test_a_fan_shows_what_was_published_of_the_same_days_only():
    rows = [
        {"starts_on": AS_OF, "ends_on": AS_OF + 6, "expected": 5, "p10": 0, "p50": 4, "p90": 900},
        {
            "starts_on": AS_OF + 7,
            "ends_on": AS_OF + 9,
            "expected": 5,
            "p10": 0,
            "p50": 4,
            "p90": 9,
        },
    ]
    before = {(AS_OF, AS_OF + 6): 700, (AS_OF + 7, AS_OF + 13): 100}
    names = {"middle": "M", "expected": "E", "published": "P"}
    spec = fan_chart(rows, before, "EUR", Wording("en"), names)
    assert [v["published"] for v in spec["data"]["values"]] == [7.0, None]
    assert len(fan_chart(rows, {}, "EUR", Wording("en"), names)["layer"]) == 3
