"""The service as a process: killed, stopped, or refused in one sentence."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import os
import socket
import threading
import time

import pytest

from api_process import Served, home_with
from payrisk import cli
from payrisk.store import DecisionStore

KILLS = 40 if os.environ.get("PAYRISK_FULL") == "1" else 2
WRITERS = 4
DECISIONS = "/v1/credit/decisions"


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


class Writer(threading.Thread):
    """Asks for decisions until the service is gone."""

    def __init__(self, served: Served, name: str) -> None:
        super().__init__(name=name)
        self.served, self.answered, self.unanswered = served, {}, None
        self.start()

    def run(self) -> None:
        with contextlib.closing(self.served.connection()) as connection:
            for number in itertools.count():
                key = f"{self.name}-{number}"
                try:
                    status, _, content = self.served.ask(
                        "POST", DECISIONS, body_of(key), key, connection
                    )
                except (OSError, http.client.HTTPException):
                    self.unanswered = key
                    return
                assert status == 200
                self.answered[key] = content


def test_killing_it_while_it_writes_loses_and_duplicates_nothing(home):
    answered: dict[str, bytes] = {}
    unanswered: list[str] = []
    for kill in range(KILLS):
        served = Served(home, "--as-of", "2025-06-02")
        writers = [Writer(served, f"{kill}-{number}") for number in range(WRITERS)]
        while sum(len(writer.answered) for writer in writers) < 60:
            time.sleep(0.005)
        served.kill()
        for writer in writers:
            writer.join()
            answered |= writer.answered
            unanswered.append(writer.unanswered)

    served = Served(home, "--as-of", "2025-06-02")
    for key, content in answered.items():
        status, headers, again = served.ask("POST", DECISIONS, body_of(key), key)
        assert (status, again, headers["idempotent-replayed"]) == (200, content, "true")
    for key in unanswered:
        # it may have been kept or not; asked again it is there once
        status, _, answered[key] = served.ask("POST", DECISIONS, body_of(key), key)
        assert status == 200
    for content in answered.values():
        path = f"{DECISIONS}/{json.loads(content)['decision_id']}"
        assert served.ask("GET", path)[2] == content
    assert served.stop() == 0
    with DecisionStore(f"sqlite:///{home}/payrisk.db") as store:
        assert store.count() == len(answered) == len(set(answered.values()))
        assert store.first_break() is None


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


def test_a_home_without_a_ledger_is_one_sentence(tmp_path, run):
    code, _, err = run(tmp_path, "serve", "--port", "0")
    assert (code, err.count("\n")) == (2, 1)
    assert "no ledger" in err


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
    assert out.startswith("refer · limit none yet EUR · as of 2025-06-02\n")
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
