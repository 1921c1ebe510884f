"""What can go wrong, in sentences that say how to go on."""

from __future__ import annotations


class PayriskError(Exception):
    """A mistake a person can mend: one sentence saying what, where and how to fix it.

    Doors print the sentence and leave with code 2 (CLI) or a problem document (API);
    a traceback is never shown for it.
    """


class LedgerError(PayriskError):
    """A ledger that is absent, empty, damaged or asked for a day it does not know."""


class InputError(PayriskError):
    """A file, column, option or body that cannot be used as given."""


class UnusableHomeFile(InputError):
    """A file of the home, kept by us, that cannot be used; every door tells its sentence whole."""


class ModelError(PayriskError):
    """A model, bundle or registry entry that is absent, damaged or not fit for the question."""


class NoChampion(ModelError):
    """No promoted model is available to answer."""


class LaterTrainedModel(ModelError):
    """A model trained later than the morning it is asked about: it has seen what came then."""


class StoreError(PayriskError):
    """A decision or snapshot that cannot be kept or found."""


class Conflict(StoreError):
    """The same key was used for something else, or is still being worked on."""
