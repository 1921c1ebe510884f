"""kill -9 of the service while it writes: what was acknowledged is there, once, as answered."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from payrisk.store import DecisionStore
from proofs.broken import HASTY
from proofs.probing import Probe, ProofRun, Tally
from support.company.five_customers import small_company
from support.home.api_process import Served, home_with
from support.home.killing import DECISIONS, Acknowledged

CLIENTS, ENOUGH = 16, 60
AS_OF = ("--as-of", "2025-06-02")


def body_of(key: str) -> dict[str, str]:
    """What is asked under a key."""
    return {"customer_id": ("c1", "c2", "c3", "c4")[int(key.rpartition("-")[2]) % 4]}


def hasty(home: Path) -> list[str]:
    """The command of a service that answers before it has written."""
    return [sys.executable, "-c", HASTY, "--home", str(home), "serve", "--port", "0", *AS_OF]


def lost(store: DecisionStore, contents: dict[str, bytes]) -> int:
    """How many acknowledged decisions are not kept byte for byte."""
    n_lost = 0
    for content in contents.values():
        kept = store.get(json.loads(content)["decision_id"])
        n_lost += kept is None or kept.body != content
    return n_lost


def _killed(run: ProofRun, home: Path, command: list[str]) -> Acknowledged:
    known = Acknowledged()
    for number in range(run.count):
        served = Served(home, *AS_OF, command=command)
        known.kill(served, f"{run.seed}-{number}", body_of, writers=CLIENTS, enough=ENOUGH)
    return known


def _asked_again(home: Path, known: Acknowledged) -> int:
    """How many keys are answered otherwise than before; those nobody answered are asked anew."""
    served = Served(home, *AS_OF)
    n_other: int = 0
    for key, content in known.answered.items():
        status, headers, again = served.ask("POST", DECISIONS, body_of(key), key)
        told: Any = (status, again, headers.get("idempotent-replayed"))
        n_other += told != (200, content, "true")
    for key in known.unanswered:
        status, _, known.answered[key] = served.ask("POST", DECISIONS, body_of(key), key)
        n_other += status != 200
    return n_other + int(served.stop() != 0)


def _tally(run: ProofRun, home: Path, known: Acknowledged, n_differing: int, n_keys: int) -> Tally:
    with DecisionStore(f"sqlite:///{home}/payrisk.db") as store:
        n_lost = lost(store, known.answered)
        n_doubled = max(0, store.count() - n_keys)
        n_broken = int(not store.verify().holds)
    return Tally(
        run.count,
        n_lost + n_doubled + n_differing + n_broken,
        f"{run.count:,} kills, {len(known.answered):,} acknowledged: {n_lost} lost,"
        f" {n_doubled} doubled, {n_differing} differing, chain {'breaks' * n_broken or 'holds'}",
    )


def kill(run: ProofRun) -> Tally:
    """Kill the service so many times among 16 clients; every fifth key is sent twice."""
    home = home_with(small_company(), run.folder / "home")
    known = _killed(run, home, [])
    n_differing = known.n_differing + _asked_again(home, known)
    return _tally(run, home, known, n_differing, len(known.answered))


def kill_hasty(run: ProofRun) -> Tally:
    """The same against a service that answers before it has written."""
    home = home_with(small_company(), run.folder / "home")
    known = _killed(run, home, hasty(home))
    return _tally(run, home, known, 0, len(known.answered) + len(known.unanswered))


KILL9 = Probe(
    "kill9", 1_000, 1, kill, kill_hasty, "answers before it has written", twin_count=1,
    ci=0, tests="tests/api/test_process.py", lacks="ready again within 5 s, 99 times of 100",
)  # fmt: skip
