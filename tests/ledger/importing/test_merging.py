"""Merging: the same export changes nothing, a corrected one is dated, the past does not move."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from payrisk.calendar import day_of
from payrisk.errors import InputError
from payrisk.ledger import Ledger
from payrisk.ledger.facts.completing import with_defaults
from payrisk.ledger.facts.corrections import key_text
from payrisk.ledger.importing.merging import latest_tables, merge
from payrisk.ledger.importing.reading import load_preset, preset_from_text, read_source
from payrisk.ledger.stored import storage
from support.full import FULL
from support.ledgers.by_hand import credit, event, frame, invoice, ledger, link
from support.ledgers.messy import messy_ledger

EXAMPLES = 200 if FULL else 2
SEEDS_DO_NOT_SHRINK = (Phase.explicit, Phase.reuse, Phase.generate)
GENERIC = load_preset("generic")
WITHOUT_IDS = preset_from_text('preset = "generic"\n[invoices]\nnumbered = true', "numbered")
JUNE = day_of("2025-06-30")


def merged(old, new, on=JUNE, *, full=True):
    tables, problems = merge(old, new, on, full=full)
    return Ledger(tables, old.rules), {p.code: p for p in problems}


def changes(one):
    events = one.tables["events"]
    lines = events[events["kind"] == "changed"].sort_values("event_id")
    return lines[["subject", "field", "old", "new"]].to_numpy().tolist()


def same_past(one, other, days):
    for day in days:
        a, b = one.as_of(day), other.as_of(day)
        for view in ("invoices", "credit_balances", "customers", "control_total", "defaults"):
            pd.testing.assert_frame_equal(getattr(b, view)(), getattr(a, view)(), obj=view)


def wide(
    tmp_path, rows, *, head="invoice_id,customer_id,issued_on,due_on,amount,currency,paid_on"
):
    path = tmp_path / "sales.csv"
    path.write_text("\n".join([head, *rows]) + "\n")
    preset = GENERIC if "invoice_id" in head else WITHOUT_IDS
    return read_source(path, preset, imported_on=JUNE).tables


A = "A,c1,2025-01-01,2025-01-31,100,EUR,2025-02-03"
B = "B,c1,2025-01-05,2025-02-04,50,EUR,"


def test_the_same_export_changes_nothing(tmp_path):
    old, _ = Ledger.from_tables(wide(tmp_path, [A, B]))
    new, said = merged(old, wide(tmp_path, [B, A]))
    assert all(new.tables[name] is table for name, table in old.tables.items())
    assert not said
    assert storage.save(new, tmp_path) == storage.save(old, tmp_path)


def test_a_corrected_row_is_a_dated_change_and_the_old_row_stays(tmp_path):
    old, _ = Ledger.from_tables(wide(tmp_path, [A, B]))
    new, said = merged(
        old, wide(tmp_path, [A, B.replace(",50,", ",60,").replace("02-04", "03-04")])
    )
    assert changes(new) == [
        ["B|1", "amount", "5000", "6000"],
        ["B|1", "due_on", "2025-02-04", "2025-03-04"],
    ]
    pd.testing.assert_frame_equal(new.tables["invoices"], old.tables["invoices"])
    same_past(old, new, [*range(old.first_day + 1, JUNE, 30), JUNE])
    known = new.as_of(JUNE + 1).invoices().set_index("invoice_id").loc["B"]
    assert (known["amount"], known["residual"], known["due_on"]) == (
        6000,
        6000,
        day_of("2025-03-04"),
    )
    assert said["changed"].action == "noted"


def test_a_correction_told_twice_is_recorded_once_and_a_second_one_follows_it(tmp_path):
    old, _ = Ledger.from_tables(wide(tmp_path, [A, B]))
    once, _ = merged(old, wide(tmp_path, [A, B.replace(",50,", ",60,")]))
    twice, _ = merged(once, wide(tmp_path, [A, B.replace(",50,", ",60,")]), JUNE + 5)
    assert twice.tables["events"] is once.tables["events"]
    # Twice on one day: the later import is the one that counts.
    thrice, _ = merged(twice, wide(tmp_path, [A, B.replace(",50,", ",70,")]))
    assert changes(thrice) == [
        ["B|1", "amount", "5000", "6000"],
        ["B|1", "amount", "6000", "7000"],
    ]
    assert latest_tables(thrice)["invoices"].set_index("invoice_id").loc["B", "amount"] == 7000
    back, _ = merged(thrice, wide(tmp_path, [A, B]), JUNE + 9)
    assert latest_tables(back)["invoices"].set_index("invoice_id").loc["B", "amount"] == 5000
    same_past(old, back, [old.last_day + 1, JUNE])


def test_an_invoice_paid_since_gets_its_payment_on_its_own_day(tmp_path):
    old, _ = Ledger.from_tables(wide(tmp_path, [A, B]))
    new, said = merged(old, wide(tmp_path, [A, B + "2025-03-01"]))
    assert not said
    assert not changes(new)
    assert new.as_of(day_of("2025-03-02")).open_invoices().empty
    same_past(old, new, [*range(old.first_day + 1, old.last_day, 15), old.last_day + 1])


def test_a_fact_heard_late_is_known_from_the_import_on(tmp_path):
    old, _ = Ledger.from_tables(wide(tmp_path, [A, B]))
    late = "C,c9,2025-01-07,2025-02-06,70,EUR,2025-01-20"
    new, said = merged(old, wide(tmp_path, [A, B, late]))
    assert said["late_fact"].n == 1
    same_past(old, new, [*range(old.first_day + 1, JUNE, 30), JUNE])
    assert "C" in set(new.as_of(JUNE + 1).settled_invoices()["invoice_id"])
    assert "c9" not in set(new.as_of(JUNE).customers()["customer_id"])
    assert "C" in set(new.balance_at(day_of("2025-01-10")).invoices()["invoice_id"])


def test_a_corrected_payment_day_moves_the_payment_instead_of_doubling_it(tmp_path):
    old, _ = Ledger.from_tables(wide(tmp_path, [A, B]))
    for full in (True, False):
        new, _ = merged(old, wide(tmp_path, [A.replace("02-03", "02-10"), B]), full=full)
        assert changes(new) == [
            ["payment:A|A|1|2025-02-03", "happened_on", "2025-02-03", "2025-02-10"],
            ["payment:A", "happened_on", "2025-02-03", "2025-02-10"],
        ]
        (known,) = new.as_of(JUNE + 1).settled_invoices().to_dict("records")
        assert known["days_late"] == 10
        assert new.as_of(JUNE + 1).control_total()["net"].tolist() == [5000]
        same_past(old, new, [old.last_day + 1, JUNE])
        again, said = merged(
            new, wide(tmp_path, [A.replace("02-03", "02-10"), B]), JUNE + 1, full=full
        )
        assert again.tables["events"] is new.tables["events"]
        assert "missing" not in said


def test_a_row_missing_from_a_full_export_is_said_and_kept(tmp_path):
    old, _ = Ledger.from_tables(wide(tmp_path, [A, B]))
    new, said = merged(old, wide(tmp_path, [A]))
    assert new.tables["invoices"] is old.tables["invoices"]
    assert (said["missing"].n, said["missing"].action) == (1, "noted")
    assert "B|1" in said["missing"].message
    _, said = merged(old, wide(tmp_path, [A]), full=False)
    assert "missing" not in said


def test_a_column_the_later_export_lacks_says_nothing(tmp_path):
    head = "invoice_id,customer_id,issued_on,due_on,amount,currency,terms"
    rows = ["A,c1,2025-01-01,2025-01-31,100,EUR,net 30"]
    old, _ = Ledger.from_tables(wide(tmp_path, rows, head=head))
    head = "invoice_id,customer_id,issued_on,amount,currency"
    new, said = merged(old, wide(tmp_path, ["A,c1,2025-01-01,100,EUR"], head=head))
    assert not said
    assert new.tables["events"] is old.tables["events"]
    emptied = ["A,c1,2025-01-01,2025-01-31,100,EUR,"]
    head = "invoice_id,customer_id,issued_on,due_on,amount,currency,terms"
    new, _ = merged(old, wide(tmp_path, emptied, head=head))
    assert changes(new) == [["A|1", "terms", "net 30", ""]]
    assert pd.isna(latest_tables(new)["invoices"]["terms"].iloc[0])


def test_only_a_recorded_day_that_differs_is_hearsay():
    old = ledger(invoices=[invoice(recorded_on="2025-01-03")])
    new, said = merged(old, {"invoices": frame([invoice(recorded_on="2025-02-03")])})
    assert not said
    assert new.tables["events"] is old.tables["events"]


def test_what_would_rewrite_the_past_is_refused_and_what_adds_nothing_is_not(tmp_path):
    old, _ = Ledger.from_tables(wide(tmp_path, [A, B]))
    early = day_of("2025-01-15")
    with pytest.raises(InputError, match="--recorded-on 2025-02-03 or later"):
        merge(old, wide(tmp_path, [A, B.replace(",50,", ",60,")]), early, full=True)
    merged(old, wide(tmp_path, [A, B]), early)


NUMBERED = "customer_id,issued_on,due_on,amount,currency,paid_on"


def test_row_numbers_hold_while_the_file_keeps_its_order(tmp_path):
    rows = [f"c{i},2025-01-{i + 1:02},2025-02-{i + 1:02},{i + 10},EUR," for i in range(5)]
    old, _ = Ledger.from_tables(wide(tmp_path, rows, head=NUMBERED))
    more = [rows[0] + "2025-02-02", *rows[1:], "c9,2025-03-01,2025-03-31,99,EUR,"]
    new, _ = merged(old, wide(tmp_path, more, head=NUMBERED))
    assert new.tables["invoices"]["invoice_id"].tolist() == [f"row-{i}" for i in range(1, 7)]
    assert not changes(new)
    corrected = [rows[0].replace(",10,", ",11,"), *rows[1:]]
    new, _ = merged(old, wide(tmp_path, corrected, head=NUMBERED))
    assert changes(new) == [["row-1|1", "amount", "1000", "1100"]]
    shifted = ["c9,2025-01-01,2025-01-31,99,EUR,", *rows]
    with pytest.raises(InputError, match=r"row-1 \(and 4 more\) is another one .* --home"):
        merge(old, wide(tmp_path, shifted, head=NUMBERED), JUNE, full=True)


def test_an_undated_attribute_is_written_again_only_when_it_changes(tmp_path):
    def attributes(value, on):
        row = {"customer_id": "c1", "name": "limit", "value": value}
        return {"attributes": frame([row | {"valid_on": on, "recorded_on": on}])}

    known = {"customer_id": "c1", "name": "limit", "value": "5", "valid_on": JUNE}
    old = ledger(invoices=[invoice()], attributes=[known])
    same, _ = merged(old, attributes("5", JUNE + 10), JUNE + 10)
    assert same.tables["attributes"] is old.tables["attributes"]
    other, said = merged(old, attributes("6", JUNE + 10), JUNE + 10)
    assert other.tables["attributes"]["value"].tolist() == ["5", "6"]
    assert not said


def test_a_lowered_credit_takes_its_allocations_with_it():
    old = ledger(
        invoices=[invoice("A"), invoice("B")],
        credits=[credit("P", 150_00, "2025-01-20")],
        allocations=[link("P", "A", 100_00, "2025-01-20"), link("P", "B", 50_00, "2025-01-21")],
    )
    new, _ = merged(old, {"credits": frame([credit("P", 120_00, "2025-01-20")])}, full=False)
    books = new.as_of(JUNE + 1)
    assert books.invoices()["residual"].tolist() == [0, 80_00]
    assert books.credit_balances().empty
    same_past(old, new, [old.last_day + 1, JUNE])


def test_the_later_export_may_bring_any_table():
    old = ledger(invoices=[invoice("A")])
    new, said = merged(
        old,
        {
            "credits": frame([credit("P", 40_00, "2025-02-01")]),
            "allocations": frame([link("P", "A", 40_00, "2025-02-01")]),
            "events": frame(
                [event("dispute_opened", "A", "2025-02-02"), event("promise", "Z", "2025-02-02")]
            ),
        },
        full=False,
    )
    assert said["event_of_nothing"].action == "quarantined"
    known = new.as_of(day_of("2025-02-03")).invoices()
    assert known[["residual", "disputed"]].to_numpy().tolist() == [[60_00, 0]]
    assert said["dispute_without_amount"].action == "doubted"


def shaken(one: Ledger, g: np.random.Generator) -> dict[str, pd.DataFrame]:
    """The ledger's tables as a later export might tell them: some values other, some rows gone."""
    tables = {n: t.copy() for n, t in with_defaults(latest_tables(one)).items()}
    invoices, credits, events = tables["invoices"], tables["credits"], tables["events"]
    hit = g.random(len(invoices)) < 0.3
    invoices.loc[hit, "amount"] += g.integers(1, 9999, hit.sum())
    invoices.loc[g.random(len(invoices)) < 0.2, "due_on"] += 7
    hit = g.random(len(credits)) < 0.3
    credits.loc[hit, "amount"] = (credits.loc[hit, "amount"] * 0.7).astype("int64")
    credits.loc[g.random(len(credits)) < 0.2, "happened_on"] += 2
    tables["allocations"].loc[g.random(len(tables["allocations"])) < 0.2, "happened_on"] += 3
    tables["events"] = events[(events["kind"] != "changed")].reset_index(drop=True)
    keep = g.random(len(invoices)) < 0.9
    tables["invoices"] = invoices[keep].reset_index(drop=True)
    return tables


