"""Credit's pages: each answers, strictly, whatever it is about; a form decides once."""

from __future__ import annotations

import csv
import datetime as dt
import html
import io
import re
from urllib.parse import quote

import pytest
from python_calamine import CalamineWorkbook

from payrisk.credit.deciding.policy import HOUSE
from payrisk.errors import InputError
from payrisk.languages import Wording
from payrisk.ledger.stored import storage
from payrisk_api.pages.frame.form import typed_cents, typed_number
from payrisk_api.pages.frame.navigation import SECTIONS
from support.company.five_customers import champions, company_with, small_company
from support.full import TRIED_LANGUAGES
from support.pages import assert_strict

HOSTILE = {
    "c6": "\u202e\u05d0\u05d1\u05d2 GmbH\u202c",
    "c7": "x" * 300,
    "c8": "<script>alert(1)</script>\"'&{{7*7}}",
}
APPLICATION = {
    "name": "Muster GmbH", "currency": "EUR", "country": "de", "is_natural_person": "no",
    "requested_limit": "20,000.00", "monthly_sales": "10,000", "turnover": "4,000,000",
    "net_worth": "600,000", "n_employees": "40", "founded_on": "2001-05-01",
}  # fmt: skip
PATHS = [path for section in SECTIONS for path, _ in section.pages or ((section.path, ""),)]


def post(door, path, fields, language="en"):
    return door.client.post(
        path, data=fields, follow_redirects=False, headers={"Accept-Language": language}
    )


def decided(door, **fields) -> str:
    answer = post(door, "/credit/new", APPLICATION | {"act": "decide", "key": "k-1"} | fields)
    assert answer.status_code == 303
    return answer.headers["location"]


@pytest.mark.parametrize(
    "path", [*PATHS, "/tour", "/credit/customers/c1", "/credit/customers?q=ONE"]
)
def test_every_page_of_the_navigation_answers_strictly(door, path):
    page = door.client.get(path)
    assert page.status_code == 200
    assert_strict(page)
    assert len(page.content) <= 60_000
    assert page.text.count("<h1") == 1


def test_no_link_leads_nowhere(door):
    decided(door)
    seen, ahead = set(), {"/"}
    while ahead:
        address = ahead.pop()
        seen.add(address)
        page = door.client.get(address)
        assert page.status_code == 200, address
        is_page = page.headers["content-type"].startswith("text/html")
        links = re.findall(r'href="(/[^"#]*)"', page.text) if is_page else []
        ahead |= {html.unescape(link) for link in links} - seen
    assert len(seen) > 15


@pytest.mark.parametrize("language", TRIED_LANGUAGES)
def test_every_page_of_credit_is_written_in_every_language(door, language):
    sheet = decided(door, key=f"k-{language}", requested_limit="20000", monthly_sales="10000",
                    turnover="4000000", net_worth="600000")  # fmt: skip
    for path in (*PATHS, sheet, "/credit/customers/c4"):
        page = door.client.get(path, headers={"Accept-Language": language})
        assert page.status_code == 200, path
        assert f'<html lang="{language}"' in page.text


def test_a_preview_says_what_the_api_says_and_keeps_nothing(door):
    page = post(door, "/credit/new", APPLICATION)
    assert_strict(page)
    body = {
        "application": {
            "name": "Muster GmbH", "currency": "EUR", "country": "DE", "is_natural_person": False,
            "requested_limit": 2_000_000, "monthly_sales": 1_000_000, "turnover": 400_000_000,
            "net_worth": 60_000_000, "n_employees": 40, "founded_on": "2001-05-01",
        }
    }  # fmt: skip
    said = door.client.post("/v1/credit/applications/preview", json=body).json()["decision"]
    text = html.unescape(page.text)
    assert said["outcome"].replace("_", " ") in text
    for reason in said["reasons"]:
        assert reason["text"] in text
    assert f"{said['limit']['need'] / 100:,.0f}\u00a0EUR" in text
    assert door.client.get("/v1/credit/decisions").json()["decisions"] == []


def test_a_form_that_is_sent_twice_decides_once(door):
    assert decided(door) == decided(door)
    assert len(door.client.get("/v1/credit/decisions").json()["decisions"]) == 1


def test_what_is_missing_or_wrong_is_said_beside_its_field_and_nothing_is_decided(door):
    wrong = APPLICATION | {"act": "decide", "net_worth": "a lot", "n_employees": "1.5"}
    page = post(door, "/credit/new", wrong)
    assert page.status_code == 422
    assert page.text.count('aria-invalid="true"') == 2
    assert 'value="a lot"' in page.text
    assert post(door, "/credit/new", {"act": "decide"}).status_code == 422
    assert door.client.get("/v1/credit/decisions").json()["decisions"] == []


