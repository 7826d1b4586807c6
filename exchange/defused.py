"""Text for spreadsheets, which run what begins like a formula.

Before such text one apostrophe is put. It can be taken away again without a doubt: text is
dangerous or not whatever apostrophes stand before it, so that of what begins with one and is
dangerous, the first is ours (`fused`).
"""

from __future__ import annotations

import unicodedata

MARK = "'"
_BEGINS = frozenset("=+-@")
_LIKE_THEM = frozenset("\u2212")
"""The minus sign, which no normal form makes a hyphen; full-width and small forms are by NFKC."""
_BREAKS = frozenset("\t\r\n")
_QUOTES = frozenset("\"'\u2018\u2019\u201c\u201d`\uff02\uff07")


def dangerous(text: str) -> bool:
    """Whether a spreadsheet might take text for a formula: it begins with = + - or @, also in
    full width, or with a tab or a line's end; also behind spaces, quotes and invisible letters."""
    for letter in text:
        if letter in _BREAKS:
            return True
        if letter.isspace() or letter in _QUOTES or unicodedata.category(letter) in ("Cc", "Cf"):
            continue
        return letter in _LIKE_THEM or unicodedata.normalize("NFKC", letter)[:1] in _BEGINS
    return False


def defused(text: str) -> str:
    """Text that no spreadsheet runs."""
    return MARK + text if dangerous(text) else text


def fused(text: str) -> str:
    """The text that `defused` was given."""
    return text[1:] if text.startswith(MARK) and dangerous(text) else text
