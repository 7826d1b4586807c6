"""Readers of others' data: bytes in, reports out.

Pure: they iterate a binary stream that is handed in, and know of no clock, file or database. One
module a format, each with a `read`; `docs/import.md` says what becomes of every column.
"""
