"""Beyond this machine: over TLS with a key, under the names it was given, or not at all."""

from __future__ import annotations

import contextlib
import datetime as dt
import http.client
import ipaddress
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from payrisk import cli
from payrisk.access import KeyRing
from payrisk.errors import InputError
from payrisk.settings import Settings
from payrisk_api.security import check_reach
from support.home.api_process import Served, home_with

pytestmark = pytest.mark.long


@pytest.fixture
def home(tmp_path, company):
    return home_with(company, tmp_path / "home")


@pytest.fixture
def certificate(tmp_path):
    """PEM files of a certificate for the name and address of this test, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "payrisk.test")])
    now = dt.datetime.now(dt.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("payrisk.test"), address]), False)
        .sign(key, hashes.SHA256())
    )
    files = tmp_path / "cert.pem", tmp_path / "key.pem"
    files[0].write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files


def made_key(home, capsys, *roles: str) -> str:
    options = [word for role in roles for word in ("--role", role)]
    assert cli.run(["--home", str(home), "keys", "create", "Ann Lee", *options]) == 0
    return capsys.readouterr().out.split()[-1]


@pytest.mark.parametrize(
    ("far", "has_keys", "sentence"),
    [
        ({"host": "10.0.0.7"}, False, "keys create"),
        ({"host": "10.0.0.7"}, True, "in the clear"),
        ({"host": "0.0.0.0", "proxy": "10.0.0.5"}, False, "keys create"),
        ({"host_name": "payrisk.test"}, False, "keys create"),
        ({"proxy": "127.0.0.1"}, False, "keys create"),
    ],
)
def test_it_is_not_reached_from_elsewhere_without_keys_or_in_the_clear(
    tmp_path, far, has_keys, sentence
):
    with pytest.raises(InputError, match=sentence):
        check_reach(Settings.read(home=tmp_path, **far), has_keys=has_keys)


@pytest.mark.parametrize("far", [{"host": "127.0.0.1"}, {"host": "::1"}, {"host": "localhost"}])
def test_this_machine_needs_no_key(tmp_path, far):
    check_reach(Settings.read(home=tmp_path, **far), has_keys=False)


def test_files_that_are_no_certificate_are_one_sentence(home, capsys, certificate):
    made_key(home, capsys, "admin")
    for files in ((certificate[1], certificate[1]), (home / "none", certificate[1])):
        options = ("--tls-certificate", str(files[0]), "--tls-key", str(files[1]))
        assert cli.run(["--home", str(home), "serve", "--port", "0", *options]) == 2
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        assert "PEM" in said


def test_a_second_person_decides_with_a_key_over_tls(home, capsys, certificate):
    text = made_key(home, capsys, "approver")
    options = ("--tls-certificate", str(certificate[0]), "--tls-key", str(certificate[1]))
    names = ("--host", "0.0.0.0", "--host-name", "payrisk.test")
    served = Served(home, *names, *options, trusting=certificate[0])
    trusted = ssl.create_default_context(cafile=certificate[0])

    def ask(key: str, host: str = "payrisk.test") -> tuple[int, str]:
        connection = http.client.HTTPSConnection("127.0.0.1", served.port, context=trusted)
        headers = {"Host": host, "Authorization": f"Bearer {key}", "Idempotency-Key": "k"}
        headers["Content-Type"] = "application/json"
        body = '{"customer_id": "c1"}'
        with contextlib.closing(connection):
            connection.request("POST", "/v1/credit/decisions", body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()

    try:
        assert ask(text)[0] == 200
        assert ask(text, "elsewhere.test")[0] == 421
        assert ask("pr_x")[0] == 401
        ring = KeyRing(home)
        ring.revoke(next(iter(ring.keys())), revoked_at="2026-01-01", by="test", reason="left")
        status, answer = ask(text)
        assert (status, "key-revoked" in answer) == (401, True)
    finally:
        assert served.stop() == 0
