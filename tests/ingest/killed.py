"""Run as a program: load a home's feed again and again, killed at each step in turn, then loaded once more.

Forks before any library has started a thread, so that a hundred killed loads cost one start-up. Prints one JSON
line per kill: what readers saw right after it, and the lake's digest after the load that followed.
"""

import hashlib
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from orchestration.settings import Settings
from tests.ingest.landed import MONDAY, Site, lake_files

STEPS = ("replace", "fsync", "rmdir")


def main(template: Path, work: Path) -> None:
    clean = _in_child(lambda: _loaded_digest(_fresh_site(template, work)))
    print(json.dumps({"digest": clean}))  # noqa: T201
    step = 0
    killed = True
    while killed:
        step += 1
        site = _fresh_site(template, work)
        killed = _in_child(lambda site=site, step=step: _killed_load(site, step)) is None
        after = _in_child(lambda site=site: {"seen": _seen(site), "digest": _loaded_digest(site)})
        print(json.dumps({"killed": step if killed else 0, **after}))  # noqa: T201


def _killed_load(site: Site, step: int) -> bool:
    """Kill this process at the `step`-th call that makes a change last; True when there were fewer."""
    calls = 0

    def counted(call: Callable[..., Any]) -> Callable[..., Any]:
        def stand_in(*args: Any, **kwargs: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == step:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*args, **kwargs)

        return stand_in

    for name in STEPS:
        setattr(os, name, counted(getattr(os, name)))
    site.load(MONDAY, MONDAY.replace(day=3))
    return True


def _seen(site: Site) -> dict[str, list[Any]]:
    loaded = {row.file_sha256 for row in site.manifest() if row.status == "loaded"}
    rows = site.rows()
    return {
        "rows": [[row["event_id"], row["_file"], row["_line"]] for row in rows],
        "uncommitted": sorted({row["_file"] for row in rows if row["_file_sha256"] not in loaded}),
    }


def _loaded_digest(site: Site) -> str:
    site.load(MONDAY, MONDAY.replace(day=3))
    files = lake_files(site.settings)
    return json.dumps({name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())})


def _fresh_site(template: Path, work: Path) -> Site:
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(template, work)
    return Site(Settings(home=work))


def _in_child(task: Callable[[], Any]) -> Any:
    """The task's result, from a fork of this process; None when it was killed."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        status = 1
        try:
            os.write(writing, json.dumps(task()).encode())
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        answer = pipe.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return None
    if status != 0:
        raise RuntimeError("a load failed")
    return json.loads(answer)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
