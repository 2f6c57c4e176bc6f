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
# # Assignment 6: gates and an LSTM in NumPy
#
# You write eight short functions. Parts 1 and 2 are a gate, forward and backward. Parts 3 and 4 are
# the LSTM: one step, and a padded batch. Parts 5 and 6 are its backward pass. Part 7 makes initial
# weights, and in part 8 you set the weights of a memory cell by hand. In part 9 the cell holds a
# value for 500 steps, and your backward pass shows how far a gradient reaches.
#
# The assignment belongs to chapter 6 of the book, gives 20 points, and takes about 3 and a half
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
# Each part is tested on its own. The backward functions get arrays from a recorded run of an LSTM,
# so they can be right where your forward pass is not yet. Where one function calls another and a
# check recognises that a wrong value comes from the earlier one, it costs points there only. After
# you hand in, hidden checks call each function with further inputs. They ask for nothing that the
# docstring does not promise.
#
# Use NumPy and no other library in your functions, and do not change the arrays that they are
# given.
#
# **How to hand in.** Restart the kernel, run all cells, save, and hand in `06-lstm.ipynb` in the
# way your instructor has told you. To run the whole notebook in a terminal and see your points:
#
#     python -m unrolled check 06-lstm.ipynb

# %% [markdown]
# ## Symbols
#
# | formula | code | shape in code | meaning |
# | --- | --- | --- | --- |
# | $N$, $T$ | | | sequences in a batch, time steps of the longest one |
# | $D$, $H$ | | | numbers in an input, units: cells, and hidden states |
# | $\mathbf{x}_t$ | `x_t`, `x` | (N, D), (N, T, D) | input at one step, at all steps |
# | $\mathbf{h}_t$ | `h_t`, `h` | (N, H), (N, T, H) | hidden state after one step, after every one |
# | $\mathbf{c}_t$ | `c_t`, `c` | (N, H), (N, T, H) | cell state after one step, after every one |
# | $\mathbf{h}_{t-1}$, $\mathbf{c}_{t-1}$ | `h_prev`, `c_prev` | (N, H) | states before a step |
# | $\mathbf{h}_0$, $\mathbf{c}_0$ | `h_0`, `c_0` | (N, H) | states before the first step |
# | $\mathbf{i}, \mathbf{f}, \mathbf{g}, \mathbf{o}$ | `gates` | (N, 4H), (N, T, 4H) | below |
# | $\mathbf{a}_t$ | `a_t` | (N, 4H) | their pre-activations |
# | $\mathbf{W}_x$, $\mathbf{W}_h$ | `W_x`, `W_h` | (4H, D), (4H, H) | weights |
# | $\mathbf{b}$ | `b` | (4H,) | bias |
# | $\partial L / \partial \mathbf{v}$ | `dv` | as `v` | gradient of the loss: `dh`, `dW_x`, … |
# | $\ell_n$ | `lengths` | (N,) | true length of each sequence; beyond it lies padding |
#
# Input gate, forget gate, candidate and output gate stand side by side in this order, **i, f, g,
# o**, as in PyTorch: columns 0 to H − 1 of `gates` are i, the next H are f, then g, then o. The
# rows of `W_x` and `W_h` and the elements of `b` are in the same order.
#
# Formulas are for one sequence and column vectors, and count steps from 1. In code each row is a
# sequence, so a product $\mathbf{W}\mathbf{x}$ becomes `x @ W.T`, and steps count from 0.
# $\odot$ multiplies element by element, in code `*`.

# %% role="setup" id="setup"
import numpy as np

from unrolled import Checks, fixed_array
from unrolled.models import load_lstm_run

check = Checks("06-lstm")


def sigmoid(a):
    """Return 1 / (1 + exp(-a)) for each element, without overflow, in the type of a."""
    return np.exp(-np.logaddexp(0, -a))


def make_weights(D, H):
    """Return W_x (4H, D), W_h (4H, H), b (4H,): always the same numbers, in new arrays."""
    return (
        fixed_array(4 * H, D, start=150, scale=0.9),
        fixed_array(4 * H, H, start=310, scale=0.8),
        fixed_array(4 * H, start=570, scale=0.7),
    )


# %% [markdown]
# ## 1. A gate
#
# *10 minutes · 1 point*
#
# A gate is a soft switch. The gate vector $\boldsymbol{\gamma}$ has one number between 0 and 1 for
# each place of the storage $\mathbf{s}$. Where it is 1, the input $\mathbf{x}$ is written. Where it
# is 0, the old content stays. In between the two are mixed:
#
# $$\mathbf{s}_t = \boldsymbol{\gamma} \odot \mathbf{x} +
# (1 - \boldsymbol{\gamma}) \odot \mathbf{s}_{t-1}$$


# %% role="solution" id="gate_forward"
def gate_forward(x, s_prev, gate):
    """Write an input into a storage through a gate.

    Args:
        x: inputs, (N, H).
        s_prev: what is stored before, (N, H).
        gate: the gate vectors, (N, H), numbers from 0 to 1.

    Returns:
        s: what is stored after, (N, H), in a new array. float32 arrays give a float32 result.
    """
    ### BEGIN SOLUTION
    return gate * x + (1 - gate) * s_prev
    ### END SOLUTION


# %% role="tests" id="test-gate" of="gate_forward" points=1
# test-gate (1 point)
x, s_prev = np.array([[3.0, 4.0, 6.0]]), np.array([[8.0, 9.0, 2.0]])
check("storage, a gate of ones and zeros", gate_forward(x, s_prev, np.array([[1.0, 1.0, 0.0]])))
x, s_prev = fixed_array(3, 5, start=1000, scale=4.0), fixed_array(3, 5, start=1100, scale=4.0)
gate = 0.5 + fixed_array(3, 5, start=1200, scale=0.5)
check("storage, a soft gate", gate_forward(x, s_prev, gate))
check("s_prev after a write", s_prev)
### BEGIN HIDDEN TESTS
check("x after a write", x)
check("gate after a write", gate)
check("storage, one sequence", gate_forward(x[:1], s_prev[:1], gate[:1]))
check("storage, not contiguous", gate_forward(x[:, ::2], s_prev[:, 1:4], gate.T[:3].T))
small = [array.astype(np.float32) for array in (x, s_prev, gate)]
s_small = gate_forward(*small)
check("storage, float32", s_small)
check("storage, type for float32", str(np.asarray(s_small).dtype))
### END HIDDEN TESTS

