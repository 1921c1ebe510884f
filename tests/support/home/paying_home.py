"""A home of the small company, an invoice long due in it, and of models that count as tested."""

from __future__ import annotations

import tempfile
from pathlib import Path

from payrisk import bundle
from payrisk.answers import Answers, read_answers
from payrisk.learning.default_risk.fit import fit_default_risk
from payrisk.ledger.stored import storage
from payrisk_models import spec
from support.company.five_customers import company_with
from support.home.small_home import PAPERS, small_home
from support.ledgers.by_hand import invoice
from support.once import once_a_run

TESTED = {"trained_as_of": "2025-05-01", "verdict": {"outcome": "passed"}}
LATE = invoice("L", 150_000, issued_on="2025-04-15", due_on="2025-05-15")
"""Of c1, and so late on 2025-06-02 that it holds its orders."""


@once_a_run
def paying(home: Path) -> None:
    """The home, for whoever copies it; its models were learnt from the small home's ledger."""
    storage.save(company_with(invoices=[LATE]), home)
    with tempfile.TemporaryDirectory() as folder:
        _learn(read_answers(small_home(Path(folder)).home), home)


def _learn(answers: Answers, home: Path) -> None:
    history = answers.ledger.as_of(answers.default_as_of)
    invoices = history.open_invoices()
    curves, rule = answers.champions["days-to-pay"].model, spec("default-risk")
    risk = fit_default_risk(history, [], curves, rule.rule, rule.horizon_days)
    customers = sorted(set(invoices["customer_id"]))[:20]
    for name, model, golden in (
        ("days-to-pay", curves, curves.rows(history, invoices.head(20))),
        ("default-risk", risk, risk.rows(history, customers)),
    ):
        folder = bundle.bundle_folder(home, name, "1")
        bundle.write(folder, name=name, model=model, golden=golden, **PAPERS | {"card": TESTED})
        bundle.set_champion(home, name, "1")
