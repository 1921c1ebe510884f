"""The policy's bands in order of risk, as a person reads them: who, how much, and what came."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from payrisk.cli.credit.desk import money
from payrisk.cli.credit.wording import WIDTH, print_lines
from payrisk.cli.show import show, show_json

if TYPE_CHECKING:
    from payrisk.answers.desk.band_table import BandTable

SHORT = {
    "approve": "approve",
    "approve_with_protection": "protect",
    "refer": "refer",
    "decline": "decline",
}
"""Outcomes in one word each, as a table of six columns has room for."""


def print_bands(table: BandTable, *, as_json: bool) -> None:
    """Print the table and what it does not say, or JSON."""
    import pandas as pd

    from payrisk.calendar import iso
    from payrisk.money import decimal_text

    if as_json:
        show_json(table.to_json())
        return
    now = [
        {
            "band": line.band,
            "outcome": SHORT[line.outcome],
            "customers": line.customers,
            "mean chance": _share(line.mean_probability),
            "exposure": decimal_text(line.exposure, table.currency, grouped=True),
            "own risk": decimal_text(line.own_risk, table.currency, grouped=True),
            "expected loss": decimal_text(line.expected_loss, table.currency, grouped=True),
        }
        for line in table.lines
    ]
    title = f"Bands as of {iso(table.as_of)}, {table.horizon_days} days ahead, in {table.currency}"
    show(pd.DataFrame(now), as_json=False, title=title, width=WIDTH)
    total = sum(line.expected_loss for line in table.lines)
    print_lines([f"Expected loss in all: {money(total, table.currency)}."])
    judged = [
        {
            "band": line.band,
            "customers": line.judged,
            "said": _share(line.judged_probability),
            "defaulted": line.defaulted,
            "observed": _share(line.observed_rate),
            "90 % sure": "" if line.low is None else f"{line.low:.1%} to {line.high:.1%}",
            "in order": "" if line.observed_rate is None else "yes" if line.is_in_order else "no",
        }
        for line in table.lines
        if line.band != "in default"
    ]
    days = ", ".join(iso(day) for day in table.judged_on)
    typer.echo()
    if not table.judged_on:
        print_lines(["No past morning is old enough to have shown its outcomes."])
    else:
        show(pd.DataFrame(judged), as_json=False, width=WIDTH, title=f"What came of {days}")
        print_lines([table.verdict])
    for day in table.in_sample:
        print_lines([f"! In-sample: the models learnt from days after {iso(day)}; it flatters."])
    if table.unscored:
        print_lines([f"! {table.unscored} customers have no score; they are in no band."])
    if table.without_rate:
        words = f"owe in a currency without a rate to {table.currency}; they are in no money."
        print_lines([f"! {table.without_rate} customers {words}"])


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"
