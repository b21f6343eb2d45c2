"""What is in the outbox leaves it, at least once, whatever the receiver does."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from orchestration.serving.outbox import smtp, store, webhook
from orchestration.serving.outbox.message import Stored
from orchestration.serving.outbox.policy import Delivered, Failed, NotConfigured, Outcome
from orchestration.serving.outbox.sender import send_due
from orchestration.settings import PROJECT_ROOT, Settings
from tests.outbox.messages import T0, WEBHOOK, Hands, chat, email, enqueue, lines
from tests.outbox.receivers import (
    PASSWORD,
    USER,
    Hook,
    Mailbox,
    free_port,
    secure_smtp_server,
    smtp_server,
)
from tests.outbox.receivers import webhook as webhook_server

Point = Callable[..., None]


def test_a_mail_arrives_once_with_its_message_id(settings: Settings, mail_goes_to: Point) -> None:
    box, clock = Mailbox(), Hands()
    enqueue(settings, email())
    assert enqueue(settings, email()) == 0
    with smtp_server(box) as port:
        mail_goes_to(port)
        for _ in range(2):
            done = send_due(settings, clock.now)
            assert done is not None
            clock.move(minutes=5)
    (mail,) = box.accepted
    assert mail["Message-ID"] == f"<{email().key}@outbox.andon>"
    assert (mail["From"], mail["To"], mail["Subject"]) == ("andon@example.com", "ops@example.com", "Report 1")
    assert [(each.state, each.attempts, each.sent_at) for each in lines(settings)] == [("sent", 1, T0)]


def test_starttls_and_login(settings: Settings, mail_goes_to: Point, tmp_path: Path, monkeypatch) -> None:
    box, clock = Mailbox(), Hands()
    enqueue(settings, email())
    with secure_smtp_server(box, tmp_path) as (port, certificate):
        mail_goes_to(port, SECURITY="starttls", USER=USER)
        send_due(settings, clock.now)
        assert lines(settings)[0].last_error == "ANDON_SMTP_USER is set but ANDON_SMTP_PASSWORD is not."
        monkeypatch.setenv("ANDON_SMTP_PASSWORD", PASSWORD)
        send_due(settings, clock.now)
        assert "CERTIFICATE_VERIFY_FAILED" in (lines(settings)[0].last_error or "")
        mail_goes_to(port, SECURITY="starttls", USER=USER, CA_FILE=str(certificate))
        clock.move(minutes=5)
        send_due(settings, clock.now)
    assert len(box.accepted) == 1
    assert lines(settings)[0].state == "sent"


def test_a_wrong_password_waits_for_the_right_one_and_is_written_nowhere(
    settings: Settings, mail_goes_to: Point, tmp_path: Path, monkeypatch
) -> None:
    box, clock = Mailbox(), Hands()
    enqueue(settings, email())
    monkeypatch.setenv("ANDON_SMTP_PASSWORD", "hunter2-wrong")
    with secure_smtp_server(box, tmp_path) as (port, certificate):
        mail_goes_to(port, SECURITY="starttls", USER=USER, CA_FILE=str(certificate))
        send_due(settings, clock.now)
    (line,) = lines(settings)
    assert line.state == "pending"
    assert "535" in (line.last_error or "")
    written = b"".join(path.read_bytes() for path in settings.home.rglob("*") if path.is_file())
    assert b"hunter2-wrong" not in written


def test_a_password_is_never_sent_in_clear_text_to_another_machine(mail_goes_to: Point, monkeypatch) -> None:
    monkeypatch.setenv("ANDON_SMTP_PASSWORD", PASSWORD)
    mail_goes_to(25, HOST="mail.example.com", USER=USER)
    assert isinstance(smtp.send_email(email().payload, "ops@example.com"), NotConfigured)


def test_nothing_configured_is_no_failed_attempt(settings: Settings) -> None:
    clock = Hands()
    enqueue(settings, email(), chat())
    done = send_due(settings, clock.now)
    assert done is not None
    assert (done.sent, done.failed, done.left) == (0, 0, 2)
    assert [(each.state, each.attempts) for each in lines(settings)] == [("pending", 0)] * 2
    assert [each.last_error for each in lines(settings)] == [
        "ANDON_SMTP_HOST is not set.", f"{WEBHOOK} is not set: it must hold the webhook's URL.",
    ]  # fmt: skip


def test_a_server_that_refuses_connections_is_tried_again_later_and_later(
    settings: Settings, mail_goes_to: Point
) -> None:
    box, clock = Mailbox(), Hands()
    port = free_port()
    mail_goes_to(port)
    enqueue(settings, email())
    waits: list[timedelta] = []
    for _ in range(4):
        send_due(settings, clock.now)
        (line,) = lines(settings)
        assert "ConnectionRefusedError" in (line.last_error or "")
        waits.append(line.next_attempt_at - clock.at)
        clock.at = line.next_attempt_at
    assert [wait.total_seconds() / 60 for wait in waits] == [1, 2, 4, 8]
    with smtp_server(box) as other:
        mail_goes_to(other)
        send_due(settings, clock.now)
    assert len(box.accepted) == 1


def test_when_the_server_is_down_one_message_is_tried_and_the_others_keep_their_turn(
    settings: Settings, mail_goes_to: Point
) -> None:
    mail_goes_to(free_port())
    enqueue(settings, *(email(number) for number in range(5)))
    done = send_due(settings, Hands().now)
    assert done is not None
    assert (done.failed, done.left) == (1, 4)
    assert [each.attempts for each in lines(settings)] == [1, 0, 0, 0, 0]


def test_a_server_that_stalls_is_left_and_what_it_took_late_comes_again_under_the_same_id(
    settings: Settings, mail_goes_to: Point
) -> None:
    box, clock = Mailbox(stall_seconds=1.5), Hands()
    enqueue(settings, email())

    def hurried(message: Stored, payload: bytes) -> Outcome:
        return smtp.send_email(payload, message.address, timeout=0.5)

    with smtp_server(box) as port:
        mail_goes_to(port)
        started = time.monotonic()
        send_due(settings, clock.now, deliver=hurried)
        assert time.monotonic() - started < 4
        assert lines(settings)[0].state == "pending"
        box.stall_seconds = 0
        clock.move(minutes=2)
        send_due(settings, clock.now)
    assert lines(settings)[0].state == "sent"
    assert len(box.accepted) == 2
    assert len({mail["Message-ID"] for mail in box.accepted}) == 1


def test_a_server_that_accepts_and_crashes_before_it_replies(settings: Settings, mail_goes_to: Point) -> None:
    box, clock = Mailbox(data=["!hang up"]), Hands()
    enqueue(settings, email())
    with smtp_server(box) as port:
        mail_goes_to(port)
        send_due(settings, clock.now)
        assert "SMTPServerDisconnected" in (lines(settings)[0].last_error or "")
        clock.move(minutes=2)
        send_due(settings, clock.now)
    assert lines(settings)[0].state == "sent"
    assert [mail["Message-ID"] for mail in box.accepted] == [f"<{email().key}@outbox.andon>"] * 2


@pytest.mark.parametrize(
    ("rcpt", "data", "state"),
    [
        (["550 no such mailbox"], [], "dead"),
        (["450 greylisted"], [], "pending"),
        ([], ["554 we take this for spam"], "dead"),
        ([], ["451 try again"], "pending"),
    ],
)
def test_only_a_final_answer_ends_a_mail(
    settings: Settings, mail_goes_to: Point, rcpt: list[str], data: list[str], state: str
) -> None:
    enqueue(settings, email())
    enqueue(settings, email(2))
    with smtp_server(Mailbox(rcpt=rcpt, data=data)) as port:
        mail_goes_to(port)
        send_due(settings, Hands().now)
    first, second = lines(settings)
    assert first.state == state
    assert (rcpt + data)[0:1] == []
    assert (first.last_error or "").split()[1] in {"550", "450", "554", "451"}
    assert second.state == "sent"


def test_chat_waits_as_long_as_it_is_asked_to(settings: Settings, monkeypatch) -> None:
    hook, clock = Hook(answers=[(429, {"Retry-After": "600"}), (500, {}), (503, {"Retry-After": "30"})]), Hands()
    enqueue(settings, chat())
    waits: list[float] = []
    with webhook_server(hook) as url:
        monkeypatch.setenv(WEBHOOK, url)
        for _ in range(4):
            send_due(settings, clock.now)
            (line,) = lines(settings)
            waits.append((line.next_attempt_at - clock.at).total_seconds())
            clock.at = line.next_attempt_at
    assert waits[:3] == [600, 120, 240]
    assert line.state == "sent"
    assert [(key, body) for key, body in hook.accepted] == [(chat().key, chat().payload)]


def test_retry_after_may_be_a_date(settings: Settings, monkeypatch) -> None:
    header = {"Retry-After": "Tue, 03 Mar 2026 11:20:00 GMT", "Date": "Tue, 03 Mar 2026 11:00:00 GMT"}

    class Answer:
        headers = header

    assert webhook._asked_wait(Answer()) == timedelta(minutes=20)  # type: ignore[arg-type]


@pytest.mark.parametrize("status", [400, 404, 410])
def test_a_webhook_that_is_gone_ends_the_message_but_not_the_others(
    settings: Settings, monkeypatch, status: int
) -> None:
    hook = Hook(answers=[(status, {})])
    enqueue(settings, chat(1), chat(2))
    with webhook_server(hook) as url:
        monkeypatch.setenv(WEBHOOK, url)
        send_due(settings, Hands().now)
    assert [each.state for each in lines(settings)] == ["dead", "sent"]


@pytest.mark.parametrize("answer", [0, -1])
def test_chat_that_takes_the_message_and_does_not_answer_gets_it_again_with_the_same_key(
    settings: Settings, monkeypatch, answer: int
) -> None:
    hook, clock = Hook(answers=[(answer, {})], stall_seconds=1.5), Hands()
    enqueue(settings, chat())

    def hurried(message: Stored, payload: bytes) -> Outcome:
        return webhook.post(payload, message.address, message.key, timeout=0.5)

    with webhook_server(hook) as url:
        monkeypatch.setenv(WEBHOOK, url)
        send_due(settings, clock.now, deliver=hurried)
        assert lines(settings)[0].state == "pending"
        clock.move(minutes=2)
        send_due(settings, clock.now)
    assert lines(settings)[0].state == "sent"
    assert [key for key, _ in hook.accepted] == [chat().key] * 2


def test_the_webhooks_address_is_a_secret(settings: Settings, monkeypatch) -> None:
    hook = Hook(answers=[(500, {})])
    enqueue(settings, chat(1), chat(2))
    clock = Hands()
    with webhook_server(hook) as url:
        monkeypatch.setenv(WEBHOOK, url)
        send_due(settings, clock.now)
    send_due(settings, clock.now)  # nobody listens any more
    written = b"".join(path.read_bytes() for path in settings.home.rglob("*") if path.is_file())
    assert url.encode() not in written
    assert "HTTP 500" in (lines(settings)[0].last_error or "")
    assert "ConnectError" in (lines(settings)[1].last_error or "")
    monkeypatch.setenv(WEBHOOK, "http://chat.example.com/hook")
    assert isinstance(webhook.post(b"{}", WEBHOOK, "key"), NotConfigured)


def test_a_message_is_given_up_after_a_week_and_many_attempts_and_can_be_revived(settings: Settings) -> None:
    clock = Hands()
    enqueue(settings, email())
    while lines(settings)[0].state == "pending":
        send_due(settings, clock.now, deliver=lambda message, payload: Failed("still down", is_down=True))
        clock.at = max(lines(settings)[0].next_attempt_at, clock.at + timedelta(minutes=1))
        assert clock.at - T0 < timedelta(days=9)
    assert clock.at - T0 > timedelta(days=7)
    assert lines(settings)[0].attempts > 40
    with store.open_outbox(settings) as con, store.writing(con):
        assert store.revive(con, None, clock.at) == 1
    send_due(settings, clock.now, deliver=lambda message, payload: Delivered())
    assert lines(settings)[0].state == "sent"


def test_a_fault_of_ours_stops_neither_the_pass_nor_loses_the_message(settings: Settings) -> None:
    def faulty(message: Stored, payload: bytes) -> Outcome:
        if message.id == 1:
            raise RuntimeError("a bug")
        return Delivered()

    enqueue(settings, email(1), email(2))
    send_due(settings, Hands().now, deliver=faulty)
    assert [each.state for each in lines(settings)] == ["pending", "sent"]
    assert lines(settings)[0].last_error == "RuntimeError: a bug"


def test_a_pass_ends_in_time_and_leaves_the_rest_due(settings: Settings) -> None:
    def slow(message: Stored, payload: bytes) -> Outcome:
        time.sleep(0.2)
        return Delivered()

    enqueue(settings, *(email(number) for number in range(5)))
    done = send_due(settings, Hands().now, seconds=0.3, deliver=slow)
    assert done is not None
    assert (done.sent, done.left) == (2, 3)


def test_two_senders_do_not_send_at_the_same_time(settings: Settings) -> None:
    seen: list[object] = []

    def other(message: Stored, payload: bytes) -> Outcome:
        seen.append(send_due(settings, Hands().now))
        return Delivered()

    enqueue(settings, email())
    send_due(settings, Hands().now, deliver=other)
    assert seen == [None]


KILLED_SENDER = """
import os, signal
from pathlib import Path
from orchestration.clock import Clock
from orchestration.serving.outbox import sender, store
from orchestration.settings import Settings

