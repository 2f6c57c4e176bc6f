# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Assignment 9: two directions, and a test for cheating
#
# You write nine short functions. Part 1 turns the order of reading round inside the padding. Parts
# 2 and 3 run an RNN in either direction, then in both. Parts 4 and 5 read out both ends of a
# sequence, forward and backward. Parts 6 and 7 take the gradient back through one direction, then
# through both. Part 8 counts parameters. Part 9 is a test that finds out how far ahead a model
# looks. In part 10 you train a language model that cheats.
#
# The assignment belongs to chapter 9 of the book, gives 20 points, and takes about 3 and a half
# hours. Each part says how long it takes.
#
# **How to work**
#
# 1. Install the package once, in the folder of the course: `pip install ".[lab]"`. Keep
#    `checks.json` in the same folder as this notebook; the checks read it.
# 2. Run the cells from the top.
# 3. Below the text of each part there is a function to write. Put your code in place of the line
#    that raises `NotImplementedError`, and run the cell.
# 4. Run the checks below the function. A failed check shows where your values differ. For many
#    mistakes it also says what the mistake is, gives a hint, and names the section to read again.
#    Mend the function, run its cell, run the checks again.
# 5. Cells named *Compare with PyTorch* hold your function against PyTorch. They give no points.
#
# Each part is tested on its own. The backward functions get fixed arrays for the hidden states, so
# they can be right where your forward pass is not yet. Where one function calls another and a check
# recognises that a wrong value comes from the earlier one, it costs points there only. After you
# hand in, hidden checks call each function with further inputs. They ask for nothing that the
# docstring does not promise.
#
# Use NumPy and no other library in your functions, and do not change the arrays that they are
# given.
#
# **How to hand in.** Restart the kernel, run all cells, save, and hand in `09-bidirectional.ipynb`
# in the way your instructor has told you. To run the whole notebook in a terminal and see your
# points:
#
#     python -m unrolled check 09-bidirectional.ipynb

# %% [markdown]
# ## Symbols
#
# | formula | code | shape in code | meaning |
# | --- | --- | --- | --- |
# | $N$, $T$ | | | sequences in a batch, time steps of the longest one |
# | $D$, $H$, $C$ | | | numbers in an input, units of *one direction*, classes |
# | $\mathbf{x}_t$ | `x` | (N, T, D) | input |
# | $\overrightarrow{\mathbf{h}}_t$ | `h[..., :H]` | (N, T, H) | state of the forward direction |
# | $\overleftarrow{\mathbf{h}}_t$ | `h[..., H:]` | (N, T, H) | state of the reverse direction |
# | $\mathbf{h}_t$ | `h` | (N, T, 2H) | both, the forward one first |
# | | `weights` | | forward direction: a tuple `(W_x, W_h, b)` |
# | | `weights_reverse` | | reverse direction: another such tuple |
# | $\mathbf{W}_x$, $\mathbf{W}_h$, $\mathbf{b}$ | `W_x`, `W_h`, `b` | (H, D), (H, H), (H,) | |
# | $\partial L / \partial \mathbf{v}$ | `dv` | as `v` | gradient of the loss: `dh`, `dW_x`, … |
# | $\ell_n$ | `lengths` | (N,) | true length, from 1 to T; beyond it lies padding |
#
# The **direction** in which a network reads, forward or reverse, is one thing. The **pass**,
# forward or backward, is another: the backward pass takes gradients back through either direction.
# Therefore the direction from the end to the beginning is called *reverse* here, as in PyTorch.
#
# Formulas are for one sequence and column vectors, and count steps from 1. In code each row is a
# sequence, so a product $\mathbf{W}\mathbf{x}$ becomes `x @ W.T`, and steps count from 0.
#
# **Padding.** In this assignment nothing depends on the padding: what stands there in `x`, `h` or
# `dh` must have no influence, and what you return there in `h` does not matter. The checks look at
# the real steps only.

# %% role="setup" id="setup"
import numpy as np

from unrolled import Checks, fixed_array

check = Checks("09-bidirectional")


def make_weights(D, H, start):
    """Return W_x (H, D), W_h (H, H), b (H,): the same numbers for the same start, in new arrays."""
    return (
        fixed_array(H, D, start=start, scale=0.9),
        fixed_array(H, H, start=start + 100, scale=0.8),
        fixed_array(H, start=start + 200, scale=0.7),
    )


def without_padding(array, lengths):
    """Return a copy of an array (N, T, …) with zeros in the padding."""
    inside = np.arange(np.shape(array)[1]) < np.asarray(lengths)[:, None]
    return np.where(inside.reshape(inside.shape + (1,) * (np.ndim(array) - 2)), array, 0)


# Models for part 9: each makes outputs (N, T, D) from inputs (N, T, D).
MODELS = {
    "A": lambda x: np.concatenate([np.zeros_like(x[:, :1]), np.sin(x[:, :-1])], axis=1),
    "B": lambda x: x - x.mean(axis=1, keepdims=True),
    "C": lambda x: np.cumsum(x, axis=1),
    "D": lambda x: np.concatenate([x[:, 1:], np.zeros_like(x[:, :1])], axis=1),
    "E": lambda x: x + 0.001 * np.concatenate([x[:, 2:], x[:, :2]], axis=1),
    "F": lambda x: np.concatenate([x[:, 1::-1], x[:, 2:]], axis=1),
    "G": lambda x: np.tanh(np.cumsum(x[:, ::-1], axis=1)[:, ::-1] / x.shape[1]),
}


def run_model(name, x):
    """Return the outputs (N, T, D) of the model of this name for the inputs x (N, T, D)."""
    return MODELS[name](x)


