"""The service as a process while models change under it: swapped, ruined, shadowed, no MLflow."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from api_process import COMMAND, Served
from payrisk import bundle, pointers
from payrisk.answers.compared import Agreement, kept
from payrisk.ledger import storage
from smallhome import small_home

ROOT = Path(__file__).resolve().parents[2]
NAME = "days-to-pay"
DECISIONS = "/v1/credit/decisions"
RUINED = 180 if os.environ.get("PAYRISK_FULL") == "1" else 18

HOOKED = """
import sys
told = open(sys.argv.pop(1), "a", buffering=1)
def hear(event, args):
    name = str(args[0]) if args else ""
    if event == "pickle.find_class":
        told.write(f"unpickles {args}\\n")
    elif event == "import" and (
        name.split(".")[0] == "mlflow" or name.startswith(("payrisk.learning", "payrisk.registry"))
    ):
        told.write(f"imports {name}\\n")
    elif event == "os.rename" and "champions" in str(args[1]):
        told.write(f"moves {str(args[1]).rpartition('/')[2]}\\n")
sys.addaudithook(hear)
"""
"""Writes down what a process unpickles, what heavy things it imports, which pointers it moves."""


def load_damage():
    spec = importlib.util.spec_from_file_location("_damage", ROOT / "benchmarks" / "_damage.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


damage = load_damage()


@pytest.fixture
def home(tmp_path):
    """Two versions of the curves, the first one promoted; no MLflow answers."""
    settings = small_home(tmp_path / "home")
    target = bundle.folder(settings.home, NAME, "2")
    shutil.copytree(bundle.folder(settings.home, NAME, "1"), target)
    (target / "card.md").write_text("# the second\n")
    damage.reseal(target)
    return settings.home


@pytest.fixture(params=["refused", "blackholed"])
def mlflow_down(request, monkeypatch):
    """An address where nobody listens, or where nobody ever says anything."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        if request.param == "blackholed":
            taken.listen(50)
        monkeypatch.setenv("PAYRISK_MLFLOW_URI", f"http://127.0.0.1:{taken.getsockname()[1]}")
        yield


def hooked(home, log):
    """The command of a service whose doings are heard."""
    code = f"{HOOKED}\nfrom payrisk.cli import main; main()"
    return [sys.executable, "-c", code, str(log), "--home", str(home), "serve", "--port", "0"]


def asked(home):
    ledger = storage.load(home)
    history = ledger.as_of(ledger.default_as_of)
    invoices = history.open_invoices()
    return ledger.default_as_of, invoices["invoice_id"].tolist(), invoices["customer_id"].tolist()


def until(true, seconds=60.0):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def version(served):
    return json.loads(served.ask("GET", "/readyz")[2])["models"][NAME]


def counted(served, result):
    text = served.ask("GET", "/metrics")[2].decode()
    found = [line for line in text.splitlines() if line.startswith(result)]
    return sum(float(line.rpartition(" ")[2]) for line in found)


class Asker(threading.Thread):
    """Asks for decisions until stopped; keeps each status and the version that it names."""

    def __init__(self, served, customers) -> None:
        super().__init__()
        self.served, self.customers, self.said = served, customers, []
        self.done = threading.Event()
        self.start()

    def run(self) -> None:
        connection = self.served.connection()
        number = 0
        while not self.done.is_set():
            number += 1
            body = {"customer_id": self.customers[number % len(self.customers)]}
            key = f"{id(self)}-{number}"
            status, _, content = self.served.ask("POST", DECISIONS, body, key, connection)
            self.said.append((status, json.loads(content).get("model_versions", {}).get(NAME)))
        connection.close()

    def stop(self) -> list[tuple[int, str]]:
        self.done.set()
        self.join()
        return self.said


def test_the_hook_hears_what_it_shall(tmp_path):
    log = tmp_path / "heard"
    code = f"{HOOKED}\nimport pickle\npickle.loads(b'cos\\ngetcwd\\n.')\nimport payrisk.registry"
    subprocess.run([sys.executable, "-c", code, str(log)], check=True)
    heard = log.read_text()
    assert "unpickles ('os', 'getcwd')" in heard
    assert "imports payrisk.registry" in heard


