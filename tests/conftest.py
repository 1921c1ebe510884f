"""What every test stands on: no home of a person's own, and laws tried the same way each time."""

from __future__ import annotations

import os
import random

import pytest
from hypothesis import settings

from payrisk import bundle
from support.full import FULL
from support.loaded import lay_aside_what_is_loaded
from support.once import SHELF, written_to

collect_ignore = ["support"]  # what tests share holds none

# a busy machine is slow, not wrong; and a law that failed once must fail again
settings.register_profile(
    "payrisk",
    deadline=None,
    derandomize=True,
    print_blob=True,
    max_examples=100 if FULL else 12,
)
settings.load_profile("payrisk")


def pytest_addoption(parser):
    """Let the order be drawn, so that whoever leans on it is found out."""
    parser.addoption(
        "--shuffle", type=int, metavar="SEED", help="files, and tests in them, in a drawn order"
    )


def pytest_collection_modifyitems(config, items):
    """Long files first, so that no worker works on alone at the end; or in a drawn order."""
    seed = config.getoption("--shuffle")
    if seed is None:
        items.sort(key=lambda item: item.get_closest_marker("long") is None)
        return
    files = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    drawn, order = random.Random(seed), list(files.values())
    drawn.shuffle(order)
    for tests in order:
        drawn.shuffle(tests)
    items[:] = [item for tests in order for item in tests]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup():
    """Between tests, since the first that asks for something heavy loads it."""
    lay_aside_what_is_loaded()


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
    assert written_to(run / "shelf") == [], "what tests share was written to: copy it first"


@pytest.fixture(scope="session", autouse=True)
def _bytes_are_tried_once():
    """The same bytes loaded in a child before: to start another one would prove no more."""
    tries, loaded = bundle._try_in_child, set()

    def tried(path, seconds, digest, others=()):
        unknown = [pair for pair in ((path, digest), *others) if (pair[1], seconds) not in loaded]
        if unknown:
            (first, its_digest), *rest = unknown
            tries(first, seconds, its_digest, rest)
            loaded.update((of_it, seconds) for _, of_it in unknown)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bundle, "_try_in_child", tried)
        yield
