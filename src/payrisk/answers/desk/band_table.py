"""The policy's bands in order of risk: who is in each, what is expected to be lost, what came."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from payrisk.answers.answering import Answers
from payrisk.answers.champions import APPLICANTS, CURVES, RISK, is_in_sample
from payrisk.answers.desk.measured_overrides import wilson_interval
from payrisk.calendar import iso

IN_DEFAULT = "in default"
"""Name of the row of customers in default: certain already, and in no band."""


@dataclass(frozen=True)
class BandLine:
    """One band. Money in minor units of the table's currency.

    Now: customers, their mean chance of default within the policy's days, gross exposure, what of
    it nobody else would pay (own_risk), and expected_loss = the sum of chance × own risk × loss
    rate. On the judged mornings: how many stood in the band then (judged), what was said of them
    (judged_probability), how many defaulted, the observed rate and its 90 % bounds (Wilson); None
    where nobody did. is_in_order: the observed rate is no lower than that of the better band
    before it; is_surely_out: it is lower, and beyond what chance explains (bounds apart).
    """

    band: str
    outcome: str
    customers: int
    mean_probability: float | None
    exposure: int
    own_risk: int
    expected_loss: int
    judged: int
    judged_probability: float | None
    defaulted: int
    observed_rate: float | None
    low: float | None
    high: float | None
    is_in_order: bool = True
    is_surely_out: bool = False


@dataclass(frozen=True)
class BandTable:
    """The table of a morning.

    judged_on: mornings whose days are over, each counted whole. in_sample: those of them on which
    models answer that learnt from later days. unscored: customers no model could score.
    without_rate: customers who owe in a currency without a known rate; they are in no money.
    """

    as_of: int
    horizon_days: int
    currency: str
    lines: tuple[BandLine, ...]
    judged_on: tuple[int, ...]
    in_sample: tuple[int, ...]
    unscored: int
    without_rate: int

    @property
    def verdict(self) -> str:
        """Whether a worse band loses more, in words."""
        seen = [line for line in self.lines if line.observed_rate is not None]
        if len(seen) < 2 or not sum(line.defaulted for line in seen):
            return "Too few outcomes are known to say whether a worse band loses more."
        wrong = [line for line in seen if not line.is_in_order]
        if not wrong:
            return "A worse band lost more, from band to band."
        names = ", ".join(line.band for line in wrong)
        if any(line.is_surely_out for line in wrong):
            return f"Out of order, and beyond chance: {names} lost less than a better band."
        return f"Out of order: {names} lost less than a better band; chance alone may do that."

    def to_json(self) -> dict[str, Any]:
        """Plain values; days as ISO dates."""
        return asdict(self) | {
            "as_of": iso(self.as_of),
            "lines": [asdict(line) for line in self.lines],
            "judged_on": [iso(day) for day in self.judged_on],
            "in_sample": [iso(day) for day in self.in_sample],
            "verdict": self.verdict,
        }


@dataclass
class _Standing:
    """What is summed of a band now."""

    customers: int = 0
    probability: float = 0.0
    exposure: int = 0
    own_risk: int = 0
    expected_loss: float = 0.0


@dataclass
class _Outcome:
    """What is counted of a band on the judged mornings."""

    customers: int = 0
    probability: float = 0.0
    defaulted: int = 0


def band_table(answers: Answers, as_of: int, *, mornings: int = 1) -> BandTable:
    """The bands of the policy, the best first, then who is in default.

    mornings: how many past ones are judged, the latest `horizon_days` ago and each as long before
    the next, so that their days never overlap; those before the second fact are left out. Raises
    LedgerError before the first fact.
    """
    horizon = answers.policy.horizon_days
    past = [as_of - horizon * place for place in range(1, mornings + 1)]
    past = [day for day in past if day > answers.first_day + 1]
    for day in (as_of, *past):
        if not answers.is_prepared(day):
            answers.prepare_morning(day)
    now, unscored, without_rate = _standings(answers, as_of)
    outcomes = _outcomes(answers, as_of, past)
    models = [answers.champions[n] for n in (CURVES, RISK, APPLICANTS) if n in answers.champions]
    return BandTable(
        as_of,
        horizon,
        answers.policy.house,
        _lines(answers, now, outcomes),
        tuple(past),
        tuple(day for day in past if any(is_in_sample(each.card, day) for each in models)),
        unscored,
        without_rate,
    )


def _standings(answers: Answers, as_of: int) -> tuple[dict[str, _Standing], int, int]:
    """By band what stands in it now; how many have no score, and how many no rate."""
    accounts, policy = answers.accounts(as_of), answers.policy
    now: dict[str, _Standing] = {}
    unscored = without_rate = 0
    for customer in sorted(set(answers.history(as_of).invoices()["customer_id"].astype(str))):
        risk = answers.risk(customer, as_of)
        if risk is None:
            unscored += 1
            continue
        name = IN_DEFAULT if risk.is_in_default else policy.band(risk.probability).name
        line = now.setdefault(name, _Standing())
        line.customers += 1
        line.probability += risk.probability
        account = accounts.account_of(customer, accounts.currency_of(customer))
        rate = 1.0
        if account.currency != policy.house:
            known = accounts.rates.rate(account.currency, policy.house)
            if known is None:
                without_rate += bool(account.exposure)
                continue
            rate = known.quote_minor_units
        loss = policy.profit.loss_given_default_rate if account.loss is None else account.loss.rate
        line.exposure += round(account.exposure * rate)
        line.own_risk += round(account.own_risk * rate)
        line.expected_loss += risk.probability * account.own_risk * rate * loss
    return now, unscored, without_rate


def _outcomes(answers: Answers, as_of: int, past: list[int]) -> dict[str, _Outcome]:
    """By band what became of who stood in it, by all that is known now."""
    spells = answers.history(as_of).defaults()
    begun: dict[str, list[int]] = {}
    for customer, day in zip(spells["customer_id"], spells["default_on"], strict=True):
        begun.setdefault(str(customer), []).append(int(day))
    horizon = answers.policy.horizon_days
    outcomes: dict[str, _Outcome] = {}
    for day in past:
        later = answers.accounts(as_of)
        for customer in sorted(set(answers.history(day).invoices()["customer_id"].astype(str))):
            risk = answers.risk(customer, day)
            if risk is None or risk.is_in_default:
                continue
            line = outcomes.setdefault(answers.policy.band(risk.probability).name, _Outcome())
            line.customers += 1
            line.probability += risk.probability
            days = begun.get(later.current_id(customer), ())
            line.defaulted += any(day <= start < day + horizon for start in days)
    return outcomes


def _lines(
    answers: Answers, now: dict[str, _Standing], outcomes: dict[str, _Outcome]
) -> tuple[BandLine, ...]:
    lines: list[BandLine] = []
    before: BandLine | None = None
    for name, outcome in [
        *((band.name, band.outcome) for band in answers.policy.bands),
        (IN_DEFAULT, "decline"),
    ]:
        standing, came = now.get(name, _Standing()), outcomes.get(name, _Outcome())
        rate = came.defaulted / came.customers if came.customers else None
        low, high = (
            wilson_interval(came.defaulted, came.customers) if came.customers else (None, None)
        )
        is_lower = rate is not None and before is not None and rate < (before.observed_rate or 0)
        is_apart = is_lower and (high or 0.0) < ((before and before.low) or 0.0)
        line = BandLine(
            name,
            outcome,
            standing.customers,
            standing.probability / standing.customers if standing.customers else None,
            standing.exposure,
            standing.own_risk,
            round(standing.expected_loss),
            came.customers,
            came.probability / came.customers if came.customers else None,
            came.defaulted,
            rate,
            low,
            high,
            not is_lower,
            is_apart,
        )
        lines.append(line)
        before = line if rate is not None else before
    return tuple(lines)
