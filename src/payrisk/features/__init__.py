"""What was known of a customer or an invoice at an as_of, as numbers a model can use."""

from payrisk.features.catalogue.all import CATALOGUE, catalogue_hash, features
from payrisk.features.catalogue.daily import DAILY
from payrisk.features.catalogue.feature import Feature
from payrisk.features.computing.days import build_days, build_days_from_frozen
from payrisk.features.computing.frozen import FrozenMoments
from payrisk.features.computing.ledger_streams import LedgerStreams
from payrisk.features.computing.matrix import Matrix, build
from payrisk.features.computing.moments import Moments
from payrisk.features.computing.quotes import Quotes

__all__ = [
    "CATALOGUE",
    "DAILY",
    "Feature",
    "FrozenMoments",
    "LedgerStreams",
    "Matrix",
    "Moments",
    "Quotes",
    "build",
    "build_days",
    "build_days_from_frozen",
    "catalogue_hash",
    "features",
]
