"""Small language models that learn by which noun a verb goes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from prelude import glue, tenfold

from .grammar import DrawCount, Grammar, seldom

STORED = Path(__file__).parents[3] / "experiments" / "agreement.json"
COUNTS, UPDATES, SEEDS = (0, 1, 2, 3, 4, 5), 1000, (0, 1, 2)
EVERY, SIGNAL_AT = 50, 200  # updates

Array = NDArray[np.float64]
# What is to be done now and then, with the number of updates so far.
Watch = Callable[[int, "Reader", Grammar], None]


class Reader(nn.Module):
    """A small RNN language model."""

    def __init__(self, V: int, D: int = 16, H: int = 32) -> None:
        super().__init__()
        self.embed = nn.Embedding(V, D)
        self.rnn = nn.RNN(D, H, batch_first=True)
        self.output = nn.Linear(H, V)

    def forward(self, ids: Tensor) -> Tensor:
        """Return the logits (N, T, V) of the words that follow."""
        logits: Tensor = self.output(self.rnn(self.embed(ids))[0])
        return logits


class Agreement(NamedTuple):
    """Shares of verbs with the wrong number, for each seed and number of further nouns."""

    updates: Array
    wrong: Array  # (seeds, updates, counts), with distractors
    same_number: Array  # (seeds, counts), in the end
    signals: Array  # (seeds, counts - 1), of the gradient at the first noun


@torch.no_grad()
def error_rate(model: Reader, grammar: Grammar, count: int, same: bool = False) -> float:
    """Return the share of verbs whose number the model gets wrong."""
    ids, places, plural = grammar.tests(count, same)
    logits = model(ids)[torch.arange(len(ids)), places - 1]
    singular_score, plural_score = logits[:, grammar.verb_ids].logsumexp(1).T
    wrong = (plural_score > singular_score) != (plural == 1)
    return float(wrong.double().mean())


def far_signal(model: Reader, grammar: Grammar, count: int) -> float:
    """Return the gradient at the first noun relative to the last, a median.

    The loss is that of the verb's number, the gradient that of the embeddings.
    """
    ids, places, plural = grammar.tests(count, same=False)
    rows = torch.arange(len(ids))
    x = model.embed(ids).detach().requires_grad_()
    logits = model.output(model.rnn(x)[0])[rows, places - 1]
    scores = logits[:, grammar.verb_ids].logsumexp(1)
    loss = nn.functional.cross_entropy(scores, plural, reduction="sum")
    norms = torch.autograd.grad(loss, x)[0].norm(dim=2)
    nouns = torch.tensor([grammar.ids[n] for pair in grammar.nouns for n in pair])
    first = torch.isin(ids, nouns).int().argmax(dim=1)
    return float((norms[rows, first] / norms[rows, places - 1]).median())


def train_reader(
    seed: int,
    updates: int,
    watch: Watch,
    draw_count: DrawCount = seldom,
    least: int = 0,
    rate: float = 0.005,
    N: int = 32,
) -> Reader:
    """Train a language model on the grammar; call `watch` every 50 updates."""
    torch.manual_seed(seed)
    rng, grammar = np.random.default_rng(seed), Grammar(least)
    model = Reader(len(grammar.ids))
    optimiser = torch.optim.Adam(model.parameters(), lr=rate)
    for update in range(updates + 1):
        if update % EVERY == 0:
            watch(update, model, grammar)
        ids = grammar.batch(rng, N, draw_count)
        logits = model(ids[:, :-1].clamp(min=0))
        loss = nn.functional.cross_entropy(
            logits.flatten(0, 1), ids[:, 1:].flatten(), ignore_index=-1
        )
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
    return model


def agreement() -> Agreement:
    """Train three networks and return their errors on the way; keep what the text tells."""
    started = time.process_time()
    wrong: list[list[list[float]]] = []
    signals, same_number = [], []

    def watch(update: int, model: Reader, grammar: Grammar) -> None:
        wrong[-1].append([error_rate(model, grammar, count) for count in COUNTS])
        if update == SIGNAL_AT:
            signals.append([far_signal(model, grammar, count) for count in COUNTS[1:]])

    for seed in SEEDS:
        wrong.append([])
        model = train_reader(seed, UPDATES, watch)
        same_number.append([error_rate(model, Grammar(), count, same=True) for count in COUNTS])
    glue("agreement_seconds", time.process_time() - started)
    updates = EVERY * np.arange(len(wrong[0]), dtype=np.float64)
    found = Agreement(updates, np.array(wrong), np.array(same_number), np.array(signals))
    _keep_live(found)
    _keep_stored(json.loads(STORED.read_text(encoding="utf-8")))
    return found


def _keep_live(found: Agreement) -> None:
    """Keep what the text tells of the networks trained on the page."""
    late, turn = found.wrong[:, -1].mean(0), found.wrong[:, :, 1].mean(0)
    whole = found.wrong.mean(axis=(0, 1))
    glue("updates_live", UPDATES)
    for count in (0, 1, 2, 5):
        glue(f"late_{count}", 100 * late[count])
    glue("same_five", 100 * found.same_number.mean(0)[5])
    glue("worst", 100 * turn.max())
    glue("worst_update", int(found.updates[turn.argmax()]))
    glue("whole", ", ".join(f"{100 * error:.0f}" for error in whole))
    glue("signal_update", SIGNAL_AT)
    glue("signal_one", 100 * np.median(found.signals[:, 0]))
    glue("signal_two", 100 * np.median(found.signals[:, 1]))
    glue("signal_five", tenfold(float(np.median(found.signals[:, 4]))))
    assert (np.diff(found.signals, axis=1) < 0).all()
    assert found.signals[:, 0].max() < 0.2
    assert late[0] < 0.02
    assert turn.max() > 0.9
    assert whole[0] < whole[1] < whole[2] < whole[5]


def _keep_stored(stored: dict[str, Any]) -> None:
    """Keep what the text tells of the longer runs, which experiments/agreement.py stores."""
    runs = stored["results"]
    glue("stored_seeds", len(runs["seldom"]))
    glue("stored_updates", stored["settings"]["updates"])
    for update in (1000, 2000):
        row = stored["errors after updates"].index(update)
        for run, results in runs.items():
            for count in (0, 1, 3, 6):
                errors = 100 * np.array([result["errors"][row][count] for result in results])
                glue(f"{run}_{update}_{count}", errors.mean())
                glue(f"{run}_{update}_{count}_low", errors.min())
                glue(f"{run}_{update}_{count}_high", errors.max())
    glue("stored_early", 1000)
    glue("stored_late", 2000)
    every = [result for results in runs.values() for result in results]
    glue("stored_networks", len(every))
    glue("stored_learned", sum(min(map(max, result["errors"])) < 0.05 for result in every))
