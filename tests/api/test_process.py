"""The service as a process: killed, stopped, or refused in one sentence."""

from __future__ import annotations

import json
import socket
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from payrisk import cli
from payrisk.credit.deciding.records import HeadroomQuestion
from payrisk.store import DecisionStore
from support.full import FULL
from support.home.api_process import Served, home_with
from support.home.killing import DECISIONS, Acknowledged

pytestmark = pytest.mark.long

TESTS = str(Path(__file__).parents[1])
KILLS = 40 if FULL else 2
ROOM = 640_000  # what c1's limit leaves beside what it owes


@pytest.fixture
def run(capsys):
    """Run one command line here and return its exit code, stdout and stderr."""

    def run_(home, *arguments: str) -> tuple[int, str, str]:
        code = cli.run(["--home", str(home), *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run_


@pytest.fixture
def home(tmp_path, company):
    return home_with(company, tmp_path / "home")


def body_of(key: str) -> dict[str, str]:
    return {"customer_id": ("c1", "c2", "c3", "c4")[int(key.rpartition("-")[2]) % 4]}


def order_of(key: str) -> dict[str, Any]:
    """An order of c1; every third one is asked for under two keys."""
    number = int(key.rpartition("-")[2])
    order = {"amount": 7_001 + number, "currency": "EUR"}
    if number % 3:
        order["order_id"] = f"{key.rpartition('-')[0]}-{number // 2}"
    return {"customer_id": "c1", "order": order}


def test_killing_it_while_it_writes_loses_and_duplicates_nothing(home):
    known, before = Acknowledged(), set(home.rglob("*"))
    for kill in range(KILLS):
        known.kill(Served(home, "--as-of", "2025-06-02"), str(kill), body_of)
    assert known.n_differing == 0
    answered = known.answered

    served = Served(home, "--as-of", "2025-06-02")
    for key, content in answered.items():
        status, headers, again = served.ask("POST", DECISIONS, body_of(key), key)
        assert (status, again, headers["idempotent-replayed"]) == (200, content, "true")
    for key in known.unanswered:
        # it may have been kept or not; asked again it is there once
        status, _, answered[key] = served.ask("POST", DECISIONS, body_of(key), key)
        assert status == 200
    for content in answered.values():
        path = f"{DECISIONS}/{json.loads(content)['decision_id']}"
        assert served.ask("GET", path)[2] == content
    written = {p for p in home.rglob("*") if p.is_file() and p.suffix != ".log"} - before
    assert {path.name for path in written} >= {"payrisk.db", "payrisk.db-wal", "payrisk.db-shm"}
    assert [path for path in written if path.stat().st_mode & 0o077] == []  # its owner's alone
    assert served.stop() == 0
    with DecisionStore(f"sqlite:///{home}/payrisk.db") as store:
        assert store.count() == len(answered) == len(set(answered.values()))
        assert store.verify().holds


def test_killing_it_among_orders_lets_no_headroom_be_taken_twice(tmp_path):
    start = (
        f"import sys; sys.path.insert(0, {TESTS!r}); import support.company.serve as s; s.serve()"
    )
    command = [sys.executable, "-c", start, str(tmp_path)]
    known = Acknowledged()
    for kill in range(KILLS // 2):
        known.kill(Served(tmp_path, command=command), str(kill), order_of)
    assert known.n_differing == 0
    answered = known.answered

    served = Served(tmp_path, command=command)
    for key, content in answered.items():
        status, headers, again = served.ask("POST", DECISIONS, order_of(key), key)
        assert (status, again, headers["idempotent-replayed"]) == (200, content, "true")
    for key in known.unanswered:
        status, _, answered[key] = served.ask("POST", DECISIONS, order_of(key), key)
        assert status == 200
    assert served.stop() == 0

    with DecisionStore(f"sqlite:///{tmp_path}/payrisk.db") as store:
        lines, _ = store.page(limit=10_000)
        assert len(lines) == len(answered)
        ids = {json.loads(content)["decision_id"] for content in answered.values()}
        # the last decision on an order says what it holds
        holds = {}
        for line in reversed(lines):
            said = json.loads(store.get(line.decision_id).body)
            assert said["decision_id"] in ids
            holds[line.order_id or line.decision_id] = said["release"]["amount"]
            assert sum(holds.values()) <= ROOM
        question = HeadroomQuestion("c1", ("c1",), "2025-06-02", lambda _customer, _order: False)
        held = store.held_headroom(question).by_customer.get("EUR", 0)
        assert held == sum(holds.values()) <= ROOM
        assert held > ROOM // 2
        assert store.verify().holds


def test_a_port_in_use_is_one_sentence(home, run):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, out, err = run(home, "serve", "--port", str(port))
    assert (code, out) == (2, "")
    assert err == (
        f"payrisk: Port {port} on 127.0.0.1 is in use; stop what uses it or choose another by"
        " --port.\n"
    )


def test_another_host_is_refused_without_keys(home, run):
    code, _, err = run(home, "serve", "--host", "0.0.0.0")
    assert (code, err.count("\n")) == (2, 1)
    assert "this machine only" in err


def test_a_store_that_is_served_is_not_written_to_by_another(home, run):
    with DecisionStore(f"sqlite:///{home}/payrisk.db"):
        code, _, err = run(home, "serve", "--port", "0")
    assert (code, err.count("\n")) == (2, 1)
    assert "Another payrisk process" in err


def test_decide_answers_a_file_and_keeps_it_once_when_told_to(home, run, tmp_path):
    file = tmp_path / "ask.json"
    file.write_text('{"customer_id": "c1"}', encoding="utf-8")
    asked = ("decide", str(file), "--as-of", "2025-06-02")
    code, out, _ = run(home, *asked)
    assert code == 0
    decided = "refer: a person decides · limit on file 10,000.00 EUR, unchanged"
    assert out.startswith(f"One GmbH (c1) · limit\n{decided} · as of 2025-06-02\n")
    first, second = (run(home, *asked, "--record", "--json") for _ in range(2))
    assert first == second
    assert json.loads(first[1])["decision_id"].startswith("dec_")
    with DecisionStore(f"sqlite:///{home}/payrisk.db") as store:
        assert store.count() == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "JSON"),
        ("{}", "an application, a customer_id"),
        ('{"customer_id": "c1", "color": 1}', "color"),
        ('{"customer_id": "c9"}', "knows no customer"),
    ],
)
def test_decide_refuses_a_file_it_cannot_use_in_one_sentence(home, run, tmp_path, content, said):
    file = tmp_path / "ask.json"
    file.write_text(content, encoding="utf-8")
    code, _, err = run(home, "decide", str(file))
    assert (code, err.count("\n")) == (2, 1)
    assert said in err


