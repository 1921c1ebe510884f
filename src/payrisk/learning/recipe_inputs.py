"""The catalogue features that a recipe reads, by grain: of a moment, or of each coming day."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from payrisk.errors import ModelError
from payrisk.features.catalogue.all import CATALOGUE
from payrisk.features.catalogue.daily import DAILY


class RecipeInputs(NamedTuple):
    """Names of the features that a fit may read, and no others, in the order of its columns.

    moment: frozen on the morning asked about. day: of each day after it.
    """

    moment: tuple[str, ...] = ()
    day: tuple[str, ...] = ()

    @classmethod
    def of(cls, names: Sequence[str]) -> RecipeInputs:
        """The names parted by grain; raises ModelError for one that is no feature of either.

        >>> RecipeInputs.of(["invoice__terms__days__now", "day__ahead__days__now"])
        RecipeInputs(moment=('invoice__terms__days__now',), day=('day__ahead__days__now',))
        """
        for name in names:
            if name not in CATALOGUE and name not in DAILY:
                raise ModelError(f"A recipe reads {name}, which is no feature of the catalogue.")
        return cls(
            tuple(name for name in names if name in CATALOGUE),
            tuple(name for name in names if name in DAILY),
        )
