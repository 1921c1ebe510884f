"""An OpenID Connect provider of one person, as a process of its own; the token is as asked for."""

from __future__ import annotations

import http.server
import json
import sys
import time
from base64 import b64decode, urlsafe_b64encode
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

from joserfc import jwk, jwt

KEY, OTHER = jwk.RSAKey.generate_key(2048), jwk.RSAKey.generate_key(2048)
ASKED: dict[str, dict[str, str]] = {}
"""What was asked for, by the code that was given for it."""


class Handler(http.server.BaseHTTPRequestHandler):
    """Discovery, authorization, token and keys; `?make=` of the address says what is wrong."""

    def do_GET(self) -> None:
        """Answer a browser, or whoever looks up keys."""
        url = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        if url.path.endswith("openid-configuration"):
            issuer = self.server.issuer
            ends = {
                "authorization_endpoint": "auth",
                "token_endpoint": "token",
                "jwks_uri": "keys",
            }
            document = {name: f"{issuer}/{end}" for name, end in ends.items()}
            wrong = json.loads(self.server.mapping_error.read_text())
            document |= {"issuer": issuer} | wrong.get("discovery", {})
            self.answer({name: end for name, end in document.items() if end})
        elif url.path == "/auth":
            code = f"code-{len(ASKED)}"
            ASKED[code] = query
            self.send_response(302)
            self.send_header(
                "Location", f"{query['redirect_uri']}?code={code}&state={query['state']}"
            )
            self.end_headers()
        else:
            wrong = json.loads(self.server.mapping_error.read_text())
            self.answer(wrong.get("keys", {"keys": [KEY.as_dict(private=False)]}))

    def do_POST(self) -> None:
        """Give a token for a code, once, to who began."""
        form = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
        asked = ASKED.pop(form["code"][0], None)
        challenge = urlsafe_b64encode(sha256(form["code_verifier"][0].encode()).digest())
        name = b64decode(self.headers["authorization"].split()[1]).decode()
        is_who_began = asked and challenge.decode().rstrip("=") == asked["code_challenge"]
        if not is_who_began or name != "payrisk:a secret":
            self.answer({"error": "invalid_grant"}, 400)
            return
        wrong = json.loads(self.server.mapping_error.read_text())
        claims = {
            "iss": self.server.issuer, "aud": "payrisk", "sub": "7", "exp": int(time.time()) + 60,
            "nonce": asked["nonce"], "email": "ann@example.com", "email_verified": True,
        } | wrong.get("claims", {})  # fmt: skip
        token = jwt.encode({"alg": "RS256"}, claims, OTHER if wrong.get("forged") else KEY)
        if wrong.get("unsigned"):
            head = urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
            token = f"{head}.{token.split('.')[1]}."
        self.answer({"access_token": "a", "token_type": "Bearer", "id_token": token})

    def answer(self, document: object, status: int = 200) -> None:
        """Send JSON."""
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


if __name__ == "__main__":
    from pathlib import Path

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.issuer, server.mapping_error = (
        f"http://127.0.0.1:{server.server_port}",
        Path(sys.argv[1]),
    )
    print(server.issuer, flush=True)  # noqa: T201 - whoever started it reads it
    server.serve_forever()
