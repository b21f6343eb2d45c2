"""A second warehouse, built at once from the same lake: what daily runs must end at.

Belongs here: building it beside the first and comparing the two. Does not belong here: any company's story.
"""

import shutil
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from tests.models.company import Company, differences


def differences_from_afresh(
    company: Company, folder: Path, day: date, selection: Sequence[str]
) -> dict[str, list[tuple[Any, ...]]]:
    """The rows in which `company`'s warehouse differs from one built in `folder` in a single run as of `day`."""
    shutil.copytree(company.settings.raw, folder / "raw")
    afresh = Company(folder)
    afresh.build(day, *selection, full_refresh=True)
    with duckdb.connect() as connection:
        connection.execute(f"set file_search_path = '{folder}'")
        connection.execute(f"attach '{company.settings.warehouse}' as daily (read_only)")
        connection.execute(f"attach '{afresh.settings.warehouse}' as afresh (read_only)")
        return differences(connection, "daily", "afresh")
