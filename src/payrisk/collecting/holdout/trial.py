"""A trial: who was drawn into which arm on which morning, written down before anything is done."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from payrisk.access.key_ring import file_lock
from payrisk.calendar import day_of, iso
from payrisk.collecting.holdout.assignment import CONTROL, Arm
from payrisk.errors import InputError, UnusableHomeFile
from payrisk.sealed import write_atomically, write_through

FOLDER = "holdouts"
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")
COLUMNS = ("customer_id", "group", "stratum", "arm", "late", "expected_cash", "expected_days",
           "answered_days")  # fmt: skip


class TakenTrialName(InputError):
    """A trial of this name was drawn before."""


@dataclass(frozen=True)
class HoldoutTrial:
    """A trial as it was drawn on the morning `starts_on`; its window ends `days` later.

    rows: one a customer, see COLUMNS: the parent or customer it was drawn with, its arm's name,
    what was late, and of it the cash expected within the window and the mean days until it comes,
    window at most, if nothing is done; answered_days: by how much sooner it comes where an action
    is answered for certain. Money in minor units of `currency`. n_left_out: customers under a
    trial that ran then, who were not drawn again. stopped_on: the morning from which it is over
    before its time.
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
    n_left_out: int = 0
    stopped_on: int | None = None
    stopped_by: str = ""

    @property
    def ends_on(self) -> int:
        """The last day of the window, or the one before it was stopped."""
        planned = self.starts_on + self.days - 1
        return planned if self.stopped_on is None else min(planned, self.stopped_on - 1)

    def runs_within(self, first: int, last: int) -> bool:
        """Whether a day of its window is one of these."""
        return self.starts_on <= last and first <= self.ends_on

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
            "n_left_out": self.n_left_out,
            "stopped_on": None if self.stopped_on is None else iso(self.stopped_on),
            "stopped_by": self.stopped_by,
        }

    def save(self, home: Path) -> Path:
        """Write it to HOME/holdouts once, whole or not at all.

        Raises TakenTrialName for a name that is taken, also a moment ago, InputError for none.
        """
        if not NAME.fullmatch(self.name):
            raise InputError(
                f"'{self.name}' cannot name a trial; use small letters, digits and -."
            )
        path = home / FOLDER / f"{self.name}.json"
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        write_through(beside, _text(self.document()))
        try:
            os.link(beside, path)  # whoever comes second is refused
        except FileExistsError:
            raise TakenTrialName(
                f"A trial '{self.name}' was drawn before; give this one another name."
            ) from None
        finally:
            beside.unlink()
        return path

    def stop(self, home: Path, day: int, actor: str) -> HoldoutTrial:
        """End it from a morning on and keep it so: nobody is left alone for it from then on.

        Raises InputError where it does not run that morning.
        """
        if not self.starts_on <= day <= self.ends_on:
            raise InputError(
                f"The trial '{self.name}' runs from {iso(self.starts_on)} to {iso(self.ends_on)},"
                f" so there is nothing to stop on {iso(day)}; `payrisk holdout show` lists them."
            )
        stopped = dataclasses.replace(self, stopped_on=day, stopped_by=actor)
        path = home / FOLDER / f"{self.name}.json"
        write_atomically(path, _text(stopped.document()))
        return stopped


def rename_actor(home: Path, actor: str, pseudonym: str) -> int:
    """Put a pseudonym in place of who drew or stopped trials of a home; how many trials it was."""
    n_renamed = 0
    for trial in read_trials(home):
        drew, stopped = (" ".join(who.split()) == actor for who in (trial.actor, trial.stopped_by))
        if drew or stopped:
            renamed = dataclasses.replace(
                trial,
                actor=pseudonym if drew else trial.actor,
                stopped_by=pseudonym if stopped else trial.stopped_by,
            )
            path = home / FOLDER / f"{trial.name}.json"
            write_atomically(path, _text(renamed.document()))
            n_renamed += 1
    return n_renamed


def read_trials(home: Path) -> list[HoldoutTrial]:
    """The trials of a home, the first one first; UnusableHomeFile for a file that is none."""
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


@contextmanager
def trial_drawing_lock(home: Path) -> Iterator[None]:
    """Hold the home's one turn to draw: whoever draws next sees the trial that is kept in it.

    From reading the trials that run to keeping another; raises OSError.
    """
    folder = home / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with file_lock(folder / ".drawing.lock"):
        yield


def _text(document: dict[str, Any]) -> bytes:
    return json.dumps(document, indent=1, sort_keys=True).encode()


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
            n_left_out=int(document.get("n_left_out", 0)),
            stopped_on=day_of(document["stopped_on"]) if document.get("stopped_on") else None,
            stopped_by=document.get("stopped_by", ""),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnusableHomeFile(
            f"{FOLDER}/{path.name} in the home is no trial ({type(error).__name__}), so whom to"
            " leave alone is unknown; put the file back from a backup, or move it out of the home"
            " to go on without this trial."
        ) from None
