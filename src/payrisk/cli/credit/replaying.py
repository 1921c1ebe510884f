"""A replayed policy as a person reads it: lost, sold, cash and DSO with how sure each is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payrisk.cli.credit.wording import WIDTH
from payrisk.cli.show import show

if TYPE_CHECKING:
    import pandas as pd

WORDS = {
    "lost": "lost",
    "sold": "sold",
    "cash": "cash received",
    "dso_days": "DSO, days",
    "released": "released",
    "to_defaulted": "to defaulted",
}


def print_figures(
    figures: pd.DataFrame, currency: str, what: str = "What came of those taken"
) -> None:
    """Print a table a period; each figure beside that of the policy in force."""
    import pandas as pd

    for period, rows in figures.groupby("period", sort=False):
        table = pd.DataFrame([_row(row, currency) for row in rows.to_dict("records")])
        n = int(rows["n_customers"].iloc[0])
        title = f"{what}, in {currency}, {period}: {n} customers known"
        show(table, as_json=False, title=title, width=WIDTH, money=(), limit=20)


def _row(row: dict[str, Any], currency: str) -> dict[str, str]:
    is_money = row["figure"] != "dso_days"

    def said(value: float, sign: str = "") -> str:
        from payrisk.money import decimal_text

        if value != value:
            return ""
        if not is_money:
            return f"{value:{sign}.1f}"
        text = decimal_text(round(value), currency, grouped=True).partition(".")[0]
        return f"+{text}" if sign and value > 0 else text

    return {
        "policy": row["policy"],
        "figure": WORDS[row["figure"]],
        "value": said(row["value"]),
        "90 % sure": f"{said(row['low'])} to {said(row['high'])}",
        "against now": said(row["difference"], "+"),
        "90 % of it": f"{said(row['difference_low'], '+')} to {said(row['difference_high'], '+')}",
    }
