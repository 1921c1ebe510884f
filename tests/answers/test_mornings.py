import os
import shutil
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

from payrisk.answers import HomeCache, UnknownCustomer, read_answers
from payrisk.answers.mornings.parts import MorningParts
from payrisk.credit import CreditApplication, CreditRequest, Order
from payrisk.errors import LedgerError
from payrisk.files import json_bytes
from payrisk.ledger import Ledger
from payrisk.ledger.stored import storage
from payrisk.predictions import PaymentCurves
from support.full import FULL
from support.home.small_home import small_home
from support.home.small_home import untried as untried  # noqa: PLC0414 - a fixture

pytestmark = pytest.mark.long

BASIS = {"ledger": "a" * 64}
FILES = {"one.bin": b"x" * 5_000, "two.bin": b""}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return small_home(tmp_path_factory.mktemp("mornings") / "home").home


@pytest.fixture
def fresh_home(home, tmp_path):
    shutil.copytree(home, tmp_path / "home")
    shutil.rmtree(tmp_path / "home" / "mornings", ignore_errors=True)
    return tmp_path / "home"


def asked_once(home, kept=100):
    """Answers as a command has them: nothing is read that the prepared morning holds."""
    return read_answers(home, cache=HomeCache(puts_off=True), mornings_kept=kept)


def requests(answers, day):
    history = answers.history(day)
    customers = sorted(history.customers()["customer_id"])
    currencies = sorted(set(history.invoices()["currency"]))
    asked = [CreditRequest(customer_id=customer) for customer in [*customers, "nobody"]]
    for number, customer in enumerate(customers[:12]):
        order = Order(150_000 * number + 1, currencies[number % len(currencies)], f"o{number}")
        asked.append(CreditRequest(customer_id=customer, order=order))
    for parent in (None, customers[0], "nobody"):
        application = CreditApplication(
            name="New GmbH", currency=currencies[0], is_natural_person=False, parent_id=parent
        )
        asked.append(CreditRequest(application=application))
    return asked


def said(answers, request, day):
    try:
        prepared = answers.prepare_decision(request, as_of=day)
        whose = str(prepared.account.customer_id)
        known = [prepared.is_in_ledger(whose, text) for text in ("o1", "INV0000000001", "nothing")]
        return json_bytes([prepared.decide().to_json(), prepared.group, known])
    except (UnknownCustomer, LedgerError) as error:
        return str(error)


