"""Every kind of model that a bundle may hold."""

from __future__ import annotations

from payrisk.scoring.applicant import ApplicantModel
from payrisk.scoring.default_risk import DefaultModel
from payrisk.scoring.ecdf import ShrunkEcdf
from payrisk.scoring.hazard import DailyHazard

Model = ShrunkEcdf | DailyHazard | DefaultModel | ApplicantModel


KINDS: dict[str, type[Model]] = {
    m.kind: m for m in (ShrunkEcdf, DailyHazard, DefaultModel, ApplicantModel)
}
