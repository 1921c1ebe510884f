"""What the door stands: 64 connections of everything allowed, and 800 slow ones."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import socket
import statistics
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from _running import child, say
from _served import Served

HEALTH_MS, RSS_RATIO, DRAIN_SECONDS, HELD_SECONDS = 200.0, 2.0, 10.0, 15.0
"""Asked of it: health answers within, memory grows by, a stop takes, a slow socket is held."""
READS = (
    "/v1/credit/decisions?limit=200",
    "/v1/credit/policies",
    "/v1/credit/queue",
    "/v1/credit/reviews",
    "/v1/credit/insurance",
    "/v1/cash/forecast?by=day&group=customer",
    "/v1/cash/forecast?by=week",
    "/v1/cash/liquidity?need=EUR:{as_of}:10000.00",
    "/v1/cash/scenarios?scenario=delay:10",
    "/v1/receivables/aging?by=customer",
    "/v1/receivables/documents?limit=1000",
    "/v1/receivables/kpis?by=customer&history=6",
    "/v1/receivables/customer-changes",
    "/v1/models",
    "/metrics",
    "/docs",
    "/openapi.json",
)


def request_bytes(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    """One HTTP/1.1 request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def question(draw: random.Random, customers: list[str], as_of: str, number: int) -> bytes:
    """Any question that is allowed, the cheap ones as often as the heavy ones."""
    customer = draw.choice(customers)
    json_type = {"Content_Type": "application/json"}
    kind = draw.random()
    if kind < 0.25:
        order = {"amount": draw.randint(1_000, 900_000), "currency": "EUR"}
        body = {"customer_id": customer} | ({"order": order} if draw.random() < 0.7 else {})
        data = json.dumps(body).encode()
        key = f"door-{number}"
        return request_bytes(
            "POST", "/v1/credit/decisions", data, Idempotency_Key=key, **json_type
        )
    if kind < 0.35:
        return request_bytes("GET", f"/v1/credit/customers/{customer}")
    if kind < 0.40:
        quote = {
            "customer_id": customer, "issued_on": as_of, "due_on": as_of, "amount": 100_000,
            "currency": "EUR",
        }  # fmt: skip
        quotes = json.dumps({"invoices": [quote] * draw.randint(1, 50)}).encode()
        return request_bytes("POST", "/v1/payment-curves?reasons=true", quotes, **json_type)
    return request_bytes("GET", draw.choice(READS).replace("{as_of}", as_of))


