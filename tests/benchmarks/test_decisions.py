"""The decisions benchmark asks a running service and says what its description promises."""

from __future__ import annotations

import json

from payrisk.cli import run
from support.full import at_size
from support.home.small_home import small_home

KINDS = {"order_release", "limit_review", "onboarding"}


@at_size
def test_a_short_run_keeps_every_decision_and_prints_every_figure(tmp_path, monkeypatch, capfd):
    home = tmp_path / "home"
    small_home(home)
    command = ["bench", "decisions", "--home", str(home), "--seconds", "1", "--connections", "4"]
    assert run([*command, "--json"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert found["is_whole"]
    assert found["refused"] == 0
    assert found["decisions"] > 0
    assert 0 < found["p50_ms"] <= found["p99_ms"]
    assert found["service_cpu_ms"] > 0
    assert set(found["kinds"]) == set(found["stages_ms"]) == KINDS
    assert all(ms >= 0 for by in found["stages_ms"].values() for ms in by.values())
