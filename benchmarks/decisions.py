"""How many durable, explained decisions a second: python benchmarks/decisions.py."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from _questions import MIX, questions
from _running import child, say
from _served import Served
from _trained_home import home_of, not_served

TARGET_RATE, TARGET_P99_MS = 300, 150


def make(home: Path, customers: int, months: int) -> None:
    """Simulate, keep, train and promote, as `payrisk demo` does."""
    from payrisk.answers.champions import APPLICANTS, CURVES, RISK
    from payrisk.settings import Settings
    from payrisk_pipelines.demo import Demo

    demo = Demo(Settings.read(home=home), customers=customers, months=months)
    demo.simulate()
    demo.keep()
    for name in (CURVES, APPLICANTS, RISK):
        say(demo.train(name).sentence)
        say(demo.promote(name).sentence)
    print(json.dumps({"home": str(home)}))


def load(home: Path, seconds: float, connections: int, seed: int) -> dict[str, Any]:
    """What the running service answers under load, and what its store holds afterwards."""
    from payrisk.store import verify_store

    asked, as_of = questions(home, seed)
    with tempfile.TemporaryDirectory(dir=home) as folder:
        bodies = Path(folder) / "questions.jsonl"
        bodies.write_text("\n".join(json.dumps(body) for _, body in asked), encoding="utf-8")
        database = Path(folder) / "decisions.db"
        served = Served(home, as_of, database)
        client = ("--connections", connections, "--seconds")
        try:
            say("waiting for the risks of the morning ...")
            served.wait_for_risks()
            say("warming up ...")
            warm = child("_asking.py", served.port, bodies, *client, max(2.0, seconds / 4))
            say(f"asking over {connections} connections for {seconds:g} s ...")
            before = served.cpu_s()
            found = child("_asking.py", served.port, bodies, *client, seconds)
            used = served.cpu_s() - before
        finally:
            served.stop()
        checked = verify_store(f"sqlite:///{database}")
        size = database.stat().st_size
    n = len(found["taken"])
    is_whole = checked.holds and checked.n_decisions == n + len(warm["taken"])
    kinds = {kind: [ms for at, ms in found["taken"] if asked[int(at)][0] == kind] for kind in MIX}
    return {
        "decisions": n,
        "refused": len(found["failed"]),
        "decisions_per_s": n / found["seconds"],
        **_latency([ms for _, ms in found["taken"]]),
        "kinds": {kind: {"n": len(taken), **_latency(taken)} for kind, taken in kinds.items()},
        "service_cpu_ms": 1_000 * used / n,
        "client_cpu_ms": 1_000 * found["cpu_s"] / n,
        "answer_bytes": found["bytes"] // n,
        "stored_bytes": size // checked.n_decisions,
        "is_whole": is_whole,
    }


def _latency(seconds: list[float]) -> dict[str, float]:
    if len(seconds) < 2:
        return {"p50_ms": 0.0, "p99_ms": 0.0}
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    return {"p50_ms": 1_000 * cuts[49], "p99_ms": 1_000 * cuts[98]}


def stages(home: Path, seed: int, each: int = 60) -> dict[str, dict[str, float]]:
    """CPU milliseconds of each stage of one decision, by kind, in a process with nothing else."""
    from payrisk import answers
    from payrisk.calendar import day_of
    from payrisk.store import DecisionStore

    asked, as_of = questions(home, seed)
    found = answers.read_answers(home)
    found.prepare_morning(day_of(as_of))
    taken: dict[str, dict[str, list[float]]] = {kind: {} for kind in MIX}
    with (
        tempfile.TemporaryDirectory(dir=home) as folder,
        DecisionStore(f"sqlite:///{folder}/decisions.db") as store,
    ):
        for number, (kind, body) in enumerate(asked):
            if len(taken[kind].get("read", ())) < each:
                for stage, ms in _timed(found, store, body, f"k{number}", as_of):
                    taken[kind].setdefault(stage, []).append(ms)
    return {
        kind: {stage: statistics.median(all_) for stage, all_ in by.items()}
        for kind, by in taken.items()
    }


def _timed(
    found: Any, store: Any, body: dict[str, Any], key: str, as_of: str
) -> Iterator[tuple[str, float]]:
    import datetime as dt

    from payrisk.answers.credit import recording
    from payrisk.calendar import day_of
    from payrisk.store.keeping import keep_decision
    from payrisk_api.keys import request_sha
    from payrisk_api.requests.credit import DecisionBody

    raw, now, day = json.dumps(body).encode(), dt.datetime.now(dt.UTC), day_of(as_of)
    last = time.thread_time()

    def since() -> float:
        nonlocal last
        before, last = last, time.thread_time()
        return 1_000 * (last - before)

    asked = DecisionBody.model_validate_json(raw)
    sha = request_sha(asked, None)
    yield "read", since()
    prepared = found.prepare_decision(asked.request(), as_of=day)
    yield "account and risk", since()
    held = recording.held_headroom(prepared, store)
    yield "held headroom", since()
    prepared.decide(held, with_counterfactuals=False)
    yield "decide", since()
    prepared.decide(held)
    yield "decide, with what would change it", since()
    stamp = recording.DecisionStamp(recording.new_decision_id(now), now)
    record = recording.decision_record(prepared, stamp, held)
    yield "decide again and write as JSON", since()
    with store._write.begin() as connection:
        since()
        keep_decision(connection, key, sha, record)
        ms = since()
    yield "keep", ms


def main() -> None:
    """Print the figures, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, help="a home with champions; default: one is made")
    parser.add_argument(
        "--folder", type=Path, default=Path(tempfile.gettempdir()) / "payrisk-bench"
    )
    parser.add_argument("--customers", type=int, default=300)
    parser.add_argument("--months", type=int, default=24)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--make", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.make is not None:
        make(given.make, given.customers, given.months)
        return
    home = given.home or home_of(given.folder, given.customers, given.months)
    if "default-risk" in not_served(home):
        raise SystemExit(f"{home} serves no default-risk model; train and promote one first.")
    found = load(home, given.seconds, given.connections, given.seed)
    found["stages_ms"] = stages(home, given.seed)
    if given.json:
        print(json.dumps(found))
        return
    _print(found, given.connections)


def _print(found: dict[str, Any], connections: int) -> None:
    print(
        f"{found['decisions_per_s']:,.0f} decisions/s over {connections} connections"
        f" (target {TARGET_RATE}) · p50 {found['p50_ms']:.0f} ms · p99 {found['p99_ms']:.0f} ms"
        f" (target {TARGET_P99_MS})\n"
        f"{found['decisions']:,} answered, {found['refused']} refused; the store holds every one"
        f" and its chain {'holds' if found['is_whole'] else 'DOES NOT HOLD'}\n"
        f"CPU a decision: service {found['service_cpu_ms']:.2f} ms, client"
        f" {found['client_cpu_ms']:.2f} ms · answer {found['answer_bytes']:,} bytes, stored"
        f" {found['stored_bytes']:,} · {os.cpu_count()} cores, client included\n"
    )
    for kind, one in found["kinds"].items():
        print(
            f"{kind:<14} {one['n']:>7,}  p50 {one['p50_ms']:6.1f} ms  p99 {one['p99_ms']:6.1f} ms"
        )
    names = list(next(iter(found["stages_ms"].values())))
    print("\nCPU ms of a stage, alone" + "".join(f"{kind:>16}" for kind in found["stages_ms"]))
    for name in names:
        cells = "".join(f"{by.get(name, 0.0):>16.2f}" for by in found["stages_ms"].values())
        print(f"{name:<34}"[:34] + cells[10:])


if __name__ == "__main__":
    main()