# %% [markdown]
# ## 2. A gate, backward
#
# *20 minutes · 2 points*
#
# Let $\partial L / \partial \mathbf{s}_t$ be known: how the loss changes with what is stored after
# the write. Find the gradients with respect to the three inputs of part 1.
#
# For a product of elements $\mathbf{a} = \mathbf{u} \odot \mathbf{v}$ the chain rule gives
#
# $$\frac{\partial L}{\partial \mathbf{u}} = \frac{\partial L}{\partial \mathbf{a}} \odot
# \mathbf{v}, \qquad
# \frac{\partial L}{\partial \mathbf{v}} = \frac{\partial L}{\partial \mathbf{a}} \odot \mathbf{u}$$
#
# and where a quantity is used twice, its gradients are added. Here the gate itself is an input: do
# not go on into the sigmoid that may have made it.


# %% role="solution" id="gate_backward"
def gate_backward(ds, x, s_prev, gate):
    """Take a gradient back through a gate.

    Args:
        ds: gradient of the loss with respect to the result of gate_forward, (N, H).
        x: inputs, (N, H).
        s_prev: what is stored before, (N, H).
        gate: the gate vectors, (N, H).

    Returns:
        dx: gradient with respect to x, (N, H).
        ds_prev: gradient with respect to s_prev, (N, H).
        dgate: gradient with respect to gate, (N, H).
    """
    ### BEGIN SOLUTION
    return ds * gate, ds * (1 - gate), ds * (x - s_prev)
    ### END SOLUTION


# %% role="tests" id="test-gate-backward" of="gate_backward" points=2
# test-gate-backward (2 points)
ds = fixed_array(3, 5, start=1300, scale=2.0)
x, s_prev = fixed_array(3, 5, start=1400, scale=4.0), fixed_array(3, 5, start=1500, scale=4.0)
gate = 0.5 + fixed_array(3, 5, start=1600, scale=0.5)
dx, ds_prev, dgate = gate_backward(ds, x, s_prev, gate)
check("gate: dx", dx)
check("gate: ds_prev", ds_prev)
check("gate: dgate", dgate)
check("ds after a call", ds)
### BEGIN HIDDEN TESTS
check("gate after a call", gate)
check("gate: all, one sequence", list(gate_backward(ds[1:2], x[1:2], s_prev[1:2], gate[1:2])))
small = [array.astype(np.float32) for array in (ds, x, s_prev, gate)]
check("gate: all, float32", list(gate_backward(*small)))
turned = [np.asfortranarray(array)[:, ::2] for array in (ds, x, s_prev, gate)]
check("gate: all, not contiguous", list(gate_backward(*turned)))
### END HIDDEN TESTS

# %% [markdown]
# **Compare with PyTorch.** Autograd differentiates the formula of part 1.

# %% role="agreement" id="agree-gate"
torch = check.import_torch()
if torch:
    ds = fixed_array(3, 5, start=1300, scale=2.0)
    x, s_prev = fixed_array(3, 5, start=1400, scale=4.0), fixed_array(3, 5, start=1500, scale=4.0)
    gate = 0.5 + fixed_array(3, 5, start=1600, scale=0.5)
    leaves = [torch.from_numpy(array).requires_grad_() for array in (x, s_prev, gate)]
    mixed = torch.lerp(leaves[1], leaves[0], leaves[2])
    check.agrees("storage and lerp", gate_forward(x, s_prev, gate), mixed)
    theirs = torch.autograd.grad(mixed, leaves, torch.from_numpy(ds))
    for name, mine, other in zip(
        ("dx", "ds_prev", "dgate"), gate_backward(ds, x, s_prev, gate), theirs, strict=True
    ):
        check.agrees(f"{name} and autograd", mine, other)

# %% [markdown]
# ## 3. One step of the LSTM
#
# *25 minutes · 3 points*
#
# The pre-activations of the three gates and of the candidate are computed together, as one vector
# of $4H$ numbers, and then cut into four:
#
# $$\mathbf{a}_t = \mathbf{W}_x \mathbf{x}_t + \mathbf{W}_h \mathbf{h}_{t-1} + \mathbf{b} =
# \begin{bmatrix}
# \mathbf{a}^i_t \\ \mathbf{a}^f_t \\ \mathbf{a}^g_t \\ \mathbf{a}^o_t \end{bmatrix}$$
#
# $$\mathbf{i}_t = \sigma(\mathbf{a}^i_t), \quad \mathbf{f}_t = \sigma(\mathbf{a}^f_t), \quad
# \mathbf{g}_t = \tanh(\mathbf{a}^g_t), \quad \mathbf{o}_t = \sigma(\mathbf{a}^o_t)$$
#
# $$\mathbf{c}_t = \mathbf{f}_t \odot \mathbf{c}_{t-1} + \mathbf{i}_t \odot \mathbf{g}_t, \qquad
# \mathbf{h}_t = \mathbf{o}_t \odot \tanh(\mathbf{c}_t)$$
#
# `sigmoid` is defined in the first cell. Return the four activated parts as well, side by side in
# one array: the backward pass needs them.


# %% role="solution" id="lstm_step_forward"
def lstm_step_forward(x_t, h_prev, c_prev, W_x, W_h, b):
    """Do one step of an LSTM for a batch.

    Args:
        x_t: inputs of this step, (N, D).
        h_prev: hidden states before this step, (N, H).
        c_prev: cell states before this step, (N, H).
        W_x: input weights, (4H, D), rows in the order i, f, g, o.
        W_h: recurrent weights, (4H, H), rows in the same order.
        b: bias, (4H,), in the same order.

    Returns:
        h_t: hidden states after this step, (N, H), in a new array.
        c_t: cell states after this step, (N, H), in a new array.
        gates: i, f, g and o after sigmoid or tanh, side by side in this order, (N, 4H).
        float32 arrays give float32 results.
    """
    ### BEGIN SOLUTION
    a_t = x_t @ W_x.T + h_prev @ W_h.T + b
    i, f, g, o = np.split(a_t, 4, axis=1)
    i, f, g, o = sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)
    c_t = f * c_prev + i * g
    h_t = o * np.tanh(c_t)
    return h_t, c_t, np.concatenate([i, f, g, o], axis=1)
    ### END SOLUTION


# %% role="tests" id="test-step" of="lstm_step_forward" points=2
# test-step (2 points)
N, D, H = 3, 4, 5
weights = make_weights(D, H)
x_t, h_prev = fixed_array(N, D, start=2000), fixed_array(N, H, start=2100)
c_prev = fixed_array(N, H, start=2200, scale=2.0)
h_t, c_t, gates = lstm_step_forward(x_t, h_prev, c_prev, *weights)
check("c_t", c_t)
check("h_t", h_t)
check("gates", gates)
### BEGIN HIDDEN TESTS
N, D, H = 5, 2, 3
W_x, W_h, b = make_weights(D, H)
x_t, h_prev = fixed_array(N, D, start=2300), fixed_array(N, H, start=2400)
c_prev = fixed_array(N, H, start=2500, scale=3.0)
h_t, c_t, gates = lstm_step_forward(-x_t, h_prev / 2, c_prev, W_x / 2, -W_h, b / 3)
check("c_t, other weights", c_t)
check("h_t, other weights", h_t)
check("gates, other weights", gates)
### END HIDDEN TESTS

