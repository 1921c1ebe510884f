"""A client that asks for decisions until told to stop: when each came, and by which model."""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
import time
from pathlib import Path

VERSION = re.compile(rb'"model_versions":\{[^}]*"days-to-pay":"([^"]*)"')


async def ask(
    port: int, bodies: list[bytes], name: str, done: asyncio.Event
) -> list[list[object]]:
    """When each answer came, its status and the versions it names; status 0: none came."""
    said: list[list[object]] = []
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    number = 0
    while not done.is_set():
        body = bodies[number % len(bodies)]
        began = time.monotonic()
        writer.write(
            b"POST /v1/credit/decisions HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            b"Content-Type: application/json\r\nIdempotency-Key: %s-%d\r\n"
            b"Content-Length: %d\r\n\r\n" % (name.encode(), number, len(body)) + body
        )
        number += 1
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            answer = await reader.readexactly(length)
        except (OSError, EOFError, ValueError):
            said.append([time.monotonic(), 0, [], time.monotonic() - began])
            writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            continue
        now = time.monotonic()
        versions = sorted({one.decode() for one in VERSION.findall(answer)})
        said.append([now, int(head[9:12]), versions, now - began])
    writer.close()
    return said


async def watch(port: int, bodies: list[bytes], connections: int) -> list[list[object]]:
    """Ask over some connections until standard input ends; the answers in their order."""
    done = asyncio.Event()
    name = str(time.time_ns())
    asking = [
        asyncio.create_task(ask(port, bodies[at:] + bodies[:at], f"{name}-{number}", done))
        for number in range(connections)
        for at in [number * len(bodies) // connections]
    ]
    await asyncio.to_thread(sys.stdin.read)
    done.set()
    return sorted((one for each in await asyncio.gather(*asking) for one in each), key=_when)


def _when(one: list[object]) -> float:
    return float(str(one[0]))


def main() -> None:
    """Print what was found as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("questions", type=Path, help="a JSON body a line")
    parser.add_argument("--connections", type=int, default=4)
    given = parser.parse_args()
    bodies = given.questions.read_bytes().splitlines()
    print(json.dumps(asyncio.run(watch(given.port, bodies, given.connections))))


if __name__ == "__main__":
    main()
