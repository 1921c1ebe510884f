"""Answers from a home: its current ledger, its policy and its champions, verified."""

from __future__ import annotations

from pathlib import Path

from payrisk import bundle
from payrisk.answers.answering import Answers
from payrisk.answers.champions import Champion
from payrisk.answers.risks import APPLICANTS, CURVES, RISK
from payrisk.credit import CreditPolicy
from payrisk.errors import ModelError
from payrisk.ledger import storage

POLICY = "policy.toml"
"""The house's own policy in a home; the one shipped with payrisk stands in for it."""


def pointers(home: Path) -> tuple[bytes | None, ...]:
    """Read what decides which ledger, models and policy answer; it differs when they move.

    What cannot be read counts as absent here; `read` says what is wrong with it.
    """
    paths = (
        home / "ledger",
        home / "champions" / CURVES,
        home / "champions" / RISK,
        home / "champions" / APPLICANTS,
        home / POLICY,
    )
    return tuple(_content(path) for path in paths)


def read(home: Path, before: Answers | None = None) -> Answers:
    """Load the ledger, the policy and the champions, keeping of `before` what has not moved.

    A champion whose bundle does not verify is named and left out; the one before it, if any,
    goes on answering. Raises LedgerError without a ledger, InputError for a damaged policy.
    """
    sha = storage.current(home)
    is_same = before is not None and before.ledger_sha == sha
    ledger = before.ledger if before is not None and is_same else storage.load(home)
    champions: dict[str, Champion] = {}
    refused: dict[str, str] = {}
    for name in (CURVES, RISK, APPLICANTS):
        former = None if before is None else before.champions.get(name)
        try:
            version = bundle.champion_version(home, name)
        except ModelError as error:
            refused[name] = str(error)
            if former is not None:
                champions[name] = former
            continue
        if version is None:
            continue
        if former is not None and str(former.version) == version:
            champions[name] = former
            continue
        try:
            champions[name] = bundle.load(bundle.folder(home, name, version))
        except ModelError:
            refused[name] = (
                f"Version {version} of {name} is promoted but its bundle does not verify;"
                " promote it again or train a new one."
            )
            if former is not None:
                champions[name] = former
    own = home / POLICY
    return Answers(
        ledger,
        champions,
        ledger_sha=sha,
        policy=CreditPolicy.read(own) if own.exists() else None,
        refused=refused,
    )


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
