"""A file's rows keep their lines and their file, in whatever order a query returns them."""

import json

import numpy as np
import pyarrow as pa
import pytest

from orchestration.ingest.row_order import ROW, in_row_order, numbered
from tests.ingest.landed import EVENT_HEADER, MONDAY, Site, event_line


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [2, 3, 0, 1], [3, 2, 1, 0]])
def test_a_result_comes_back_in_the_order_of_its_rows(order: list[int]):
    delivered = numbered(pa.table({"id": ["a", "b", "c", "d"]}))
    assert in_row_order(delivered.take(np.array(order))).to_pydict() == {"id": ["a", "b", "c", "d"]}


def test_no_row_and_one_row_are_in_order():
    for ids in ([], ["a"]):
        assert in_row_order(numbered(pa.table({"id": pa.array(ids, pa.string())}))).column("id").to_pylist() == ids


@pytest.mark.parametrize("extension", ["csv", "jsonl"])
def test_a_delivered_column_may_have_the_name_of_the_number(site: Site, extension: str):
    names = EVENT_HEADER.split(",")
    events = [{**dict(zip(names, event_line(n).split(","), strict=True)), ROW: str(9 - n)} for n in (1, 2)]
    lines = {
        "csv": [",".join(events[0]), *(",".join(event.values()) for event in events)],
        "jsonl": [json.dumps(event) for event in events],
    }
    site.deliver("\n".join(lines[extension]), f"e_{MONDAY}.{extension}")
    site.load()
    assert [(row["event_id"], row[ROW]) for row in site.rows()] == [("E1", "8"), ("E2", "7")]
