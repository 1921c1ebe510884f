"""The documentation page, written from the OpenAPI document: plain HTML without a script."""

from __future__ import annotations

import json
from html import escape
from typing import Any

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
       color: #1a1a1a; background: #fff; }
h2 { margin-top: 2.5rem; border-bottom: 1px solid #ccc; }
h3 { margin-top: 2rem; }
code, pre { font: 14px/1.4 ui-monospace, monospace; }
pre { background: #f4f4f4; padding: .75rem; overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0;
         border-bottom: 1px solid #e4e4e4; }
"""

METHODS = ("get", "post", "put", "patch", "delete")


def docs_page(document: dict[str, Any]) -> str:
    """Write every route and every schema of an OpenAPI document as one HTML page."""
    info = document["info"]
    parts = [f"<h1>{escape(info['title'])} {escape(info['version'])}</h1>"]
    parts.append(f"<p>{escape(info.get('description', ''))}</p>")
    parts.append(
        '<p>The same as data: <a href="/openapi.json">openapi.json</a>.</p><h2>Routes</h2>'
    )
    for path, routes in document["paths"].items():
        parts += [_route(method, path, routes[method]) for method in METHODS if method in routes]
    parts.append("<h2>Schemas</h2>")
    for name, schema in sorted(document["components"]["schemas"].items()):
        parts.append(_schema(name, schema))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(info['title'])}</title>"
        '<link rel="stylesheet" href="/docs.css"></head><body><main>'
        + "".join(parts)
        + "</main></body></html>"
    )


def _route(method: str, path: str, route: dict[str, Any]) -> str:
    rows = [
        (
            f"{parameter['name']} ({parameter['in']})",
            parameter["schema"],
            parameter.get("description", ""),
        )
        for parameter in route.get("parameters", [])
    ]
    body = route.get("requestBody", {}).get("content", {}).get("application/json", {})
    if body:
        rows.append(("body", body["schema"], ""))
    for status, answer in route["responses"].items():
        for media in answer.get("content", {}).values():
            if media.get("schema"):
                name = "problem" if status == "default" else f"answer {status}"
                rows.append((name, media["schema"], ""))
    return (
        f"<h3><code>{method.upper()} {escape(path)}</code></h3>"
        f"<p>{escape(route.get('description', route.get('summary', '')))}</p>" + _table(rows)
    )


def _schema(name: str, schema: dict[str, Any]) -> str:
    required = set(schema.get("required", ()))
    rows = [
        (
            field + ("" if field in required else " (optional)"),
            entry,
            entry.get("description", ""),
        )
        for field, entry in schema.get("properties", {}).items()
    ]
    examples = "".join(
        f"<pre>{escape(json.dumps(example, indent=2))}</pre>"
        for example in schema.get("examples", ())
    )
    name, text = escape(name), escape(schema.get("description", ""))
    return f'<h3 id="{name}">{name}</h3><p>{text}</p>{_table(rows)}{examples}'


def _table(rows: list[tuple[str, dict[str, Any], str]]) -> str:
    if not rows:
        return ""
    lines = [
        f"<tr><td><code>{escape(name)}</code></td><td>{_kind(schema)}</td>"
        f"<td>{escape(text)}</td></tr>"
        for name, schema, text in rows
    ]
    return (
        "<table><thead><tr><th>Name</th><th>Kind</th><th>Meaning</th></tr></thead><tbody>"
        + "".join(lines)
        + "</tbody></table>"
    )


def _kind(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#{name}">{name}</a>'
    if "anyOf" in schema:
        return " or ".join(_kind(option) for option in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(f"<code>{escape(str(option))}</code>" for option in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    bounds = [
        f"{word} {escape(str(schema[key]))}"
        for key, word in (
            ("minimum", "from"),
            ("maximum", "to"),
            ("minLength", "at least"),
            ("maxLength", "at most"),
            ("default", "default"),
        )
        if schema.get(key) is not None
    ]
    kind = escape(str(schema.get("format") or schema.get("type", "any value")))
    return f"{kind} {' '.join(bounds)}".strip()
