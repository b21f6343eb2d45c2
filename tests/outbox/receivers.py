"""Real receivers on localhost that can be told to misbehave: an SMTP server and a webhook."""

import asyncio
import ssl
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

USER, PASSWORD = "andon", "a pass=word; with *everything*"


@dataclass
class Mailbox:
    """An aiosmtpd handler that keeps what it accepts. `data` and `rcpt`: what to answer, in turn (then 250)."""

    accepted: list[EmailMessage] = field(default_factory=list)
    data: list[str] = field(default_factory=list)
    rcpt: list[str] = field(default_factory=list)
    stall_seconds: float = 0.0

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.rcpt.pop(0) if self.rcpt else "250 OK"
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = self.data.pop(0) if self.data else "250 OK"
        if answer[0] in "2!":
            assert isinstance(envelope.content, bytes)
            self.accepted.append(message_from_bytes(envelope.content, policy=policy.default))
        if self.stall_seconds:
            await asyncio.sleep(self.stall_seconds)
        if answer == "!hang up":
            assert server.transport is not None
            server.transport.abort()
        return answer


@contextmanager
def smtp_server(mailbox: Mailbox, **options: Any) -> Generator[int]:
    """The server's port. The port is free again afterwards."""
    controller = Controller(mailbox, hostname="127.0.0.1", port=0, **options)
    controller.port = free_port()
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


@contextmanager
def secure_smtp_server(mailbox: Mailbox, folder: Path) -> Generator[tuple[int, Path]]:
    """A server that demands STARTTLS and a login; its port and the certificate to trust."""
    certificate, key = _certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    def login(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        wanted = LoginPassword(USER.encode(), PASSWORD.encode())
        return AuthResult(success=data == wanted, handled=False)

    with smtp_server(
        mailbox, tls_context=context, require_starttls=True, auth_required=True, authenticator=login
    ) as port:
        yield port, certificate


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "server.pem", folder / "server.key"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return paths


@dataclass
class Hook:
    """A webhook that keeps what it accepts. `answers`: (status, headers) in turn, then 200.

    Status 0 hangs up after it took the message; -1 stalls without an answer for `stall_seconds`.
    """

    accepted: list[tuple[str, bytes]] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    asked: int = 0
    stall_seconds: float = 0.0
    path: str = "/services/T0/B0/secretsecret"


@contextmanager
def webhook(hook: Hook) -> Generator[str]:
    """The webhook's URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hook.asked += 1
            status, headers = hook.answers.pop(0) if hook.answers else (200, {})
            if status in (0, -1) or 200 <= status < 300:
                hook.accepted.append((self.headers["Idempotency-Key"], body))
            if status == -1:
                threading.Event().wait(hook.stall_seconds)
            if status <= 0:
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(b"answered at " + hook.path.encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}{hook.path}"
    finally:
        server.shutdown()
        server.server_close()
