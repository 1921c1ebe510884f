"""What a question costs the running service, beside /livez: payrisk bench serving."""

from __future__ import annotations

import argparse
import http.client
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from _questions import questions
from _running import say
from _served import Served
from _trained_home import home_of


class Question(NamedTuple):
    """A request of a documented route; body: of the nth time it is asked, None for a GET."""

    name: str
    path: str
    body: Callable[[int], dict[str, Any]] | None = None


class Cost(NamedTuple):
    """What one answer took: microseconds of the service's CPU, and of wall time."""

    cpu_us: float
    wall_us: float


def asked_questions(home: Path, seed: int) -> tuple[list[Question], str]:
    """A question of each kind that people ask, another customer or invoice each time."""
    from payrisk.calendar import iso
    from payrisk.ledger.stored import storage

    ledger = storage.load(home)
    as_of = ledger.default_as_of
    open_ = ledger.as_of(as_of).open_invoices()
    decisions, day = questions(home, seed)
    orders = [body for kind, body in decisions if kind == "order_release"]
    newcomers = [body for kind, body in decisions if kind == "onboarding"]

    def invoice(nth: int) -> dict[str, Any]:
        return {"invoice_ids": [str(open_["invoice_id"].iloc[nth % len(open_)])]}

    def quote(nth: int) -> dict[str, Any]:
        row = open_.iloc[(7 * nth) % len(open_)]
        terms = int(row["due_on"] - row["issued_on"])
        stated = {name: str(row[name]) for name in ("customer_id", "currency")}
        days = {"issued_on": iso(as_of), "due_on": iso(as_of + max(terms, 0))}
        return {
            "invoices": [
                {"invoice_id": f"Q{nth}", "amount": int(row["amount"]) + nth, **stated, **days}
            ]
        }

    curves = "/v1/payment-curves"
    return [
        Question("livez", "/livez"),
        Question("curve of a ledger invoice", curves, invoice),
        Question("curve of a quote", curves, quote),
        Question("curve of a quote, with reasons", f"{curves}?reasons=true", quote),
        Question("known customer's order", "/v1/credit/decisions", lambda nth: orders[nth]),
        Question("new customer", "/v1/credit/decisions", lambda nth: newcomers[nth]),
        Question("aging", "/v1/receivables/aging"),
        Question("forecast by week", "/v1/cash/forecast?by=week"),
    ], day


class Client:
    """A kept connection to the service, which is watched while it answers."""

    def __init__(self, served: Served) -> None:
        """served: the running service."""
        self._served = served
        self._connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=600)
        self._key = f"bench-{time.time_ns()}"

    def ask(self, question: Question, nth: int) -> Cost:
        """Ask once; raises SystemExit where the answer is no answer."""
        content, headers, method = None, {}, "GET"
        if question.body is not None:
            content, method = json.dumps(question.body(nth)), "POST"
            headers = {
                "Content-Type": "application/json",
                "Idempotency-Key": f"{self._key}-{abs(hash(question.name))}-{nth}",
            }
        cpu, wall = self._cpu_us(), time.perf_counter()
        self._connection.request(method, question.path, content, headers)
        answer = self._connection.getresponse()
        body = answer.read()
        wall_us = 1e6 * (time.perf_counter() - wall)
        if answer.status != 200:
            raise SystemExit(f"{question.name}: {answer.status} {body[:500].decode()}")
        return Cost(self._cpu_us() - cpu, wall_us)

    def _cpu_us(self) -> float:
        """CPU of all threads of the service so far, as the kernel's scheduler counted it."""
        tasks = Path(f"/proc/{self._served.process.pid}/task").glob("*/schedstat")
        return sum(int(task.read_text().split()[0]) for task in tasks) / 1_000


def measured(
    client: Client, asked: list[Question], rounds: int, each: int
) -> Iterator[dict[str, Any]]:
    """What each question costs when first asked, and then: medians of interleaved rounds."""
    first = {question.name: client.ask(question, 0) for question in asked}
    costs: dict[str, list[Cost]] = {question.name: [] for question in asked}
    for turn in range(rounds):
        say(f"round {turn + 1} of {rounds} ...")
        for question in asked:
            own = [client.ask(question, 1 + turn * each + nth) for nth in range(each)]
            middle = (statistics.median(column) for column in zip(*own, strict=True))
            costs[question.name].append(Cost(*middle))
    livez = statistics.median(cost.cpu_us for cost in costs["livez"])
    for question in asked:
        cpu = sorted(cost.cpu_us for cost in costs[question.name])
        yield {
            "question": question.name,
            "first_cpu_us": first[question.name].cpu_us,
            "cpu_us": statistics.median(cpu),
            "cpu_us_low": cpu[0],
            "cpu_us_high": cpu[-1],
            "wall_us": statistics.median(cost.wall_us for cost in costs[question.name]),
            "times_livez": statistics.median(cpu) / livez,
        }


def _state(served: Served, began: float) -> dict[str, float]:
    """How far the service is: seconds since it began, CPU seconds and memory."""
    wall_s = time.perf_counter() - began
    return {"wall_s": wall_s, "cpu_s": served.cpu_s(), "memory_mb": served.memory_mb()}


def main() -> None:
    """Print the table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, help="a home with champions; default: one is made")
    parser.add_argument(
        "--folder", type=Path, default=Path(tempfile.gettempdir()) / "payrisk-bench"
    )
    parser.add_argument("--customers", type=int, default=300)
    parser.add_argument("--months", type=int, default=24)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--each", type=int, default=20, help="requests of a kind in a round")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    home = given.home or home_of(given.folder, given.customers, given.months)
    asked, as_of = asked_questions(home, given.seed)
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        served = Served(home, as_of, Path(folder) / "decisions.db")
        try:
            served.wait_until_ready()
            states = {"ready": _state(served, began)}
            say("waiting for the risks of the morning ...")
            served.wait_for_risks()
            states["prepared"] = _state(served, began)
            rows = list(measured(Client(served), asked, given.rounds, given.each))
            states["asked"] = _state(served, began)
        finally:
            served.stop()
    if given.json:
        print(json.dumps({"rows": rows, **states}))
        return
    for name, state in states.items():
        print(
            f"{name:<9}after {state['wall_s']:.1f} s, {state['cpu_s']:.1f} s of CPU,"
            f" {state['memory_mb']:.0f} MB"
        )
    print(
        f"{os.cpu_count()} cores\n\n"
        f"{'CPU µs a request':<32}{'first':>10}{'then':>10}{'range of rounds':>22}"
        f"{'× /livez':>10}{'wall ms':>10}"
    )
    for row in rows:
        span = f"{row['cpu_us_low']:,.0f}–{row['cpu_us_high']:,.0f}"
        print(
            f"{row['question']:<32}{row['first_cpu_us']:>10,.0f}{row['cpu_us']:>10,.0f}{span:>22}"
            f"{row['times_livez']:>10.1f}{row['wall_us'] / 1_000:>10.1f}"
        )


if __name__ == "__main__":
    main()