# %% role="tests" id="test-step-edges" of="lstm_step_forward" points=1
# test-step-edges (1 point)
N, D, H = 3, 4, 5
weights = make_weights(D, H)
x_t, h_prev = fixed_array(N, D, start=2600), fixed_array(N, H, start=2700)
c_prev = fixed_array(N, H, start=2800, scale=2.0)
h_t, c_t, _ = lstm_step_forward(x_t[:1], h_prev[:1], c_prev[:1], *weights)
check("c_t, one sequence", c_t)
check("h_t, one sequence", h_t)
h_t, c_t, _ = lstm_step_forward(4000 * x_t, h_prev, c_prev, *weights)
check("c_t, large inputs", c_t)
small = [array.astype(np.float32) for array in (x_t, h_prev, c_prev, *weights)]
h_small, c_small, gates_small = lstm_step_forward(*small)
types = [str(np.asarray(array).dtype) for array in (h_small, c_small)]
check("h_t and c_t, types for float32", types)
check("c_prev after a step", c_prev)
check("h_prev after a step", h_prev)
### BEGIN HIDDEN TESTS
check("x_t after a step", x_t)
check("h_t, large inputs", h_t)
check("c_t, float32", c_small)
check("gates, float32", gates_small)
h_t, c_t, _ = lstm_step_forward(x_t, h_prev, 50 * c_prev, *weights)
check("h_t, a full cell", h_t)
check("c_t, a full cell", c_t)
x_wide, h_wide = fixed_array(D, 2 * N, start=2900), fixed_array(2 * N, H, start=3000)
turned = [np.asfortranarray(array) for array in weights]
h_t, c_t, _ = lstm_step_forward(x_wide.T[::2], h_wide[::2], h_wide[::-2], *turned)
check("c_t, not contiguous", c_t)
check("h_t, not contiguous", h_t)
### END HIDDEN TESTS

# %% [markdown]
# **Compare with PyTorch.** `torch.nn.LSTMCell` stores its weights in the same shapes and in the
# same order. It has two biases that are added; the second one is set to zero here.

# %% role="agreement" id="agree-step"
torch = check.import_torch()
if torch:
    N, D, H = 3, 4, 5
    W_x, W_h, b = make_weights(D, H)
    x_t, h_prev = fixed_array(N, D, start=2000), fixed_array(N, H, start=2100)
    c_prev = fixed_array(N, H, start=2200, scale=2.0)
    cell = torch.nn.LSTMCell(D, H, dtype=torch.float64)
    stored = [torch.from_numpy(array) for array in (W_x, W_h, b)]
    with torch.no_grad():
        for parameter, array in zip(cell.parameters(), [*stored, torch.zeros(4 * H)], strict=True):
            parameter.copy_(array)
        states = torch.from_numpy(h_prev), torch.from_numpy(c_prev)
        their_h, their_c = cell(torch.from_numpy(x_t), states)
    h_t, c_t, _ = lstm_step_forward(x_t, h_prev, c_prev, W_x, W_h, b)
    check.agrees("h_t and LSTMCell", h_t, their_h)
    check.agrees("c_t and LSTMCell", c_t, their_c)

# %% [markdown]
# ## 4. The whole sequence
#
# *20 minutes · 3 points*
#
# Take steps from `h_0` and `c_0` on, and keep everything. In a padded batch, row $n$ takes
# `lengths[n]` steps. After that *both* its states are carried on unchanged, so that `h[:, -1]` and
# `c[:, -1]` are the final states of every sequence. A sequence of length 0 stays at `h_0` and
# `c_0`. Call your function from part 3.


# %% role="solution" id="lstm_forward"
def lstm_forward(x, h_0, c_0, W_x, W_h, b, lengths):
    """Run an LSTM over a padded batch.

    Args:
        x: inputs, (N, T, D).
        h_0: hidden states before the first step, (N, H).
        c_0: cell states before the first step, (N, H).
        W_x: input weights, (4H, D).
        W_h: recurrent weights, (4H, H).
        b: bias, (4H,).
        lengths: how many steps of each sequence count, (N,), integers from 0 to T. They may all
            be less than T.

    Returns:
        h: hidden states, (N, T, H), of the same dtype as x. `h[:, t]` are the states after the
            step that reads `x[:, t]`. Beyond a sequence's length its last state is repeated.
        c: cell states, (N, T, H), in the same way.
        gates: i, f, g and o of every step, (N, T, 4H). What stands in the padding does not matter.
    """
    ### BEGIN SOLUTION
    N, T, _ = x.shape
    H = h_0.shape[1]
    h, c = np.empty((N, T, H), dtype=x.dtype), np.empty((N, T, H), dtype=x.dtype)
    gates = np.empty((N, T, 4 * H), dtype=x.dtype)
    h_t, c_t = h_0, c_0
    for t in range(T):
        h_next, c_next, gates[:, t] = lstm_step_forward(x[:, t], h_t, c_t, W_x, W_h, b)
        running = (t < lengths)[:, None]
        h_t, c_t = np.where(running, h_next, h_t), np.where(running, c_next, c_t)
        h[:, t], c[:, t] = h_t, c_t
    return h, c, gates
    ### END SOLUTION


# %% role="tests" id="test-forward" of="lstm_forward" points=2
# test-forward (2 points)
N, T, D, H = 3, 6, 4, 5
weights = make_weights(D, H)
x, h_0 = fixed_array(N, T, D, start=3100), fixed_array(N, H, start=3200)
c_0 = fixed_array(N, H, start=3300, scale=2.0)
h, c, gates = lstm_forward(x, h_0, c_0, *weights, np.array([6, 6, 6]))
check("h, no padding", h)
check("c, no padding", c)
check("gates, no padding", gates)
h, c, _ = lstm_forward(x, h_0, c_0, *weights, np.array([4, 6, 1]))
check("h, padded", h)
check("c, padded", c)
### BEGIN HIDDEN TESTS
N, T, D, H = 5, 4, 2, 3
weights = make_weights(D, H)
x, h_0 = fixed_array(N, T, D, start=3400), fixed_array(N, H, start=3500)
c_0 = fixed_array(N, H, start=3600, scale=2.0)
h, c, _ = lstm_forward(-x, h_0 / 2, c_0, *weights, np.array([2, 4, 3, 1, 4]))
check("h, other sizes", h)
check("c, other sizes", c)
### END HIDDEN TESTS

