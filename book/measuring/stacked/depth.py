"""The language model of characters by depth: texts, sizes, short runs, stored results, costs."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from unrolled import data

EXPERIMENTS = Path(__file__).resolve().parents[3] / "experiments"
SEEDS = (0, 1, 2)

Kind = tuple[int, bool]  # layers, and whether there are skips
KINDS: tuple[Kind, ...] = ((1, False), (3, False), (3, True))
Run = Mapping[str, Any]

# Both are the page's: the model (V, D, H, layers, skips, forget_bias), and its training.
CharModel = Callable[..., Any]
TrainChars = Callable[..., Run]


@functools.cache
def encoded_manual() -> tuple[Tensor, Tensor, int]:
    """Return the training and the test text as numbers, and V."""
    vocabulary = data.Vocabulary(data.manual_text())
    texts = [vocabulary.encode(text) for text in data.manual_splits()]
    train_ids, _, test_ids = map(torch.from_numpy, texts)
    return train_ids, test_ids, len(vocabulary)


@torch.no_grad()
def perplexity_on(model: nn.Module, ids: Tensor, T: int = 48, stride: int = 13) -> float:
    """Return the perplexity over windows of T characters."""
    window = ids.unfold(0, T + 1, stride)
    model.eval()
    logits = model(window[:, :-1])
    model.train()
    losses = nn.functional.cross_entropy(logits.flatten(0, 1), window[:, 1:].flatten())
    return losses.exp().item()


def live_runs(train_chars: TrainChars, settings: Mapping[str, Any]) -> dict[Kind, list[Run]]:
    """Train each kind of stack with each seed, print and return the runs."""
    live = {
        (layers, skips): [train_chars(layers, seed, skips=skips, **settings) for seed in SEEDS]
        for layers, skips in KINDS
    }
    for (layers, skips), runs in live.items():
        perplexities = " ".join(f"{run['perplexity']:5.2f}" for run in runs)
        print(
            f"{layers} layers of {runs[0]['H']:2d}, skips {skips!s:>5}:",
            f"{runs[0]['weights']:,} parameters, perplexity {perplexities}",
        )
    return live


def _perplexities(runs: Sequence[Run]) -> list[float]:
    return [run["perplexity"] for run in runs]


def _worst_of_others(live: Mapping[Kind, Sequence[Run]]) -> float:
    """Return the largest perplexity of one layer, and of three with skips."""
    return max(_perplexities(live[1, False]) + _perplexities(live[3, True]))


def numbers_of_live(live: Mapping[Kind, Sequence[Run]], updates: int) -> dict[str, Any]:
    """Return what the text says of the short runs."""
    numbers: dict[str, Any] = {"live_updates": updates}
    for name, runs in zip(("one", "plain", "skips"), live.values(), strict=True):
        numbers[f"live_{name}_low"] = min(_perplexities(runs))
        numbers[f"live_{name}_high"] = max(_perplexities(runs))
    train_ids, test_ids, V = encoded_manual()
    share = torch.bincount(train_ids, minlength=V).double()
    share = (share + 1) / (share + 1).sum()
    numbers["live_unigram"] = (-share.log()[test_ids].mean()).exp()
    assert numbers["live_plain_low"] > 1.3 * _worst_of_others(live)
    return numbers


def answer_by_distance(
    model: CharModel,
    H: int,
    layers: int,
    skips: bool,
    seed: int,
    forget_bias: float = 1.0,
    T: int = 24,
    N: int = 64,
) -> Tensor:
    """Return how the top's gradient is shared by the last T inputs."""
    V = encoded_manual()[2]
    torch.manual_seed(seed)
    new = model(V, 32, H, layers, skips, forget_bias)
    x = new.E(torch.randint(V, (N, T))).detach().requires_grad_()
    top = new.stack(x)[0][:, -1]
    (dx,) = torch.autograd.grad((top @ torch.randn(H)).sum(), x)
    norms: Tensor = dx.norm(dim=-1).mean(dim=0).flip(0)
    return norms.div(norms.sum())


def _describe(share: Tensor) -> str:
    last = " ".join(f"{100 * s:4.1f}" for s in share[:, 0])
    return f"largest at k = {share.argmax(dim=1).tolist()}, last input {last} %"


def answers(model: CharModel, live: Mapping[Kind, Sequence[Run]]) -> dict[Kind, Tensor]:
    """Print and return the shares (seeds, distances) in new stacks as large as the trained."""
    shares = {
        kind: torch.stack([answer_by_distance(model, runs[0]["H"], *kind, seed) for seed in SEEDS])
        for kind, runs in live.items()
    }
    for (layers, skips), share in shares.items():
        print(f"{layers} layers, skips {skips!s:>5}: {_describe(share)}")
    return shares


def with_forget_bias(
    forget_bias: float, model: CharModel, train_chars: TrainChars, settings: Mapping[str, Any]
) -> tuple[Tensor, list[float]]:
    """Print and return shares and perplexities of three plain layers with another bias."""
    runs = [train_chars(3, seed, forget_bias=forget_bias, **settings) for seed in SEEDS]
    H, perplexities = runs[0]["H"], _perplexities(runs)
    share = torch.stack(
        [answer_by_distance(model, H, 3, False, seed, forget_bias) for seed in SEEDS]
    )
    print(f"three plain layers, forget bias {forget_bias:.0f}:", _describe(share))
    print("perplexity after training:", *(f"{p:.1f}" for p in perplexities))
    return share, perplexities


def numbers_of_delay(
    shares: Mapping[Kind, Tensor],
    sooner_share: Tensor,
    sooner: Sequence[float],
    live: Mapping[Kind, Sequence[Run]],
) -> dict[str, Any]:
    """Return what the text says of the inputs that the top depends on."""
    one, plain, skipped = (shares[kind] for kind in KINDS)
    leak = 1 / (1 + math.exp(-1))
    assert sooner_share.argmax(dim=1).max() == 0
    assert plain.argmax(dim=1).min() >= 3
    assert one.argmax(dim=1).max() == skipped.argmax(dim=1).max() == 0
    assert plain[:, 0].max() < 0.2 * skipped[:, 0].min()
    assert sorted(sooner)[1] > 1.3 * _worst_of_others(live)
    return {
        "delay_low": plain.argmax(dim=1).min(),
        "delay_high": plain.argmax(dim=1).max(),
        "delay_told": 2 * leak / (1 - leak),
        "delay_last": 100 * plain[:, 0].max(),
        "sooner_low": min(sooner),
        "sooner_high": max(sooner),
        "sooner_last": 100 * sooner_share[:, 0].min(),
    }
