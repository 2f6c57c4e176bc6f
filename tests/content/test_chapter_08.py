"""What chapter 8 claims, held against the code that its page shows."""

# What PyTorch takes and gives is wider than its types say.
# mypy: disable-error-code="arg-type, index"

import json
import math
import re
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from chapter import cells, definitions

ROOT = Path(__file__).resolve().parents[2]

KINDS = ("plain", "residual", "highway", "dense")
page = definitions("08-skip-connections")
# What the page measures with its own functions.
measuring = page.measuring
growth = partial(measuring.growth, page.Block)
train_net = partial(measuring.train_net, page.make_net)


@pytest.fixture(scope="module")
def images() -> Any:
    return measuring.load_images()


@pytest.fixture(scope="module")
def few(images: Any) -> Any:
    (x, y), _ = images
    return x[:100].double(), y[:100]


@pytest.fixture(scope="module")
def stored() -> Any:
    return json.loads((ROOT / "experiments" / "skip_depths.json").read_text())


# a product of layers


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("plain", math.sqrt(1 / 3)),
        ("plain relu", math.sqrt(1 / 6)),
        ("plain sigmoid", math.sqrt(1 / 3) / 4),
        ("plain scaled", 1.0),
        ("plain relu scaled", 1.0),
    ],
)
def test_a_layer_multiplies_a_gradient_by_q(few: Any, seed: int, name: Any, expected: Any) -> None:
    norms = page.gradient_by_depth(page.make_net(name, 64, seed).double(), *few)
    assert (norms[8] / norms[56]) ** (1 / 48) == pytest.approx(expected, rel=0.1)


def test_the_first_weights_have_the_variance_that_is_claimed(seed: int) -> None:
    layer = nn.Linear(400, 400)
    assert layer.weight.var().item() == pytest.approx(1 / 1200, rel=0.02)
    block = page.make_net("plain scaled", 1, seed).blocks[0]
    assert block.layer.weight.var().item() == pytest.approx(1 / 32, rel=0.2)
    assert block.layer.bias.abs().max() == 0


def test_the_mean_square_of_a_random_product(seed: int) -> None:
    """The formula for q, by many draws: variance of the weights, slopes of any size."""
    H, s = 20, 0.3
    v, slopes = torch.randn(H).double(), torch.rand(H).double()
    W = s * torch.randn(4000, H, H).double()
    mean = (W.mT @ (slopes * v)).pow(2).sum(dim=1).mean()
    assert mean.item() == pytest.approx(H * s**2 * (slopes * v).pow(2).sum().item(), rel=0.1)


def test_lower_layers_learn_slowly(images: Any, seed: int) -> None:
    train, _ = images
    moved = measuring.movement(page.make_net, "plain sigmoid", seed, train)
    assert moved[-1] > 5 * moved[0]
    moved = measuring.movement(page.make_net, "residual sigmoid", seed, train)
    assert moved[-1] < 3 * moved[0]


# one matrix, or many


def log_lengths(same: bool, seed: int, H: Any = 50, depth: Any = 100) -> np.ndarray:
    """Return log10 of a vector's length after 1 to depth matrices."""
    rng = np.random.default_rng(seed)
    v, W, logs = rng.normal(size=H), None, []
    for _ in range(depth):
        v = v / np.linalg.norm(v)
        W = W if same and W is not None else rng.normal(size=(H, H)) / math.sqrt(H)
        v = W @ v
        logs.append(math.log10(np.linalg.norm(v)))
    return np.cumsum(logs)


def test_a_repeated_matrix_spreads_like_d_and_different_ones_like_its_root() -> None:
    one = np.stack([log_lengths(True, seed) for seed in range(60)])
    many = np.stack([log_lengths(False, seed) for seed in range(60)])
    assert one[:, 99].std() > 5 * many[:, 99].std()
    assert 2.8 < one[:, 99].std() / one[:, 24].std() < 5
    assert 1.4 < many[:, 99].std() / many[:, 24].std() < 2.8


