"""Gradient checks with differences: how their error depends on the step size."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from prelude import glue

from .checks import LENGTHS, D, Forward, H, V, make_batch, make_network, mean_loss
from .echo import SEEDS

Array = NDArray[np.float64]
# The page's difference quotient along a direction.
Along = Callable[..., Tensor]

#: What is compared: the precision, and whether the difference is one-sided.
KINDS = {
    "central, double": (torch.float64, False),
    "one-sided, double": (torch.float64, True),
    "central, single": (torch.float32, False),
}


def step_sizes() -> Array:
    """Return the step sizes tried, from 1e-12 on, two for each power of ten."""
    return np.asarray(10.0 ** np.arange(-12, 0.6, 0.5))


def exponential_errors(
    exponents: Iterable[int], w: float = 1.0
) -> tuple[Array, Array, Array, Array]:
    """Return step sizes, errors of the central difference of exp, and both terms of its bound."""
    eps = 2.0 ** -np.asarray(list(exponents), dtype=float)
    central = (np.exp(w + eps) - np.exp(w - eps)) / (2 * eps)
    error = np.abs(central - math.e**w)
    A = B = np.exp(w + eps)
    rounding = np.finfo(np.float64).eps / 2
    return eps, error, B * eps**2 / 6, 2 * rounding * A / eps


def keep_bound(eps: Array, error: Array, taylor: Array, rounding: Array) -> None:
    """Keep the numbers of the text beside fig-bound."""
    share = error / (taylor + rounding)
    assert (share <= 1).all()
    large, small = eps > 1e-4, eps < 1e-6
    glue("taylor_share", float(share[large].min()))
    glue("rounding_share", float(np.median(share[small])))
    glue("best_seen", float(eps[np.argmin(np.where(error > 0, error, 1))]))
    glue("best_told", float((6 * np.finfo(np.float64).eps / 2) ** (1 / 3)))
    assert share[large].min() > 0.5 > np.median(share[small])


def _random_direction(network: Sequence[Tensor], generator: torch.Generator) -> list[Tensor]:
    """Return a direction through all weights, of length 1."""
    way = [torch.randn(w.shape, generator=generator).double() for w in network]
    length = math.sqrt(sum((d**2).sum().item() for d in way))
    return [d / length for d in way]


def check_errors(
    forward: Forward,
    along: Along,
    seed: int,
    eps: Iterable[float],
    dtype: torch.dtype,
    one_sided: bool = False,
    directions: int = 8,
) -> Array:
    """Return the relative error of a check at each step size, a mean over directions."""
    network = [w.requires_grad_() for w in make_network(D, H, V, seed)]
    x, targets = make_batch(len(LENGTHS), max(LENGTHS), D, V, seed)
    mask = torch.arange(x.shape[1]) < torch.tensor(LENGTHS)[:, None]

    def loss_of(network: Sequence[Tensor]) -> Tensor:
        *weights, W_y, b_y = network
        inputs = x.to(W_y.dtype)
        h_0 = inputs.new_zeros(len(x), H)
        h = forward(inputs, h_0, weights, torch.tensor(LENGTHS))
        return mean_loss(h, targets, mask, W_y, b_y)

    grads = torch.autograd.grad(loss_of(network), network)
    size = math.sqrt(sum((g**2).sum().item() for g in grads))
    generator = torch.Generator().manual_seed(seed)
    network = [w.detach().to(dtype) for w in network]
    sizes = list(eps)
    errors = np.zeros(len(sizes))
    for _ in range(directions):
        way = [d.to(dtype) for d in _random_direction(network, generator)]
        exact = sum((g * d.double()).sum().item() for g, d in zip(grads, way))
        for i, e in enumerate(sizes):
            found = along(loss_of, network, way, e, one_sided)
            errors[i] += abs(found.item() - exact) / size / directions
    return errors


def errors_by_step(forward: Forward, along: Along) -> dict[str, Array]:
    """Return for each kind of check its errors, (seeds, step sizes)."""
    sizes = step_sizes()
    return {
        name: np.array([check_errors(forward, along, s, sizes, *kind, 4) for s in SEEDS])
        for name, kind in KINDS.items()
    }


def keep_errors(errors: Mapping[str, Array]) -> None:
    """Keep the numbers of the text beside fig-v."""
    sizes = step_sizes()
    means = {name: np.exp(np.log(values).mean(0)) for name, values in errors.items()}
    central, one_sided, single = (means[name] for name in KINDS)
    for key, mean in (("central", central), ("one", one_sided), ("single", single)):
        at = int(np.argmin(mean))
        glue(f"{key}_eps", float(sizes[at]))
        glue(f"{key}_err", float(mean[at]))
    tiny = int(np.argmin(np.abs(sizes - 1e-10)))
    glue("tiny_eps", float(sizes[tiny]))
    glue("tiny_err", float(central[tiny]))
    usual = int(np.argmin(np.abs(sizes - 1e-5)))
    glue("single_usual", float(single[usual]))
    assert central.min() < one_sided.min() < single.min()
