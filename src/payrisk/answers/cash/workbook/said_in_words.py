"""What a cash forecast stands on, in sentences for whoever reads it on paper."""

from __future__ import annotations

from payrisk.answers.cash.receipts import Receipts
from payrisk.answers.champions import CURVES
from payrisk.calendar import iso
from payrisk.money import decimal_text


def title_of(receipts: Receipts, choice: str = "") -> str:
    """The morning, the layer and the model, in one short line."""
    version = receipts.outlook.answers.champions[CURVES].version
    whose = f" {choice}" if choice else ""
    marked = " · IN-SAMPLE" if receipts.outlook.is_in_sample else ""
    return (
        f"Receipts to come{whose} as of {iso(receipts.cash.as_of)}, by {receipts.basis}"
        f" · {CURVES} version {version}{marked}"
    )


def sentences_of(receipts: Receipts) -> list[str]:
    """The grounds of a forecast as sentences: invoices, balance, layers, days, how sure it is."""
    cash = receipts.cash
    balance = cash.balance()
    n = len(cash.invoices)
    counted = f"{n:,} open invoice{'s' if n != 1 else ''}"
    known = (
        f"Known: facts recorded before {iso(cash.as_of)}; {counted} and what will be billed;"
        f" {cash.horizon_days} days ahead. Intervals: {cash.verified}."
    )
    sentences = [known]
    for row in balance.to_dict("records"):
        named = {
            name: decimal_text(row[name], row["currency"], grouped=True)
            for name in balance.columns
            if name != "currency"
        }
        sentences.append(
            f"{row['currency']}: of {named['open_balance']} open, credits on account settle"
            f" {named['settled_by_credits']}, {named['within_horizon']} comes within the horizon,"
            f" {named['beyond_horizon']} later, {named['never']} never."
        )
    told = receipts.assumptions()
    sentences.append(f"Days: {told['basis_said']}; {told['closed_days']}.")
    sentences.append(f"Own group: {told['intercompany']}. Credits: {told['credit_rule']}.")
    if "model_caveat" in told:
        sentences.append(told["model_caveat"])
    return sentences
