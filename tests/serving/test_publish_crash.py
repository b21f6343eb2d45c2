"""Killed at any change of the file system, a publication leaves readers a whole version, and runs again cleanly."""

import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.serving.publish import publish
from orchestration.settings import PROJECT_ROOT, Settings
from tests.serving.publishing import AS_OF, read, tree, two_marts

# Dies by SIGKILL at the n-th call that changes the file system.
DIES = """
import os, signal, sys
from pathlib import Path
from orchestration.serving.publish import publish
from orchestration.settings import Settings
from tests.serving.publishing import AS_OF

CHANGES = {"os.mkdir", "os.rename", "os.link", "os.symlink", "os.chmod", "os.remove", "os.rmdir", "shutil.copyfile"}
settings = Settings(home=Path(sys.argv[1]))
served = str(settings.served)

def publish_and_die(run_id, at):
    left = at
    def count(event, arguments):
        nonlocal left
        writes = event in CHANGES or (event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR))
        if writes and any(served in str(argument) for argument in arguments):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(count)
    publish(settings, run_id, AS_OF)

for line in sys.stdin:
    run_id, at = line.split()
    child = os.fork()
    if child == 0:
        publish_and_die(run_id, int(at))
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""

READS = """
import sys
from pathlib import Path
from orchestration.serving.reader import open_served
from orchestration.settings import Settings

settings = Settings(home=Path(sys.argv[1]))
mixed = reads = 0
seen = set()
print("reading", flush=True)
while not (settings.home / "stop").exists():
    with open_served(settings) as con:
        query = "SELECT DISTINCT generation FROM marts.a UNION SELECT DISTINCT generation FROM marts.b"
        found = con.execute(query).fetchall()
        found += con.execute(query).fetchall()
    mixed += len(set(found)) != 1
    seen.update(found)
    reads += 1
print(reads, mixed, len(seen))
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def test_killed_at_any_step_readers_keep_a_whole_version_and_a_rerun_cleans_up(settings: Settings) -> None:
    two_marts(settings, 1)
    publish(settings, "run-0", AS_OF)
    zygote = subprocess.Popen(
        [sys.executable, "-c", DIES, str(settings.home)],
        cwd=PROJECT_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert zygote.stdin
    assert zygote.stdout
    deaths, generation, outcome = 0, 1, -9
    while outcome == -9:
        deaths, generation = deaths + 1, generation + 1
        before = read(settings, "SELECT DISTINCT generation FROM marts.b")
        two_marts(settings, generation)
        zygote.stdin.write(f"killed-{deaths} {deaths}\n")
        zygote.stdin.flush()
        outcome = int(zygote.stdout.readline())
        after = read(settings, "SELECT DISTINCT generation FROM marts.a UNION SELECT DISTINCT generation FROM marts.b")
        assert after in (before, [(generation,)]), f"killed at call {deaths}"
        if deaths % 5 == 0:
            publish(settings, f"again-{deaths}", AS_OF)
            assert read(settings, "SELECT DISTINCT generation FROM marts.a") == [(generation,)]
            assert not [name for name in tree(settings.served) if name.startswith(".")]
    zygote.stdin.close()
    assert (outcome, zygote.wait()) == (0, 0)
    assert deaths > 15, "the hook saw too few calls to prove anything"
    assert len([path for path in settings.served.iterdir() if path.is_dir() and not path.is_symlink()]) == 3


def test_a_second_process_reads_through_many_swaps_without_error_or_mixture(settings: Settings) -> None:
    two_marts(settings, 0)
    publish(settings, "run-0", AS_OF)
    reader = subprocess.Popen(
        [sys.executable, "-c", READS, str(settings.home)], cwd=PROJECT_ROOT, stdout=subprocess.PIPE, text=True
    )
    assert reader.stdout
    assert reader.stdout.readline() == "reading\n"
    for generation in range(1, 21):
        two_marts(settings, generation)
        publish(settings, f"run-{generation}", AS_OF)
    (settings.home / "stop").touch()
    reads, mixed, versions_seen = map(int, reader.communicate(timeout=30)[0].split())
    assert (reader.returncode, mixed) == (0, 0)
    assert reads > 20
    assert versions_seen > 5