def killed(*arguments):
    os.kill(os.getpid(), signal.SIGKILL)

store.mark_sent = killed
sender.send_due(Settings(), Clock().now)
"""


@pytest.mark.parametrize("channel", ["email", "slack"])
def test_killed_between_sending_and_noting_it_sends_again_under_the_same_id(
    settings: Settings, mail_goes_to: Point, monkeypatch, channel: str
) -> None:
    box, hook = Mailbox(), Hook()
    enqueue(settings, email() if channel == "email" else chat())
    with smtp_server(box) as port, webhook_server(hook) as url:
        mail_goes_to(port)
        monkeypatch.setenv(WEBHOOK, url)
        environment = {**os.environ, "ANDON_HOME": str(settings.home)}
        killed = subprocess.run([sys.executable, "-c", KILLED_SENDER], cwd=PROJECT_ROOT, env=environment, check=False)
        assert killed.returncode == -signal.SIGKILL
        (line,) = lines(settings)
        assert (line.state, line.attempts, line.last_error) == ("pending", 1, store.INTERRUPTED)
        clock = Hands()
        clock.at = line.next_attempt_at
        send_due(settings, clock.now)
    keys = [mail["Message-ID"] for mail in box.accepted] + [key for key, _ in hook.accepted]
    assert len(keys) == 2
    assert len(set(keys)) == 1
    assert lines(settings)[0].state == "sent"
