"""What chapter 6 claims, held against the code that its page shows."""

# What PyTorch takes and gives is wider than its types say.
# mypy: disable-error-code="arg-type, union-attr"

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from chapter import cells, definitions

ROOT = Path(__file__).resolve().parents[2]

SEEDS = (0, 1, 2)
page = definitions("06-lstm")
measuring = page.measuring


# the gate


def test_the_soft_switch_of_the_example() -> None:
    new, old = torch.tensor([3.0, 4, 6]), torch.tensor([8.0, 9, 2])
    assert page.through_gate(new, old, torch.tensor([1.0, 1, 0])).tolist() == [3, 4, 2]
    soft = page.through_gate(new, old, torch.tensor([0.9, 0.5, 0.1]))
    assert soft.tolist() == pytest.approx([3.5, 6.5, 2.4])


def test_the_gradient_of_a_gate_is_new_minus_old(seed: int) -> None:
    x, s_prev, ds = torch.randn(3, 7).double()
    gate = torch.rand(7).double().requires_grad_()
    (dgate,) = torch.autograd.grad(page.through_gate(x, s_prev, gate), gate, ds)
    assert torch.allclose(dgate, ds * (x - s_prev), atol=1e-12)


def test_a_gate_lies_strictly_between_and_is_rounded_to_one() -> None:
    a = torch.tensor([-30.0, -5, 0, 5, 30]).double()
    gate = torch.sigmoid(a)
    assert ((gate > 0) & (gate < 1)).all()
    assert 1 - gate[3] < 0.007
    whole = torch.arange(1.0, 40.0)
    assert whole[torch.sigmoid(whole) == 1][0] == 17


# the network


@pytest.mark.parametrize("lengths", [[9, 1, 6, 4], [9, 9, 9, 9], [1, 2, 9, 3]])
def test_forward_and_backward_agree_with_pytorch(seed: int, lengths: Any) -> None:
    differences = measuring.compare_with_pytorch(page.LSTM, 4, 9, 3, 5, torch.tensor(lengths), seed)
    assert len(differences) == 9
    assert max(differences.values()) < 1e-8


def test_each_equation_of_the_backward_pass_agrees_with_autograd(seed: int) -> None:
    by_equation = measuring.check_equations(page.LSTM, D=3, H=5, seed=seed)
    assert len(by_equation) == 12
    assert max(by_equation.values()) < 1e-8


def test_the_gradient_agrees_with_central_differences(seed: int) -> None:
    lstm = page.LSTM(3, 5).double()
    x, lengths = torch.randn(4, 9, 3).double(), torch.tensor([9, 1, 6, 4])

    def loss() -> Any:
        h, c, _ = lstm(x, lengths)
        return (h * torch.cos(torch.arange(5.0).double())).sum() + c[:, -1].pow(2).sum()

    parameters = list(lstm.parameters())
    gradients = torch.autograd.grad(loss(), parameters)
    directions = [torch.randn_like(parameter) for parameter in parameters]
    expected = sum((g * d).sum() for g, d in zip(gradients, directions, strict=True))

    def moved(eps: Any) -> Any:
        with torch.no_grad():
            for parameter, direction in zip(parameters, directions, strict=True):
                parameter += eps * direction
            value = loss()
            for parameter, direction in zip(parameters, directions, strict=True):
                parameter -= eps * direction
        return value

    assert torch.isclose((moved(1e-5) - moved(-1e-5)) / 2e-5, expected, rtol=1e-6)


def test_the_number_of_weights_is_four_times_that_of_an_rnn() -> None:
    D, H = 64, 128
    lstm = sum(p.numel() for p in page.LSTM(D, H).parameters())
    assert lstm == 4 * (H * D + H * H + H)
    assert sum(p.numel() for p in nn.LSTM(D, H).parameters()) == lstm + 512