def test_answers_from_the_prepared_morning_are_those_worked_out_afresh(fresh_home):
    afresh = read_answers(fresh_home, mornings_kept=0)
    first, last = afresh.source.first_day, afresh.source.last_day
    between = (first + 1, (first + last) // 2) if FULL else ()
    for day in sorted({first, first + 40, *between, last + 1, last + 400}):
        if day > first:
            asked_once(fresh_home).prepare_morning(day)
            assert asked_once(fresh_home).is_prepared(day)
        prepared = asked_once(fresh_home)
        for request in requests(afresh, max(day, first + 1)):
            assert said(prepared, request, day) == said(afresh, request, day), (request, day)
        if day > first:
            assert prepared.customer_names(day) == afresh.customer_names(day)


def said_of_curves(answers, day):
    ids = [*answers.history(day).invoices()["invoice_id"].tail(60), "none"]
    answered = [answer.to_json() for answer in answers.payment_curves(as_of=day, invoice_ids=ids)]
    cash = answers.cash_forecast(as_of=day)
    return json_bytes(answered), cash.expected.tobytes(), cash.by_week("customer_id").to_csv()


def test_curves_and_forecasts_from_the_prepared_morning_are_those_worked_out_afresh(fresh_home):
    last = asked_once(fresh_home).default_as_of
    for day in (last - 200, last):
        expected = said_of_curves(read_answers(fresh_home, mornings_kept=0), day)
        first = asked_once(fresh_home)
        first.prepare_morning(day, with_curves=True)
        assert said_of_curves(first, day) == expected
        again = asked_once(fresh_home)
        assert said_of_curves(again, day) == expected
        parts = {path.name.split("-")[0] for path in (fresh_home / "mornings").glob("2*/*")}
        assert "curves" in parts


def test_a_worklists_curves_are_worked_out_once_and_are_those_of_every_open_invoice(
    fresh_home, monkeypatch
):
    monkeypatch.setattr("payrisk.answers.mornings.view.MOST_CURVES", 0)
    first = asked_once(fresh_home)
    day = first.default_as_of
    history, model = first.history(day), first.champions["days-to-pay"].model
    due_on = history.open_invoices()["due_on"].to_numpy()
    late, every = np.flatnonzero(due_on < history.close_of), np.arange(len(due_on))
    block = model.curves(history, history.open_invoices(), "money")
    expected = PaymentCurves.of([*block]).matrix[:, :91]
    assert 5 < len(late) < len(every)
    assert (first.money_curves(day, every) == expected).all()  # what is not late is not kept
    first.prepare_morning(day, lambda: False, with_curves=True)
    assert not [*(fresh_home / "mornings").glob("2*/curves*")]
    first.prepare_morning(day, with_curves=True)
    again = asked_once(fresh_home)
    monkeypatch.setattr(type(model), "curves", None)  # whoever asked the model now would fail
    assert (again.money_curves(day, late[::2]) == expected[late[::2]]).all()


def test_a_prepared_morning_needs_neither_the_ledgers_rows_nor_the_models(fresh_home):
    day = asked_once(fresh_home).default_as_of
    asked_once(fresh_home).prepare_morning(day)
    customer = next(iter(asked_once(fresh_home).customer_names(day)))
    expected = said(asked_once(fresh_home), CreditRequest(customer_id=customer), day)
    for path in fresh_home.rglob("invoices.parquet"):
        path.write_bytes(b"")
    assert said(asked_once(fresh_home), CreditRequest(customer_id=customer), day) == expected


def test_what_decides_the_bits_is_part_of_the_name(fresh_home, monkeypatch):
    answers = asked_once(fresh_home)
    day = answers.default_as_of
    answers.prepare_morning(day)
    assert not asked_once(fresh_home).is_prepared(day - 1)
    monkeypatch.setattr("payrisk.answers.mornings.kept.code_sha", lambda: "another release")
    assert not asked_once(fresh_home).is_prepared(day)
    monkeypatch.undo()
    old = storage.current_sha(fresh_home)
    tables = storage.load(fresh_home).tables
    fewer = {**tables, "attributes": tables["attributes"].iloc[:-1]}
    storage.save(Ledger(fewer), fresh_home)
    assert storage.current_sha(fresh_home) != old
    assert not asked_once(fresh_home).is_prepared(day)
    storage.save(Ledger(tables), fresh_home)
    assert asked_once(fresh_home).is_prepared(day)
    (fresh_home / "champions" / "default-risk").unlink()
    less = asked_once(fresh_home)
    request = CreditRequest(customer_id=next(iter(less.customer_names(day))))
    assert less.prepare_decision(request, as_of=day).decide().basis.why_no_risk == "no_model"
    house = (fresh_home / "policy.toml").as_posix()
    from payrisk.credit.deciding.policy import HOUSE

    text = HOUSE.read_text().replace("overdue_grace_days = ", "overdue_grace_days = 1")
    (fresh_home / "policy.toml").write_text(text)
    assert not asked_once(fresh_home).is_prepared(day), house


def test_a_part_with_any_byte_changed_is_made_anew_and_never_answered_from(fresh_home):
    answers = asked_once(fresh_home)
    day = answers.default_as_of
    answers.prepare_morning(day)
    customers = list(answers.customer_names(day))[:4]
    expected = [said(answers, CreditRequest(customer_id=name), day) for name in customers]
    files = [path for path in (fresh_home / "mornings").glob("2*/*/*") if path.stat().st_size]
    assert len(files) >= 8
    for turn, path in enumerate(files):
        whole = path.read_bytes()
        places = (0, len(whole) // 2, len(whole) - 1)
        for at in places if FULL else (places[turn % 3],):
            path.parent.mkdir(exist_ok=True)
            damaged = bytearray(whole)
            damaged[at] ^= 1
            path.write_bytes(damaged)
            found = asked_once(fresh_home)
            assert [said(found, CreditRequest(customer_id=n), day) for n in customers] == expected
            found.prepare_morning(day)
            assert asked_once(fresh_home).is_prepared(day)
            assert path.read_bytes() == whole


def test_two_that_make_the_same_part_at_once_leave_one_whole_part(tmp_path):
    made = []

    def make():
        made.append(MorningParts(tmp_path).keep(20_000, "risks", BASIS, FILES))

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [True] * 8
    part = MorningParts(tmp_path).read(20_000, "risks", BASIS)
    assert {name: bytes(content) for name, content in part.files.items()} == FILES
    assert len(list((tmp_path / "2024-10-04").iterdir())) == 1


def in_child(tmp_path, before):
    """Keep the part in a process of its own in which something happens first."""
    code = f"""
import os, resource, signal
from pathlib import Path
from payrisk.answers.mornings.parts import MorningParts
{before}
kept = MorningParts(Path({str(tmp_path)!r})).keep(20_000, "risks", {BASIS!r}, {FILES!r})
print(kept)
"""
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("kept", [100, 2])
def test_processes_that_make_and_prune_parts_at_once_leave_none_that_is_not_whole(tmp_path, kept):
    code = f"""
from pathlib import Path
from payrisk.answers.mornings.parts import MorningParts
parts = MorningParts(Path({str(tmp_path)!r}), mornings_kept={kept})
print([parts.keep(day, "risks", {BASIS!r}, {FILES!r}) for day in range(20_000, 20_040)])
"""
    made = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) for _ in range(3)
    ]
    printed = [process.communicate()[0] for process in made]
    assert [process.returncode for process in made] == [0, 0, 0]
    parts = [MorningParts(tmp_path).read(day, "risks", BASIS) for day in range(20_000, 20_040)]
    there = [part for part in parts if part is not None]
    assert len(there) == 40 if kept == 100 else 1 <= len(there) <= 40
    assert all({n: bytes(c) for n, c in part.files.items()} == FILES for part in there)
    if kept == 100:
        assert printed == [f"{[True] * 40}\n".encode()] * 3


