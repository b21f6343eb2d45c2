"""Reading what a simulation delivered, as text, with the day of each file."""

from datetime import date
from pathlib import Path

import pandas as pd

CRM = ("leads", "lead_events", "activities", "opportunities", "opportunity_stages")


def day_of(path: Path) -> date:
    """The delivery day in a file's name."""
    return date.fromisoformat(path.name.split(".")[0].removesuffix("_full").split("_for_")[0][-10:])


def read(landing: Path, feed: str) -> pd.DataFrame:
    """Every row of a feed as text, with `file_day` and `file`."""
    system, table = feed.split(".")
    frames: list[pd.DataFrame] = []
    for path in sorted((landing / system / table).rglob("*.*")):
        frame = read_file(path)
        frame["file_day"], frame["file"] = pd.Timestamp(day_of(path)), path.name
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def read_file(path: Path) -> pd.DataFrame:
    """One delivered file's rows as text."""
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    if path.suffix == ".jsonl":
        return pd.read_json(path, lines=True, dtype=False, convert_dates=False)
    return pd.read_csv(path, dtype=str, encoding="utf-8-sig")


def instants(texts: pd.Series) -> pd.Series:
    """Delivered timestamps as UTC instants."""
    return pd.to_datetime(texts, utc=True, format="ISO8601")


def business_days(texts: pd.Series) -> pd.Series:
    """The business date (New York) of delivered timestamps."""
    return instants(texts).dt.tz_convert("America/New_York").dt.tz_localize(None).dt.normalize()
