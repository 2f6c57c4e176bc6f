"""Powers of random matrices, and products of many."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from prelude import glue, tenfold

from .jacobians import norm, spectral_radius


def power_norms(radius: float, seed: int, H: int = 50, highest: int = 100) -> Tensor:
    """Return the norms of the powers 0 to `highest` of a random matrix."""
    generator = torch.Generator().manual_seed(seed)
    W = torch.randn(H, H, generator=generator, dtype=torch.float64)
    W = W * radius / spectral_radius(W)
    powers = [torch.eye(H, dtype=torch.float64)]
    for _ in range(highest):
        powers.append(W @ powers[-1])
    return norm(torch.stack(powers))


def powers() -> dict[float, Tensor]:
    """Print and return norms of powers of twelve matrices for each of three spectral radii."""
    found = {
        radius: torch.stack([power_norms(radius, seed) for seed in range(12)])
        for radius in (0.9, 1.0, 1.1)
    }
    for radius, norms in found.items():
        print(
            f"radius {radius}: norm {norms[:, 1].min():.2f} to "
            f"{norms[:, 1].max():.2f}, after {norms.shape[1] - 1} products "
            f"{norms[:, -1].min():.0e} to {norms[:, -1].max():.0e}"
        )
    _keep(found)
    return found


def _keep(found: dict[float, Tensor]) -> None:
    small, one, large = (found[radius] for radius in (0.9, 1.0, 1.1))
    smallest = small[:, 1].min().item()
    glue("power_low", tenfold(small[:, -1].median().item()))
    glue("power_one", one[:, -1].median().item())
    glue("power_high", tenfold(large[:, -1].median().item()))
    glue("power_norm_low", smallest)
    glue("power_norm_high", large[:, 1].max().item())
    glue("power_bound", tenfold(smallest**100))
    glue("power_peak", small.max(dim=1).values.median().item())
    assert smallest > 1
    assert small[:, -1].max() < 1e-3 < 0.5 < one[:, -1].min()
    assert one[:, -1].max() < 10 < 1e3 < large[:, -1].min()


def log_norm_of_products(seed: int, same: bool, H: int = 50, depth: int = 100) -> float:
    """Return log10 of the norm of a product of random matrices."""
    rng = np.random.default_rng(seed)
    W, product, scale = rng.normal(size=(H, H)) / np.sqrt(H), np.eye(H), 0.0
    for _ in range(depth):
        if not same:
            W = rng.normal(size=(H, H)) / np.sqrt(H)
        product = W @ product
        size = np.abs(product).max()
        product, scale = product / size, scale + math.log10(size)
    return scale + math.log10(np.linalg.norm(product, 2))
