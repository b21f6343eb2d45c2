"""The versions under `served/`: what each says of itself, how `current` moves, which are removed.

Belongs here: directories, links and `published.json`. Not here: a version's tables (`marts_copy.py`).
"""

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from orchestration.ingest.lake import sync

MANIFEST = "published.json"
BUILDING = ".building-"
_STRAY = (BUILDING, ".current-", ".pruned-")


@dataclass(frozen=True)
class TableState:
    """What identifies a mart's content: row count, sum of its rows' hashes, described columns."""

    rows: int
    signature: str
    columns: tuple[tuple[str, str, str | None], ...]
    comment: str | None


@dataclass(frozen=True)
class Version:
    """One publication, as its `published.json` tells it; `sequence` orders the versions."""

    folder: Path
    run_id: str
    as_of: str
    sequence: int
    tables: dict[str, TableState]
    moments: dict[str, str]
    """When the as-of was first modelled and first served (`run_moments.py`): the marts cannot say it of themselves."""

    def write(self) -> None:
        """Write `published.json` into the version's folder."""
        told = {name: value for name, value in asdict(self).items() if name != "folder"}
        (self.folder / MANIFEST).write_text(json.dumps(told, indent=1) + "\n")


def read_version(folder: Path) -> Version | None:
    """What the version in `folder` says of itself; None when `folder` is not a complete version."""
    try:
        told = json.loads((folder / MANIFEST).read_text())
    except (FileNotFoundError, NotADirectoryError):
        return None
    tables = {
        name: TableState(
            rows=state["rows"],
            signature=state["signature"],
            columns=tuple((column, data_type, comment) for column, data_type, comment in state["columns"]),
            comment=state["comment"],
        )
        for name, state in told["tables"].items()
    }
    return Version(folder, told["run_id"], told["as_of"], told["sequence"], tables, told.get("moments", {}))


def free_name(served: Path, run_id: str) -> Path:
    """`served/<run_id>`, or `<run_id>-2`, `-3` …: a version that readers may hold is never replaced."""
    name, attempt = served / run_id, 1
    while name.exists():
        attempt += 1
        name = served / f"{run_id}-{attempt}"
    return name


def seal(building: Path) -> None:
    """Make the files read-only and durable before their folder gets its name."""
    paths = list(building.rglob("*"))
    # A file with a second name is shared with an earlier version, which sealed it.
    fresh = [path for path in paths if path.is_file() and path.stat().st_nlink == 1]
    for path in fresh:
        path.chmod(0o444)
    sync(*fresh, *(path for path in paths if path.is_dir()), building)


def point_current_to(version: Path) -> None:
    """Swap `current` in one step; the link is relative, so that the state folder can be moved."""
    link = version.parent / f".current-{version.name}"
    link.symlink_to(version.name, target_is_directory=True)
    link.replace(version.parent / "current")
    sync(version.parent)


def remove_old(served: Path, keep: int) -> list[Path]:
    """Remove all but the `keep` newest versions, never the current one; returns the removed folders."""
    found = [(version.sequence, path) for path in _folders(served) if (version := read_version(path))]
    current = (served / "current").resolve()
    removed = [path for _, path in sorted(found, reverse=True)[keep:] if path.resolve() != current]
    for path in removed:
        # Renamed first: killed midway, no half version is left under a version's name.
        shutil.rmtree(path.rename(served / f".pruned-{path.name}"))
    return removed


def remove_strays(served: Path) -> None:
    """Remove what a killed publication left; the caller must be the only publisher."""
    for path in served.iterdir():
        if path.name.startswith(_STRAY):
            if path.is_symlink():
                path.unlink()
            else:
                shutil.rmtree(path)


def _folders(served: Path) -> list[Path]:
    return [path for path in served.iterdir() if path.is_dir() and not path.is_symlink()]
