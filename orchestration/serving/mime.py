"""An e-mail put together: headers that nothing can break out of, a text part, an HTML part, attachments.

Belongs here: MIME. Does not belong here: what a report says; the sender's address (the outbox adds it when sending).
"""

from collections.abc import Sequence
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from orchestration.serving.inert import one_line
from orchestration.serving.outbox.message import message_id

# File name, MIME type, content.
File = tuple[str, str, bytes]


def build_message(to: tuple[str, str], subject: str, key: str, text: str, html: str, files: Sequence[File]) -> bytes:
    """The message for `to` (address, name), complete but for `From`; `key` is its idempotency key."""
    mail = EmailMessage(policy=SMTP)
    address, name = to
    mail["To"] = Address(display_name=one_line(name, 60), addr_spec=address)
    mail["Subject"] = one_line(subject, 150)
    mail["Message-ID"] = message_id(key)
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text, cte="quoted-printable")
    mail.add_alternative(html, subtype="html", cte="quoted-printable")
    for file, kind, content in files:
        maintype, _, subtype = kind.partition("/")
        params = {"charset": "utf-8"} if maintype == "text" else {}
        mail.add_attachment(content, maintype=maintype, subtype=subtype, filename=file, params=params)
    return mail.as_bytes()
