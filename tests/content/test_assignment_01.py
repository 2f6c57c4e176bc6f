"""Assignment 1: its solution against PyTorch, its inputs, and its experiment."""

# What PyTorch takes and gives is wider than its types say.
# mypy: disable-error-code="list-item, union-attr"

import re
from typing import Any

import numpy as np
import pytest
import torch
from support.assignments import definitions, indistinct, repeated, visible_calls
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence

from autograder.authoring.assignment import Assignment

NAME = "01-sequences-and-windows"


# --- the solution against PyTorch ------------------------------------------------------------


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_batch_agrees_with_torch(solution: dict[str, Any], seed: int) -> None:
    rng = np.random.default_rng(seed)
    sequences = [rng.normal(size=(length, 3)) for length in rng.integers(1, 9, size=6)]
    x, lengths = solution["pad_batch"](sequences, -2.0)
    theirs = pad_sequence(
        [torch.from_numpy(sequence) for sequence in sequences],
        batch_first=True,
        padding_value=-2.0,
    )
    assert (x == theirs.numpy()).all()
    assert lengths.tolist() == [len(sequence) for sequence in sequences]
    inside = solution["length_mask"](lengths, x.shape[1])
    assert (x[inside] == np.concatenate(sequences)).all()
    assert (x[~inside] == -2.0).all()


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_mean_agrees_with_torch(solution: dict[str, Any], seed: int) -> None:
    rng = np.random.default_rng(seed)
    logits = torch.from_numpy(rng.normal(size=(4, 9, 6))).transpose(1, 2)
    targets = torch.from_numpy(rng.integers(0, 6, size=(4, 9)))
    mask = rng.random((4, 9)) < 0.6
    ignored = torch.where(torch.from_numpy(mask), targets, -100)
    losses = functional.cross_entropy(logits, targets, reduction="none").numpy()
    theirs = functional.cross_entropy(logits, ignored).item()
    assert solution["masked_mean"](losses, mask) == pytest.approx(theirs, rel=1e-12)


@pytest.mark.parametrize(("left", "right"), [(0, 0), (3, 0), (0, 2), (2, 4), (9, 9)])
def test_network_agrees_with_conv1d(solution: dict[str, Any], left: int, right: int) -> None:
    rng = np.random.default_rng(left + right)
    N, T, D, H, C, width = 4, 7, 3, 5, 2, left + 1 + right
    lengths, edge = [7, 1, 4, 6], rng.normal(size=D)
    x = rng.normal(size=(N, T, D))
    inside = solution["length_mask"](np.array(lengths), T)
    W_v, b = rng.normal(size=(H, width * D)), rng.normal(size=H)
    W_y, b_y = rng.normal(size=(C, H)), rng.normal(size=C)
    v = solution["context_windows"](x, inside, left, right, edge)
    logits = solution["classifier_forward"](v, W_v, b, W_y, b_y)
    kernel = torch.from_numpy(W_v.reshape(H, width, D).transpose(0, 2, 1).copy())
    for n, length in enumerate(lengths):
        extended = np.concatenate(
            [np.tile(edge, (left, 1)), x[n, :length], np.tile(edge, (right, 1))]
        )
        h = torch.tanh(functional.conv1d(torch.from_numpy(extended.T), kernel, torch.from_numpy(b)))
        theirs = W_y @ h.numpy() + b_y[:, None]
        assert np.abs(logits[n, :length] - theirs.T).max() < 1e-10
    parameters = sum(array.size for array in (W_v, b, W_y, b_y))
    assert solution["count_weights"](left, right, D, H, C) == parameters
    last = solution["last_step"](logits, np.array(lengths))
    assert (last == [logits[n, length - 1] for n, length in enumerate(lengths)]).all()


def test_accuracy_is_the_share_of_right_answers(solution: dict[str, Any]) -> None:
    logits = np.array([[[0.1, 0.9], [0.8, 0.2], [0.3, 0.7]]])
    targets, mask = np.array([[1, 1, 1]]), np.array([[True, True, False]])
    assert solution["accuracy"](logits, targets, mask) == 0.5


# --- the experiment --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def results(assignment: Assignment) -> dict[int, np.ndarray]:
    """What the experiment finds: by distance, the accuracies (widths, seeds)."""
    defined = definitions(assignment)
    [experiment] = [cell for cell in assignment.cells if "def accuracy_of_window" in cell.source]
    exec(experiment.source, defined)
    return defined["results"]


def test_experiment_shows_the_cliff_and_the_price(results: dict[int, np.ndarray]) -> None:
    for distance, values in results.items():
        assert values.shape == (9, 3)
        assert np.abs(values[:distance] - 1 / 3).max() < 0.05
        assert values[distance].min() > 0.85
        # The widest window is worse than the one that just reaches the cue, for every seed.
        assert (values[8] < values[distance] - 0.1).all()


def test_model_answer_quotes_the_experiment(
    assignment: Assignment, results: dict[int, np.ndarray], solution: dict[str, Any]
) -> None:
    [question] = assignment.of_role("written")
    blind = np.concatenate([values[:distance].ravel() for distance, values in results.items()])
    low, high = re.search(r"runs lie between (\d\.\d+) and (\d\.\d+)", question.source).groups()
    assert (float(low), float(high)) == (round(blind.min(), 2), round(blind.max(), 2))
    wide = re.search(r"from ([\d.]+) at width 6 to ([\d.]+) at\s+width\s+(?:# )?9", question.source)
    assert [float(a) for a in wide.groups()] == [
        round(float(results[5][i].mean()), 2) for i in (5, 8)
    ]
    for width in (2, 9, 100):
        count = solution["count_weights"](width - 1, 0, 3, 120, 3)
        assert str(count) in question.source.replace(",", ""), width


# --- the inputs of the checks ----------------------------------------------------------------


def test_inputs_hide_no_mistake(assignment: Assignment) -> None:
    """Sizes differ, so that exchanged axes fail; no weight is zero; edge is no ordinary number."""
    calls = visible_calls(assignment, by="id")
    sizes = []
    for sequences, fill in calls["test-pad"]:
        lengths = [len(sequence) for sequence in sequences]
        sizes.append((len(lengths), max(lengths), sequences[0].shape[1]))
        assert len(set(lengths)) == len(lengths)
        assert fill not in (0, 1)
    assert any(sequences[0].shape[0] == 3 for sequences, _ in calls["test-pad"])
    for x, _, left, right, edge in calls["test-windows"] + calls["test-window-padding"]:
        N, T, D = x.shape
        width = left + 1 + right
        sizes += [(N, T, D), (N, T, width * D), (D, width)]
        assert left != right
        assert len(set(edge)) == D
        assert not {0.0, 1.0} & set(edge)
    for v, W_v, b, W_y, b_y in calls["test-classifier"]:
        sizes.append((*v.shape, *W_y.shape))
        assert not indistinct((W_v, b, W_y, b_y), smallest=1e-3)
    for logits, *_ in calls["test-accuracy"]:
        sizes.append(logits.shape)
        top = np.sort(logits, axis=-1)
        assert (top[..., -1] > top[..., -2]).all()
    for z, _ in calls["test-last"]:
        sizes.append(z.shape)
    assert not repeated(sizes)
