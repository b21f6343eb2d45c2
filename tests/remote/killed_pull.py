"""Run as a program: pull a home's first declared table, killed at each step in turn, then pull and load again.

Prints one JSON line per kill: the ids in the lake after the pull and load that followed it.
"""

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from orchestration.ingest.remote.declared import load_sources
from orchestration.ingest.remote.effects import Effects
from orchestration.ingest.remote.pull import pull_table
from orchestration.settings import Settings
from tests.ingest.landed import Site
from tests.remote.company import EVENTS, load_events, morning_after

STEPS = ("replace", "fsync", "unlink")
FIRST, SECOND = morning_after("03-04"), morning_after("03-05")


def main(home: Path) -> None:
    step, killed = 0, True
    while killed:
        step += 1
        shutil.rmtree(home, ignore_errors=True)
        child = os.fork()
        if child == 0:
            die_at(step)
            pull(home, FIRST)
            os._exit(0)
        killed = os.WIFSIGNALED(os.waitpid(child, 0)[1])
        # What has landed may be loaded before the source is asked again, as the landing sensor would.
        load_events(Settings(home=home), FIRST)
        pull(home, SECOND)
        load_events(Settings(home=home), SECOND)
        ids = sorted(row["event_id"] for row in Site(Settings(home=home), EVENTS).rows())
        print(json.dumps({"killed": step if killed else 0, "ids": ids}), flush=True)  # noqa: T201


def die_at(step: int) -> None:
    """Kill this process at the `step`-th call that makes a change last."""
    calls = 0

    def counted(call: Callable[..., Any]) -> Callable[..., Any]:
        def stand_in(*arguments: Any, **named: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == step:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*arguments, **named)

        return stand_in

    for name in STEPS:
        setattr(os, name, counted(getattr(os, name)))


def pull(home: Path, as_of: Any) -> None:
    settings = Settings(home=home, sources_file=home.parent / "sources.yml")
    (source, *_) = load_sources(settings)
    pull_table(settings, source, source.tables[0], as_of, Effects(sleep=lambda _: None))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
