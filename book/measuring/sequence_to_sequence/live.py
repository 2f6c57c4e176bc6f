"""The short trainings on the page: shares of symbols right, and where attention looks."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from prelude import span

from .checks import Batch
from .tasks import Toy, toy_pair

SEEDS = (0, 1, 2)

# What the page's `measure` finds, by length or number of clauses, for each seed.
Measures = Mapping[str, Any]
BySize = Mapping[int, Sequence[Measures]]
# The page's: the loss of a model on a batch, what it measures there, and what is written for a
# sentence, with the weights (T', T) of its words.
LossOf = Callable[[Any, Batch], Tensor]
Measure = Callable[[Any, Batch], Measures]
WhereItLooks = Callable[[Any, Sequence[str]], tuple[list[str], Tensor]]


def train(
    loss_of: LossOf,
    model: Any,
    draw: Callable[[int], Batch],
    updates: int,
    rate: float,
    N: int = 32,
) -> Any:
    """Train a network on batches from draw(N) and return it."""
    optimiser = torch.optim.Adam(model.parameters(), lr=rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, updates)
    for _ in range(updates):
        loss = loss_of(model, draw(N))
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        schedule.step()
    return model


def live_shares(
    name: str, models: Sequence[Any], batches: Mapping[int, Batch], measure: Measure
) -> BySize:
    """Print a table of shares by size, all models side by side, and return all measures."""
    live = {size: [measure(model, batch) for model in models] for size, batch in batches.items()}
    print(f"{name:10}forced           free             whole")
    for size, found in live.items():
        print(f"{size:{len(name)}d}", end="")
        for share in ("forced", "free", "whole"):
            print("   ", *(f"{m[share]:.2f}" for m in found), end="")
        print()
    return live


def print_same(live: BySize) -> None:
    """Print whether as many are right as a whole with teacher forcing as without."""
    same = all(m["whole"] == m["whole if forced"] for found in live.values() for m in found)
    print("whole is the same with teacher forcing:", same)
    assert same
    assert min(m["forced"] - m["free"] for m in live[6]) > 0.05


def first_word_share(
    cell: Callable[..., nn.Module],
    is_reversed: bool,
    seed: int,
    T: int = 20,
    H: int = 64,
    N: int = 200,
) -> tuple[float, float]:
    """Return the shares of the gradient that arrive at word 1 and word T."""
    torch.manual_seed(seed)
    reader, writer = (cell(16, H, batch_first=True) for _ in range(2))
    output = nn.Linear(H, 10)
    x = torch.randn(N, T, 16, requires_grad=True)
    state = reader(x.flip(1) if is_reversed else x)[1]
    start = torch.zeros(N, 1, 16)
    logits = output(writer(start, state)[0][:, 0])
    loss = nn.functional.cross_entropy(logits, torch.randint(10, (N,)))
    norms = torch.autograd.grad(loss, x)[0].norm(dim=-1).mean(dim=0)
    shares = norms / norms.sum()
    return shares[0].item(), shares[-1].item()


def first_word() -> dict[str, float]:
    """Print how much of the gradient arrives at the first and last word; return what is said."""
    in_order: list[float] = []
    turned: list[float] = []
    for cell in (nn.RNN, nn.GRU):
        for order, kept in (("in order", in_order), ("reversed", turned)):
            found = [first_word_share(cell, order == "reversed", seed) for seed in SEEDS]
            print(f"{cell.__name__} {order:>8}:", *(f"{a:.0e} ({b:.0e})" for a, b in found))
            kept += [at_first for at_first, _ in found]
    assert max(in_order) < 1e-3
    assert min(turned) > 0.2
    return {
        "s2s_first_low": min(in_order),
        "s2s_first_high": max(in_order),
        "s2s_turned_low": 100 * min(turned),
        "s2s_turned_high": 100 * max(turned),
    }


def found_share(model: Any, where_it_looks: WhereItLooks, N: int = 60) -> float:
    """Return how often a word of content is written while its own is looked at."""
    rng, right, total = random.Random(7), 0, 0
    for _ in range(N):
        source_words, _ = toy_pair(1, rng)
        written_words, looks = where_it_looks(model, source_words)
        for word, row in zip(written_words, looks, strict=True):
            if word[::-1] in Toy.WORDS:
                total += 1
                right += source_words[int(row.argmax())] == word[::-1]
    return right / total


def numbers_of_translators(looked: BySize, updates: int) -> dict[str, Any]:
    """Return what the text says of the translators with attention."""
    two, three = ([100 * m["whole"] for m in looked[clauses]] for clauses in (2, 3))
    assert max(three) < 20
    return {
        "s2s_live_updates": updates,
        "s2s_looked_two": span(min(two), max(two)),
        "s2s_looked_three": max(three),
    }


def numbers_of_attention(
    translators: Sequence[Any], where_it_looks: WhereItLooks, words: Sequence[str]
) -> dict[str, str]:
    """Return how often attention finds the word that is written, in percent.

    Args:
        translators: the trained networks.
        where_it_looks: the page's function of a network and a sentence.
        words: what the figure shows as written; the text speaks of them.
    """
    assert words == ["nam", "dlo", "ga", "god", "der", "wo", "sekil", "nai", "stop"]
    shares = [100 * found_share(model, where_it_looks) for model in translators]
    assert min(shares) > 60
    return {"s2s_found": span(min(shares), max(shares))}