def test_whoever_is_killed_while_it_writes_leaves_nothing_that_answers(tmp_path):
    kill = """
whole = Path.write_bytes
def write_bytes(path, content):
    whole(path, content[: len(content) // 2])
    os.kill(os.getpid(), signal.SIGKILL)
Path.write_bytes = write_bytes
"""
    assert in_child(tmp_path, kill).returncode == -signal.SIGKILL
    assert MorningParts(tmp_path).read(20_000, "risks", BASIS) is None
    assert MorningParts(tmp_path).keep(20_000, "risks", BASIS, FILES)
    (half,) = tmp_path.glob("*/.*")
    os.utime(half, (0, 0))
    MorningParts(tmp_path).keep(20_000, "accounts", BASIS, FILES)
    assert not half.exists()


def test_where_there_is_no_room_nothing_is_kept_and_nothing_is_wrong(tmp_path):
    full = """
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, 1_000))
"""
    done = in_child(tmp_path, full)
    assert done.stdout == "False\n", done.stderr
    assert MorningParts(tmp_path).read(20_000, "risks", BASIS) is None
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_the_mornings_used_longest_ago_go_and_none_is_kept_where_none_is_wanted(tmp_path):
    parts = MorningParts(tmp_path, mornings_kept=2)
    for number, day in enumerate((20_000, 20_001)):
        parts.keep(day, "risks", BASIS, FILES)
        os.utime(tmp_path / f"2024-10-0{4 + number}", (number, number))
    assert parts.read(20_000, "risks", BASIS) is not None  # used: now the newest
    parts.keep(20_002, "risks", BASIS, FILES)
    assert [parts.has(day, "risks", BASIS) for day in (20_000, 20_001, 20_002)] == [1, 0, 1]
    assert not MorningParts(tmp_path / "none", mornings_kept=0).keep(1, "risks", BASIS, FILES)
    assert not (tmp_path / "none").exists()


def test_of_one_part_the_two_newest_stay_so_that_a_rollback_finds_its_own(tmp_path):
    parts = MorningParts(tmp_path)
    for number in range(3):
        parts.keep(20_000, "risks", BASIS | {"model": number}, FILES)
        for path in tmp_path.glob("*/risks-*"):
            os.utime(path, (path.stat().st_mtime - 100,) * 2)
    assert [parts.has(20_000, "risks", BASIS | {"model": n}) for n in range(3)] == [0, 1, 1]
