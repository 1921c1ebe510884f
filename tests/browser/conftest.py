"""One service and one browser for all journeys, and pages in which nothing may go wrong."""

from __future__ import annotations

import datetime as dt
import io
import itertools

import pytest

from payrisk.answers import Answers
from payrisk.calendar import date_of
from payrisk.settings import Settings
from payrisk_api.app import create_app
from payrisk_api.observing import json_log
from support.browser import CHROMIUM, FLAGS, Watch, served
from support.company.five_customers import AS_OF, champions, small_company

NOW = dt.datetime(2025, 6, 2, 8, 30, tzinfo=dt.UTC)
RUNGS = """
[[rungs]]
title = "director"
people = ["Ada Lovelace"]
currency = "EUR"
alone_up_to = "1000000.00"
valid_from = 2025-01-01

[[rungs]]
title = "clerk"
people = ["Ann Lee", "Tim Roy"]
currency = "EUR"
alone_up_to = "5000.00"
together_up_to = "30000.00"
valid_from = 2025-01-01
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    (home / "delegation.toml").write_text(RUNGS)
    with served(_app(home)) as address:
        yield address


@pytest.fixture
def company_app(tmp_path):
    """The same company over a home of the test's own."""
    return _app(tmp_path)


def _app(home):
    ids = itertools.count(1)
    return create_app(
        Settings.read(home=home, as_of=date_of(AS_OF)),
        answers=Answers(small_company(), champions(), ledger_sha="1" * 64),
        now=lambda: NOW,
        new_id=lambda: f"dec_{next(ids)}",
        log=json_log(io.StringIO()),
    )


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

    def open_(size, with_script=True, colours="light", language="en", at=address):
        context = browser.new_context(
            viewport=size, java_script_enabled=with_script, color_scheme=colours,
            locale=language, base_url=at, accept_downloads=True,
        )  # fmt: skip
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        watches.append(Watch(page, at))
        return page

    yield open_
    for context in contexts:
        context.close()
    assert [fault for watch in watches for fault in watch.faults] == []
