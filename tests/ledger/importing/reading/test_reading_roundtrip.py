"""Tables to generic files and back, and files that somebody shook: nothing lost, no traceback."""

from __future__ import annotations

import random
import shutil
import tempfile
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from payrisk.calendar import NEVER, date_of
from payrisk.errors import InputError
from payrisk.ledger import Ledger
from payrisk.ledger.facts.tables import TABLES, Tables
from payrisk.ledger.importing.merging import latest_tables
from payrisk.ledger.importing.reading import load_preset, read_source
from payrisk.ledger.importing.reading.cells import exponent
from support.full import FULL
from support.ledgers.messy import messy_ledger_by_number

EXAMPLES = 500 if FULL else 3
SEEDS_DO_NOT_SHRINK = (Phase.explicit, Phase.reuse, Phase.generate)
GENERIC = load_preset("generic")


def currencies(name: str, frame: pd.DataFrame, tables: Tables) -> pd.Series:
    """The currency of each row's amounts, as a person would look it up."""
    if "currency" in frame:
        return frame["currency"]
    invoices = tables["invoices"].set_index(["invoice_id", "instalment"])["currency"].to_dict()
    if name == "allocations":
        keys = zip(frame["invoice_id"], frame["instalment"], strict=True)
        return pd.Series([invoices[key] for key in keys], index=frame.index, dtype=object)
    credits = tables["credits"].set_index("credit_id")["currency"].to_dict()
    keys = zip(frame["subject"], frame["instalment"], strict=True)
    own = [invoices.get(key, credits.get(key[0])) for key in keys]
    return pd.Series(own, index=frame.index, dtype=object)


def write_generic(tables: Tables, folder: Path) -> Path:
    """The tables as the generic folder: ISO days, decimal amounts, empty cells."""
    folder.mkdir(exist_ok=True)
    for name, table in tables.items():
        out = table.copy()
        for column in TABLES[name].columns:
            values = table[column.name]
            if column.kind == "day":
                out[column.name] = ["" if d == NEVER else date_of(d) for d in values]
            if column.kind == "cents":
                own = currencies(name, table, tables)
                out[column.name] = [
                    "" if pd.isna(c) else Decimal(int(c)).scaleb(-(exponent(code) or 0))
                    for c, code in zip(values, own, strict=True)
                ]
        if name == "events" and len(out):
            out["currency"] = currencies(name, table, tables)
        out.to_csv(folder / f"{name}.csv", index=False)
    return folder


@settings(max_examples=EXAMPLES, phases=SEEDS_DO_NOT_SHRINK)
@given(st.integers(0, 10_000))
def test_a_ledger_written_as_generic_files_reads_back_equal(seed):
    ledger = messy_ledger_by_number(seed, 20)
    with tempfile.TemporaryDirectory() as folder:
        reading = read_source(
            write_generic(ledger.tables, Path(folder)), GENERIC, imported_on=20_000
        )
    assert [p for p in reading.problems if p.action in {"quarantined", "refused"}] == []
    again, _ = Ledger.from_tables(reading.tables)
    for name, table in ledger.tables.items():
        pd.testing.assert_frame_equal(again.tables[name], table, obj=name)


@settings(max_examples=EXAMPLES, phases=SEEDS_DO_NOT_SHRINK)
@given(st.integers(0, 10_000))
def test_the_order_of_rows_does_not_matter(seed):
    ledger, chance = messy_ledger_by_number(seed, 15), random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        source = write_generic(ledger.tables, Path(folder))
        for path in source.iterdir():
            head, *rows = path.read_text(encoding="utf-8").splitlines()
            chance.shuffle(rows)
            path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
        reading = read_source(source, GENERIC, imported_on=20_000)
    again, _ = Ledger.from_tables(reading.tables)
    for name, table in ledger.tables.items():
        pd.testing.assert_frame_equal(again.tables[name], table, obj=name)


