"""Send one e-mail by SMTP, and say what came of it.

Belongs here: the server's settings, one session, which answer is final. Does not belong here: retries (`sender.py`).
"""

import os
import smtplib
import ssl
from contextlib import suppress
from email import message_from_bytes, policy
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from orchestration.serving.inert import one_line
from orchestration.serving.outbox.policy import Delivered, Failed, NotConfigured, Outcome, Refused

PASSWORD = "ANDON_SMTP_PASSWORD"
TIMEOUT_SECONDS = 10.0
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class SmtpSettings(BaseSettings):
    """Where e-mail leaves from. The password is not held: it is read from `ANDON_SMTP_PASSWORD` when it is used."""

    model_config = SettingsConfigDict(env_prefix="ANDON_SMTP_", frozen=True)

    host: str = Field(default="", description="Server; without it e-mail waits in the outbox.")
    port: int = Field(default=587, description="Port.")
    security: Literal["starttls", "tls", "none"] = Field(default="starttls", description="Encryption.")
    user: str = Field(default="", description="User, when the server asks for one.")
    sender: str = Field(default="", alias="ANDON_SMTP_FROM", description="From address.")
    ca_file: str | None = Field(default=None, description="Certificates to trust instead of the system's.")


def send_email(payload: bytes, address: str, timeout: float = TIMEOUT_SECONDS) -> Outcome:
    """Send the MIME message `payload` to `address`; `timeout` (s) holds for each step of the session."""
    smtp = SmtpSettings()
    problem = _configuration_problem(smtp)
    if problem:
        return NotConfigured(problem)
    message = message_from_bytes(payload, policy=policy.SMTP)
    message["From"] = smtp.sender
    try:
        session = _open(smtp, timeout)
    except (OSError, smtplib.SMTPException) as error:
        return Failed(_told(error), is_down=True)
    try:
        session.send_message(message, smtp.sender, [address])
    except (OSError, smtplib.SMTPException) as error:
        return _judged(error)
    finally:
        # What the server has accepted is accepted, however the goodbye goes.
        with suppress(OSError, smtplib.SMTPException):
            session.quit()
        session.close()
    return Delivered()


def _configuration_problem(smtp: SmtpSettings) -> str | None:
    if not smtp.host:
        return "ANDON_SMTP_HOST is not set."
    if not smtp.sender:
        return "ANDON_SMTP_FROM is not set."
    if smtp.user and PASSWORD not in os.environ:
        return f"ANDON_SMTP_USER is set but {PASSWORD} is not."
    if smtp.user and smtp.security == "none" and smtp.host not in _LOOPBACK:
        return "ANDON_SMTP_SECURITY is none: a password is not sent in clear text; use starttls or tls."
    return None


def _open(smtp: SmtpSettings, timeout: float) -> smtplib.SMTP:
    """A session that is connected, encrypted and logged in as the settings say."""
    context = ssl.create_default_context(cafile=smtp.ca_file) if smtp.security != "none" else None
    if smtp.security == "tls":
        session: smtplib.SMTP = smtplib.SMTP_SSL(smtp.host, smtp.port, timeout=timeout, context=context)
    else:
        session = smtplib.SMTP(smtp.host, smtp.port, timeout=timeout)
    try:
        if smtp.security == "starttls":
            session.starttls(context=context)
        if smtp.user:
            session.login(smtp.user, os.environ[PASSWORD])
    except BaseException:
        session.close()
        raise
    return session


def _judged(error: Exception) -> Outcome:
    """What an error in the transaction means: only a refused mailbox or content is final (RFC 5321, section 4.2.1)."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            code = max(int(answer[0]) for answer in error.recipients.values())
            return Refused(_told(error)) if code >= 500 else Failed(_told(error))
        case smtplib.SMTPDataError():
            return Refused(_told(error)) if error.smtp_code >= 500 else Failed(_told(error))
        case smtplib.SMTPNotSupportedError():
            return Refused(_told(error))
        case _:
            return Failed(_told(error), is_down=True)


def _told(error: Exception) -> str:
    """The error in one line, without the password, whatever the server repeats."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            text = "; ".join(f"{code} {_decoded(said)}" for code, said in error.recipients.values())
        case smtplib.SMTPResponseException():
            text = f"{error.smtp_code} {_decoded(error.smtp_error)}"
        case _:
            text = str(error) or "no answer"
    password = os.environ.get(PASSWORD)
    if password:
        text = text.replace(password, "***")
    return one_line(f"{type(error).__name__}: {text}", 300)


def _decoded(answer: bytes | str) -> str:
    return answer.decode(errors="replace") if isinstance(answer, bytes) else answer
