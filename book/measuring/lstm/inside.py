"""A look into the small LSTMs that have learned to hold a value."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from prelude import glue

from .by_hand import half_life
from .checks import MakeLSTM
from .holding import EXPERIMENTS, draw_hold, error_of


class Look(NamedTuple):
    """Inputs (N, T, 2), and cell (N, T) and gates (N, T, 4) of the unit that follows the target."""

    x: Tensor
    c: Tensor
    gates: Tensor
    follows: float  # its correlation with the target


class Inside(NamedTuple):
    """The networks that have learned the task over T steps, and the looks into them."""

    T: int
    models: list[nn.Module]
    looks: list[Look]


@torch.no_grad()
def look_inside(LSTM: MakeLSTM, model: Any, T: int, N: int = 500) -> Look:
    """Return what the unit does whose final cell state follows the target most closely."""
    torch.manual_seed(7)
    x, target = draw_hold(N, T)
    H = model.net.hidden_size
    mine = LSTM(2, H)
    mine.W_x.copy_(model.net.weight_ih_l0)
    mine.W_h.copy_(model.net.weight_hh_l0)
    mine.b.copy_(model.net.bias_ih_l0 + model.net.bias_hh_l0)
    _, c, gates = mine(x)
    last = torch.cat([c[:, -1].T, target[None]])
    follows = torch.corrcoef(last)[-1, :-1].abs()
    unit = int(follows.argmax())
    chosen = gates.unflatten(-1, (4, H))[..., unit]
    return Look(x, c[..., unit], chosen, follows[unit].item())


def sensitivity(model: nn.Module, T: int, N: int = 500) -> tuple[float, float]:
    """Return how the answer moves with a value: the one asked for, others."""
    torch.manual_seed(8)
    x, target = draw_hold(N, T)
    asked = (x[..., 0] == target[:, None]) & (x[..., 1] == 1)
    x.requires_grad_()
    (dx,) = torch.autograd.grad(model(x).sum(), x)
    return dx[..., 0][asked].mean().item(), dx[..., 0][~asked].abs().mean().item()


def mean_gates(look: Look) -> list[float]:
    """Return means of input and forget gate, each at marks and elsewhere."""
    marked = look.x[..., 1] == 1
    i, f, _, _ = look.gates.unbind(dim=-1)
    return [gate.mean().item() for gate in (i[marked], i[~marked], f[marked], f[~marked])]


def is_clear(means: Sequence[float]) -> bool:
    """Return whether both gates move by more than a half at marks."""
    i_mark, i_else, f_mark, f_else = means
    return i_mark - i_else > 0.5 and f_else - f_mark > 0.5


def stored_holders(Holder: Callable[..., nn.Module]) -> tuple[dict[str, Any], list[nn.Module]]:
    """Return what is stored about the small networks, and those of them that learned the task."""
    stored: dict[str, Any] = json.loads((EXPERIMENTS / "hold_inside.json").read_text())
    settings, learned = stored["settings"], []
    with np.load(EXPERIMENTS / "hold_inside.npz") as weights:
        for seed in settings["seeds"]:
            model = Holder(settings["network"], settings["H"], seed)
            state = {
                name: torch.from_numpy(weights[f"{seed}/{name}"]) for name in model.state_dict()
            }
            model.load_state_dict(state)
            if error_of(model, settings["T"]) < settings["solved below"]:
                learned.append(model)
    return stored, learned


def look_into_all(LSTM: MakeLSTM, Holder: Callable[..., nn.Module]) -> Inside:
    """Look into the stored networks that learned the task; print and keep what is seen."""
    stored, models = stored_holders(Holder)
    T = stored["settings"]["T"]
    looks = [look_inside(LSTM, model, T) for model in models]
    slopes = [sensitivity(model, T) for model in models]
    means = [mean_gates(look) for look in looks]
    for (i_mark, i_else, f_mark, f_else), (asked, others) in zip(means, slopes):
        print(
            f"at marks and elsewhere: input gate {i_mark:.2f} {i_else:.2f},",
            f"forget gate {f_mark:.2f} {f_else:.2f};",
            f"answer moves by {asked:.2f} and {others:.3f}",
        )
    clear = sum(map(is_clear, means))
    assert len(models) == stored["results"]["solved"]
    assert clear == stored["results"]["clear"] > 0
    glue("inside_count", len(stored["settings"]["seeds"]))
    glue("inside_learned", len(models))
    glue("clear", clear)
    _keep_clearest(T, min(means, key=lambda mean: mean[2]))
    _keep_slopes(slopes)
    return Inside(T, models, looks)


def _keep_clearest(T: int, means: Sequence[float]) -> None:
    glue("small_T", T)
    for name, mean in zip(("i_mark", "i_else", "f_mark", "f_else"), means):
        glue(name, mean)
    half = half_life(means[3])
    glue("f_half", half)
    assert half > T
    assert half < 200


def _keep_slopes(slopes: Sequence[tuple[float, float]]) -> None:
    asked, others = zip(*slopes)
    glue("asked_low", min(asked))
    glue("asked_high", max(asked))
    glue("others_high", max(others))
    assert min(asked) > 0.8
    assert max(others) < 0.1


def clearest(inside: Inside) -> tuple[list[int], Tensor, Tensor, Tensor]:
    """Return the marks, values, gates (T, 4) and cell (T,) of one sequence to draw.

    It is read by the network whose forget gate closes most at marks. Its marks lie well apart, and
    their values differ most.
    """
    x, c, gates, _ = min(inside.looks, key=lambda look: mean_gates(look)[2])
    places = x[..., 1].argsort(dim=1, descending=True, stable=True)[:, :2]
    values = x[..., 0].gather(1, places)
    apart = (places[:, 1] - places[:, 0] > 6) & (places[:, 0] > 3)
    row = int((values.prod(dim=1) * apart).argmin())
    return places[row].tolist(), x[row, :, 0], gates[row], c[row]


def hold_for_longer(inside: Inside) -> None:
    """Let three of the networks hold for longer than they were trained to; print the errors."""
    lengths = [inside.T, 100, 200, 500]
    errors = np.array(
        [[error_of(m, T, within=inside.T // 2) for T in lengths] for m in inside.models[:3]]
    )
    for row in errors:
        print(*(f"T = {T}: {error:5.2f}   " for T, error in zip(lengths, row)))
    for T, column in ((100, errors[:, 1]), (500, errors[:, -1])):
        glue(f"stretch_{T}_low", column.min())
        glue(f"stretch_{T}_high", column.max())
    assert (errors[:, 1] > 5 * errors[:, 0]).all()
    assert errors[:, -1].min() > 0.7