# %% [markdown]
# ## 1. The order of reading
#
# *15 minutes · 2 points*
#
# A network that reads a padded batch from the end must not begin with the padding. So each sequence
# is turned round *within its own length*, and the padding stays where it is. In assignment 5 you
# turned a batch. Here you return only the order, with which any array can be turned:
#
# $$\text{order}_{n,t} = \begin{cases} \ell_n - 1 - t & \text{if } t < \ell_n \\ t & \text{else}
# \end{cases}$$
#
# with steps counted from 0. Row $n$ says at which step the network is when it reads its first
# symbol, its second, and so on. `x[np.arange(N)[:, None], order]` is then the batch in the order in
# which the reverse direction reads it.


# %% role="solution" id="reading_order"
def reading_order(lengths, T):
    """Return the order in which the reverse direction reads the steps of a padded batch.

    Args:
        lengths: how many steps of each sequence count, (N,), integers from 1 to T. They may all
            be less than T.
        T: steps in the padded batch.

    Returns:
        order: (N, T), integers: the steps of each sequence from the last to the first, then those
            of its padding, in their own order.
    """
    ### BEGIN SOLUTION
    t = np.arange(T)
    ends = np.asarray(lengths)[:, None]
    return np.where(t < ends, ends - 1 - t, t)
    ### END SOLUTION


# %% role="tests" id="test-order" of="reading_order" points=2
# test-order (2 points)
lengths = np.array([4, 6, 1, 3])
order = reading_order(lengths, 7)
check("order", order)
check("order, one sequence without padding", reading_order(np.array([5]), 5))
kind = np.asarray(order).dtype.kind
check.that("the order holds integers, which can be used as indices", kind in "iu")
check("lengths after a call", lengths)
### BEGIN HIDDEN TESTS
check("order, other lengths", reading_order(np.array([2, 5, 5, 4, 1]), 5))
check("order, one step", reading_order(np.array([1, 1]), 1))
check("order, a long batch", np.asarray(reading_order(np.array([700, 350]), 701))[:, ::50])
twice = np.take_along_axis(np.asarray(order), np.asarray(order), axis=1)
check("order applied to itself", twice)
### END HIDDEN TESTS

# %% [markdown]
# ## 2. One direction
#
# *30 minutes · 3 points*
#
# A vanilla RNN, $\mathbf{h} = \tanh(\mathbf{W}_x \mathbf{x}_t + \mathbf{W}_h
# \mathbf{h}_{\text{before}} + \mathbf{b})$, that reads in the direction it is told. The state
# before the first symbol that it reads is zero. In the forward direction that first symbol is at
# step 0, and $\mathbf{h}_{\text{before}}$ is the state at $t - 1$. In the reverse direction the
# first symbol is the *last real one*, at step $\ell_n - 1$, and $\mathbf{h}_{\text{before}}$ is
# the state at $t + 1$.
#
# In both directions `h[:, t]` is the state just after `x[:, t]` has been read.
#
# There are two ways for the reverse direction. Turn the batch with part 1, run forward, turn the
# result back. Or let $t$ count down and keep the state at zero until a row's real steps begin.


# %% role="solution" id="rnn_direction"
def rnn_direction(x, lengths, W_x, W_h, b, reverse=False):
    """Run a vanilla RNN over a padded batch in one direction, from zero states.

    Args:
        x: inputs, (N, T, D).
        lengths: how many steps of each sequence count, (N,), integers from 1 to T. They may all
            be less than T.
        W_x: input weights, (H, D).
        W_h: recurrent weights, (H, H).
        b: bias, (H,).
        reverse: False to read from the first step to the last, True to read from the last real
            step of each sequence to the first.

    Returns:
        h: hidden states, (N, T, H), in a new array of the dtype of x. `h[:, t]` is the state just
            after `x[:, t]` has been read. What stands in the padding does not matter.
    """
    ### BEGIN SOLUTION
    N, T, _ = x.shape
    h = np.zeros((N, T, len(b)), dtype=x.dtype)
    h_t = np.zeros((N, len(b)), dtype=x.dtype)
    for t in reversed(range(T)) if reverse else range(T):
        running = (t < np.asarray(lengths))[:, None]
        h_t = np.where(running, np.tanh(x[:, t] @ W_x.T + h_t @ W_h.T + b), h_t)
        h[:, t] = h_t
    return h
    ### END SOLUTION


# %% role="tests" id="test-direction" of="rnn_direction" points=2
# test-direction (2 points)
N, T, D, H = 3, 6, 4, 5
weights = make_weights(D, H, start=120)
x, lengths = fixed_array(N, T, D, start=1000, scale=2.0), np.array([6, 6, 6])
check("forward, no padding", rnn_direction(x, lengths, *weights))
check("reverse, no padding", rnn_direction(x, lengths, *weights, reverse=True))
lengths = np.array([4, 6, 1])
h = rnn_direction(x, lengths, *weights)
check("forward, padded", without_padding(h, lengths))
h = rnn_direction(x, lengths, *weights, reverse=True)
check("reverse, padded", without_padding(h, lengths))
### BEGIN HIDDEN TESTS
N, T, D, H = 5, 4, 3, 2
weights = make_weights(D, H, start=1200)
x, lengths = fixed_array(N, T, D, start=1300, scale=2.0), np.array([2, 4, 3, 1, 4])
h = rnn_direction(x, lengths, *weights)
check("forward, other sizes", without_padding(h, lengths))
h = rnn_direction(x, lengths, *weights, True)
check("reverse, other sizes", without_padding(h, lengths))
### END HIDDEN TESTS

