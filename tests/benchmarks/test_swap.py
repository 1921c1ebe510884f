"""The swap benchmark swaps, rolls back and ruins under load, and prints what its page promises."""

from __future__ import annotations

import json

from payrisk.cli import run
from support.full import at_size


@at_size
def test_a_short_run_fails_no_request_and_loads_nothing_ruined(capfd):
    sizes = ["--customers", "20", "--months", "14", "--swaps", "4", "--rollbacks", "1"]
    assert run(["bench", "swap", *sizes, "--ruined", "4", "--connections", "2", "--json"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert (found["failed"], found["of_several_versions"], found["loaded"]) == (0, 0, 0)
    assert found["answers"] > 20
    assert (len(found["known_s"]), len(found["anew_s"]), len(found["rollback_s"])) == (4, 0, 1)
    assert found["ways"] == 4
