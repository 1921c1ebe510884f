"""The service as a process while models change under it: swapped, ruined, shadowed, no MLflow."""

from __future__ import annotations

import importlib.util
import json
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from payrisk import bundle, pointers
from payrisk.answers.shadow.agreement import Agreement, read_rows
from payrisk.cli import run
from payrisk.ledger.stored import storage
from payrisk_api.permissions import PERMITTED
from support.full import FULL
from support.home.api_process import Served
from support.home.small_home import small_home

pytestmark = pytest.mark.long

ROOT = Path(__file__).resolve().parents[2]
NAME = "days-to-pay"
DECISIONS = "/v1/credit/decisions"
NOBODY = "http://127.0.0.1:9"
"""Where no MLflow listens."""
RUINED = 180 if FULL else 6

HOOKED = """
import signal, sys
told = open(sys.argv.pop(1), "a", buffering=1)
HEAVY = ("payrisk.learning", "payrisk.registry")
def hear(event, args):
    # Babel keeps what it knows of languages as pickles in its own package
    if event == "pickle.find_class" and not str(args[0]).startswith("babel."):
        told.write(f"unpickles {args}\\n")
    elif event == "import":
        name = str(args[0])
        if name.split(".")[0] == "mlflow" or name.startswith(HEAVY):
            told.write(f"imports {name}\\n")
    elif event == "os.rename" and "champions" in str(args[1]):
        told.write(f"moves {str(args[1]).rpartition('/')[2]}\\n")
sys.addaudithook(hear)
def show(*_):
    with open(told.name + ".modules", "w") as file:
        file.write(" ".join(name for name, held in sys.modules.items() if held is not None))
signal.signal(signal.SIGUSR1, show)
"""
"""Writes down what a process unpickles, what heavy things it imports, which pointers it moves.

On SIGUSR1, which modules it holds.
"""