# %% role="tests" id="test-direction-edges" of="rnn_direction" points=1
# test-direction-edges (1 point)
N, T, D, H = 3, 6, 4, 5
weights = make_weights(D, H, start=1500)
x, lengths = fixed_array(N, T, D, start=1600, scale=2.0), np.array([3, 2, 5])
h = rnn_direction(x, lengths, *weights, reverse=True)
check("reverse, padding in every row", without_padding(h, lengths))
check("x after a run", x)
check("reverse, one step", rnn_direction(x[:, :1], np.array([1, 1, 1]), *weights, reverse=True))
small = [array.astype(np.float32) for array in (x, *weights)]
h_small = rnn_direction(small[0], lengths, *small[1:], reverse=True)
check("h, type for float32", str(np.asarray(h_small).dtype))
### BEGIN HIDDEN TESTS
check("reverse, float32", without_padding(h_small, lengths))
check("lengths after a run", lengths)
h = rnn_direction(x[:1], np.array([4]), *weights, reverse=True)
check("reverse, one sequence", without_padding(h, [4]))
spoilt = np.where(np.arange(T)[None, :, None] < lengths[:, None, None], x, 1e6)
h = rnn_direction(spoilt, lengths, *weights, reverse=True)
check("reverse, large numbers in the padding", without_padding(h, lengths))
x_wide = fixed_array(D, T, 2 * N, start=1700, scale=2.0)
turned = [np.asfortranarray(array) for array in weights]
h = rnn_direction(x_wide.T[::2], lengths, *turned, reverse=True)
check("reverse, not contiguous", without_padding(h, lengths))
x_long = fixed_array(2, 300, D, start=1800)
h = rnn_direction(x_long, np.array([300, 180]), *weights, reverse=True)
check("reverse, 300 steps", h[:, 0])
### END HIDDEN TESTS

# %% [markdown]
# ## 3. Both directions
#
# *15 minutes · 2 points*
#
# Two RNNs with weights of their own read the same batch. At each step their two states are put side
# by side:
#
# $$\mathbf{h}_t = \begin{bmatrix} \overrightarrow{\mathbf{h}}_t \\ \overleftarrow{\mathbf{h}}_t
# \end{bmatrix}$$
#
# Both halves of `h[:, t]` have just read `x[:, t]`: one comes from the left, the other from the
# right. Call your function from part 2.


# %% role="solution" id="bidirectional_forward"
def bidirectional_forward(x, lengths, weights, weights_reverse):
    """Run a bidirectional RNN over a padded batch.

    Args:
        x: inputs, (N, T, D).
        lengths: how many steps of each sequence count, (N,), integers from 1 to T.
        weights: (W_x, W_h, b) of the forward direction, (H, D), (H, H), (H,).
        weights_reverse: (W_x, W_h, b) of the reverse direction, of the same shapes.

    Returns:
        h: (N, T, 2H), the states of the forward direction, then those of the reverse direction.
            What stands in the padding does not matter.
    """
    ### BEGIN SOLUTION
    forward = rnn_direction(x, lengths, *weights)
    reverse = rnn_direction(x, lengths, *weights_reverse, reverse=True)
    return np.concatenate([forward, reverse], axis=2)
    ### END SOLUTION


# %% role="tests" id="test-bidirectional" of="bidirectional_forward" points=2
# test-bidirectional (2 points)
N, T, D, H = 3, 6, 4, 5
weights, weights_reverse = make_weights(D, H, start=2000), make_weights(D, H, start=2400)
x, lengths = fixed_array(N, T, D, start=2800, scale=2.0), np.array([4, 6, 2])
h = bidirectional_forward(x, lengths, weights, weights_reverse)
check("both directions", without_padding(h, lengths))
check("both directions: shape", np.shape(h))
full = np.array([6, 6, 6])
check("both directions, no padding", bidirectional_forward(x, full, weights, weights_reverse))
### BEGIN HIDDEN TESTS
N, T, D, H = 2, 5, 3, 4
weights, weights_reverse = make_weights(D, H, start=3000), make_weights(D, H, start=3400)
x, lengths = fixed_array(N, T, D, start=3800, scale=2.0), np.array([3, 5])
h = bidirectional_forward(x, lengths, weights, weights_reverse)
check("both directions, other sizes", without_padding(h, lengths))
h = bidirectional_forward(x[:, :1], np.array([1, 1]), weights, weights_reverse)
check("both directions, one step", h)
check("both directions, one sequence", bidirectional_forward(x[1:], [5], weights, weights_reverse))
### END HIDDEN TESTS

# %% [markdown]
# **Compare with PyTorch.** `torch.nn.RNN(bidirectional=True)` on a packed batch. Its reverse
# direction has its own weights, whose names end in `_reverse`; the second biases are set to zero.

# %% role="agreement" id="agree-forward"
torch = check.import_torch()
if torch:
    N, T, D, H = 3, 6, 4, 5
    weights, weights_reverse = make_weights(D, H, start=2000), make_weights(D, H, start=2400)
    x, lengths = fixed_array(N, T, D, start=2800, scale=2.0), np.array([4, 6, 2])
    rnn = torch.nn.RNN(D, H, batch_first=True, bidirectional=True, dtype=torch.float64)
    stored = [*weights, np.zeros(H), *weights_reverse, np.zeros(H)]
    with torch.no_grad():
        for parameter, array in zip(rnn.parameters(), stored, strict=True):
            parameter.copy_(torch.from_numpy(array))
        packed = torch.nn.utils.rnn.pack_padded_sequence(
            torch.from_numpy(x), lengths.tolist(), batch_first=True, enforce_sorted=False
        )
        packed_h, _ = rnn(packed)
        theirs, _ = torch.nn.utils.rnn.pad_packed_sequence(packed_h, batch_first=True)
    h = bidirectional_forward(x, lengths, weights, weights_reverse)
    check.agrees("both directions and RNN", without_padding(h, lengths), theirs)

