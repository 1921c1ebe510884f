"""MLflow made quiet, and its failures made one sentence."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import SQLAlchemyError

from payrisk.errors import ModelError

LEVELS = {
    "mlflow": logging.ERROR,
    "alembic": logging.ERROR,
    "mlflow.store.db.utils": logging.CRITICAL,  # prints the traceback of what it then raises
}


@contextmanager
def silence_mlflow() -> Iterator[None]:
    """MLflow's own deprecation warnings and notes are not the user's to read.

    What makes it fail is: raises ModelError with its first line when MLflow, its store or its
    files cannot do what they are asked.
    """
    loggers = [logging.getLogger(name) for name in LEVELS]
    levels = [logger.level for logger in loggers]
    for logger, level in zip(loggers, LEVELS.values(), strict=True):
        logger.setLevel(level)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except Exception as error:
        if not (isinstance(error, (SQLAlchemyError, OSError)) or _is_mlflows(error)):
            raise
        raise ModelError(
            f"MLflow cannot do its part ({_first_line(str(error))}); check PAYRISK_MLFLOW_URI, and"
            " that the home is whole and may be written."
        ) from error
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _first_line(text: str) -> str:
    lines = [line for line in text.splitlines() if not line.startswith("(raised as a result")]
    # a tracking address may hold a password
    return re.sub(r"//[^/@\s]*@", "//", lines[0] if lines else "no reason given")[:200]


def _is_mlflows(error: Exception) -> bool:
    return any(kind.__name__ == "MlflowException" for kind in type(error).__mro__)
