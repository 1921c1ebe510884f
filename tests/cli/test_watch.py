"""--watch imports what lands in a folder once, and lays aside what a person has to look at."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time

import pytest

from payrisk.cli import run
from payrisk.ledger.stored import storage

HEAD = "invoice_id,customer_id,issued_on,due_on,amount,currency\n"
ROWS = "A1,K1,2026-01-05,2026-02-04,100.00,EUR\nA2,K2,2026-01-06,2026-02-05,50.00,EUR\n"
MORE = "A3,K1,2026-02-05,2026-03-07,75.00,EUR\n"
MAIN = "from payrisk.cli import main; main()"
LIST = 'preset = "generic"\nkind = "open items"\n'


@pytest.fixture
def inbox(tmp_path):
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


@pytest.fixture
def once(tmp_path, inbox, capsys):
    """One round over the inbox: its exit code, and what was said of each file by name."""

    def once_(*options):
        how = options or ("--preset", "generic", "--partial")
        words = ["import", "--watch", str(inbox), "--once", "--every", "0.1", "--json", *how]
        code = run(["--home", str(tmp_path / "home"), *words])
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        return code, {line["name"]: line for line in lines}

    return once_


def n_invoices(home):
    return len(storage.load(home).tables["invoices"])


def wait_for(condition, seconds=30.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "nothing happened in time"
        time.sleep(0.05)


def test_a_real_process_takes_what_lands_and_leaves_what_is_being_written(tmp_path, inbox):
    home = tmp_path / "home"
    command = [sys.executable, "-c", MAIN, "--home", str(home), "import", "--preset"]
    command += ["generic", "--partial", "--watch", str(inbox), "--every", "0.4"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            wait_for((inbox / "quarantine").is_dir)
            (inbox / "a.csv").write_text(HEAD + ROWS)
            with (inbox / "b.csv").open("w") as growing:
                growing.write(HEAD)
                for line in (MORE + MORE.replace("A3", "A4")).splitlines(keepends=True):
                    for piece in (line[:9], line[9:]):
                        growing.write(piece)
                        growing.flush()
                        time.sleep(0.25)
                        assert (inbox / "b.csv").exists(), "taken while it was being written"
            (inbox / "bad.csv").write_text("no,table\n1,2\n")
            wait_for((inbox / "imported" / "b.csv").exists)
            wait_for((inbox / "quarantine" / "bad.csv").exists)
            assert (inbox / "imported" / "a.csv").read_text() == HEAD + ROWS
            assert n_invoices(home) == 4
            second = subprocess.run([*command, "--once"], capture_output=True, check=False)
            assert (second.returncode, b"watched already" in second.stderr) == (2, True)
        finally:
            process.send_signal(signal.SIGTERM)
            said, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (2, b"")
    assert b"bad.csv (2): bad.csv has no column" in said


def test_the_same_content_twice_adds_nothing_and_says_so(tmp_path, inbox, once):
    (inbox / "a.csv").write_text(HEAD + ROWS)
    assert once()[0] == 0
    (inbox / "a.csv").write_text(HEAD + ROWS)
    (inbox / "copy.csv").write_text(HEAD + ROWS)
    code, told = once()
    assert code == 0
    assert all("same content was imported" in line["sentence"] for line in told.values())
    assert len(list((inbox / "imported").iterdir())) == 3
    assert n_invoices(tmp_path / "home") == 2


def test_the_worst_outcome_is_the_exit_code_and_its_sentence_lies_beside_it(inbox, once):
    (inbox / "a.csv").write_text(HEAD + ROWS)
    (inbox / "b.csv").write_text(HEAD + ROWS.replace("100.00", "hundred"))
    code, told = once()
    assert (code, told["a.csv"]["code"], told["b.csv"]["code"]) == (2, 0, 2)
    text = (inbox / "quarantine" / "b.csv.txt").read_text()
    assert text.startswith("Refused, the ledger is as it was:")
    assert once() == (0, {})


def test_a_refused_file_is_tried_again_when_it_lands_again(inbox, once):
    bad = HEAD + ROWS.replace("100.00", "hundred")
    for _ in range(2):
        (inbox / "b.csv").write_text(bad)
        assert once()[0] == 2
    names = sorted(path.name for path in (inbox / "quarantine").iterdir())
    assert len(names) == 4
    assert names[-1] == "b.csv.txt"


def test_what_is_no_table_or_hidden_or_a_link_is_left(tmp_path, inbox, once):
    (tmp_path / "outside.csv").write_text(HEAD + ROWS)
    (inbox / "link.csv").symlink_to(tmp_path / "outside.csv")
    (inbox / ".a.csv").write_text(HEAD + ROWS)
    (inbox / "a.csv.part").write_text(HEAD + ROWS)
    assert once() == (0, {})


def test_lists_of_open_items_take_their_evening_from_their_names(tmp_path, inbox, once):
    mapping = tmp_path / "list.toml"
    mapping.write_text(LIST)
    for day in ("2026-01-31", "2026-02-28"):
        (inbox / f"open-{day}.csv").write_text(HEAD + ROWS)
    (inbox / "open.csv").write_text(HEAD + ROWS)
    code, told = once("--mapping", str(mapping))
    assert code == 2
    assert [told[name]["code"] for name in sorted(told)] == [0, 0, 2]
    assert "which evening" in (inbox / "quarantine" / "open.csv.txt").read_text()


def test_a_folder_that_is_none_is_one_sentence(tmp_path, capsys):
    words = ["import", "--watch", str(tmp_path / "none"), "--once", "--preset", "generic"]
    assert run(["--home", str(tmp_path / "home"), *words]) == 2
    assert "cannot be watched" in capsys.readouterr().err