# %% [markdown]
# ## 4. Reading out both ends
#
# *15 minutes · 2 points*
#
# Where one answer belongs to a whole sequence, each direction gives the state in which it has read
# everything. The forward direction has done so at the last real step, the reverse direction at the
# first:
#
# $$\mathbf{s} = \begin{bmatrix} \overrightarrow{\mathbf{h}}_{\ell} \\ \overleftarrow{\mathbf{h}}_1
# \end{bmatrix}$$


# %% role="solution" id="both_ends"
def both_ends(h, lengths):
    """Return, for each sequence, the states in which both directions have read all of it.

    Args:
        h: states of a bidirectional RNN, (N, T, 2H), forward direction first. What stands in the
            padding must have no influence.
        lengths: how many steps of each sequence count, (N,), integers from 1 to T.

    Returns:
        s: (N, 2H), the final states of the forward direction, then those of the reverse direction,
            in a new array of the dtype of h.
    """
    ### BEGIN SOLUTION
    H = h.shape[2] // 2
    last = h[np.arange(len(h)), np.asarray(lengths) - 1, :H]
    return np.concatenate([last, h[:, 0, H:]], axis=1)
    ### END SOLUTION


# %% role="tests" id="test-ends" of="both_ends" points=2
# test-ends (2 points)
h, lengths = fixed_array(4, 7, 6, start=4000), np.array([5, 7, 1, 3])
check("both ends", both_ends(h, lengths))
check("both ends, no padding", both_ends(h[:, :3], np.array([3, 3, 3, 3])))
check("both ends, shape", np.shape(both_ends(h, lengths)))
check("h after a call", h)
### BEGIN HIDDEN TESTS
small = both_ends(h.astype(np.float32), lengths)
check("both ends, float32", small)
check("both ends, type for float32", str(np.asarray(small).dtype))
check("both ends, one sequence", both_ends(h[1:2], np.array([4])))
check("both ends, one step", both_ends(h[:, :1], np.array([1, 1, 1, 1])))
check("both ends, padding in every row", both_ends(h, np.array([2, 6, 4, 1])))
turned = fixed_array(8, 5, 3, start=4200).T
check("both ends, not contiguous", both_ends(turned, np.array([4, 5, 2])))
s = both_ends(h, lengths)
s[:] = 0
check("h after its readout was changed", h)
### END HIDDEN TESTS

# %% [markdown]
# ## 5. Both ends, backward
#
# *10 minutes · 1 point*
#
# A readout picks some numbers out of `h`. On the way back each gradient goes to the place where its
# number was picked, and all other places get zero.


# %% role="solution" id="both_ends_backward"
def both_ends_backward(ds, lengths, T):
    """Take a gradient back through both_ends.

    Args:
        ds: gradient of the loss with respect to the result of both_ends, (N, 2H).
        lengths: how many steps of each sequence count, (N,), integers from 1 to T.
        T: steps in the padded batch.

    Returns:
        dh: gradient with respect to h, (N, T, 2H), of the dtype of ds.
    """
    ### BEGIN SOLUTION
    N, H = len(ds), ds.shape[1] // 2
    dh = np.zeros((N, T, 2 * H), dtype=ds.dtype)
    dh[np.arange(N), np.asarray(lengths) - 1, :H] = ds[:, :H]
    dh[:, 0, H:] = ds[:, H:]
    return dh
    ### END SOLUTION


# %% role="tests" id="test-ends-backward" of="both_ends_backward" points=1
# test-ends-backward (1 point)
ds, lengths = fixed_array(4, 6, start=4400), np.array([5, 7, 1, 3])
dh = both_ends_backward(ds, lengths, 7)
check("ends: dh", dh)
check("ends: dh, no padding", both_ends_backward(ds, np.array([3, 3, 3, 3]), 3))
check("ds after a call", ds)
### BEGIN HIDDEN TESTS
check("ends: dh, padding in every row", both_ends_backward(ds, np.array([2, 6, 4, 1]), 8))
check("ends: dh, one sequence", both_ends_backward(ds[:1], np.array([2]), 3))
check("ends: dh, one step", both_ends_backward(ds, np.array([1, 1, 1, 1]), 1))
small = both_ends_backward(ds.astype(np.float32), lengths, 7)
check("ends: dh, type for float32", str(np.asarray(small).dtype))
### END HIDDEN TESTS

# %% [markdown]
# ## 6. One direction, backward
#
# *40 minutes · 3 points*
#
# The backward pass goes against the direction of reading: through the forward direction from the
# last step to the first, through the reverse direction from the first to the last. At step $t$ add
# to $\partial L / \partial \mathbf{h}_t$ what the step that was *read next* has handed back. With
# this sum as $\partial L / \partial \mathbf{h}_t$, for one sequence,
#
# $$\boldsymbol{\delta}_t = \frac{\partial L}{\partial \mathbf{h}_t} \odot (1 - \mathbf{h}_t \odot
# \mathbf{h}_t), \qquad \frac{\partial L}{\partial \mathbf{x}_t} = \mathbf{W}_x^\top
# \boldsymbol{\delta}_t, \qquad \left.\frac{\partial L}{\partial
# \mathbf{h}_{\text{before}}}\right|_{\text{through step } t} = \mathbf{W}_h^\top
# \boldsymbol{\delta}_t$$
#
# $$\frac{\partial L}{\partial \mathbf{W}_x} = \sum_t \boldsymbol{\delta}_t \mathbf{x}_t^\top,
# \qquad \frac{\partial L}{\partial \mathbf{W}_h} = \sum_t \boldsymbol{\delta}_t
# \mathbf{h}_{\text{before}}^\top, \qquad \frac{\partial L}{\partial \mathbf{b}} = \sum_t
# \boldsymbol{\delta}_t$$
#
# The sums run over the sequences of the batch too. Padding gets nothing and gives nothing: what
# stands there in `dh`, `x` and `h` must have no influence. Take care in the reverse direction: the
# state before a sequence's last real step is zero, and not what `h` holds at the step after it.


