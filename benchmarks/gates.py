"""Whether the gate lets anything bad through: a hundred bad recipes, and some truly better ones.

    payrisk bench gates [--customers 120] [--seed 0] [--some 100] [--json]

On a made-up company what stands in the way is the honest recipe or a weaker one, deployed half a
year ago. Each candidate is judged as `payrisk train` judges: refitted at the same past origins as
its opponent, tried with and without the future, and what would ship held to what was judged.
Bad: fitted on later facts, peeking at the day of payment, shuffled labels, data that are old or
no longer refreshed, customers' features dropped, overconfident, timid or late, one segment ruined.
The recipes are small (60 rounds, one seed): it is the gate that is tried.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
from _recipes import OPPONENTS, Tried, better, hundred
from _running import say
from _tables import printed

from payrisk.bundle import Bundle
from payrisk.calendar import iso
from payrisk.learning.judging.champion import DeployedChampion
from payrisk.learning.judging.gates import Verdict
from payrisk.learning.judging.judge_curves import CurveJudge, check_curve_shift
from payrisk.learning.judging.spec import ModelSpec
from payrisk.ledger import Ledger
from payrisk.simulate import simulate
from payrisk_models import spec

DEPLOYED_DAYS = 180


class Kept:
    """A fit that is done once a morning: opponents meet a hundred candidates at the same ones."""

    def __init__(self, fit: Any) -> None:
        self.fit, self.known = fit, dict[int, Any]()

    def __call__(self, history: Any, **_settings: Any) -> Any:
        """The model of the morning."""
        if history.as_of not in self.known:
            self.known[history.as_of] = self.fit(history)
        return self.known[history.as_of]


def recipe(name: str, fit: Any) -> ModelSpec:
    """days-to-pay with another fit; its name stands in the settings, as a partial has none."""
    own: dict[str, Any] = {"baselines": ("due-plus-mean", "customer-ecdf")}
    own |= {"settings": {"tried": name}, "when_gated": {}, "when_sketched": {}, "when_judged": {}}
    own |= {"inputs": ()}  # what each reads is part of what is tried, not of its recipe
    return replace(spec("days-to-pay"), fit=Fitted(name, fit), **own)


class Fitted:
    """A fit under a name of its own."""

    def __init__(self, name: str, fit: Any) -> None:
        self.fit = fit
        self.__module__, self.__qualname__ = "benchmarks", name

    def __call__(self, history: Any, **_settings: Any) -> Any:
        """The model of a morning."""
        return Answering(self.fit(history))


@dataclass(frozen=True)
class Answering:
    """A fitted model that keeps what it reads to itself."""

    model: Any
    inputs: tuple[Any, ...] = ()

    def curves(self, *question: Any) -> Any:
        """Its curves."""
        return self.model.curves(*question)

    def to_files(self) -> Any:
        """Its files."""
        return self.model.to_files()


class Trial:
    """A company, and its opponents as they were deployed."""

    def __init__(self, customers: int, seed: int) -> None:
        self.ledger, _ = Ledger.from_tables(simulate(customers, 24, seed).tables)
        self.history = self.ledger.as_of(self.ledger.default_as_of)
        self.opponents = {name: Kept(fit) for name, fit in OPPONENTS.items()}

    def champion(self, name: str) -> DeployedChampion:
        """An opponent, deployed half a year ago."""
        day = self.history.as_of - DEPLOYED_DAYS
        model = self.opponents[name](self.ledger.as_of(day))
        facts = {"as_of": iso(day), "digest": ""}
        found = Bundle("days-to-pay", "1", model, {}, facts, Path())
        return DeployedChampion(found, recipe(name, self.opponents[name]))

    def verdict(self, number: int, tried: Tried) -> Verdict:
        """What the gate says of a candidate."""
        candidate = recipe(f"{tried.kind} {number}", tried.fit)
        judge = CurveJudge(candidate, self.history, self.champion(tried.against))
        judgement = judge.judge()
        ships = check_curve_shift(candidate.fit_as_served(self.history), judgement, self.history)
        return judgement.verdict.with_checks([*judge.honesty(), ships])


def summary(rows: pd.DataFrame) -> list[Mapping[str, Any]]:
    """One row a kind: how many were tried and refused."""
    groups = rows.groupby(["kind", "against"], sort=False)["outcome"]
    told = groups.agg(tried="size", refused=lambda outcome: int((outcome == "refused").sum()))
    return list(told.reset_index().to_dict("records"))


def main() -> None:
    """Try every recipe and print who was refused, and why."""
    parser = argparse.ArgumentParser(prog="payrisk bench gates")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--customers", type=int, default=120)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--some", type=int, default=100, help="of the hundred, evenly spread")
    given = parser.parse_args()
    trial = Trial(given.customers, given.seed + 11)
    bad = hundred(trial.history, given.seed)
    bad = [bad[at] for at in sorted({at * len(bad) // given.some for at in range(given.some)})]
    rows = []
    for number, tried in enumerate([*bad, *better()]):
        began = time.perf_counter()
        verdict = trial.verdict(number, tried)
        failed = [check.sentence for check in verdict.checks if check.outcome == "refused"]
        rows.append(
            {
                "kind": tried.kind,
                "against": tried.against,
                "outcome": verdict.outcome,
                "refused_by": len(failed),
                "first": failed[0] if failed else "",
            }
        )
        took = time.perf_counter() - began
        say(f"{number:3} {tried.kind} against {tried.against}: {verdict.outcome} ({took:.0f} s)")
    table = pd.DataFrame(rows)
    found: dict[str, Any] = {"recipes": summary(table), "each": rows}
    wrong = table[(table["kind"] == "better") == (table["outcome"] == "refused")]
    found["wrong"] = wrong.to_dict("records")
    if given.json:
        print(json.dumps(found, indent=2))
        return
    printed("recipes", found["recipes"])
    if found["wrong"]:
        printed("judged wrongly", found["wrong"])


if __name__ == "__main__":
    main()
