"""A made-up company whose truth is known: its ledger, and beside it what really drives it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields

import pandas as pd

from payrisk.calendar import day_of, iso
from payrisk.errors import InputError
from payrisk.ledger.facts.completing import with_defaults
from payrisk.ledger.facts.tables import Tables
from payrisk.simulate.block import simulate_block
from payrisk.simulate.truth.curves import true_curves
from payrisk.simulate.world.stage import SharedWorld
from payrisk.simulate.world.world import ENDS_ON, World

__all__ = ["ENDS_ON", "Simulation", "World", "simulate", "simulate_parts", "true_curves"]

BLOCK = 2000
"""Customers simulated together; every block has random streams of its own."""

FIRST_END, LAST_END = day_of("2000-01-01"), day_of("2075-12-31")
"""When a simulation may end: holidays are known in between."""


@dataclass(frozen=True)
class Simulation:
    """A ledger as known on the evening it ends, and the truth, which knows the future too.

    tables: facts as in `payrisk.ledger.facts.tables`. truth: a row per invoice and instalment,
    read by `true_curves`. customers_truth, spells_truth, applications_truth: a row per customer,
    time a customer stopped paying, and applicant; columns as told in `simulate.truth`.
    orders_truth: what truly became of orders, without columns where the world's are not messy.
    reactions_truth: what decides how each invoice would react, where the world has reactions.
    promises_truth: each promise with the `probability` that it was kept, where promises bind.
    """

    tables: Tables
    truth: pd.DataFrame
    customers_truth: pd.DataFrame
    spells_truth: pd.DataFrame
    applications_truth: pd.DataFrame
    orders_truth: pd.DataFrame = field(default_factory=pd.DataFrame)
    reactions_truth: pd.DataFrame = field(default_factory=pd.DataFrame)
    promises_truth: pd.DataFrame = field(default_factory=pd.DataFrame)

    def truth_tables(self) -> dict[str, pd.DataFrame]:
        """The tables of the truth by the name of the file they are kept in."""
        frames = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "tables"}
        return {name: frame for name, frame in frames.items() if len(frame.columns)}


def simulate(
    customers: int, months: int, seed: int, ends_on: int | None = None, world: World | None = None
) -> Simulation:
    """A company with so many customers, `months` of books, ending on the evening of `ends_on`.

    Same arguments, same bits. `ends_on` is a day number (default: that of `ENDS_ON`), `world` the
    knobs. Raises InputError for numbers that cannot be meant.
    """
    parts = list(simulate_parts(customers, months, seed, ends_on, world))
    names = parts[0].truth_tables()
    joined = {
        name: pd.concat([getattr(part, name) for part in parts], ignore_index=True)
        for name in names
    }
    tables = {
        name: pd.concat([part.tables[name] for part in parts], ignore_index=True)
        for name in parts[0].tables
    }
    return Simulation(tables, **joined)


def simulate_parts(
    customers: int, months: int, seed: int, ends_on: int | None = None, world: World | None = None
) -> Iterator[Simulation]:
    """The same company block by block of customers, for more invoices than memory holds.

    Parent groups never straddle two blocks. Entities and rates come with the first block.
    """
    end = ENDS_ON if ends_on is None else ends_on
    for name, value, least, most in (
        ("customers", customers, 1, 10**7),
        ("months", months, 1, 240),
        ("seed", seed, 0, 2**63),
    ):
        if not least <= value <= most:
            raise InputError(
                f"A simulation cannot have {name} = {value}; give a number from {least} to {most}."
            )
    if not FIRST_END <= end <= LAST_END:
        raise InputError(
            f"A simulation cannot end on {iso(end)}; choose a day from {iso(FIRST_END)} to"
            f" {iso(LAST_END)}."
        )
    stage = SharedWorld.of(months, end, seed, world or World())
    for first in range(0, customers, BLOCK):
        block = simulate_block(stage, first // BLOCK, first, min(BLOCK, customers - first))
        yield Simulation(with_defaults(block.tables), **block.truth)
