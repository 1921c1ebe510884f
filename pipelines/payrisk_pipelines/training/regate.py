"""A risk judged anew over payment curves that are to be promoted under it."""

from __future__ import annotations

from payrisk.answers.deferred_bundles import DeferredBundle
from payrisk.calendar import day_of
from payrisk.errors import LedgerError, ModelError
from payrisk.learning.fits import with_current_fit_word
from payrisk.learning.judging.gates import Verdict
from payrisk.learning.judging.judge_default import DefaultJudge, landmarks_of
from payrisk.ledger.stored import storage
from payrisk.settings import Settings
from payrisk_models import spec
from payrisk_pipelines.versions.deployed import deployed_champion, recipe_of


def regate(settings: Settings, name: str, below: DeferredBundle) -> Verdict | None:
    """The verdict of a risk over payment curves of another recipe, judged at past mornings.

    below: the bundle of curves that is to be promoted. What is judged is the recipe of the risk
    in service (that of the spec where it cannot be refitted), over curves that the recipe of
    `below` gives on past mornings. None where that is the recipe of the curves which the risk was
    judged over, as in every month of mere retraining: the same recipe was judged already, and new
    curves of it are held to it by their own gate. Raises ModelError where the recipe of either,
    or the ledger of `below`, is no longer there.
    """
    recipe = spec(name)
    champion = deployed_champion(settings.home, recipe)
    curves = recipe_of(below.manifest, spec(recipe.over))
    if champion is not None:
        judged_over = champion.bundle.manifest.get("over", {}).get("recipe", {})
        if judged_over and with_current_fit_word(judged_over) == curves.to_json():
            return None
        recipe = champion.recipe or recipe
    try:
        ledger = storage.load(settings.home, below.manifest["ledger_sha"] or None)
        history = ledger.as_of(day_of(below.manifest["as_of"]))
    except LedgerError as error:
        raise ModelError(
            f"'{name}' cannot be judged over version {below.version} of '{below.name}', for the"
            f" ledger of that version is not here: {error}"
        ) from None
    past = landmarks_of(recipe, curves, ledger, history)
    return DefaultJudge(recipe, history, past, champion).judge().verdict
