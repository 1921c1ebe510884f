"""Why a decision was what it was, and why a score changed, for people at a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from payrisk.cli.credit.desk import money
from payrisk.cli.credit.wording import WIDTH, decision_lines, default_lines, print_lines
from payrisk.cli.show import show

if TYPE_CHECKING:
    from payrisk.answers.desk.proving import DeletionTest

MOST_CAUSES = 8
LIMITS = {
    "need": "what the expected sales need",
    "capacity": "what net worth and turnover carry",
    "house_tier": "the house's own tier for this band",
    "headroom": "what the group's ceiling leaves",
    "previous": "the limit on file",
    "proposed": "what these give together",
    "granted": "granted",
}
"""What each measure of a limit is, in words."""


def print_explanation(
    decision: dict[str, Any], explained: dict[str, Any], name: str, proof: DeletionTest | None
) -> None:
    """Print what decided, how the risk comes about, and how the limit was measured."""
    import pandas as pd

    print_lines(decision_lines(decision, name))
    risk = explained["risk"]
    if risk is not None:
        typer.echo()
        print_lines([f"! {text}" for text in default_lines(decision)])
        band = f", band {risk['band']}" if risk["band"] else ""
        bounds = ""
        if risk["low"] is not None:
            bounds = f" (90 % sure: {risk['low']:.1%} to {risk['high']:.1%})"
        chance = f"Chance of a default within {risk['horizon_days']} days:"
        print_lines([f"{chance} {risk['probability']:.1%}{bounds}{band}; {_rests_on(risk)}."])
        table = _contributions(risk)
        if len(table):
            show(table, as_json=False, width=WIDTH, title="What it rests on", limit=12)
        else:
            print_lines(["Nothing said of this company moves it: it is the average of all."])
    limit, currency = explained["limit"], explained["limit"]["currency"]
    measures = [
        {"measure": words, "amount": limit[key], "currency": currency, "binds": _binds(limit, key)}
        for key, words in LIMITS.items()
        if limit[key] is not None
    ]
    if measures:
        typer.echo()
        show(
            pd.DataFrame(measures),
            as_json=False,
            width=WIDTH,
            title="The limit",
            money=("amount",),
        )
    if loss := loss_text(explained.get("profit"), currency):
        typer.echo()
        print_lines([loss])
    if proof is not None:
        typer.echo()
        print_proof(proof)


def loss_text(profit: dict[str, Any] | None, currency: str) -> str:
    """The expected loss as the product it is; '' where none was reckoned, or an earlier release.

    >>> lost = {"expected_loss": 870, "probability": 0.01338, "horizon_days": 120}
    >>> lost |= {"exposure": 100_000, "loss_rate": 0.65, "n_defaults": 3, "is_loss_assumed": True}
    >>> print(loss_text(lost, "EUR"))
    Expected loss 8.70 EUR = 1.3% within 120 days × 1,000.00 EUR × 65% (assumed: 3 own defaults).
    """
    if profit is None or "loss_rate" not in profit:
        return ""
    n = profit["n_defaults"]
    basis = f"assumed: {n} own defaults"
    if not profit["is_loss_assumed"]:
        bounds = f"{profit['loss_rate_low']:.0%} to {profit['loss_rate_high']:.0%}"
        basis = f"of {n} own defaults, 90 % sure: {bounds}"
    return (
        f"Expected loss {money(profit['expected_loss'], currency)} ="
        f" {profit['probability']:.1%} within {profit['horizon_days']} days"
        f" × {money(profit['exposure'], currency)} × {profit['loss_rate']:.0%} ({basis})."
    )


def print_proof(proof: DeletionTest) -> None:
    """Print what the chance of default is without each reason."""
    import pandas as pd

    if not proof.reasons:
        print_lines(["No reason of its own moves the chance of default: nothing to take away."])
        return
    rows = [
        {
            "reason": row["text"],
            "speaks": row["speaks"],
            "without it": f"{row['probability_without']:.2%}",
            "borne out": "yes" if row["is_borne_out"] else "no",
        }
        for row in proof.reasons
    ]
    title = f"Each reason taken away: the chance of default is {proof.probability:.2%} with all"
    show(pd.DataFrame(rows), as_json=False, width=WIDTH, title=title, limit=12)
    together = (
        f"Without the heaviest reasons against: {proof.heaviest:.2%}; without as many of the"
        f" lightest: {proof.lightest:.2%}."
    )
    print_lines([together, *(f"! {warning}" for warning in proof.warnings)])


def print_history(who: str, change: dict[str, Any], states: list[dict[str, Any]]) -> None:
    """Print how the chance of default went between two mornings, and every kept score."""
    import pandas as pd

    from payrisk.answers.desk.score_history import DEFAULT_WORDS, LEAST_POINTS

    before, after = change["before"], change["after"]
    print_lines([f"{who}: chance of default"])
    for state in (before, after):
        is_told = state["probability"] is not None
        said = f"{state['probability']:.2%}" if is_told else f"none: {state['why_none']}"
        band = f", band {state['band']}" if state["band"] else ""
        typer.echo(f"  as of {state['as_of']}: {said}{band}")
    if change["is_same_model"] is False:
        print_lines(["  ! Another version of a model answers now: part of the change is its own."])
    causes = [cause for cause in change["causes"] if abs(cause["points"]) >= LEAST_POINTS]
    if any(change["is_in_default"]):
        print_lines([f"  {DEFAULT_WORDS[tuple(change['is_in_default'])]}"])
    elif causes:
        rows = [
            {
                "points": f"{100 * cause['points']:+.2f}",
                "because of": cause["text"],
                "before": cause["before"],
                "now": cause["after"],
            }
            for cause in causes[:MOST_CAUSES]
        ]
        rest = sum(c["points"] for c in change["causes"]) - sum(
            c["points"] for c in causes[:MOST_CAUSES]
        )
        if abs(rest) >= LEAST_POINTS:
            rows.append({"points": f"{100 * rest:+.2f}", "because of": "All else."})
        typer.echo()
        title = "Why it changed, in points of the chance of default (+ = worse)"
        show(pd.DataFrame(rows).fillna(""), as_json=False, width=WIDTH, title=title)
    elif change["is_same_model"] is not None:
        typer.echo("  Nothing that the score rests on changed.")
    if states:
        typer.echo()
        rows = [
            {
                "as_of": state["as_of"],
                "about": state["kind"].replace("_", " "),
                "chance": f"{state['probability']:.2%}",
                "band": state["band"] or "",
                "changed mostly because of": _first_cause(state),
            }
            for state in states
        ]
        table = pd.DataFrame(rows)
        if not table["changed mostly because of"].any():  # one score alone changed from nothing
            table = table.drop(columns="changed mostly because of")
        show(table, as_json=False, width=WIDTH, title="Scores of kept decisions")


def _first_cause(state: dict[str, Any]) -> str:
    change = state["change"]
    if change is None or not change["causes"]:
        return ""
    return str(change["causes"][0]["text"])


def _rests_on(risk: dict[str, Any]) -> str:
    n = risk["n_invoices_seen"]
    return {
        "behaviour": f"from {n} invoices seen",
        "application": "from the application alone",
        "blend": f"from {n} invoices seen and the application",
        "base_rate": "the house's average, for nothing is known of this customer",
    }[risk["source"]]


def _contributions(risk: dict[str, Any]) -> Any:
    import pandas as pd

    rows = [
        {"weight": _weight(row["contribution"]), "because": row["text"], "source": row["source"]}
        for row in risk["contributions"]
        if abs(row["contribution"]) >= 0.005 and _is_of_the_customer(row["code"])
    ]
    return pd.DataFrame(rows)


def _is_of_the_customer(code: str) -> bool:
    """Whether a contribution says anything of this customer: a base rate does not."""
    from payrisk.credit.reasons.model_reasons import reason_of

    entry = reason_of(code)
    return entry is None or bool(entry.sentence)


def _weight(log_odds: float) -> str:
    """How much a cause raises or lowers the odds, as a person reads it."""
    import math

    times = math.exp(abs(log_odds))
    return f"{'raises' if log_odds > 0 else 'lowers'} ×{times:.2f}"


def _binds(limit: dict[str, Any], key: str) -> str:
    return "this one binds" if limit["binding"] == key else ""
