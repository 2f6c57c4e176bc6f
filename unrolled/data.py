"""Data for the course: all of it comes with the installed packages, nothing is downloaded.

The reference manual is the text behind Python's own ``help()`` (`pydoc_data.topics`).
The family names are those of Faker's name providers. Faker is imported when names are
asked for, PyTorch never.
"""

from __future__ import annotations

import importlib
import re
import unicodedata
import zlib
from collections.abc import Iterable
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "LANGUAGES",
    "Vocabulary",
    "manual_splits",
    "manual_text",
    "names",
    "number_words",
]

#: Languages of `names` and the Faker locale that each list comes from.
LANGUAGES = {
    "Croatian": "hr_HR",
    "Dutch": "nl_NL",
    "English": "en_GB",
    "Estonian": "et_EE",
    "Finnish": "fi_FI",
    "French": "fr_FR",
    "German": "de_DE",
    "Irish": "ga_IE",
    "Italian": "it_IT",
    "Slovak": "sk_SK",
    "Spanish": "es_ES",
    "Swedish": "sv_SE",
}

_PLAIN = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "..."})
# A table starts its lines with + or |; a heading is underlined with one repeated character.
_RULE = re.compile(r"[+|] ?.*[+|]|([=*~^-])\1{2,}")
_PARAGRAPHS_PER_BLOCK = 12
_WORDS_BELOW_20 = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
    fifteen sixteen seventeen eighteen nineteen
"""
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"


def _paragraphs(topic: str) -> Iterable[str]:
    """Yield the paragraphs of one topic in plain ASCII, without tables and underlines."""
    plain = topic.translate(_PLAIN).encode("ascii", "ignore").decode("ascii")
    for paragraph in re.split(r"\n\s*\n", plain):
        lines = (re.sub(r"\s+", " ", line).strip() for line in paragraph.splitlines())
        kept = [line for line in lines if line and not _RULE.fullmatch(line)]
        if kept:
            yield "\n".join(kept)


@lru_cache(maxsize=1)
def _manual_paragraphs() -> tuple[str, ...]:
    from pydoc_data.topics import topics

    # Some topics contain others word for word. A paragraph is kept where it stands first,
    # so that no part of a test set can also be in the training set.
    unique = dict.fromkeys(p for name in sorted(topics) for p in _paragraphs(topics[name]))
    return tuple(unique)


def manual_text() -> str:
    """Return the language reference of the running Python as one string.

    Topics come in alphabetical order. Characters are ASCII, runs of spaces are one space,
    tables and underlines of headings are left out, paragraphs are separated by an empty
    line, and each paragraph occurs once. The text differs a little between Python versions.

    Source: `pydoc_data.topics` of CPython.
    """
    return "\n\n".join(_manual_paragraphs())


def manual_splits(every: int = 10) -> tuple[str, str, str]:
    """Split the manual into a training, a validation and a test text.

    The manual is cut into blocks of about 12 paragraphs. Of ``every`` blocks about one goes to
    the test text, one to the validation text, the others to the training text, so that the three
    have the same subjects and no paragraph in common. Where a block begins and where it goes
    depends on the words of a paragraph and not on its place: the manuals of two Python releases,
    which differ here and there, are split alike.

    Raises:
        ValueError: if ``every`` is not an integer of at least 3.
    """
    if not isinstance(every, int) or isinstance(every, bool) or every < 3:
        raise ValueError(f"every: expected an integer of at least 3, got {every!r}")
    train: list[str] = []
    valid: list[str] = []
    test: list[str] = []
    chosen = train
    for paragraph in _manual_paragraphs():
        number, begins = divmod(zlib.crc32(paragraph.encode()), _PARAGRAPHS_PER_BLOCK)
        if begins == 0:
            chosen = {0: test, 1: valid}.get(number % every, train)
        chosen.append(paragraph)
    return "\n\n".join(train), "\n\n".join(valid), "\n\n".join(test)


def names(languages: Iterable[str] | None = None) -> dict[str, list[str]]:
    """Return family names by language: lower case, sorted, each once in its language.

    Names of one word in Latin letters are kept. A name may occur in several languages.

    Args:
        languages: keys of `LANGUAGES`; all of them by default.

    Raises:
        ValueError: if ``languages`` is empty or holds something that `LANGUAGES` does not.

    Source: the person providers of the package Faker.
    """
    if isinstance(languages, str):
        raise ValueError(f"languages: expected a list of names, got the string {languages!r}")
    chosen = list(LANGUAGES) if languages is None else list(languages)
    unknown = [language for language in chosen if language not in LANGUAGES]
    if unknown or not chosen:
        known = ", ".join(LANGUAGES)
        raise ValueError(f"languages: expected some of {known}; got {chosen!r}")
    return {language: list(_family_names(LANGUAGES[language])) for language in chosen}


@cache
def _family_names(locale: str) -> tuple[str, ...]:
    provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
    found = {unicodedata.normalize("NFC", name).lower() for name in provider.last_names}
    return tuple(sorted(name for name in found if name.isalpha() and len(name) > 1))


def number_words(number: int) -> list[str]:
    """Return a number from 0 to 999,999 as English words: 42 gives ["forty", "two"].

    Raises:
        ValueError: if ``number`` lies outside this range.
    """
    if not 0 <= number < 1_000_000:
        raise ValueError(f"number: expected 0 to 999,999, got {number!r}")
    if number < 20:
        return [_WORDS_BELOW_20.split()[number]]
    for size, name in ((1000, "thousand"), (100, "hundred")):
        count, rest = divmod(number, size)
        if count:
            return [*number_words(count), name, *(number_words(rest) if rest else [])]
    tens, ones = divmod(number, 10)
    return [_TENS.split()[tens - 2], *(number_words(ones) if ones else [])]


class Vocabulary:
    """The characters of some texts, numbered from 0 in sorted order.

    Args:
        texts: a string, or several; every character in them is in the vocabulary.

    Raises:
        ValueError: if ``texts`` holds no character.
    """

    def __init__(self, texts: str | Iterable[str]) -> None:
        characters = sorted(set("".join(texts)))
        if not characters:
            raise ValueError("texts: expected at least one character, got none")
        self.characters: tuple[str, ...] = tuple(characters)
        self._index = {character: index for index, character in enumerate(characters)}

    def __len__(self) -> int:
        return len(self.characters)

    def __contains__(self, character: object) -> bool:
        return character in self._index

    def __repr__(self) -> str:
        return f"Vocabulary({''.join(self.characters)!r})"

    def encode(self, text: str) -> NDArray[np.int64]:
        """Return the numbers of the characters of ``text``, shape (len(text),).

        Raises:
            ValueError: if ``text`` has a character that is not in the vocabulary.
        """
        try:
            return np.array([self._index[character] for character in text], dtype=np.int64)
        except KeyError as error:
            raise ValueError(f"text: {error.args[0]!r} is not in the vocabulary") from None

    def decode(self, ids: Iterable[int]) -> str:
        """Return the text whose characters have the numbers ``ids``.

        Raises:
            ValueError: if a number lies outside 0 … len(self) - 1.
        """
        numbers = [int(i) for i in ids]
        wrong = [i for i in numbers if not 0 <= i < len(self)]
        if wrong:
            raise ValueError(f"ids: expected numbers from 0 to {len(self) - 1}, got {wrong[0]}")
        return "".join(self.characters[i] for i in numbers)