def test_the_same_in_a_network(few: Any) -> None:
    x, y = few[0][:20], few[1][:20]
    logs = {
        tied: np.stack(
            [
                page.gradient_by_depth(page.make_net("plain", 64, s, tied).double(), x, y).log10()
                for s in range(12)
            ]
        )
        for tied in (True, False)
    }
    at_16, at_64 = ({tied: logs[tied][:, 64 - d].std() for tied in logs} for d in (16, 64))
    assert at_64[True] > 3 * at_64[False]
    assert at_64[True] / at_16[True] > 3
    assert 1.3 < at_64[False] / at_16[False] < 3.5


# the blocks


@pytest.mark.parametrize("kind", ["highway", "residual"])
def test_an_lstm_cell_computes_the_block(seed: int, kind: Any) -> None:
    assert measuring.difference_from_cell(page.Block, kind, seed) < 1e-12


@pytest.mark.parametrize("kind", KINDS)
def test_each_backward_pass_agrees_with_autograd(seed: int, kind: Any) -> None:
    found = measuring.difference_from_autograd(page.Block, kind, seed)
    assert len(found) == (5 if kind == "highway" else 3)
    assert max(found.values()) < 1e-8


@pytest.mark.parametrize("kind", KINDS)
def test_a_deep_network_agrees_with_central_differences(few: Any, seed: int, kind: Any) -> None:
    net = page.make_net(kind, 6, seed).double()
    x, y = few[0][:7], few[1][:7]

    def loss() -> Any:
        return nn.functional.cross_entropy(net(x), y)

    parameters = list(net.parameters())
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

    assert torch.isclose((moved(1e-5) - moved(-1e-5)) / 2e-5, expected, rtol=1e-5, atol=1e-8)


def test_zero_weights_make_a_residual_block_the_identity_and_a_shut_gate_a_highway_block(
    seed: int,
) -> None:
    x = torch.randn(3, 5)
    residual, highway = page.Block("residual", 5, 5), page.Block("highway", 5, 5)
    with torch.no_grad():
        for parameter in residual.parameters():
            parameter.zero_()
        highway.gate.bias.fill_(-200.0)
    assert torch.equal(residual(x), x)
    assert torch.allclose(highway(x), x)


def test_plain_and_residual_networks_start_with_the_same_weights(seed: int) -> None:
    plain, residual = (page.make_net(kind, 5, seed) for kind in ("plain", "residual"))
    pairs = zip(plain.parameters(), residual.parameters(), strict=True)
    assert all(torch.equal(one, other) for one, other in pairs)


def test_along_the_carried_path_a_highway_gradient_is_a_product_of_carry_gates(seed: int) -> None:
    """With W_u = W_gate = 0 no other path is left."""
    blocks = [page.Block("highway", 5, 5).double() for _ in range(20)]
    h = x = torch.randn(5).double().requires_grad_()
    product = torch.ones(5).double()
    for block in blocks:
        with torch.no_grad():
            block.layer.weight.zero_()
            block.gate.weight.zero_()
        product *= 1 - torch.sigmoid(block.gate.bias).detach()
        h = block(h)
    (dx,) = torch.autograd.grad(h.sum(), x)
    assert torch.allclose(dx, product, atol=1e-12)


def test_a_highway_state_lies_between_input_and_new_content(seed: int) -> None:
    block, x = page.Block("highway", 6, 6), 3 * torch.randn(50, 6)
    u, y = torch.tanh(block.layer(x)), block(x)
    assert (y >= torch.minimum(u, x) - 1e-6).all()
    assert (y <= torch.maximum(u, x) + 1e-6).all()


@pytest.mark.parametrize(("bias", "blocks"), [(0, 1), (-2, 5.5), (-4, 38)])
def test_half_lives_by_gate_bias(bias: Any, blocks: Any) -> None:
    assert math.log(0.5) / math.log(1 / (1 + math.exp(bias))) == pytest.approx(blocks, rel=0.02)


