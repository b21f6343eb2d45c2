"""The weekly review: one page per ISO week and revision, made from the served copy alone.

Belongs here: reading the week (`collect`), its one sentence (`verdict`), its form (`view`, templates), its files
(`write`). Does not belong here: any figure's definition or judgement; those come from the marts and `control/`.
"""
