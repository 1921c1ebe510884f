"""Trees of applicants in a quarter of the rounds, where it is not proved how good they are."""

from __future__ import annotations

from dataclasses import replace

import pytest

from payrisk.learning.new_customer import fit, fit_years

QUICKER = tuple(
    replace(one, rounds=one.rounds // 4, parameters={**one.parameters, "learning_rate": 0.2})
    for one in fit.SETTINGS
)


def grow_quickly(patch: pytest.MonkeyPatch) -> None:
    """Fewer steps, each as much longer."""
    for slow in (fit.fit_applicant, fit_years.fit_across_years):
        seed, _ = slow.__defaults__
        patch.setattr(slow, "__defaults__", (seed, QUICKER))


@pytest.fixture(scope="module", autouse=True)
def quick_trees():
    """Trees grow quickly in all of a file."""
    with pytest.MonkeyPatch.context() as patch:
        grow_quickly(patch)
        yield