@settings(max_examples=EXAMPLES, phases=SEEDS_DO_NOT_SHRINK)
@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_laws_of_merging_on_messy_ledgers(seed, chance):
    old, g = messy_ledger(seed, 20), np.random.default_rng(chance)
    on = old.last_day + int(g.integers(0, 20))
    same, said = merged(old, old.tables, on)
    assert same.tables["events"] is old.tables["events"]
    assert not {"changed", "late_fact", "missing"} & set(said)
    export = shaken(old, g)
    new, _ = merged(old, export, on)
    days = [*g.integers(old.first_day + 1, on + 1, 4).tolist(), on]
    same_past(old, new, days)
    books = new.as_of(on + 1)
    total = books.control_total().set_index("currency")["net"]
    residual = books.residuals().groupby("currency")["residual"].sum()
    unapplied = books.credit_balances().groupby("currency")["unapplied"].sum()
    assert total.sub(residual, fill_value=0).add(unapplied, fill_value=0).eq(0).all()
    once_more, _ = merged(new, export, on + 3)
    assert once_more.tables["events"] is new.tables["events"]
    amounts = latest_tables(new)["invoices"].set_index(["invoice_id", "instalment"])["amount"]
    told = export["invoices"].set_index(["invoice_id", "instalment"])["amount"]
    pd.testing.assert_series_equal(amounts.loc[told.index], told)


def test_ids_that_hold_the_bar_are_told_apart():
    pairs = [("a|b", "c"), ("a", "b|c"), ("a\\", "|c")]
    links = pd.DataFrame(pairs, columns=["credit_id", "invoice_id"]).assign(
        instalment=1, happened_on=20_000
    )
    assert key_text("allocations", links).is_unique
    assert key_text("customers", pd.DataFrame({"customer_id": ["a|b"]})).tolist() == ["a|b"]
