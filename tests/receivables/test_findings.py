"""What stands out in how customers pay, on little ledgers worked by hand."""

from __future__ import annotations

import json

import pytest

from payrisk.calendar import date_of, day_of, iso
from payrisk.cli import run
from payrisk.ledger.stored import storage
from payrisk.receivables.behaviour.findings import (
    BROKEN,
    DISCOUNTS,
    DORMANT,
    EARLIER,
    LATER,
    REPEAT,
    count_customers_not_judged,
    findings,
)
from support.ledgers.by_hand import credit, event, invoice, ledger, link

START = day_of("2024-01-01")


def payer(name: str, late: list[int], *, every: int = 14, **more):
    """Invoices of a customer, one every so many days, due in 30, each paid so many days late."""
    invoices, credits, links = [], [], []
    for n, days in enumerate(late):
        issued, number = START + n * every, f"{name}{n:02}"
        paid = iso(issued + 30 + days)
        dates = {"issued_on": iso(issued), "due_on": iso(issued + 30), "customer_id": name}
        invoices.append(invoice(number, 100_00, **dates, **more))
        credits.append(credit(f"P{number}", 100_00, paid, customer_id=name))
        links.append(link(f"P{number}", number, 100_00, paid))
    return {"invoices": invoices, "credits": credits, "allocations": links}


def books(*payers, **more):
    tables = {name: [row for one in payers for row in one[name]] for name in payers[0]}
    return ledger(**tables, **more)


STEADY = [1, 0, 2, 1, 0, 1, 2, 0, 1, 1, 0, 2, 1, 0, 1]


def test_who_began_paying_later_and_earlier_is_named_with_day_size_and_confidence():
    one = books(
        payer("later", [*STEADY, 20, 22, 21, 23]),
        payer("earlier", [*(d + 25 for d in STEADY), 1, 2, 0, 1]),
        payer("steady", [*STEADY, 1, 0, 1, 2]),
    )
    table = findings(one.as_of(one.default_as_of)).set_index(["customer_id", "finding"])
    later = table.loc["later", LATER]
    assert later["since_on"] == START + len(STEADY) * 14 + 30
    assert (later["before"], later["now"], later["n"]) == (1.0, 21.5, 4)
    assert 0.88 <= later["probability"] <= 1
    assert ("earlier", EARLIER) in table.index
    assert "steady" not in table.index.get_level_values("customer_id")
    assert ("later", EARLIER) not in table.index


def test_a_change_is_named_only_from_what_was_known_that_morning():
    one = books(payer("later", [*STEADY, 20, 22, 21, 23]))
    first_late_due = START + len(STEADY) * 14 + 30
    assert findings(one.as_of(first_late_due)).empty


def test_a_change_is_read_in_the_order_of_due_days_and_hidden_by_no_old_rest():
    late = [*STEADY, 40, 41, 0, 39, 42]  # the third is paid before those that fell due before it
    alone = payer("later", late)
    rest = invoice(
        "rest", 100_00, issued_on="2023-11-01", due_on="2023-12-01", customer_id="later"
    )
    with_rest = {**alone, "invoices": [*alone["invoices"], rest]}
    plain, disturbed = (
        findings(one.as_of(one.default_as_of)).set_index("finding").loc[LATER]
        for one in (books(alone), books(with_rest))
    )
    assert plain["n"] == disturbed["n"] == 5
    assert plain["since_on"] == disturbed["since_on"] == START + len(STEADY) * 14 + 30
    assert disturbed["now"] == plain["now"]


def test_late_again_and_again_and_gone_quiet_are_counted():
    one = books(payer("slow", [12, 11, 2, 14, 13, 12, 15, 10]), payer("steady", STEADY))
    table = findings(one.as_of(one.default_as_of)).set_index(["customer_id", "finding"])
    slow = table.loc["slow", REPEAT]
    assert (slow["before"], slow["now"], slow["n"]) == (7 / 8, 12.0, 8)
    quiet = table.loc["slow", DORMANT]
    assert (quiet["since_on"], quiet["before"]) == (START + 7 * 14, 14.0)
    assert ("steady", REPEAT) not in table.index


def test_discount_takers_and_broken_promises_are_shares():
    early = payer("early", [-22] * 7, discount_rate=0.02, discount_days=10)
    late = payer("word", [40] * 7)
    made = {"subject_kind": "invoice", "amount": 100_00}
    promises = [
        event("promise", f"word0{n}", iso(START + n * 14 + 35), **made,
              refers_on=iso(START + n * 14 + 45)) for n in range(3)
    ]  # fmt: skip
    one = books(early, late, events=promises)
    table = findings(one.as_of(one.default_as_of)).set_index(["customer_id", "finding"])
    assert table.loc[("early", DISCOUNTS), ["before", "now"]].tolist() == [7.0, 1.0]
    assert table.loc[("word", BROKEN), ["before", "now"]].tolist() == [3.0, 1.0]


def test_without_history_nothing_is_named_and_that_is_said():
    one = books(payer("new", [1, 2]))
    history = one.as_of(one.default_as_of)
    assert findings(history).empty
    assert count_customers_not_judged(history) == 1


def test_disputed_invoices_tell_nothing_of_how_a_customer_pays():
    late = payer("later", [*STEADY, 20, 22, 21, 23])
    disputes = [
        event("dispute_opened", f"later{n:02}", iso(START + n * 14 + 5), subject_kind="invoice")
        for n in range(len(STEADY), len(STEADY) + 4)
    ]
    one = books(late, events=disputes)
    assert LATER not in set(findings(one.as_of(one.default_as_of))["finding"])


def test_the_command_prints_names_and_how_many_could_not_be_judged(tmp_path, capsys):
    one = books(payer("later", [*STEADY, 20, 22, 21, 23]), payer("new", [1, 2]))
    storage.save(one, tmp_path)
    morning = str(date_of(one.default_as_of))
    assert run(["--home", str(tmp_path), "customers", "changes", "--as-of", morning]) == 0
    text = capsys.readouterr().out
    assert LATER in text
    assert "Too few payments to tell a change: 1 customers" in text
    words = ["--home", str(tmp_path), "customers", "changes", "--finding", LATER, "--json"]
    assert run(words) == 0
    assert [row["customer_id"] for row in json.loads(capsys.readouterr().out)] == ["later"]
    assert run([*words[:-2], "nonsense"]) == 2
    assert "is no finding" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["c1", "z9"])
def test_findings_hang_on_no_id(name):
    one = books(payer(name, [*STEADY, 20, 22, 21, 23]), payer("m", STEADY))
    table = findings(one.as_of(one.default_as_of))
    assert table.loc[table["finding"] == LATER, "customer_id"].tolist() == [name]
