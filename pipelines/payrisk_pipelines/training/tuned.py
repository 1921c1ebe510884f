"""What tuning found, beside the present settings: in words, as JSON and as lines of a spec."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from inspect import signature
from pathlib import Path
from typing import Any

import pandas as pd

from payrisk.calendar import iso
from payrisk.errors import InputError
from payrisk_models import spec


@dataclass(frozen=True)
class TuningResult:
    """What was found, beside the present settings.

    trials: one row a trial, with number, state, crps (mean over the origins it saw) and its
    settings. crps: (present, found) on the `rows` compared. difference: found − present with its
    95 % interval, below 0 where the found ones are better. is_held_out: whether those rows took
    no part in choosing. tuned_until: the last day whose rows took part in anything.
    """

    name: str
    present: Mapping[str, Any]
    found: Mapping[str, Any]
    trials: pd.DataFrame
    crps: tuple[float, float]
    difference: tuple[float, float, float]
    rows: int
    is_held_out: bool
    origins: tuple[int, ...]
    tuned_until: int
    run_id: str = ""

    def table(self) -> pd.DataFrame:
        """The present settings and the found ones: CRPS on the rows compared, and the settings."""
        settings_of = [dict(self.present), dict(self.found)]
        keys = list(self.found)
        table = pd.DataFrame({"settings": ["present", "found"], "crps": self.crps})
        for key in keys:
            table[key] = [str(one.get(key, "as fit has it")) for one in settings_of]
        return table

    @property
    def sentence(self) -> str:
        """What came of it."""
        gap, low, high = self.difference
        sure = "surely better" if high < 0 else "surely worse" if low > 0 else "not told apart"
        where = "rows that took no part in choosing" if self.is_held_out else "the rows chosen on"
        n_pruned = int((self.trials["state"] == "pruned").sum())
        return (
            f"{len(self.trials)} trials ({n_pruned} given up half-way) on rows issued up to"
            f" {iso(self.tuned_until)}, before any that the gate judges on. Found − present:"
            f" {gap:+.4g} days of CRPS ({low:+.4g} to {high:+.4g}) on {self.rows} {where}: {sure}."
        )

    @property
    def lines(self) -> str:
        """What to write into the spec, as Python."""
        entries = "".join(f"        {json.dumps(k)}: {v!r},\n" for k, v in self.found.items())
        return f"    settings={{\n{entries}    }},"

    def to_json(self) -> dict[str, Any]:
        """Plain values; `settings` is what `payrisk train --settings` reads."""
        gap, low, high = self.difference
        return {
            "name": self.name,
            "settings": dict(self.found),
            "present": dict(self.present),
            "crps": {"present": self.crps[0], "found": self.crps[1]},
            "difference": {"found_minus_present": gap, "low": low, "high": high},
            "rows": self.rows,
            "is_held_out": self.is_held_out,
            "origins": [iso(day) for day in self.origins],
            "tuned_until": iso(self.tuned_until),
            "run_id": self.run_id,
            "trials": [
                {key: None if value != value else value for key, value in row.items()}
                for row in self.trials.to_dict("records")
            ],
        }

    def write(self, path: Path) -> Path:
        """Keep it as a file; raises InputError when it cannot be written."""
        try:
            path.write_text(json.dumps(self.to_json(), indent=1) + "\n", encoding="utf-8")
        except OSError as error:
            raise InputError(
                f"'{path}' cannot be written ({error.strerror}); choose another with --out."
            ) from None
        return path


def read_settings(path: Path, name: str) -> dict[str, Any]:
    """The settings that a file of `TuningResult.write` holds, fit to be told to `train`.

    Raises InputError where it cannot be read, is another model's or tells what fit does not take.
    """
    named = spec(name)
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
        found, of = dict(body["settings"]), body.get("name", name)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise InputError(
            f"'{path}' holds no settings; give a file that `payrisk tune {name} --out` wrote."
        ) from None
    if of != name or not named.has_curves:
        raise InputError(f"'{path}' holds settings of '{of}', not for '{name}'; tune that one.")
    unknown = sorted(set(found) - set(signature(named.fit).parameters))
    if unknown:
        raise InputError(
            f"'{path}' tells {', '.join(unknown)}, which '{name}' does not take; it takes"
            f" {', '.join(named.search)}."
        )
    return found
