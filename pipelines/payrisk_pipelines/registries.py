"""The registry that the settings name."""

from __future__ import annotations

from payrisk.registry import Registry
from payrisk.settings import Settings


def registry_of(settings: Settings) -> Registry:
    """The registry these settings name."""
    return Registry(settings.home, settings.mlflow_uri, settings.mlflow_artifacts)
