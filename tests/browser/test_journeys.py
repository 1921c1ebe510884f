"""The main journeys in a browser, at a desk and on a phone, with JavaScript and without."""

from __future__ import annotations

import datetime as dt
import io
import itertools
import re

import pytest

from payrisk.answers import Answers
from payrisk.calendar import date_of
from payrisk.settings import Settings
from payrisk_api.app import create_app
from payrisk_api.observing import json_log
from support.browser import CHROMIUM, FLAGS, Watch, served
from support.company.five_customers import AS_OF, champions, small_company

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not CHROMIUM, reason="needs Chromium: apt-get install chromium"),
]
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 800}
NOW = dt.datetime(2025, 6, 2, 8, 30, tzinfo=dt.UTC)
WAYS = [
    pytest.param(DESK, True, "light", id="desk"),
    pytest.param(PHONE, False, "dark", id="phone without JavaScript"),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    ids = itertools.count(1)
    app = create_app(
        Settings.read(home=tmp_path_factory.mktemp("home"), as_of=date_of(AS_OF)),
        answers=Answers(small_company(), champions(), ledger_sha="1" * 64),
        now=lambda: NOW,
        new_id=lambda: f"dec_{next(ids)}",
        log=json_log(io.StringIO()),
    )
    with served(app) as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def opened(browser, address):
    """Open a page of some size; nothing may have gone wrong in it at the end."""
    contexts, watches = [], []

    def open_(size, with_script=True, colours="light", language="en"):
        context = browser.new_context(
            viewport=size, java_script_enabled=with_script, color_scheme=colours,
            locale=language, base_url=address, accept_downloads=True,
        )  # fmt: skip
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        watches.append(Watch(page, address))
        return page

    yield open_
    for context in contexts:
        context.close()
    assert [fault for watch in watches for fault in watch.faults] == []


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
    for _ in range(2):
        page.goto("/cash/published")
        page.fill("[name=as_of]", "2025-05-02")
        page.click("form[method=post][action='/cash/published'] button")
        page.wait_for_url(re.compile(r"/cash/published/2025-05-02"))
    assert page.get_by_text("Inside the band").first.is_visible()
    page.goto("/cash/published")
    assert page.get_by_text("What changed between two").is_visible()


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
        "/credit/decisions", "/credit/groups", "/credit/policy", "/cash", "/cash/published",
        "/cash/scenarios", "/sign-in", "/nowhere",
    ):  # fmt: skip
        page.goto(path, wait_until="networkidle")
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
