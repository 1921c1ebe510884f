"""Documents without an entity in a ledger of entities: they open one of their own, in doubt."""

from __future__ import annotations

from payrisk.ledger.facts.problems import Problem, ProblemLog
from payrisk.ledger.history import Ledger
from payrisk.ledger.importing.identity.documents import ANY_ENTITY
from payrisk.ledger.importing.sums_in_words import sums_in_words


def unnamed_entities(before: Ledger | None, ledger: Ledger) -> list[Problem]:
    """Doubts of new invoices and credits of no entity, where every earlier document has one.

    before: the ledger before the import.
    """
    if before is None:
        return []
    entities = sorted(set(before.tables["entities"]["entity_id"]))
    if not entities or ANY_ENTITY in entities:
        return []
    log = ProblemLog()
    for name, key in (("invoices", "invoice_id"), ("credits", "credit_id")):
        rows = ledger.tables[name]
        rows = rows[rows["entity_id"] == ANY_ENTITY]
        log.add(
            "no_entity",
            f"{name} of no entity ({sums_in_words(rows['amount'], rows['currency'])}), kept as"
            f" those of one called {ANY_ENTITY} beside {', '.join(map(str, entities[:3]))}; give"
            " the export a column of entities",
            "doubted",
            "entity_id",
            rows[key].reset_index(drop=True),
        )
    return log.problems
