"""Training of classifiers on the tasks: all get the same examples, updates, batches and rate."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from unrolled import data

from .tasks import Examples, draw_sentences, split_names, vocabulary

# The page's: a new classifier, from its name, V, C and a seed.
NewModel = Callable[[str, int, int, int], nn.Module]
# The model, its accuracy on new examples, and the seconds of training.
Run = tuple[nn.Module, float, float]

SEEDS = (0, 1, 2)
LIVE = {"count": 100, "updates": 120}


def train(
    model: nn.Module, examples: Examples, updates: int, N: int = 32, rate: float = 0.01
) -> float:
    """Train on batches of the examples; return CPU seconds."""
    learned = [p for p in model.parameters() if p.requires_grad]
    optimiser = torch.optim.Adam(learned, lr=rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, updates)
    started = time.process_time()
    for _ in range(updates):
        chosen = torch.randint(len(examples[0]), (N,))
        ids, lengths, targets = (part[chosen] for part in examples)
        logits = model(ids[:, : lengths.max()], lengths)
        loss = nn.functional.cross_entropy(logits, targets)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(learned, 1.0)
        optimiser.step()
        schedule.step()
    return time.process_time() - started


@torch.no_grad()
def share_right(model: nn.Module, examples: Examples) -> float:
    """Return the share of the examples that are answered right."""
    ids, lengths, targets = examples
    right: Tensor = model(ids, lengths).argmax(dim=1) == targets
    return right.float().mean().item()


def learn_sentences(
    new_model: NewModel,
    task: str,
    kind: str,
    count: int,
    seed: int,
    updates: int,
    T: int = 30,
    margin: int = 3,
) -> Run:
    """Train on `count` sentences; return model, accuracy on others, seconds."""
    torch.manual_seed(100 + seed)
    examples = draw_sentences(task, count, T, margin)
    model = new_model(kind, len(vocabulary()), 2, seed)
    seconds = train(model, examples, updates)
    torch.manual_seed(1000 + seed)
    unseen = draw_sentences(task, 1000, T, margin)
    return model, share_right(model, unseen), seconds


def learn_names(new_model: NewModel, kind: str, seed: int, updates: int) -> Run:
    """Train on names; return model, accuracy on other names, and seconds."""
    examples, test, letters = split_names(seed)
    model = new_model(kind, len(letters), len(data.LANGUAGES), seed)
    seconds = train(model, examples, updates)
    return model, share_right(model, test), seconds


def right_at(model: nn.Module, distance: int, T: int = 30, margin: int = 3) -> float:
    """Return the share right of the task "first" at one distance."""
    torch.manual_seed(2000 + distance)
    examples = draw_sentences("first", 1000, T, margin, distance)
    return share_right(model, examples)


def live_runs(new_model: NewModel) -> dict[tuple[str, str], list[float]]:
    """Train CNN and LSTM on both tasks for a short while; print and return their accuracies."""
    live = {}
    for task in ("negated", "first"):
        for kind in ("CNN", "LSTM"):
            runs = [
                learn_sentences(new_model, task, kind, LIVE["count"], seed, LIVE["updates"])
                for seed in SEEDS
            ]
            live[task, kind] = [accuracy for _, accuracy, _ in runs]
            shares = " ".join(f"{share:.2f}" for share in live[task, kind])
            print(f"{task:>8}, {kind:>4}: {shares}")
    return live


def numbers_of_live(live: Mapping[tuple[str, str], Sequence[float]]) -> dict[str, Any]:
    """Return what the text says of the short runs."""
    numbers: dict[str, Any] = {f"live_{name}": value for name, value in LIVE.items()}
    for (task, kind), shares in live.items():
        numbers[f"{task}_{kind.lower()}_low"] = min(shares)
        numbers[f"{task}_{kind.lower()}_high"] = max(shares)
    assert min(live["negated", "CNN"]) > 0.95
    assert np.mean(live["negated", "LSTM"]) < np.mean(live["negated", "CNN"]) - 0.05
    assert max(live["first", "CNN"]) < 0.62
    assert np.mean(live["first", "LSTM"]) > np.mean(live["first", "CNN"]) + 0.15
    return numbers
