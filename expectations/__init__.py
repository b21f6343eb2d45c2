"""What is expected of leads and data: the qualification contract, its compilation, its judge, and structural rules.

Belongs here: everything that decides right or wrong, free of files and clock. Does not belong here: when it runs and
where its results are recorded (`orchestration/inspection`).
"""
