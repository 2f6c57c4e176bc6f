"""Which windows the answers of Kim's network on names rest on."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from unrolled import data

from .checks import MaxOverTime
from .tasks import split_names
from .training import NewModel, learn_names

UPDATES = 400


@dataclass(frozen=True)
class Picked:
    """What the filters of a trained network picked in the test names."""

    accuracy: float
    ids: Tensor
    lengths: Tensor
    languages: Tensor
    letters: data.Vocabulary
    chances: Tensor  #: of each language, (N, C)
    shares: Tensor  #: of each filter in the logit of the right language, (N, filters)
    first: Tensor  #: the first letter of the window that it picked, (N, filters)
    widths: Tensor  #: of the filters

    @property
    def sure(self) -> Tensor:
        """How sure the network is of the right language, for each name."""
        return self.chances[torch.arange(len(self.ids)), self.languages]

    @property
    def right(self) -> Tensor:
        """Whether the network is right, for each name."""
        return self.chances.argmax(dim=1) == self.languages

    def word(self, n: int) -> str:
        """Return name n."""
        return self.letters.decode(self.ids[n, : self.lengths[n]].tolist())

    def window(self, n: int, j: int) -> str:
        """Return the letters in the window that filter j picked in name n, dots outside it."""
        start, end = int(self.first[n, j]), int(self.first[n, j] + self.widths[j])
        word = self.word(n)
        inside = word[max(start, 0) : end]
        return "·" * max(-start, 0) + inside + "·" * max(end - len(word), 0)


@torch.no_grad()
def contributions(
    model: Any, max_over_time: MaxOverTime, ids: Tensor, lengths: Tensor, languages: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Return, for each name and filter, its share in a language's logit.

    Also the window it picked: its first letter and its width.
    """
    pooled, first, widths = [], [], []
    for (h, counts), filters in zip(model.features(ids, lengths), model.filters, strict=True):
        best, picked = max_over_time(h, counts)
        width = filters.W_c.shape[2]
        pooled.append(best)
        first.append(picked - (width - 1))  # wide: zeros before the name
        widths += [width] * best.shape[1]
    features, W_y = torch.cat(pooled, dim=1), model.output.weight
    weights = (W_y - W_y.mean(dim=0))[languages]
    shares = weights * (features - features.mean(dim=0))
    return shares, torch.cat(first, dim=1), torch.tensor(widths)


def _print_most_picked(picked: Picked) -> None:
    """Print the n-grams that the three strongest filters picked most often, by language."""
    for k, language in enumerate(data.LANGUAGES):
        counted: Counter[str] = Counter()
        for n in torch.nonzero((picked.languages == k) & picked.right)[:, 0].tolist():
            for j in picked.shares[n].topk(3).indices.tolist():
                gram = picked.window(n, j)
                if sum(map(str.isalpha, gram)) > 1:
                    counted[gram] += 1
        print(f"{language:>9}:", "  ".join(gram for gram, _ in counted.most_common(5)))


def picked_in_names(new_model: NewModel, max_over_time: MaxOverTime) -> Picked:
    """Train Kim's network on the names, print and return what its filters picked."""
    model, accuracy, _ = learn_names(new_model, "CNN", 0, UPDATES)
    _, test, letters = split_names(0)
    shares, first, widths = contributions(model, max_over_time, *test)
    with torch.no_grad():
        chances = model(*test[:2]).softmax(dim=1)
    picked = Picked(accuracy, *test, letters, chances, shares, first, widths)
    _print_most_picked(picked)
    return picked


def numbers_of_picked(picked: Picked) -> dict[str, Any]:
    """Return what the text says of the windows that the filters picked."""
    strongest = picked.shares.argmax(dim=1)
    start = picked.first[torch.arange(len(strongest)), strongest]
    end = start + picked.widths[strongest]
    at_end = (end >= picked.lengths)[picked.right].float().mean().item()
    at_start = (start <= 0)[picked.right].float().mean().item()
    assert picked.accuracy > 0.55
    assert at_end > 0.4
    return {
        "picked_updates": UPDATES,
        "picked_accuracy": picked.accuracy,
        "picked_end": 100 * at_end,
        "picked_start": 100 * at_start,
    }
