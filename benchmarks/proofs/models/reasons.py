"""Reasons of decisions: they add up to the score, and what would change it changes it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from typing import Any

from payrisk.answers import Answers
from payrisk.answers.credit.prepared_decision import PreparedDecision
from payrisk.credit import CreditRequest, Order
from payrisk.learning.days_to_pay.fit_ecdf import fit_shrunk_ecdf
from payrisk.learning.default_risk.fit import BEHAVIOUR, fit_default_risk
from payrisk.ledger import DefaultRule, Ledger
from payrisk.simulate import simulate
from proofs.probing import Probe, ProofRun, Tally
from support.company.five_customers import Fitted
from support.credit.learned_from_noise import from_noise

CUSTOMERS, MONTHS, HORIZON = 25, 10, 180
NEAR = 1e-9
Document = dict[str, Any]


def decisions(run: ProofRun) -> Iterator[tuple[PreparedDecision, Document]]:
    """Decisions on orders and limits of made-up companies, by a model of trees and formula."""
    trees, linear = from_noise()
    draw = random.Random(run.seed)
    for seed in count(run.seed):
        ledger, _ = Ledger.from_tables(simulate(CUSTOMERS, MONTHS, seed).tables)
        day = ledger.default_as_of
        history = ledger.as_of(day)
        curves = fit_shrunk_ecdf(history)
        model = fit_default_risk(history, [], curves, DefaultRule(), HORIZON)
        model = replace(model, names=BEHAVIOUR, trees=trees, linear=linear, level=0.1)
        champions: dict[str, Any] = {
            "days-to-pay": Fitted(curves),
            "default-risk": Fitted(model.bind(curves, None)),
        }
        answers = Answers(ledger, champions, ledger_sha="1" * 64)
        invoices = history.invoices()
        usual = invoices.groupby("customer_id")["amount"].median()
        currency = invoices.groupby("customer_id")["currency"].first()
        for customer, amount in usual.items():
            times = draw.choice((1, 3, 20))
            order = Order(amount=int(amount) * times + 1, currency=str(currency[customer]))
            for each in (None, order):
                request = CreditRequest(None, str(customer), each)
                prepared = answers.prepare_decision(request, as_of=day)
                yield prepared, prepared.decide().to_json()


def stated(contributions: list[Document]) -> list[Document]:
    """All that the decision states."""
    return contributions


def without_the_base(contributions: list[Document]) -> list[Document]:
    """All but the rate that everybody starts from, as explanations often leave it out."""
    return contributions[:-1]


def _explained(run: ProofRun, read: Callable[[list[Document]], list[Document]]) -> Tally:
    n = n_off = n_changes = n_unchanged = 0
    for prepared, document in decisions(run):
        if n >= run.count:
            break
        n += 1
        risk = document["risk"]
        if risk is not None and not risk["is_in_default"]:
            parts = [part["contribution"] for part in read(risk["contributions"])]
            n_off += abs(sum(parts) - document["score"]) > NEAR
        for change in document["counterfactuals"]:
            n_changes += 1
            n_unchanged += not _comes_true(prepared, change)
    return Tally(
        n,
        n_off + n_unchanged,
        f"{n:,} decisions: {n_off:,} whose contributions are not their score; {n_changes:,}"
        f" changes stated, {n_unchanged:,} that do not lead to what they state",
    )


def _comes_true(prepared: PreparedDecision, change: Document) -> bool:
    """Whether the order, changed as stated and asked anew, is decided as stated."""
    order = prepared.request.order
    if order is None or prepared.preparer is None:
        return False
    fields = {name: value for name, value in change["change"].items() if hasattr(order, name)}
    request = replace(prepared.request, order=replace(order, **fields))
    decision = prepared.preparer.prepare(request).decide(with_counterfactuals=False)
    return len(fields) == len(change["change"]) and decision.outcome == change["outcome"]


def explain(run: ProofRun) -> Tally:
    """Add up what decisions state."""
    return _explained(run, stated)


def explain_without_the_base(run: ProofRun) -> Tally:
    """The same where the rate that everybody starts from is left out."""
    return _explained(run, without_the_base)


REASONS = Probe(
    "reasons", 2_000, 200, explain, explain_without_the_base,
    "the rate that everybody starts from left out", twin_count=20, ci=20,
)  # fmt: skip
