"""A client of the decisions benchmark: asks over kept connections and notes how long each took."""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import time
from pathlib import Path
from typing import Any


async def ask(port: int, bodies: list[bytes], name: str, ends: float) -> dict[str, Any]:
    """Ask one question after the other until the time is up; seconds by place in `bodies`."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    taken: list[tuple[int, float]] = []
    failed: list[int] = []
    n_bytes = number = 0
    while (began := time.perf_counter()) < ends:
        at = number % len(bodies)
        writer.write(
            b"POST /v1/credit/decisions HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            b"Content-Type: application/json\r\nIdempotency-Key: %s-%d\r\n"
            b"Content-Length: %d\r\n\r\n" % (name.encode(), number, len(bodies[at])) + bodies[at]
        )
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        n_bytes += length
        await reader.readexactly(length)
        taken.append((at, time.perf_counter() - began))
        status = int(head[9:12])
        if status != 200:
            failed.append(status)
        number += 1
    writer.close()
    return {"taken": taken, "failed": failed, "bytes": n_bytes}


async def load(port: int, bodies: list[bytes], connections: int, seconds: float) -> dict[str, Any]:
    """Ask over some connections at once; each begins elsewhere in the questions."""
    began = time.perf_counter()
    name = str(time.time_ns())
    found = await asyncio.gather(
        *(
            ask(port, bodies[at:] + bodies[:at], f"{name}-{number}", began + seconds)
            for number in range(connections)
            for at in [number * len(bodies) // connections]
        )
    )
    taken = [
        [(at + number * len(bodies) // connections) % len(bodies), seconds]
        for number, one in enumerate(found)
        for at, seconds in one["taken"]
    ]
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "seconds": time.perf_counter() - began,
        "taken": taken,
        "failed": [status for one in found for status in one["failed"]],
        "bytes": sum(one["bytes"] for one in found),
        "cpu_s": used.ru_utime + used.ru_stime,
    }


def main() -> None:
    """Print what was found as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("questions", type=Path, help="a JSON body a line")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=20.0)
    given = parser.parse_args()
    bodies = given.questions.read_bytes().splitlines()
    print(json.dumps(asyncio.run(load(given.port, bodies, given.connections, given.seconds))))


if __name__ == "__main__":
    main()