async def answer_of(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    """Read one answer whole: its status and headers."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {
        name.lower(): value.strip()
        for name, _, value in (line.partition(":") for line in head[1:])
    }
    if headers.get("transfer-encoding") == "chunked":
        while size := int((await reader.readline()).strip() or b"0", 16):
            await reader.readexactly(size + 2)
        await reader.readline()
    else:
        await reader.readexactly(int(headers.get("content-length", 0)))
    return int(head[0].split()[1]), headers


async def asking(port: int, seconds: float, connections: int, customers: list[str], as_of: str,
                 seed: int) -> dict[str, Any]:  # fmt: skip
    """What so many connections are answered when each asks again as soon as it was."""
    until = time.monotonic() + seconds
    statuses: Counter[int] = Counter()
    without_retry = 0

    async def one(place: int) -> None:
        nonlocal without_retry
        draw, number = random.Random(seed + place), place * 1_000_000
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**26)
        while time.monotonic() < until:
            number += 1
            writer.write(question(draw, customers, as_of, number))
            status, headers = await answer_of(reader)
            statuses[status] += 1
            without_retry += status == 503 and "retry-after" not in headers
            if headers.get("connection") == "close":
                writer.close()
                reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**26)
        writer.close()

    await asyncio.gather(*(one(place) for place in range(connections)))
    return {
        "statuses": {str(status): n for status, n in sorted(statuses.items())},
        "without_retry_after": without_retry,
    }


async def watching(port: int, seconds: float) -> dict[str, Any]:
    """How long health takes to answer, asked by a process that does nothing else."""
    until = time.monotonic() + seconds
    health: list[float] = []
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while time.monotonic() < until:
        began = time.perf_counter()
        writer.write(request_bytes("GET", "/livez"))
        await answer_of(reader)
        health.append(1_000 * (time.perf_counter() - began))
        await asyncio.sleep(0.05)
    return {"health_ms": health}


def slow(port: int, sockets: int, seconds: float) -> dict[str, Any]:
    """How many of so many sockets, each sending a byte now and then, are held after a time."""
    held = []
    for number in range(sockets):
        # the bound per address is not what is tried here
        near = f"127.0.{1 + number // 200}.1"
        held.append(socket.create_connection(("127.0.0.1", port), 5, (near, 0)))
    began = time.monotonic()
    text = b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: " + b"x" * 10_000
    sent = 0
    last_cut = 0.0
    while held and time.monotonic() - began < seconds + 10:
        still = []
        for each in held:
            try:
                each.settimeout(0)
                each.send(text[sent : sent + 1])
                if each.recv(1) == b"":
                    raise ConnectionResetError
            except BlockingIOError:
                still.append(each)
                continue
            except OSError:
                each.close()
                last_cut = time.monotonic() - began
                continue
            still.append(each)
        held = still
        sent += 1
        time.sleep(0.5)
    for each in held:
        each.close()
    return {"sockets": sockets, "held": len(held), "last_cut_s": last_cut}


def rss_mb(pid: int) -> float:
    """Resident memory of a process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1_024
    return 0.0


def measure(home: Path, seconds: float, connections: int, sockets: int) -> dict[str, Any]:
    """Everything, on a service of its own over a home with champions."""
    from payrisk.calendar import iso
    from payrisk.ledger.stored import storage

    ledger = storage.load(home)
    as_of = iso(ledger.default_as_of)
    customers = [str(name) for name in ledger.tables["customers"]["customer_id"]]
    with tempfile.TemporaryDirectory(dir=home) as folder:
        served = Served(home, as_of, Path(folder) / "decisions.db")
        try:
            say("waiting for the risks of the morning ...")
            served.wait_for_risks()
            asked = json.dumps({"customers": customers, "as_of": as_of})
            (Path(folder) / "asked.json").write_text(asked)
            client = ("--client", served.port, "--asked", Path(folder) / "asked.json")
            say("each question once, for the base of its memory ...")
            child("door.py", *client, "--seconds", 20, "--connections", 2)
            base = rss_mb(served.process.pid)
            say(f"{connections} connections for {seconds:g} s ...")
            timed = (*client, "--seconds", seconds)
            with ThreadPoolExecutor(1) as pool:
                watched = pool.submit(child, "door.py", *timed, "--watch")
                found = child("door.py", *timed, "--connections", connections) | watched.result()
            most = rss_mb(served.process.pid)
            say(f"{sockets} slow sockets ...")
            slowly = child("door.py", *client, "--slow", sockets)
            say("a stop while all of them ask ...")
            stopping = ("--seconds", 3, "--connections", connections, "--stop", served.process.pid)
            drained = child("door.py", *client, *stopping)["drain_s"]
        finally:
            served.stop()
    health = found.pop("health_ms")
    refused = {s: n for s, n in found["statuses"].items() if int(s) >= 500 and s != "503"}
    return found | {
        "health_p50_ms": statistics.median(health),
        "health_p99_ms": statistics.quantiles(health, n=100)[98],
        "health_max_ms": max(health),
        "base_mb": base,
        "rss_mb": most,
        "failed": refused,
        "slow": slowly,
        "drain_s": drained,
    }


def main() -> None:
    """Print the figures, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, help="a home with champions, as `payrisk demo` makes")
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--sockets", type=int, default=800)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--client", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--asked", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--watch", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--slow", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--stop", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.client is not None and (given.slow or given.watch):
        port, seconds = given.client, given.seconds
        watched = given.watch and asyncio.run(watching(port, seconds))
        print(json.dumps(watched or slow(port, given.slow, HELD_SECONDS)))
        return
    if given.client is not None:
        asked = json.loads(given.asked.read_text())
        asks = asking(given.client, given.seconds, given.connections, asked["customers"],
                      asked["as_of"], 7)  # fmt: skip
        if given.stop is not None:
            asyncio.run(stopped_while(asks, given.stop, given.seconds))
            return
        print(json.dumps(asyncio.run(asks)))
        return
    if given.home is None:
        raise SystemExit("Name a home with champions: --home ~/.payrisk/demo")
    found = measure(given.home, given.seconds, given.connections, given.sockets)
    if given.json:
        print(json.dumps(found))
        return
    print(f"answers by status over {given.connections} connections: {found['statuses']}")
    print(f"at or above 500 but 503: {found['failed'] or 'none'}; 503 without Retry-After:"
          f" {found['without_retry_after']}")  # fmt: skip
    print(f"/livez p50 {found['health_p50_ms']:.0f} ms · p99 {found['health_p99_ms']:.0f} ms ·"
          f" max {found['health_max_ms']:.0f} ms (asked: {HEALTH_MS:.0f})")  # fmt: skip
    print(f"memory {found['rss_mb']:.0f} MB over a base of {found['base_mb']:.0f} MB:"
          f" {found['rss_mb'] / found['base_mb']:.2f} times (asked: {RSS_RATIO:g})")  # fmt: skip
    print(f"slow sockets held beyond {HELD_SECONDS:g} s: {found['slow']['held']} of"
          f" {found['slow']['sockets']}; the last was cut after"
          f" {found['slow']['last_cut_s']:.1f} s")  # fmt: skip
    print(f"a stop among them: {found['drain_s']:.1f} s (asked: {DRAIN_SECONDS:g})")


async def stopped_while(asks: Any, pid: int, seconds: float) -> None:
    """Ask, and have the service asked to stop in the middle of it."""
    import os
    import signal

    task = asyncio.create_task(asks)
    await asyncio.sleep(seconds / 2)
    began = time.monotonic()
    os.kill(pid, signal.SIGTERM)
    # another process has no event of ours
    while time.monotonic() < began + 60 and not _has_ended(pid):  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    drained = time.monotonic() - began
    task.cancel()
    with contextlib.suppress(Exception, asyncio.CancelledError):
        await task
    print(json.dumps({"drain_s": drained}))


def _has_ended(pid: int) -> bool:
    """Whether a process is gone, or waits to be taken note of."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].startswith("Z")
    except OSError:
        return True


if __name__ == "__main__":
    main()
