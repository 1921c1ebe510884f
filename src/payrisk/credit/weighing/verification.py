"""Verification: whether outcomes stand behind a score, and what may be decided where none do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from payrisk.credit.applicant.account import Account
from payrisk.credit.applicant.application import CreditRequest
from payrisk.credit.rules.decision import PASSED, DecisionBasis
from payrisk.credit.rules.limits import Limit
from payrisk.credit.rules.rules import UnverifiedRules
from payrisk.credit.weighing.causes import DecisionCause, Verdict, cause_of, is_average_of_others
from payrisk.credit.weighing.contagion import GROUP_DEFAULT
from payrisk.predictions import DefaultRisk

CURVES, RISK, APPLICANTS = "days-to-pay", "default-risk", "new-customer"
"""The models whose verdicts count: of payment curves, of known customers, of applicants."""
SAME_FOR_ALL = ("base_rate", "recent_level", "in_default", GROUP_DEFAULT)
"""Codes of contributions that are the same for everybody, or a status of it or its group."""
MOSTLY = 0.5
"""The weight of behaviour below which a score rests on the application."""


@dataclass(frozen=True)
class ScoreVerification:
    """What stands behind a score. why: why no outcome does, in words; empty where they do.

    probability: what the bands are asked with: the score's, but that of the payment curves alone
    where `is_by_curves`: an unverified score decides no order, verified curves do.
    """

    probability: float
    why: str = ""
    is_by_curves: bool = False

    @property
    def is_verified(self) -> bool:
        """Whether the score was verified on outcomes, and says something of this company."""
        return not self.why


def score_verification(
    rules: UnverifiedRules,
    request: CreditRequest,
    account: Account,
    risk: DefaultRisk,
    basis: DecisionBasis,
) -> ScoreVerification:
    """Whether a score was verified on outcomes; where not, whether curves decide in its place.

    They do for an order under a limit on file, of a customer with invoices to roll up, once the
    model of days to pay has passed its own gate.
    """
    why = _why_unverified(risk, basis)
    is_standing = request.order is not None and account.current_limit is not None
    has_curves = basis.verdicts.get(CURVES) == PASSED and risk.n_invoices_seen > 0
    if not why or risk.roll_up is None or not (is_standing and has_curves):
        return ScoreVerification(risk.probability, why)
    if rules.order_release == "refer":
        return ScoreVerification(risk.probability, why)
    return ScoreVerification(risk.roll_up, why, is_by_curves=True)


def _why_unverified(risk: DefaultRisk, basis: DecisionBasis) -> str:
    if is_average_of_others(risk):
        return AVERAGE
    model = APPLICANTS if rests_mainly_on_application(risk) else RISK
    verdict = basis.verdicts.get(model, "")
    if verdict != PASSED:
        version = basis.model_versions.get(model)
        name = model if version is None else f"{model} version {version}"
        return f"{name} {_FAILING.get(verdict, _FAILING[''])}"
    parts = [reason for reason in risk.reasons if reason.code not in SAME_FOR_ALL]
    if risk.reasons and not any(part.contribution for part in parts):
        return SAME
    return ""


_FAILING = {
    "refused": "failed its test on past outcomes",
    "not verifiable": "has seen too few customers turn out good or bad to be tested",
    "": "was never tested on past outcomes",
    "in-sample": "was trained later than this morning, on what came then",
}
"""Verdict of a model that has not passed → what is wrong with it."""
AVERAGE, SAME = "it is the average of others", "it is the same for everybody"
FAILING_TEXTS = (AVERAGE, SAME, *(f"{{model}} {words}" for words in _FAILING.values()))
"""Every reason why a score is not verified, before the model's name is filled in."""


def rests_mainly_on_application(risk: DefaultRisk) -> bool:
    """Whether a score rests on what the company said of itself more than on its invoices."""
    if risk.source == "blend":
        return risk.behaviour_weight < MOSTLY
    return risk.source == "application"


def unverified_causes(
    standing: ScoreVerification,
    request: CreditRequest,
    account: Account,
    risk: DefaultRisk,
    limit: Limit,
) -> Iterator[DecisionCause]:
    """What an unverified score leaves to a person: newcomers, rises of a limit, most orders.

    limit: as it would be without this.
    """
    if standing.is_verified or risk.is_in_default:  # a status needs no model
        return
    verdict: Verdict = "refer"
    if request.application is not None:
        code = "unverified_newcomer"
    elif request.order is None:
        is_rise = (limit.proposed or 0) > (account.current_limit or 0)
        code, verdict = ("unverified_rise", "refer") if is_rise else ("unverified", "note")
    elif account.current_limit is None:
        code = "unverified_rise"
    elif standing.is_by_curves:
        code, verdict = "unverified_within", "note"
    else:
        code = "unverified_order"
    yield cause_of(
        verdict,
        code,
        source="model",
        dated_on=risk.as_of - 1,
        why=standing.why,
        probability=standing.probability,
        model=APPLICANTS
        if request.application is not None or rests_mainly_on_application(risk)
        else RISK,
    )
