"""payrisk decide: one credit decision, from a file or as it is typed."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from payrisk.cli.context import AsOf, Json
from payrisk.errors import InputError

File = Annotated[
    Path | None,
    typer.Argument(help="The body of POST /v1/credit/decisions as JSON; - is stdin."),
]
Example = Annotated[
    str | None,
    typer.Option(metavar="KIND", help="Print a file to start from: onboarding, limit or order."),
]
Customer = Annotated[
    str | None,
    typer.Option(metavar="ID", help="Decide on this customer instead of a file: its limit."),
]
TypedOrder = Annotated[
    tuple[str, str] | None,
    typer.Option("--order", metavar="AMOUNT CURRENCY", help="With --customer: an order of it."),
]
OrderId = Annotated[
    str | None,
    typer.Option(metavar="NUMBER", help="With --order: its number, as the ledger will name it."),
]
Delivery = Annotated[
    dt.datetime | None,
    typer.Option(
        "--delivery", formats=["%Y-%m-%d"], help="With --order: when it is to be delivered."
    ),
]
Delivered = Annotated[
    str | None,
    typer.Option(metavar="AMOUNT", help="With --order: what of it left already, not invoiced."),
]
MadeToOrder = Annotated[
    str | None, typer.Option(metavar="AMOUNT", help="With --order: what nobody else would take.")
]
DownPayment = Annotated[
    str | None,
    typer.Option(metavar="AMOUNT", help="With --order: what is paid before delivery."),
]
Guarantee = Annotated[
    list[str] | None,
    typer.Option(
        metavar="AMOUNT:DATE",
        help="With --order: a bank's guarantee and its last day; repeatable.",
    ),
]
LetterOfCredit = Annotated[
    list[str] | None,
    typer.Option(metavar="AMOUNT:DATE", help="With --order: a letter of credit; repeatable."),
]


def add_commands(app: typer.Typer) -> None:
    """Register `payrisk decide`."""

    @app.command()
    def decide(  # noqa: PLR0913, PLR0917 - one argument an option
        ctx: typer.Context,
        file: File = None,
        example: Example = None,
        customer: Customer = None,
        order: TypedOrder = None,
        order_id: OrderId = None,
        delivery: Delivery = None,
        delivered: Delivered = None,
        made_to_order: MadeToOrder = None,
        down_payment: DownPayment = None,
        guarantee: Guarantee = None,
        letter_of_credit: LetterOfCredit = None,
        as_of: AsOf = None,
        record: Annotated[
            bool,
            typer.Option("--record", help="Keep the decision; the same question is kept once."),
        ] = False,
        as_json: Json = False,
    ) -> None:
        """Decide a new customer, an order or a limit; without --record nothing is kept.

        From a file: `payrisk decide --example order > order.json`, change it, `payrisk decide
        order.json`. Without one: `payrisk decide --customer C000001 --order 5000 EUR`.
        """
        from payrisk.cli.credit import asking
        from payrisk.cli.credit.desk import open_desk

        if example is not None:
            typer.echo(asking.example(example))
            return
        if (file is None) == (customer is None):
            raise InputError(
                "Give a file or --customer ID; `payrisk decide --example order > order.json`"
                " makes a file to start from."
            )
        parts = asking.TypedOrderFields(
            order_id,
            delivery.date() if delivery else None,
            {
                "delivered": delivered,
                "made_to_order": made_to_order,
                "down_payment": down_payment,
            },
            {"guarantee": guarantee or [], "letter_of_credit": letter_of_credit or []},
        )
        if customer is None and (order is not None or parts.flags):
            raise InputError("--order goes with --customer ID; a file names its order itself.")
        content = b"" if file is None else asking.read_request_file(file)
        if customer is None:
            asking.parse_request(content)  # what is wrong with it is said before anything is read
        desk = open_desk(ctx, as_of)
        if customer is not None:
            content = asking.request_file_of_options(desk.customer_id(customer), order, parts)
        body = asking.parse_request(content)
        _decide(desk, body, content, record=record, as_json=as_json)


def _decide(desk: Any, body: Any, content: bytes, *, record: bool, as_json: bool) -> None:
    request = body.request()
    if request.customer_id is not None:
        desk.customer_id(desk.answers.current_customer_id(request.customer_id, desk.day))
    if not record:
        _print(desk.decision(request).to_json(), desk, as_json=as_json)
        return
    from payrisk.answers.credit.recording import DecisionRecorder
    from payrisk.store import DecisionStore
    from payrisk_api.keys import request_sha

    with DecisionStore(desk.settings.database_url) as store:
        recorder = DecisionRecorder(store, lambda: dt.datetime.now(dt.UTC))
        reply = recorder.decide(
            partial(desk.prepare, request),
            key=f"file-{hashlib.sha256(content).hexdigest()}-{desk.day}",
            request_sha=request_sha(body, desk.settings.as_of),
        )
    _print(json.loads(reply.body), desk, as_json=as_json)


def _print(decision: dict[str, Any], desk: Any, *, as_json: bool) -> None:
    from payrisk.cli.credit.wording import decision_lines, print_lines
    from payrisk.cli.show import show_json

    if as_json:
        show_json(decision)
        return
    application = decision["inputs"].get("application") or {}
    name = application.get("name") or desk.name(decision["customer_id"])
    print_lines(decision_lines(decision, name))
    if "decision_id" in decision:
        typer.echo(f"  kept as {decision['decision_id']}")