# %% role="solution" id="direction_backward"
def direction_backward(dh, x, lengths, h, W_x, W_h, reverse=False):
    """Take the gradient of a loss back through one direction.

    Args:
        dh: gradient that the loss gives to each hidden state directly, (N, T, H). What stands in
            the padding must have no influence.
        x: inputs, (N, T, D).
        lengths: how many steps of each sequence count, (N,), integers from 1 to T. They may all
            be less than T.
        h: hidden states of this direction, (N, T, H). What stands in the padding must have no
            influence.
        W_x: input weights, (H, D).
        W_h: recurrent weights, (H, H).
        reverse: the direction in which the states were computed, as in rnn_direction.

    Returns:
        dx: gradient with respect to x, (N, T, D), zero in the padding.
        dW_x: gradient with respect to W_x, (H, D), summed over steps and sequences.
        dW_h: gradient with respect to W_h, (H, H).
        db: gradient with respect to b, (H,).
    """
    ### BEGIN SOLUTION
    N, T, H = h.shape
    inside = (np.arange(T) < np.asarray(lengths)[:, None])[..., None]
    h, x, dh = (np.where(inside, array, 0) for array in (h, x, dh))
    nothing = np.zeros_like(h[:, :1])
    if reverse:
        h_before = np.concatenate([h[:, 1:], nothing], axis=1)
    else:
        h_before = np.concatenate([nothing, h[:, :-1]], axis=1)
    da, dh_next = np.zeros_like(h), nothing[:, 0]
    for t in range(T) if reverse else reversed(range(T)):
        da[:, t] = np.where(inside[:, t], (dh[:, t] + dh_next) * (1 - h[:, t] ** 2), 0)
        dh_next = da[:, t] @ W_h
    da_rows = da.reshape(N * T, H)
    dW_x = da_rows.T @ x.reshape(N * T, -1)
    dW_h = da_rows.T @ h_before.reshape(N * T, H)
    return da @ W_x, dW_x, dW_h, da_rows.sum(axis=0)
    ### END SOLUTION


# %% role="tests" id="test-direction-backward" of="direction_backward" points=2
# test-direction-backward (2 points)
N, T, D, H = 3, 6, 4, 5
W_x, W_h, _ = make_weights(D, H, start=5000)
x, h = fixed_array(N, T, D, start=5300, scale=2.0), fixed_array(N, T, H, start=5400, scale=0.9)
dh, lengths = fixed_array(N, T, H, start=5500), np.array([6, 6, 6])
for reverse, direction in ((False, "forward"), (True, "reverse")):
    dx, dW_x, dW_h, db = direction_backward(dh, x, lengths, h, W_x, W_h, reverse)
    check(f"{direction}: dx", dx)
    check(f"{direction}: dW_x", dW_x)
    check(f"{direction}: dW_h", dW_h)
    check(f"{direction}: db", db)
### BEGIN HIDDEN TESTS
N, T, D, H = 2, 90, 3, 4
W_x, W_h, _ = make_weights(D, H, start=5700)
x, h = fixed_array(N, T, D, start=6000, scale=2.0), fixed_array(N, T, H, start=6600, scale=0.9)
dh, lengths = fixed_array(N, T, H, start=7400), np.array([90, 57])
dx, dW_x, dW_h, db = direction_backward(dh, x, lengths, h, W_x, W_h, True)
check("reverse: dx, 90 steps", dx[:, ::10])
check("reverse: dW_x, dW_h and db, 90 steps", [dW_x, dW_h, db])
dx, dW_x, dW_h, db = direction_backward(dh, x, lengths, h, W_x, W_h)
check("forward: dx, 90 steps", dx[:, ::10])
check("forward: dW_x, dW_h and db, 90 steps", [dW_x, dW_h, db])
### END HIDDEN TESTS

# %% role="tests" id="test-direction-padding" of="direction_backward" points=1
# test-direction-padding (1 point)
N, T, D, H = 4, 5, 3, 2
W_x, W_h, _ = make_weights(D, H, start=8300)
x, h = fixed_array(N, T, D, start=8600, scale=2.0), fixed_array(N, T, H, start=8700, scale=0.9)
dh, lengths = fixed_array(N, T, H, start=8800), np.array([4, 1, 3, 2])
for reverse, direction in ((False, "forward"), (True, "reverse")):
    dx, dW_x, dW_h, db = direction_backward(dh, x, lengths, h, W_x, W_h, reverse)
    check(f"{direction}: dx, padded", dx)
    check(f"{direction}: dW_x, padded", dW_x)
    check(f"{direction}: dW_h, padded", dW_h)
    check(f"{direction}: db, padded", db)