# %% role="tests" id="test-forward-edges" of="lstm_forward" points=1
# test-forward-edges (1 point)
N, T, D, H = 3, 6, 4, 5
weights = make_weights(D, H)
x, h_0 = fixed_array(N, T, D, start=3700), fixed_array(N, H, start=3800)
c_0 = fixed_array(N, H, start=3900, scale=2.0)
h, c, _ = lstm_forward(x, h_0, c_0, *weights, np.array([3, 0, 5]))
check("h, padding in every row", h)
check("c, padding in every row", c)
check("h_0 after a run", h_0)
check("c_0 after a run", c_0)
small = [array.astype(np.float32) for array in (x, h_0, c_0, *weights)]
h_small, c_small, _ = lstm_forward(*small, np.array([5, 2, 6]))
check("h and c, types for float32", [str(np.asarray(array).dtype) for array in (h_small, c_small)])
h, c, _ = lstm_forward(x[:, :1], h_0, c_0, *weights, np.array([1, 1, 1]))
check("c, one step", c)
### BEGIN HIDDEN TESTS
check("x after a run", x)
check("h, one step", h)
check("h, float32", h_small)
check("c, float32", c_small)
h, c, _ = lstm_forward(x[:1], h_0[:1], c_0[:1], *weights, np.array([4]))
check("h, one sequence", h)
lengths = np.array([5, 2, 6])
_, _, gates = lstm_forward(x, h_0, c_0, *weights, lengths)
running = (np.arange(T) < lengths[:, None])[..., None]
check("gates where a sequence runs", np.where(running, gates, 0.0))
check("lengths after a run", lengths)
x_wide = fixed_array(D, T, 2 * N, start=4000)
turned = [np.asfortranarray(array) for array in weights]
h, c, _ = lstm_forward(x_wide.T[::2], h_0[::-1], c_0[::-1], *turned, np.array([5, 2, 6]))
check("c, not contiguous", c)
x_long = fixed_array(2, 300, D, start=4100)
h, c, _ = lstm_forward(x_long, h_0[:2], c_0[:2], *weights, np.array([300, 180]))
check("final h after 300 steps", h[:, -1])
check("final c after 300 steps", c[:, -1])
### END HIDDEN TESTS

# %% [markdown]
# **Compare with PyTorch.** `torch.nn.LSTM` is told the lengths by packing the padded batch; its
# `h_n` and `c_n` are the final states.

# %% role="agreement" id="agree-forward"
torch = check.import_torch()
if torch:
    N, T, D, H = 3, 6, 4, 5
    W_x, W_h, b = make_weights(D, H)
    x, h_0 = fixed_array(N, T, D, start=3100), fixed_array(N, H, start=3200)
    c_0 = fixed_array(N, H, start=3300, scale=2.0)
    lstm = torch.nn.LSTM(D, H, batch_first=True, dtype=torch.float64)
    stored = [torch.from_numpy(array) for array in (W_x, W_h, b)]
    with torch.no_grad():
        for parameter, array in zip(lstm.parameters(), [*stored, torch.zeros(4 * H)], strict=True):
            parameter.copy_(array)
        states = torch.from_numpy(h_0)[None], torch.from_numpy(c_0)[None]
        theirs, _ = lstm(torch.from_numpy(x), states)
        packed = torch.nn.utils.rnn.pack_padded_sequence(
            torch.from_numpy(x), [4, 6, 1], batch_first=True, enforce_sorted=False
        )
        _, (h_n, c_n) = lstm(packed, states)
    h, _, _ = lstm_forward(x, h_0, c_0, W_x, W_h, b, np.array([6, 6, 6]))
    check.agrees("all hidden states and LSTM", h, theirs)
    h, c, _ = lstm_forward(x, h_0, c_0, W_x, W_h, b, np.array([4, 6, 1]))
    check.agrees("final hidden states and LSTM on a packed batch", h[:, -1], h_n[0])
    check.agrees("final cell states and LSTM on a packed batch", c[:, -1], c_n[0])

# %% [markdown]
# ## 5. Backward through the cell
#
# *40 minutes · 3 points*
#
# Now one step back, in two halves. This is the first: from the states after the step to the
# pre-activations and to the cell state before it.
#
# Two gradients come in. `dh_t` is $\partial L / \partial \mathbf{h}_t$. `dc_t` is the gradient that
# the next step hands to $\mathbf{c}_t$; what reaches $\mathbf{c}_t$ through $\mathbf{h}_t$ of this
# step is not in it yet. So first add the two ways:
#
# $$\frac{\partial L}{\partial \mathbf{c}_t} = \texttt{dc\_t} +
# \frac{\partial L}{\partial \mathbf{h}_t} \odot \mathbf{o}_t \odot
# (1 - \tanh(\mathbf{c}_t) \odot \tanh(\mathbf{c}_t))$$
#
# From there go back through $\mathbf{c}_t = \mathbf{f}_t \odot \mathbf{c}_{t-1} + \mathbf{i}_t
# \odot \mathbf{g}_t$ and $\mathbf{h}_t = \mathbf{o}_t \odot \tanh(\mathbf{c}_t)$ to the four parts
# of `gates`, with the rule of part 2, and through their nonlinearities to the pre-activations. With
# $y = \sigma(a)$ the slope is $y(1 - y)$, and with $y = \tanh(a)$ it is $1 - y^2$.
#
# The array `gates` holds the values *after* the nonlinearity. You need no weights here.


# %% role="solution" id="lstm_cell_backward"
def lstm_cell_backward(dh_t, dc_t, c_prev, c_t, gates):
    """Take gradients back through the gates and the cell of one step.

    Args:
        dh_t: gradient of the loss with respect to h_t, (N, H).
        dc_t: gradient with respect to c_t that comes from the next step, (N, H).
        c_prev: cell states before the step, (N, H).
        c_t: cell states after the step, (N, H).
        gates: i, f, g and o after sigmoid or tanh, side by side, (N, 4H).

    Returns:
        da: gradient with respect to the pre-activations, (N, 4H), in the order i, f, g, o.
        dc_prev: gradient with respect to c_prev, (N, H).
        float32 arrays give float32 results.
    """
    ### BEGIN SOLUTION
    i, f, g, o = np.split(gates, 4, axis=1)
    tanh_c = np.tanh(c_t)
    dc = dc_t + dh_t * o * (1 - tanh_c**2)
    da = [
        dc * g * i * (1 - i),
        dc * c_prev * f * (1 - f),
        dc * i * (1 - g**2),
        dh_t * tanh_c * o * (1 - o),
    ]
    return np.concatenate(da, axis=1), dc * f
    ### END SOLUTION