def test_the_forget_bias_is_where_pytorch_has_the_forget_gate(seed: int) -> None:
    assert page.LSTM(3, 5, forget_bias=2.0).b.tolist() == [0] * 5 + [2] * 5 + [0] * 10
    x = torch.zeros(1, 1, 3)
    net = nn.LSTM(3, 5, batch_first=True)
    page.set_forget_bias(net, 30.0)
    c_0 = torch.randn(1, 1, 5)
    _, (_, kept) = net(x, (torch.zeros(1, 1, 5), c_0))
    page.set_forget_bias(net, -30.0)
    _, (_, lost) = net(x, (torch.zeros(1, 1, 5), c_0))
    assert torch.allclose(kept, c_0, atol=1e-6)
    assert lost.abs().max() < 1e-6


def test_the_cell_is_bounded_by_the_number_of_steps(seed: int) -> None:
    """Nearly reached with saturated gates and candidate; far from it as initialised."""
    lstm, T = page.LSTM(3, 5).double(), 200
    x = 3 * torch.randn(8, T, 3).double()
    with torch.no_grad():
        c = lstm(x)[1].abs()
        assert (c < torch.arange(1, T + 1)[:, None]).all()
        assert c.max() < 0.1 * T
        lstm.b.fill_(30.0)
        full = lstm(0 * x)[1]
    assert full[:, -1].min() > T - 1e-6
    assert full[:, -1].max() <= T


def test_the_page_shows_the_bound_tight_and_not(seed: int) -> None:
    assert measuring.largest_cell(page.LSTM, False, 200, seed) < 10
    assert 199 < measuring.largest_cell(page.LSTM, True, 200, seed) < 200


def test_hidden_states_stay_below_one_however_full_the_cell(seed: int) -> None:
    lstm = page.LSTM(3, 5).double()
    c_0 = 1000 * torch.randn(8, 5).double()
    h = lstm(torch.randn(8, 20, 3).double(), c_0=c_0)[0]
    assert h.abs().max() <= 1


# the path through the cell


def test_along_the_cell_the_gradient_is_the_product_of_the_forget_gates(seed: int) -> None:
    assert measuring.check_path(page.LSTM, D=3, H=5, T=40, seed=seed) < 1e-12


def test_the_jacobian_of_one_step_has_the_two_terms(seed: int) -> None:
    assert measuring.check_jacobian(page.LSTM, D=3, H=5, seed=seed) < 1e-12


def test_behind_a_closed_output_gate_only_the_forget_gates_are_left(seed: int) -> None:
    lstm = page.LSTM(3, 5).double()
    x_t, c_prev = torch.randn(3).double(), torch.randn(5).double()
    kept, detour = measuring.step_jacobian(lstm, x_t, c_prev, torch.zeros(5).double())
    assert detour.abs().max() == 0
    assert torch.equal(kept, kept.diag().diag())


def test_from_input_to_output_there_are_two_slopes_at_any_distance(seed: int) -> None:
    """With W_h = 0 the gates do not see the cell, and the path through the candidate is exact."""
    lstm, T = page.LSTM(3, 5).double(), 30
    with torch.no_grad():
        lstm.W_h.zero_()
        for block in (0, 1, 3):  # gates that do not depend on the input either
            lstm.W_x.chunk(4)[block].zero_()
        lstm.b += 0.5 * torch.randn(20).double()
    x = torch.randn(1, T, 3).double().requires_grad_()
    h, c, gates = lstm(x)
    i, f, g, o = gates[0].chunk(4, dim=-1)
    out = o[-1] * (1 - torch.tanh(c[0, -1]) ** 2)
    for k in (1, 5, 25):
        into = i[T - 1 - k] * (1 - g[T - 1 - k] ** 2)
        path = (out * f[T - k :].prod(dim=0) * into)[:, None] * lstm.W_x.chunk(4)[2]
        autograd = torch.stack(
            [
                torch.autograd.grad(h[0, -1, j], x, retain_graph=True)[0][0, T - 1 - k]
                for j in range(5)
            ]
        )
        assert torch.allclose(autograd, path, atol=1e-12)


