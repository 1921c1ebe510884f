"""When each invoice will be paid and which customer will default, learnt from the ledger."""

__version__ = "0.1.0"