# %% role="tests" id="test-cell-backward" of="lstm_cell_backward" points=2
# test-cell-backward (2 points)
run = load_lstm_run("short")
c_prev, c_t, gates = run.c[:, 2], run.c[:, 3], run.gates[:, 3]
dh_t, dc_t = fixed_array(3, 5, start=4200), fixed_array(3, 5, start=4300)
da, dc_prev = lstm_cell_backward(dh_t, dc_t, c_prev, c_t, gates)
check("cell: dc_prev", dc_prev)
check("cell: da", da)
### BEGIN HIDDEN TESTS
run = load_lstm_run("padded")
dh_t, dc_t = fixed_array(4, 2, start=4400), fixed_array(4, 2, start=4500)
da, dc_prev = lstm_cell_backward(dh_t, dc_t, run.c_0, run.c[:, 0], run.gates[:, 0])
check("cell: dc_prev, other sizes", dc_prev[:3])
check("cell: da, other sizes", da[:3])
### END HIDDEN TESTS

# %% role="tests" id="test-cell-backward-edges" of="lstm_cell_backward" points=1
# test-cell-backward-edges (1 point)
run = load_lstm_run("short")
c_prev, c_t, gates = run.c[:, 4], run.c[:, 5], run.gates[:, 5]
dh_t, dc_t = fixed_array(3, 5, start=4600), fixed_array(3, 5, start=4700)
da, dc_prev = lstm_cell_backward(dh_t[:1], dc_t[:1], c_prev[:1], c_t[:1], gates[:1])
check("cell: da, one sequence", da)
check("cell: dc_prev, one sequence", dc_prev)
da, dc_prev = lstm_cell_backward(0 * dh_t, dc_t, c_prev, c_t, gates)
check("cell: da, from the next step alone", da)
da, dc_prev = lstm_cell_backward(dh_t, 0 * dc_t, c_prev, c_t, gates)
check("cell: dc_prev, from the output alone", dc_prev)
check("dh_t and dc_t after a call", [dh_t, dc_t])
small = [array.astype(np.float32) for array in (dh_t, dc_t, c_prev, c_t, gates)]
da_small, dc_small = lstm_cell_backward(*small)
check("cell: types for float32", [str(np.asarray(array).dtype) for array in (da_small, dc_small)])
### BEGIN HIDDEN TESTS
check(
    "cell: dc_prev, from the next step alone",
    lstm_cell_backward(0 * dh_t, dc_t, c_prev, c_t, gates)[1],
)
check("cell: da, float32", da_small)
check("gates after a call", gates)
check("c_prev and c_t after a call", [c_prev, c_t])
turned = [np.asfortranarray(array)[::2] for array in (dh_t, dc_t, c_prev, c_t, gates)]
da, dc_prev = lstm_cell_backward(*turned)
check("cell: da, not contiguous", da)
### END HIDDEN TESTS

# %% [markdown]
# **Compare with PyTorch.** Autograd goes back through one step of `torch.nn.LSTMCell`. Its biases
# are added to the pre-activations, so their gradients are yours summed over the batch.

# %% role="agreement" id="agree-cell-backward"
torch = check.import_torch()
if torch:
    run = load_lstm_run("short")
    x_t, h_prev, c_prev = run.x[:, 3], run.h[:, 2], run.c[:, 2]
    dh_t, dc_t = fixed_array(3, 5, start=4200), fixed_array(3, 5, start=4300)
    cell = torch.nn.LSTMCell(4, 5, dtype=torch.float64)
    stored = [torch.from_numpy(array) for array in (run.W_x, run.W_h, run.b)]
    with torch.no_grad():
        for parameter, array in zip(cell.parameters(), [*stored, torch.zeros(20)], strict=True):
            parameter.copy_(array)
    leaves = [torch.from_numpy(array).requires_grad_() for array in (x_t, h_prev, c_prev)]
    after = cell(leaves[0], (leaves[1], leaves[2]))
    wanted = [leaves[2], cell.bias_ih]
    theirs = torch.autograd.grad(after, wanted, [torch.from_numpy(a) for a in (dh_t, dc_t)])
    da, dc_prev = lstm_cell_backward(dh_t, dc_t, c_prev, run.c[:, 3], run.gates[:, 3])
    check.agrees("dc_prev and autograd", dc_prev, theirs[0])
    check.agrees("da, summed over the batch, and autograd", np.sum(da, axis=0), theirs[1])

# %% [markdown]
# ## 6. Backward through the sequence
#
# *45 minutes · 4 points*
#
# Go through the steps from the last to the first. The gradient `dh[:, t]` is what the loss gives to
# `h[:, t]` directly. Add to it what the step after has handed back, and call your function from
# part 5. It gives you $\mathbf{d}_{t-1}$ for the cell before, and $\boldsymbol{\delta}_t = \partial
# L / \partial \mathbf{a}_t$. From the pre-activations on, all is as for the vanilla RNN, with $4H$
# rows. For one sequence:
#
# $$\frac{\partial L}{\partial \mathbf{x}_t} = \mathbf{W}_x^\top \boldsymbol{\delta}_t, \qquad
# \frac{\partial L}{\partial \mathbf{h}_{t-1}} = \mathbf{W}_h^\top \boldsymbol{\delta}_t$$
#
# $$\frac{\partial L}{\partial \mathbf{W}_x} = \sum_t \boldsymbol{\delta}_t \mathbf{x}_t^\top,
# \qquad \frac{\partial L}{\partial \mathbf{W}_h} = \sum_t \boldsymbol{\delta}_t
# \mathbf{h}_{t-1}^\top, \qquad \frac{\partial L}{\partial \mathbf{b}} = \sum_t
# \boldsymbol{\delta}_t$$
#
# The second of these, $\partial L / \partial \mathbf{h}_{t-1}$, is what step $t$ hands back to the
# step before. The sequences of a batch share the weights, so these gradients are summed over the
# batch too. The loss depends on the hidden states only, so at the last step nothing comes to the
# cell state from a next one: `dc_t` is zero there.
#
# Where a row has ended, forward only carried the two states on. So backward hands both gradients on
# unchanged, and that row gives nothing to the weights and to `x[:, t]`. What stands in the padding
# of `x` and `gates` must have no influence.


