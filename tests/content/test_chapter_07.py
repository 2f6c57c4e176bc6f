"""What chapter 7 claims, held against the code that its page shows."""

# What PyTorch takes and gives is wider than its types say.
# mypy: disable-error-code="arg-type"

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
page = definitions("07-gru")
measuring = page.measuring
KINDS = [page.GRU, page.TorchGRU]


# the network, in both conventions


@pytest.mark.parametrize("lengths", [[9, 1, 6, 4], [9, 9, 9, 9], [1, 2, 9, 3]])
def test_forward_and_backward_agree_with_pytorch(seed: int, lengths: Any) -> None:
    differences = measuring.differences_from_pytorch(page.TorchGRU, lengths, seed)
    assert len(differences) == 8
    assert max(differences.values()) < 1e-8


@pytest.mark.parametrize("kind", KINDS)
def test_each_equation_of_the_backward_pass_agrees_with_autograd(kind: Any, seed: int) -> None:
    by_equation = measuring.differences_from_autograd(kind, seed)
    assert len(by_equation) == (6 if kind is page.TorchGRU else 5)
    assert max(by_equation.values()) < 1e-8


@pytest.mark.parametrize("kind", KINDS)
def test_the_gradient_agrees_with_central_differences(kind: Any, seed: int) -> None:
    gru = kind(3, 5).double()
    x, lengths = torch.randn(4, 9, 3).double(), torch.tensor([9, 1, 6, 4])

    def loss() -> Any:
        h, _ = gru(x, lengths)
        return (h * torch.cos(torch.arange(5.0).double())).sum() + h[:, -1].pow(2).sum()

    parameters = list(gru.parameters())
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


def test_the_update_gate_keeps_at_opposite_ends(seed: int) -> None:
    x_t, h_prev = torch.randn(2, 3).double(), torch.randn(2, 5).double()
    for kind, keeps in ((page.GRU, -60.0), (page.TorchGRU, 60.0)):
        gru = kind(3, 5).double()
        with torch.no_grad():
            gru.b_x.chunk(3)[1].fill_(keeps)
            assert torch.allclose(gru.step(x_t, h_prev)[0], h_prev)
            gru.b_x.chunk(3)[1].fill_(-keeps)
            h_t, gates = gru.step(x_t, h_prev)
            assert torch.allclose(h_t, gates.chunk(3, dim=1)[2])


def test_a_closed_reset_gate_hides_the_old_state_and_pytorchs_second_bias(seed: int) -> None:
    x_t, h_prev = torch.randn(2, 3).double(), torch.randn(2, 5).double()
    for kind in KINDS:
        gru = kind(3, 5).double()
        with torch.no_grad():
            gru.b_x.chunk(3)[0].fill_(-800.0)
            candidate = gru.step(x_t, h_prev)[1].chunk(3, dim=1)[2]
            alone = torch.tanh(x_t @ gru.W_x.chunk(3)[2].T + gru.b_x.chunk(3)[2])
        assert torch.allclose(candidate, alone)


def test_signs_undo_the_update_gate_and_not_the_reset_gate(seed: int) -> None:
    raw, turned, opened = page.carry_over(D=3, H=5, T=20, seed=seed)
    assert raw > 0.05
    assert turned > 0.005
    assert opened < 1e-12


def test_the_two_places_of_the_reset_gate_agree_where_all_its_elements_are_equal(seed: int) -> None:
    W, h = torch.randn(5, 5).double(), torch.randn(5).double()
    same, other = torch.full((5,), 0.3).double(), torch.rand(5).double()
    assert torch.allclose(W @ (same * h), same * (W @ h))
    assert not torch.allclose(W @ (other * h), other * (W @ h))
    diagonal = W.diag().diag()
    assert torch.allclose(diagonal @ (other * h), other * (diagonal @ h))


