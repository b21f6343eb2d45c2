"""Ingest: from delivered files to the typed, traced, immutable Parquet lake.

Belongs here: what may be delivered (contracts), how it is found, read, typed, rejected and committed.
Does not belong here: what the rows mean (dbt models), nor anything that opens the warehouse.
"""
