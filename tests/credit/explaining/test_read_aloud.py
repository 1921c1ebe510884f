"""A policy read aloud, and warned of where nobody may have meant it."""

from __future__ import annotations

import json

import pytest

from payrisk.credit.deciding.policy import FLAGS, HOUSE, CreditPolicy
from payrisk.credit.explaining.read_aloud import check_policy


def changed(tmp_path, *changes: tuple[str, str]) -> CreditPolicy:
    text = HOUSE.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "policy.toml"
    path.write_text(text, encoding="utf-8")
    return CreditPolicy.read(path)


def test_the_shipped_policy_has_no_warning_and_every_band_currency_and_flag_is_shown():
    found = check_policy(CreditPolicy.read())
    assert found.warnings == ()
    assert "no warning" in found.sentence
    assert found.bands["band"].tolist() == ["A", "B", "C", "D", "E"]
    assert found.amounts["currency"].tolist() == ["BRL", "CAD", "CHF", "EUR", "GBP", "USD"]
    assert found.flags["flag"].tolist() == list(FLAGS)
    assert "currency" not in found.money
    json.dumps(found.to_json(), allow_nan=False)


def test_profits_by_band_are_those_of_its_ends():
    bands = check_policy(CreditPolicy.read()).bands.set_index("band")
    best = 100 * (0.18 * 0.6 * 180 / 70 - 0.06 * 0.6 * 180 / 365)
    assert bands.at["A", "profit_percent_at_best"] == pytest.approx(best, abs=0.01)
    assert bands.at["A", "profit_percent_at_worst"] < bands.at["A", "profit_percent_at_best"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ((("margin_rate = 0.18", "margin_rate = 0.01"),), "Band B loses money at its upper end"),
        (
            (("margin_rate = 0.18", "margin_rate = 0.01"), ('"refer"       # or', '"note"  # or')),
            "approved all the same",
        ),
        ((('[flags.lei_invalid]\nasks_for = "refer"\n', ""),), "never raised: lei_invalid"),
        ((("stale_ledger_days = 10", "stale_ledger_days = 90"),), "90 days old still decides"),
        ((("group_ceiling = 400_000_000", "group_ceiling = 100"),), "above the ceiling"),
        ((("step = 100_000", "step = 900_000_000"),), "step is larger"),
        ((("short_terms_days = 14", "short_terms_days = 30"),), "its own are no longer"),
        ((('outcome = "refer"', 'outcome = "approve_with_protection"'),), "No band refers"),
    ],
)
def test_what_nobody_may_have_meant_is_said(tmp_path, changes, said):
    found = check_policy(changed(tmp_path, *changes))
    assert any(said in warning for warning in found.warnings), found.warnings
