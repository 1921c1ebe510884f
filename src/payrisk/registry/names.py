"""Names: which a model, version or alias may have, and how ours are spelt for MLflow."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from payrisk.errors import ModelError

ALIASES = ("candidate", "champion", "previous")

# No slash, no leading dot and no two dots: a name is also a folder of HOME/bundles.
_NAME = re.compile(r"[A-Za-z0-9]+(?:[-_.][A-Za-z0-9]+)*")
_VERSION = re.compile(r"[1-9][0-9]{0,8}")
_RUN = re.compile(r"[0-9a-f]{32}")
_LONGEST_NAME = 64
_LONGEST_KEY = 250
_SPOKEN = {"+": " plus", "<": "under ", ">": "over ", "%": " percent", "&": "and", ":": "-"}


def is_model_name(text: str) -> bool:
    """Whether a model may be called so."""
    return len(text) <= _LONGEST_NAME and _NAME.fullmatch(text) is not None


def model_name(text: str) -> str:
    """The name itself; raises ModelError for one that is no plain word, such as '../x'."""
    if not is_model_name(text):
        raise ModelError(
            f"{text[:80]!r} cannot be a model's name; use letters, digits and single"
            f" - _ . between them, at most {_LONGEST_NAME}."
        )
    return text


def is_run(text: str) -> bool:
    """Whether this is written like the id of a run."""
    return _RUN.fullmatch(text) is not None


def version_or_alias(text: str) -> str:
    """The text itself; raises ModelError unless it is a version, one of ALIASES or a run."""
    if not (text in ALIASES or _VERSION.fullmatch(text) or is_run(text)):
        raise ModelError(
            f"{text[:80]!r} names no version; give a number such as 3, a run's id, or one of"
            f" {', '.join(ALIASES)}."
        )
    return text


def mlflow_names(labels: Iterable[str]) -> list[str]:
    """Labels as names that MLflow accepts for metrics and params, different ones kept apart.

    Slashes stay: MLflow's pages group by them. 250 characters at most.

    >>> mlflow_names(["age/91+ days", "age/61-90 days", "a//b", "crps é?"])
    ['age/91 plus days', 'age/61-90 days', 'a/_/b', 'crps é_']
    """
    names: list[str] = []
    taken: set[str] = set()
    for label in labels:
        key = base = "/".join(_part(part) for part in label.split("/"))[:_LONGEST_KEY]
        number = 2
        while key.casefold() in taken:
            end = f" {number}"
            key, number = f"{base[: _LONGEST_KEY - len(end)]}{end}", number + 1
        taken.add(key.casefold())
        names.append(key)
    return names


def _part(text: str) -> str:
    for sign, words in _SPOKEN.items():
        text = text.replace(sign, words)
    text = re.sub(r"[^\w.\- ]", "_", text)
    return text if text.strip(". ") else "_"


def flat_settings(values: Mapping[str, Any], under: str = "") -> dict[str, Any]:
    """Nested settings as one level of plain values, their names joined by dots.

    >>> flat_settings({"rounds": 60, "shrink": {"customer": 5.0}})
    {'rounds': 60, 'shrink.customer': 5.0}
    """
    values_by_name: dict[str, Any] = {}
    for key, value in values.items():
        name = f"{under}{key}"
        if isinstance(value, Mapping) and value:
            values_by_name |= flat_settings(value, f"{name}.")
        else:
            values_by_name[name] = value
    return values_by_name