def test_a_person_decides_otherwise_once_and_only_on_what_was_read(door):
    sheet = decided(door)
    page = door.client.get(sheet)
    assert_strict(page)
    seen = re.search(r'name="seen" value="([^"]+)"', page.text)[1]
    given = {
        "outcome": "approve", "limit": "12,000.00", "reason": "Their bank vouches for them.",
        "actor": "Ada Lovelace", "review_on": "2025-09-01", "seen": seen, "key": "o-1",
    }  # fmt: skip
    assert post(door, f"{sheet}/override", given | {"reason": "no"}).status_code == 422
    assert post(door, f"{sheet}/override", given | {"seen": "old"}).status_code == 412
    assert post(door, f"{sheet}/override", given).status_code == 303
    text = door.client.get(sheet).text
    assert "Ada Lovelace" in text
    assert "Their bank vouches for them." in text
    assert post(door, f"{sheet}/override", given | {"key": "o-2"}).status_code == 412


def test_an_override_is_offered_for_ninety_days_from_the_day_it_is_made(door, monkeypatch):
    """Whatever morning is served: the service refuses a day that is past."""
    sheet = decided(door)
    later = dt.datetime(2025, 11, 1, 8, 30, tzinfo=dt.UTC)
    monkeypatch.setattr("support.home.door.NOW", later)
    text = door.client.get(sheet).text
    assert re.search(r'name="review_on"[^>]*value="2026-01-30"', text)


def test_a_policy_is_replayed_as_the_command_does_and_its_faults_are_said(door, tmp_path):
    page = door.client.get("/credit/policy/replay")
    assert_strict(page)
    shown = html.unescape(re.search(r"<textarea[^>]*>(.*?)</textarea>", page.text, re.DOTALL)[1])
    assert shown.strip() == HOUSE.read_text(encoding="utf-8").strip()
    assert post(door, "/credit/policy/replay", {"since": "soon"}).status_code == 422
    storage.save(small_company(), tmp_path)
    decided(door)
    asked = {"since": "2025-01-01", "of": "kept", "policy": shown}
    replayed = post(door, "/credit/policy/replay", asked)
    assert replayed.status_code == 200
    assert_strict(replayed)
    assert "the policy in force" in replayed.text
    assert 'role="alert"' not in replayed.text
    broken = post(door, "/credit/policy/replay", asked | {"policy": "id = 5"})
    assert broken.status_code == 422
    assert 'role="alert"' in broken.text


def test_an_order_is_previewed_and_decided_on_its_customers_page(door):
    ask = {"amount": "1,250.00", "currency": "eur", "key": "order-1"}
    page = post(door, "/credit/customers/c1/ask", ask)
    assert page.status_code == 200
    assert_strict(page)
    assert "1,250.00" in page.text
    assert post(door, "/credit/customers/c1/ask", ask | {"amount": "12.345"}).status_code == 422
    answer = post(door, "/credit/customers/c1/ask", ask | {"act": "decide"})
    assert answer.status_code == 303
    assert "1,250.00" in door.client.get(answer.headers["location"]).text
    assert post(door, "/credit/customers/nobody/ask", ask).status_code == 404
    assert door.client.get("/credit/customers/nobody").status_code == 404


def test_what_another_site_sends_is_refused(door):
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = door.client.post(
            "/credit/new", data=APPLICATION | {"act": "decide"}, headers=headers
        )
        assert answer.status_code == 403
    assert door.client.post("/credit/new", content=b"{}").status_code == 415


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_no_name_breaks_a_page(door, name):
    name = name[:100]
    sheet = decided(door, name=name, is_natural_person="", key=f"k-{len(name)}")
    for path in ("/", "/credit", "/credit/decisions", sheet):
        page = door.client.get(path)
        assert_strict(page)
        # as it was written, isolated from the text around it
        assert name in [
            html.unescape(text) for text in re.findall(r"<bdi[^>]*>([^<]*)", page.text)
        ]


def test_no_name_of_the_ledger_breaks_a_page(opened):
    rows = [
        {"customer_id": i, "name": name, "recorded_on": "2025-01-01", "country": "DE",
         "is_natural_person": False, "parent_id": "c8" if i == "c7" else None}
        for i, name in HOSTILE.items()
    ]  # fmt: skip
    door = opened(champions(), ledger=company_with(customers=rows))
    for path in (
        "/credit/customers",
        "/credit/groups",
        *(f"/credit/customers/{quote(i)}" for i in HOSTILE),
    ):
        page = door.client.get(path)
        assert page.status_code == 200
        assert_strict(page)
        assert "<script>alert" not in page.text