def test_half_lives() -> None:
    for f in (0.5, 0.731, 0.9, 0.99, 0.999):
        assert f ** (math.log(0.5) / math.log(f)) == pytest.approx(0.5)
    f = 2 ** (-1 / 100)
    bias = math.log(f / (1 - f))
    assert 1 / (1 + math.exp(-bias)) == pytest.approx(f)
    assert bias == pytest.approx(4.97, abs=0.01)


# a value held for 500 steps


def test_a_cell_set_by_hand_holds_a_value_for_500_steps(seed: int) -> None:
    candidates = 2 * torch.rand(501).double() - 1
    held = {alpha: measuring.hold(alpha, candidates) for alpha in (2.0, 4.0, 6.0, 8.0, 16.0)}
    assert abs(held[16.0][-1] - candidates[0]) < 1e-3
    for alpha in (6.0, 8.0):
        f = 1 / (1 + math.exp(-alpha))
        assert abs(held[alpha][-1] - f**500 * candidates[0]) < 0.1
    assert abs(held[4.0][-1]) < 0.3  # noise is all that is left


# how far a gradient reaches


def test_gradient_by_distance_of_rnn_and_lstm(seed: int) -> None:
    norms = {
        kind: measuring.relative_reach(page.set_forget_bias, kind, seed)
        for kind in ("RNN", "LSTM bias 0", "LSTM bias 1", "LSTM bias 3")
    }
    at_50 = [norms[kind][50].item() for kind in norms]
    assert at_50 == sorted(at_50)
    assert at_50[0] < 1e-11
    assert at_50[1] < 1e-9
    assert 1e-6 < at_50[2] < 1e-2
    middle = norms["LSTM bias 3"][20:151]
    assert middle.min() > 0.1
    assert middle.max() < 10
    assert norms["LSTM bias 3"][-1] > 5  # and then it grows


def test_an_rnn_at_radius_one_vanishes_too(seed: int) -> None:
    assert measuring.relative_reach(page.set_forget_bias, "RNN radius 1", seed)[190] < 1e-6


def test_with_large_weights_all_paths_explode_and_the_cell_alone_does_not(seed: int) -> None:
    whole, alone = measuring.reach_through_cell(page.LSTM, 12.0, seed)
    assert whole[-1] > 1e6
    assert (alone <= 1 + 1e-12).all()
    whole, alone = measuring.reach_through_cell(page.LSTM, 1.0, seed)
    assert alone[-1] < whole[-1] < 1e-4


# learning to hold


@pytest.fixture(scope="module")
def trained() -> Any:
    return {
        kind: [page.train_holder(kind, T=20, seed=seed, updates=500) for seed in SEEDS]
        for kind in ("RNN", "LSTM bias 0", "LSTM bias 5")
    }


@pytest.mark.slow
def test_the_forget_bias_decides_what_is_learned(trained: Any) -> None:
    errors = {kind: [measuring.error_of(m, 20) for m in models] for kind, models in trained.items()}
    assert max(errors["LSTM bias 5"]) < 0.05
    assert min(errors["RNN"]) > 0.5
    assert min(errors["LSTM bias 0"]) > 0.5


def test_the_answer_follows_the_marked_value_alone(trained: Any) -> None:
    for model in trained["LSTM bias 5"]:
        asked, others = measuring.sensitivity(model, 20)
        assert asked > 0.8
        assert others < 0.1


def test_what_was_learned_does_not_hold_for_longer(trained: Any) -> None:
    for model in trained["LSTM bias 5"]:
        errors = [measuring.error_of(model, T, within=10) for T in (20, 100, 500)]
        assert errors[1] > 5 * errors[0]
        assert errors[2] > 0.7


def test_the_stored_small_networks_are_as_the_page_says() -> None:
    stored, learned = measuring.stored_holders(page.Holder)
    T = stored["settings"]["T"]
    assert len(learned) == stored["results"]["solved"] >= 5
    gates = [measuring.mean_gates(measuring.look_inside(page.LSTM, m, T)) for m in learned]
    assert sum(map(measuring.is_clear, gates)) == stored["results"]["clear"] >= 2
    for model in learned:
        asked, others = measuring.sensitivity(model, T)
        assert asked > 0.8
        assert others < 0.1


