"""Coverage of weeks and of totals of several weeks, with what so few landmarks can tell."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from payrisk_pipelines.backtests.cash_spans import bias_of_totals, by_span


def rows(n_landmarks, actual):
    """Two currencies, eight weeks and both totals; p10..p90 is 90 to 110 a week."""
    parts = []
    for landmark in 7 * np.arange(n_landmarks):
        for currency in ("EUR", "USD"):
            cells = [("week", landmark + 7 * week, 1) for week in range(8)]
            cells += [("4 weeks", landmark, 4), ("8 weeks", landmark, 8)]
            for grain, starts_on, n in cells:
                late = grain == "week" and starts_on - landmark >= 28
                came = n * (actual if late or n == 8 else 100.0)
                parts.append((landmark, grain, starts_on, currency, "payrisk", n, came))
    table = pd.DataFrame(
        parts, columns=["landmark", "grain", "starts_on", "currency", "model", "n", "actual"]
    )
    quantiles = {"p025": 80, "p10": 90, "expected": 100, "p90": 110, "p975": 120}
    return table.assign(**{name: value * table["n"] for name, value in quantiles.items()})


def test_each_span_has_its_own_coverage_and_side():
    table = by_span(rows(9, actual=85.0)).set_index("span")
    assert table["cover_80"].to_dict() == {
        "weeks 1-4": 1.0, "weeks 5-8": 0.0, "4 weeks": 1.0, "8 weeks": 0.0,
    }  # fmt: skip
    assert table.loc["8 weeks", "below_p10"] == 1.0
    assert table.loc["8 weeks", "above_p90"] == 0.0
    assert table["n"].to_dict() == {"weeks 1-4": 72, "weeks 5-8": 72, "4 weeks": 18, "8 weeks": 18}
    assert (table["cover_95"] == "1.000, not verifiable").all()
    assert table.loc["weeks 1-4", "width_80"] == pytest.approx(0.2)


def test_twenty_landmarks_tell_of_95_percent_and_the_bootstrap_holds_the_mean():
    mixed = rows(20, actual=100.0)
    mixed["actual"] = mixed["actual"].where(mixed["landmark"] % 2 == 0, 2 * mixed["actual"])
    table = by_span(mixed)
    assert (table["cover_95"] == "0.500").all()
    assert ((table["cover_80_low"] <= 0.5) & (table["cover_80_high"] >= 0.5)).all()


def test_bias_of_totals_is_by_currency_and_not_pooled():
    table = bias_of_totals(rows(3, actual=80.0))
    assert table["currency"].tolist() == ["EUR", "USD"]
    assert table["bias_4_weeks"].tolist() == pytest.approx([0.0, 0.0])
    assert table["bias_8_weeks"].tolist() == pytest.approx([0.25, 0.25])
