"""Serve: publish the marts read-only for everybody who only reads, and write the reports made from them.

Belongs here: the published copy, the weekly review and their assets. Does not belong here: any figure's
definition (marts and `control/` own those) or anything that opens the warehouse for writing.
"""
