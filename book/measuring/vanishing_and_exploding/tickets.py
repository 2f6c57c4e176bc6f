"""How much of a gradient arrives at the seventh word of the sentence about the tickets."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from prelude import glue, tenfold

TEXT = """
when she tried to print her tickets she found that the printer was
out of toner . she went to the stationery store to buy more toner . it was very
overpriced . after installing the toner into the printer she finally printed
her tickets
"""
SENTENCE = TEXT.split()


class Tickets(NamedTuple):
    """Gradient norms of the loss at the last word, by network and by word read before."""

    sentence: list[str]
    place: int  # of the tickets
    by_word: Tensor
    far: Tensor  # share of the weight's gradient from the words up to the tickets


def gradient_by_word(seed: int, D: int = 32, H: int = 128) -> tuple[Tensor, Tensor]:
    """Return gradient norms by input word, and the gradient by use of the weights."""
    known = sorted(set(SENTENCE))
    ids = torch.tensor([[known.index(word) for word in SENTENCE]])
    torch.manual_seed(seed)
    E, rnn = torch.randn(len(known), D), nn.RNN(D, H, batch_first=True).double()
    output = nn.Linear(H, len(known)).double()
    x = E[ids[:, :-1]].double().requires_grad_()
    W_x, W_h, b_x, b_h = rnn.parameters()
    h = [torch.zeros(1, H).double()]
    for x_t in x.unbind(dim=1):
        h.append(torch.tanh(x_t @ W_x.T + h[-1] @ W_h.T + (b_x + b_h)))
    loss = nn.functional.cross_entropy(output(h[-1]), ids[:, -1])
    dx, *dh = torch.autograd.grad(loss, [x, *h[1:]])
    by_use = [  # what the use of W_h in each step contributes
        torch.outer((g * (1 - new**2))[0], old[0])
        for g, new, old in zip(dh, h[1:], h[:-1], strict=True)
    ]
    return dx[0].norm(dim=1), torch.stack(by_use)


def tickets() -> Tickets:
    """Return what arrives at each word in five networks before training; keep what is told."""
    words = [gradient_by_word(seed) for seed in range(5)]
    by_word = torch.stack([by_input for by_input, _ in words])
    place = SENTENCE.index("tickets")
    shares = [uses[: place + 1].sum(dim=0).norm() / uses.sum(dim=0).norm() for _, uses in words]
    far, ratio = torch.stack(shares), by_word[:, place] / by_word[:, -1]
    eps = float(np.finfo(np.float32).eps)
    glue("printer_gap", len(SENTENCE) - 2 - place)
    glue("printer_place", place + 1)
    glue("printer_last", len(SENTENCE))
    glue("printer_ratio", tenfold(ratio.median().item()))
    glue("printer_far", tenfold(far.median().item()))
    glue("printer_far_high", tenfold(far.max().item()))
    glue("printer_eps", tenfold(eps))
    assert place == 6
    assert len(SENTENCE) == 45
    assert ratio.max() < 1e-6
    assert far.max() < eps
    return Tickets(SENTENCE, place, by_word, far)
