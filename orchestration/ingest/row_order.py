# pyright: reportUnknownVariableType=false, reportUnknownParameterType=false, reportUnknownArgumentType=false
"""A row's number goes through a query with it: a scan of Arrow data by several threads need not keep the order.

Belongs here: giving the numbers and restoring their order. Does not belong here: any query.
"""

import numpy as np
import pyarrow as pa

ROW = "row"
"""The column that holds the number; the queries have no other of this name."""


def numbered(table: pa.Table) -> pa.Table:
    """The table with its rows numbered from 0."""
    return table.append_column(ROW, pa.array(np.arange(table.num_rows)))


def in_row_order(result: pa.Table) -> pa.Table:
    """The result of a query over numbered rows, a row for each, in their order and without the number."""
    rows = result.column(ROW).to_numpy()
    kept = result.drop_columns([ROW])
    return kept if bool((rows[1:] > rows[:-1]).all()) else kept.take(pa.array(np.argsort(rows)))
