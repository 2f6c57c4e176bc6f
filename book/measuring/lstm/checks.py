"""The chapter's LSTM against PyTorch's, and its equations against autograd."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import rnn as torch_rnn

from prelude import glue

#: The page's LSTM: takes D and H, and has `step`, `forward` and the weights W_x, W_h, b.
MakeLSTM = Callable[..., Any]


def _torch_lstm(mine: Any) -> nn.LSTM:
    """Return PyTorch's LSTM with the weights of ours."""
    (_, D), (_, H) = mine.W_x.shape, mine.W_h.shape
    theirs = nn.LSTM(D, H, batch_first=True).to(mine.W_x)
    weights = (mine.W_x, mine.W_h, mine.b, torch.zeros_like(mine.b))
    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    theirs.load_state_dict(dict(zip(names, weights)))
    return theirs


def compare_with_pytorch(
    LSTM: MakeLSTM, N: int, T: int, D: int, H: int, lengths: Tensor, seed: int
) -> dict[str, float]:
    """Return the largest differences, forward and backward."""
    torch.manual_seed(seed)
    mine = LSTM(D, H).double()
    theirs = _torch_lstm(mine)
    x = torch.randn(N, T, D).double().requires_grad_()
    h_0, c_0 = torch.randn(2, N, H).double().requires_grad_()
    target = torch.randn(N, H).double()

    h, c, _ = mine(x, lengths, h_0, c_0)
    packed = torch_rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
    packed_h, (h_n, c_n) = theirs(packed, (h_0[None], c_0[None]))
    their_h, _ = torch_rnn.pad_packed_sequence(packed_h, batch_first=True, total_length=T)
    running = (torch.arange(T) < lengths[:, None])[..., None]
    found = {
        "hidden states": (h * running - their_h),
        "final hidden states": h[:, -1] - h_n[0],
        "final cell states": c[:, -1] - c_n[0],
    }
    loss = (h * running).pow(2).sum() + (h[:, -1] * target).sum()
    their_loss = their_h.pow(2).sum() + (h_n[0] * target).sum()
    ours = torch.autograd.grad(loss, [x, h_0, c_0, *mine.parameters()])
    wanted = [theirs.weight_ih_l0, theirs.weight_hh_l0, theirs.bias_ih_l0]
    others = torch.autograd.grad(their_loss, [x, h_0, c_0, *wanted])
    for name, one, other in zip(("x", "h_0", "c_0", "W_x", "W_h", "b"), ours, others):
        found[f"gradient of {name}"] = one - other
    return {name: gap.abs().max().item() for name, gap in found.items()}


def agree_with_pytorch(LSTM: MakeLSTM) -> None:
    """Print and keep the differences from PyTorch on a padded batch."""
    lengths = torch.tensor([9, 1, 6, 4])
    differences = compare_with_pytorch(LSTM, N=4, T=9, D=3, H=5, lengths=lengths, seed=0)
    for name, difference in differences.items():
        print(f"{name:>19}: largest difference {difference:.0e}")
    assert max(differences.values()) < 1e-8
    glue("lstm_agreement", max(differences.values()))


def check_equations(LSTM: MakeLSTM, D: int, H: int, seed: int) -> dict[str, float]:
    """Return, by equation of the backward pass, the largest difference from autograd."""
    torch.manual_seed(seed)
    lstm = LSTM(D, H).double()
    x_t, h_prev, c_prev = (torch.randn(n).double() for n in (D, H, H))
    dh_t, d_t = torch.randn(2, H).double()  # the two gradients that come in
    inputs = [x.requires_grad_() for x in (x_t, h_prev, c_prev)]
    a_t = lstm.W_x @ x_t + lstm.W_h @ h_prev + lstm.b
    functions = (torch.sigmoid, torch.sigmoid, torch.tanh, torch.sigmoid)
    i, f, g, o = (function(a) for function, a in zip(functions, a_t.chunk(4)))
    c_t = f * c_prev + i * g
    loss = dh_t @ (o * torch.tanh(c_t)) + d_t @ c_t
    wanted = [c_t, o, f, i, g, a_t, *inputs, *lstm.parameters()]
    dc, do, df, di, dg, da, dx, dh_prev, dc_prev, dW_x, dW_h, db = torch.autograd.grad(loss, wanted)
    slopes = (i * (1 - i), f * (1 - f), 1 - g**2, o * (1 - o))
    delta = torch.cat([d * s for d, s in zip((di, df, dg, do), slopes)])
    claims = {
        "gradient of the cell": dc - (d_t + dh_t * o * (1 - torch.tanh(c_t) ** 2)),
        "output gate": do - dh_t * torch.tanh(c_t),
        "forget gate": df - dc * c_prev,
        "input gate": di - dc * g,
        "candidate": dg - dc * i,
        "cell before": dc_prev - dc * f,
        "pre-activations": da - delta,
        "hidden state before": dh_prev - lstm.W_h.T @ da,
        "input": dx - lstm.W_x.T @ da,
        "recurrent weights": dW_h - torch.outer(da, h_prev),
        "input weights": dW_x - torch.outer(da, x_t),
        "bias": db - da,
    }
    return {name: gap.abs().max().item() for name, gap in claims.items()}


