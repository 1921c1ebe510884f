"""Orders asked of a made-up company: who asks for what on which morning, and what became of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pandas as pd
from _running import say

from payrisk.answers import Answers, UnknownCustomer
from payrisk.calendar import NEVER
from payrisk.credit import CreditRequest, Order
from payrisk.credit.deciding.records import HeldHeadroom
from payrisk.learning.default_risk.fit import fit_default_risk
from payrisk.learning.judging.judge_default import landmarks_on
from payrisk.ledger import History, Ledger
from payrisk.simulate import Simulation, World, simulate
from payrisk_models import spec

PAST, APART_DAYS, YEAR = 4, 45, 360
ASKED_WITHIN = 7
"""Orders invoiced within so many days are asked about on their week's morning."""
RULE_DAYS = 30
"""The house rule releases what stays within the limit while nothing is later than this."""

PASSED = {"verdict": {"outcome": "passed"}}
"""The models' cards: that they would pass their gates is taken for granted here."""
FOR_A_PERSON = {"natural_person", "currency_unknown"}
"""Reasons for which the house leaves an order to a person, whatever its risk."""


@dataclass(frozen=True)
class Company:
    """A made-up company whose models learned from all but its last year."""

    made: Simulation
    answers: Answers
    first_asked_on: int

    @classmethod
    def of(cls, customers: int, months: int, seed: int, world: World) -> Company:
        """Learn default risk on the morning a year before the end; the curves are sketched."""
        risk, curves = spec("default-risk"), spec("days-to-pay")
        made = simulate(customers, months, seed, world=world)
        ledger = Ledger.from_tables(made.tables)[0]
        today = ledger.default_as_of - YEAR
        days = [today - risk.horizon_days - APART_DAYS * i for i in range(PAST)]
        [now] = landmarks_on(risk, curves, ledger, [today])
        past = landmarks_on(risk, curves, ledger, days)
        model = fit_default_risk(now.history, past, now.curves, risk.rule, risk.horizon_days)
        say(f"  seed {seed}: {model.n_events} defaults to learn from")
        champions = {
            "days-to-pay": SimpleNamespace(model=now.curves, version="1", card=PASSED),
            "default-risk": SimpleNamespace(
                model=model.bind(now.curves, now.applicants), version="1", card=PASSED
            ),
        }
        return cls(made, Answers(ledger, champions), today)


def asked(company: Company, n_mornings: int) -> pd.DataFrame:
    """Every order asked on these mornings: what we let go, what the rule thinks of it, the truth.

    customer, seed-free group, amount, released (minor units of its currency), in_euro (value of
    one minor unit), severity (of the house rule: released up to 1), lost (never paid), and
    is_insolvent, is_in_default, is_over_limit of the customer as known that morning.
    is_for_a_person: of a natural person, or in a currency without amounts in the policy.
    """
    ledger = company.answers.ledger
    last = ledger.default_as_of - ASKED_WITHIN
    mornings = np.linspace(company.first_asked_on, last, n_mornings).astype(int)
    truth = _invoices(company.made)
    rows: list[dict[str, object]] = []
    for as_of in mornings:
        rows += _asked_on(company, truth, int(as_of))
        say(f"    {len(rows):,} orders")
    return pd.DataFrame(rows)


def _invoices(made: Simulation) -> pd.DataFrame:
    """Each invoice with what of it never came, under the name its customer had when it came."""
    truth = made.truth
    is_lost = (truth["cause"] == "default").to_numpy()
    came = np.where(truth["first_part_on"] < NEVER, truth["first_share"], 0.0)
    lost = np.where(is_lost, truth["amount"] * (1 - came), 0.0)
    names = made.tables["invoices"].drop_duplicates("invoice_id")
    whole = truth.assign(lost=lost).groupby("invoice_id", as_index=False)
    sums = whole.agg({"issued_on": "first", "amount": "sum", "currency": "first", "lost": "sum"})
    return sums.merge(names[["invoice_id", "customer_id"]], on="invoice_id")


def _asked_on(company: Company, truth: pd.DataFrame, as_of: int) -> Iterator[dict[str, object]]:
    company.answers.prepare_morning(as_of)  # all risks at once, as the service does
    history = company.answers.history(as_of)
    late = _oldest_overdue(history)
    insolvent = _insolvent(history)
    defaults = history.defaults(spec("default-risk").rule)
    in_default = set(defaults.loc[defaults["cured_on"] == NEVER, "customer_id"])
    due = truth[truth["issued_on"].between(as_of, as_of + ASKED_WITHIN - 1)]
    orders = list(due.itertuples(index=False)) + _of_the_bad(history, insolvent | in_default)
    held: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in orders:
        request = CreditRequest(
            customer_id=row.customer_id, order=Order(int(row.amount), row.currency)
        )
        try:
            prepared = company.answers.prepare_decision(request, as_of=as_of)
        except UnknownCustomer:  # its first order: an application, not an order
            continue
        account = prepared.account
        whose = str(account.customer_id)
        before = HeldHeadroom(by_customer=dict(held[whose]))
        decision = prepared.decide(before, with_counterfactuals=False)
        exposure = prepared.account_with_held_headroom(before).exposure
        release = decision.release
        let_go = 0 if release is None else release.amount
        held[whose][row.currency] += let_go
        limit = account.current_limit
        if limit is None:
            limit = decision.limit.proposed or 0
        used = (account.exposure + row.amount) / max(limit, 1)
        yield {
            "customer": whose,
            "as_of": as_of,
            "amount": int(row.amount),
            "currency": row.currency,
            "released": let_go,
            "severity": max(used, late.get(whose, 0) / RULE_DAYS),
            "lost": float(row.lost),
            "is_asked_by_us": row.invoice_id is None,
            "is_insolvent": whose in insolvent,
            "is_in_default": whose in in_default,
            "is_for_a_person": bool(FOR_A_PERSON & {r.code for r in decision.reasons}),
            "is_over_limit": exposure > limit,
            "is_beyond_limit": let_go > 0 and exposure + let_go > limit,
            "probability": None if decision.risk is None else decision.risk.probability,
            "action": "hold" if release is None else release.action,
            "why": decision.reasons[0].code if decision.reasons else "",
        }


def _of_the_bad(history: History, customers: set[str]) -> list[SimpleNamespace]:
    """An order of 100.00 of everyone who is insolvent or in default: they ask for none itself."""
    billed = history.invoices().drop_duplicates("customer_id", keep="last")
    usual = dict(zip(billed["customer_id"], billed["currency"], strict=True))
    return [
        SimpleNamespace(
            invoice_id=None, customer_id=c, currency=usual[c], amount=10_000, lost=10_000
        )
        for c in sorted(customers)
        if c in usual
    ]


def _insolvent(history: History) -> set[str]:
    events = history.known_rows("events")
    return set(events.loc[events["kind"] == "insolvency", "subject"])


def _oldest_overdue(history: History) -> dict[str, int]:
    """Days late of each customer's oldest invoice that is owed and not disputed."""
    rows = history.open_invoices()
    rows = rows[rows["residual"] > rows["disputed"]]
    late = (history.close_of - rows["due_on"]).clip(lower=0)
    return {str(c): int(days) for c, days in late.groupby(rows["customer_id"]).max().items()}
