"""Names of sources, actors, places and occurrences: kept as given, matched by a folded key."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
"""What an occurrence or a timeline may be called: `khan-shaykhun-recapture`."""

END = r"$(?!\n)"
"""The end of a text, in a pattern. `$` alone would let a last line break pass."""

SLUG_PATTERN = rf"^[a-z0-9]+(-[a-z0-9]+)*{END}"
SLUG_LENGTH = 120


@lru_cache(maxsize=4096)
def folded(name: str) -> str:
    """The key that two spellings of one name share: no case, no diacritics, single spaces."""
    decomposed = unicodedata.normalize("NFKD", name)
    bare = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(bare.casefold().split())
