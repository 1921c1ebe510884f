"""The retraining benchmark retrains a tiny company, and says what its description promises."""

from __future__ import annotations

import json

import pytest

from payrisk.cli import run
from support.full import at_size

SIZE, MONTHS, WHOLE_UNTIL = 100, 6, 60
STEPS = [
    ("ledger", "read the ledger"),
    ("ledger", "report on its quality"),
    ("days-to-pay", "look at what answers now"),
    ("days-to-pay", "judge at past origins"),
    ("days-to-pay", "look for leaks and stale data"),
    ("days-to-pay", "fit as of the morning, replay past cash"),
    ("days-to-pay", "hold what ships to what was judged"),
    ("days-to-pay", "card, bundle and registry"),
]


@at_size
def test_a_tiny_month_tells_its_steps_and_what_sampling_costs(tmp_path, capfd):
    sizes = ["--sizes", str(SIZE), "--months", str(MONTHS), "--whole-until", str(WHOLE_UNTIL)]
    words = ["--models", "days-to-pay", "--folder", str(tmp_path), "--json"]
    assert run(["bench", "retrain", *sizes, *words]) == 0
    found = json.loads(capfd.readouterr().out)
    assert set(found) == {"retrain", "steps", "sampling"}

    (total,) = found["retrain"]
    assert set(total) == {"invoices", "seconds", "cpu_s", "peak_gb", "days-to-pay"}
    assert total["days-to-pay"] in ("passed", "refused", "not verifiable")
    assert WHOLE_UNTIL < total["invoices"] < 3 * SIZE
    assert min(total["seconds"], total["cpu_s"], total["peak_gb"]) > 0

    assert [(one["model"], one["step"]) for one in found["steps"]] == STEPS
    for one in found["steps"]:
        assert set(one) == {"invoices", "model", "step", "seconds", "peak_gb"}
        assert one["invoices"] == SIZE

    (sampling,) = found["sampling"]
    assert sampling["invoices"] == total["invoices"]
    assert 0 < sampling["rows"] <= sampling["invoices"]
    crps = [sampling["sample_crps"], sampling["everybody_crps"]]
    assert min(crps) > 0
    assert crps[0] != crps[1]
    assert sampling["crps_cost"] == pytest.approx(crps[0] / crps[1] - 1, abs=1e-4)
    # the company is kept, the homes it was retrained in are not
    assert [path.name for path in tmp_path.iterdir()] == [f"ledger-{SIZE}-7-{MONTHS}"]