def test_without_mlflow_it_starts_scores_decides_swaps_and_never_unpickles(
    home, mlflow_down, tmp_path
):
    log = tmp_path / "heard"
    served = Served(home, command=hooked(home, log))
    _, invoices, customers = asked(home)
    body = {"invoice_ids": invoices[:5]}
    for number, answering in enumerate(("1", "2")):
        bundle.set_champion(home, NAME, answering)
        until(lambda answering=answering: version(served) == answering)
        assert served.ask("POST", "/v1/payment-curves?reasons=true", body)[0] == 200
        assert served.ask("GET", "/v1/cash/forecast")[0] == 200
        asked_for = {"customer_id": customers[0]}
        status, _, content = served.ask("POST", DECISIONS, asked_for, f"k{number}")
        assert status == 200
        assert json.loads(content)["model_versions"][NAME] == answering
    assert served.stop() == 0
    assert log.read_text() == ""


def test_ruined_bundles_are_never_served_and_the_champion_answers_on(home):
    good = bundle.folder(home, NAME, "1")
    digest = bundle.verify(good)["digest"]
    served = Served(home)
    asker = Asker(served, asked(home)[2])
    for number in range(RUINED):
        target = good.with_name(f"x{number}")
        shutil.copytree(good, target)
        way = damage.damage(target, number, 1)
        refused = counted(served, 'payrisk_swaps_total{result="bundle-refused"}')
        aside = home / "champions" / ".ruined"
        aside.write_text(f"bundles/{NAME}/x{number} {digest}\n")
        aside.replace(home / "champions" / NAME)
        until(
            lambda refused=refused: (
                counted(served, 'payrisk_swaps_total{result="bundle-refused"}') > refused
            )
        )
        assert version(served) == "1", way
    said = asker.stop()
    assert set(said) == {(200, "1")}
    served.stop()
    again = Served(home)  # even from a cold start: nothing is served rather than a ruined model
    assert version(again) is None
    assert b"does not verify" in again.ask("GET", "/v1/models")[2]
    bundle.set_champion(home, NAME, "2")
    until(lambda: version(again) == "2")
    again.stop()


def test_a_rollback_moves_the_pointer_before_it_thinks_of_mlflow(home, tmp_path, monkeypatch):
    monkeypatch.setenv("PAYRISK_MLFLOW_URI", "http://127.0.0.1:9")
    bundle.set_champion(home, NAME, "2")
    served = Served(home)
    asker = Asker(served, asked(home)[2])
    until(lambda: len(asker.said) > 5)
    log = tmp_path / "heard"
    code = f"{HOOKED}\nfrom payrisk.cli import main; main()"
    command = [sys.executable, "-c", code, str(log), "--home", str(home), "rollback", NAME]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, f"{NAME} version 1 answers again.\n")
    assert "`payrisk sync` tells it" in done.stderr
    assert done.stderr.count("\n") == 1
    until(lambda: (200, "1") in asker.said)
    said = asker.stop()
    assert {status for status, _ in said} == {200}
    assert [one for _, one in said] == sorted((one for _, one in said), reverse=True)
    served.stop()
    heard = log.read_text().splitlines()
    assert heard[0] == f"moves {NAME}"
    assert "imports payrisk.registry" in heard


def test_a_shadow_scores_the_same_questions_and_is_in_no_answer(home):
    run = [*COMMAND, "--home", str(home)]
    _, invoices, customers = asked(home)
    served = Served(home)
    body = {"invoice_ids": invoices[:20]}
    _, _, before = served.ask("POST", "/v1/payment-curves", body)
    move = pointers.Move("2026-01-05T08:00:00+00:00", "shadow")
    pointers.set_shadow(home, NAME, "2", move)
    until(lambda: "shadow-begun" in served.said())
    assert served.ask("POST", "/v1/payment-curves", body)[2] == before
    decided = served.ask("POST", DECISIONS, {"customer_id": customers[0]}, "k1")
    assert json.loads(decided[2])["model_versions"][NAME] == "1"
    scored = 'payrisk_shadow_total{model="days-to-pay",result="scored"}'
    n = sum(one["probability_paid_by"] is not None for one in json.loads(before))
    until(lambda: counted(served, scored) == n + 1)
    done = subprocess.run([*run, "shadow", "stop", NAME], check=True, capture_output=True)
    assert b"any more" in done.stdout
    until(lambda: "shadow-ended" in served.said())
    served.stop()
    rows = kept(home, NAME)
    table = Agreement(NAME, rows).table().set_index(["kind", "group"])
    assert set(zip(rows["champion"], rows["candidate"])) == {("1", "2")}
    assert table.loc[("payment curve", "all"), "n"] == n
    assert table.loc[("decision", "limit_review"), "n"] == 1
    # the second version is the first one's model: nothing may differ
    assert table["largest"].max() == table["differ"].max() == 0.0
    report = [*run, "shadow", "report", NAME, "--json"]
    said = json.loads(subprocess.run(report, check=True, capture_output=True).stdout)
    assert len(said[f"{NAME}: candidate less champion"]) == len(table)