def test_every_dense_layer_gets_a_gradient_straight_from_the_output(few: Any, seed: int) -> None:
    net = page.make_net("dense", 8, seed).double()
    x, y = few[0][:5], few[1][:5]
    states = net.states(x)
    assert [state.shape[1] for state in states] == [32 + 8 * place for place in range(9)]
    for before, after in pairwise(states):
        assert torch.equal(after[:, : before.shape[1]], before)
    (direct,) = torch.autograd.grad(
        nn.functional.cross_entropy(net.last(states[-1]), y), states[-1], retain_graph=True
    )
    assert direct[:, :32].norm() > 0


# the paths


def test_all_paths_add_up_to_the_jacobian(seed: int) -> None:
    assert measuring.difference_of_paths(page.make_net, page.sums_over_paths, seed) < 1e-10


def test_paths_are_bounded_by_their_number_and_the_norm_of_a_step(seed: int) -> None:
    net = page.make_net("residual", 9, seed).double()
    x = torch.randn(64).double()
    P, h, norms = page.sums_over_paths(net, x), net.first(x), []
    for block in net.blocks:
        J = torch.func.jacrev(block)(h) - torch.eye(32).double()
        norms.append(torch.linalg.matrix_norm(J, 2).item())
        h = block(h)
    for k, paths in enumerate(P):
        bound = math.comb(9, k) * max(norms) ** k
        assert torch.linalg.matrix_norm(paths, 2).item() <= bound * (1 + 1e-9)
    whole = torch.linalg.matrix_norm(P.sum(dim=0), 2).item()
    assert whole <= (1 + max(norms)) ** 9


def test_short_paths_carry_the_gradient(few: Any, seed: int) -> None:
    x, y = few[0][:2], few[1][:2]
    part = page.carried_by_length(page.make_net("residual", 32, seed).double(), x, y)
    assert part.sum().item() == pytest.approx(1)
    assert (torch.arange(33) * part).sum() < 10
    assert part[16:].sum() < 0.15


# a gradient on its way down, a state on its way up


def test_what_arrives_through_64_blocks(few: Any, seed: int) -> None:
    left = {
        name: page.gradient_by_depth(page.make_net(name, 64, seed).double(), *few)[0].item()
        for name in ("plain", "plain scaled", "residual", "highway", "highway bias -2", "dense")
    }
    assert left["plain"] < 1e-12
    assert 0.01 < left["plain scaled"] < 10
    assert 5 < left["residual"] < 80
    assert 0.1 < left["highway"] < 2
    assert 0.1 < left["dense"] < 3
    assert 1e-4 < left["highway bias -2"] < 2e-3


def test_the_state_grows_unless_something_is_done(seed: int) -> None:
    assert 1e7 < growth("relu", seed)[0] < 1e12
    assert growth("normalised", seed)[0] == pytest.approx(math.sqrt(65), rel=0.3)
    assert growth("divided", seed)[0] == pytest.approx((1 + 1 / 64) ** 32, rel=0.3)
    assert growth("tanh", seed)[0] < 12
    assert growth("relu", seed)[1] > 1e6


def test_with_tanh_no_element_grows_by_more_than_the_number_of_blocks(seed: int) -> None:
    net = page.make_net("residual", 40, seed)
    with torch.no_grad():
        for block in net.blocks:
            block.layer.bias.fill_(300.0)
    states = net.states(torch.randn(5, 64))
    assert (states[-1] - states[0]).max() <= 40 + 1e-3
    assert (states[-1] - states[0]).min() > 39.9


# depth and accuracy


def test_with_a_plus_sign_32_blocks_can_be_trained_and_without_it_not(
    images: Any, seed: int
) -> None:
    train, test = images
    reached = {
        name: measuring.accuracy(train_net(name, 32, seed, train, 60, 0.02), test)
        for name in ("plain", "residual")
    }
    assert reached["plain"] < 0.2
    assert reached["residual"] > 0.75


def test_a_network_without_blocks_is_nearly_as_good(images: Any, seed: int) -> None:
    train, test = images
    assert measuring.accuracy(train_net("plain", 0, seed, train, 120, 0.02), test) > 0.85


