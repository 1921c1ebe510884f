"""Which version a person means, by run, name or NAME/VERSION, and where its bundle is."""

from __future__ import annotations

from pathlib import Path

from payrisk import bundle
from payrisk.errors import ModelError
from payrisk.settings import Settings
from payrisk_models import specs
from payrisk_pipelines.versions.registries import registry_of


def find(settings: Settings, wanted: str) -> tuple[str, str, Path]:
    """Name, version and verified bundle folder of what a person names.

    wanted: a run's id; NAME for the champion, or for the candidate where none is promoted;
    NAME/VERSION, where an alias such as candidate is a version, too. MLflow is asked only for what
    this home does not hold. Raises ModelError when there is no such version.
    """
    name, _, which = wanted.partition("/")
    if name in specs():
        which = which or bundle.champion_version(settings.home, name) or ""
        folder = bundle.bundle_folder(settings.home, name, which)
        if which.isalnum() and (folder / "manifest.json").is_file():
            bundle.verify(folder)
        else:
            folder = registry_of(settings).bundle_of(name, which or None)
        return name, folder.name, folder
    registry = registry_of(settings)
    for one in registry.versions():
        if wanted and one.run_id == wanted:
            return one.name, one.version, registry.bundle_of(one.name, one.version)
    raise ModelError(
        f"There is no run or model '{wanted}'; name a run of MLflow, a model"
        f" ({', '.join(specs())}) or a version such as days-to-pay/3."
    )
