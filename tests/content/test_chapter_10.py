"""What chapter 10 claims, held against the code that its page shows."""

# What PyTorch takes and gives is wider than its types say.
# mypy: disable-error-code="var-annotated"

import json
import math
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from chapter import cells, definitions

ROOT = Path(__file__).resolve().parents[2]

SEEDS = (0, 1, 2)
page = definitions("10-stacked")
measuring = page.measuring
ORDERS = page.by_layers, page.by_steps, page.by_wavefront


# the stack


@pytest.mark.parametrize("lengths", [[9, 1, 6, 4], [9, 9, 9], [1, 2, 9, 3]])
@pytest.mark.parametrize("both_ways", [False, True])
def test_stack_agrees_with_pytorch(seed: int, lengths: Any, both_ways: Any) -> None:
    """Forward and backward, three LSTM layers, a padded batch, to 1e-8 in float64."""
    differences = measuring.compare_with_pytorch(
        page.Stack, page.run_layer, nn.LSTM, 3, both_ways, torch.tensor(lengths), seed
    )
    assert len(differences) == 5
    assert max(differences.values()) < 1e-8


@pytest.mark.parametrize("cell", [nn.RNN, nn.GRU])
def test_stack_agrees_with_pytorch_for_other_cells(seed: int, cell: Any) -> None:
    differences = measuring.compare_with_pytorch(
        page.Stack, page.run_layer, cell, 4, True, torch.tensor([7, 3, 5]), seed
    )
    assert max(differences.values()) < 1e-8


@pytest.mark.parametrize("layers", [1, 2, 4])
def test_all_orders_give_the_same_numbers(seed: int, layers: Any) -> None:
    gaps = measuring.compare_orders(page.run_in_order, ORDERS, layers, T=8, seed=seed)
    assert set(gaps) == {"by_layers", "by_steps", "by_wavefront"}
    assert max(gaps.values()) < 1e-12


def test_an_order_that_breaks_an_arrow_fails(seed: int) -> None:
    cells_of_stack = measuring.make_cells(nn.RNNCell, 3, 5, 2)
    with pytest.raises(KeyError):
        page.run_in_order(cells_of_stack, torch.randn(2, 4, 3).double(), [(1, 0), (0, 0)])


@pytest.mark.parametrize(("layers", "T"), [(1, 6), (3, 6), (5, 2)])
def test_the_wavefront_takes_T_plus_layers_minus_1_rounds(layers: Any, T: Any) -> None:
    rounds = {}
    for k, t in page.by_layers(layers, T):
        needed = [rounds[k, t - 1]] if t else []
        needed += [rounds[k - 1, t]] if k else []
        rounds[k, t] = 1 + max(needed, default=0)
    assert all(found == k + t + 1 for (k, t), found in rounds.items())
    assert max(rounds.values()) == T + layers - 1
    order = page.by_wavefront(layers, T)
    assert all(rounds[a] <= rounds[b] for a, b in pairwise(order))


def test_two_ways_wait_for_the_layer_below(seed: int) -> None:
    """The first step of the second layer depends on the last input, in both directions."""
    stack = page.Stack(nn.LSTM, 3, 5, 2, both_ways=True).double()
    x = torch.randn(1, 6, 3).double().requires_grad_()
    top, _ = stack(x)
    for half in (slice(0, 5), slice(5, 10)):
        (dx,) = torch.autograd.grad(top[0, 0, half].sum(), x, retain_graph=True)
        assert dx[0, -1].abs().min() > 0
    one_way = page.Stack(nn.LSTM, 3, 5, 2).double()
    (dx,) = torch.autograd.grad(one_way(x)[0][0, 0].sum(), x)
    assert dx[0, 1:].abs().max() == 0


def test_a_layer_above_reads_both_directions() -> None:
    stack = page.Stack(nn.LSTM, 3, 5, 3, both_ways=True)
    assert [layer.input_size for layer in stack.layers] == [3, 10, 10]


# the equations


@pytest.mark.parametrize("skips", [False, True])
def test_derivation_agrees_with_autograd_and_central_differences(seed: int, skips: Any) -> None:
    gap, relative = measuring.check_equations(skips, seed)
    assert gap < 1e-8
    assert relative < 1e-6


def test_the_derivation_by_hand_is_pytorchs_rnn(seed: int) -> None:
    D, H, T, layers = 3, 5, 7, 4
    theirs = nn.RNN(D, H, num_layers=layers, batch_first=True).double()
    flat = list(theirs.parameters())
    with torch.no_grad():
        for bias in flat[3::4]:
            bias.zero_()
    weights = [flat[4 * k : 4 * k + 3] for k in range(layers)]
    x, du = torch.randn(T, D).double(), torch.randn(T, H).double()
    masks = torch.ones(layers - 1, T, H).double()
    top, reads, states = measuring.run_by_hand(weights, x, masks, 0.0, skips=False)
    wanted = theirs(x[None])[0][0]
    assert (top - wanted).abs().max() < 1e-8
    with torch.no_grad():
        mine = measuring.back_by_hand(du, weights, reads, states, masks, 0.0, skips=False)
    needed = [weight for layer in weights for weight in layer]
    others = torch.autograd.grad(wanted, needed, du)
    for one, other in zip(mine, others, strict=True):
        assert (one - other).abs().max() < 1e-8


