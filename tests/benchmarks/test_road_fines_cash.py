"""The benchmark of road fines: skipped in a sentence without them, every table with them."""

from __future__ import annotations

import json

import pandas as pd

from payrisk.calendar import day_of
from payrisk.cli import run
from payrisk.ledger import Ledger
from payrisk.ledger.facts.completing import complete
from payrisk.ledger.stored.storage import save
from payrisk.simulate import simulate
from support.full import at_size


def test_without_fines_it_is_skipped_in_a_sentence(tmp_path, capfd):
    assert run(["--home", str(tmp_path), "bench", "road-fines-cash"]) == 0
    said = capfd.readouterr().out
    assert said.startswith("Skipped: ")
    assert "payrisk bench road-fines OUT" in said


@at_size
def test_with_a_ledger_it_prints_every_table(tmp_path, capfd):
    tables = simulate(8, 48, 5, ends_on=day_of("2025-02-28")).tables
    one = tables["invoices"].iloc[0]
    handed = {"event_id": "h", "kind": "handed_over", "subject_kind": "invoice"}
    handed |= {"subject": one["invoice_id"], "happened_on": int(one["due_on"]) + 200}
    more = complete("events", pd.DataFrame([handed]))
    tables["events"] = pd.concat([tables["events"], more], ignore_index=True)
    save(Ledger.from_tables(tables)[0], tmp_path)
    asked = ["bench", "road-fines-cash", str(tmp_path), "--recipe", "sketch", "--json"]
    assert run([*asked, "--years", "2024"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert {row["year"] for row in found["receipts in all"]} == {"2024", "all"}
    assert len(found["better by, paired draws of weeks"]) == 2 * 2 * 2
    assert all(row["daily_wape"] > 0 for row in found["ours by layer"])
    assert run([*asked, "--years", "2031"]) != 0
