"""The tasks: sentences in which a phrase decides or an order, and names in twelve languages."""

from __future__ import annotations

import functools

import torch
from torch import Tensor, nn

from unrolled import data

# Ids (N, T), lengths (N,) and targets (N,).
Examples = tuple[Tensor, Tensor, Tensor]

FILLERS = (
    "the a this that film story plot end cast music we they you saw found thought said of in with "
    "and but was is were had it all then there one last first two some"
)


def vocabulary() -> list[str]:
    """Return the words of the sentences; the first four matter."""
    return ["not", "good", "bad", "so", *FILLERS.split()]


def draw_sentences(
    task: str, N: int, T: int = 30, margin: int = 3, distance: int | None = None
) -> Examples:
    """Return ids (N, T), lengths (N,) and targets (N,) of a task.

    The target is 1 if "bad" is the negated one of the two (task "negated"), or if "good" comes
    first (task "first"). The two stand at least six words apart, or as far as `distance` says, and
    at least `margin` from both ends.
    """
    no, good, bad, so = range(4)
    V, rows = len(vocabulary()), torch.arange(N)
    ids = torch.randint(4, V, (N, T))
    apart = distance or 6
    shortest = max(T // 2, 2 * margin + 1 + apart)
    lengths = torch.randint(shortest, T + 1, (N,))
    room = lengths - 2 * margin - apart
    early = margin + (torch.rand(N) * room).long()
    late = early + apart
    if distance is None:
        late += (torch.rand(N) * (lengths - margin - late)).long()
    targets = torch.randint(2, (N,))
    if task == "first":
        ids[rows, early] = torch.where(targets == 1, good, bad)
        ids[rows, late] = torch.where(targets == 1, bad, good)
        return ids, lengths, targets
    swap, between = torch.rand(2, N) < 0.5
    negated, other = early.where(swap, late), late.where(swap, early)
    ids[rows, negated] = torch.where(targets == 1, bad, good)
    ids[rows, other] = torch.where(targets == 1, good, bad)
    ids[rows, negated - 1 - between.long()] = no
    ids[rows[between], negated[between] - 1] = so
    ids[rows[between], other[between] - 1] = so
    return ids, lengths, targets


def example_sentences() -> None:
    """Print a sentence of each task, with its answer."""
    assert len(set(vocabulary())) == len(vocabulary())
    torch.manual_seed(3)
    for task in ("negated", "first"):
        ids, lengths, targets = draw_sentences(task, 1)
        words = " ".join(vocabulary()[i] for i in ids[0, : lengths[0]])
        print(f"{task}, answer {targets[0]}: {words}")


@functools.cache
def split_names(seed: int, held_out: int = 2000) -> tuple[Examples, Examples, data.Vocabulary]:
    """Return training and test examples, and their letters; no name is in both."""
    lists = data.names()
    pairs = [(name, k) for k, own in enumerate(lists.values()) for name in own]
    letters = data.Vocabulary([name for name, _ in pairs])
    different = sorted({name for name, _ in pairs})
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(different), generator=generator).tolist()
    place = dict(zip(different, order, strict=True))

    def part(test: bool) -> Examples:
        own = [pair for pair in pairs if (place[pair[0]] < held_out) == test]
        encoded = [torch.from_numpy(letters.encode(name)) for name, _ in own]
        ids = nn.utils.rnn.pad_sequence(encoded, batch_first=True)
        lengths = torch.tensor([len(name) for name, _ in own])
        return ids, lengths, torch.tensor([k for _, k in own])

    return part(False), part(True), letters


def most_frequent_language() -> float:
    """Return the share of test names that are in the most frequent language."""
    languages = split_names(0)[1][2]
    return languages.bincount().max().item() / len(languages)
