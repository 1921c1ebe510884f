"""A trial: who was drawn into which arm on which morning, written down before anything is done."""

from __future__ import annotations

import dataclasses
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from payrisk.calendar import day_of, iso
from payrisk.collecting.holdout.assignment import CONTROL, Arm
from payrisk.errors import InputError
from payrisk.sealed import write_through

FOLDER = "holdouts"
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")
COLUMNS = ("customer_id", "group", "stratum", "arm", "late", "expected_cash", "expected_days",
           "answered_days")  # fmt: skip


@dataclass(frozen=True)
class HoldoutTrial:
    """A trial as it was drawn on the morning `starts_on`; its window ends `days` later.

    rows: one a customer, see COLUMNS: the parent or customer it was drawn with, its arm's name,
    what was late, and of it the cash expected within the window and the mean days until it comes,
    window at most, if nothing is done; answered_days: by how much sooner it comes where an action
    is answered for certain. Money in minor units of `currency`.
    """

    name: str
    seed: int
    starts_on: int
    days: int
    arms: tuple[Arm, ...]
    made_at: str
    actor: str
    ledger_sha: str
    currency: str
    rows: pd.DataFrame

    @property
    def ends_on(self) -> int:
        """The last day of the window."""
        return self.starts_on + self.days - 1

    def held_out_on(self, day: int) -> frozenset[str]:
        """The customers that are to be left alone on a day."""
        if not self.starts_on <= day <= self.ends_on:
            return frozenset()
        return frozenset(self.rows.loc[self.rows["arm"] == CONTROL, "customer_id"].astype(str))

    def document(self) -> dict[str, Any]:
        """As it is kept: days in ISO, rows as lists by column."""
        return {
            "name": self.name,
            "seed": self.seed,
            "starts_on": iso(self.starts_on),
            "days": self.days,
            "arms": [dataclasses.asdict(arm) for arm in self.arms],
            "made_at": self.made_at,
            "actor": self.actor,
            "ledger_sha": self.ledger_sha,
            "currency": self.currency,
            "rows": {name: self.rows[name].tolist() for name in COLUMNS},
        }

    def save(self, home: Path) -> Path:
        """Write it to HOME/holdouts once; InputError for a name that is taken or none."""
        if not NAME.fullmatch(self.name):
            raise InputError(
                f"'{self.name}' cannot name a trial; use small letters, digits and -."
            )
        path = home / FOLDER / f"{self.name}.json"
        if path.exists():
            raise InputError(
                f"A trial '{self.name}' was drawn before; give this one another name."
            )
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_through(path, json.dumps(self.document(), indent=1, sort_keys=True).encode())
        return path


def rename_actor(home: Path, actor: str, pseudonym: str) -> int:
    """Put a pseudonym in place of who drew trials of a home; how many they drew."""
    renamed = [trial for trial in read_trials(home) if " ".join(trial.actor.split()) == actor]
    for trial in renamed:
        path = home / FOLDER / f"{trial.name}.json"
        document = dataclasses.replace(trial, actor=pseudonym).document()
        beside = path.with_name(f".{path.name}.partial")
        write_through(beside, json.dumps(document, indent=1, sort_keys=True).encode())
        beside.replace(path)
    return len(renamed)


def read_trials(home: Path) -> list[HoldoutTrial]:
    """The trials of a home, the first one first; InputError for a file that is none."""
    paths = sorted((home / FOLDER).glob("*.json"))
    return sorted(map(_read, paths), key=lambda trial: (trial.starts_on, trial.name))


def held_out_on(home: Path, day: int) -> frozenset[str]:
    """The customers that any trial of a home leaves alone on a day."""
    return frozenset().union(*(trial.held_out_on(day) for trial in read_trials(home)))


def read_trial(home: Path, name: str) -> HoldoutTrial:
    """One trial by its name; InputError where there is none."""
    for trial in read_trials(home):
        if trial.name == name:
            return trial
    raise InputError(f"There is no trial '{name}'; `payrisk holdout show` lists them.")


def _read(path: Path) -> HoldoutTrial:
    try:
        document = json.loads(path.read_text("utf-8"))
        rows = pd.DataFrame(document["rows"], columns=list(COLUMNS))
        return HoldoutTrial(
            name=document["name"],
            seed=int(document["seed"]),
            starts_on=day_of(document["starts_on"]),
            days=int(document["days"]),
            arms=tuple(Arm(**arm) for arm in document["arms"]),
            made_at=document["made_at"],
            actor=document["actor"],
            ledger_sha=document["ledger_sha"],
            currency=document["currency"],
            rows=rows,
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} is no trial ({type(error).__name__}); put it back.") from None
