"""Swaps, rollbacks and ruined bundles under load: python benchmarks/swap.py."""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from _damage import damage, reseal
from _running import HERE, SETTING, say
from _served import Served

NAME = "days-to-pay"
LOADS_ANEW_EVERY = 10
"""Every so many swaps go to a version that the service has not read before."""


def make(home: Path, customers: int, months: int) -> str:
    """Keep a made-up company in a home, with a champion of each model; the morning to ask for."""
    from payrisk import bundle
    from payrisk.calendar import iso
    from payrisk.learning.days_to_pay.fit_hazard import fit_daily_hazard
    from payrisk.learning.default_risk.fit import fit_default_risk
    from payrisk.ledger import Ledger
    from payrisk.ledger.stored import storage
    from payrisk.simulate import simulate
    from payrisk_models import spec

    ledger = Ledger.from_tables(simulate(customers, months, 3).tables)[0]
    storage.save(ledger, home)
    history = ledger.as_of(ledger.default_as_of)
    papers: dict[str, Any] = {"card": {}, "card_text": "", "facts": {"git_commit": "", "seed": 0}}
    curves: Any = fit_daily_hazard(history, seeds=1, rounds=100)
    golden = curves.rows(history, history.open_invoices().head(bundle.GOLDEN_ROWS))
    bundle.write(
        bundle.bundle_folder(home, NAME, "1"), name=NAME, model=curves, golden=golden, **papers
    )
    rule = spec("default-risk")
    risk = fit_default_risk(history, [], curves, rule.rule, rule.horizon_days)
    ids = sorted(set(history.open_invoices()["customer_id"]))[: bundle.GOLDEN_ROWS]
    folder = bundle.bundle_folder(home, "default-risk", "1")
    bundle.write(folder, name="default-risk", model=risk, golden=risk.rows(history, ids), **papers)
    for name in (NAME, "default-risk"):
        bundle.set_champion(home, name, "1")
    return iso(ledger.default_as_of)


def another(home: Path, version: str) -> None:
    """One more version of the curves: the same model under a digest of its own."""
    target = home / "bundles" / NAME / version
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(home / "bundles" / NAME / "1", target)
    (target / "card.md").write_text(f"# version {version}\n")
    reseal(target)


class Watched:
    """The service under load, and what its clients were told."""

    def __init__(self, home: Path, as_of: str, folder: Path, connections: int) -> None:
        """Start service and clients; decisions go to a database of their own."""
        from _questions import questions

        asked, _ = questions(home, 7)
        bodies = folder / "questions.jsonl"
        bodies.write_text("\n".join(json.dumps(body) for _, body in asked), encoding="utf-8")
        self.served = Served(home, as_of, folder / f"decisions-{time.monotonic_ns()}.db")
        self.served.wait_for_risks()
        script = [sys.executable, str(HERE / "_watching.py"), str(self.served.port), str(bodies)]
        self._clients = subprocess.Popen(
            [*script, "--connections", str(connections)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | SETTING,
        )

    def models(self) -> dict[str, str]:
        """Name → version in service."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.served.port}/v1/models") as answer:
            return {row["name"]: row["version"] for row in json.load(answer)}

    def refused(self) -> int:
        """How many bundles the service refused so far."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.served.port}/metrics") as answer:
            found = re.search(rb'swaps_total{result="bundle-refused"} ([\d.]+)', answer.read())
        return int(float(found[1])) if found else 0

    def until(self, version: str, seconds: float = 60.0) -> float:
        """Wait until a version answers; seconds it took."""
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            if self.models()[NAME] == version:
                return time.monotonic() - began
            time.sleep(0.01)
        raise SystemExit(f"version {version} was not taken up within {seconds:g} s")

    def stop(self) -> list[tuple[float, int, list[str], float]]:
        """End the load, then the service; every answer: when, status, versions named, seconds."""
        said, _ = self._clients.communicate()
        is_up = self.served.process.poll() is None
        self.served.stop()
        if not is_up:
            raise SystemExit("the service was gone before it was stopped")
        return [(at, status, versions, took) for at, status, versions, took in json.loads(said)]


def swaps(home: Path, watched: Watched, n: int) -> dict[str, Any]:
    """Let other versions answer, one after another, each waited for."""
    from payrisk import bundle

    known: list[float] = []
    anew: list[float] = []
    for number in range(1, n + 1):
        is_new = number % LOADS_ANEW_EVERY == 0
        version = f"n{number}" if is_new else ("1", "2")[number % 2]
        if is_new:
            another(home, version)
        bundle.set_champion(home, NAME, version)
        (anew if is_new else known).append(watched.until(version))
    return {"swaps": n, "known_s": known, "anew_s": anew}