def test_along_the_kept_part_the_gradient_is_the_product_of_the_gates(seed: int) -> None:
    """With candidate and gates cut off from the state, nothing else is left."""
    for kind in KINDS:
        gru = kind(3, 5).double()
        with torch.no_grad():
            gru.W_h.zero_()
            if kind is page.TorchGRU:
                gru.b_h.zero_()
        h_0 = torch.randn(1, 5).double().requires_grad_()
        h, gates = gru(torch.randn(1, 30, 3).double(), h_0=h_0)
        (autograd,) = torch.autograd.grad(h[0, -1].sum(), h_0)
        z = gates[0].chunk(3, dim=-1)[1]
        kept = z if kind is page.TorchGRU else 1 - z
        assert torch.allclose(autograd[0], kept.prod(dim=0), atol=1e-14)


# weights


def test_a_gru_has_three_quarters_of_the_weights() -> None:
    D, H = 64, 128
    gru = sum(p.numel() for p in page.GRU(D, H).parameters())
    assert gru == 3 * (H * D + H * H + H)
    for kind, blocks in (("RNN", 1), ("GRU", 3), ("LSTM", 4)):
        count = sum(p.numel() for p in getattr(nn, kind)(D, H).parameters())
        assert count == blocks * H * (D + H + 2)


# the bound


@pytest.mark.parametrize("kind", KINDS)
def test_the_state_is_bounded(kind: Any, seed: int) -> None:
    assert measuring.share_of_bound(kind, seed) <= 1
    gru = kind(3, 5).double()
    with torch.no_grad():
        for weight in gru.parameters():
            weight *= 20
        h, _ = gru(5 * torch.randn(8, 300, 3).double())
    assert 0.9 < h.abs().max() <= 1


def test_the_new_state_lies_between_the_old_one_and_the_candidate(seed: int) -> None:
    for kind in KINDS:
        gru = kind(3, 5).double()
        x_t, h_prev = torch.randn(20, 3).double(), 3 * torch.randn(20, 5).double()
        h_t, gates = gru.step(x_t, h_prev)
        g = gates.chunk(3, dim=-1)[2]
        assert (h_t >= torch.minimum(h_prev, g)).all()
        assert (h_t <= torch.maximum(h_prev, g)).all()


@pytest.mark.parametrize("z", [0.3, 0.1, 0.03])
def test_a_unit_with_a_constant_gate_fades_as_the_formula_says(z: Any) -> None:
    apart = page.gru_unit("a" * 200, z).diff()
    k = torch.arange(200).double()
    assert torch.allclose(apart, z * (1 - z) ** k, rtol=1e-6, atol=1e-14)
    fade = page.gru_unit("a" * 600, z, torch.float32).diff()
    alike = int((fade == 0).int().argmax())
    assert alike == pytest.approx(math.log(6e-8 / z) / math.log(1 - z), rel=0.1)


def test_a_contraction_brings_neighbours_closer_exponentially(seed: int) -> None:
    """At a fixed letter, with small weights: the bound with q from the Jacobian."""
    gru = page.GRU(2, 4).double()
    with torch.no_grad():
        gru.W_h *= 0.3
    x = torch.tensor([[1.0, 0]]).double().expand(1, 60, 2)
    s = torch.cat([torch.zeros(1, 4).double(), gru(x)[0][0]])
    apart = (s[1:] - s[:-1]).norm(dim=1)
    factors = apart[1:] / apart[:-1]
    assert factors.max() < 1
    assert (apart <= apart[0] * factors.max() ** torch.arange(60) * (1 + 1e-9)).all()


def test_among_many_bounded_numbers_two_are_close(seed: int) -> None:
    k = 50
    numbers = (2 * torch.rand(k + 1).double() - 1).sort().values
    assert numbers.diff().min() <= 2 / k


def test_the_best_gate_for_one_count() -> None:
    for k in (5, 100, 1000):
        z = torch.linspace(1e-5, 0.5, 200_001).double()
        apart = z * (1 - z) ** k
        assert z[apart.argmax()].item() == pytest.approx(1 / (k + 1), rel=0.01)
        assert apart.max().item() == pytest.approx(1 / (math.e * k), rel=0.1)


# counting by hand


