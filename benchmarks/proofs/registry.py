"""Which probe tries which figure; a probe's room is opened when it is asked for."""

from __future__ import annotations

from importlib import import_module

from proofs.probing import Probe

ROOMS = {
    "kill9": "killing:KILL9",
    "diskfull": "disk:DISK_FULL",
    "twins": "hostile:TWIN_REQUESTS",
    "tamper": "tamper:TAMPER",
    "restore": "backups:RESTORE",
    "hostile": "hostile:HOSTILE",
    "tokens": "keys:TOKENS",
    "artefact": "artefacts:ARTEFACT",
    "timetravel": "timetravel:TIMETRAVEL",
    "cents": "cents:CENTS",
    "beside": "beside:BESIDE",
    "powercut": "durable.power_cut:POWER_CUT",
    "nth-io": "durable.nth_io:NTH_IO",
    "skew": "models.skew:SKEW",
    "nocode": "models.no_code:NO_CODE",
    "abstain": "models.abstention:ABSTENTION",
    "reasons": "models.reasons:REASONS",
    "authz": "doors.authorisation:AUTHORISATION",
    "ledgers": "doors.mutated_exports:EXPORTS",
}
"""Figure → module of this folder, and the probe's name in it."""


def probe_of(figure: str) -> Probe | None:
    """The probe of a figure; None where there is none yet."""
    if figure not in ROOMS:
        return None
    room, _, name = ROOMS[figure].partition(":")
    probe: Probe = getattr(import_module(f"proofs.{room}"), name)
    return probe