check("dh after a call", dh)
### BEGIN HIDDEN TESTS
check("h and x after a call", [h, x])
one = dh[:1], x[:1], lengths[:1], h[:1]
check("reverse: all, one sequence", list(direction_backward(*one, W_x, W_h, True)))
one = dh[:, :1], x[:, :1], np.array([1, 1, 1, 1]), h[:, :1]
check("reverse: all, one step", list(direction_backward(*one, W_x, W_h, True)))
small = [array.astype(np.float32) for array in (dh, x, h, W_x, W_h)]
result = direction_backward(small[0], small[1], lengths, *small[2:], True)
check("reverse: all, float32", list(result))
turned = [np.asfortranarray(array) for array in (dh, x, h, W_x, W_h)]
result = direction_backward(turned[0], turned[1], lengths, *turned[2:], True)
check("reverse: all, not contiguous", list(result))
### END HIDDEN TESTS

# %% [markdown]
# ## 7. Both directions, backward
#
# *15 minutes · 2 points*
#
# The two directions do not know of each other. Each gets its half of `dh` and gives gradients for
# its own weights. They meet at the input alone, which both have read. Call your function from part
# 6.


# %% role="solution" id="bidirectional_backward"
def bidirectional_backward(dh, x, lengths, h, weights, weights_reverse):
    """Take the gradient of a loss back through a bidirectional RNN.

    Args:
        dh: gradient that the loss gives to each pair of states directly, (N, T, 2H).
        x: inputs, (N, T, D).
        lengths: how many steps of each sequence count, (N,), integers from 1 to T.
        h: states, as bidirectional_forward returns them, (N, T, 2H).
        weights: (W_x, W_h, b) of the forward direction.
        weights_reverse: (W_x, W_h, b) of the reverse direction.

    Returns:
        dx: gradient with respect to x, (N, T, D).
        grads: (dW_x, dW_h, db) of the forward direction.
        grads_reverse: (dW_x, dW_h, db) of the reverse direction.
    """
    ### BEGIN SOLUTION
    H = h.shape[2] // 2
    dx, *grads = direction_backward(dh[..., :H], x, lengths, h[..., :H], *weights[:2])
    dx_reverse, *grads_reverse = direction_backward(
        dh[..., H:], x, lengths, h[..., H:], *weights_reverse[:2], reverse=True
    )
    return dx + dx_reverse, tuple(grads), tuple(grads_reverse)
    ### END SOLUTION


# %% role="tests" id="test-bidirectional-backward" of="bidirectional_backward" points=2
# test-bidirectional-backward (2 points)
N, T, D, H = 3, 6, 4, 5
weights, weights_reverse = make_weights(D, H, start=9000), make_weights(D, H, start=9300)
x, h = fixed_array(N, T, D, start=9600, scale=2.0), fixed_array(N, T, 2 * H, start=9700, scale=0.9)
dh, lengths = fixed_array(N, T, 2 * H, start=9900), np.array([4, 6, 2])
inputs = dh, x, lengths, h, weights, weights_reverse
dx, grads, grads_reverse = bidirectional_backward(*inputs)
check("both: dx", dx)
check("both: dW_x, dW_h, db", list(grads))
check("both: dW_x, dW_h, db, reverse", list(grads_reverse))
check("dh after both directions", dh)
### BEGIN HIDDEN TESTS
N, T, D, H = 5, 4, 2, 3
weights, weights_reverse = make_weights(D, H, start=10100), make_weights(D, H, start=10400)
x, h = fixed_array(N, T, D, start=10700), fixed_array(N, T, 2 * H, start=10800, scale=0.9)
dh, lengths = fixed_array(N, T, 2 * H, start=11000), np.array([2, 4, 1, 3, 4])
inputs = dh, x, lengths, h, weights, weights_reverse
dx, grads, grads_reverse = bidirectional_backward(*inputs)
check("both: dx, other sizes", dx)
check("both: gradients of all weights, other sizes", [*grads, *grads_reverse])
### END HIDDEN TESTS

# %% [markdown]
# **Compare with PyTorch.** The loss depends on all states of the sequences and on the readout of
# both ends. PyTorch's `h_n` holds the two final states, the forward one first.

# %% role="agreement" id="agree-backward"
torch = check.import_torch()
if torch:
    N, T, D, H = 3, 6, 4, 5
    weights, weights_reverse = make_weights(D, H, start=9000), make_weights(D, H, start=9300)
    x, lengths = fixed_array(N, T, D, start=9600, scale=2.0), np.array([4, 6, 2])
    dh = without_padding(fixed_array(N, T, 2 * H, start=9900), lengths)
    ds = fixed_array(N, 2 * H, start=11200)
    rnn = torch.nn.RNN(D, H, batch_first=True, bidirectional=True, dtype=torch.float64)
    stored = [*weights, np.zeros(H), *weights_reverse, np.zeros(H)]
    with torch.no_grad():
        for parameter, array in zip(rnn.parameters(), stored, strict=True):
            parameter.copy_(torch.from_numpy(array))
    leaf = torch.from_numpy(x).requires_grad_()
    packed = torch.nn.utils.rnn.pack_padded_sequence(
        leaf, lengths.tolist(), batch_first=True, enforce_sorted=False
    )
    packed_h, h_n = rnn(packed)
    their_h, _ = torch.nn.utils.rnn.pad_packed_sequence(packed_h, batch_first=True)
    h, their_s = their_h.detach().numpy(), torch.cat([h_n[0], h_n[1]], dim=1)
    check.agrees("both ends and h_n", both_ends(h, lengths), their_s)
    loss = (their_h * torch.from_numpy(dh)).sum() + (their_s * torch.from_numpy(ds)).sum()
    parameters = dict(rnn.named_parameters())
    order = [f"{part}_l0" for part in ("weight_ih", "weight_hh", "bias_ih")]
    order += [f"{name}_reverse" for name in order]
    theirs = torch.autograd.grad(loss, [leaf, *(parameters[name] for name in order)])
    dh_all = dh + both_ends_backward(ds, lengths, T)
    dx, grads, grads_reverse = bidirectional_backward(
        dh_all, x, lengths, h, weights, weights_reverse
    )
    for name, mine, other in zip(["x", *order], [dx, *grads, *grads_reverse], theirs, strict=True):
        check.agrees(f"gradient of {name} and autograd", mine, other)

