"""Groups of `andon` commands that are too large for `cli.py`; each module holds one group and is registered there."""
