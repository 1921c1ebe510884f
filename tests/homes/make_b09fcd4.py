"""Make tests/homes/b09fcd4.tar.xz: a home as the code of commit b09fcd4 kept it.

    python3 tests/homes/make_b09fcd4.py [folder to work in]

Sets that commit up in a folder of its own, which takes a network, and runs its commands: import,
train, promote, decide, override, publish. Some 20 minutes on two cores. Nothing of today's code
takes part but what moves a home's addresses. Standard library only.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from support.home.earlier_home import MARK, SAID_THEN, with_addresses  # noqa: E402 - found by the line above

COMMIT = "b09fcd4"
EARLY, AUTUMN, MORNING = "2025-02-15", "2025-11-01", "2026-01-01"
"""The first version of days-to-pay knows little and is quick to fit again; a forecast of autumn
can be held against what came; all else is of the last morning."""
COMPANY = ("--customers", "64", "--months", "15", "--seed", "3")
QUICK = {"rounds": 20, "seeds": 1, "learning_rate": 0.2}
APPLICANT = {
    "name": "Muster GmbH",
    "currency": "EUR",
    "is_natural_person": False,
    "country": "DE",
    "sector": "machinery",
    "requested_limit": 2_000_000,
    "monthly_sales": 1_000_000,
    "net_worth": 60_000_000,
    "turnover": 400_000_000,
    "n_employees": 20,
    "years_trading": 12.0,
}


class Then:
    """The checkout of the commit, and the home that its commands work in."""

    def __init__(self, folder: Path) -> None:
        """Unpack the commit and let it set itself up."""
        self.folder, self.code, self.home = folder, folder / "code", folder / "home"
        (folder / "tmp").mkdir(parents=True, exist_ok=True)
        if not self.code.exists():
            archive = subprocess.run(
                ["git", "-C", ROOT, "archive", COMMIT], stdout=subprocess.PIPE, check=True
            )
            self.code.mkdir(parents=True)
            subprocess.run(["tar", "-x", "-C", self.code], input=archive.stdout, check=True)
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith("PAYRISK_")
        } | {
            "PAYRISK_HOME": str(self.home),
            "PAYRISK_ACTOR": "alice",
            "OMP_NUM_THREADS": "1",
            "TMPDIR": str(folder / "tmp"),
        }

    def run(self, *words: str, **more: str) -> None:
        """Run one payrisk command of then; raises CalledProcessError where it fails."""
        print("$ payrisk", *words, flush=True)
        subprocess.run(
            [sys.executable, self.code / "payrisk", *words],
            env=self.environment | more,
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            check=True,
        )

    def serve(self) -> tuple[subprocess.Popen[str], str]:
        """The service of then as a process, and its address."""
        command = [sys.executable, self.code / "payrisk", "serve", "--as-of", MORNING]
        process = subprocess.Popen(
            [*command, "--port", "0"],
            env=self.environment,
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert process.stdout is not None
        for line in process.stdout:
            address = re.search(r"http://127\.0\.0\.1:\d+", line)
            if address:
                break
        for _ in range(600):
            try:
                ask(address[0], "/livez")
            except OSError:
                time.sleep(0.1)
            else:
                return process, address[0]
        raise RuntimeError("the service did not come up")


def export(folder: Path, then: Then) -> None:
    """A made-up company as CSV files, in which every other customer stops paying some day.

    Of a company as usual too few go into default for trees to be fitted to them.
    """
    then.run("simulate", *COMPANY, "--csv", str(folder), PAYRISK_HOME=f"{folder}-home")
    dropped = set()
    for name, key in (("credits", "customer_id"), ("allocations", "credit_id")):
        path = folder / f"{name}.csv"
        with path.open(newline="", encoding="utf-8") as file:
            header, *rows = csv.reader(file)
        place, day = header.index(key), header.index("happened_on")
        if name == "credits":
            stays = [row[day] < last_payment(row[place]) for row in rows]
            dropped = {row[0] for row, is_kept in zip(rows, stays, strict=True) if not is_kept}
        else:
            stays = [row[place] not in dropped for row in rows]
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, quoting=csv.QUOTE_ALL)
            writer.writerows(
                [header, *(r for r, is_kept in zip(rows, stays, strict=True) if is_kept)]
            )


def last_payment(customer: str) -> str:
    """The day from which on a customer pays nothing any more."""
    number = int(re.sub(r"\D", "", customer) or 0)
    if number % 2:
        return "9999-12-31"
    return (dt.date(2025, 1, 15) + dt.timedelta(days=7 * (number // 2 % 24))).isoformat()


def ask(address: str, path: str, body: object = None, **headers: str) -> tuple[dict, str]:
    """What the service answers as JSON, and its ETag."""
    request = urllib.request.Request(
        address + path,
        None if body is None else json.dumps(body).encode(),
        {
            "Content-Type": "application/json",
            **{k.replace("_", "-"): v for k, v in headers.items()},
        },
    )
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.loads(answer.read()), answer.headers.get("ETag", "")


def talk(then: Then) -> None:
    """Onboard, review limits, release orders, override one answer; keep what the models say."""
    process, address = then.serve()
    try:
        questions = [
            {"application": APPLICANT},
            {"application": {**APPLICANT, "name": "Person", "is_natural_person": True}},
            {"customer_id": "C000001"},
            {"customer_id": "C000002"},
            *(
                {"customer_id": f"C{number:06}", "order": {"amount": 250_000, "currency": "EUR"}}
                for number in (1, 1, 3, 5, 6)
            ),
        ]
        for number, question in enumerate(questions):
            made, etag = ask(
                address, "/v1/credit/decisions", question, Idempotency_Key=f"key-{number}"
            )
            print(made["kind"], made["outcome"], flush=True)
        why = {
            "outcome": "decline",
            "reason": "A person knew more.",
            "actor": "Erika Mustermann",
            "review_on": (dt.datetime.now(dt.UTC) + dt.timedelta(days=180)).date().isoformat(),
        }
        path = f"/v1/credit/decisions/{made['decision_id']}/override"
        ask(address, path, why, Idempotency_Key="override", If_Match=etag)
        risks = [ask(address, f"/v1/credit/customers/C{n:06}")[0]["risk"] for n in range(1, 11)]
        curves = ask(address, "/v1/payment-curves", {"invoice_ids": open_ids(then)[:30]})[0]
        answers = json.dumps({"risks": risks, "curves": curves}, indent=1)
        (then.folder / SAID_THEN).write_text(answers + "\n", encoding="utf-8")
    finally:
        process.terminate()
        process.wait(60)


def open_ids(then: Then) -> list[str]:
    """Invoices issued lately of which nothing is paid."""
    export = then.home.with_name("export")
    with (export / "allocations.csv").open(newline="", encoding="utf-8") as file:
        paid = {row["invoice_id"] for row in csv.DictReader(file)}
    with (export / "invoices.csv").open(newline="", encoding="utf-8") as file:
        issued = {
            row["invoice_id"] for row in csv.DictReader(file) if row["issued_on"] > "2025-12"
        }
    return sorted(issued - paid)


def publish(then: Then, folder: Path) -> None:
    """Freeze a forecast of autumn, and one of the last morning with a date that a person knew."""
    dates = folder / "dates.csv"
    dates.write_text(
        "invoice_id,instalment,pays_on,amount,currency,owner,source,reason,entered_on,expires_on\n"
        f"{open_ids(then)[0]},1,2026-01-20,,,ann,user,they said so,{MORNING},2026-02-01\n"
    )
    publish = ("forecast", "publish", "--horizon-days", "42", "--as-of")
    then.run(*publish, AUTUMN)
    then.run(*publish, MORNING, "--overrides", str(dates))


def main() -> None:
    """Make the home and pack it."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp()).resolve()
    then = Then(folder)
    started = time.monotonic()
    export(folder / "export", then)
    then.run("import", "export", "--preset", "generic", "--recorded-on", "2025-12-31")
    settings = folder / "settings.json"
    settings.write_text(json.dumps({"name": "days-to-pay", "settings": QUICK}))
    force = ("--force", "a home to be kept")
    then.run("train", "days-to-pay", "--as-of", EARLY)
    then.run("promote", "days-to-pay", *force)
    then.run("train", "days-to-pay", "--as-of", MORNING)
    then.run("promote", "days-to-pay", *force)
    for name in ("default-risk", "new-customer"):
        then.run("train", name, "--as-of", MORNING)
        then.run("promote", name, *force)
    then.run("train", "days-to-pay", "--as-of", MORNING, "--settings", str(settings))
    house = then.code / "src/payrisk/credit/policies/house.toml"
    policy = house.read_text(encoding="utf-8").replace('id = "house-2"', 'id = "own-1"')
    (then.home / "policy.toml").write_text(policy, encoding="utf-8")
    talk(then)
    publish(then, folder)
    print(f"{time.monotonic() - started:.0f} s; {then.home}")
    pack(then)


def pack(then: Then) -> None:
    """Put the home, and what was answered from it then, into the archive."""
    with_addresses(then.home, {str(then.folder): MARK})
    target = Path(__file__).with_name(f"{COMMIT}.tar.xz")
    with tarfile.open(target, "w:xz", preset=9) as archive:
        for name in ("home", SAID_THEN):
            archive.add(then.folder / name, name, filter=anonymous)
    print(f"{target}: {target.stat().st_size:,} bytes")


def anonymous(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """An entry of the archive as nobody's, so that it tells nothing of who made it."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry


if __name__ == "__main__":
    main()
