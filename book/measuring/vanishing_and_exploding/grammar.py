"""Sentences whose verb agrees with their first noun."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

Rng = np.random.Generator
# Draws how many nouns follow the first.
DrawCount = Callable[[Rng], int]
Choice = TypeVar("Choice")

NOUNS = "writer book editor printer ticket author friend teacher cabinet key"
VERBS = "is/are was/were has/have seems/seem needs/need makes/make"
LINKS = ("of", "near", "behind", "with", "for")
ADJECTIVES = ("old", "new", "famous", "small", "red")
TAILS = ("here", "today", "again", "now")


def _pick(rng: Rng, choices: Sequence[Choice]) -> Choice:
    return choices[int(rng.integers(len(choices)))]


class Grammar:
    """Sentences whose verb agrees with the first noun.

    Before each noun stand `least` adjectives, and sometimes one more.
    """

    def __init__(self, least: int = 0) -> None:
        if least < 0:
            raise ValueError(f"least: {least} adjectives; take 0 or more")
        self.least = least
        self.nouns = [(word, word + "s") for word in NOUNS.split()]
        self.verbs = [tuple(pair.split("/")) for pair in VERBS.split()]
        words = [".", "the", *LINKS, *ADJECTIVES, *TAILS]
        for pair in self.nouns + self.verbs:
            words += pair
        self.ids = {word: i for i, word in enumerate(words)}
        self.made: dict[tuple[int, bool], tuple[Tensor, Tensor, Tensor]] = {}  # tests, as asked for
        self.verb_ids = torch.tensor([[self.ids[word] for word in pair] for pair in self.verbs])

    def sentence(self, rng: Rng, plural: Sequence[int]) -> tuple[list[int], int]:
        """Return a sentence, its nouns plural as told, and the verb's place."""
        if len(plural) == 0:
            raise ValueError("plural: a sentence needs at least one noun")
        words = ["."]
        for i, number in enumerate(plural):
            words += [_pick(rng, LINKS)] if i else []
            adjectives = self.least + (rng.random() < 0.3)
            words += ["the", *(_pick(rng, ADJECTIVES) for _ in range(adjectives))]
            words.append(_pick(rng, self.nouns)[number])
        ending = [_pick(rng, self.verbs)[plural[0]], _pick(rng, TAILS), "."]
        return [self.ids[word] for word in words + ending], len(words)

    def batch(self, rng: Rng, N: int, draw_count: DrawCount) -> Tensor:
        """Return N sentences (N, T), -1 beyond their ends."""
        rows = [
            self.sentence(rng, rng.integers(2, size=1 + draw_count(rng)).tolist())[0]
            for _ in range(N)
        ]
        ids = torch.full((N, max(map(len, rows))), -1)
        for row, sentence in zip(ids, rows):
            row[: len(sentence)] = torch.tensor(sentence)
        return ids

    def tests(self, count: int, same: bool, N: int = 200) -> tuple[Tensor, Tensor, Tensor]:
        """Return N sentences with `count` more nouns, verb places, numbers."""
        if (count, same) in self.made:
            return self.made[count, same]
        rng = np.random.default_rng(1)
        T = (4 + self.least) * (count + 1) + 4
        ids, places = torch.zeros(N, T, dtype=torch.int64), torch.zeros(N, dtype=torch.int64)
        for n in range(N):
            first, others = n % 2, n % 2 if same else 1 - n % 2
            words, place = self.sentence(rng, [first] + count * [others])
            ids[n, : len(words)], places[n] = torch.tensor(words), place
        self.made[count, same] = ids, places, torch.arange(N) % 2
        return self.made[count, same]


def seldom(rng: Rng) -> int:
    """Draw how many nouns follow the first: one more with a chance of 0.1."""
    return int(rng.geometric(0.9)) - 1


def show_sentences() -> None:
    """Print some sentences."""
    grammar = Grammar()
    words = {i: word for word, i in grammar.ids.items()}
    drawn = grammar.batch(np.random.default_rng(3), 4, lambda rng: int(rng.integers(3)))
    for row in drawn.tolist():
        print(" ".join(words[i] for i in row[1:] if i >= 0))
