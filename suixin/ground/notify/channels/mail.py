"""E-mail over SMTP: one connection for a batch, encrypted whenever we sign in, answers told apart by their code.

Twice?  the same message keeps its Message-ID at every attempt, so that a mailbox that looks at it shows it once; when
        the connection breaks between the text and the server's answer the message is sent again (at least once)
Source  RFC 5321 4.2.1 (4yz transient, 5yz permanent), RFC 3834 (Auto-Submitted)
"""

import smtplib
import ssl
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import format_datetime
from pathlib import Path
from typing import Self
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from suixin.ground.notify.channels.carrying import Answer, Outcome, Parcel

TIMEOUT_SECONDS = 15.0
PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
PASSWORD_FILE = "smtp.secret"  # noqa: S105  the name of the file


class MailCarrier:
    """A mail server; connected at the first message."""

    def __init__(self) -> None:
        self._server: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def carry(self, parcel: Parcel) -> Answer:
        """What the server said to this message."""
        if not _is_mailbox(parcel.to):
            return Answer(Outcome.PERMANENT, "邮箱地址不合规则；请收件人改正账号里的邮箱。", "address")
        try:
            server = self._connected()
        except smtplib.SMTPAuthenticationError as error:
            return Answer(Outcome.TEMPORARY, "发信服务器不接受账号或密码；请核对 keys/smtp.secret。", str(error.smtp_code), is_down=True)
        except (smtplib.SMTPException, OSError) as error:  # ssl.SSLError is an OSError
            sentence = f"连不上发信服务器（{type(error).__name__}）；请核对 SUIXIN_SMTP_URL。"
            return Answer(Outcome.TEMPORARY, sentence, "connect", is_down=True)
        return self._handed_over(server, parcel)

    def close(self) -> None:
        """Say goodbye; a broken connection is just dropped."""
        server, self._server = self._server, None
        if server is not None:
            try:
                server.quit()
            except (smtplib.SMTPException, OSError):
                server.close()

    def _handed_over(self, server: smtplib.SMTP, parcel: Parcel) -> Answer:
        is_text_on_its_way = False
        try:
            code, reply = server.mail(settings.SUIXIN.mail_from)
            if code >= 500:  # about us, not about this message
                return Answer(Outcome.TEMPORARY, "发信服务器不接受发件地址；请核对 SUIXIN_MAIL_FROM。", str(code), is_down=True)
            if code < 300:
                code, reply = server.rcpt(parcel.to)
            if code >= 300:
                return self._refused(server, code, reply)
            is_text_on_its_way = True
            code, reply = server.data(written(parcel).as_bytes(policy=WIRE))
        except smtplib.SMTPDataError as error:  # DATA itself was refused: no text left us
            return self._refused(server, error.smtp_code, error.smtp_error)
        except (smtplib.SMTPException, OSError) as error:
            self._server = None
            server.close()
            if is_text_on_its_way:
                sentence = "正文已交出，连接在服务器答复之前中断；将用同一 Message-ID 重发。"
                return Answer(Outcome.UNKNOWN, sentence, type(error).__name__)
            return Answer(Outcome.TEMPORARY, f"与发信服务器的连接中断（{type(error).__name__}）。", "connect")
        return Answer(Outcome.ACCEPTED, "", str(code)) if code < 300 else self._refused(server, code, reply)

    def _refused(self, server: smtplib.SMTP, code: int, reply: bytes | str) -> Answer:
        told = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
        status = next((word for word in told.split() if word.count(".") == 2 and word[0] in "45" and word.replace(".", "").isdecimal()), "")
        if code == 421:
            self._server = None
            server.close()
            return Answer(Outcome.TEMPORARY, "发信服务器暂停服务。", "421", is_busy=True)
        try:
            server.rset()
        except (smtplib.SMTPException, OSError):
            self._server = None
            server.close()
        name = f"{code} {status}".strip()
        if 500 <= code < 600:
            return Answer(Outcome.PERMANENT, f"发信服务器拒绝了这封邮件（{name}）。", name)
        return Answer(Outcome.TEMPORARY, f"发信服务器要求稍后再试（{name}）。", name)

    def _connected(self) -> smtplib.SMTP:
        if self._server is not None:
            return self._server
        parts = urlsplit(settings.SUIXIN.smtp_url)
        host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
        if parts.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context())
        else:
            server = smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
        try:
            server.ehlo_or_helo_if_needed()
            if parts.scheme == "smtp+starttls":
                server.starttls(context=ssl.create_default_context())
                server.ehlo()
            if parts.username:
                server.login(unquote(parts.username), _password())
        except (smtplib.SMTPException, OSError):
            server.close()
            raise
        self._server = server
        return server


def written(parcel: Parcel) -> EmailMessage:
    """The message on the wire: the same bytes at every attempt."""
    mail = EmailMessage(policy=WIRE)
    mail["From"] = settings.SUIXIN.mail_from
    mail["To"] = parcel.to
    mail["Subject"] = parcel.title
    mail["Date"] = format_datetime(parcel.created_at)
    mail["Message-ID"] = f"<{parcel.id}@{settings.SUIXIN.mail_from.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    body = "\n\n".join(part for part in (parcel.text, parcel.link) if part)
    mail.set_content(body, cte="base64")
    return mail


def _is_mailbox(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return text.isascii()


def _password() -> str:
    path = Path(settings.SUIXIN.keys) / PASSWORD_FILE
    return path.read_text("utf-8").strip() if path.is_file() else ""
