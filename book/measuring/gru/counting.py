"""The words a^k b^k, and what trained networks hold while they read them.

A model is the page's: a recurrent network `net` and a layer `output` behind it.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from prelude import glue

TRACED = (6, 12, 24)


def letters(text: str) -> Tensor:
    """Return the one-hot letters of a text of a's and b's, (T, 2)."""
    return torch.tensor([[s == "a", s == "b"] for s in text]).float()


def draw_words(N: int, top: int) -> tuple[Tensor, Tensor]:
    """Return N words and three more b's (N, T, 2), and their ends (N,)."""
    k = torch.randint(1, top + 1, (N,))
    steps = torch.arange(2 * int(k.max()) + 3)
    is_a = (steps < k[:, None])[..., None]
    a, b = letters("ab")
    return torch.where(is_a, a, b), 2 * k - 1


@torch.no_grad()
def states_after(model: Any, text: str) -> tuple[Tensor, Tensor]:
    """Return outputs (T,) and states, (T, H), for an LSTM h and c (T, 2H)."""
    outputs, states, state = [], [], None
    for letter in letters(text).to(model.output.weight):
        h, state = model.net(letter[None, None], state)
        outputs.append(model.output(h)[0, 0, 0])
        parts = state if isinstance(state, tuple) else (state,)
        states.append(torch.cat([part[0, 0] for part in parts]))
    return torch.stack(outputs), torch.stack(states)


@torch.no_grad()
def judged_right(model: Any, top: int) -> Tensor:
    """Return for k from 1 to top whether a^k b^k is judged right.

    That is after every letter, and after two b's too many.
    """
    k = torch.arange(1, top + 1)
    outputs, states = states_after(model, "a" * top)
    right = (outputs < 0).int().cumprod(dim=0).bool()
    parts = states.split(model.net.hidden_size, dim=1)
    every = tuple(part[None].contiguous() for part in parts)
    state = every if len(every) == 2 else every[0]
    b = letters("b").expand(top, 1, 2)
    for step in range(1, top + 3):
        h, state = model.net(b, state)
        said = model.output(h)[:, 0, 0] > 0
        right &= (said == (k == step)) | (step > k + 2)
    return right


def first_run(right: Tensor) -> int:
    """Return up to which k, counted from 1, all are right."""
    return int(right.int().cumprod(dim=0).sum())


def nearest_count(states: Tensor) -> Tensor:
    """Return how far each state (K, H) is from the nearest of the others."""
    exact = "donot_use_mm_for_euclid_dist"
    distances = torch.cdist(states, states, compute_mode=exact)
    return distances.fill_diagonal_(math.inf).amin(dim=1)


def states_by_count(model: Any, top: int) -> Tensor:
    """Return the states after 0 to top a's, in double precision."""
    _, states = states_after(copy.deepcopy(model).double(), "a" * top)
    return torch.cat([torch.zeros_like(states[:1]), states])


def print_live(live: Mapping[str, Sequence[Any]], top: int) -> dict[str, list[int]]:
    """Print and return up to which k the models are right, by network and seed."""
    right = {
        kind: [first_run(judged_right(model, 200)) for model in models]
        for kind, models in live.items()
    }
    for kind, found in right.items():
        print(f"{kind:>4}, trained to k = {top}: right up to", *found)
    return right


def keep_live(top: int, updates: int, right: Mapping[str, Sequence[int]]) -> None:
    """Keep the numbers of the short training."""
    glue("live_top", top)
    glue("live_updates", updates)
    for kind, found in right.items():
        glue(f"live_{kind}_low", min(found))
        glue(f"live_{kind}_high", max(found))
        assert min(found) >= 5
        assert max(found) < 60


def _busiest(model: Any, text: str) -> Tensor:
    """Return the states (T + 1,) of the unit, or cell, that moves most."""
    _, states = states_after(model, text)
    states = states[:, -model.net.hidden_size :]  # of h and c, c
    unit = (states.amax(dim=0) - states.amin(dim=0)).argmax()
    return torch.cat([torch.zeros(1), states[:, unit]])


def trace_busiest(live: Mapping[str, Sequence[Any]]) -> dict[str, dict[int, Tensor]]:
    """Return, by network and k, the busiest unit of the first model."""
    return {
        kind: {k: _busiest(models[0], "a" * k + "b" * k) for k in TRACED}
        for kind, models in live.items()
    }


def keep_busiest(traces: Mapping[str, Mapping[int, Tensor]]) -> None:
    """Keep the numbers of the text beside fig-gru-trace."""
    tops = {
        kind: {k: abs(trace[k].item()) for k, trace in curves.items()}
        for kind, curves in traces.items()
    }
    for kind, found in tops.items():
        for k, top in found.items():
            glue(f"top_{kind}_{k}", top)
    assert tops["LSTM"][24] > 1.5 * tops["LSTM"][12]
    assert abs(tops["GRU"][24] - tops["GRU"][12]) < 0.3
    assert max(tops["GRU"].values()) < 1
