from __future__ import annotations

import json

import pandas as pd
import pytest

from payrisk.calendar import day_of
from payrisk.learning.judging.card import (
    ModelCard,
    expiry,
    feature_diff,
    limits_of,
    metric_table,
    population,
    share_recorded_later,
)
from payrisk.learning.judging.card_text import card_markdown
from payrisk.learning.judging.evidence import Evidence
from payrisk.learning.judging.gates import judge
from payrisk.learning.judging.spec import Gate
from payrisk_models import spec
from support.ledgers.by_hand import invoice, ledger
from support.ledgers.messy import START, messy_ledger

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
    assert found["settled_by_cash"] == len(history.settled_invoices())


FULL = {
    "evidence": Evidence(
        {"m": {"crps": (1.1, 1.4)}},
        pd.DataFrame(
            {"slice": "age", "group": ["new", "old"], "n": [40, 3], "crps": [1.5, float("nan")]}
        ),
        pd.DataFrame({"model": "m", "n": [5, 6], "said": [0.1, 0.6], "came": [0.2, 0.5]}),
        "being late",
    ),
    "features": {"a": "1", "b": "2"},
    "feature_diff": feature_diff({"a": "1", "b": "2"}, {"b": "0", "c": "3"}, "version 4"),
    "owner": "The credit desk",
    "expires_on": START + 365,
    "shipped": {"ships": "the recipe fitted as of today"},
}


def test_a_card_tells_intervals_slices_calibration_difference_owner_and_expiry():
    one = card(**FULL)
    said = json.loads(json.dumps(one.to_json(), allow_nan=False))
    text = one.to_text()
    assert said["intervals"]["m"]["crps"] == [1.1, 1.4]
    assert said["slices"][1] == {"slice": "age", "group": "old", "n": 3, "crps": None}
    assert said["feature_diff"] == {
        "against": "version 4",
        "added": ["a"],
        "removed": ["c"],
        "changed": ["b"],
    }
    for part in (
        "| m | 1.25 (1.1 to 1.4) | not measured |",
        "| age | new | 40 | 1.5 |",
        "| 5 | 0.1 | 0.2 |",
        "- against version 4: not the same",
        "**Owner.** The credit desk",
        "**Expires.** ",
        "- ships: the recipe fitted as of today",
    ):
        assert part in text
    assert "| age | old |" not in text  # three rows say nothing
    assert "![" not in text
    assert "![The chance said against the share that came](c.svg)" in card_markdown(
        said, plot="c.svg"
    )


def test_a_card_read_from_its_file_reads_the_same():
    said = card(**FULL, population={"n": 1, "currencies": ["EUR", "USD"]}).to_json()
    kept = json.loads(json.dumps(said, sort_keys=True))
    lines = card_markdown(kept).splitlines()
    assert "| slice | group | n | crps |" in lines
    models = [line.split(" | ")[0] for line in lines if line.startswith(("| m |", "| due-date |"))]
    assert models == ["| m", "| due-date"]
    assert "- currencies: EUR, USD" in lines


def test_a_card_of_an_earlier_version_is_still_shown():
    new = {"evidence", "intervals", "slices", "calibration", "features", "feature_diff"}
    new |= {"owner", "expires_on", "shipped"}
    said = {key: value for key, value in card().to_json().items() if key not in new}
    assert "# m, as of" in card_markdown(said)


@pytest.mark.parametrize(
    ("day", "months", "expires"),
    [
        ("2025-01-31", 1, "2025-02-28"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2025-12-15", 1, "2026-01-15"),
        ("2025-11-22", 12, "2026-11-22"),
    ],
)
def test_a_card_expires_on_the_same_day_of_a_later_month(day, months, expires):
    assert expiry(day_of(day), months) == day_of(expires)