# %% [markdown]
# ## 8. How many parameters?
#
# *10 minutes · 1 point*
#
# A tagger is a vanilla RNN, in one direction or in two, and a linear output layer with a weight
# matrix and a bias that turns the state at each step into $C$ logits. Count its weights and biases.
# Each direction has one bias vector, as in part 2.


# %% role="solution" id="count_parameters"
def count_parameters(D, H, C, bidirectional):
    """Count the weights and biases of a tagger.

    Args:
        D: numbers in an input.
        H: units of one direction.
        C: classes.
        bidirectional: whether there are two directions with H units each, or one.

    Returns:
        The number of weights and biases of RNN and output layer together, an integer.
    """
    ### BEGIN SOLUTION
    directions = 2 if bidirectional else 1
    return directions * (H * D + H * H + H) + C * directions * H + C
    ### END SOLUTION


# %% role="tests" id="test-count" of="count_parameters" points=1
# test-count (1 point)
check("parameters, one direction", count_parameters(7, 12, 5, bidirectional=False))
check("parameters, two directions", count_parameters(7, 12, 5, bidirectional=True))
halves = count_parameters(7, 6, 5, True), count_parameters(7, 12, 5, False)
check("two directions with 6 units, one with 12", halves)
### BEGIN HIDDEN TESTS
check("parameters, one unit", [count_parameters(1, 1, 1, False), count_parameters(1, 1, 1, True)])
check("parameters, large", count_parameters(300, 512, 40, True))
### END HIDDEN TESTS

# %% [markdown]
# ## 9. Does it look ahead?
#
# *25 minutes · 2 points*
#
# A model whose output at step $t$ depends on the input at a step $k > t$ looks $k - t$ steps
# ahead. If it is meant to predict, it may be cheating, and its loss will not tell. Changing its
# input does: **change the input at step $k$, and see which outputs move.**
#
# `run_model(name, x)` from the first cell runs a model, and you need not know what is in it. For
# every step $k$ add 1 to `x[:, k]`, all else unchanged, and compare the outputs with those for the
# unchanged `x`. An output has moved if any of its numbers, in any sequence, has changed by more
# than $10^{-6}$.


# %% role="solution" id="lookahead"
def lookahead(name, x):
    """Measure how many steps ahead a model looks, by changing one step of its input at a time.

    Args:
        name: the name of a model; `run_model(name, x)` returns its outputs, (N, T, D).
        x: inputs, (N, T, D).

    Returns:
        The largest k - t for which adding 1 to `x[:, k]` changes the output at step t by more than
        1e-6, an integer; 0 where no output before the changed step moves.
    """
    ### BEGIN SOLUTION
    before, most = run_model(name, x), 0
    for k in range(x.shape[1]):
        changed = x.copy()
        changed[:, k] += 1
        moved = np.abs(run_model(name, changed) - before).max(axis=(0, 2)) > 1e-6
        if moved[:k].any():
            most = max(most, k - int(np.argmax(moved)))
    return most
    ### END SOLUTION


# %% role="tests" id="test-lookahead" of="lookahead" points=2
# test-lookahead (2 points)
x = fixed_array(2, 6, 3, start=11400)
check("steps ahead, model A", lookahead("A", x))
check("steps ahead, model B", lookahead("B", x))
check("steps ahead, model C", lookahead("C", x))
check("steps ahead, model D", lookahead("D", x))
check("steps ahead, model E", lookahead("E", x))
check("steps ahead, model F", lookahead("F", x))
check("x after the test", x)
### BEGIN HIDDEN TESTS
check("steps ahead, model G", lookahead("G", x))
check("steps ahead, one step", [lookahead(name, x[:, :1]) for name in "ABG"])
x = fixed_array(1, 9, 2, start=11500)
check("steps ahead, other sizes", [lookahead(name, x) for name in "ABCDEFG"])
### END HIDDEN TESTS

# %% [markdown]
# ## 10. Experiment: a language model that cheats
#
# *10 minutes*
#
# The task is that of chapter 2: read the letters of an Italian family name and predict the next one
# at every step; after the last letter comes a full stop. The RNNs below keep random weights. Only
# the linear layer above their states is fitted, by least squares, which takes no time. It is fitted
# once to the states of one direction with 80 units, once to the states of two directions with 40
# units each. Both are then tested on names that were not used for fitting, in two ways: with the
# whole name as input, and with the name **cut** after the step at which they predict, as it is
# while a name is being written. Your test from part 9 looks at both models too.

# %%
import matplotlib.pyplot as plt

from unrolled.data import Vocabulary, names
from unrolled.figures import figure_size, use_style

words = names(["Italian"])["Italian"]
letters = Vocabulary([".", *words])
V = len(letters)


def name_batch(some):
    """Return ids (N, T), the ids of the next letters (N, T), and lengths (N,)."""
    lengths = np.array([len(name) for name in some])
    ids, following = np.zeros((2, len(some), lengths.max()), dtype=int)
    for n, name in enumerate(some):
        ids[n, : len(name)] = letters.encode(name)
        following[n, : len(name)] = letters.encode(name[1:] + ".")
    return ids, following, lengths


