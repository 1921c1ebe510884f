"""What a file changes, in a browser: a payment that lets an order go, an export full of faults."""

from __future__ import annotations

import datetime as dt
import io
import re
import shutil

import pytest

from payrisk.settings import Settings
from payrisk_api.app import create_app
from payrisk_api.observing import json_log
from support.browser import CHROMIUM, WAYS, served
from support.full import FULL
from support.home.paying_home import paying
from support.home.small_home import untried  # noqa: F401
from support.home.taking_up import taken_up

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not CHROMIUM, reason="needs Chromium: apt-get install chromium"),
]
BROKEN = """invoice_id;customer_id;issued_on;due_on;amount;currency
G1;C1;2025-01-02;2025-02-01;1.000;EUR
G2;C1;2025-01-02;2025-02-01;3.000;EUR
G3;C2;2025-01-02;2025-02-01;12.500;EUR
G4;C2;2025-01-02;2025-02-30;70,00;EUR
"""
MONEY = """Payment No;Customer;Payment Date;Amount;Currency;Invoice No
P-77;c1;2025-06-01;1500.00;EUR;L
"""


def service(home):
    return create_app(
        Settings.read(home=home, as_of=dt.date(2025, 6, 2)),
        now=lambda: dt.datetime(2025, 6, 2, 8, 30, tzinfo=dt.UTC),
        log=json_log(io.StringIO()),
    )


def send(page, name, content):
    """Choose a file, as a person does, and have it looked at."""
    page.goto("/import")
    file = {"name": name, "mimeType": "text/csv", "buffer": content.encode()}
    page.set_input_files("#f-file", file)
    page.click("text=Look at it")
    page.get_by_text("What would become of it").wait_for()


@pytest.mark.parametrize(("size", "with_script", "colours"), WAYS if FULL else WAYS[:1])
def test_an_order_is_held_until_the_payment_is_recorded(
    opened, tmp_path, size, with_script, colours
):
    shutil.copytree(paying(), tmp_path, dirs_exist_ok=True)
    app = service(tmp_path)
    with served(app) as address:
        page = opened(size, with_script, colours, at=address)

        def ask():
            page.goto("/credit/customers/c1")
            assert page.locator("#ask").count(), page.locator("main").inner_text()
            page.fill("[name=amount]", "100.00")
            page.fill("[name=order_id]", "O-1")
            page.click("#ask button[value=decide]")
            page.wait_for_url(re.compile(r"/credit/decisions/dec_\w+"))

        ask()
        page.get_by_text("The goods may not leave.").wait_for()
        assert "payment clears the hold" in page.locator("main").inner_text()
        held = page.url
        page.goto("/")
        assert page.locator("#held ~ ul").get_by_text("One GmbH").is_visible()
        before = app.state.service.live.current.ledger_sha
        send(page, "money.csv", MONEY)
        page.fill("[name=recorded_on]", "2025-06-01")
        page.click("button:text-is('Import')")
        page.get_by_text("The ledger is now").wait_for()
        taken_up(app.state.service.live, before)
        ask()
        page.get_by_text("The goods may leave: 100.00").wait_for()
        page.goto(held)
        page.get_by_text("This order was asked again").click()
        page.get_by_text("The goods may leave: 100.00").wait_for()
        page.goto("/")
        assert page.locator("#held").count() == 0


@pytest.mark.parametrize(("size", "with_script", "colours"), WAYS if FULL else WAYS[1:])
def test_an_export_with_faults_is_doubted_its_mapping_mended_and_imported(
    opened, tmp_path, size, with_script, colours
):
    """As `07-numbers` of the cases: whole thousands, and a day that no month has."""
    app = service(tmp_path)
    with served(app) as address:
        page = opened(size, with_script, colours, at=address)
        page.goto("/")
        page.get_by_text("There is no ledger here yet").wait_for()
        send(page, "export.csv", BROKEN)
        assert "no due date and no terms" in page.locator("main").inner_text()
        page.get_by_label("all that was billed, paid or not").check()
        page.click("summary:text-is('The mapping')")
        mapping = page.locator("#f-mapping")
        mapping.fill(f'{mapping.input_value()}due_on = "due_on"\n')
        page.fill("[name=recorded_on]", "2025-06-01")
        page.click("button:text-is('Import')")
        page.get_by_text("Nothing was changed").wait_for()
        page.fill("[name=accept_doubts]", "The clerk mends G4 later.")
        page.click("button:text-is('Import')")
        page.get_by_text("The ledger is now").wait_for()
        taken_up(app.state.service.live)
        page.goto("/receivables")
        assert "16,500" in page.locator("main").inner_text()
