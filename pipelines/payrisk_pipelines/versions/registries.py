"""The registry that the settings name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payrisk.settings import Settings

if TYPE_CHECKING:
    from payrisk.registry import Registry


def registry_of(settings: Settings, **given: Any) -> Registry:
    """The registry these settings name; given: the rest of what it takes."""
    from payrisk.registry import Registry

    return Registry(settings.home, settings.mlflow_uri, settings.mlflow_artifacts, **given)
