"""The main journeys in a browser, at a desk and on a phone, with JavaScript and without."""

from __future__ import annotations

import re

import pytest
from python_calamine import CalamineWorkbook

from payrisk.access import KeyRing
from support.browser import CHROMIUM, DESK, PHONE, WAYS, served
from support.full import FULL, at_size

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not CHROMIUM, reason="needs Chromium: apt-get install chromium"),
]


@pytest.mark.parametrize(("size", "with_script", "colours"), WAYS)
def test_an_application_is_previewed_decided_and_overridden(opened, size, with_script, colours):
    page = opened(size, with_script, colours)
    page.goto("/credit/new")
    for name, text in (
        ("name", f"Muster {size['width']} GmbH"), ("country", "DE"), ("requested_limit", "20,000"),
        ("monthly_sales", "10,000"), ("net_worth", "600,000"), ("turnover", "4,000,000"),
    ):  # fmt: skip
        page.fill(f"[name={name}]", text)
    page.select_option("[name=is_natural_person]", "no")
    if not with_script:
        page.click("button[value=preview]")
    page.locator("#preview .state").first.wait_for()
    assert "EUR" in page.locator("#preview .limits").inner_text()
    page.click("button[value=decide]")
    page.wait_for_url(re.compile(r"/credit/decisions/dec_\d+"))
    assert f"Muster {size['width']} GmbH" in page.locator("h1").inner_text()
    page.select_option("[name=outcome]", "approve")
    page.fill("[name=limit]", "12,000.00")
    page.fill("[name=actor]", "Ada Lovelace")
    page.fill("[name=reason]", "Their bank vouches for them.")
    page.click("#override button")
    page.get_by_text("Decided by Ada Lovelace").wait_for()
    page.goto("/credit/decisions")
    assert page.get_by_text(f"Muster {size['width']} GmbH").first.is_visible()


@pytest.mark.parametrize(("size", "with_script", "colours"), WAYS[::-1])
def test_cash_is_filtered_published_compared_and_taken_along(opened, size, with_script, colours):
    page = opened(size, with_script, colours)
    page.goto("/cash")
    if with_script:
        page.locator("#fan svg").wait_for()
        with page.expect_response(lambda answer: "by=month" in answer.url):
            page.select_option("[name=by]", "month")
        page.locator("#cash:not(.waiting) caption").wait_for()
        page.locator("#fan svg").wait_for()
    else:
        page.select_option("[name=by]", "month")
        page.click(".filters button")
    assert "by month" in page.locator("#cash h2").first.inner_text()
    with page.expect_download() as download:
        page.click("text=CSV")
    assert "EUR" in download.value.path().read_text("utf-8-sig")
    if with_script:  # the same answer, at a desk alone
        with page.expect_download() as download:
            page.click("text=XLSX")
        book = CalamineWorkbook.from_path(download.value.path())
        shown = page.locator("#cash table tbody tr td strong").first.inner_text()
        amounts = {
            f"{cell:,.0f}"
            for name in book.sheet_names
            for row in book.get_sheet_by_name(name).to_python()
            for cell in row
            if isinstance(cell, int | float)
        }
        assert shown in amounts
    for _ in range(2):
        page.goto("/cash/published")
        page.fill("[name=as_of]", "2025-05-02")
        page.click("form[method=post][action='/cash/published'] button")
        page.wait_for_url(re.compile(r"/cash/published/2025-05-02"))
    assert page.get_by_text("Inside the band").first.is_visible()
    page.goto("/cash/published")
    assert page.get_by_text("What changed between two").is_visible()


def test_what_one_person_proposes_another_confirms_and_the_chain_vouches_for_it(opened):
    page = opened(DESK)
    page.goto("/credit/new")
    for name, text in (("name", "Zwei Augen GmbH"), ("country", "DE"), ("monthly_sales", "9,000"),
                       ("requested_limit", "18,000"), ("turnover", "4,000,000")):  # fmt: skip
        page.fill(f"[name={name}]", text)
    page.select_option("[name=is_natural_person]", "no")
    page.click("button[value=decide]")
    page.wait_for_url(re.compile(r"/credit/decisions/dec_\d+"))
    page.select_option("[name=outcome]", "approve")
    page.fill("[name=limit]", "12,000.00")
    page.fill("#f-actor", "Ann Lee")
    page.fill("[name=reason]", "Their bank vouches for them.")
    page.click("text=Keep this decision")
    page.get_by_text("let a second person confirm").wait_for()
    page.click("text=Propose it to a second person")
    page.get_by_text("Ann Lee proposes").wait_for()
    page.goto("/")
    page.click("text=Zwei Augen GmbH >> nth=0")
    page.fill("#f-actor-2", "Tim Roy")
    page.click("button:text-is('Confirm')")
    page.get_by_text("Confirmed by").wait_for()
    assert "Tim Roy" in page.locator("main").inner_text()
    if FULL:
        page.goto("/admin/audit")
        page.click("text=Check every row kept")
        page.get_by_text("The chain holds").wait_for()


