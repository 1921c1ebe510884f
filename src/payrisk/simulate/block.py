"""One block of customers from its applications to its facts and truth, step by step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from payrisk.ledger.facts.tables import Tables
from payrisk.simulate.behaviour import relations
from payrisk.simulate.behaviour.billing import bill_customers
from payrisk.simulate.behaviour.disputes import disputes
from payrisk.simulate.behaviour.insurers import with_insurers_cover
from payrisk.simulate.behaviour.messy_orders import messy_orders, orders_truth
from payrisk.simulate.behaviour.mixed_payers import probability_in_euro
from payrisk.simulate.behaviour.paying import pay_invoices
from payrisk.simulate.behaviour.promising import with_promises
from payrisk.simulate.behaviour.stress import simulate_stress, transition_rates
from payrisk.simulate.behaviour.young import PATTERNS, young_customer_patterns
from payrisk.simulate.reactions.latents import reactions_truth_table
from payrisk.simulate.truth import truth_tables
from payrisk.simulate.world.applicants import draw_applicants
from payrisk.simulate.world.company import draw_customers
from payrisk.simulate.world.economy import rates_table
from payrisk.simulate.world.recording import recording_delays
from payrisk.simulate.world.stage import SharedWorld
from payrisk.simulate.world.texts import Ids
from payrisk.simulate.world.world import ENTITIES
from payrisk.simulate.written.documents import settle_invoices
from payrisk.simulate.written.invoices import InvoiceEntries, invoices_table
from payrisk.simulate.written.movements import invoice_reductions
from payrisk.simulate.written.trouble import binding_promises, events_table, invoice_events


@dataclass(frozen=True)
class CustomerBlock:
    """Facts and truth of one block; entities and rates come with the first."""

    tables: Tables
    truth: dict[str, pd.DataFrame]


def simulate_block(everywhere: SharedWorld, number: int, first: int, n: int) -> CustomerBlock:
    """The block's n customers, numbered from `first`."""
    stage = everywhere.block(number)
    world, timeline, books, streams = stage.world, stage.timeline, stage.books, stage.streams
    pool = draw_applicants(n, streams, world)
    who = draw_customers(pool, timeline, stage.runs, streams, world)
    ids = Ids(number, first, who.renamed_on)
    rate = transition_rates(who.propensity, who.stops_on, world)
    state, spells = simulate_stress(rate, np.maximum(who.begins, 0), timeline, streams)
    rows = bill_customers(who, state, spells, stage)
    paid = pay_invoices(rows, who, state, spells, stage)
    paid, rounds = with_promises(rows, paid, who, spells, stage)

    late = recording_delays(
        streams.of("recording of invoices"), rows.n, world.late_recorded_share / 3
    )
    recorded_on = books.recording_days(rows.entity, rows.issued_on + late)
    taken = books.includes_invoices(
        rows.entity, rows.issued_on, np.minimum(paid.closed_on, paid.sold_on)
    )
    entered = InvoiceEntries(rows, recorded_on, taken & (recorded_on <= books.ends_on))
    disputed = disputes(rows, paid, streams)
    moved = invoice_reductions(rows, paid, disputed, spells, streams).of_rows(entered.taken)
    settled = settle_invoices(entered, moved, who, ids, stage)
    promised = binding_promises(entered, rounds, ids)
    events = invoice_events(entered, paid, disputed, who, spells, settled, ids, stage) + promised
    rows_in_books = rows.take(entered.taken)
    events += relations.customer_events(rows_in_books, who, state, spells, ids, stage)
    invoices = invoices_table(entered, who, ids, stage)
    orders = None
    if world.has_messy_orders:
        orders = messy_orders(rows_in_books, who, ids, stage)
        events += orders.events
        invoices["order_number"] = np.append(
            orders.number, np.full(len(invoices) - rows_in_books.n, None)
        )
    recorded_events = events_table(events, ids, stage)
    applied_on = relations.application_days(pool, who, timeline, streams)
    application_id = ids.document("AP", np.arange(len(applied_on)))
    tables = {
        "customers": relations.customers_table(pool, who, books, ids),
        "aliases": relations.aliases_table(who, books, ids),
        "invoices": invoices,
        "credits": settled.credits,
        "allocations": settled.allocations,
        "events": recorded_events.drop(
            columns=["order", "change", "probability"], errors="ignore"
        ),
        "attributes": with_insurers_cover(
            relations.attributes_table(
                pool, who, books, ids, streams, limit_factor=stage.world.limit_factor
            ),
            books,
            stage,
        ),
        "applications": relations.applications_table(
            pool, who, applied_on, application_id, books, ids
        ),
    }
    if number == 0:
        tables |= {
            "entities": _entities(stage),
            "rates": rates_table(stage.rates, timeline, books),
        }

    spells_truth = truth_tables.spells_table(rows, paid, spells, who, ids)
    came_by = application_id.take(who.applicant).reset_index(drop=True)
    customers_truth = truth_tables.customers_truth_table(
        who, rate, state, spells, spells_truth, came_by, timeline, ids
    )
    if world.young_seasonal_share or world.young_growth_share:
        pattern = young_customer_patterns(who, streams, world)
        customers_truth["pattern"] = np.array(PATTERNS, dtype=object)[pattern]
    if world.has_mixed_payers:
        customers_truth["euro_chance"] = probability_in_euro(who, streams)
    truth = {
        "truth": truth_tables.truth_table(entered, paid, who, timeline, ids, world),
        "customers_truth": customers_truth,
        "spells_truth": spells_truth,
        "applications_truth": truth_tables.applications_truth_table(
            pool, who, applied_on, application_id, customers_truth, stage
        ),
    }
    if world.has_reactions:
        truth["reactions_truth"] = reactions_truth_table(truth["truth"], streams)
    if promised:
        truth["promises_truth"] = pd.concat(promised, ignore_index=True)
    if orders is not None:
        truth["orders_truth"] = orders_truth(
            orders,
            recorded_events,
            rows_in_books,
            recorded_on[entered.taken],
            who,
            ids,
            stage,
        )
    return CustomerBlock(
        {name: _until(frame, books.ends_on) for name, frame in tables.items()}, truth
    )


def _until(frame: pd.DataFrame, ends_on: int) -> pd.DataFrame:
    return frame[frame["recorded_on"] <= ends_on].reset_index(drop=True)


def _entities(stage: SharedWorld) -> pd.DataFrame:
    """The `entities` facts, each known since its books began."""
    return pd.DataFrame(
        {
            "entity_id": [e.entity_id for e in ENTITIES],
            "country": [e.country for e in ENTITIES],
            "base_currency": [e.base_currency for e in ENTITIES],
            "bank_calendar": [e.country for e in ENTITIES],
            "recorded_on": stage.books.coverage_on,
        }
    )
