"""What each system counts in a week, from clicks to the pipeline, and the records behind each gap.

Belongs here: reading it, and showing it as text. Does not belong here: any rule (marts).
"""
