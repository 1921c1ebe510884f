"""A decision in the words of a credit manager, whoever it was made for and whenever."""

from __future__ import annotations

import textwrap
from typing import Any

import typer

from payrisk.cli.credit.desk import money
from payrisk.credit.explaining.clearance import CLEARANCES, Clearance
from payrisk.credit.explaining.spoken import KINDS, OUTCOMES, RELEASES

WIDTH = 98


def decision_lines(decision: dict[str, Any], name: str) -> list[str]:
    """What is decided, with terms, reasons, red flags and the way out; name: whose it is."""
    inputs = decision["inputs"]
    lines = [part for part in (_about(decision, name), _requested(inputs)) if part]
    lines.append(_outcome(decision))
    worst = default_lines(decision)
    lines += [*(f"  ! {text}" for text in worst)]
    lines += [f"  - {r['text']}" for r in decision["reasons"] if r["code"] != "in_default"]
    for flag in decision["flags"]:
        lines.append(f"  ! {flag['text']} (asks for: {flag['asks_for'].replace('_', ' ')})")
    release = decision["release"] or {}
    if release.get("check_again_on"):
        lines.append(
            f"  = The release holds until {release['expires_on']}; ask again before delivery on"
            f" {release['check_again_on']}."
        )
    ways = [*decision["clears"], *(other["text"] for other in decision["counterfactuals"])]
    lines += [f"  > {sentence}" for sentence in ways]
    return lines


def clearance_line(clearance: Clearance) -> str:
    """Whether an order's goods may leave as things stand."""
    values = clearance.to_json() | {"amount": money(clearance.amount, clearance.currency)}
    return CLEARANCES[clearance.code] % values


def default_lines(decision: dict[str, Any]) -> list[str]:
    """What goes before every other reason: that the customer is in default."""
    risk = decision["risk"]
    if risk is not None and risk["is_in_default"]:
        return ["The customer is in default."]
    return []


def print_lines(lines: list[str]) -> None:
    """Print sentences folded at the width of a page, those of a list under their mark."""
    for line in lines:
        mark = len(line) - len(line.lstrip(" -!>="))
        folded = textwrap.wrap(
            line,
            WIDTH,
            subsequent_indent=" " * mark,
            break_long_words=False,
            break_on_hyphens=False,
        )
        for text in folded or [""]:
            typer.echo(text)


def _about(decision: dict[str, Any], name: str) -> str:
    customer = decision["customer_id"] or ""
    who = f"{name} ({customer})" if name and customer else name or customer
    return f"{who} · {KINDS[decision['kind']]}" if who else ""


def _requested(inputs: dict[str, Any]) -> str:
    """The order or limit asked for, as people write amounts; '' where none was."""
    order, application = inputs.get("order"), inputs.get("application") or {}
    asked_for = (order or {}).get("amount") or application.get("requested_limit")
    if asked_for is None:
        return ""
    return f"requested {money(asked_for, (order or application)['currency'])}"


def _outcome(decision: dict[str, Any]) -> str:
    parts = [OUTCOMES[decision["outcome"]], limit_words(decision)]
    terms, release = decision["terms"], decision["release"]
    if terms:
        protection = terms["protection"].replace("_", " ")
        parts.append(f"{terms['days']} days")
        if protection != "none":
            parts.append(f"protection: {protection}")
        elif decision["outcome"] == "approve":  # of a part released the rest is what is protected
            parts.append("no protection")
    if release:
        part = RELEASES[release["action"]]
        is_some = release["action"] != "hold"
        parts.append(
            f"{part} {money(release['amount'], release['currency'])}" if is_some else part
        )
    return " · ".join([*parts, f"as of {decision['as_of']}"])


def limit_words(decision: dict[str, Any]) -> str:
    """The limit granted, or why there is none in this answer."""
    limit = decision["limit"]
    before = limit["previous"]
    if limit["granted"] is not None:
        granted = f"limit {money(limit['granted'], limit['currency'])}"
        if before is None or before == limit["granted"]:
            return granted
        return f"{granted} (on file {money(before, limit['currency'])})"
    if before is not None:
        return f"limit on file {money(before, limit['currency'])}, unchanged"
    return "no limit on file"
