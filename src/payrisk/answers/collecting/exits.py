"""The exit list of a home: its margins, the risks of its customers and its books, together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from payrisk.answers.answering import Answers
from payrisk.calendar import iso
from payrisk.collecting.leaving.exits import ExitList, exit_list
from payrisk.collecting.leaving.margins import Margins, read_margins
from payrisk.collecting.worklist.policy import CollectingPolicy
from payrisk.credit import CreditPolicy
from payrisk.files import plain_rows

OWN_MARGINS, OWN_POLICY = "margins.csv", "policy.toml"
NOT_GIVEN = (
    "no margin is known: name a file of customer_id and margin_rate, keep it as margins.csv in the"
    " home, or write margin_rate into the home's own policy.toml"
)


def read_home_margins(
    home: Path, policy: CreditPolicy, file: Path | None = None
) -> Margins | None:
    """The margins of a file, of HOME/margins.csv, or of the home's own policy; None without.

    What no line names earns the own policy's margin_rate. The margin of the house's policy is
    nobody's. Raises InputError for a file that cannot be used.
    """
    usual = policy.profit.margin_rate if (home / OWN_POLICY).exists() else None
    kept = file or (home / OWN_MARGINS if (home / OWN_MARGINS).exists() else None)
    if kept is not None:
        return read_margins(kept, usual)
    return None if usual is None else Margins(f"policy {policy.id}", usual)


def morning_exits(
    answers: Answers,
    as_of: int,
    policy: CollectingPolicy,
    margins: Margins,
    currency: str | None = None,
) -> ExitList:
    """The exit list of a morning, in the currency given or the one most invoices are in.

    Raises LedgerError before the first fact.
    """
    history, names = answers.history(as_of), answers.customer_names(as_of)
    invoices = history.invoices()
    risks = {}
    for who in sorted(set(invoices["customer_id"].astype(object))):
        risk = answers.risk(str(who), as_of)
        if risk is not None:
            risks[str(who)] = risk
    return exit_list(
        history,
        risks,
        margins,
        policy,
        currency=currency or str(invoices["currency"].astype(object).value_counts().idxmax()),
        loss_rate=answers.policy.profit.loss_given_default_rate,
        names=names,
    )


def exits_document(ledger_sha: str, as_of: int, made: ExitList | None) -> dict[str, Any]:
    """The exit list as plain values; without one it says why it is not given."""
    head = {"as_of": iso(as_of), "ledger_sha": ledger_sha}
    if made is None:
        blank: dict[str, Any] = {
            "currency": None,
            "margins": None,
            "n_judged": 0,
            "not_judged": {},
            "rows": [],
        }
        return head | {"why_not_given": NOT_GIVEN} | blank
    return head | {
        "why_not_given": None,
        "currency": made.currency,
        "margins": made.margins,
        "n_judged": made.n_judged,
        "not_judged": dict(made.not_judged),
        "rows": plain_rows(made.rows),
    }
