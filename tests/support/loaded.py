"""Heavy modules as a worker loads them: they live as long as it does, unseen by the collector."""

from __future__ import annotations

import gc
import sys
from importlib import import_module

from payrisk.registry.connecting import import_mlflow
from payrisk.registry.quiet import silence_mlflow

LATE = ("mlflow", "mlflow.store.tracking.sqlalchemy_store", "lightgbm", "sklearn")
"""Modules that the first test which asks for them loads."""
LAID_ASIDE: set[str] = set()


def lay_aside_what_is_loaded() -> None:
    """Let the collector no longer walk what was loaded since the last time; it stays."""
    loaded = {"pytest", *(name for name in LATE if name in sys.modules)}
    if not loaded <= LAID_ASIDE:
        LAID_ASIDE.update(loaded)
        gc.collect()
        gc.freeze()


def load_mlflow() -> None:
    """Load what training needs before it begins: it collects after each of its steps."""
    import_mlflow("sqlite:///no-store-yet.db", 5.0)
    with silence_mlflow():
        for name in ("mlflow.pyfunc", *LATE, "mlflow.store.model_registry.sqlalchemy_store"):
            import_module(name)
    lay_aside_what_is_loaded()
