"""Goal: spellings of one name share a key, and different names do not.

Method: a table of pairs made by hand, read by people who read these scripts; and the laws of the
key, for every character of Unicode and for random names.
"""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.names import folded

key = folded.__wrapped__
SIGNS = [c for c in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(c)[0] != "C"]
INVISIBLE = [c for c in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(c) == "Cf"]

SAME = {
    "case": ("KHAN SHAYKHUN", "Khan Shaykhun"),
    "long vowels": ("Khān Shaykhūn", "Khan Shaykhun"),
    "dots below": ("Ḥamāh", "Hamah"),
    "strokes": ("Łódź, Tromsø", "Lodz, Tromso"),
    "ligatures of letters": ("Ærø", "Aero"),
    "a capital that has lost its dot": ("DIYARBAKIR", "Diyarbakır"),
    "a sharp s": ("Weißenfels", "WEISSENFELS"),
    "ayn and hamza, written or not": ("Ma\u02bfarrat al-Nu\u02bfmān", "Maarrat al-Numan"),
    "apostrophes of all forms": ("San'a\u2019, San\u2018a`", "Sana, Sana"),
    "hyphens of all forms": ("Al-Bab", "al\u2011Bab"),
    "a hyphen and a space": ("Al-Bab", "al Bab"),
    "spaces": ("  Khan \u00a0 Shaykhun\n", "Khan Shaykhun"),
    "invisible signs": ("Khan\u200e Shay\u200dkhun\ufeff", "Khan Shaykhun"),
    "Arabic vowels": ("خَانُ شَيْخُون", "خان شيخون"),
    "doubling": ("السّوريّة", "السورية"),
    "tatweel": ("حلـــب", "حلب"),
    "alef and hamza": ("إدلب أريحا آفس ٱلباب", "ادلب اريحا افس الباب"),
    "hamza on waw and ya": ("مؤتة الطائرة", "موتة الطايرة"),
    "alef maqsura": ("مصطفى", "مصطفي"),
    "ta marbuta": ("معرة النعمان", "معره النعمان"),
    "Persian letters": ("کابل، علی", "كابل، علي"),
    "presentation forms": ("ﺣﻠﺐ", "حلب"),
    "Arabic digits": ("حي ٧", "حي 7"),
    "Hebrew points": ("שָׁלוֹם", "שלום"),
    "Greek accents and the last sigma": ("ΑΘΉΝΑΣ", "Αθηνας"),
    "a Russian yo and an accent": ("Королёв, за́мок", "Королев, замок"),
    "composed and decomposed": ("Khān", "Kha\u0304n"),
}
DIFFERENT = {
    "transliterations": ("Khan Shaykhun", "Khan Sheikhoun"),
    "scripts": ("Khan Shaykhun", "خان شيخون"),
    "one word and two": ("al Bab", "Albab"),
    "with and without the article": ("al-Bab", "Bab"),
    "a hamza on its own": ("جزء", "جز"),
    "alef and ya": ("علا", "على"),
    "ha and kha": ("حمد", "خمد"),
    "ha and ta": ("فتاه", "فتات"),
    "a short and a long Cyrillic i": ("мой", "мои"),
    "Ukrainian i and yi": ("і", "ї"),
    "Japanese ka and ga": ("かき", "かぎ"),
    "Hindi vowels": ("कि", "की"),
    "numbers": ("Brigade 13", "Brigade 3"),
    "a point in a number": ("3.5", "35"),
    "a minus before a number": ("35.4, -36.6", "35.4, 36.6"),
    "a minus at the start": ("-1.5, 2", "1.5, 2"),
    "initials": ("U.N.", "UN"),
    "names of signs alone": ("'", "`"),
}


@pytest.mark.parametrize(("one", "other"), SAME.values(), ids=SAME)
def test_spellings_of_one_name_meet(one: str, other: str) -> None:
    assert folded(one) == folded(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT.values(), ids=DIFFERENT)
def test_different_names_do_not_meet(one: str, other: str) -> None:
    assert folded(one) != folded(other)


def test_the_laws_hold_for_every_character_alone_and_in_a_word() -> None:
    broken = []
    for sign in SIGNS + INVISIBLE:
        for name in (sign, f"a{sign}b", f"и{sign}"):
            once = key(name)
            same = (once, name.upper(), unicodedata.normalize("NFC", name))
            broken += [(name, other) for other in same if key(other) != once]
    assert broken == []


names = st.text(max_size=12) | st.text("aAıİßé'ʿ-− \u0301\u0308\u0654 ёй اأىة٣", max_size=8)


@given(names)
def test_a_key_is_its_own_key(name: str) -> None:
    assert key(key(name)) == key(name)


@given(names)
def test_a_key_knows_no_case_and_no_form(name: str) -> None:
    for other in (name.upper(), name.swapcase(), unicodedata.normalize("NFD", name)):
        assert key(other) == key(name)


@given(st.text(alphabet=st.characters(categories=["Ll"], max_codepoint=0x24F), min_size=1))
def test_a_latin_key_knows_no_diacritics(name: str) -> None:
    marked = "".join(f"{letter}\u0301\u0323" for letter in name)
    assert key(marked) == key(name)


@given(st.text("ابتثجحخدذرزسشصضطظعغفقكلمنهوي", min_size=1))
def test_an_arabic_key_knows_no_vowels_and_no_tatweel(name: str) -> None:
    written = "ـ".join(f"{letter}\u064e\u0651" for letter in name)
    assert key(written) == key(name)


@given(names.filter(str.strip))
def test_a_name_has_a_key(name: str) -> None:
    visible = any(unicodedata.category(c)[0] not in "CMZ" for c in name)
    assert key(name) or not visible
