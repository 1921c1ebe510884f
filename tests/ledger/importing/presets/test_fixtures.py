"""Exports of each system, made by hand: two months in a row age to the cent as worked by hand."""

from __future__ import annotations

import csv
import tomllib
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
import xlsxwriter

from payrisk.calendar import day_of, iso
from payrisk.ledger.importing.reading import load_preset, preset_names
from payrisk.ledger.stored import storage
from payrisk.money import decimal_text
from payrisk.receivables.aging import BUCKETS, aging
from payrisk_pipelines.importing import import_files
from support.full import FULL, at_size

pytestmark = pytest.mark.long

FIXTURES = Path(__file__).parent / "fixtures"
FAULTS = ("quarantined", "doubted", "refused")
SHAPES = sorted(str(p.parent.relative_to(FIXTURES)) for p in FIXTURES.rglob("plan.toml"))
OF_SYSTEMS = {shape.partition("/")[0]: shape for shape in SHAPES}.values()
"""The last shape of each system; its others are tried at size."""


def plan_of(shape):
    return tomllib.loads((FIXTURES / shape / "plan.toml").read_text("utf-8"))


def by_hand(shape, month):
    """Lines (customer, document, due, bucket, currency, amount) of the list worked by hand."""
    with (FIXTURES / shape / f"aging-{month}.csv").open(encoding="utf-8", newline="") as file:
        return sorted(tuple(line.values()) for line in csv.DictReader(file))


def by_the_books(home, evening):
    """The same lines from the ledger: what is open of each document, and what is on account."""
    books = storage.load(home).balance_at(evening)
    owed = books.residuals()
    invoices = books.facts.tables["invoices"]
    number = dict(zip(invoices["invoice_id"], invoices["number"], strict=True))
    lines = []
    for row in owed.itertuples():
        known = number.get(row.invoice_id)
        late = evening - row.due_on
        bucket = BUCKETS[sum(late > last for last in (0, 30, 60, 90))]
        document = known if isinstance(known, str) else row.invoice_id
        money = decimal_text(row.residual, row.currency)
        lines.append((row.customer_id, document, iso(row.due_on), bucket, row.currency, money))
    free = books.credit_balances().groupby(["customer_id", "currency"])["unapplied"].sum()
    for (customer, currency), cents in free[free > 0].items():
        lines.append((customer, "", "", "unapplied", currency, decimal_text(cents, currency)))
    return sorted(lines)


def aged(home, evening):
    """{(customer, currency, bucket): amount} as the aging sums it up."""
    lines = aging(storage.load(home).balance_at(evening)).by("customer_id")
    out = Counter()
    for line in lines.to_dict("records"):
        for bucket in (*BUCKETS, "unapplied"):
            out[line["customer_id"], line["currency"], bucket] += line[bucket]
    return {key: cents for key, cents in out.items() if cents}


def summed(lines):
    out = Counter()
    for customer, _, _, bucket, currency, amount in lines:
        out[customer, currency, bucket] += round(float(amount) * 100)
    return dict(out)


@pytest.mark.parametrize(
    "shape",
    [pytest.param(shape, marks=() if shape in OF_SYSTEMS else at_size) for shape in SHAPES],
)
def test_two_months_age_as_worked_by_hand(shape, tmp_path):
    plan, home = plan_of(shape), tmp_path / "home"
    preset = load_preset(plan["preset"])
    preset = replace(preset, currency=plan["currency"]) if "currency" in plan else preset
    for month, (file, evening) in enumerate(zip(plan["files"], plan["evenings"], strict=True), 1):
        day = day_of(evening)
        snapshot = day if plan.get("is_list") else None
        done = import_files(home, FIXTURES / shape / file, preset, day, snapshot=snapshot)
        met = [
            p for p in done.report.problems if p.action in ("quarantined", "doubted", "refused")
        ]
        planted = plan.get("planted", {}).get(str(month), [])
        assert [p.code for p in met] == planted, [p.message for p in met]
        assert done.report.preset == plan["reads_as"]
        assert by_the_books(home, day) == by_hand(shape, month)
        assert aged(home, day) == summed(by_hand(shape, month))
        if FULL or (shape == "xero/invoices" and month == len(plan["files"])):
            again = import_files(home, FIXTURES / shape / file, preset, day, snapshot=snapshot)
            assert not again.is_new, again.report.reasons


@pytest.mark.parametrize(
    "shape",
    ["quickbooks/open-invoices", "xero/aged-receivables", "sap/fbl5n-de", "netsuite/aging-detail"],
)
def test_a_workbook_of_the_same_cells_ages_alike(shape, tmp_path):
    plan = plan_of(shape)
    sheet = read_lines(FIXTURES / shape / plan["files"][0])
    with xlsxwriter.Workbook(str(tmp_path / "list.xlsx")) as book:
        page = book.add_worksheet()
        for place, line in enumerate(sheet):
            for column, cell in enumerate(line):
                page.write_string(place, column, cell)
    preset, evening = load_preset(plan["preset"]), day_of(plan["evenings"][0])
    preset = replace(preset, currency=plan["currency"]) if "currency" in plan else preset
    snapshot = evening if plan.get("is_list") else None
    done = import_files(
        tmp_path / "home", tmp_path / "list.xlsx", preset, evening, snapshot=snapshot
    )
    assert done.outcome == "clean", done.report.reasons
    assert by_the_books(tmp_path / "home", evening) == by_hand(shape, 1)


def test_fbl5n_without_the_account_takes_it_from_the_lines_above(tmp_path):
    shape = "sap/fbl5n-en"
    text = (FIXTURES / shape / "month-1.txt").read_text("utf-8")
    rows = [line.rsplit("|", 2)[0] + "|" if "|" in line else line for line in text.splitlines()]
    (tmp_path / "list.txt").write_text("\n".join(rows), "utf-8")
    evening = day_of(plan_of(shape)["evenings"][0])
    done = import_files(tmp_path / "home", tmp_path / "list.txt", load_preset("sap"), evening)
    assert done.outcome == "clean", done.report.reasons
    assert by_the_books(tmp_path / "home", evening) == by_hand(shape, 1)


def read_lines(path):
    raw = path.read_bytes()
    text = raw.decode("cp1252" if b"\xe4" in raw else "utf-8")
    return list(csv.reader(text.splitlines(), delimiter=";" if text.count(";") > 20 else ","))


def test_every_preset_of_a_system_has_its_fixtures():
    covered = {plan_of(shape)["reads_as"] for shape in SHAPES}
    families = {name for name in preset_names() if load_preset(name).variants}
    assert set(preset_names()) - families - covered == {"generic", "highradius", "ibm", "nuclea"}


def test_the_day_of_the_receipt_counts_and_not_that_of_the_clearing(tmp_path):
    for shape, invoice, day in (
        ("sap/fbl5n-en", "1800000002", "2026-02-18"),
        ("sap/bsid-bsad", "1800000202", "2026-01-20"),
        ("sap/s4", "1800000302", "2026-02-24"),
    ):
        plan, home = plan_of(shape), tmp_path / shape
        evening = day_of(plan["evenings"][0])
        import_files(home, FIXTURES / shape / plan["files"][0], load_preset("sap"), evening)
        invoices = storage.load(home).balance_at(evening).invoices().set_index("invoice_id")
        assert iso(invoices.loc[invoice, "settled_on"]) == day
