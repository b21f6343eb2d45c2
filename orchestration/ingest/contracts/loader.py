"""What the usual loaders add to a vendor's tables, and how a table of theirs is declared.

Belongs here: the loader's own columns. Does not belong here: any vendor's table.
"""

from collections.abc import Sequence

from orchestration.ingest.columns import Cadence, Column, Feed, boolean, instant

SYNCED: tuple[Column, ...] = (
    instant("_fivetran_synced", "When the loader read the row"),
    boolean("_fivetran_deleted", "The row is gone at the source"),
)

HISTORY_MODE: tuple[Column, ...] = (
    boolean("_fivetran_active", "In history mode: the row's newest version, and it still exists at the source"),
    instant("_fivetran_start", "In history mode: the version is valid from"),
)


def table(
    vendor: str,
    name: str,
    description: str,
    columns: Sequence[Column],
    key: tuple[str, ...],
    event_time: str | None,
    cadence: Cadence = "on_change",
) -> Feed:
    """A loader's table: columns beyond `columns` load as text, and an optional one may be absent."""
    return Feed(vendor, name, description, tuple(columns), key, event_time, cadence, tolerant=True)
