"""What was known of a customer or an invoice at an as_of, as numbers a model can use."""

from payrisk.features.catalogue import CATALOGUE, catalogue_hash, features
from payrisk.features.daily import DAILY
from payrisk.features.days import build_days, days_of
from payrisk.features.feature import Feature
from payrisk.features.frozen import Frozen
from payrisk.features.known import Known
from payrisk.features.matrix import Matrix, build
from payrisk.features.moments import Moments

__all__ = [
    "CATALOGUE",
    "DAILY",
    "Feature",
    "Frozen",
    "Known",
    "Matrix",
    "Moments",
    "build",
    "build_days",
    "catalogue_hash",
    "days_of",
    "features",
]
