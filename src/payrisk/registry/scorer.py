"""The model file that MLflow runs: it reads the logged bundle and answers flat rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel

from payrisk.bundle import load
from payrisk.scoring.kinds import CURVE_KINDS


class BundleScorer(PythonModel):
    """A payrisk bundle as an MLflow pyfunc: rows of features.json in, one answer a row out."""

    def load_context(self, context: Any) -> None:
        """Read and verify the bundle that was logged with the model."""
        bundle = load(Path(context.artifacts["bundle"]), trial_seconds=0)
        self.model = bundle.model
        self.answer = "probability_paid_by" if bundle.model.kind in CURVE_KINDS else "probability"

    def predict(  # the names are MLflow's
        self,
        context: Any,  # noqa: ARG002
        model_input: pd.DataFrame,
        params: dict[str, Any] | None = None,  # noqa: ARG002
    ) -> pd.DataFrame:
        """One column: `probability_paid_by` (element d = paid within d days) or `probability`."""
        return pd.DataFrame({self.answer: self.model.predict(model_input)})


set_model(BundleScorer())