@pytest.mark.parametrize("skips", [False, True])
@pytest.mark.parametrize("layers", [1, 2, 5])
def test_paths_are_counted(layers: Any, skips: Any) -> None:
    assert measuring.check_paths(page.run_in_order, layers, T=25, v=0.7, w=0.8, skips=skips) < 1e-10


def test_the_number_of_paths_is_a_binomial() -> None:
    """By enumeration of all paths from the top to the input."""

    def paths(
        k: Any, layers: Any
    ) -> Any:  # orders of k moves left and `layers` moves down, the last one down
        if layers == 1:
            return 1
        return sum(paths(k - left, layers - 1) for left in range(k + 1))

    for layers in (1, 2, 3, 4):
        for k in range(8):
            assert paths(k, layers) == math.comb(k + layers - 1, layers - 1)


@pytest.mark.parametrize(("layers", "w"), [(2, 0.9), (3, 0.75), (4, 0.5)])
def test_the_response_peaks_later_the_higher_the_layer(layers: Any, w: Any) -> None:
    response = [math.comb(k + layers - 1, layers - 1) * w**k for k in range(100)]
    peak = response.index(max(response))
    assert abs(peak - (layers - 1) * w / (1 - w)) < 1.01


def test_a_gradient_reaches_the_lowest_layer_with_skips(seed: int) -> None:
    plain, skipped = (
        measuring.gradient_grid(page.run_in_order, skips, seed) for skips in (False, True)
    )
    assert plain[0, -1] < 0.1
    assert skipped[0, -1] > 0.5
    # From the top down it shrinks without skips, layer by layer.
    assert (plain[:-1, -1] < plain[1:, -1]).all()
    # Skips do nothing for the way through time.
    assert plain[-1, 0] < 1e-4
    assert skipped[-1, 0] < 1e-4
    # In the lowest layer it falls more slowly along time: there are more paths.
    assert plain[0, 5] / plain[0, 15] > plain[-1, 5] / plain[-1, 15]


# dropout


def test_dropout_keeps_the_mean_and_is_left_out_in_use() -> None:
    torch.manual_seed(0)
    stack = page.Stack(nn.LSTM, 3, 5, 3, p=0.4).double()
    x = torch.randn(2, 6, 3).double()
    assert (stack(x)[0] - stack(x)[0]).abs().max() > 1e-4
    stack.eval()
    assert torch.equal(stack(x)[0], stack(x)[0])
    u = torch.full((50_000,), 3.0)
    assert nn.functional.dropout(u, 0.4).mean().item() == pytest.approx(3, abs=0.05)


def test_dropout_acts_between_layers_alone() -> None:
    """The first layer sees all of the input, and nothing is dropped behind the last."""
    torch.manual_seed(0)
    stack = page.Stack(nn.LSTM, 3, 5, 3, p=0.5)
    top, states = stack(torch.randn(2, 6, 3))
    again, others = stack(torch.randn(2, 6, 3) * 0 + 1)
    assert (top != 0).all()
    assert (again != 0).all()
    one, other = (stack(torch.ones(2, 6, 3))[1] for _ in range(2))
    assert torch.equal(one[0], other[0])
    assert not torch.equal(one[1], other[1])
    assert len(states) == len(others) == 3


def test_pytorchs_dropout_lies_in_the_same_places() -> None:
    with pytest.warns(UserWarning, match="dropout option adds dropout after all but last"):
        nn.LSTM(3, 5, num_layers=1, dropout=0.5)
    torch.manual_seed(0)
    theirs = nn.LSTM(3, 5, num_layers=2, dropout=0.5, batch_first=True)
    _, (h_n, _) = theirs(torch.ones(1, 6, 3))
    _, (again, _) = theirs(torch.ones(1, 6, 3))
    assert torch.equal(h_n[0], again[0])
    assert not torch.equal(h_n[1], again[1])
    assert (h_n != 0).all()


def test_survival_and_spread_of_a_held_value(seed: int) -> None:
    p = 0.2
    held = page.hold_under_dropout(p, 20, 40_000, seed)
    for k in (1, 3, 10, 20):
        alive = (1 - p) ** k
        assert (held[k] > 0).double().mean().item() == pytest.approx(alive, abs=0.01)
        assert held[k].mean().item() == pytest.approx(1, abs=0.2)
        assert held[k].std().item() == pytest.approx(math.sqrt(1 / alive - 1), rel=0.12)


# parameters


@pytest.mark.parametrize("cell", [nn.RNN, nn.GRU, nn.LSTM])
@pytest.mark.parametrize("layers", [1, 2, 4])
@pytest.mark.parametrize("S", [1, 2])
def test_parameters_are_counted(cell: Any, layers: Any, S: Any) -> None:
    D, H = 7, 5
    G = {nn.RNN: 1, nn.GRU: 3, nn.LSTM: 4}[cell]
    held = cell(D, H, num_layers=layers, bidirectional=S == 2)
    counted = G * H * S * ((D + H + 1) + (layers - 1) * (S * H + H + 1))
    second_biases = G * H * S * layers
    assert sum(w.numel() for w in held.parameters()) == counted + second_biases