def random_weights(rng, H):
    """Return W_x, W_h, b of an RNN that is not trained."""
    scales = (0.5, (H, V)), (0.8 / np.sqrt(H), (H, H)), (0.2, (H,))
    return tuple(rng.normal(scale=scale, size=shape) for scale, shape in scales)


def states(x, lengths, nets):
    """Return the states of one net or of two directions, and a 1 for the bias."""
    h = (
        bidirectional_forward(x, lengths, *nets)
        if nets[1:]
        else rnn_direction(x, lengths, *nets[0])
    )
    return np.concatenate([h, np.ones_like(h[..., :1])], axis=2)


def share_right(nets, W_y, ids, targets, lengths, cut):
    """Return the shares of right predictions and of predicted full stops in percent."""
    h, right, stops = states(np.eye(V)[ids], lengths, nets), [], []
    for t in range(ids.shape[1]):
        rows = lengths > t
        if cut:
            only = np.eye(V)[ids[rows, : t + 1]]
            h_t = states(only, np.full(len(only), t + 1), nets)[:, t]
        else:
            h_t = h[rows, t]
        predicted = np.argmax(h_t @ W_y, axis=1)
        right.extend(predicted == targets[rows, t])
        stops.extend(predicted == letters.encode(".")[0])
    return 100 * np.mean(right), 100 * np.mean(stops)


shares = []
for seed in range(3):
    rng, row = np.random.default_rng(seed), []
    mixed = rng.permutation(len(words))
    fit, test = (name_batch([words[i] for i in part]) for part in (mixed[:600], mixed[600:850]))
    for kind, nets in (
        ("one direction", [random_weights(rng, 80)]),
        ("two directions", [random_weights(rng, 40), random_weights(rng, 40)]),
    ):
        ids, targets, lengths = fit
        inside = np.arange(ids.shape[1]) < lengths[:, None]
        h = states(np.eye(V)[ids], lengths, nets)[inside]
        W_y = np.linalg.lstsq(h, np.eye(V)[targets[inside]], rcond=None)[0]
        whole, whole_stops = share_right(nets, W_y, *test, cut=False)
        cut, cut_stops = share_right(nets, W_y, *test, cut=True)
        row += [whole, cut]
        MODELS[kind] = lambda x, nets=nets: states(x, np.full(len(x), x.shape[1]), nets)
        ahead = lookahead(kind, fixed_array(2, 6, V, start=0))
        print(f"seed {seed}, {kind}, looks {ahead} of 6 steps ahead")
        print(f"  right: {whole:.0f} %, cut {cut:.0f} %", end="; ")
        print(f"predicts a full stop: {whole_stops:.0f} %, cut {cut_stops:.0f} %")
    shares.append(row)

use_style()
figure, ax = plt.subplots(figsize=figure_size(0.45))
ax.plot(np.array(shares).T, "o", color="C0")
ax.set_xticks(range(4), ["one direction", "one, cut", "two directions", "two, cut"])
ax.set(ylabel="right on new names in %", ylim=(0, 103))
plt.show()

# %% [markdown] role="written" id="why-cheating" points=2
# **Question** *(25 minutes · 2 points, graded by hand)*
#
# (a) The model with two directions is right on nearly all letters of *new* names, which it cannot
# have learned by heart. Where does it get them from, and by which path in the network? Why is it
# worth nothing as a language model, and which number shows it? (b) Cut, it does worse than the
# model with one direction, though half of its states have read exactly the same. Why, and what does
# it predict then? And why does the cut change nothing for the model with one direction? (c) In
# another task a letter in the middle of the name is replaced by a blank in the input, and the model
# with two directions has to say which letter it was. Why is that no cheat, though it sees both
# sides, and what can such a model *not* be used for? Five to nine sentences.
#
# ### BEGIN SOLUTION
# *Model answer.* (a) From its input: the target at step $t$ is the letter at step $t + 1$, and the
# reverse direction has read that letter just before it reads the one at $t$. So the target stands
# in $\overleftarrow{\mathbf{h}}_t$, one multiplication by $\mathbf{W}_h$ away, and the output layer
# needs only to copy it. That works for any name, so new names are as easy as old ones. When a name
# is written the next letter is not there yet. Cut, the model falls from about 97 % to about 13 %.
# (b) The output layer was fitted while the reverse states told the answer, so it relies on them and
# hardly on the forward states. At the last step of a cut name the reverse direction has read one
# letter only, the current one, which tells nothing about the next. When the layer was fitted, such
# a state meant the end of a name: so it predicts a full stop nearly always, and the 13 % are the
# steps at which a name does end. A state of the forward direction at $t$ depends on the letters up
# to $t$ alone, so what is cut off after it changes nothing: about 34 % both times. (c) The target
# is not in the input: changing that letter could not change the output. What stands on both sides
# is really there when a gap is to be filled. But the model cannot write a name from left to right
# or give the probability of a whole name, letter by letter, because it needs what comes after.
#
# *Marking scheme.*
#
# - 2: (a) the target at $t$ is the input at $t + 1$, it comes through the reverse direction, and
#   the accuracy on cut names is the one that counts; (b) output layer fitted to reverse states
#   whose content is missing when cut, and forward states that do not depend on what follows; (c)
#   target not in the input, and no writing from left to right (or no probability of a whole name).
# - 1: two of the three, or all three with gaps: no path named, or only "it overfits".
# - 0: no answer, or only that two directions know more than one.
# ### END SOLUTION

# %% [markdown]
# ## Summary

# %% role="summary" id="summary"
check.summary()