def test_the_task_marks_two_values_and_asks_for_the_second(seed: int) -> None:
    x, target = measuring.draw_hold(N=50, T=12)
    marks = x[..., 1]
    assert (marks.sum(dim=1) == 2).all()
    assert (marks[:, 6:] == 0).all()
    for row, answer in zip(x, target, strict=True):
        assert row[row[:, 1].nonzero().max(), 0] == answer
    x, _ = measuring.draw_hold(N=50, T=12, within=3)
    assert (x[:, 3:, 1] == 0).all()


def test_the_stored_result_says_what_the_page_says() -> None:
    stored = json.loads((ROOT / "experiments" / "hold_task.json").read_text())
    solved = {row["network"]: row["solved"] for row in stored["results"]}
    assert len(stored["settings"]["seeds"]) >= 3
    assert {"python", "torch"} <= stored["versions"].keys()
    assert stored["seconds"] > 0
    totals = [sum(solved[kind]) for kind in solved]
    assert totals == sorted(totals)
    assert sum(solved["LSTM bias 5"][2:]) > sum(solved["LSTM bias 0"][2:])


# the exercises


@pytest.mark.parametrize("T", [12, 60])
def test_a_full_cell_cannot_be_read(T: Any) -> None:
    c_0 = torch.zeros(1, requires_grad=True)
    assert torch.tanh(c_0 + 11 * math.tanh(1)) < 1
    h = torch.tanh(c_0 + T * math.tanh(1))
    h.backward()
    assert h.item() == 1
    assert c_0.grad.item() == 0


def test_an_rnn_inside_an_lstm(seed: int) -> None:
    lstm = page.LSTM(3, 5).double()
    with torch.no_grad():
        for block, bias in ((0, 40.0), (1, -40.0), (3, 40.0)):
            lstm.W_x.chunk(4)[block].zero_()
            lstm.W_h.chunk(4)[block].zero_()
            lstm.b.chunk(4)[block].fill_(bias)
        x, h_t = torch.randn(2, 6, 3).double(), torch.zeros(2, 5).double()
        h = lstm(x)[0]
        W_x, W_h = lstm.W_x.chunk(4)[2], lstm.W_h.chunk(4)[2]
        for t in range(6):
            h_t = torch.tanh(torch.tanh(x[:, t] @ W_x.T + h_t @ W_h.T))
            assert torch.allclose(h[:, t], h_t, atol=1e-12)


def test_a_peephole_adds_a_term_that_can_exceed_one(seed: int) -> None:
    a, p, written = torch.randn(3, 5).double()
    c_prev = (4 * torch.randn(5)).double()

    def cell(c: Any) -> Any:
        return torch.sigmoid(a + p * c) * c + written

    f = torch.sigmoid(a + p * c_prev)
    derived = f + c_prev * f * (1 - f) * p
    assert torch.allclose(torch.func.jacrev(cell)(c_prev), derived.diag(), atol=1e-12)
    positive = torch.linspace(0.1, 5, 50).double()
    f = torch.sigmoid(positive)
    assert (f + positive * f * (1 - f)).max() > 1


# the page


def test_no_result_is_typed_into_the_text() -> None:
    text = (ROOT / "book" / "06-lstm.md").read_text(encoding="utf-8")
    for cell in cells("06-lstm"):
        text = text.replace(cell, "")
    glued = re.findall(r"\{glue:text\}`[^`]*`", text)
    prose = re.sub(r"\{glue:text\}`[^`]*`|\$[^$]*\$|alt: >-\n(?: {6}.*\n)+", "", text)
    prose = re.sub(r"section 10\.10", "", prose)
    assert len(glued) > 40
    assert re.findall(r"\d+\.\d+", prose) == []


def test_every_figure_has_a_caption_and_a_description() -> None:
    text = (ROOT / "book" / "06-lstm.md").read_text(encoding="utf-8")
    assert "plt.subplots(" not in text  # what draws lies beside the page
    drawn = text.count("    name: fig-")
    assert drawn >= 4
    assert text.count("    alt: >-\n") == text.count("    caption: |\n") == drawn
