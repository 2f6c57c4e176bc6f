"""What each use of W_h contributes to each loss of the echo task, and what truncation leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from prelude import glue

from .checks import Contributions
from .echo import CHUNKS, SEEDS, Trained, draw_echo, start_networks

Array = NDArray[np.float64]
#: By state of training, for each seed: the gradient of each loss by each use, (T, T, H, H).
Terms = Mapping[str, Sequence[Tensor]]
# The page's rule: which pairs of loss and use a gradient cut into K steps keeps.
Kept = Callable[..., Tensor]


def echo_contributions(
    contributions: Contributions,
    network: Sequence[Tensor],
    delay: int,
    seed: int,
    N: int = 16,
    T: int = 24,
    V: int = 6,
) -> Tensor:
    """Return each loss's gradient for each use of W_h, (T, T, H, H)."""
    *weights, W_y, b_y = network
    x, ids = draw_echo(N, T, V, torch.Generator().manual_seed(200 + seed))

    def losses_of(h: Tensor) -> Tensor:
        log_p = torch.log_softmax(h[:, delay:] @ W_y.mT + b_y, dim=-1)
        loss = -log_p.gather(-1, ids[:, : T - delay, None])[..., 0]
        return loss.mean(0) / (T - delay)

    terms = contributions(losses_of, x, x.new_zeros(N, W_y.shape[-1]), weights)
    return torch.cat([torch.zeros_like(terms[:delay]), terms])


def echo_terms(contributions: Contributions, trained: Trained) -> dict[str, list[Tensor]]:
    """Return the terms for delay 6, before training and after it with uncut gradients."""
    start, whole = start_networks(6, 32, SEEDS), trained[6][0]
    terms: dict[str, list[Tensor]] = {"before training": [], "after training": []}
    for seed in SEEDS:
        before = [weight[seed] for weight in start]
        after = [weight[len(CHUNKS) * 3 - 3 + seed] for weight in whole]
        for name, network in zip(terms, (before, after)):
            terms[name].append(echo_contributions(contributions, network, 6, seed))
    return terms


def lengths_of(terms: Terms) -> dict[str, Array]:
    """Return the lengths of the contributions, (seeds, T, T)."""
    return {
        name: torch.stack([t.norm(dim=(2, 3)) for t in by_seed]).numpy()
        for name, by_seed in terms.items()
    }


def by_distance(lengths: Mapping[str, Array]) -> dict[str, Array]:
    """Return mean lengths by the steps between use and loss, relative to the largest, by seed."""
    relative = {}
    for name, size in lengths.items():
        means = [np.diagonal(size, -j, 1, 2)[:, max(0, 10 - j) :].mean(1) for j in range(16)]
        values = np.stack(means, axis=1)
        relative[name] = values / values.max(1, keepdims=True)
    return relative


def keep_distances(distances: Mapping[str, Array]) -> None:
    """Keep the numbers of the text beside fig-triangle."""
    before, after = distances.values()
    glue("before_six", float(before[:, 6].mean()))
    glue("after_six", float(after[:, 6].mean()))
    glue("after_seven", float(after[:, 7].mean()))
    glue("after_zero", float(after[:, 0].mean()))
    assert (before.argmax(1) == 0).all()
    assert (after.argmax(1) >= 2).all()
    assert after[:, 6].min() > 1.5 * after[:, 7].max()


def cosine(one: Tensor, other: Tensor) -> float:
    """Return the cosine of the angle between two arrays."""
    return float((one * other).sum() / (one.norm() * other.norm()))


def cosines(kept: Kept, terms: Terms) -> dict[str, dict[str, Array]]:
    """Return the cosines with the full gradient, (chunk lengths, seeds), of chunks and windows."""

    def of_cut(by_seed: Sequence[Tensor], chunks: bool) -> Array:
        cut = [kept(K, chunks=chunks) for K in CHUNKS]
        return np.array(
            [[cosine(c[pairs].sum(0), c.sum((0, 1))) for c in by_seed] for pairs in cut]
        )

    return {
        name: {"chunks": of_cut(by_seed, True), "window": of_cut(by_seed, False)}
        for name, by_seed in terms.items()
    }


def keep_cosines(angles: Mapping[str, Mapping[str, Array]]) -> None:
    """Keep the numbers of the text beside fig-bias."""
    before, after = angles["before training"], angles["after training"]
    short, enough = CHUNKS.index(4), CHUNKS.index(8)
    glue("cos_after", float(after["chunks"][enough].mean()))
    glue("cos_short_before", float(before["chunks"][short].mean()))
    glue("cos_short_after", float(after["chunks"][short].mean()))
    glue("cos_window", float(after["window"][enough].mean()))
    assert (after["window"][enough] > after["chunks"][enough]).all()
    assert np.allclose(after["chunks"][-1], 1)
