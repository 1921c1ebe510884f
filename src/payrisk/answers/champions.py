"""A promoted model as it is served, whatever kept it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class Champion(Protocol):
    """A promoted model as it is served; `payrisk.bundle.Bundle` is one."""

    @property
    def version(self) -> str | int:
        """Which version it is."""
        ...

    @property
    def model(self) -> Any:
        """The fitted model: a CurveModel or a RiskModel by its name."""
        ...

    @property
    def card(self) -> Mapping[str, Any]:
        """What its card says."""
        ...
