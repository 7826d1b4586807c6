"""What Dateline knows: dates, claims, events, and the beliefs and timelines they add up to.

Pure: the standard library and msgspec only. Nothing here reads a clock or does input or output.
"""
