"""payrisk decide: one credit decision from a file."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from payrisk.cli.context import AsOf, Json, current
from payrisk.errors import InputError


def add(app: typer.Typer) -> None:
    """Register `payrisk decide`."""

    @app.command()
    def decide(
        ctx: typer.Context,
        file: Annotated[
            Path, typer.Argument(help="The body of POST /v1/credit/decisions as JSON; - is stdin.")
        ],
        as_of: AsOf = None,
        record: Annotated[
            bool, typer.Option("--record", help="Keep the decision; the same file is kept once.")
        ] = False,
        as_json: Json = False,
    ) -> None:
        """Decide an application, an order or a limit; without --record nothing is kept."""
        settings = current(ctx, as_of=as_of)
        from payrisk import answers
        from payrisk.calendar import day_of
        from payrisk.store import DecisionStore
        from payrisk_api import recording

        content = _read(file)
        body = _body(content)
        found = answers.read(settings.home)
        day = day_of(settings.as_of) if settings.as_of else found.ledger.default_as_of
        prepared = found.prepared(body.request(), as_of=day)
        if not record:
            held = recording.held_beside(prepared, settings.database_url)
            decision = prepared.decide(held.own, held.others)
            _print(decision.to_json(), as_json=as_json)
            return
        now = dt.datetime.now(dt.UTC)
        key = f"file-{hashlib.sha256(content).hexdigest()}-{day}"
        sha = recording.request_sha(body, settings.as_of)
        with DecisionStore(settings.database_url) as store:
            kept = store.once(
                key, sha, lambda: recording.asked(prepared, store, recording.new_id(now), now)
            )
        _print(json.loads(kept.body), as_json=as_json)


def _read(file: Path) -> bytes:
    if str(file) == "-":
        return sys.stdin.buffer.read()
    try:
        return file.read_bytes()
    except OSError as error:
        raise InputError(f"'{file}' cannot be read ({error.strerror}); check the path.") from None


def _body(content: bytes) -> Any:
    from pydantic import ValidationError

    from payrisk_api.requests.credit import DecisionBody

    try:
        return DecisionBody.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        what = first["msg"].removeprefix("Value error, ")
        raise InputError(
            f"The request cannot be used: {where} – {what}; its form is documented"
            " under POST /v1/credit/decisions in api/openapi.json."
        ) from None


def _print(said: dict[str, Any], *, as_json: bool) -> None:
    from payrisk.cli.show import show_json
    from payrisk.money import decimal_text

    if as_json:
        show_json(said)
        return
    limit = said["limit"]
    granted = limit["granted"]
    amount = (
        "none yet" if granted is None else decimal_text(granted, limit["currency"], grouped=True)
    )
    typer.echo(
        f"{said['outcome'].replace('_', ' ')} · limit {amount} {limit['currency']}", nl=False
    )
    if said["terms"]:
        typer.echo(
            f" · {said['terms']['days']} days, protection: {said['terms']['protection']}", nl=False
        )
    if said["release"]:
        release = said["release"]
        part = decimal_text(release["amount"], release["currency"], grouped=True)
        typer.echo(f" · {release['action'].replace('_', ' ')} {part}", nl=False)
    typer.echo(f" · as of {said['as_of']}")
    for reason in said["reasons"]:
        typer.echo(f"  - {reason['text']}")
    for flag in said["flags"]:
        typer.echo(f"  ! {flag['text']} (asks for: {flag['asks_for'].replace('_', ' ')})")
    for sentence in said["clears"]:
        typer.echo(f"  > {sentence}")
    for other in said["counterfactuals"]:
        typer.echo(f"  > {other['text']}")
    if "decision_id" in said:
        typer.echo(f"  kept as {said['decision_id']}")