@pytest.mark.parametrize(
    ("language", "text", "cents"),
    [
        ("en", "20,000.50", 2_000_050),
        ("de", "20.000,50", 2_000_050),
        ("fr", "20 000,50", 2_000_050),
        ("de", "20.000", 2_000_000),
        ("el", "20000", 2_000_000),
    ],
)
def test_an_amount_is_read_as_the_readers_language_writes_it(language, text, cents):
    assert typed_cents(text, "EUR", Wording(language)) == cents


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "20.000"), ("en", "20.000,50"), ("de", "20,000.50"), ("en", "1e5"), ("en", "NaN"),
     ("en", "--1"), ("pl", "20.5.1"), ("en", "")],
)  # fmt: skip
def test_an_amount_that_could_be_read_otherwise_is_refused(language, text):
    with pytest.raises(InputError):
        typed_cents(text, "EUR", Wording(language))


def test_a_number_keeps_its_sign():
    assert typed_number("−5", Wording("en")) == "-5"


def test_who_is_due_for_review_is_listed_with_why_as_the_queue_has_it(door):
    queue = door.client.get("/v1/credit/queue").json()
    assert queue["customers"]
    page = door.client.get("/credit/due")
    assert_strict(page)
    text = html.unescape(page.text)
    for line in queue["customers"]:
        assert f'href="/credit/customers/{line["customer_id"]}"' in text
        for alert in line["alerts"]:
            assert alert in text
    beyond = door.client.get("/credit/due", params={"offset": 1000})
    assert "Nobody is due for review." in beyond.text


def test_the_page_of_an_order_says_whether_its_goods_may_leave_whoever_decides(door):
    ask = {"amount": "100.00", "currency": "EUR", "order_id": "O-1", "act": "decide"}
    held = post(door, "/credit/customers/c4/ask", ask | {"key": "h-1"}).headers["location"]
    page = door.client.get(held).text
    assert "The goods may not leave." in page
    explained = door.client.get(f"/v1{held}/explanation").json()
    assert explained["clearance"]["code"] == "none"
    seen = re.search(r'name="seen" value="([^"]+)"', page)[1]
    instead = {"outcome": "approve", "reason": "Paid in cash today.", "actor": "Ada Lovelace",
               "review_on": "2025-09-01", "seen": seen, "key": "h-2"}  # fmt: skip
    assert post(door, f"{held}/override", instead).status_code == 303
    page = html.unescape(door.client.get(held).text)
    assert "The goods may leave: 100.00\u00a0EUR, as Ada Lovelace decided." in page
    head = page[: page.index("What the house had decided")]
    assert "held" not in head
    assert "asked again" not in page
    post(door, "/credit/customers/c4/ask", ask | {"key": "h-3"})
    assert "This order was asked again" in door.client.get(held).text


def test_a_month_of_decisions_is_taken_along_as_a_file_with_names(door):
    sheet = decided(door)
    decided(door, key="k-2", name="=1+2")
    page = door.client.get("/credit/decisions?since=2025-06-01&until=2025-06-30").text
    address = html.unescape(re.search(r'href="(/v1/credit/decisions[^"]*csv)"', page)[1])
    file = door.client.get(address)
    assert file.headers["content-type"].startswith("text/csv")
    assert "decisions-2025-06-01-2025-06-30.csv" in file.headers["content-disposition"]
    head, *rows = csv.reader(io.StringIO(file.content.decode("utf-8-sig")))
    lines = [dict(zip(head, row, strict=True)) for row in rows]
    assert [line["name"] for line in lines] == ["'=1+2", "Muster GmbH"]
    assert sheet.endswith(lines[1]["decision_id"])
    assert lines[1]["amount"] == "20000.00"
    book = door.client.get(address.replace("csv", "xlsx")).content
    rows = CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).to_python()
    assert [row[head.index("name")] for row in rows[1:]] == ["=1+2", "Muster GmbH"]  # as text
    page = door.client.get("/credit/decisions?until=2025-06-01").text
    assert "No decision of this kind" in page
    assert "csv" not in page
    assert door.client.get("/credit/decisions?since=yesterday").status_code == 422


def test_why_a_score_changed_is_told_as_the_api_tells_it(door):
    assert (
        'data-fetch="/credit/customers/c1/history"' in door.client.get("/credit/customers/c1").text
    )
    decided(door)
    asked = "/credit/customers/c1/history?since=2025-05-20"
    page = door.client.get(asked)
    assert_strict(page)
    told = door.client.get(f"/v1{asked}").json()
    text = html.unescape(page.text)
    assert told["between"]["before"]["as_of"] == "2025-05-20"
    assert Wording("en").percent(told["between"]["after"]["probability"], 2) in text
    assert "Nothing that the score rests on changed." in text
    assert door.client.get("/credit/customers/c1/history?since=2025-06-02").status_code == 422
    assert door.client.get("/credit/customers/nobody/history").status_code == 404
