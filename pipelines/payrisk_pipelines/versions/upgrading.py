"""A home of the release before made one of this: its store migrated, its champions signed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from payrisk import pointers, sealed, signing
from payrisk.errors import ModelError
from payrisk.settings import Settings
from payrisk.store import DecisionStore
from payrisk_models import specs


@dataclass(frozen=True)
class Upgrade:
    """What an upgrade did: the decisions that are kept, the versions signed, what it could not."""

    n_decisions: int
    signed: Sequence[str]
    unsigned: Sequence[str]


def upgrade(settings: Settings) -> Upgrade:
    """Bring a home up to this release; done twice it changes nothing more.

    The store is migrated. What answers, and what answered before it, is signed with the home's
    own key if its bytes are those that its pointer names; nothing in HOME/bundles is touched.
    Raises StoreError while a service has the store, or where a newer release wrote it.
    """
    with DecisionStore(settings.database_url) as store:
        n_decisions = store.count()
    signed, unsigned = [], []
    for name in specs():
        for pointed in (
            pointers.champion(settings.home, name),
            pointers.previous(settings.home, name),
        ):
            if pointed is None:
                continue
            title = f"{name} version {pointed.version}"
            try:
                folder = pointers.bundle_folder(settings.home, name, pointed.version)
                digest = sealed.read(folder).digest
                if pointed.digest and digest != pointed.digest:
                    raise ModelError("it is not the bundle that its pointer names")
            except ModelError as error:
                unsigned.append(f"{title}: {error}")
                continue
            text = signing.kept_signature(settings.home, digest)
            if not signing.signer(settings.home, name, digest, text):
                signing.sign(settings.home, name, digest)
                signed.append(title)
    return Upgrade(n_decisions, signed, unsigned)
