"""The chapter's backward pass against autograd, and against its equations written out."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

# Each of these is the page's: a step, a forward pass, a backward pass, the gradients by copies.
Step = Callable[..., Tensor]
Forward = Callable[..., Tensor]
Backward = Callable[..., Sequence[Tensor]]
Contributions = Callable[..., Tensor]

D, H, V = 3, 5, 7
LENGTHS = (9, 1, 6, 4)


def make_network(
    D: int, H: int, V: int, seed: int, dtype: torch.dtype = torch.float64
) -> list[Tensor]:
    """Return random weights W_x, W_h, b and W_y, b_y."""
    generator = torch.Generator().manual_seed(seed)
    shapes = ((H, D), (H, H), (H,), (V, H), (V,))
    return [
        torch.empty(shape, dtype=torch.float64)
        .uniform_(-1.5 / math.sqrt(H), 1.5 / math.sqrt(H), generator=generator)
        .to(dtype)
        for shape in shapes
    ]


def make_batch(
    N: int, T: int, D: int, V: int, seed: int, dtype: torch.dtype = torch.float64
) -> tuple[Tensor, Tensor]:
    """Return random inputs (N, T, D) and targets (N, T)."""
    generator = torch.Generator().manual_seed(100 + seed)
    x = torch.randn(N, T, D, generator=generator, dtype=torch.float64)
    return x.to(dtype), torch.randint(V, (N, T), generator=generator)


def mean_loss(h: Tensor, targets: Tensor, mask: Tensor, W_y: Tensor, b_y: Tensor) -> Tensor:
    """Return the mean cross-entropy where the mask is true."""
    log_p = torch.log_softmax(h @ W_y.mT + b_y, dim=-1)
    picked = log_p.gather(-1, targets[..., None])[..., 0]
    return -picked.masked_select(mask).mean()


class _Batch(NamedTuple):
    """A padded batch with its network; all but targets, lengths and mask ask for gradients."""

    x: Tensor
    h_0: Tensor
    weights: list[Tensor]
    W_y: Tensor
    b_y: Tensor
    targets: Tensor
    lengths: Tensor
    mask: Tensor

    @property
    def leaves(self) -> dict[str, Tensor]:
        """What `backward` gives the gradients of, in its order."""
        return dict(
            zip(("x", "h_0", "W_x", "W_h", "b"), (self.x, self.h_0, *self.weights), strict=True)
        )

    def logit_gradient(self, h: Tensor) -> Tensor:
        """Return the gradient of the mean loss with respect to the logits, written out."""
        p = torch.softmax(h @ self.W_y.mT + self.b_y, dim=-1)
        truth = nn.functional.one_hot(self.targets, V)
        return (p - truth) * self.mask[..., None] / self.mask.sum()


def _padded_batch() -> _Batch:
    """Return a batch of four rows: all sizes differ, and one row has a single step."""
    N, T = len(LENGTHS), max(LENGTHS)
    *weights, W_y, b_y = [w.requires_grad_() for w in make_network(D, H, V, seed=0)]
    x, targets = make_batch(N, T, D, V, seed=0)
    h_0 = torch.full((N, H), 0.3, dtype=torch.float64, requires_grad=True)
    lengths = torch.tensor(LENGTHS)
    mask = torch.arange(T) < lengths[:, None]
    return _Batch(x.requires_grad_(), h_0, weights, W_y, b_y, targets, lengths, mask)


def compare_with_autograd(forward: Forward, backward: Backward) -> float:
    """Print the differences of `backward` from autograd; return the largest."""
    batch = _padded_batch()
    h = forward(batch.x, batch.h_0, batch.weights, batch.lengths)
    mean_loss(h, batch.targets, batch.mask, batch.W_y, batch.b_y).backward()
    dh = (batch.logit_gradient(h) @ batch.W_y).detach()
    mine = backward(dh, batch.x, h.detach(), batch.h_0, batch.weights, batch.lengths)
    differences = []
    for (name, leaf), gradient in zip(batch.leaves.items(), mine, strict=True):
        assert leaf.grad is not None
        differences.append((gradient - leaf.grad).abs().max().item())
        print(f"{name:>4}: largest difference from autograd {differences[-1]:.1e}")
    inside = mine[0][~batch.mask].abs().max().item()
    print("largest gradient of an input inside the padding:", inside)
    assert max(differences) < 1e-12
    assert inside == 0
    return max(differences)


def jacobian(step: Step, x_t: Tensor, h_prev: Tensor, weights: Sequence[Tensor]) -> Tensor:
    """Return the Jacobian (H, H) of one step of one sequence."""
    return torch.func.jacrev(step, argnums=1)(x_t, h_prev, *weights)  # type: ignore[no-any-return]


def _double_sum(
    step: Step, x: Tensor, states: Tensor, dh: Tensor, weights: Sequence[Tensor]
) -> Tensor:
    """Return dW_h as a sum over losses and uses, with the products of Jacobians formed.

    `states` run from h_0 to h_T; `dh` is what each state gets from its own loss.
    """
    total = torch.zeros_like(weights[1])
    for t in range(1, len(states)):
        product = torch.eye(len(total), dtype=torch.float64)  # of the steps after k
        for k in range(t, 0, -1):
            delta = (1 - states[k] ** 2) * (product.T @ dh[t - 1])
            total += torch.outer(delta, states[k - 1])
            product = product @ jacobian(step, x[k - 1], states[k - 1], weights)
    return total


def add_over_uses(
    step: Step, forward: Forward, backward: Backward, contributions: Contributions
) -> float:
    """Hold sums over uses of W_h against the recursion, for one sequence; return the difference."""
    batch = _padded_batch()
    weights = batch.weights
    x, h_0 = batch.x[:1].detach(), batch.h_0[:1].detach()

    def losses(h: Tensor) -> Tensor:
        log_p = torch.log_softmax(h[0] @ batch.W_y.mT + batch.b_y, dim=-1)
        return -log_p.gather(-1, batch.targets[0][:, None])[:, 0] / batch.mask.sum()

    with torch.no_grad():
        h = forward(x, h_0, weights)
        dh = batch.logit_gradient(forward(batch.x, batch.h_0, weights, batch.lengths))[0]
        dh = dh @ batch.W_y
        states = torch.cat([h_0, h[0]])
        by_sum = _double_sum(step, x[0], states, dh, weights)
        formula = torch.diag(1 - states[1] ** 2) @ weights[1]
    recursion = backward(dh[None], x, h, h_0, weights, torch.tensor([x.shape[1]]))[3]
    sums = {
        "sum over losses and uses": by_sum,
        "sum over copies": contributions(losses, x, h_0, weights).sum(dim=(0, 1)),
    }
    differences = []
    for name, value in sums.items():
        differences.append((value - recursion).abs().max().item())
        print(f"{name}: largest difference from the recursion {differences[-1]:.1e}")
        assert differences[-1] < 1e-12
    assert torch.allclose(jacobian(step, x[0, 0], states[0], weights), formula, atol=1e-12)
    return max(differences)