@pytest.mark.parametrize("layers", [1, 2, 3, 4])
def test_models_keep_their_budget(layers: Any) -> None:
    V, D, budget = 94, 32, 60_000
    H = page.widest(budget, V, D, layers)
    model = page.CharModel(V, D, H, layers)
    weights = sum(w.numel() for w in model.parameters())
    assert weights == page.count_all(V, D, H, layers) <= budget
    assert page.count_all(V, D, H + 1, layers) > budget
    # At equal parameters deeper is narrower, for large H by about the root of 2 layers - 1.
    wide, one = page.widest(2 * 10**6, V, D, layers), page.widest(2 * 10**6, V, D, 1)
    assert one / wide == pytest.approx(math.sqrt(2 * layers - 1), rel=0.2)


# depth


@pytest.fixture(scope="module")
def short_runs() -> Any:
    settings = {"budget": 20_000, "updates": 60, "rate": 0.02, "N": 16, "T": 24, "stride": 397}
    return {
        (layers, skips): [
            page.train_chars(layers, seed, skips=skips, **settings)["perplexity"] for seed in SEEDS
        ]
        for layers, skips in ((1, False), (3, False), (3, True))
    }


def test_a_plain_stack_starts_late_and_skips_mend_it(short_runs: Any) -> None:
    assert min(short_runs[3, False]) > 1.3 * max(short_runs[1, False] + short_runs[3, True])


def test_the_top_of_a_new_plain_stack_answers_late(seed: int) -> None:
    """The share of the gradient that goes to the last input, and where the largest share is."""
    one, plain, skipped = (
        measuring.answer_by_distance(
            page.CharModel, page.widest(20_000, 94, 32, layers), layers, skips, seed
        )
        for layers, skips in ((1, False), (3, False), (3, True))
    )
    assert one.argmax() == skipped.argmax() == 0
    assert plain.argmax() >= 3
    assert plain[0] < 0.2 * skipped[0] < one[0]


def stored(name: Any) -> Any:
    return json.loads((ROOT / "experiments" / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["stacked_depth", "stacked_skips"])
def test_stored_results_are_complete_and_fair(name: Any) -> None:
    result = stored(name)
    settings = result["settings"]
    assert len(result["seeds"]) >= 3
    assert {"python", "torch"} <= result["versions"].keys()
    assert 0 < result["seconds"] <= 280
    assert settings == stored("stacked_depth")["settings"]
    for row in result["results"]:
        assert 0.95 * settings["budget"] < row["weights"] <= settings["budget"]
        assert row["H"] == page.widest(settings["budget"], 94, settings["D"], row["layers"])
        for kind in ("perplexity", "on training text"):
            ends = min(row[kind]), max(row[kind])
            assert ends[1] - ends[0] <= result["spread"][kind]


def test_the_stored_results_say_what_the_page_says() -> None:
    rows = [row for name in ("stacked_depth", "stacked_skips") for row in stored(name)["results"]]
    found = {(row["layers"], row["skips"]): row["perplexity"] for row in rows}
    means = {kind: sum(perplexities) / 3 for kind, perplexities in found.items()}
    plain = [means[layers, False] for layers in (1, 2, 3, 4)]
    assert plain == sorted(plain)
    assert min(found[4, False]) > max(found[1, False])
    assert max(max(found[layers, True]) for layers in (3, 4)) < min(found[3, False])
    # The gain of the best stack over one layer is within the spread of one layer's seeds.
    best = min(means[layers, True] for layers in (2, 3, 4))
    assert 0 < means[1, False] - best < max(found[1, False]) - min(found[1, False])
    late = {row["layers"]: row["curve"] for row in rows if not row["skips"]}
    assert min(curve[0] for curve in late[4]) > 1.5 * max(curve[0] for curve in late[1])


# the page


def test_no_result_is_typed_into_the_text() -> None:
    text = (ROOT / "book" / "10-stacked.md").read_text(encoding="utf-8")
    for cell in cells("10-stacked"):
        text = text.replace(cell, "")
    glued = re.findall(r"\{glue:text\}`[^`]*`", text)
    prose = re.sub(r"\{glue:text\}`[^`]*`|\$[^$]*\$|alt: >-\n(?: {6}.*\n)+", "", text)
    assert len(glued) > 40
    assert re.findall(r"\d+\.\d+", prose) == []


def test_every_figure_has_a_caption_and_a_description() -> None:
    text = (ROOT / "book" / "10-stacked.md").read_text(encoding="utf-8")
    drawn = len(re.findall(r"^stacked\.\w+\(", text, re.MULTILINE))
    assert drawn >= 4
    assert text.count("    alt: >-\n") == text.count("    caption: |\n") == drawn