def agree_with_autograd(LSTM: MakeLSTM) -> None:
    """Print and keep the largest difference of the equations from autograd."""
    by_equation = check_equations(LSTM, D=3, H=5, seed=0)
    print(f"{len(by_equation)} equations", end=", ")
    print(f"largest difference {max(by_equation.values()):.0e}")
    assert max(by_equation.values()) < 1e-8
    glue("equations_agreement", max(by_equation.values()))


def check_path(LSTM: MakeLSTM, D: int, H: int, T: int, seed: int) -> float:
    """Return how far the product of forget gates is from autograd."""
    torch.manual_seed(seed)
    lstm = LSTM(D, H).double()
    x, c_0 = torch.randn(1, T, D).double(), torch.randn(1, H).double()
    c_0.requires_grad_()
    _, c, gates = lstm(x, c_0=c_0, cell_only=True)
    (autograd,) = torch.autograd.grad(c[0, -1].sum(), c_0)
    product = gates.chunk(4, dim=-1)[1][0].prod(dim=0)
    return float((autograd[0] - product).abs().max().item())


def step_jacobian(lstm: Any, x_t: Tensor, c_prev: Tensor, o_prev: Tensor) -> tuple[Tensor, Tensor]:
    """Return the Jacobian of c_t with respect to c_prev, its two terms."""
    h_prev = o_prev * torch.tanh(c_prev)
    _, _, gates = lstm.step(x_t, h_prev, c_prev)
    i, f, g, _ = gates.chunk(4)
    W_i, W_f, W_g, _ = lstm.W_h.chunk(4)
    from_hidden = (
        (c_prev * f * (1 - f))[:, None] * W_f
        + (g * i * (1 - i))[:, None] * W_i
        + (i * (1 - g**2))[:, None] * W_g
    )
    return f.diag(), from_hidden * (o_prev * (1 - torch.tanh(c_prev) ** 2))


def check_jacobian(LSTM: MakeLSTM, D: int, H: int, seed: int) -> float:
    """Return how far the two terms together are from autograd."""
    torch.manual_seed(seed)
    lstm = LSTM(D, H).double()
    x_t, c_prev = torch.randn(D).double(), 2 * torch.randn(H).double()
    o_prev = torch.rand(H).double()

    def cell(c: Tensor) -> Tensor:
        following: Tensor = lstm.step(x_t, o_prev * torch.tanh(c), c)[1]
        return following

    autograd = torch.func.jacrev(cell)(c_prev)
    kept, detour = step_jacobian(lstm, x_t, c_prev, o_prev)
    return float((autograd - kept - detour).abs().max().item())


def follow_the_cell(LSTM: MakeLSTM) -> None:
    """Print how far path and Jacobian of the cell are from autograd."""
    path = check_path(LSTM, D=3, H=5, T=40, seed=0)
    jacobian = check_jacobian(LSTM, D=3, H=5, seed=0)
    print(f"path through the cell: {path:.0e}")
    print(f"Jacobian of one step:  {jacobian:.0e}")
    assert max(path, jacobian) < 1e-12


@torch.no_grad()
def largest_cell(LSTM: MakeLSTM, saturated: bool, T: int, seed: int) -> float:
    """Return the largest cell state, in absolute value, after T steps."""
    torch.manual_seed(seed)
    lstm = LSTM(3, 5).double()
    if saturated:
        lstm.b.fill_(20.0)
    return float(lstm(torch.randn(8, T, 3).double())[1][:, -1].abs().max())


def fill_the_cell(LSTM: MakeLSTM) -> None:
    """Print the largest cell states of new and of saturated networks."""
    for saturated in (False, True):
        cells = [largest_cell(LSTM, saturated, 200, seed) for seed in (0, 1, 2)]
        print(f"saturated {saturated!s:>5}:", *(f"{c:9.4f}" for c in cells))
        assert max(cells) < 200