def test_the_lstm_set_by_hand_accepts_the_words_and_nothing_else() -> None:
    for k in (1, 2, 3, 10, 100, 1000):
        cells_of_text, word = page.count_by_hand("a" * k + "b" * k)
        assert word
        assert cells_of_text[k, 0] == k
        assert cells_of_text[-1, 0] == 0
    for k in (1, 2, 7, 50):
        for text in measuring.near_misses(k):
            assert not page.count_by_hand(text)[1], text
    for text in ("", "a", "b", "ba", "aab", "abab", "aabbab", "bbaa"):
        assert not page.count_by_hand(text)[1], text


def test_gates_at_alpha_40_are_rounded_to_one() -> None:
    for dtype in (torch.float64, torch.float32):
        alpha = torch.tensor(40.0, dtype=dtype)
        assert torch.sigmoid(alpha) == 1
        assert torch.tanh(alpha) == 1
    assert float(2**53) + 1 == float(2**53)
    assert torch.tensor(2.0**24) + 1 == torch.tensor(2.0**24)


def test_the_mix_does_not_come_back() -> None:
    for z, back in ((0.3, 2), (0.1, 7), (0.03, 18)):
        trace = page.gru_unit("a" * 40 + "b" * 40, z)
        assert int((trace[40:] <= 0).int().argmax()) == back
        assert trace.abs().max() < 1


# trained networks


@pytest.fixture(scope="module")
def trained() -> Any:
    return {
        kind: [page.train_acceptor(kind, top=6, seed=seed, updates=250) for seed in SEEDS]
        for kind in ("LSTM", "GRU")
    }


def test_both_learn_short_words_and_neither_long_ones(trained: Any) -> None:
    for models in trained.values():
        right = [measuring.first_run(measuring.judged_right(model, 60)) for model in models]
        assert min(right) >= 4
        assert max(right) < 60


def test_the_states_of_a_trained_lstm_stay_apart_and_those_of_a_gru_do_not(trained: Any) -> None:
    for model in trained["LSTM"]:
        nearest = measuring.nearest_count(measuring.states_by_count(model, 300))
        assert nearest[:150].min() > 0.03
    for model in trained["GRU"]:
        states = measuring.states_by_count(model, 300)
        assert states.abs().max() < 1
        nearest = measuring.nearest_count(states)
        assert nearest[150] < 0.01
        assert nearest[150] < nearest[2] / 10


def test_the_judgement_is_that_of_reading_letter_by_letter(trained: Any) -> None:
    """`judged_right` runs all words at once; here each is read on its own."""
    for models in trained.values():
        right = 0
        for k in range(1, 20):
            outputs, _ = measuring.states_after(models[0], "a" * k + "b" * (k + 2))
            said = (outputs > 0).tolist()
            if said != [place == 2 * k - 1 for place in range(2 * k + 2)]:
                break
            right = k
        assert measuring.first_run(measuring.judged_right(models[0], 60)) == right


def test_the_task_asks_for_the_end_of_each_word(seed: int) -> None:
    x, ends = measuring.draw_words(N=20, top=9)
    for row, end in zip(x, ends.tolist(), strict=True):
        k = (end + 1) // 2
        assert row[:k, 0].min() == 1
        assert row[k:, 1].min() == 1
    assert x.shape[1] == int(ends.max()) + 4


def test_nearest_count_is_the_distance_to_the_nearest_other() -> None:
    states = torch.tensor([[0.0, 0], [3, 4], [3, 5]])
    assert measuring.nearest_count(states).tolist() == [5, 1, 1]


# speed


def test_with_the_same_code_a_large_gru_is_faster_forward() -> None:
    ratios = [measuring.speed_ratio(256, False, same_code=True) for _ in range(2)]
    assert min(ratios) < 1.0


# stored results


def test_the_stored_counts_say_what_the_page_says() -> None:
    stored = json.loads((ROOT / "experiments" / "counting.json").read_text())
    rows = {row["network"]: row for row in stored["results"]}
    assert len(stored["settings"]["seeds"]) >= 5
    assert stored["settings"]["H"] == 10
    assert stored["settings"]["top"] == 100
    assert {"python", "torch"} <= stored["versions"].keys()
    assert min(rows["LSTM"]["largest"]) > max(rows["GRU"]["largest"])
    assert min(rows["LSTM"]["right"]) > max(rows["GRU"]["right"])
    assert max(rows["LSTM"]["largest"]) < stored["settings"]["asked up to"]
    at_100, at_1000 = (stored["counts"].index(k) for k in (100, 1000))
    for row in rows["LSTM"]["log10 apart"]:
        assert min(row) > math.log10(0.5)
    for row in rows["GRU"]["log10 apart"]:
        assert row[at_100] < row[0] - 1
        assert row[at_1000] < row[at_100]


