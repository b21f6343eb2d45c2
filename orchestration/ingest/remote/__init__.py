"""Sources that are asked instead of dropping files: a company's own database, Salesforce, HubSpot.

A pull writes what it read as a file into landing, and the load takes it from there like any delivered file: same
manifest, same rejects, same conservation.

Belongs here: how a source is declared (`declared.py`), reached and read (one module per kind), how what was read
becomes a file and the cursor moves on (`landing_file.py`, `position.py`). Does not belong here: contracts, types,
or loading.
"""