def test_a_call_and_a_promise_are_recorded_and_the_statement_previewed(opened):
    page = opened(DESK)
    page.goto("/collecting/customers/c1")
    page.select_option("[name=kind]", "promise")
    page.fill("[name=amount]", "250.00")
    page.fill("[name=currency]", "EUR")
    page.fill("[name=refers_on]", "2025-06-20")
    page.fill("#f-actor", "Ann Lee")
    page.click("form.stack button:text-is('Record')")
    page.get_by_text("250.00 EUR").wait_for()
    with page.context.expect_page() as statement:
        page.click("button:text-is('Preview')")
    assert statement.value.evaluate("document.documentElement.lang") == "de"
    assert statement.value.locator("table").first.is_visible()


@at_size
def test_a_key_of_each_role_sees_its_own_sections_and_no_other(opened, tmp_path, company_app):
    ring = KeyRing(tmp_path)
    at, until = "2025-06-01T00:00:00+00:00", "2026-06-01T00:00:00+00:00"
    sections = {
        "approver": "Today Credit Receivables Collecting",
        "treasury": "Today Credit Cash Receivables Collecting",
        "collector": "Today Credit Receivables Collecting",
        "data_scientist": "Today Credit Models Import Administration",
        "auditor": "Today Credit Cash Receivables Collecting Models Administration",
        "admin": "Today Credit Models Import Administration",
    }
    keys = {
        role: ring.create(f"A {role}", frozenset({role}), None, made_at=at, by="t",
                          expires_at=until).text
        for role in ("admin", *sections)
    }  # fmt: skip
    with served(company_app) as closed:
        for role, names in sections.items():
            page = opened(DESK, at=closed)
            page.goto("/")
            page.wait_for_url(re.compile("/sign-in"))
            page.fill("[name=api_key]", keys[role])
            page.keyboard.press("Enter")
            page.wait_for_url(re.compile(r":\d+/$"))
            assert page.locator(".nav").inner_text().split() == names.split(), role


def test_keys_lead_where_they_say(opened):
    page = opened(DESK)
    page.goto("/credit/customers")
    page.locator("h1").click()
    page.keyboard.press("/")
    page.keyboard.type("three")
    page.get_by_text("1 customer", exact=True).wait_for()
    page.locator("h1").click()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/credit/customers/c3"))
    page.keyboard.press("g")
    page.keyboard.press("1")
    page.wait_for_url(re.compile(r":\d+/$"))
    page.keyboard.press("?")
    assert page.locator("#keys").is_visible()


@pytest.mark.parametrize(
    ("size", "colours", "language"), [(DESK, "light", "en"), (PHONE, "dark", "el")]
)
def test_no_page_breaks_a_rule_of_accessibility_or_its_width(opened, size, colours, language):
    from axe_playwright_python.sync_playwright import Axe

    page = opened(size, True, colours, language)
    page.goto("/credit/customers/c1")
    page.click("button[name=act][value=decide] >> nth=-1")
    sheet = page.url
    wrong = []
    for path in (
        "/", "/credit", "/credit/new", "/credit/customers", "/credit/customers/c4", sheet,
        "/credit/decisions", "/credit/groups", "/credit/due", "/credit/policy",
        "/credit/policy/replay", "/cash",
        "/cash/drivers", "/cash/liquidity", "/cash/published", "/cash/scenarios", "/receivables",
        "/receivables/kpis", "/collecting", "/collecting/customers/c1", "/models", "/import",
        "/admin", "/admin/keys", "/admin/retention", "/admin/audit",
        "/admin/backups", "/credit/customers/c1/history", "/sign-in", "/nowhere",
    ):  # fmt: skip
        page.goto(path, wait_until="networkidle")
        if FULL or size is DESK:
            violations = Axe().run(page).response["violations"]
            wrong += [(path, v["id"], v["nodes"][0]["html"][:200]) for v in violations]
        if page.evaluate("document.documentElement.scrollWidth") > size["width"]:
            wrong.append((path, "wider than the screen", ""))
    assert wrong == [], "\n".join(map(str, wrong))


def test_a_decision_prints_on_one_page(opened):
    page = opened(DESK)
    page.goto("/credit/customers/c1")
    page.click("button[name=act][value=decide] >> nth=-1")
    printed = page.pdf(format="A4")
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
