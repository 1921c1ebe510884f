"""Whole companies: groups, orders, insurers, five currencies, as a ledger and as plain CSVs."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from payrisk.credit import CreditPolicy
from payrisk.credit.deciding.policy import HOUSE
from payrisk.ledger import Ledger
from payrisk.simulate import Simulation, World, simulate
from payrisk.simulate.written.csv_files import write_csv

Tables = dict[str, pd.DataFrame]

SEEDS = tuple(range(101, 121))
"""Twenty companies that nothing of ours was tuned on."""

N_MORNINGS = 24

WHOLE = World(
    has_messy_orders=True,
    bills_in_entity_currency=True,
    recourse_share=0.5,
    has_insurers=True,
    order_share=0.5,
)
"""All that a plain reader of exposure must cope with: five currencies (some customers owe in two)
and their rates, parents, orders in every mess, insurers' limits with shares and ends, disputes,
sales with and without recourse, discounts and withheld tax that nobody posted."""


@dataclass(frozen=True)
class WholeCompany:
    """One company three ways: as our ledger, as plain files, and the simulation with its truth.

    folder: a CSV a table (`entities customers aliases invoices credits allocations events
    attributes rates applications`) and `policy.toml`. Days are ISO dates; amounts are decimals in
    major units of the row's currency (events: `currency`, orders: `order_currency` where it is
    said; allocations: `currency` of the invoice, `credit_currency` of the credit). Attributes are
    texts: `limit` and `insured_amount` whole minor units in the currency that the customer is
    mostly billed in, `insured_rate` a share, `insured_until` a date, `insured_extension_days`
    days. mornings: 24 days (numbers since 1970) on which to ask.
    """

    seed: int
    ledger: Ledger
    folder: Path
    policy: CreditPolicy
    mornings: tuple[int, ...]
    simulation: Simulation


def whole_company(
    seed: int,
    folder: Path,
    *,
    customers: int = 60,
    months: int = 24,
    plant: Callable[[Tables], Tables] = dict,
) -> WholeCompany:
    """The company of a seed, its files written to `folder`; about two seconds.

    The same seed gives the same company, bit for bit. plant: adds to the simulated tables what
    a simulation never makes. A table without rows has no file, so the folder must be new.
    """
    made = simulate(customers, months, seed, world=WHOLE)
    ledger = Ledger.from_tables(plant(dict(made.tables)))[0]
    write_csv(ledger.tables, folder)
    shutil.copy(HOUSE, folder / "policy.toml")
    first, last = ledger.first_day + 90, ledger.last_day + 1
    mornings = np.unique(np.linspace(first, last, N_MORNINGS).astype(np.int64))
    return WholeCompany(
        seed,
        ledger,
        folder,
        CreditPolicy.read(),
        tuple(int(day) for day in mornings),
        made,
    )
