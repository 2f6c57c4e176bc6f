"""`unrolled.data`: what it returns, that it is stable, and what it refuses."""

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrolled import data


def test_the_manual_is_long_plain_text() -> None:
    text = data.manual_text()
    assert len(text) > 250_000
    assert text.isascii()
    assert "  " not in text
    assert "\n\n\n" not in text
    assert text == data.manual_text()


def test_no_paragraph_of_the_manual_occurs_twice() -> None:
    paragraphs = data.manual_text().split("\n\n")
    assert len(paragraphs) == len(set(paragraphs))


@pytest.mark.parametrize("every", [4, 7, 10])
def test_the_splits_share_nothing_and_lose_nothing(every: Any) -> None:
    splits = data.manual_splits(every)
    parts = [split.split("\n\n") for split in splits]
    assert sorted(p for part in parts for p in part) == sorted(data.manual_text().split("\n\n"))
    train, valid, test = map(len, splits)
    assert train > valid > 0
    assert test == pytest.approx(len(data.manual_text()) / every, rel=0.4)


def test_an_edit_of_the_manual_moves_one_block_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    paragraphs = data._manual_paragraphs()
    before = [set(split.split("\n\n")) for split in data.manual_splits()]
    for place in range(0, len(paragraphs), 200):
        edited = (*paragraphs[:place], "An added paragraph.", *paragraphs[place + 1 :])
        monkeypatch.setattr(data, "_manual_paragraphs", lambda edited=edited: edited)
        after = [set(split.split("\n\n")) for split in data.manual_splits()]
        moved = max(len(old ^ new) for old, new in zip(before, after, strict=True))
        assert moved < len(paragraphs) / 20


@pytest.mark.parametrize("every", [2, 0, -1, 2.5, "10", True, None])
def test_splits_refuse_what_is_no_number_of_blocks(every: Any) -> None:
    with pytest.raises(ValueError, match="every"):
        data.manual_splits(every)


def test_names_are_sorted_lower_case_words() -> None:
    lists = data.names()
    assert list(lists) == list(data.LANGUAGES)
    for language, names in lists.items():
        assert len(names) > 100, language
        assert names == sorted(set(names))
        assert all(name.isalpha() and name == name.lower() for name in names)


def test_names_of_chosen_languages() -> None:
    assert list(data.names(["Italian", "Finnish"])) == ["Italian", "Finnish"]
    assert "rossi" in data.names(["Italian"])["Italian"]


def test_names_can_be_changed_without_harm() -> None:
    data.names(["Italian"])["Italian"].clear()
    assert data.names(["Italian"])["Italian"]


@pytest.mark.parametrize("languages", [["Klingon"], [], "Italian"])
def test_names_refuse_unknown_languages(languages: Any) -> None:
    with pytest.raises(ValueError, match="languages"):
        data.names(languages)


@given(st.text(min_size=1, max_size=30))
@settings(deadline=None, max_examples=50)
def test_encoding_and_decoding_are_inverse(text: Any) -> None:
    vocabulary = data.Vocabulary(text)
    ids = vocabulary.encode(text)
    assert ids.dtype == np.int64
    assert ids.shape == (len(text),)
    assert vocabulary.decode(ids) == text
    assert len(vocabulary) == len(set(text)) == ids.max() + 1


def test_a_vocabulary_of_several_texts() -> None:
    vocabulary = data.Vocabulary(["ba", "cab"])
    assert vocabulary.characters == ("a", "b", "c")
    assert "c" in vocabulary
    assert "d" not in vocabulary
    assert repr(vocabulary) == "Vocabulary('abc')"
    assert vocabulary.encode("").shape == (0,)


def test_a_vocabulary_names_what_it_does_not_know() -> None:
    vocabulary = data.Vocabulary("abc")
    with pytest.raises(ValueError, match=r"text: 'x' is not"):
        vocabulary.encode("axe")
    for ids in ([3], [-1]):
        with pytest.raises(ValueError, match="ids: expected numbers from 0 to 2"):
            vocabulary.decode(ids)
    with pytest.raises(ValueError, match="texts"):
        data.Vocabulary([""])


def test_neither_torch_nor_faker_comes_with_the_import() -> None:
    code = "import sys, unrolled.data; print({'torch', 'faker', 'sklearn'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"
