"""Quotation marks: read right, set aside by row, or refused by row; never rows that vanish."""

from __future__ import annotations

import numpy as np
import pytest

from payrisk.calendar import day_of
from payrisk.errors import InputError
from payrisk.ledger.importing.reading import load_preset, read_source
from payrisk.ledger.importing.reading.sheet import read_sheet
from support.full import FULL

pytestmark = pytest.mark.long

HEAD = ["invoice_id", "customer_id", "customer_name", "issued_on", "due_on", "amount", "currency"]


def row_of(i, name="Smith"):
    return [f"A{i}", f"c{i % 7}", name, "2026-01-05", "2026-02-04", f"{i}.50", "EUR"]


def written(rows, delimiter=";", quoted=()):
    """Rows as a file, the cells of the columns in `quoted` between marks."""

    def cell(text, column):
        must = any(sign in text for sign in (delimiter, '"', "\n"))
        return '"' + text.replace('"', '""') + '"' if column in quoted or must else text

    lines = [delimiter.join(cell(c, j) for j, c in enumerate(row)) for row in [HEAD, *rows]]
    return "\n".join(lines) + "\n"


def read(folder, text, name="x.csv"):
    (folder / name).write_text(text, encoding="utf-8")
    return read_sheet(folder / name)


def refusal(folder, text):
    with pytest.raises(InputError) as caught:
        read(folder, text)
    return str(caught.value)


def test_a_stray_quote_before_a_thousand_good_rows_refuses_the_file_by_row(tmp_path):
    lines = written([row_of(i) for i in range(1004)]).splitlines()
    lines[4] = '"' + lines[4]
    sentence = refusal(tmp_path, "\n".join(lines) + "\n")
    assert sentence.startswith(
        "A quotation mark is opened in row 4 of x.csv and not closed within"
    )
    sentence = refusal(tmp_path, "\n".join(lines[:500]) + "\n")
    assert sentence.startswith("A quotation mark is opened in row 4 of x.csv and never closed;")


def test_cells_of_several_lines_between_marks_are_read(tmp_path):
    address = "Smith & Co; Ltd\n3 High Street\n\nLondon, City"
    rows = [row_of(i, address if i % 2 else "Smith") for i in range(8)]
    sheet = read(tmp_path, written(rows))
    assert sheet.text(2).to_pylist() == [row[2] for row in rows]
    assert sheet.rows.tolist() == list(range(1, 9))


def test_lines_that_alone_have_a_row_s_number_of_cells_may_be_a_cell_s(tmp_path):
    text = 'id;address;amount\n1;"Main St; Rome\nItaly; Europe";5\n2;"Elm St; Bath";6\n'
    sheet = read(tmp_path, text)
    assert sheet.text(1).to_pylist() == ["Main St; Rome\nItaly; Europe", "Elm St; Bath"]


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (
            'A3;"c1;Smith;2026-01-05;2026-02-04;1.50;EUR',
            'A4;c2";Smith;2026-01-05;2026-02-04;1.50;EUR',
        ),
        (
            '"A3;c1;Smith;2026-01-05;2026-02-04;1.50;EUR',
            'A4";c1;Smith;2026-01-05;2026-02-04;2.50;EUR',
        ),
        (
            'A3;c1;"Smith;2026-01-05;2026-02-04;1.50;EUR',
            'A4;c1;pipe 3";2026-01-05;2026-02-04;2.50;EUR',
        ),
    ],
)
@pytest.mark.parametrize("between", [0, 1, 5])
def test_a_quote_closed_rows_later_with_the_right_number_of_cells_is_refused(
    tmp_path, first, last, between
):
    good = written([row_of(i) for i in range(20)])
    lines = [first, *(";".join(row_of(50 + i)) for i in range(between)), last]
    sentence = refusal(tmp_path, good + "\n".join(lines) + "\n" + ";".join(row_of(9)) + "\n")
    assert "opened in row 21 of x.csv" in sentence
    assert "look like rows of their own" in sentence


def test_a_quote_closed_rows_later_with_other_cells_is_refused(tmp_path):
    lines = [*written([row_of(i) for i in range(5)]).splitlines(), 'A9;c1;"Smith', 'and;Sons";1']
    sentence = refusal(tmp_path, "\n".join(lines) + "\n")
    assert (
        "row 6 of x.csv over a line break, which makes it 4 cells where the header has 7"
        in sentence
    )


def test_the_next_quote_that_closes_nothing_is_refused(tmp_path):
    rows = written([row_of(i) for i in range(5)])
    sentence = refusal(
        tmp_path, rows + '"A9;c1;Smith\n' + rows.partition("\n")[2] + 'A8;"Jones";x\n'
    )
    assert "row 6 of x.csv and the next one, 6 lines on, closes nothing" in sentence


def test_marks_that_do_not_pair_within_their_line_set_the_row_aside(tmp_path):
    good = [";".join(row_of(i)) for i in range(4)]
    bad = 'A9;c1;"3" pipe";2026-01-05;2026-02-04;1.50;EUR'
    sheet = read(tmp_path, "\n".join([";".join(HEAD), *good[:2], bad, *good[2:]]) + "\n")
    assert sheet.rows.tolist() == [1, 2, 4, 5]
    assert [(p.code, p.row, p.action) for p in sheet.problems] == [
        ("stray_quote", 3, "quarantined")
    ]
    assert sheet.n_rows == 5


