"""Assignment 10: its solution against PyTorch and central differences, and its inputs."""

# What PyTorch takes and gives is wider than its types say.
# mypy: disable-error-code="arg-type, assignment, call-overload, index"

import math
from itertools import combinations
from typing import Any

import numpy as np
import pytest
import torch
from support.assignments import central_differences, indistinct, repeated, visible_calls
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from autograder.authoring.assignment import Assignment

NAME = "10-stacked"


# --- layers that PyTorch runs, as the stack wants them ---------------------------------------


def through_torch(
    cell: str, x: torch.Tensor, weights: list[torch.Tensor], lengths: np.ndarray, both_ways: bool
) -> torch.Tensor:
    """The states of one layer of `torch.nn` over a packed batch; zero in the padding."""
    D, H = weights[0].shape[1], weights[1].shape[1]
    module = getattr(torch.nn, cell)(D, H, batch_first=True, bidirectional=both_ways).double()
    names = [name for name, _ in module.named_parameters()]
    packed = pack_padded_sequence(
        x, torch.from_numpy(lengths), batch_first=True, enforce_sorted=False
    )
    states, _ = torch.func.functional_call(
        module, dict(zip(names, weights, strict=True)), (packed,)
    )
    return pad_packed_sequence(states, batch_first=True, total_length=x.shape[1])[0]


def torch_layers(cell: str, both_ways: bool) -> tuple[Any, Any]:
    """A pair of functions on arrays: a layer's states, and its gradients by autograd."""

    def forward(x: Any, weights: Any, lengths: Any) -> np.ndarray:
        tensors = [torch.from_numpy(array) for array in weights]
        states = through_torch(cell, torch.from_numpy(x), tensors, lengths, both_ways)
        return states.numpy()

    def backward(dh: Any, x: Any, weights: Any, lengths: Any) -> tuple[np.ndarray, list[Any]]:
        leaves = [torch.from_numpy(array).requires_grad_() for array in (x, *weights)]
        states = through_torch(cell, leaves[0], leaves[1:], lengths, both_ways)
        dx, *grads = torch.autograd.grad(states, leaves, torch.from_numpy(dh))
        return dx.numpy(), [grad.numpy() for grad in grads]

    return forward, backward


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize(
    ("cell", "layers", "both_ways"), [("LSTM", 3, True), ("GRU", 2, False), ("RNN", 4, True)]
)
def test_stack_agrees_with_torch(
    solution: dict[str, Any], cell: str, layers: int, both_ways: bool, seed: int
) -> None:
    """On a padded batch of unequal lengths, forward and backward, to 1e-8 in float64."""
    torch.manual_seed(seed)
    N, T, D, H = 4, 7, 3, 5
    theirs = getattr(torch.nn, cell)(
        D, H, num_layers=layers, bidirectional=both_ways, batch_first=True
    ).double()
    parameters = list(theirs.parameters())
    size = len(parameters) // layers
    stack = [
        [parameter.detach().numpy() for parameter in parameters[start : start + size]]
        for start in range(0, len(parameters), size)
    ]
    lengths = np.array([7, 1, 4, 6])
    x = torch.randn(N, T, D).double().requires_grad_()
    packed = pack_padded_sequence(
        x, torch.from_numpy(lengths), batch_first=True, enforce_sorted=False
    )
    states, _ = pad_packed_sequence(theirs(packed)[0], batch_first=True)
    forward, backward = torch_layers(cell, both_ways)
    h = solution["stack_forward"](x.detach().numpy(), stack, lengths, forward)
    assert np.abs(h[-1] - states.detach().numpy()).max() < 1e-8

    dtop = torch.randn_like(states)
    wanted = torch.autograd.grad(states, [x, *parameters], dtop)
    dh = [np.zeros_like(one) for one in h[:-1]] + [dtop.numpy()]
    inputs = [x.detach().numpy(), *h[:-1]]
    dx, grads = solution["stack_backward"](dh, inputs, stack, lengths, backward)
    flat = [grad for layer in grads for grad in layer]
    for one, other in zip([dx, *flat], wanted, strict=True):
        assert np.abs(one - other.numpy()).max() < 1e-8


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_both_orders_give_the_same_states(solution: dict[str, Any], seed: int) -> None:
    rng = np.random.default_rng(seed)
    layers = [
        [rng.uniform(-1, 1, (H, D)), rng.uniform(-1, 1, H)] for D, H in ((4, 5), (5, 2), (2, 6))
    ]
    x, lengths = rng.normal(size=(3, 8, 4)), np.array([8, 0, 5])
    zeros = [np.zeros((3, H)) for H in (5, 2, 6)]
    one = solution["stack_forward"](x, layers, lengths, solution["leaky_forward"])
    other = solution["stack_by_steps"](x, zeros, layers, lengths, solution["leaky_step"])
    assert max(np.abs(a - b).max() for a, b in zip(one, other, strict=True)) < 1e-12