# %% role="solution" id="lstm_backward"
def lstm_backward(dh, x, h_0, c_0, h, c, gates, W_x, W_h, lengths):
    """Take the gradient of a loss back through an LSTM.

    Args:
        dh: gradient that the loss gives to each hidden state directly, (N, T, H). It may be other
            than zero in the padding, where h repeats the last state.
        x: inputs, (N, T, D).
        h_0: hidden states before the first step, (N, H).
        c_0: cell states before the first step, (N, H).
        h: hidden states, as lstm_forward returns them, (N, T, H).
        c: cell states, as lstm_forward returns them, (N, T, H).
        gates: i, f, g and o, as lstm_forward returns them, (N, T, 4H).
        W_x: input weights, (4H, D).
        W_h: recurrent weights, (4H, H).
        lengths: how many steps of each sequence count, (N,), integers from 0 to T.

    Returns:
        dx: gradient with respect to x, (N, T, D), zero in the padding.
        dh_0: gradient with respect to h_0, (N, H).
        dc_0: gradient with respect to c_0, (N, H).
        dW_x: gradient with respect to W_x, (4H, D), summed over steps and sequences.
        dW_h: gradient with respect to W_h, (4H, H).
        db: gradient with respect to b, (4H,).
    """
    ### BEGIN SOLUTION
    dx, dW_x, dW_h = np.zeros_like(x), np.zeros_like(W_x), np.zeros_like(W_h)
    db = np.zeros(len(W_x), dtype=W_x.dtype)
    dh_next, dc_next = np.zeros_like(h_0), np.zeros_like(c_0)
    for t in reversed(range(x.shape[1])):
        h_prev, c_prev = (h[:, t - 1], c[:, t - 1]) if t > 0 else (h_0, c_0)
        running = (t < lengths)[:, None]
        dh_t = dh[:, t] + dh_next
        da, dc_prev = lstm_cell_backward(dh_t, dc_next, c_prev, c[:, t], gates[:, t])
        da = np.where(running, da, 0)
        dx[:, t] = da @ W_x
        dW_x += da.T @ x[:, t]
        dW_h += da.T @ h_prev
        db += da.sum(axis=0)
        dh_next = np.where(running, da @ W_h, dh_t)
        dc_next = np.where(running, dc_prev, dc_next)
    return dx, dh_next, dc_next, dW_x, dW_h, db
    ### END SOLUTION


# %% role="tests" id="test-backward-states" of="lstm_backward" points=2
# test-backward-states (2 points)
run = load_lstm_run("short")
before = run.x, run.h_0, run.c_0, run.h, run.c, run.gates, run.W_x, run.W_h
dh = fixed_array(3, 6, 5, start=5100)
dx, dh_0, dc_0, dW_x, dW_h, db = lstm_backward(dh, *before, run.lengths)
check("dx", dx)
check("dh_0", dh_0)
check("dc_0", dc_0)
### BEGIN HIDDEN TESTS
run = load_lstm_run("long")
before = run.x, run.h_0, run.c_0, run.h, run.c, run.gates, run.W_x, run.W_h
dh = fixed_array(2, 120, 3, start=5300)
dx, dh_0, dc_0, dW_x, dW_h, db = lstm_backward(dh, *before, run.lengths)
check("dx, 120 steps", dx[:, ::10])
check("dh_0 and dc_0, 120 steps", [dh_0, dc_0])
### END HIDDEN TESTS

# %% role="tests" id="test-backward-weights" of="lstm_backward" points=1
# test-backward-weights (1 point)
run = load_lstm_run("short")
before = run.x, run.h_0, run.c_0, run.h, run.c, run.gates, run.W_x, run.W_h
dh = fixed_array(3, 6, 5, start=5700)
dx, dh_0, dc_0, dW_x, dW_h, db = lstm_backward(dh, *before, run.lengths)
check("dW_x", dW_x)
check("dW_h", dW_h)
check("db", db)
### BEGIN HIDDEN TESTS
run = load_lstm_run("long")
before = run.x, run.h_0, run.c_0, run.h, run.c, run.gates, run.W_x, run.W_h
dh = fixed_array(2, 120, 3, start=5300)
dx, dh_0, dc_0, dW_x, dW_h, db = lstm_backward(dh, *before, run.lengths)
check("dW_x and dW_h, 120 steps", [dW_x, dW_h])
check("db, 120 steps", db)
### END HIDDEN TESTS

# %% role="tests" id="test-backward-padding" of="lstm_backward" points=1
# test-backward-padding (1 point)
run = load_lstm_run("padded")
before = run.x, run.h_0, run.c_0, run.h, run.c, run.gates, run.W_x, run.W_h
dh = fixed_array(4, 7, 2, start=6100)
dx, dh_0, dc_0, dW_x, dW_h, db = lstm_backward(dh, *before, run.lengths)
check("dx, padded", dx)
check("dh_0, padded", dh_0)
check("dc_0, padded", dc_0)
check("dW_x, padded", dW_x)
check("dW_h, padded", dW_h)
check("db, padded", db)
check("dh after a call", dh)
### BEGIN HIDDEN TESTS
last = np.zeros_like(dh)
last[:, -1] = dh[:, 0]
check("all, a loss on the final states", list(lstm_backward(last, *before, run.lengths)))
first = [array[:1] for array in before[:6]]
check("all, one sequence", list(lstm_backward(dh[:1], *first, *before[6:], run.lengths[:1])))
one = run.x[:2, :1], run.h_0[:2], run.c_0[:2], run.h[:2, :1], run.c[:2, :1], run.gates[:2, :1]
check("all, one step", list(lstm_backward(dh[:2, :1], *one, *before[6:], np.array([1, 1]))))
small = [array.astype(np.float32) for array in (dh, *before)]
check("all, float32", list(lstm_backward(*small, run.lengths)))
turned = [np.asfortranarray(array) for array in (dh, *before)]
check("all, not contiguous", list(lstm_backward(*turned, run.lengths)))
### END HIDDEN TESTS

# %% [markdown]
# **Compare with PyTorch.** Autograd goes back through `torch.nn.LSTM` on the packed batch. The loss
# depends on all hidden states of the sequences and on the final ones. PyTorch takes no sequence of
# length 0, so the last row is left out.

