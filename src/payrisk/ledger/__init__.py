"""What happened: the facts of a receivables ledger, and what was known of them when."""

from payrisk.ledger.books.books import Books
from payrisk.ledger.facts.problems import Problem, problem_table
from payrisk.ledger.facts.rules import DefaultRule, SettleRules, Tolerance
from payrisk.ledger.history import EntityLedger, History, Ledger
from payrisk.ledger.timeline.timeline import Timeline

__all__ = [
    "Books",
    "DefaultRule",
    "EntityLedger",
    "History",
    "Ledger",
    "Problem",
    "SettleRules",
    "Timeline",
    "Tolerance",
    "problem_table",
]
