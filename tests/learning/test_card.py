from __future__ import annotations

import json

from byhand import invoice, ledger
from messy import START, messy_ledger
from payrisk.learning.card import (
    ModelCard,
    limits_of,
    metric_table,
    population,
    share_recorded_later,
)
from payrisk.learning.gates import judge
from payrisk.learning.spec import Gate
from payrisk_models import spec

METRICS = {"m": {"crps": 1.25, "nll": float("nan")}, "due-date": {"crps": 3.0}}


def card(**more) -> ModelCard:
    usual = {
        "name": "m",
        "purpose": "To be tried.",
        "recipe": "None.",
        "as_of": START,
        "ledger_sha": "ab" * 32,
        "population": {"invoices": 3},
        "window": {"rows": 2},
        "metrics": METRICS,
        "verdict": judge("m", (Gate("crps", 0.5, "times", "due-date"),), METRICS),
        "limits": ("It is small.",),
        "parameters": {"weight": 5},
        "allowed_undated": ("blocked",),
    }
    return ModelCard(**(usual | more))


def test_the_card_says_the_same_in_json_and_in_words():
    one = card()
    plain = json.loads(json.dumps(one.to_json(), allow_nan=False))
    text = one.to_text()
    assert plain["metrics"]["m"] == {"crps": 1.25, "nll": None}
    assert plain["verdict"]["outcome"] == "passed"
    assert plain["allowed_undated"] == ["blocked"]
    assert "- blocked: has no date history; allowed" in text
    for part in ("# m, as of", "To be tried.", "| m | 1.25 | not measured |", "It is small."):
        assert part in text
    assert one.verdict.sentence in text


def test_the_metric_table_keeps_the_order_of_models():
    assert metric_table(METRICS)["model"].tolist() == ["m", "due-date"]


def test_limits_name_what_this_ledger_cannot_show():
    history = messy_ledger(3, 60).as_of(START + 150)
    found = limits_of(spec("days-to-pay"), history, share_recorded_later(history))
    assert any("recorded on a later day" in limit for limit in found)
    plain = ledger(invoices=[invoice()])
    told = limits_of(spec("days-to-pay"), plain.as_of(plain.default_as_of), 0.0)
    assert any("not identified" in limit for limit in told)
    assert any("visibility assumed" in limit for limit in told)


def test_population_counts_what_was_known():
    history = messy_ledger(3, 60).as_of(START + 150)
    found = population(history)
    rows = history.invoices()
    assert found["invoices"] == len(rows)
    assert found["settled_by_cash"] == len(history.settled())
