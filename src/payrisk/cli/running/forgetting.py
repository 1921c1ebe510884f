"""payrisk audit erase, retention, seal: what names persons goes, or is kept for a while."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from payrisk.cli.context import current_settings
from payrisk.errors import InputError

if TYPE_CHECKING:
    from payrisk.settings import Settings
    from payrisk.store.forgetting.erasing import Erasure

BY_RULE = "the rules of retention keep it no longer"


def add_commands(audit: typer.Typer) -> None:
    """Register the commands."""
    for command in (erase, retention, seal):
        audit.command()(command)


def erase(
    ctx: typer.Context,
    subject: Annotated[
        str,
        typer.Argument(
            help="applicant_id, customer_id or the id of a decision on them; with --colleague a"
            " name, in full."
        ),
    ],
    reason: Annotated[str, typer.Option(help="Why; must not name the person.")],
    colleague: Annotated[
        bool, typer.Option("--colleague", help="The name of somebody who works here.")
    ] = False,
) -> int:
    """Erase what names an applicant, a customer or a colleague; the chain goes on to hold.

    What was decided, when and by which figures stays, under a pseudonym. What a rule of
    HOME/retention.toml or a legal hold keeps is told with its last day, and stays; exit code 1
    then, and where nothing names them. Uploads that name them and all prepared mornings go too;
    reports that name them are told.
    """
    from payrisk.store import DecisionStore
    from payrisk.store.forgetting.erasing import erase_subject
    from payrisk.store.forgetting.retention import read_retention

    if len("".join(reason.split())) < 4:
        raise InputError("Say why in --reason, such as 'asked for by the applicant'.")
    settings = current_settings(ctx)
    if colleague:
        return _erase_colleague(settings, " ".join(subject.split()), reason)
    rules = read_retention(settings.home)
    forgetting = partial(
        erase_subject, subject_or_id=subject, reason=reason, erased_at=_now(), retention=rules
    )
    with DecisionStore(settings.database_url) as store:
        erased = store.forget(forgetting)
    if not erased.gone and not erased.kept:
        typer.echo("No personal data is kept under this id; nothing was erased.", err=True)
        return 1
    return _told(settings, erased)


def retention(ctx: typer.Context) -> int:
    """Erase what names persons and is older than HOME/retention.toml lets it be."""
    from payrisk.store import DecisionStore
    from payrisk.store.forgetting.erasing import erase_expired
    from payrisk.store.forgetting.retention import read_retention

    settings = current_settings(ctx)
    rules = read_retention(settings.home)
    forgetting = partial(erase_expired, reason=BY_RULE, erased_at=_now(), retention=rules)
    with DecisionStore(settings.database_url) as store:
        erased = store.forget(forgetting)
    _told(settings, erased)
    return 0


def seal(
    ctx: typer.Context,
    new_key: Annotated[
        bool, typer.Option("--new-key", help="First put a new key before those of the file.")
    ] = False,
) -> None:
    """Seal what names persons, in decisions and keys, by the first of PAYRISK_PERSONAL_KEYS.

    The others go on to open what they sealed until this was run; then they may leave the file.
    """
    from payrisk.access import KeyRing
    from payrisk.personal_keys import add_new_key
    from payrisk.store import DecisionStore
    from payrisk.store.keeping import seal_anew

    settings = current_settings(ctx)
    path = settings.personal_keys
    if path is None:
        raise InputError(
            "Name by PAYRISK_PERSONAL_KEYS the file of the keys, or where it shall be."
        )
    if path.absolute().is_relative_to(settings.home):
        raise InputError("Keep the keys outside the home: beside what they seal they are none.")
    with DecisionStore(settings.database_url) as store:
        if new_key:
            add_new_key(path)
        n_rows = store.forget(seal_anew)
        n_keys = KeyRing(settings.home, path).seal_anew()
    typer.echo(f"What names persons in {n_rows} records and {n_keys} keys is sealed by {path}.")


def _erase_colleague(settings: Settings, name: str, reason: str) -> int:
    from payrisk.access import KeyRing
    from payrisk.collecting.holdout.trial import rename_actor
    from payrisk.store import DecisionStore
    from payrisk.store.forgetting.erasing import erase_colleague
    from payrisk.store.forgetting.personal_texts import require_unnamed

    require_unnamed(reason, [name])
    ring = KeyRing(settings.home, settings.personal_keys)
    now = _now()
    pseudonym = ring.forget(name, now)
    forgetting = partial(
        erase_colleague, name=name, pseudonym=pseudonym, reason=reason, erased_at=now
    )
    with DecisionStore(settings.database_url) as store:
        changed = store.forget(forgetting)
    n_trials = rename_actor(settings.home, name, pseudonym)
    typer.echo(f"{pseudonym} stands for the name now in the keys and {len(changed)} records.")
    if n_trials:
        typer.echo(f"So it does in {n_trials} trials with a control.")
    _tell_exports(settings, frozenset({name}))
    return 0


def _told(settings: Settings, erased: Erasure) -> int:
    """Print what is gone and what stays until when; 1 where something stays."""
    if erased.gone:
        typer.echo(f"Erased the personal data of {', '.join(erased.gone)}.")
        _tell_exports(settings, erased.texts)
    elif not erased.kept:
        typer.echo("Nothing is older than it may be.")
    for record in erased.kept:
        typer.echo(f"Not erased: {record.sentence}")
    return 1 if erased.kept else 0


def _tell_exports(settings: Settings, texts: frozenset[str]) -> None:
    from payrisk.answers.deferred_bundles import MORNINGS
    from payrisk.answers.mornings.parts import MorningParts
    from payrisk.store.forgetting.exports import search_files

    n_mornings = MorningParts(settings.home / MORNINGS).drop()
    if n_mornings:
        typer.echo(f"Deleted {n_mornings} prepared mornings; what is asked is worked out anew.")
    found = search_files(settings.home, texts)
    for path in found.naming:
        if "uploads" in path.relative_to(settings.home).parts[:1]:
            path.unlink()
            typer.echo(f"Deleted the upload {path.parent.parent.name}, which named them.")
        else:
            typer.echo(f"Still named in {path}: delete it, or keep it knowingly.")
    for path in found.unsearched:
        typer.echo(f"Could not be searched: {path}; look into it, and delete it if it names them.")


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="microseconds")
