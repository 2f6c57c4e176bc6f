"""How many generated names are new, and how many are malformed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from prelude import glue

Array = NDArray[np.float64]

TEMPERATURES = [0.3, 0.5, 0.7, 0.85, 1.0, 1.25, 1.5]


def pairs(name: str) -> set[tuple[str, str]]:
    """Return the pairs of letters in a row, with a point at both ends."""
    return set(zip(f".{name}", f"{name}."))


def judge_names(
    generate_names: Callable[[nn.Module, int, float, torch.Generator], list[str]],
    models: Sequence[nn.Module],
    real: Sequence[str],
    count: int = 300,
) -> tuple[Array, Array]:
    """Return which shares are new and different, and which malformed, by network and temperature.

    Args:
        generate_names: the page's; draws a number of names from a network at a temperature.
        models: the networks.
        real: the names that there are.
        count: how many names to draw.
    """
    possible = set().union(*(pairs(name) for name in real))
    new, malformed = np.zeros((2, len(models), len(TEMPERATURES)))
    for i, model in enumerate(models):
        for j, temperature in enumerate(TEMPERATURES):
            generator = torch.Generator().manual_seed(i)
            drawn = generate_names(model, count, temperature, generator)
            new[i, j] = len(set(drawn) - set(real)) / len(drawn)
            malformed[i, j] = np.mean([not pairs(name) <= possible for name in drawn])
    return new, malformed


def keep_names(
    real: Sequence[str], V: int, perplexities: Sequence[float], new: Array, malformed: Array
) -> None:
    """Keep the numbers of the text beside fig-temperature."""
    glue("name_count", len(real))
    glue("name_V", V)
    glue("name_perplexity", float(np.mean(perplexities)))
    glue("name_low", min(perplexities))
    glue("name_high", max(perplexities))
    own = TEMPERATURES.index(1.0)
    glue("cold", TEMPERATURES[0])
    glue("cold_new", 100 * new.mean(0)[0])
    glue("cold_malformed", 100 * malformed.mean(0)[0])
    glue("own_new", 100 * new.mean(0)[own])
    glue("own_malformed", 100 * malformed.mean(0)[own])
    glue("hot", TEMPERATURES[-1])
    glue("hot_malformed", 100 * malformed.mean(0)[-1])
    assert malformed.mean(0)[-1] > malformed.mean(0)[own] > malformed.mean(0)[0]