def load_damage():
    spec = importlib.util.spec_from_file_location("_damage", ROOT / "benchmarks" / "_damage.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


damage = load_damage()


def two_versions(folder):
    """A home with two versions of the curves, the first one promoted."""
    home = small_home(folder).home
    target = bundle.bundle_folder(home, NAME, "2")
    shutil.copytree(bundle.bundle_folder(home, NAME, "1"), target)
    (target / "card.md").write_text("# the second\n")
    damage.reseal(target)
    return home


class Watched:
    """One service for the whole file: MLflow refuses it, and what it does is heard."""

    def __init__(self, folder) -> None:
        self.home, self.log = two_versions(folder / "home"), folder / "heard"
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PAYRISK_MLFLOW_URI", NOBODY)
            self.served = Served(self.home, command=hooked(self.home, self.log))

    def answering(self, number):
        """The service once this version answers, whatever answered before."""
        bundle.set_champion(self.home, NAME, number)
        until(lambda: version(self.served) == number)
        return self.served


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    found = Watched(tmp_path_factory.mktemp("watched"))
    yield found
    assert found.served.stop() == 0
    assert found.log.read_text() == ""


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
        time.sleep(0.05)


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
        while not self.done.wait(0.05):
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


def scores_and_decides(served, home, answering):
    _, invoices, customers = asked(home)
    body = {"invoice_ids": invoices[:5]}
    assert served.ask("POST", "/v1/payment-curves?reasons=true", body)[0] == 200
    assert served.ask("GET", "/v1/cash/forecast")[0] == 200
    asked_for = {"customer_id": customers[0]}
    status, _, content = served.ask("POST", DECISIONS, asked_for, f"k{answering}")
    assert status == 200
    assert json.loads(content)["model_versions"][NAME] == answering


def test_where_mlflow_refuses_it_scores_decides_swaps_and_never_unpickles(watched):
    for answering in ("1", "2"):
        scores_and_decides(watched.answering(answering), watched.home, answering)
    assert watched.log.read_text() == ""


def every_get_route(served, customers):
    """An address of every GET route that the service permits to anybody."""
    key = "for-every-route"
    decided = served.ask("POST", DECISIONS, {"customer_id": customers[0]}, key)
    names = {
        "customer_id": customers[0],
        "decision_id": json.loads(decided[2])["decision_id"],
        "name": NAME,
        "stamp": "0",
    }
    for line in sorted(PERMITTED):
        method, _, path = line.partition(" ")
        if method == "GET":
            yield path.format(**names)


def test_it_holds_no_library_of_learning_after_a_request_of_every_get_route(watched):
    served, customers = watched.answering("1"), asked(watched.home)[2]
    statuses = {path: served.ask("GET", path)[0] for path in every_get_route(served, customers)}
    assert len(statuses) > 60
    assert [path for path, status in statuses.items() if status >= 500] == []
    assert list(statuses.values()).count(200) > 45
    for questions in ("/v1/payment-curves", "/v1/payment-curves?reasons=true"):
        body = {"invoice_ids": asked(watched.home)[1][:2]}
        assert served.ask("POST", questions, body)[0] == 200
    shown = watched.log.with_name(f"{watched.log.name}.modules")
    served.process.send_signal(signal.SIGUSR1)
    until(lambda: served.ask("GET", "/livez")[0] == 200 and shown.is_file() and shown.read_text())
    held = {name.partition(".")[0] for name in shown.read_text().split()}
    assert {"payrisk_api", "lightgbm", "numpy"} <= held
    assert not held & {"mlflow", "sklearn", "matplotlib", "joblib", "dask", "shap"}


def test_where_mlflow_is_silent_it_starts_even_on_a_ruined_champion(tmp_path, monkeypatch):
    """From a cold start nothing is served rather than a ruined model."""
    home, log = two_versions(tmp_path / "home"), tmp_path / "heard"
    point_at_ruined(home, 0)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(50)
        monkeypatch.setenv("PAYRISK_MLFLOW_URI", f"http://127.0.0.1:{silent.getsockname()[1]}")
        served = Served(home, command=hooked(home, log))
        assert version(served) is None
        assert b"does not verify" in served.ask("GET", "/v1/models")[2]
        bundle.set_champion(home, NAME, "2")
        until(lambda: version(served) == "2")
        scores_and_decides(served, home, "2")
        assert served.stop() == 0
    assert log.read_text() == ""


def point_at_ruined(home, number):
    """Promote a copy of the first version that is then ruined in the way of this number."""
    good = bundle.bundle_folder(home, NAME, "1")
    target = good.with_name(f"x{number}")
    shutil.copytree(good, target)
    way = damage.damage(target, number, 1)
    aside = home / "champions" / ".ruined"
    aside.write_text(f"bundles/{NAME}/x{number} {bundle.verify(good)['digest']}\n")
    aside.replace(home / "champions" / NAME)
    return way


def test_ruined_bundles_are_never_served_and_the_champion_answers_on(watched):
    served = watched.answering("1")
    asker = Asker(served, asked(watched.home)[2])
    refused = 'payrisk_swaps_total{result="bundle-refused"}'
    for number in range(RUINED):
        before = counted(served, refused)
        way = point_at_ruined(watched.home, number)
        until(lambda before=before: counted(served, refused) > before)
        assert version(served) == "1", way
    assert set(asker.stop()) == {(200, "1")}


def test_a_rollback_moves_the_pointer_before_it_thinks_of_mlflow(watched, tmp_path, monkeypatch):
    monkeypatch.setenv("PAYRISK_MLFLOW_URI", NOBODY)
    home = watched.home
    watched.answering("1")
    asker = Asker(watched.answering("2"), asked(home)[2])
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
    heard = log.read_text().splitlines()
    assert heard[0] == f"moves {NAME}"
    assert "imports payrisk.registry" in heard


def test_a_shadow_scores_the_same_questions_and_is_in_no_answer(watched, capsys):
    home, served = watched.home, watched.answering("1")
    _, invoices, customers = asked(home)
    body = {"invoice_ids": invoices[:20]}
    _, _, before = served.ask("POST", "/v1/payment-curves", body)
    move = pointers.PointerMove("2026-01-05T08:00:00+00:00", "shadow")
    pointers.set_shadow(home, NAME, "2", move)
    until(lambda: "shadow-begun" in served.said())
    assert served.ask("POST", "/v1/payment-curves", body)[2] == before
    decided = served.ask("POST", DECISIONS, {"customer_id": customers[0]}, "beside")
    assert json.loads(decided[2])["model_versions"][NAME] == "1"
    scored = 'payrisk_shadow_total{model="days-to-pay",result="scored"}'
    n = sum(one["probability_paid_by"] is not None for one in json.loads(before))
    until(lambda: counted(served, scored) == n + 1)
    assert run(["--home", str(home), "shadow", "stop", NAME]) == 0
    assert "any more" in capsys.readouterr().out
    until(lambda: "shadow-ended" in served.said())
    rows = read_rows(home, NAME)
    table = Agreement(NAME, rows).table().set_index(["kind", "group"])
    assert set(zip(rows["champion"], rows["candidate"])) == {("1", "2")}
    assert table.loc[("payment curve", "all"), "n"] == n
    assert table.loc[("decision", "limit_review"), "n"] == 1
    # the second version is the first one's model: nothing may differ
    assert table["largest"].max() == table["differ"].max() == 0.0
    assert run(["--home", str(home), "shadow", "report", NAME, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert len(said[f"{NAME}: candidate less champion"]) == len(table)
