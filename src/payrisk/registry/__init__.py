"""The one door to MLflow: runs, versions and aliases; the local champion never waits for it."""

from payrisk.registry.names import ALIASES
from payrisk.registry.recording import RunContents
from payrisk.registry.registry import Registry
from payrisk.registry.versions import Attempt, Version

__all__ = ["ALIASES", "Attempt", "Registry", "RunContents", "Version"]