def random_stack(rng: np.random.Generator, D: int, H: int, layers: int) -> list[list[np.ndarray]]:
    return [
        [rng.uniform(-1, 1, (H, read)) / np.sqrt(H), rng.uniform(-1, 1, H)]
        for read in [D] + [H] * (layers - 1)
    ]


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("skips", [False, True])
def test_deep_gradients_agree_with_central_differences(
    solution: dict[str, Any], skips: bool, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    N, T, D, H = 3, 5, 4, 2
    layers, lengths = random_stack(rng, D, H, 3), np.array([5, 0, 3])
    x, doutput = rng.normal(size=(N, T, D)), rng.normal(size=(N, T, H))
    masks = [(rng.random((N, T, H)) > 0.3).astype(float) for _ in range(2)]
    options = {"masks": masks, "p": 0.3, "skips": skips}
    _, inputs = solution["deep_forward"](x, layers, lengths, solution["leaky_forward"], **options)
    dx, grads = solution["deep_backward"](
        doutput, inputs, layers, lengths, solution["leaky_backward"], **options
    )
    arrays, found = [x, *(a for w in layers for a in w)], [dx, *(g for w in grads for g in w)]

    def loss(x: np.ndarray, *flat: np.ndarray) -> float:
        stack = [flat[2 * k : 2 * k + 2] for k in range(3)]
        output, _ = solution["deep_forward"](
            x, stack, lengths, solution["leaky_forward"], **options
        )
        return float((output * doutput).sum())

    for one, other in zip(found, central_differences(loss, arrays), strict=True):
        assert one == pytest.approx(other, abs=1e-8)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_deep_agrees_with_autograd(solution: dict[str, Any], seed: int) -> None:
    torch.manual_seed(seed)
    cell, N, T, D, H = "LSTM", 3, 6, 4, 5
    lengths, p = np.array([6, 2, 5]), 0.4
    forward, backward = torch_layers(cell, both_ways=False)
    stacks = [torch.nn.LSTM(read, H).double() for read in (D, H, H)]
    stack = [[parameter.detach() for parameter in module.parameters()] for module in stacks]
    x, doutput = torch.randn(N, T, D).double(), torch.randn(N, T, H).double()
    masks = [(torch.rand(N, T, H) > p).double() for _ in range(2)]
    leaves = [tensor.requires_grad_() for tensor in (x, *(w for layer in stack for w in layer))]
    handed = through_torch(cell, x, stack[0], lengths, False)
    for layer in (1, 2):
        read = handed * masks[layer - 1] / (1 - p)
        handed = handed + through_torch(cell, read, stack[layer], lengths, False)
    wanted = torch.autograd.grad(handed, leaves, doutput)

    arrays = [[weight.detach().numpy() for weight in layer] for layer in stack]
    given = [mask.numpy() for mask in masks], p, True
    output, inputs = solution["deep_forward"](x.detach().numpy(), arrays, lengths, forward, *given)
    assert np.abs(output - handed.detach().numpy()).max() < 1e-8
    dx, grads = solution["deep_backward"](
        doutput.numpy(), inputs, arrays, lengths, backward, *given
    )
    flat = [grad for layer in grads for grad in layer]
    for one, other in zip([dx, *flat], wanted, strict=True):
        assert np.abs(one - other.numpy()).max() < 1e-8


@pytest.mark.parametrize("p", [0.1, 0.5, 0.8])
def test_dropout_keeps_the_mean_as_torch_does(solution: dict[str, Any], p: float) -> None:
    torch.manual_seed(0)
    x = torch.ones(20000).double()
    theirs = torch.nn.functional.dropout(x, p)
    mask = (theirs > 0).double().numpy()
    mine = solution["dropout_forward"](x.numpy(), mask, p)
    assert np.abs(mine - theirs.numpy()).max() < 1e-12
    assert mine.mean() == pytest.approx(1, abs=5 * math.sqrt(p / (1 - p) / 20000))


@pytest.mark.parametrize("cell", ["RNN", "GRU", "LSTM"])
@pytest.mark.parametrize(("layers", "directions"), [(1, 1), (1, 2), (3, 1), (3, 2), (4, 2)])
def test_count_is_what_torch_holds(
    solution: dict[str, Any], cell: str, layers: int, directions: int
) -> None:
    module = getattr(torch.nn, cell)(7, 5, num_layers=layers, bidirectional=directions == 2)
    theirs = sum(parameter.numel() for parameter in module.parameters())
    assert solution["count_parameters"](7, 5, layers, cell, directions, biases=2) == theirs


@pytest.mark.parametrize("both_ways", [False, True])
def test_rounds_are_the_longest_path_to_each_state(
    solution: dict[str, Any], both_ways: bool
) -> None:
    rounds = solution["earliest_rounds"](4, 6, both_ways)
    for layer in range(4):
        for t in range(6):
            needed = [rounds[layer, t - 1]] if t else []
            if layer:
                # The state of the other direction at step 0 is the last of the layer below.
                needed += [rounds[layer - 1, -1]] if both_ways else [rounds[layer - 1, t]]
            assert rounds[layer, t] == 1 + max(needed, default=-1)


# --- the layers of the first cell, and what the experiment shows -----------------------------


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_layers_that_are_given_are_right(solution: dict[str, Any], seed: int) -> None:
    torch.manual_seed(seed)
    N, T, D, H, leak = 3, 6, 4, 5, solution["LEAK"]
    x, lengths = torch.randn(N, T, D).double().requires_grad_(), np.array([6, 0, 4])
    weights = [
        tensor.double().requires_grad_()
        for tensor in (torch.randn(H, D), torch.randn(H), torch.randn(H, D), torch.randn(H))
    ]
    states = []
    for order, (W, b) in ((range(T), weights[:2]), (range(T)[::-1], weights[2:])):
        state, found = torch.zeros(N, H).double(), [None] * T
        for t in order:
            runs = torch.from_numpy(t < lengths)[:, None]
            state = torch.where(runs, leak * state + torch.tanh(x[:, t] @ W.T + b), state)
            found[t] = state
        states.append(torch.stack(found, dim=1))
    arrays = [weight.detach().numpy() for weight in weights]
    one = solution["leaky_forward"](x.detach().numpy(), arrays[:2], lengths)
    assert np.abs(one - states[0].detach().numpy()).max() < 1e-12
    both = solution["two_way_forward"](x.detach().numpy(), arrays, lengths)
    assert np.abs(both - torch.cat(states, dim=2).detach().numpy()).max() < 1e-12
    dh = torch.randn(N, T, 2 * H).double()
    for name, result, sent, given in (
        ("two_way_backward", torch.cat(states, dim=2), dh, arrays),
        ("leaky_backward", states[0], dh[..., :H], arrays[:2]),
    ):
        leaves = [x, *weights[: len(given)]]
        wanted = torch.autograd.grad(result, leaves, sent, retain_graph=True)
        dx, grads = solution[name](sent.numpy(), x.detach().numpy(), given, lengths)
        for mine, other in zip([dx, *grads], wanted, strict=True):
            assert np.abs(mine - other.numpy()).max() < 1e-12


def test_a_pulse_climbs_the_stack_as_the_model_answer_says(solution: dict[str, Any]) -> None:
    T, leak = 40, solution["LEAK"]
    pulse = np.zeros((1, T, 1))
    pulse[0, 0, 0] = 1e-3
    layers = [[np.ones((1, 1)), np.zeros(1)]] * 4
    h = solution["stack_forward"](pulse, layers, np.array([T]), solution["leaky_forward"])
    for layer, states in enumerate(h):
        response = states[0, :, 0] / 1e-3
        counted = [math.comb(k + layer, layer) * leak**k for k in range(T)]
        assert np.abs(response - counted).max() < 1e-2
        assert response.argmax() in (3 * layer - 1, 3 * layer, 3 * layer + 1)
    assert h[1][0, 3, 0] / 1e-3 == pytest.approx(1.6875, abs=1e-4)


def test_skips_keep_the_gradient_of_the_lowest_layer(solution: dict[str, Any]) -> None:
    T, H = 12, 20
    for seed in range(3):
        norms: dict[bool, list[float]] = {False: [], True: []}
        for skips in norms:
            for depth in (1, 2, 4, 8):
                rng = np.random.default_rng(seed)
                x, lengths = rng.normal(size=(4, T, H)), np.full(4, T)
                layers = [
                    [rng.uniform(-0.25, 0.25, (H, H)) / H**0.5, np.zeros(H)] for _ in range(depth)
                ]
                output, inputs = solution["deep_forward"](
                    x, layers, lengths, solution["leaky_forward"], skips=skips
                )
                doutput = np.zeros_like(output)
                doutput[:, -1] = rng.normal(size=(4, H))
                _, grads = solution["deep_backward"](
                    doutput, inputs, layers, lengths, solution["leaky_backward"], skips=skips
                )
                norms[skips].append(float(np.linalg.norm(grads[0][0])))
        assert norms[False] == sorted(norms[False], reverse=True)
        assert norms[False][0] > 50
        assert norms[False][-1] < 0.1
        assert min(norms[True]) > 0.5 * norms[True][0]
        assert max(norms[True]) < 2 * norms[True][0]


# --- the inputs of the checks ----------------------------------------------------------------


def test_inputs_hide_no_mistake(assignment: Assignment) -> None:
    """In an early call all sizes differ; no weight is zero; layers have weights of their own.

    In the very first call of stack_forward D is H, so that layers side by side run and are named.
    """
    calls = visible_calls(assignment)
    for function, call, place in (
        ("stack_forward", 1, 1),
        ("stack_by_steps", 0, 2),
        ("deep_forward", 0, 1),
    ):
        x, layers = calls[function][call][0], calls[function][call][place]
        sizes = [*x.shape, *(weights[1].size for weights in layers)]
        if function != "deep_forward":  # that one has too many layers for the batch
            assert not repeated([sizes]), function
        assert not repeated([sizes[2:]])
    for function, place in (("stack_backward", 2), ("deep_backward", 2)):
        for call in calls[function]:
            flat = [array for weights in call[place] for array in weights]
            assert not indistinct(flat, smallest=1e-3)
            for one, other in combinations(flat, 2):
                assert one.shape != other.shape or np.abs(one - other).max() > 0.05
    for call in calls["deep_forward"]:
        for masks in (argument for argument in call[4:5] if isinstance(argument, list)):
            for mask in masks:
                assert 0.4 < mask.mean() < 0.9
                assert (mask.min(), mask.max()) == (0, 1)
