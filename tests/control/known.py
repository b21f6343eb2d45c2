"""Published answers, each with its source, read from `data/known_answers.json`."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

FILE = Path(__file__).parent / "data" / "known_answers.json"


@cache
def known() -> dict[str, dict[str, Any]]:
    """Every entry by name."""
    return json.loads(FILE.read_text(encoding="utf-8"))


def triangle(name: str) -> np.ndarray:
    """The run-off triangle of an entry, NaN where not observed."""
    return np.array(known()[name]["triangle"], dtype=float)
