"""The echo task of the chapter: its data, its losses, and what states keep of the past."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from prelude import glue

from .checks import Forward, make_network

#: Networks for all chunk lengths and seeds, stacked, and their losses (chunk lengths, seeds).
Trained = Mapping[int, tuple[Sequence[Tensor], NDArray[np.float32]]]

SEEDS = (0, 1, 2)
CHUNKS = [1, 2, 3, 4, 5, 6, 7, 8, 12, 24]


def draw_echo(N: int, T: int, V: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Return one-hot inputs (N, T, V) and their symbols (N, T)."""
    ids = torch.randint(V, (N, T), generator=generator)
    return nn.functional.one_hot(ids, V).float(), ids


def echo_losses(h: Tensor, W_y: Tensor, b_y: Tensor, ids: Tensor, delay: int) -> Tensor:
    """Return the losses (S, N, T - delay) of S networks with states h (S, N, T, H)."""
    log_p = torch.log_softmax(h[:, :, delay:] @ W_y[:, None].mT + b_y[:, None], dim=-1)
    targets = ids[:, : ids.shape[1] - delay, None]
    targets = targets.expand(len(W_y), -1, -1, -1)
    return -log_p.gather(-1, targets)[..., 0]


def start_networks(V: int, H: int, seeds: Iterable[int]) -> list[Tensor]:
    """Return the weights of one network per seed, stacked."""
    nets = [make_network(V, H, V, seed, torch.float32) for seed in seeds]
    W_x, W_h, b, W_y, b_y = (torch.stack(same) for same in zip(*nets))
    return [W_x, W_h, b[:, None], W_y, b_y[:, None]]


def shares(losses: Sequence[Tensor], chunks: int) -> NDArray[np.float32]:
    """Return the mean losses as shares of chance, (chunks, seeds), from updates of all networks."""
    mean: NDArray[np.float32] = (torch.stack(list(losses)).mean(0) / math.log(6)).numpy()
    return mean.reshape(chunks, -1)


def print_shares(trained: Trained, output_only: Mapping[int, NDArray[np.float32]]) -> None:
    """Print the losses as shares of chance, by delay and chunk length."""
    for delay, (_, shares) in trained.items():
        print(f"delay {delay}: loss as a share of chance, three seeds")
        for K, row in zip(CHUNKS, shares):
            print(f"  K = {K:2}:", *(f"{share:.2f}" for share in row))
        print("  output:", *(f"{share:.2f}" for share in output_only[delay][0]))


def keep_shares(trained: Trained, output_only: Mapping[int, NDArray[np.float32]]) -> None:
    """Keep the numbers of the text beside fig-cost."""
    for delay, (_, shares) in trained.items():
        short = shares[[delay >= K for K in CHUNKS]]
        enough = shares[CHUNKS.index(delay + 1)]
        glue(f"short_{delay}", 100 * float(short.min()))
        glue(f"enough_{delay}_low", 100 * float(enough.min()))
        glue(f"enough_{delay}_high", 100 * float(enough.max()))
        assert short.min() > 0.8 > 0.6 > enough.max() > shares[-1].max()
        level = output_only[delay]
        glue(f"random_{delay}_low", 100 * float(level.min()))
        glue(f"random_{delay}_high", 100 * float(level.max()))
        assert level.max() < short.min()


def named(
    forward: Forward,
    network: Sequence[Tensor],
    delay: int,
    seed: int,
    N: int = 400,
    T: int = 24,
    V: int = 6,
) -> float:
    """Return how often a fitted sum of the units names the symbol of `delay` steps before."""
    weights = [weight.double() for weight in network[:3]]
    x, ids = draw_echo(N, T, V, torch.Generator().manual_seed(900 + seed))
    h = forward(x.double(), weights[0].new_zeros(N, len(weights[0])), weights)
    facts = nn.functional.pad(h[:, delay:], (0, 1), value=1.0).flatten(0, 1)
    symbols = ids[:, : T - delay].flatten()
    half = len(facts) // 2  # one half to fit, the other to measure
    answers = nn.functional.one_hot(symbols[:half], V).double()
    fitted = torch.linalg.lstsq(facts[:half], answers).solution
    hits = (facts[half:] @ fitted).argmax(-1) == symbols[half:]
    return float(hits.double().mean())


def print_traces(forward: Forward, trained: Trained) -> dict[int, list[float]]:
    """Print and return, by K, how often a sum of the units names the symbol three steps before.

    At 0 stand the networks before training.
    """
    start = start_networks(6, 32, SEEDS)
    found = {0: [named(forward, [w[i] for w in start], 3, s) for i, s in enumerate(SEEDS)]}
    print("random weights:", *(f"{share:.2f}" for share in found[0]))
    network = trained[3][0]
    for K in (1, 3, 4):
        first = CHUNKS.index(K) * len(SEEDS)
        found[K] = [
            named(forward, [w[first + i] for w in network], 3, seed) for i, seed in enumerate(SEEDS)
        ]
        print(f"after K = {K}:  ", *(f"{share:.2f}" for share in found[K]))
    return found


def keep_traces(traces: Mapping[int, Sequence[float]]) -> None:
    """Keep the numbers of the text about what states keep of the past."""
    glue("named_start", 100 * min(traces[0]))
    glue("named_short", 100 * max(traces[3]))
    assert min(traces[0]) > 2 * max(traces[3])