def test_audit_checks_beside_the_service_and_erases_when_it_is_gone(home, run, tmp_path):
    code, _, err = run(home, "audit", "verify")
    assert (code, err.count("\n")) == (2, 1)
    assert "No decision is kept here" in err
    file = tmp_path / "ask.json"
    asked = {"application": {"name": "Canary GmbH", "currency": "EUR"}}
    file.write_text(json.dumps(asked), encoding="utf-8")
    code, out, _ = run(home, "decide", str(file), "--as-of", "2025-06-02", "--record", "--json")
    applicant = json.loads(out)["applicant_id"]
    with DecisionStore(f"sqlite:///{home}/payrisk.db"):
        code, out, _ = run(home, "audit", "verify", "--json")
        head = json.loads(out)["head"]
        assert (code, json.loads(out)["holds"]) == (0, True)
        code, _, err = run(home, "audit", "erase", applicant, "--reason", "asked for")
        assert (code, err.count("\n")) == (2, 1)
    code, out, _ = run(home, "audit", "erase", applicant, "--reason", "asked for")
    assert (code, applicant in out) == (0, False)
    assert run(home, "audit", "erase", applicant, "--reason", "asked for")[0] == 1
    code, out, _ = run(home, "audit", "verify", "--head", head)
    assert (code, "The chain holds · 2 links, 1 decisions, 1 erased" in out) == (0, True)
    assert "Canary" not in (home / "payrisk.db").read_bytes().decode("latin-1")
    assert run(home, "audit", "verify", "--head", "0" * 63 + "1")[0] == 1
    assert run(home, "audit", "verify", "--head", "none")[0] == 2


def test_deciding_on_the_command_line_sees_what_is_held(home, run, tmp_path):
    for name, body in (("ask", {"customer_id": "c1", "order": {"amount": 5, "currency": "EUR"}}),):
        file = tmp_path / f"{name}.json"
        file.write_text(json.dumps(body), encoding="utf-8")
        asked = ("decide", str(file), "--as-of", "2025-06-02", "--json")
        code, out, _ = run(home, *asked, "--record")
        assert code == 0
        again = json.loads(run(home, *asked)[1])
        assert again["inputs"]["account"]["reserved"] == json.loads(out)["release"]["amount"]


BUSY = """
import time
from payrisk_api import permissions, serving
from payrisk.cli import main

serving.DRAIN_SECONDS = 1
made = serving.create_app

permissions.PERMITTED["GET /endless"] = permissions.PUBLIC

def with_endless_route(settings):
    app = made(settings)
    app.get("/endless")(lambda: time.sleep(120))
    return app

serving.create_app = with_endless_route
main()
"""


def test_a_stop_does_not_wait_for_what_nobody_can_end(tmp_path, company):
    home = home_with(company, tmp_path)
    command = [sys.executable, "-c", BUSY, "--home", str(home), "serve", "--port", "0"]
    served = Served(home, command=command)
    asked = served.connection()
    asked.request("GET", "/endless")
    time.sleep(0.5)
    began = time.monotonic()
    assert served.stop() == 0
    assert time.monotonic() - began < 10
    asked.close()
