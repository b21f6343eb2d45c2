"""A lead's whole story: what happened, how it was judged, what it cost, and the file and line behind each step.

Belongs here: reading it, and showing it the same as a page and as text. Does not belong here: any rule (marts).
"""