# %% role="agreement" id="agree-backward"
torch = check.import_torch()
if torch:
    run = load_lstm_run("padded")
    N, lengths = 3, run.lengths[:3]
    x, h_0, c_0 = run.x[:N], run.h_0[:N], run.c_0[:N]
    dh, dh_n = fixed_array(N, 7, 2, start=6200), fixed_array(N, 2, start=6300)
    dh = np.where((np.arange(7) < lengths[:, None])[..., None], dh, 0.0)
    lstm = torch.nn.LSTM(3, 2, batch_first=True, dtype=torch.float64)
    stored = [torch.from_numpy(array) for array in (run.W_x, run.W_h, run.b)]
    with torch.no_grad():
        for parameter, array in zip(lstm.parameters(), [*stored, torch.zeros(8)], strict=True):
            parameter.copy_(array)
    leaves = [torch.from_numpy(array).requires_grad_() for array in (x, h_0, c_0)]
    packed = torch.nn.utils.rnn.pack_padded_sequence(
        leaves[0], torch.from_numpy(lengths), batch_first=True, enforce_sorted=False
    )
    packed_h, (h_n, _) = lstm(packed, (leaves[1][None], leaves[2][None]))
    their_h, _ = torch.nn.utils.rnn.pad_packed_sequence(packed_h, batch_first=True)
    loss = (their_h * torch.from_numpy(dh)).sum() + (h_n[0] * torch.from_numpy(dh_n)).sum()
    wanted = [*leaves, lstm.weight_ih_l0, lstm.weight_hh_l0, lstm.bias_ih_l0]
    theirs = torch.autograd.grad(loss, wanted)
    dh[:, -1] += dh_n
    after = run.h[:N], run.c[:N], run.gates[:N]
    mine = lstm_backward(dh, x, h_0, c_0, *after, run.W_x, run.W_h, lengths)
    for name, ours, other in zip(
        ("dx", "dh_0", "dc_0", "dW_x", "dW_h", "db"), mine, theirs, strict=True
    ):
        check.agrees(f"{name} and autograd", ours, other)

# %% [markdown]
# ## 7. Initial weights
#
# *10 minutes · 1 point*
#
# Draw all elements of `W_x` and `W_h` uniformly from $(-1/\sqrt{H},\, 1/\sqrt{H})$ with
# `np.random.default_rng(seed)`. The bias is zero, but for the forget gates, where it is
# `forget_bias`: a new network should rather keep than forget.


# %% role="solution" id="init_lstm"
def init_lstm(D, H, seed, forget_bias=1.0):
    """Make the initial weights of an LSTM.

    Args:
        D: numbers in an input.
        H: units.
        seed: an integer; the same seed gives the same weights, another seed others.
        forget_bias: the initial bias of the forget gates.

    Returns:
        W_x: (4H, D), uniform in (-1/sqrt(H), 1/sqrt(H)).
        W_h: (4H, H), uniform in (-1/sqrt(H), 1/sqrt(H)).
        b: (4H,), forget_bias for the forget gates and 0 elsewhere; floats.
    """
    ### BEGIN SOLUTION
    rng = np.random.default_rng(seed)
    bound = 1 / np.sqrt(H)
    W_x = rng.uniform(-bound, bound, (4 * H, D))
    W_h = rng.uniform(-bound, bound, (4 * H, H))
    b = np.zeros(4 * H)
    b[H : 2 * H] = forget_bias
    return W_x, W_h, b
    ### END SOLUTION


# %% role="tests" id="test-init" of="init_lstm" points=1
# test-init (1 point)
W_x, W_h, b = init_lstm(30, 25, seed=3)
check("shapes of W_x, W_h, b", [np.shape(W_x), np.shape(W_h), np.shape(b)])
check("initial bias", b)
check("initial bias, forget_bias=2.5", init_lstm(3, 4, seed=0, forget_bias=2.5)[2])
largest = [float(np.max(np.abs(W))) * np.sqrt(25) for W in (W_x, W_h)]
check.that("no weight is larger than the bound", max(largest) <= 1)
check.that("some weights come near the bound", min(largest) > 0.98)
means = [float(np.mean(W)) * np.sqrt(25) for W in (W_x, W_h)]
check.that("weights are positive and negative alike", max(np.abs(means)) < 0.1)
spreads = [float(np.mean(np.abs(W))) * np.sqrt(25) for W in (W_x, W_h)]
check.that("weights are spread evenly", max(np.abs(np.array(spreads) - 0.5)) < 0.05)
other, again = init_lstm(30, 25, seed=4)[0], init_lstm(30, 25, seed=3)[0]
check.that("another seed gives other weights", np.max(np.abs(W_x - other)) > 0.1)
check.that("the same seed gives the same weights", np.max(np.abs(W_x - again)) == 0)
blocks = np.reshape(W_h, (4, 25, 25))
check.that("the gates get different weights", np.max(np.abs(blocks[0] - blocks[1])) > 0.1)
### BEGIN HIDDEN TESTS
W_x, W_h, b = init_lstm(2, 1, seed=0, forget_bias=-3)
check("shapes, one unit", [np.shape(W_x), np.shape(W_h), np.shape(b)])
check("initial bias, one unit", b)
W_x, W_h, b = init_lstm(40, 400, seed=1)
largest = [float(np.max(np.abs(W))) * np.sqrt(400) for W in (W_x, W_h)]
check.that("the bound for 400 units", 0.99 < min(largest) <= max(largest) <= 1)
### END HIDDEN TESTS

# %% [markdown]
# ## 8. A memory cell, set by hand
#
# *15 minutes · 1 point*
#
# An LSTM with one unit, $H = 1$, shall be a memory cell. Its input has two numbers: a value $v_t$
# in $(-1, 1)$, which comes at every step, and a mark $m_t$, which is 1 where the value is to be
# written and 0 where the cell is to hold what it has. The cell is always read.
#
# Choose the weights so that the four pre-activations depend on the input in this way, with a number
# $\alpha > 0$ that says how firmly the gates are open or closed. Nothing depends on
# $\mathbf{h}_{t-1}$.
#
# | | $a^i_t$ | $a^f_t$ | $a^g_t$ | $a^o_t$ |
# | --- | --- | --- | --- | --- |
# | write, $m_t = 1$ | $\alpha$ | $-\alpha$ | $v_t$ | $\alpha$ |
# | hold, $m_t = 0$ | $-\alpha$ | $\alpha$ | $v_t$ | $\alpha$ |


# %% role="solution" id="memory_weights"
def memory_weights(alpha):
    """Return the weights of a memory cell that is written at a mark and holds otherwise.

    Args:
        alpha: how firmly the gates are open or closed, a positive number.

    Returns:
        W_x: (4, 2), its columns for the value and the mark, its rows in the order i, f, g, o.
        W_h: (4, 1).
        b: (4,).
    """
    ### BEGIN SOLUTION
    W_x = np.array([[0.0, 2 * alpha], [0.0, -2 * alpha], [1.0, 0.0], [0.0, 0.0]])
    return W_x, np.zeros((4, 1)), np.array([-alpha, alpha, 0.0, alpha])
    ### END SOLUTION


