"""The outbox keeps what it was given, says when sending has stopped, and forgets content in time."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest

from orchestration.serving.outbox import store
from orchestration.serving.outbox.health import health
from orchestration.serving.outbox.message import hash_of, idempotency_key
from orchestration.serving.outbox.policy import Delivered, Failed, wait_after
from orchestration.serving.outbox.sender import send_due
from orchestration.settings import PROJECT_ROOT, Settings
from tests.outbox.messages import T0, Hands, email, enqueue, lines


def test_all_of_a_transaction_or_nothing(settings: Settings) -> None:
    def killed_in_the_middle() -> None:
        with store.open_outbox(settings) as con, store.writing(con):
            store.enqueue(con, [email()], T0)
            raise RuntimeError("killed here")

    with pytest.raises(RuntimeError):
        killed_in_the_middle()
    assert lines(settings) == []


def test_only_the_owner_may_read_it(settings: Settings) -> None:
    enqueue(settings, email())
    assert store.outbox_file(settings).stat().st_mode & 0o077 == 0


def test_keys_differ_when_any_part_does_and_borders_count() -> None:
    keys = {
        idempotency_key(*parts)
        for parts in [
            ("a", "b", "email", "c"),
            ("ab", "", "email", "c"),
            ("a", "b", "slack", "c"),
            ("a", "b", "email", "d"),
        ]
    }
    assert len(keys) == 4
    assert hash_of("ab", "c") != hash_of("a", "bc")


def test_waits_double_to_four_hours_and_never_undercut_what_was_asked() -> None:
    minutes = [wait_after(attempt).total_seconds() / 60 for attempt in range(1, 11)]
    assert minutes == [1, 2, 4, 8, 16, 32, 64, 128, 240, 240]
    assert wait_after(1000) == timedelta(hours=4)
    assert wait_after(1, timedelta(hours=6)) == timedelta(hours=6)


def test_a_sender_that_never_runs_is_noticed(settings: Settings) -> None:
    enqueue(settings, email())
    with store.open_outbox(settings) as con:
        assert health(con, T0 + timedelta(hours=1)).is_well
        stalled = health(con, T0 + timedelta(hours=3))
    assert stalled.is_stalled
    assert stalled.problems() == [
        "Sending has stopped: 1 messages wait, the oldest since 2026-03-03 11:00 UTC; no sender has ever run. "
        "Start the Dagster daemon, or run `andon outbox send`."
    ]


def test_a_server_that_is_down_for_hours_is_noticed_with_its_reason(settings: Settings) -> None:
    clock = Hands()
    enqueue(settings, email())
    send_due(settings, clock.now, deliver=lambda message, payload: Failed("connection refused", is_down=True))
    clock.move(hours=3)
    with store.open_outbox(settings) as con:
        (problem,) = health(con, clock.at).problems()
    assert "the sender last ran at 2026-03-03 11:00 UTC. connection refused" in problem


def test_content_is_forgotten_a_month_after_it_was_sent_and_never_before(settings: Settings) -> None:
    clock = Hands()
    enqueue(settings, email(1), email(2))
    send_due(
        settings, clock.now, deliver=lambda message, payload: Delivered() if message.id == 1 else Failed("not yet")
    )
    clock.move(days=31)
    send_due(settings, clock.now, deliver=lambda message, payload: Failed("not yet"))
    with store.open_outbox(settings) as con:
        assert store.payload(con, 1) is None
        assert store.payload(con, 2) == email(2).payload


def andon(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from orchestration.cli import main; main()", *arguments],
        cwd=PROJECT_ROOT, env={**os.environ, "ANDON_HOME": str(settings.home), "COLUMNS": "220"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_command_line_shows_what_is_wrong_with_its_exit_code(settings: Settings) -> None:
    assert andon(settings, "outbox", "list").returncode == 0
    enqueue(settings, email())  # due since T0, long ago by the real clock
    listed = andon(settings, "outbox", "list")
    assert listed.returncode == 1
    assert "Sending has stopped" in listed.stdout
    assert "o•••@example.com" in listed.stdout
    assert "ops@example.com" not in listed.stdout
    sent = andon(settings, "outbox", "send")
    assert sent.returncode == 1
    assert "ANDON_SMTP_HOST is not set" in sent.stdout
    assert andon(settings, "outbox", "show", "1").stdout.replace("\r\n", "\n").startswith("To: ops@example.com")


def test_dead_messages_are_shown_and_revived(settings: Settings) -> None:
    enqueue(settings, email())
    with store.open_outbox(settings) as con, store.writing(con):
        store.mark_failed(con, 1, "550 no such mailbox", None)
    dead = andon(settings, "outbox", "dead")
    assert dead.returncode == 1
    assert "550 no such mailbox" in dead.stdout
    assert "1 messages are due now" in andon(settings, "outbox", "retry", "1").stdout
    assert andon(settings, "outbox", "list").returncode == 0
