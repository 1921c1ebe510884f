"""payrisk decide: one credit decision from a file."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import sys
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from payrisk.cli.context import AsOf, Json, current_settings
from payrisk.errors import InputError


def add_commands(app: typer.Typer) -> None:
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
        settings = current_settings(ctx, as_of=as_of)
        from payrisk import answers
        from payrisk.answers.credit.recording import DecisionRecorder
        from payrisk.calendar import day_of
        from payrisk.store import DecisionStore, held_headroom_beside
        from payrisk_api.keys import request_sha

        content = _read(file)
        body = _body(content)
        request = body.request()
        current_answers = answers.read_answers(settings.home)
        day = current_answers.ledger.default_as_of
        if settings.as_of:
            day = day_of(settings.as_of)
        if not record:
            prepared = current_answers.prepare_decision(request, as_of=day)
            held = held_headroom_beside(settings.database_url, prepared.headroom_question)
            _print(prepared.decide(held).to_json(), as_json=as_json)
            return
        with DecisionStore(settings.database_url) as store:
            recorder = DecisionRecorder(store, lambda: dt.datetime.now(dt.UTC))
            reply = recorder.decide(
                partial(current_answers.prepare_decision, request, as_of=day),
                key=f"file-{hashlib.sha256(content).hexdigest()}-{day}",
                request_sha=request_sha(body, settings.as_of),
            )
        _print(json.loads(reply.body), as_json=as_json)


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


def _requested(inputs: dict[str, Any]) -> str:
    """The order or limit asked for, as people write amounts; '' where none was."""
    from payrisk.money import decimal_text

    order, application = inputs.get("order"), inputs.get("application") or {}
    asked_for = (order or {}).get("amount") or application.get("requested_limit")
    if asked_for is None:
        return ""
    currency = (order or application)["currency"]
    return f"{decimal_text(asked_for, currency, grouped=True)} {currency}"


def _print(decision: dict[str, Any], *, as_json: bool) -> None:
    from payrisk.cli.show import show_json
    from payrisk.money import decimal_text

    if as_json:
        show_json(decision)
        return
    limit = decision["limit"]
    granted = limit["granted"]
    currency = limit["currency"]
    amount = "no limit yet"
    if granted is not None:
        amount = f"limit {decimal_text(granted, currency, grouped=True)} {currency}"
    if requested := _requested(decision["inputs"]):
        typer.echo(f"requested {requested}")
    typer.echo(f"{decision['outcome'].replace('_', ' ')} · {amount}", nl=False)
    _print_grant(decision)
    typer.echo(f" · as of {decision['as_of']}")
    for reason in decision["reasons"]:
        typer.echo(f"  - {reason['text']}")
    for flag in decision["flags"]:
        typer.echo(f"  ! {flag['text']} (asks for: {flag['asks_for'].replace('_', ' ')})")
    for sentence in decision["clears"]:
        typer.echo(f"  > {sentence}")
    for other in decision["counterfactuals"]:
        typer.echo(f"  > {other['text']}")
    if "decision_id" in decision:
        typer.echo(f"  kept as {decision['decision_id']}")


def _print_grant(decision: dict[str, Any]) -> None:
    """Terms and release behind the outcome, on its line."""
    from payrisk.money import decimal_text

    if decision["terms"]:
        typer.echo(
            f" · {decision['terms']['days']} days, protection: {decision['terms']['protection']}",
            nl=False,
        )
    if decision["release"]:
        release = decision["release"]
        part = decimal_text(release["amount"], release["currency"], grouped=True)
        typer.echo(f" · {release['action'].replace('_', ' ')} {part}", nl=False)
