"""An emulator with the manners of AWS's own: https with a certificate that nobody has signed, 501 for what it
hasn't got, and a limit to the messages of a queue. moto's server stands for it."""

from __future__ import annotations

import datetime
import ipaddress

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from harness import Unsupported, endpoint, faults
from harness.endpoint import Endpoint
from tests.helpers.moto import moto_server

LIMIT = 3


def certificate(folder, address):
    """The files of a certificate made out to an address, which is its own issuer, and of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "emulator")])
    alternatives = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.datetime(2020, 1, 1))
        .not_valid_after(datetime.datetime(2120, 1, 1))
        .add_extension(alternatives, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, key_file = folder / f"{address}.pem", folder / f"{address}.key"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    key_file.write_bytes(key.private_bytes(serialization.Encoding.PEM, *form))
    return str(pem), str(key_file)


class Mannered:
    """Before moto: no events, and no more than so many messages sent one by one."""

    def __init__(self, app):
        self._app = app
        self._sent = 0

    def __call__(self, environ, start):
        operation = environ.get("HTTP_X_AMZ_TARGET", "")
        if operation.startswith("AWSEvents."):
            start("501 Not Implemented", [("Content-Type", "application/x-amz-json-1.1")])
            return [b"{}"]
        if operation == "AmazonSQS.SendMessage":
            if self._sent == LIMIT:
                start("403 Forbidden", [("Content-Type", "application/x-amz-json-1.0")])
                return [b'{"__type": "com.amazonaws.sqs#OverLimit", "message": "too many"}']
            self._sent += 1
        return self._app(environ, start)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture(scope="module")
def pem(folder):
    return certificate(folder, "127.0.0.1")


@pytest.fixture
def url(pem):
    with moto_server(Mannered, pem) as url:
        yield url


def test_the_certificate_that_the_variable_names_is_trusted_by_every_client(url, pem, monkeypatch):
    monkeypatch.setenv("AWS_CA_BUNDLE", pem[0])
    monkeypatch.setattr(endpoint, "CALM_SECONDS", 0.0)
    with Endpoint(url) as cloud:
        queue = cloud.client("sqs").create_queue(QueueName="Work")["QueueUrl"]
        cloud.client("sqs").send_message(QueueUrl=queue, MessageBody="a")
        assert cloud.settle()  # which looks past the gateway


def test_the_certificate_can_be_named_in_code(url, pem):
    with Endpoint(url, ca_bundle=pem[0]) as cloud:
        assert cloud.client("sqs").list_queues()["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_a_certificate_that_is_not_trusted_is_told_with_the_way_to_trust_it(url, monkeypatch):
    monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)
    told = "its certificate isn't trusted .*self-signed.* Name a PEM file .* in AWS_CA_BUNDLE"
    with pytest.raises(Unsupported, match=told), Endpoint(url):
        pass


def test_a_certificate_of_another_host_is_told(folder):
    pem = certificate(folder, "127.0.0.2")
    told = "IP address mismatch.*use the host for which it was issued"
    with (
        moto_server(certificate=pem) as url,
        pytest.raises(Unsupported, match=told),
        Endpoint(url, ca_bundle=pem[0]),
    ):
        pass


def test_a_file_that_holds_no_certificate_is_told(url, folder, monkeypatch):
    for name, why in (("none.pem", "No such file"), ("empty.pem", "no certificate or crl found")):
        (folder / "empty.pem").write_text("nothing")
        monkeypatch.setenv("AWS_CA_BUNDLE", str(folder / name))
        with pytest.raises(Unsupported, match=f"^AWS_CA_BUNDLE=.*{name}: .*{why}"), Endpoint(url):
            pass


def test_what_the_emulator_does_not_offer_is_unsupported(url, pem):
    told = rf"^endpoint={url}: it doesn't offer events:PutRule \(HTTP 501\); use localstack or sim$"
    with Endpoint(url, ca_bundle=pem[0]) as cloud, pytest.raises(Unsupported, match=told):
        cloud.client("events").put_rule(Name="Nightly", ScheduleExpression="rate(1 day)")


def test_a_queue_that_is_full_is_told(url, pem, monkeypatch):
    monkeypatch.setattr(endpoint, "HELD_MAX", LIMIT)
    with Endpoint(url, ca_bundle=pem[0]) as cloud:
        sqs = cloud.client("sqs")
        queue = sqs.create_queue(QueueName="Work")["QueueUrl"]
        for _ in range(LIMIT):
            sqs.send_message(QueueUrl=queue, MessageBody="a")
        with pytest.raises(Unsupported, match="Work is full: it holds 3 messages, the limit"):
            sqs.send_message(QueueUrl=queue, MessageBody="a")
        cloud.inject(faults.access_denied("sqs:SendMessage"))
        with pytest.raises(sqs.exceptions.ClientError, match="AccessDenied"):
            sqs.send_message(QueueUrl=queue, MessageBody="a")
