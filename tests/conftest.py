"""What every test stands on: no home of a person's own, and laws tried the same way each time."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

from support.once import SHELF

# a busy machine is slow, not wrong; and a law that failed once must fail again
settings.register_profile("payrisk", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("payrisk")


@pytest.fixture(scope="session", autouse=True)
def _a_home_of_its_own(tmp_path_factory):
    """Settings come from the tests alone; a test that names no home never finds a real one."""
    known = {
        "HOME",
        "NUM_THREADS",
        "MLFLOW_URI",
        "DATABASE_URL",
        "AS_OF",
        "HOST",
        "PORT",
        "CARD_OWNER",
        "CARD_MONTHS",
    }
    base = tmp_path_factory.getbasetemp()
    # each worker has a folder in the run's
    run = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(SHELF, os.fspath(run / "shelf"))
        for name in known:
            patch.delenv(f"PAYRISK_{name}", raising=False)
        patch.setenv("PAYRISK_HOME", os.fspath(tmp_path_factory.mktemp("home")))
        yield