def test_the_stored_result_says_what_the_page_says(stored: Any, few: Any) -> None:
    assert len(stored["settings"]["seeds"]) >= 3
    assert {"python", "torch"} <= stored["versions"].keys()
    assert 0 < stored["seconds"] < 300
    at = {(row["network"], row["depth"]): row for row in stored["results"]}
    assert len(at) == 7 * len(stored["settings"]["depths"])
    for name in ("residual", "highway", "dense"):
        assert min(min(measuring.accuracies(at[name, depth])) for depth in (2, 16, 64)) > 0.8
    for name in ("plain", "highway bias -2"):
        assert max(measuring.accuracies(at[name, 64])) < 0.2
    assert max(measuring.accuracies(at["plain", 16])) < 0.2
    # The part that theory does not say: a gradient of the right size, and no training.
    for name in ("plain scaled", "plain relu scaled"):
        assert np.mean(measuring.accuracies(at[name, 64])) < 0.7
        assert min(at[name, 64]["log10 gradient"]) > -1
        assert min(measuring.accuracies(at[name, 4])) > 0.9
    assert max(at["plain", 64]["log10 gradient"]) < -12


def test_the_stored_gradients_are_those_of_the_page(stored: Any, images: Any) -> None:
    (x, y), _ = images
    for row in stored["results"]:
        if row["depth"] == 16:
            net = page.make_net(row["network"], 16, 0).double()
            ratio = measuring.first_to_last(net, x[:200].double(), y[:200])
            assert math.log10(ratio) == pytest.approx(row["log10 gradient"][0], abs=0.02)


# published figures


PUBLISHED = {  # top-1 and top-5 error in %, validation set; † test set
    "VGG (ILSVRC'14)": (None, 8.43),
    "GoogLeNet (ILSVRC'14)": (None, 7.89),
    "VGG (v5)": (24.4, 7.1),
    "PReLU-net": (21.59, 5.71),
    "BN-inception": (21.99, 5.81),
    "ResNet-34 B": (21.84, 5.71),
    "ResNet-34 C": (21.53, 5.60),
    "ResNet-50": (20.74, 5.25),
    "ResNet-101": (19.87, 4.60),
    "ResNet-152": (19.38, 4.49),
}


def test_the_published_table_is_printed_as_published() -> None:
    """He et al. (2016), table 4."""
    text = (ROOT / "book" / "08-skip-connections.md").read_text(encoding="utf-8")
    table = re.search(r":name: tab-skip-imagenet\n(.*?):::", text, re.DOTALL)[1]
    rows = re.findall(r"^\| (\S.*?) \| (\S+) \| (\S+)(?: †)? \|$", table, re.MULTILINE)[1:]
    printed = {
        name: (None if one == "–" else float(one), float(five))
        for name, one, five in rows
        if not name.startswith("---")
    }
    assert printed == PUBLISHED
    assert "8.43 †" in table
    assert table.count("†") == 1


# the page


def test_no_result_is_typed_into_the_text() -> None:
    text = (ROOT / "book" / "08-skip-connections.md").read_text(encoding="utf-8")
    for cell in cells("08-skip-connections"):
        text = text.replace(cell, "")
    text = re.sub(r":::\{table\}.*?:::", "", text, flags=re.DOTALL)
    glued = re.findall(r"\{glue:text\}`[^`]*`", text)
    prose = re.sub(r"\{glue:text\}`[^`]*`|\$[^$]*\$|alt: >-\n(?: {6}.*\n)+", "", text)
    prose = re.sub(r"section 8\.7", "", prose)
    assert len(glued) > 40
    assert re.findall(r"\d+\.\d+", prose) == []


def test_every_figure_has_a_caption_and_a_description() -> None:
    text = (ROOT / "book" / "08-skip-connections.md").read_text(encoding="utf-8")
    assert "plt.subplots(" not in text  # what draws lies beside the page
    drawn = text.count("    name: fig-")
    assert drawn >= 4
    assert text.count("    alt: >-\n") == text.count("    caption: |\n") == drawn
