"""The tasks, as pairs of source and target: copying, and an invented language."""

from __future__ import annotations

import random
from collections.abc import Sequence

# Numbers of symbols; in a target, 0 is the start and 1 the stop.
Pair = tuple[list[int], list[int]]


class Toy:
    """A scrap of English, and an invented language that orders it anew."""

    NOUNS = ("man", "woman", "dog", "cat", "bird", "child", "king", "fish")
    ADJECTIVES = ("old", "small", "red", "good", "young")
    VERBS = ("finds", "likes", "hears", "knows", "wants")
    WORDS = NOUNS + ADJECTIVES + VERBS
    SOURCE = ("the", "and", "not", *WORDS)
    TARGET = ("start", "stop", "ga", "wo", "nai", *(word[::-1] for word in WORDS))


def toy_pair(clauses: int, rng: random.Random) -> tuple[list[str], list[str]]:
    """Return a sentence and its translation as lists of words."""
    source: list[str] = []
    target: list[str] = []
    for _ in range(clauses):
        negated, verb = rng.random() < 0.3, rng.choice(Toy.VERBS)
        source += ["and"] if source else []
        for mark in ("ga", "wo"):
            noun = rng.choice(Toy.NOUNS)
            some = [rng.choice(Toy.ADJECTIVES)] if rng.random() < 0.5 else []
            source += ["the", *some, noun]
            if mark == "ga":
                source += ["not", verb] if negated else [verb]
            target += [word[::-1] for word in [noun, *some]] + [mark]
        target += [verb[::-1], "nai"] if negated else [verb[::-1]]
    return source, target


def toy_pairs(
    N: int, clauses: Sequence[int], rng: random.Random, is_reversed: bool = False
) -> list[Pair]:
    """Return N sentences with their translations; of how many clauses is drawn."""
    pairs = []
    for _ in range(N):
        source, target = toy_pair(rng.choice(clauses), rng)
        ids = [Toy.SOURCE.index(word) for word in source]
        written = [Toy.TARGET.index(word) for word in target]
        pairs.append((ids[::-1] if is_reversed else ids, written))
    return pairs


def copy_pairs(
    N: int, lengths: Sequence[int], rng: random.Random, is_reversed: bool = False, V: int = 8
) -> list[Pair]:
    """Return N sequences to copy; their lengths are drawn."""
    pairs = []
    for _ in range(N):
        ids = [rng.randrange(V) for _ in range(rng.choice(lengths))]
        pairs.append((ids[::-1] if is_reversed else ids, [2 + i for i in ids]))
    return pairs


def example_sentences() -> None:
    """Print two sentences with their translations."""
    for seed in (2, 4):
        source, target = toy_pair(1, random.Random(seed))
        print(" ".join(source), "\n  →", " ".join(target))


def ragged_pairs(V: int, V_out: int, lengths: Sequence[tuple[int, int]], seed: int) -> list[Pair]:
    """Return random pairs of the given lengths of source and target."""
    rng = random.Random(seed)
    return [
        (
            [rng.randrange(V) for _ in range(T)],
            [rng.randrange(2, V_out) for _ in range(T_out)],
        )
        for T, T_out in lengths
    ]