def test_an_inch_sign_is_a_sign(tmp_path):
    rows = [row_of(i) for i in range(3)]
    text = written(rows).replace("Smith", '3" pipe', 1).replace("Smith", 'pipe 3"', 1)
    assert read(tmp_path, text).text(2).to_pylist() == ['3" pipe', 'pipe 3"', "Smith"]


def test_marks_may_be_written_with_a_backslash(tmp_path):
    text = written([row_of(0)]) + r'A1;c1;"\"Smith\"; C:\\x";2026-01-05;2026-02-04;1.50;EUR' + "\n"
    sheet = read(tmp_path, text)
    assert sheet.text(2).to_pylist() == ["Smith", '"Smith"; C:\\x']
    assert [p.code for p in sheet.problems] == ["backslash_quotes"]
    plain = written([row_of(0)]) + r'A1;c1;"C:\";2026-01-05;2026-02-04;1.50;EUR' + "\n"
    assert read(tmp_path, plain).text(2).to_pylist() == ["Smith", "C:\\"]


def test_a_truncated_last_line_is_set_aside_or_refused_never_half_read(tmp_path):
    whole = written([row_of(i) for i in range(5)], quoted=range(7))
    path = tmp_path / "x.csv"
    for cut in range(2, 55):
        path.write_text(whole[:-cut], encoding="utf-8")
        rows, named = outcome(path)
        assert (rows is None and "row 5" in named) or (len(rows), named) == (4, 1), cut


def test_an_open_quote_in_the_header_is_refused(tmp_path):
    text = written([row_of(i) for i in range(5)])
    assert "in the header of x.csv" in refusal(tmp_path, '"' + text)
    assert "in the header of x.csv" in refusal(tmp_path, '"' + text.replace("A3", 'A3"'))


def outcome(path):
    """The ids that came in and how many rows were named, or None and why it was refused."""
    try:
        reading = read_source(path, load_preset("generic"), imported_on=20600)
    except InputError as error:
        return None, str(error)
    named = sum(p.n for p in reading.problems if p.action == "quarantined")
    assert reading.rows_in == reading.rows_accepted + named
    invoices = reading.tables["invoices"]
    facts = invoices[["customer_id", "issued_on", "due_on", "amount", "currency"]].astype(str)
    return dict(zip(invoices["invoice_id"], map(tuple, facts.to_numpy()), strict=True)), named


def facts_of(row):
    cents = int(row[5].replace(".", ""))
    return row[1], str(day_of(row[3])), str(day_of(row[4])), str(cents), row[6]


def corrupted(text, rng):
    """One corruption of the quotation marks of a text: put in, taken out, doubled or moved."""
    begin = text.index("\n") + 1
    at = int(rng.integers(begin, len(text)))
    marks = [i for i in range(begin, len(text)) if text[i] == '"']
    kind = rng.choice(["put", "put at cell", "take", "double", "escape", "two"])
    if kind == "put at cell":
        at = int(rng.choice([i + 1 for i in range(begin - 1, len(text) - 1) if text[i] in ";\n"]))
        kind = "put"
    if kind == "two":
        return corrupted(corrupted(text, rng), rng)
    if kind == "put" or not marks:
        return text[:at] + '"' + text[at:]
    at = int(rng.choice(marks))
    return text[:at] + {"take": "", "double": '""', "escape": '\\"'}[kind] + text[at + 1 :]


@pytest.mark.parametrize("block", range(4 if FULL else 1))
def test_no_corruption_of_quotes_loses_a_row_in_silence(tmp_path, block):
    names = ["Smith", "Smith; Sons", 'The "Best"', "Two\nlines", "pipe 3", "Łódź"]
    outcomes = {"right": 0, "named": 0, "refused": 0}
    for seed in range(150 if FULL else 40):
        rng = np.random.default_rng([block, seed])
        rows = [row_of(i, str(rng.choice(names))) for i in range(int(rng.integers(2, 30)))]
        quoted = rng.permutation(7)[: int(rng.integers(0, 8))].tolist()
        text = corrupted(written(rows, quoted=quoted), rng)
        path = tmp_path / "x.csv"
        path.write_text(text, encoding="utf-8")
        came, named = outcome(path)
        if came is None:
            assert "row " in named, (block, seed)
            outcomes["refused"] += 1
            continue
        lost = {row[0] for row in rows} - set(came)
        assert len(lost) <= named, (block, seed, lost)
        assert all(came[row[0]] == facts_of(row) for row in rows if row[0] in came), (block, seed)
        outcomes["named" if named else "right"] += 1
    assert all(outcomes.values()), outcomes


def test_a_mark_within_a_code_sets_its_row_aside_and_a_formula_for_a_text_does_not(tmp_path):
    rows = [row_of(i) for i in range(9)]
    rows[3][0], rows[5][0] = 'A3"', '="0005"'
    lines = [";".join(line) for line in [HEAD, *rows]]
    sheet = read(tmp_path, "\n".join(lines) + "\n")
    assert [(p.code, p.row) for p in sheet.problems] == [("stray_quote", 4)]
    assert '="0005"' in sheet.text(0).to_pylist()


@pytest.mark.parametrize("delimiter", [",", ";", "|"])
def test_cells_quoted_after_a_space_are_quoted_cells(tmp_path, delimiter):
    d = delimiter
    text = f'id{d} name{d} amount\n1{d} "Smith{d} Sons"{d} 5\n2{d} "The ""Best"""{d} 6\n'
    sheet = read(tmp_path, text)
    assert sheet.text(1).to_pylist() == [f"Smith{d} Sons", 'The "Best"']
    assert sheet.text(2).to_pylist() == ["5", "6"]
