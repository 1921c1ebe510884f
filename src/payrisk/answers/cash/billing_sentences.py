"""What billed amounts became and what is in dispute, in one sentence a currency."""

from __future__ import annotations

import pandas as pd

from payrisk.calendar import iso
from payrisk.cash.views import dilution
from payrisk.money import decimal_of


def billing_sentences(became: pd.DataFrame, disputes: pd.DataFrame) -> dict[str, str]:
    """Name → sentence; became, disputes: as of `dilution`, a row a currency."""
    verdicts = {}
    for row in became.to_dict("records"):
        shares = ", ".join(
            f"{name.replace('_', ' ')} {100 * row[f'{name}_share']:.2f} %"
            for name in dilution.BECAME
            if row[name]
        )
        billed = decimal_of(row["billed"], row["currency"])
        text = f"of {billed:,f} billed and closed since {iso(row['since_on'])}: {shares}"
        if row["discount_offered"]:
            text += f"; of what was offered a discount {100 * row['take_up']:.1f} % took it"
        if row["discount_taken"]:
            text += f", {100 * row['discount_rate']:.2f} % off"
        verdicts[f"dilution_{row['currency']}"] = text
    for row in disputes.to_dict("records"):
        cents = [decimal_of(row[name], row["currency"]) for name in ("disputed", "held_back")]
        verdicts[f"disputes_{row['currency']}"] = (
            f"{cents[0]:,f} on {row['n_disputed']} invoices; of these, {cents[1]:,f} is expected"
            " only beyond the horizon or never"
        )
    return verdicts