def test_the_stored_comparison_says_what_the_page_says() -> None:
    stored = json.loads((ROOT / "experiments" / "lstm_or_gru.json").read_text())
    perplexity = {row["network"]: row["perplexity"] for row in stored["text"]}
    assert all(len(found) >= 3 for found in perplexity.values())
    assert max(perplexity["GRU"]) < min(perplexity["LSTM"])
    weights = [row["weights"] for row in stored["text"]]
    assert abs(weights[0] / weights[1] - 1) < 0.1
    solved = {row["network"]: sum(row["solved"]) for row in stored["hold"]}
    assert solved["LSTM bias 5"] > solved["LSTM bias 0"]
    assert solved["GRU bias 0"] > solved["LSTM bias 0"]


# the exercises


def test_a_vanilla_rnn_inside(seed: int) -> None:
    gru = page.GRU(3, 5).double()
    with torch.no_grad():
        for block in (0, 1):
            gru.W_x.chunk(3)[block].zero_()
            gru.W_h.chunk(3)[block].zero_()
            gru.b_x.chunk(3)[block].fill_(60.0)
        x, h_t = torch.randn(2, 6, 3).double(), torch.zeros(2, 5).double()
        h = gru(x)[0]
        W_x, W_h, b = gru.W_x.chunk(3)[2], gru.W_h.chunk(3)[2], gru.b_x.chunk(3)[2]
        for t in range(6):
            h_t = torch.tanh(x[:, t] @ W_x.T + h_t @ W_h.T + b)
            assert torch.allclose(h[:, t], h_t, atol=1e-12)


def test_a_clock_counts_modulo_its_number_of_units() -> None:
    H = 5
    gru = page.GRU(2, H).double()
    with torch.no_grad():
        for weight in gru.parameters():
            weight.zero_()
        gru.b_x[: 2 * H] = 60.0
        gru.W_h[2 * H :] = 20 * torch.eye(H).roll(1, 0)
        states = 2 * torch.eye(H).double() - 1
        h, _ = gru(torch.zeros(1, 3000, 2).double(), h_0=states[:1])
    for k in (1, 4, 5, 2999):
        assert torch.allclose(h[0, k - 1], states[k % H], atol=1e-12)


def test_two_biases_are_superfluous_but_in_the_candidate(seed: int) -> None:
    """Moving b_h into b_x changes nothing in the gates, and the candidate for the worse."""
    gru = page.TorchGRU(3, 5).double()
    x = torch.randn(4, 9, 3).double()
    with torch.no_grad():
        before = gru(x)[0]
        gru.b_x[:10] += gru.b_h[:10]
        gru.b_h[:10] = 0
        assert torch.allclose(gru(x)[0], before, atol=1e-14)
        gru.b_x += gru.b_h
        gru.b_h.zero_()
        assert not torch.allclose(gru(x)[0], before, atol=1e-3)


# the page


def test_no_result_is_typed_into_the_text() -> None:
    text = (ROOT / "book" / "07-gru.md").read_text(encoding="utf-8")
    for cell in cells("07-gru"):
        text = text.replace(cell, "")
    glued = re.findall(r"\{glue:text\}`[^`]*`", text)
    prose = re.sub(r"\{glue:text\}`[^`]*`|\$[^$]*\$|alt: >-\n(?: {6}.*\n)+", "", text)
    assert len(glued) > 40
    assert re.findall(r"\d+\.\d+", prose) == []


def test_every_figure_has_a_caption_and_a_description() -> None:
    text = (ROOT / "book" / "07-gru.md").read_text(encoding="utf-8")
    assert "plt.subplots(" not in text  # what draws lies beside the page
    drawn = text.count("    name: fig-")
    assert drawn >= 4
    assert text.count("    alt: >-\n") == text.count("    caption: |\n") == drawn