# %% role="tests" id="test-memory" of="memory_weights" points=1
# test-memory (1 point)
W_x, W_h, b = memory_weights(3.5)
check("shapes of the cell's weights", [np.shape(W_x), np.shape(W_h), np.shape(b)])
x_t = np.array([[0.3, 0.0], [-0.6, 0.0], [0.3, 1.0], [-0.6, 1.0]])
a_t = x_t @ np.asarray(W_x).T + b
check("pre-activations when it holds", a_t[:2])
check("pre-activations when it writes", a_t[2:])
check("W_h of the memory cell", W_h)
### BEGIN HIDDEN TESTS
W_x, W_h, b = memory_weights(12)
check("pre-activations, another alpha", x_t @ np.asarray(W_x).T + b)
### END HIDDEN TESTS

# %% [markdown]
# ## 9. Experiment: 500 steps
#
# *15 minutes*
#
# **The memory cell.** At step 0 the value is written, and for 500 steps it is to be held, while
# other values come in unmarked. How firm must the gates be?

# %%
import matplotlib.pyplot as plt

from unrolled.figures import figure_size, label_line, use_style

use_style()
rng = np.random.default_rng(0)
x = np.zeros((1, 501, 2))
x[0, :, 0] = rng.uniform(-1, 1, 501)
x[0, 0] = 0.9, 1.0

figure, ax = plt.subplots(figsize=figure_size(0.5))
for alpha in (3.0, 5.0, 7.0, 8.0, 16.0):
    zeros = np.zeros((1, 1))
    _, c, _ = lstm_forward(x, zeros, zeros, *memory_weights(alpha), np.array([501]))
    left = 100 * c[0, -1, 0] / c[0, 0, 0]
    print(f"alpha {alpha:4.0f}: after 500 steps {left:7.2f} % of the value is left")
    (line,) = ax.plot(c[0, :, 0], lw=1.2)
    label_line(ax, line, f"{alpha:.0f}", dy=-6 if alpha == 3 else 0)
ax.set(xlabel="steps since the value was written", ylabel="cell state")
ax.set_title("by alpha")
plt.show()

# %% [markdown]
# **How far a gradient reaches.** Now a new network with 20 units reads 100 random inputs, and the
# loss depends on the last hidden state alone. How much of its gradient arrives at the input $k$
# steps before the end? Three seeds for each initial bias of the forget gates.

# %%
T, D, H = 100, 3, 20
figure, ax = plt.subplots(figsize=figure_size(0.5))
for forget_bias, colour in ((0.0, "C1"), (1.0, "C2"), (2.0, "C3"), (4.0, "C0")):
    for seed in range(3):
        rng = np.random.default_rng(seed)
        x, zeros = rng.normal(size=(1, T, D)), np.zeros((1, H))
        W_x, W_h, b = init_lstm(D, H, seed, forget_bias)
        h, c, gates = lstm_forward(x, zeros, zeros, W_x, W_h, b, np.array([T]))
        dh = np.zeros((1, T, H))
        dh[0, -1] = rng.normal(size=H)
        dx, *_ = lstm_backward(dh, x, zeros, zeros, h, c, gates, W_x, W_h, np.array([T]))
        norms = np.linalg.norm(dx[0, ::-1], axis=1)
        (line,) = ax.plot(norms / norms[0], color=colour, lw=1.2)
        if seed == 0:
            mean, at_50 = gates[0, :, H : 2 * H].mean(), norms[50] / norms[0]
            print(
                f"bias {forget_bias:.0f}: mean forget gate {mean:.3f}, gradient at 50: {at_50:.0e}"
            )
    label_line(ax, line, f"bias {forget_bias:.0f}")
ax.set(xlabel="steps before the end, k", ylabel="gradient, relative to k = 0", yscale="log")
plt.show()

# %% [markdown] role="written" id="why-gates" points=2
# **Question** *(20 minutes · 2 points, graded by hand)*
#
# (a) While the memory cell holds, what is $c_t$ as a function of $c_0$ and $\alpha$ after $T$
# steps, if what leaks in through the input gate is left aside? From this, how large must $\alpha$
# be so that at least 99 % is left after 500 steps? Compare with two of the printed values. (b) In
# the second experiment the same number, the forget gate, sets how far the gradient reaches along
# the cell. Why? The curves lie above a product of forget gates: where does the rest come from? And
# name one thing that a forget bias of 6 makes harder. Four to eight sentences.
#
# ### BEGIN SOLUTION
# *Model answer.* (a) At each step the cell is multiplied by $f = \sigma(\alpha)$, so $c_T =
# \sigma(\alpha)^T c_0$. With $\sigma(\alpha) = 1/(1 + e^{-\alpha})$ this is about $e^{-T
# e^{-\alpha}} c_0$. At least 99 % is left if $500\, e^{-\alpha} \le -\ln 0.99 \approx 0.01005$,
# that is $\alpha \ge \ln(500 / 0.01005) \approx 10.8$. The printed values agree: at $\alpha = 8$
# about 85 % is left ($e^{-500 e^{-8}} = 0.846$), a little more or less because of what leaks in,
# and at 16 more than 99.9 %. At 3 and 5 what is left is mostly what leaked in. (b) On the way
# through the cell, $c_t = f_t c_{t-1} + i_t g_t$, so $\partial c_t / \partial c_{t-1} = f_t$ along
# this path: the gradient is multiplied by the same numbers as the memory itself, and over $k$ steps
# by their product. At a bias of 0 the gates are near one half and the product halves at each step;
# at 4 they are near 0.98, at 6 near 0.997. The rest comes by the other paths, out through the
# output gate and in again through $\mathbf{W}_h$; their shares are added, and at a bias of 4 the
# curves even rise above 1, which no product of forget gates can do. What becomes harder is to
# forget: the cell adds up everything that is written, old content is not cleared, and the slope
# $f(1 - f)$ of so saturated a gate is small, so that it takes long to learn to close it.
#
# *Marking scheme.*
#
# - 2: (a) the power $\sigma(\alpha)^T$ or $e^{-T e^{-\alpha}}$, with $\alpha$ between 10.5 and 11
#   derived from it and compared with printed values; (b) the product of forget gates as factor of
#   the gradient along the cell, the paths through the hidden state for the rest, and one drawback
#   (old content piles up, a saturated gate learns slowly, or the like).
# - 1: one of (a) and (b) complete, or both with a gap: $\alpha$ read off by trial, or no drawback,
#   no other path, or no reason for the product.
# - 0: no answer, or only that larger gates remember longer.
# ### END SOLUTION

# %% [markdown]
# ## Summary

# %% role="summary" id="summary"
check.summary()
