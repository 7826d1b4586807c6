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

_APOSTROPHES = "'`´\u1ffd‘’‛′ʹʻʼʽʾʿˈˊˋ\u055a\u05f3"
"""What transliterations write for ayn and hamza, or leave out."""
_LETTERS = {
    "ı": "i",  # its capital is I, so that no case can tell it from i
    "ø": "o",
    "đ": "d",
    "ħ": "h",
    "ł": "l",
    "ŧ": "t",
    "æ": "ae",
    "œ": "oe",
    "\u0671": "\u0627",  # alef wasla: alef
    "\u0649": "\u064a",  # alef maqsura: ya
    "\u06cc": "\u064a",  # Persian ya: ya
    "\u06a9": "\u0643",  # Persian kaf: kaf
    "\u0629": "\u0647",  # ta marbuta: ha
    "\u06c1": "\u0647",  # Urdu ha: ha
    "\u0640": "",  # tatweel
}
"""Letters that are written for one another, and that Unicode does not take apart."""
_BARE = str.maketrans({**_LETTERS, **dict.fromkeys(_APOSTROPHES, "")})
_WITHOUT_APOSTROPHES = str.maketrans(dict.fromkeys(_APOSTROPHES, ""))
_OPTIONAL = re.compile(
    # Of all scripts but Cyrillic, where a mark makes another letter, as \u0439 of \u0438; an accent
    # there only says how to read, and \u0451 is mostly written \u0435.
    "(?<![\u0400-\u052f])[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
    "|[\u0300\u0301]|(?<=\u0435)\u0308"
    # Hebrew points; Arabic vowels, hamza on its carrier, signs of the Koran.
    "|[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7]"
    "|[\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed]"
    "|[\u08ca-\u08e1\u08e3-\u08ff]"
)
"""Marks that a name is written with or without. Those of other scripts are left, since there they
make other words: without its mark the Japanese "ga" is "ka"."""
_HYPHEN = re.compile(r"(?<=\w)-")


@lru_cache(maxsize=16_384)
def folded(name: str) -> str:
    """The key that the spellings of one name share.

    It knows no case, no Latin, Greek, Hebrew or Arabic diacritics, no tatweel and no invisible
    signs. The forms of alef, and hamza on its carrier, are the bare letter; alef maqsura is ya, ta
    marbuta ha, and Persian letters are the Arabic ones. Apostrophes are left out, since
    transliterations leave them out; a hyphen within a name is a space, and spaces are single;
    digits of any script are 0 to 9. docs/places.md has a table.

    What could be two words stays two: a hamza on its own, Cyrillic i and short i, "al Bab" and
    "Albab", a minus before a number, all other punctuation. Nothing here transliterates: for that
    names have aliases.
    """
    bare = _OPTIONAL.sub("", _plain(name.translate(_WITHOUT_APOSTROPHES))).translate(_BARE)
    # What consists of nothing but such signs is told apart by them.
    return " ".join(_HYPHEN.sub(" ", bare).split()) or " ".join(_plain(name).split())


def _plain(name: str) -> str:
    """Without case, with compatible forms taken apart: toNFKC_Casefold of Unicode, decomposed."""
    if name.isascii():
        return name.lower()
    text = unicodedata.normalize("NFD", name).casefold()
    text = unicodedata.normalize("NFKD", text).casefold()
    return "".join(map(_sign, unicodedata.normalize("NFKD", text)))


def _sign(sign: str) -> str:
    """Digits and dashes as ASCII has them, and nothing for what cannot be seen."""
    category = unicodedata.category(sign)
    if category == "Nd":
        return str(unicodedata.decimal(sign))
    if category == "Pd" or sign == "\u2212":
        return "-"
    return "" if category == "Cf" or "\ufe00" <= sign <= "\ufe0f" else sign


def is_unicode(text: str) -> bool:
    """Whether a text has no half of a surrogate pair, as a command line that is not UTF-8 has."""
    return not any("\ud800" <= character <= "\udfff" for character in text)
