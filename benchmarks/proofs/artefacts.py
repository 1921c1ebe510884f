"""Ruined and forged bundles: none is loaded, and none brings down who tries."""

from __future__ import annotations

import shutil
from pathlib import Path

from _damage import damage

from payrisk import bundle, pointers
from payrisk.errors import ModelError
from payrisk.learning.days_to_pay.fit_ecdf import fit_shrunk_ecdf
from proofs.probing import Probe, ProofRun, Tally
from support.ledgers.messy import START, messy_ledger

NAME = "days-to-pay"


def promoted(home: Path) -> pointers.PointedVersion:
    """Write a small bundle and let it answer; where the pointer leads."""
    history = messy_ledger(5, 60).as_of(START + 150)
    model = fit_shrunk_ecdf(history)
    bundle.write(
        bundle.bundle_folder(home, NAME, "1"),
        name=NAME,
        model=model,
        golden=model.rows(history, history.invoices()),
        card={"name": NAME},
        card_text="# card\n",
        facts={"seed": 0},
    )
    bundle.set_champion(home, NAME, "1")
    pointed = pointers.champion(home, NAME)
    assert pointed is not None
    return pointed


def _ruined(run: ProofRun, home: Path, pointed: pointers.PointedVersion) -> Tally:
    folder = bundle.bundle_folder(home, NAME, "1")
    aside = run.folder / "aside"
    shutil.copytree(folder, aside)
    loaded, ways = 0, set()
    for number in range(run.count):
        ways.add(damage(folder, number, run.seed))
        try:
            bundle.load_promoted(home, NAME, pointed, trial_seconds=0)
        except ModelError:
            pass
        else:
            loaded += 1
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(aside, folder)
    bundle.load_promoted(home, NAME, pointed, trial_seconds=0)
    return Tally(
        run.count, loaded, f"{loaded:,} loaded of {run.count:,} ruined in {len(ways)} ways"
    )


def ruin(run: ProofRun) -> Tally:
    """Ruin a promoted bundle in every way, by turns."""
    home = run.folder / "home"
    return _ruined(run, home, promoted(home))


def ruin_unpinned(run: ProofRun) -> Tally:
    """The same where the pointer names no digest, as if nobody compared it."""
    home = run.folder / "home"
    promoted(home)
    return _ruined(run, home, pointers.PointedVersion("1"))


ARTEFACT = Probe(
    "artefact", 5_000, 180, ruin, ruin_unpinned, "a pointer without digest", twin_count=90,
    ci=90, lacks="a service whose champion answers on meanwhile",
)  # fmt: skip
