"""The Dagster code location: ingest, transform, inspect, control, serve.

`definitions.py` assembles everything; each sub-package owns one step of the line and knows only the step
before it.
"""
