"""The feature benchmark runs, says what it promises to say, and all ways find the same values."""

from __future__ import annotations

import json
import math

from payrisk.cli import run
from support.full import at_size

PROMISED = (
    "full_rows_per_cpu_s",
    "ratio_naive",
    "ratio_merge_asof",
    "ratio_featuretools",
    "ten_million_cpu_s",
    "ten_million_peak_gb",
    "scaling_exponent",
)


@at_size
def test_a_small_run_prints_every_figure_and_finds_the_peers_values_equal(tmp_path, capfd):
    command = ["bench", "features", "--quick", "--json", "--folder", str(tmp_path)]
    assert run(command) == 0
    found = json.loads(capfd.readouterr().out)
    assert set(PROMISED) <= set(found)
    assert found["ratio_featuretools"] is None
    assert found["naive_values_differing"] == found["merge_asof_values_differing"] == 0
    assert all(
        found[n] > 0 for n in PROMISED if n not in ("ratio_featuretools", "scaling_exponent")
    )
    assert math.isfinite(found["scaling_exponent"])
    assert found["ten_million_parts"] > 1
    assert found["rows"] < found["ten_million_rows"]
