"""Abstention: where no verified model can tell, nothing is approved and nothing is scored."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from payrisk.answers import Answers
from payrisk.credit import CreditDecision
from payrisk.errors import ModelError
from payrisk_api.requests.credit import DecisionBody
from proofs.probing import Probe, ProofRun, Tally
from support.company.five_customers import (
    AS_OF,
    Fitted,
    SameApplicants,
    champions,
    small_company,
)

STRANGER: dict[str, Any] = {
    "name": "Muster GmbH",
    "currency": "EUR",
    "country": "DE",
    "is_natural_person": False,
    "founded_on": "1990-01-01",
    "email": "a@muster.example",
    "website": "https://muster.example",
}


@dataclass(frozen=True)
class OutOfDomain:
    """A model of applicants that has seen none like it."""

    probability: float

    def risks_of(self, *asked: Any) -> Any:
        """What it says all the same."""
        return SameApplicants(self.probability).risks_of(*asked)

    def all_out_of_range(self, fields: list[Any]) -> list[list[str]]:
        """Every number lies beyond what it was fitted on."""
        return [["turnover", "net_worth", "requested_limit"] for _ in fields]


@dataclass(frozen=True)
class Refusing:
    """A model that cannot say."""

    def risks_of(self, *_asked: Any) -> Any:
        """Refuse."""
        raise ModelError("The model refuses; train a new version.")


UNVERIFIED = {"trained_as_of": "2025-05-01", "verdict": {"outcome": "not verifiable yet"}}
Champion = Any
"""A `Fitted` model of applicants, or None."""


def _unable(draw: random.Random) -> tuple[str, Champion, int]:
    """Why nobody can tell, the champion for applicants, and the morning."""
    good = SameApplicants(0.01)
    return draw.choice(
        (
            ("no model", None, AS_OF),
            ("a model that refuses", Fitted(Refusing()), AS_OF),
            ("out of its range", Fitted(OutOfDomain(0.01)), AS_OF),
            ("never verified", Fitted(good, card=dict(UNVERIFIED)), AS_OF),
            ("a ledger long out of date", Fitted(good), AS_OF + draw.choice((60, 400, 3_000))),
        )
    )


def _able(draw: random.Random) -> tuple[str, Champion, int]:
    """The same questions, answered by a model that knows of no bounds."""
    why, _, _ = _unable(draw)
    return why, Fitted(SameApplicants(0.01)), AS_OF


def _application(draw: random.Random) -> dict[str, Any]:
    turnover = int(10 ** draw.uniform(6, 13))
    stated = STRANGER | {
        "turnover": turnover,
        "net_worth": int(turnover * draw.uniform(0.1, 0.9)),
        "requested_limit": max(1, turnover // draw.randint(50, 5_000)),
        "monthly_sales": max(1, turnover // draw.randint(100, 5_000)),
        "requested_terms_days": draw.choice((14, 30, 60)),
    }
    if draw.random() < 0.5:
        stated |= {"bureau_score": draw.uniform(100, 600), "bureau_scored_on": "2025-05-01"}
    return stated


def _decided(answers: Answers, as_of: int, draw: random.Random) -> CreditDecision:
    body = DecisionBody.model_validate({"application": _application(draw)})
    return answers.prepare_decision(body.request(), as_of=as_of).decide(with_counterfactuals=False)


def _asked(
    run: ProofRun, situation: Callable[[random.Random], tuple[str, Champion, int]]
) -> Tally:
    draw, company = random.Random(run.seed), small_company()
    n_approved, n_scored = Counter[str](), 0
    outcomes: Counter[str] = Counter()
    answers: dict[tuple[str, int], Answers] = {}
    for _ in range(run.count):
        why, applicants, as_of = situation(draw)
        key = why, as_of
        if key not in answers:
            if len(answers) > 50:
                answers.clear()
            others: dict[str, Any] = {} if applicants is None else {"new-customer": applicants}
            answers[key] = Answers(company, champions() | others, ledger_sha="1" * 64)
        decision = _decided(answers[key], as_of, draw)
        outcomes[decision.outcome] += 1
        n_approved[why] += decision.outcome.startswith("approve")
        # without a model the ledger's own rate of default stands in, and approves nothing
        n_scored += why == "a model that refuses" and decision.risk is not None
    told = ", ".join(f"{n:,} {outcome}" for outcome, n in sorted(outcomes.items()))
    n = sum(n_approved.values())
    where = "".join(f", {why}: {k:,}" for why, k in sorted(n_approved.items()) if k)
    return Tally(
        run.count,
        n + n_scored,
        f"{run.count:,} applications that no verified model can tell of: {n:,} approved{where},"
        f" {n_scored:,} scored by a model that refused ({told})",
    )


def abstain(run: ProofRun) -> Tally:
    """Ask where nobody can tell."""
    return _asked(run, _unable)


def abstain_never(run: ProofRun) -> Tally:
    """The same of a model that answers whatever is asked."""
    return _asked(run, _able)


ABSTENTION = Probe(
    "abstain", 10_000, 500, abstain, abstain_never, "a model that answers whatever is asked",
    twin_count=30, ci=60,
)  # fmt: skip
