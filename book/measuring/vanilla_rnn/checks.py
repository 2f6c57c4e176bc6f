"""The page's RNN and its loss, held against PyTorch's on a padded batch."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils import rnn as torch_rnn

from prelude import glue

LENGTHS = torch.tensor([9, 1, 6, 4])
N, T = len(LENGTHS), int(LENGTHS.max())
INSIDE = torch.arange(T) < LENGTHS[:, None]

Mean = Callable[[Tensor, Tensor], Tensor]


def _torch_rnn(mine: Any) -> Any:
    """Return PyTorch's RNN with the weights of ours; of its two biases one is zero."""
    H, D = mine.W_x.shape
    theirs: Any = nn.RNN(D, H, batch_first=True).to(mine.W_x)
    theirs.weight_ih_l0.copy_(mine.W_x)
    theirs.weight_hh_l0.copy_(mine.W_h)
    theirs.bias_ih_l0.copy_(mine.b)
    theirs.bias_hh_l0.zero_()
    return theirs


@torch.no_grad()
def compare_with_pytorch(RNN: Callable[[int, int], Any]) -> dict[str, float]:
    """Print and return the largest differences from PyTorch, and of single steps from the whole."""
    torch.manual_seed(0)
    D, H = 3, 5
    x = torch.randn(N, T, D, dtype=torch.float64)
    mine = RNN(D, H).double()
    theirs = _torch_rnn(mine)

    h = mine(x, LENGTHS)
    packed = torch_rnn.pack_padded_sequence(x, LENGTHS, batch_first=True, enforce_sorted=False)
    packed_h, last = theirs(packed)
    their_h, _ = torch_rnn.pad_packed_sequence(packed_h, batch_first=True)

    h_t, steps = torch.zeros(N, H, dtype=torch.float64), []
    for t in range(T):
        h_t = mine.step(x[:, t], h_t)
        steps.append(h_t)

    gaps = {
        "states": (h - their_h)[INSIDE],
        "final states": h[:, -1] - last[0],
        "step by step": torch.stack(steps, 1) - mine(x),
    }
    differences = {name: gap.abs().max().item() for name, gap in gaps.items()}
    for name, difference in differences.items():
        print(f"{name:>13}: largest difference {difference:.1e}")
    assert max(differences.values()) < 1e-10
    return differences


def compare_losses(cross_entropy: Mean, masked_mean: Mean) -> None:
    """Print how far the loss of large scores is from PyTorch's, and what the plain formula gives.

    The scores go on where the random numbers of `compare_with_pytorch` end.
    """
    V = 7
    logits = 1000 * torch.randn(N, T, V, dtype=torch.float64)
    targets = torch.randint(0, V, (N, T))
    mine = masked_mean(cross_entropy(logits, targets), INSIDE)
    theirs = nn.functional.cross_entropy(logits[INSIDE], targets[INSIDE])
    plain = logits.exp() / logits.exp().sum(dim=-1, keepdim=True)
    print(f"loss {mine:.6f}, difference {(mine - theirs).abs():.1e}")
    print("probabilities by the plain formula:", plain[0, 0].tolist())
    assert torch.isclose(mine, theirs, rtol=1e-12)


def keep_checks(differences: Mapping[str, float]) -> None:
    """Keep the numbers of the section “The check”, and where the exponential overflows."""
    glue("exp_limit", math.log(np.finfo(np.float64).max))
    glue("agreement", max(differences.values()))