ODD = (
    ["", "NaN", "-0", "1e999", "1e30", "1,5", "-5", "2999-01-01", "1900-01-01", "2025-02-30"],
    ['"', "'", "=1+1", "\x00", "\U0001f600", "\u202e", ";", "\t", "9" * 400],
    ["EUR", "ZZZ", "payment", "yes", "null", "i0", "c1"],
)
GARBAGE = st.one_of(st.text(max_size=12), st.sampled_from([cell for some in ODD for cell in some]))


def accounted(reading) -> None:
    """Every row and every cent of it is somewhere."""
    assert reading.rows_in == (
        reading.rows_accepted + reading.rows_left_out + reading.rows_quarantined
    )
    named = sum(p.n for p in reading.problems if p.action == "quarantined")
    assert named == reading.rows_quarantined
    if len(reading.tables.get("invoices", ())):
        ledger, _ = Ledger.from_tables(reading.tables)
        table = reading.totals.compare_with_ledger(reading.tables, latest_tables(ledger))
        assert (table["difference_amount"].dropna() == 0).all()
        assert (
            table["difference_amount"].isna().tolist() == (table["unreadable_rows"] > 0).tolist()
        )


HEAD = (
    "invoice_id,instalment,customer_id,issued_on,due_on,amount,currency,paid_on,paid_amount,terms"
)
GOOD = ["A", "1", "c1", "2025-01-01", "2025-01-31", "100.5", "EUR", "2025-02-01", "", "net 30"]


@settings(max_examples=6 * EXAMPLES)
@given(
    st.lists(st.tuples(st.integers(0, 9), GARBAGE, st.sampled_from("ABC")), min_size=1, max_size=8)
)
@example([(5, "-5", "A"), (7, "", "A"), (0, "", "A")])
@example([(0, "", "A"), (1, "-1", "A")])
def test_garbage_in_a_cell_is_set_aside_or_read_never_a_traceback(damage):
    rows = []
    for column, cell, name in damage:
        row = [name, *GOOD[1:]]
        row[column] = cell
        rows.append(row)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "invoices.csv"
        frame = pd.DataFrame(rows, columns=HEAD.split(","))
        frame.to_csv(path, index=False, encoding="utf-8", errors="replace")
        try:
            reading = read_source(path, GENERIC, imported_on=20_000)
        except InputError as error:
            assert "\n" not in str(error)  # noqa: PT017
        else:
            accounted(reading)


@settings(max_examples=3 * EXAMPLES)
@given(st.integers(0, 100), st.lists(st.tuples(st.integers(0, 10**6), st.binary(max_size=3))))
def test_shaken_bytes_are_set_aside_or_refused_never_a_traceback(seed, damage):
    folder = Path(tempfile.mkdtemp())
    try:
        write_generic(messy_ledger_by_number(seed % 5, 6).tables, folder)
        paths = sorted(folder.iterdir())
        for at, junk in damage:
            path = paths[at % len(paths)]
            raw = path.read_bytes()
            spot = at % (len(raw) + 1)
            path.write_bytes(raw[:spot] + junk + raw[spot + len(junk) :])
        try:
            reading = read_source(folder, GENERIC, imported_on=20_000)
        except InputError as error:
            assert "\n" not in str(error)  # noqa: PT017
        else:
            accounted(reading)
    finally:
        shutil.rmtree(folder)


def test_a_hundred_thousand_rows_need_no_loop_over_rows(tmp_path):
    n = 100_000
    at = np.arange(n)
    frame = pd.DataFrame(
        {
            "invoice_id": at,
            "customer_id": at % 1000,
            "issued_on": np.datetime64("2024-01-01") + at % 365,
            "amount": at / 100,
            "currency": "EUR",
        }
    )
    frame.to_csv(tmp_path / "invoices.csv", index=False)
    reading = read_source(tmp_path / "invoices.csv", GENERIC, imported_on=20_000)
    assert reading.tables["invoices"]["amount"].tolist() == list(range(n))
