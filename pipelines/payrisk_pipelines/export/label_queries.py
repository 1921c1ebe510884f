"""The tasks of an exported ledger, each a query that says what came of whom at a seed day.

Plain SQL that SQLite and DuckDB read alike, over the exported tables and `seeds` (one column,
`seed_on`). Days are whole days since 1970-01-01, amounts minor units. A fact counts at a seed
where it was recorded before that day.
"""

from __future__ import annotations

from dataclasses import dataclass

_OPEN = """
WITH at_seed AS (
    SELECT s.seed_on, MAX(i.state) AS state
    FROM seeds s JOIN states i ON i.recorded_on < s.seed_on
    GROUP BY s.seed_on, i.invoice
), final AS (
    SELECT invoice, MAX(state) AS state FROM states GROUP BY invoice
), open_items AS (
    SELECT a.seed_on, i.invoice, i.customer, i.due_on, f.settled_on, f.closed_by
    FROM at_seed a JOIN states i ON i.state = a.state
    JOIN final l ON l.invoice = i.invoice JOIN states f ON f.state = l.state
    WHERE i.is_open = 1
)
"""


@dataclass(frozen=True)
class LabelledTask:
    """A question about each row of a table at a seed day, and the days after it that answer.

    kind: "regression" or "binary_classification". target: the column of the answer.
    """

    name: str
    about: str
    entity: str
    table: str
    kind: str
    target: str
    horizon_days: int
    query: str


TASKS = (
    LabelledTask(
        "invoice-days-to-pay",
        "Days from the seed until an open invoice is settled by cash, at most 90.",
        "invoice",
        "invoices",
        "regression",
        "days",
        90,
        _OPEN
        + """
SELECT seed_on, invoice,
       CASE WHEN settled_on < 0 OR closed_by <> 'cash' OR settled_on > seed_on + 90 THEN 90
            WHEN settled_on < seed_on THEN 0 ELSE settled_on - seed_on END AS days
FROM open_items ORDER BY seed_on, invoice
""",
    ),
    LabelledTask(
        "invoice-late-30",
        "Whether an invoice due in the next 28 days is unsettled 30 days after its due day.",
        "invoice",
        "invoices",
        "binary_classification",
        "is_late",
        58,
        _OPEN
        + """
SELECT seed_on, invoice,
       CASE WHEN settled_on < 0 OR settled_on > due_on + 30 THEN 1 ELSE 0 END AS is_late
FROM open_items WHERE due_on >= seed_on AND due_on < seed_on + 28 ORDER BY seed_on, invoice
""",
    ),
    LabelledTask(
        "customer-overdue-90",
        "Whether an invoice of a customer that owes becomes 90 days overdue in the next 120.",
        "customer",
        "customers",
        "binary_classification",
        "is_overdue",
        120,
        _OPEN
        + """
SELECT seed_on, customer,
       MAX(CASE WHEN due_on + 90 >= seed_on AND due_on + 90 < seed_on + 120
                 AND (settled_on < 0 OR settled_on > due_on + 90) THEN 1 ELSE 0 END)
       AS is_overdue
FROM open_items GROUP BY seed_on, customer ORDER BY seed_on, customer
""",
    ),
)
"""The tasks, in the order in which they are written."""