def rollbacks(home: Path, n: int) -> list[tuple[float, str]]:
    """Run the command; when each began (monotonic) and the version that had to answer."""
    from payrisk import bundle

    program = [sys.executable, "-c", "from payrisk.cli import main; main()"]
    began = []
    for _ in range(n):
        former = bundle.previous_version(home, NAME)
        began.append((time.monotonic(), str(former)))
        command = [*program, "--home", str(home), "rollback", NAME]
        subprocess.run(command, check=True, capture_output=True, env=os.environ | SETTING)
        time.sleep(0.5)
    return began


def ruin(home: Path, watched: Watched, n: int, seed: int) -> dict[str, int]:
    """Point to bundles that were ruined after their promotion; how many were not refused."""
    from payrisk import bundle

    good = home / "bundles" / NAME / "1"
    digest = bundle.verify(good)["digest"]
    pointer = home / "champions" / NAME
    before, taken, ways = watched.models()[NAME], 0, set()
    for number in range(n):
        version = f"x{number}"
        target = good.with_name(version)
        shutil.copytree(good, target)
        ways.add(damage(target, number, seed))
        seen = watched.refused()
        aside = pointer.with_name(".ruined")
        aside.write_text(f"bundles/{NAME}/{version} {digest}\n", encoding="utf-8")
        aside.replace(pointer)
        deadline = time.monotonic() + 90
        while watched.refused() == seen and watched.models()[NAME] == before:
            if time.monotonic() > deadline:
                raise SystemExit(f"the service did not look at version {version}")
            time.sleep(0.02)
        taken += watched.models()[NAME] != before
        shutil.rmtree(target, ignore_errors=True)
    bundle.set_champion(home, NAME, before)
    return {"ruined": n, "ways": len(ways), "loaded": taken}


def measure(given: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Everything, in one service under load."""
    home = folder / "home"
    say(f"a company of {given.customers} customers over {given.months} months ...")
    as_of = make(home, given.customers, given.months)
    another(home, "2")
    watched = Watched(home, as_of, folder, given.connections)
    try:
        say(f"{given.swaps} swaps ...")
        swapped = swaps(home, watched, given.swaps)
        say(f"{given.rollbacks} rollbacks ...")
        began = rollbacks(home, given.rollbacks)
        say(f"{given.ruined} ruined bundles ...")
        ruined = ruin(home, watched, given.ruined, given.seed)
    finally:
        answers = watched.stop()
    firsts = [
        min(at - since for at, _, versions, _ in answers if at > since and versions == [version])
        for since, version in began
    ]
    return {
        **swapped,
        **ruined,
        "rollback_s": firsts,
        "answers": len(answers),
        "failed": sum(status != 200 for _, status, _, _ in answers),
        "of_several_versions": sum(len(versions) != 1 for _, _, versions, _ in answers),
        "slowest_answer_s": max(took for *_, took in answers),
    }


def main() -> None:
    """Print the figures, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100)
    parser.add_argument("--months", type=int, default=18)
    parser.add_argument("--swaps", type=int, default=200)
    parser.add_argument("--rollbacks", type=int, default=10)
    parser.add_argument("--ruined", type=int, default=500)
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="payrisk-swap-") as folder:
        found = measure(given, Path(folder))
    if given.json:
        print(json.dumps(found))
        return
    _print(found)


def _print(found: dict[str, Any]) -> None:
    back, known, anew = found["rollback_s"], found["known_s"], found["anew_s"]
    usual = f"{statistics.median(known):.2f} s for one that was read before" if known else ""
    print(
        f"{found['swaps']} swaps among {found['answers']:,} answers: {found['failed']} failed,"
        f" {found['of_several_versions']} named no version or several, the slowest answer took"
        f" {found['slowest_answer_s']:.2f} s; until a version answered: {usual}"
        + (f", {statistics.median(anew):.2f} s for one read anew." if anew else ".")
    )
    if back:
        print(
            f"{len(back)} rollbacks: {statistics.median(back):.2f} s from the start of the command"
            f" to the first answer of the version before, at most {max(back):.2f} s (target 2 s)."
        )
    print(
        f"{found['ruined']} bundles ruined in {found['ways']} ways: {found['loaded']} loaded,"
        " and the champion answered throughout."
    )


if __name__ == "__main__":
    main()
