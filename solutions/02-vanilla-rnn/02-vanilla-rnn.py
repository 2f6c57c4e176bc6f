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
# # Assignment 2: a vanilla RNN in NumPy
#
# You write eight short functions that make up a language model: a recurrent network that reads a
# text letter by letter, says how probable each next letter is, and writes new text. Parts 1 and 2
# are the network, parts 3 to 5 its loss, parts 6 to 8 the writing. In part 9 your functions run a
# model of Italian family names that has been trained already.
#
# The assignment belongs to chapter 2 of the book, gives 20 points, and takes about 3 hours. Each
# part says how long it takes.
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
# The parts build on each other, so do them in order. Where a check recognises that a wrong value
# comes from an earlier part, it costs points there only. After you hand in, hidden checks call
# each function with further inputs. They ask for nothing that the docstring does not promise.
#
# Use NumPy and no other library in your functions, and do not change the arrays that they are
# given.
#
# **How to hand in.** Restart the kernel, run all cells, save, and hand in `02-vanilla-rnn.ipynb` in
# the way your instructor has told you. To run the whole notebook in a terminal and see your points:
#
#     python -m unrolled check 02-vanilla-rnn.ipynb

# %% [markdown]
# ## Symbols
#
# | formula | code | shape in code | meaning |
# | --- | --- | --- | --- |
# | $N$, $T$ | | | sequences in a batch, time steps of the longest one |
# | $D$, $H$, $V$ | | | numbers in an input, hidden units, symbols in the vocabulary |
# | $\mathbf{x}_t$ | `x_t`, `x` | (N, D), (N, T, D) | input at one step, at all steps |
# | $\mathbf{h}_t$ | `h_t`, `h` | (N, H), (N, T, H) | state after one step, after every step |
# | $\mathbf{h}_{t-1}$, $\mathbf{h}_0$ | `h_prev`, `h_0` | (N, H) | state before a step, the first |
# | $\mathbf{W}_x$, $\mathbf{W}_h$ | `W_x`, `W_h` | (H, D), (H, H) | weights to the state |
# | $\mathbf{b}$ | `b` | (H,) | bias of the state |
# | $\mathbf{W}_y$, $\mathbf{b}_y$ | `W_y`, `b_y` | (V, H), (V,) | weights and bias of the output |
# | $\mathbf{E}$ | `E` | (V, D) | embedding matrix; row $i$ belongs to symbol $i$ |
# | $s_t$ | `ids` | (N, T) | number of the symbol at a step, from 0 to $V-1$ |
# | $\ell_n$ | `lengths` | (N,) | true length of each sequence; beyond it lies padding |
#
# Formulas are for one sequence and column vectors, and count steps from 1. In code each row is a
# sequence, so a product $\mathbf{W}\mathbf{x}$ becomes `x @ W.T`, and steps count from 0.

# %% role="setup" id="setup"
import numpy as np

from unrolled import Checks, fixed_array

check = Checks("02-vanilla-rnn")


def make_weights(D, H):
    """Return W_x (H, D), W_h (H, H), b (H,): always the same numbers, in new arrays."""
    return (
        fixed_array(H, D, start=100, scale=0.9),
        fixed_array(H, H, start=220, scale=0.7),
        fixed_array(H, start=320, scale=0.8),
    )


def make_model(V, D, H):
    """Return the weights of a language model, by name: make_weights and E, W_y, b_y."""
    W_x, W_h, b = make_weights(D, H)
    return {
        "E": fixed_array(V, D, start=410, scale=1.5),
        "W_x": W_x,
        "W_h": W_h,
        "b": b,
        "W_y": fixed_array(V, H, start=545, scale=1.5),
        "b_y": fixed_array(V, start=640, scale=0.8),
    }


# %% [markdown]
# ## 1. One step
#
# *15 minutes · 2 points*
#
# The network reads one input and updates its state:
#
# $$\mathbf{h}_t = \tanh(\mathbf{W}_x \mathbf{x}_t + \mathbf{W}_h \mathbf{h}_{t-1} + \mathbf{b})$$
#
# Write this for a batch: `x_t` and `h_prev` hold one sequence per row. No loop is needed.


# %% role="solution" id="rnn_step_forward"
def rnn_step_forward(x_t, h_prev, W_x, W_h, b):
    """Do one step of a vanilla RNN for a batch.

    Args:
        x_t: inputs of this step, (N, D).
        h_prev: hidden states before this step, (N, H).
        W_x: input weights, (H, D).
        W_h: recurrent weights, (H, H).
        b: bias, (H,).

    Returns:
        h_t: hidden states after this step, (N, H), in a new array. Every entry lies between -1
        and 1, for inputs in the thousands as well. float32 arrays give a float32 result.
    """
    ### BEGIN SOLUTION
    return np.tanh(x_t @ W_x.T + h_prev @ W_h.T + b)
    ### END SOLUTION


# %% role="tests" id="test-step" of="rnn_step_forward" points=1
# test-step (1 point)
N, D, H = 3, 4, 5
W_x, W_h, b = make_weights(D, H)
x_t, h_prev = fixed_array(N, D, start=1000), fixed_array(N, H, start=1100)
check("h_t", rnn_step_forward(x_t, h_prev, W_x, W_h, b))
### BEGIN HIDDEN TESTS
N, D, H = 5, 2, 3
W_x, W_h, b = make_weights(D, H)
x_t, h_prev = fixed_array(N, D, start=1200), fixed_array(N, H, start=1300)
check("h_t, other weights", rnn_step_forward(-x_t, h_prev / 2, W_x / 2, -W_h, b / 3))
check("h_t, other sizes", rnn_step_forward(x_t, h_prev, W_x, W_h, b))
### END HIDDEN TESTS

# %% role="tests" id="test-step-edges" of="rnn_step_forward" points=1
# test-step-edges (1 point)
N, D, H = 3, 4, 5
W_x, W_h, b = make_weights(D, H)
x_t, h_prev = fixed_array(N, D, start=1400), fixed_array(N, H, start=1500)
check("h_t, one sequence", rnn_step_forward(x_t[:1], h_prev[:1], W_x, W_h, b))
check("h_t, large inputs", rnn_step_forward(5000 * x_t, h_prev, W_x, W_h, b))
small = [array.astype(np.float32) for array in (x_t, h_prev, W_x, W_h, b)]
h_small = rnn_step_forward(*small)
check("h_t, type for float32", str(np.asarray(h_small).dtype))
rnn_step_forward(x_t, h_prev, W_x, W_h, b)
check("h_prev after a step", h_prev)
### BEGIN HIDDEN TESTS
check("x_t after a step", x_t)
check("h_t, float32", h_small)
check("h_t, first step", rnn_step_forward(x_t, np.zeros((N, H)), W_x, W_h, b))
x_wide, h_wide = fixed_array(D, 2 * N, start=1600), fixed_array(2 * N, H, start=1700)
check(
    "h_t, inputs not contiguous",
    rnn_step_forward(x_wide.T[::2], h_wide[::2], np.asfortranarray(W_x), W_h, b),
)
### END HIDDEN TESTS

# %% [markdown]
# **Compare with PyTorch.** `torch.nn.RNNCell` stores its weights in the same shapes. It has two
# biases that are added; the second one is set to zero here.

# %% role="agreement" id="agree-step"
torch = check.import_torch()
if torch:
    N, D, H = 3, 4, 5
    W_x, W_h, b = make_weights(D, H)
    x_t, h_prev = fixed_array(N, D, start=1000), fixed_array(N, H, start=1100)
    cell = torch.nn.RNNCell(D, H, dtype=torch.float64)
    stored = [torch.from_numpy(array) for array in (W_x, W_h, b)]
    with torch.no_grad():
        for parameter, array in zip(cell.parameters(), [*stored, torch.zeros(H)], strict=True):
            parameter.copy_(array)
        theirs = cell(torch.from_numpy(x_t), torch.from_numpy(h_prev))
    check.agrees("h_t and RNNCell", rnn_step_forward(x_t, h_prev, W_x, W_h, b), theirs)

# %% [markdown]
# ## 2. The whole sequence
#
# *30 minutes · 5 points*
#
# Take steps from `h_0` on, with the same weights at every step, and keep every state.
#
# The sequences of a batch have unequal lengths, and the shorter ones are padded at the end. Row $n$
# takes `lengths[n]` steps. After that its last state is carried on unchanged, so that `h[:, -1]` is
# the final state of every sequence. A sequence of length 0 stays at `h_0`.
#
# A loop over time is needed, a loop over the batch is not: `np.where(condition, a, b)` chooses
# between two arrays. To choose whole rows of an (N, H) array, the condition needs the shape (N, 1).


# %% role="solution" id="rnn_forward"
def rnn_forward(x, h_0, W_x, W_h, b, lengths):
    """Run a vanilla RNN over a padded batch.

    Args:
        x: inputs, (N, T, D).
        h_0: hidden states before the first step, (N, H).
        W_x: input weights, (H, D).
        W_h: recurrent weights, (H, H).
        b: bias, (H,).
        lengths: how many steps of each sequence count, (N,), integers from 0 to T. They may all
            be less than T.

    Returns:
        h: hidden states, (N, T, H), of the same dtype as x. `h[:, t]` are the states after the
        step that reads `x[:, t]`. Beyond a sequence's length its last state is repeated, up to
        the last of the T places.
    """
    ### BEGIN SOLUTION
    N, T, _ = x.shape
    h = np.empty((N, T, h_0.shape[1]), dtype=x.dtype)
    h_t = h_0
    for t in range(T):
        h_next = rnn_step_forward(x[:, t], h_t, W_x, W_h, b)
        h_t = np.where((t < lengths)[:, None], h_next, h_t)
        h[:, t] = h_t
    return h
    ### END SOLUTION


# %% role="tests" id="test-forward" of="rnn_forward" points=2
# test-forward (2 points)
N, T, D, H = 3, 6, 4, 5
W_x, W_h, b = make_weights(D, H)
x, h_0 = fixed_array(N, T, D, start=2000), fixed_array(N, H, start=2100)
check("h, no padding", rnn_forward(x, h_0, W_x, W_h, b, np.array([6, 6, 6])))
### BEGIN HIDDEN TESTS
N, T, D, H = 5, 4, 2, 3
W_x, W_h, b = make_weights(D, H)
x, h_0 = fixed_array(N, T, D, start=2200), fixed_array(N, H, start=2300)
lengths = np.array([4, 4, 4, 4, 4])
units = rnn_forward(-x, h_0[:, :2] / 2, W_x[:2], W_h[1:, 1:], b[1:] / 2, lengths)
check("h, other weights", units)
check("h, other sizes", rnn_forward(x, h_0, W_x, W_h, b, lengths))
### END HIDDEN TESTS

# %% role="tests" id="test-padding" of="rnn_forward" points=2
# test-padding (2 points)
N, T, D, H = 3, 6, 4, 5
W_x, W_h, b = make_weights(D, H)
x, h_0 = fixed_array(N, T, D, start=2400), fixed_array(N, H, start=2500)
h = rnn_forward(x, h_0, W_x, W_h, b, np.array([4, 6, 1]))
check("h, padded", h)
check("final states", h[:, -1])
x, h_0 = fixed_array(N, T, D, start=2550), fixed_array(N, H, start=2650)
check("h, a sequence of length 0", rnn_forward(x, h_0, W_x, W_h, b, np.array([3, 0, 6])))
h_0 = fixed_array(N, H, start=2700)
check("h, padding in every row", rnn_forward(x, h_0, W_x, W_h, b, np.array([2, 1, 4])))
### BEGIN HIDDEN TESTS
h_0 = fixed_array(N, H, start=2750)
check("h, padding of all kinds", rnn_forward(-x, h_0, W_x, W_h, b, np.array([0, 5, 2])))
### END HIDDEN TESTS

# %% role="tests" id="test-forward-edges" of="rnn_forward" points=1
# test-forward-edges (1 point)
N, T, D, H = 3, 6, 4, 5
W_x, W_h, b = make_weights(D, H)
x, h_0 = fixed_array(N, T, D, start=2600), fixed_array(N, H, start=2700)
lengths = np.array([5, 2, 6])
check("h, one step", rnn_forward(x[:, :1], h_0, W_x, W_h, b, np.array([1, 1, 1])))
small = [array.astype(np.float32) for array in (x, h_0, W_x, W_h, b)]
check("h, type for float32", str(np.asarray(rnn_forward(*small, lengths)).dtype))
rnn_forward(x, h_0, W_x, W_h, b, lengths)
check("h_0 after a run", h_0)
### BEGIN HIDDEN TESTS
check("x after a run", x)
check("lengths after a run", lengths)
check("h, one sequence", rnn_forward(x[:1], h_0[:1], W_x, W_h, b, np.array([4])))
check("h, float32", rnn_forward(*small, lengths))
x_wide = fixed_array(D, T, 2 * N, start=2800)
check(
    "h, inputs not contiguous",
    rnn_forward(x_wide.T[::2], h_0[::-1], np.asfortranarray(W_x), W_h, b, lengths),
)
x_long = fixed_array(2, 400, D, start=2900)
h_long = rnn_forward(x_long, h_0[:2], W_x, W_h, b, np.array([400, 250]))
check("final states after 400 steps", h_long[:, -1])
### END HIDDEN TESTS

# %% [markdown]
# **Compare with PyTorch.** `torch.nn.RNN` is told the lengths by packing the padded batch; its
# `h_n` are the final states.

# %% role="agreement" id="agree-forward"
torch = check.import_torch()
if torch:
    N, T, D, H = 3, 6, 4, 5
    W_x, W_h, b = make_weights(D, H)
    x, h_0 = fixed_array(N, T, D, start=2400), fixed_array(N, H, start=2500)
    rnn = torch.nn.RNN(D, H, batch_first=True, dtype=torch.float64)
    stored = [torch.from_numpy(array) for array in (W_x, W_h, b)]
    with torch.no_grad():
        for parameter, array in zip(rnn.parameters(), [*stored, torch.zeros(H)], strict=True):
            parameter.copy_(array)
        states = torch.from_numpy(h_0)[None]
        theirs, _ = rnn(torch.from_numpy(x), states)
        packed = torch.nn.utils.rnn.pack_padded_sequence(
            torch.from_numpy(x), [4, 6, 1], batch_first=True, enforce_sorted=False
        )
        _, h_n = rnn(packed, states)
    h = rnn_forward(x, h_0, W_x, W_h, b, np.array([6, 6, 6]))
    check.agrees("all states and RNN", h, theirs)
    h = rnn_forward(x, h_0, W_x, W_h, b, np.array([4, 6, 1]))
    check.agrees("final states and RNN on a packed batch", h[:, -1], h_n[0])

# %% [markdown]
# ## 3. Softmax and cross-entropy
#
# *35 minutes · 3 points*
#
# A language model computes scores for the $V$ symbols, the logits $\mathbf{z}$. The softmax turns
# them into probabilities, and the loss at step $t$ is minus the logarithm of the probability of the
# right symbol, $y_t$:
#
# $$p_{t,i} = \frac{\exp(z_{t,i})}{\sum_j \exp(z_{t,j})}, \qquad L_t = -\log p_{t,y_t}$$
#
# Return the mean of $L_t$ over all positions of the batch where `mask` is true. The others, such as
# padding, must have no influence. `mask` holds booleans and can be an index; the chapter multiplies
# by a mask of numbers.
#
# To pick one entry of the last axis at each position, use `np.take_along_axis` or index arrays.
#
# $\exp(z)$ overflows for large $z$, and a probability that is rounded to 0 has no logarithm. Find a
# form of $L_t$ in which neither can happen. It helps that subtracting the same number from all
# logits of a position leaves its probabilities as they are.


# %% role="solution" id="softmax_cross_entropy"
def softmax_cross_entropy(logits, targets, mask):
    """Average the negative log likelihood of the targets.

    Args:
        logits: scores of the symbols, (N, T, V), large or small; all that is promised is that they
            and their differences are finite.
        targets: the true symbols, (N, T), integers from 0 to V - 1.
        mask: the positions that count, (N, T), booleans, at least one of them true.

    Returns:
        loss: the mean of -log p over all positions that count, one number.
    """
    ### BEGIN SOLUTION
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    picked = np.take_along_axis(log_p, targets[..., None], axis=-1)[..., 0]
    return -picked[mask].mean()
    ### END SOLUTION


# %% role="tests" id="test-loss" of="softmax_cross_entropy" points=2
# test-loss (2 points)
N, T, V = 3, 4, 7
logits = fixed_array(N, T, V, start=3000, scale=3.0)
targets = np.array([[2, 6, 0, 3], [5, 5, 1, 4], [0, 2, 6, 1]])
check("loss, no padding", softmax_cross_entropy(logits, targets, np.full((N, T), True)))
mask = np.arange(T) < np.array([[4], [1], [2]])
check("loss, padded", softmax_cross_entropy(logits, targets, mask))
### BEGIN HIDDEN TESTS
N, T, V = 4, 6, 3
logits = fixed_array(N, T, V, start=3100, scale=2.0)
targets = np.arange(N * T).reshape(N, T) % 5 % V
mask = np.arange(T) < np.array([[3], [6], [2], [5]])
check("loss, other sizes", softmax_cross_entropy(logits, targets, mask))
### END HIDDEN TESTS

# %% role="tests" id="test-loss-edges" of="softmax_cross_entropy" points=1
# test-loss-edges (1 point)
N, T, V = 3, 4, 7
logits = fixed_array(N, T, V, start=3200, scale=3.0)
targets = np.array([[6, 1, 0, 5], [3, 3, 2, 0], [4, 6, 1, 2]])
mask = np.arange(T) < np.array([[3], [4], [1]])
check("loss, every logit larger by 1000", softmax_cross_entropy(logits + 1000, targets, mask))
check("loss, large logits", softmax_cross_entropy(300 * logits, targets, mask))
far = logits + 900 * (5 * np.arange(N * T) % 11 - 6).reshape(N, T, 1)
check("loss, positions far apart", softmax_cross_entropy(far, targets, np.full((N, T), True)))
softmax_cross_entropy(logits, targets, mask)
check("logits after a call", logits)
### BEGIN HIDDEN TESTS
check("targets after a call", targets)
check("loss, every logit smaller by 1000", softmax_cross_entropy(logits - 1000, targets, mask))
one = softmax_cross_entropy(logits[:1, :1, 1:], targets[:1, :1] - 1, np.array([[True]]))
check("loss, one position", one)
no_second = mask & (np.arange(N) != 1)[:, None]
check("loss, a sequence of padding only", softmax_cross_entropy(logits, targets, no_second))
with_gaps = (np.arange(N * T).reshape(N, T) * 3) % 5 > 1
check("loss, a mask with gaps", softmax_cross_entropy(logits, targets, with_gaps))
turned = fixed_array(V, T, N, start=3300, scale=3.0).T
check("loss, logits not contiguous", softmax_cross_entropy(turned, targets, mask))
small = softmax_cross_entropy(logits.astype(np.float32), targets, mask)
check("loss, float32", np.float32(small))
### END HIDDEN TESTS

# %% [markdown]
# **Compare with PyTorch.** `cross_entropy` leaves out positions whose target is -100.

# %% role="agreement" id="agree-loss"
torch = check.import_torch()
if torch:
    N, T, V = 3, 4, 7
    logits = fixed_array(N, T, V, start=3000, scale=3.0)
    targets = np.array([[2, 6, 0, 3], [5, 5, 1, 4], [0, 2, 6, 1]])
    mask = np.arange(T) < np.array([[4], [1], [2]])
    theirs = torch.nn.functional.cross_entropy(
        torch.from_numpy(logits).flatten(0, 1),
        torch.from_numpy(np.where(mask, targets, -100)).flatten(),
    )
    mine = softmax_cross_entropy(logits, targets, mask)
    check.agrees("loss and cross_entropy", mine, theirs)

# %% [markdown]
# ## 4. The loss of a language model
#
# *35 minutes · 3 points*
#
# A language model reads the symbols $s_1, \dots, s_t$ and predicts $s_{t+1}$. Inputs and targets
# are the same text, shifted by one:
#
# | step $t$ | 1 | 2 | 3 | 4 | 5 |
# | --- | --- | --- | --- | --- | --- |
# | input $s_t$ | `.` | `r` | `o` | `s` | `a` |
# | target $y_t$ | `r` | `o` | `s` | `a` | `.` |
#
# The point marks both ends of a name. A row of `ids` that holds `lengths[n]` symbols, marks
# included, therefore holds `lengths[n] - 1` predictions.
#
# Put the pieces together: look up the embeddings (row $i$ of `E` for symbol $i$), run the network
# from a state of zeros, compute the logits
#
# $$\mathbf{z}_t = \mathbf{W}_y \mathbf{h}_t + \mathbf{b}_y$$
#
# and average the loss over the predictions whose target lies inside its text. Call your functions
# from parts 2 and 3.


# %% role="solution" id="lm_loss"
def lm_loss(ids, lengths, params):
    """Average the negative log likelihood of every next symbol in a padded batch of texts.

    Args:
        ids: symbols, (N, T) with T >= 2, integers from 0 to V - 1. What lies beyond a row's
            length is padding; any symbol may stand there.
        lengths: how many symbols of each row count, (N,), integers from 1 to T, one of them at
            least 2.
        params: the weights by name: "E" (V, D), "W_x" (H, D), "W_h" (H, H), "b" (H,),
            "W_y" (V, H), "b_y" (V,).

    Returns:
        loss: the mean over all predictions in the batch, one number.
    """
    ### BEGIN SOLUTION
    inputs, targets = ids[:, :-1], ids[:, 1:]
    N, T = inputs.shape
    x = params["E"][inputs]
    h_0 = np.zeros((N, params["b"].size), dtype=x.dtype)
    h = rnn_forward(x, h_0, params["W_x"], params["W_h"], params["b"], lengths - 1)
    logits = h @ params["W_y"].T + params["b_y"]
    mask = np.arange(T) < lengths[:, None] - 1
    return softmax_cross_entropy(logits, targets, mask)
    ### END SOLUTION


# %% role="tests" id="test-lm" of="lm_loss" points=2
# test-lm (2 points)
params = make_model(V=7, D=4, H=5)
ids = np.array(
    [
        [0, 3, 2, 5, 6, 2, 4, 3, 0],
        [0, 6, 4, 4, 2, 5, 3, 6, 0],
        [0, 2, 5, 3, 0, 6, 2, 4, 0],
    ]
)
check("language model, no padding", lm_loss(ids, np.array([9, 9, 9]), params))
### BEGIN HIDDEN TESTS
params = make_model(V=6, D=3, H=4)
ids = np.array([[5, 2, 4, 3, 3, 2, 1], [0, 4, 2, 4, 5, 3, 2]])
check("language model, other sizes", lm_loss(ids, np.array([7, 7]), params))
### END HIDDEN TESTS

# %% role="tests" id="test-lm-padding" of="lm_loss" points=1
# test-lm-padding (1 point)
params = make_model(V=7, D=4, H=5)
ids = np.array(
    [
        [0, 2, 6, 3, 0, 4, 4, 4, 4],
        [0, 5, 3, 2, 4, 6, 2, 3, 0],
        [0, 4, 0, 4, 4, 4, 4, 4, 4],
    ]
)
lengths = np.array([5, 9, 3])
check("language model, padded", lm_loss(ids, lengths, params))
### BEGIN HIDDEN TESTS
other = ids.copy()
other[0, 5:], other[2, 3:] = 2, 6
check("language model, other padding", lm_loss(other, lengths, params))
halved = {name: array / 2 for name, array in params.items()}
check("language model, other weights", lm_loss(ids, lengths, halved))
check("language model, a row of one symbol", lm_loss(ids, np.array([5, 9, 1]), params))
check("language model, one prediction", lm_loss(ids[:1, :2], np.array([2]), params))
check("language model, one text", lm_loss(ids[:1], lengths[:1], params))
turned = np.asfortranarray(np.repeat(ids, 2, axis=1))[:, ::2]
check("language model, ids not contiguous", lm_loss(turned, lengths, params))
long_text = (np.arange(501) ** 2 % 11 % 7)[None]
check("language model, 500 predictions", lm_loss(long_text, np.array([501]), params))
small = {name: array.astype(np.float32) for name, array in params.items()}
check("language model, float32", np.float32(lm_loss(ids, lengths, small)))
check("ids after a call", ids)
check("lengths after a call", lengths)
### END HIDDEN TESTS

# %% [markdown]
# **Compare with PyTorch.** Here each text goes through `torch.nn.RNN` on its own, without padding.

# %% role="agreement" id="agree-lm"
torch = check.import_torch()
if torch:
    params = make_model(V=7, D=4, H=5)
    texts = [[0, 2, 6, 3, 0], [0, 5, 3, 2, 4, 6, 2, 3, 0], [0, 4, 0]]
    ids = np.array([text + [4] * (9 - len(text)) for text in texts])
    stored = {name: torch.from_numpy(array) for name, array in params.items()}
    weights = [stored["W_x"], stored["W_h"], stored["b"], torch.zeros(5)]
    rnn = torch.nn.RNN(4, 5, dtype=torch.float64)
    total = 0.0
    with torch.no_grad():
        for parameter, array in zip(rnn.parameters(), weights, strict=True):
            parameter.copy_(array)
        for text in map(torch.tensor, texts):
            h, _ = rnn(stored["E"][text])
            logits = torch.nn.functional.linear(h, stored["W_y"], stored["b_y"])
            total += torch.nn.functional.cross_entropy(logits[:-1], text[1:], reduction="sum")
    mine = lm_loss(ids, np.array([5, 9, 3]), params)
    check.agrees("loss and PyTorch", mine, total / (4 + 8 + 2))

# %% [markdown]
# ## 5. Perplexity
#
# *5 minutes · 1 point*
#
# The perplexity of a model is the number of equally likely symbols that would leave it as unsure.
# For a mean loss $L$,
#
# $$\mathrm{perplexity} = e^{L}$$


# %% role="solution" id="perplexity"
def perplexity(loss):
    """Turn a mean negative log likelihood into a perplexity.

    Args:
        loss: the mean negative log likelihood in natural logarithms, one number.

    Returns:
        The perplexity, one number.
    """
    ### BEGIN SOLUTION
    return np.exp(loss)
    ### END SOLUTION


# %% role="tests" id="test-perplexity" of="perplexity" points=1
# test-perplexity (1 point)
check("perplexity", perplexity(1.7))
check("perplexity when one of 27 symbols is guessed", perplexity(np.log(27)))
### BEGIN HIDDEN TESTS
check("perplexity of certainty", perplexity(0.0))
check("perplexity of a large loss", perplexity(9.25))
### END HIDDEN TESTS

# %% [markdown]
# ## 6. Softmax with a temperature
#
# *10 minutes · 1 point*
#
# When a model writes, one number decides how daring it is: the temperature $\tau > 0$, by which the
# logits are divided.
#
# $$p_i(\tau) = \frac{\exp(z_i / \tau)}{\sum_j \exp(z_j / \tau)}$$
#
# Division by a number near 0 makes large logits, so take care as in part 3.


# %% role="solution" id="softmax_with_temperature"
def softmax_with_temperature(logits, temperature):
    """Turn logits into probabilities.

    Args:
        logits: scores of the symbols, (..., V), large or small; the last axis is the vocabulary.
        temperature: a positive number, not so small that logits / temperature or a difference of
            two of its entries is infinite.

    Returns:
        probabilities: (..., V), not negative; they sum to one along the last axis.
    """
    ### BEGIN SOLUTION
    scaled = logits / temperature
    exponentials = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)
    ### END SOLUTION


# %% role="tests" id="test-temperature" of="softmax_with_temperature" points=1
# test-temperature (1 point)
V = 7
logits = fixed_array(V, start=4000, scale=2.0)
check("probabilities at temperature 0.6", softmax_with_temperature(logits, 0.6))
check("probabilities at temperature 2.5", softmax_with_temperature(logits, 2.5))
check("probabilities near zero", softmax_with_temperature(logits, 0.002))
batch = fixed_array(3, V, start=4100, scale=2.0)
check("probabilities for three rows", softmax_with_temperature(batch, 0.8))
far = batch + np.array([[0], [-2000], [900]])
check("probabilities, rows far apart", softmax_with_temperature(far, 0.8))
check("logits after a softmax", logits)
### BEGIN HIDDEN TESTS
check("probabilities for (2, 3, V)", softmax_with_temperature(np.stack([batch, 2 * batch]), 1.3))
check("probabilities of one symbol", softmax_with_temperature(np.array([-1.5]), 0.7))
check("probabilities, large logits", softmax_with_temperature(2000 + 900 * logits, 1.0))
check("probabilities, float32", softmax_with_temperature(logits.astype(np.float32), 0.6))
wide = fixed_array(V, 6, start=4200, scale=2.0)
check("probabilities, logits not contiguous", softmax_with_temperature(wide.T[::2], 1.7))
### END HIDDEN TESTS

# %% [markdown]
# **Compare with PyTorch.** The logarithms of your probabilities against `log_softmax`.

# %% role="agreement" id="agree-temperature"
torch = check.import_torch()
if torch:
    logits = fixed_array(3, 7, start=4100, scale=2.0)
    theirs = torch.log_softmax(torch.from_numpy(logits) / 0.8, dim=-1)
    mine = np.log(softmax_with_temperature(logits, 0.8))
    check.agrees("logarithms and log_softmax", mine, theirs)

# %% [markdown]
# ## 7. Drawing a symbol
#
# *15 minutes · 1 point*
#
# Lay the probabilities side by side on the line from 0 to 1: symbol 0 gets the first stretch, of
# length $p_0$, symbol 1 the next, of length $p_1$, and so on. A number $u$ drawn uniformly from
# $[0, 1)$ falls into the stretch of symbol $k$ with probability $p_k$. So the symbol to return is
# the smallest $k$ with
#
# $$u < p_0 + p_1 + \dots + p_k$$
#
# Your function is given $u$, so its result can be checked. Because of rounding, the sum of all
# probabilities may lie a little below 1, and no $k$ be found for a $u$ close to 1. The answer is
# then the last symbol.


# %% role="solution" id="sample_index"
def sample_index(probabilities, u):
    """Draw an index by the inverse of the cumulative distribution.

    Args:
        probabilities: (V,), not negative, summing to one up to rounding.
        u: a number in [0, 1).

    Returns:
        k: the smallest index with u < probabilities[0] + ... + probabilities[k], or V - 1 if
        there is none; one integer of Python or NumPy, not an array.
    """
    ### BEGIN SOLUTION
    k = np.searchsorted(np.cumsum(probabilities), u, side="right")
    return min(int(k), len(probabilities) - 1)
    ### END SOLUTION


# %% role="tests" id="test-sample" of="sample_index" points=1
# test-sample (1 point)
p = np.array([0.15, 0.3, 0.05, 0.2, 0.1, 0.2])
check("symbols drawn", [sample_index(p, u) for u in (0.55, 0.93, 0.07, 0.42, 0.31, 0.48, 0.76)])
p = np.array([0.25, 0.5, 0.0, 0.25])
check("symbols drawn, u on a border", [sample_index(p, u) for u in (0.25, 0.75, 0.0)])
check.that("a drawn symbol is an integer", np.asarray(sample_index(p, 0.6)).dtype.kind in "iu")
p = np.full(10, 0.1)
check("symbol drawn, sum below one", sample_index(p, np.nextafter(1.0, 0.0)))
### BEGIN HIDDEN TESTS
check("probabilities after a draw", p)
p = np.array([0.0, 0.5, 0.5])
check("symbol drawn, impossible first symbol", sample_index(p, 0.0))
check("symbol drawn, one symbol", sample_index(np.array([1.0]), 0.999))
p = np.array([0.1, 0.2, 0.3, 0.4], dtype=np.float32)
check("symbols drawn, float32", [sample_index(p, u) for u in (0.05, 0.2, 0.5, 0.95)])
p = np.array([0.4, 0.9, 0.1, 0.9, 0.3, 0.9, 0.2])[::2]
check("symbols drawn, not contiguous", [sample_index(p, u) for u in (0.39, 0.45, 0.7, 0.81)])
### END HIDDEN TESTS

# %% [markdown]
# ## 8. Generating
#
# *25 minutes · 2 points*
#
# A language model writes by reading what it has written. Begin with a state of zeros and the symbol
# `start`. At each step look up the embedding of the current symbol, take one step of the network,
# compute the logits, apply the temperature, and draw the next symbol: with `u[0]` at the first
# step, `u[1]` at the second, and so on. End when `stop` is drawn or when `u` is used up. `start`
# and `stop` may be the same symbol, as in part 9, and reading `start` ends nothing.
#
# Call your functions from parts 1, 6 and 7. The batch has one row here: $N = 1$. `sample_index`
# wants that row alone, of shape (V,), not (1, V).


# %% role="solution" id="generate"
def generate(params, start, stop, temperature, u):
    """Draw a text from a language model, symbol by symbol.

    Args:
        params: the weights by name, as in lm_loss.
        start: the first symbol to read; an integer.
        stop: the symbol that ends the text; an integer, possibly the same as start.
        temperature: a positive number.
        u: numbers in [0, 1), (M,): `u[t]` decides step t. At most M symbols are drawn.

    Returns:
        The symbols drawn, without start and without stop: a list of integers (an array of them
        will do).
    """
    ### BEGIN SOLUTION
    h = np.zeros((1, params["b"].size), dtype=params["b"].dtype)
    symbol, drawn = start, []
    for u_t in u:
        x_t = params["E"][[symbol]]
        h = rnn_step_forward(x_t, h, params["W_x"], params["W_h"], params["b"])
        logits = h[0] @ params["W_y"].T + params["b_y"]
        symbol = sample_index(softmax_with_temperature(logits, temperature), u_t)
        if symbol == stop:
            break
        drawn.append(symbol)
    return drawn
    ### END SOLUTION


# %% role="tests" id="test-generate" of="generate" points=2
# test-generate (2 points)
params = make_model(V=7, D=4, H=5)
u = 0.5 + fixed_array(14, start=5000, scale=0.5)
check("text that is cut off", generate(params, start=0, stop=3, temperature=0.7, u=u))
check("text that ends itself", generate(params, start=2, stop=3, temperature=1.4, u=u))
check("text between two marks", generate(params, start=0, stop=0, temperature=1.0, u=u))
### BEGIN HIDDEN TESTS
check("text of one symbol", generate(params, start=3, stop=2, temperature=1.0, u=u[:1]))
check("text of no symbol", list(generate(params, start=0, stop=1, temperature=1.0, u=u[3:])))
check("numbers after a text", u)
u = 0.5 + fixed_array(200, start=5100, scale=0.5)
endless = make_model(V=7, D=4, H=5)
endless["b_y"][3] = -30.0
check("text of 200 symbols", generate(endless, start=0, stop=3, temperature=0.9, u=u))
### END HIDDEN TESTS

# %% [markdown]
# ## 9. Experiment: names from a trained model
#
# *10 minutes*
#
# The package brings a small model ($V = 27$, $D = 12$, $H = 64$), trained on about a thousand
# Italian family names. Its vocabulary `letters` turns text into numbers and back; number 0 is the
# point. First, what does the model think of a few words? The lower the perplexity, the less a word
# surprises it.

# %%
from unrolled.models import load_name_model

params, letters = load_name_model()
for word in ("rossini", "martini", "smith", "xqzwkv"):
    ids = letters.encode(f".{word}.")[None]
    loss = lm_loss(ids, np.array([ids.size]), params)
    print(f"{word:8} perplexity {perplexity(loss):8.1f}")

# %% [markdown]
# Now let it write, at three temperatures. Try other seeds and other temperatures too, for example
# 0.01 and 50.

# %%
temperatures = (0.3, 1.0, 2.0)
rng = np.random.default_rng(seed=2)
for temperature in temperatures:
    drawn = [generate(params, 0, 0, temperature, rng.random(14)) for _ in range(8)]
    print(f"temperature {temperature}:", ", ".join(letters.decode(name) for name in drawn))

# %% [markdown]
# What does the temperature do to a single draw? These are the five most probable letters after
# `mar`, with their probabilities.

# %%
ids = letters.encode(".mar")
h = rnn_forward(
    params["E"][ids][None],
    np.zeros((1, 64), dtype=np.float32),
    params["W_x"],
    params["W_h"],
    params["b"],
    np.array([ids.size]),
)
logits = h[0, -1] @ params["W_y"].T + params["b_y"]
for temperature in temperatures:
    print(f"temperature {temperature}")
    p = softmax_with_temperature(logits, temperature)
    for i in np.argsort(p)[:-6:-1]:
        print(f"  {letters.characters[i]}  {p[i]:.3f}  {'█' * round(50 * p[i])}")

# %% [markdown] role="written" id="why-temperature" points=2
# **Question** *(10 minutes · 2 points, graded by hand)*
#
# (a) How do the names drawn at the lowest temperature differ from those drawn at the highest? Quote
# a name of each kind from your run. (b) Explain the difference with the equation of part 6: what do
# the probabilities become as $\tau \to 0$, what as $\tau \to \infty$, and why? Three to six
# sentences.
#
# ### BEGIN SOLUTION
# *Model answer.* (a) At 0.3 the names resemble each other and real ones: common letters, vowels and
# consonants in turn, the endings “-ini” and “-ani”, as in “castini”. At 2 there are rare letters
# and clusters that no Italian name has, as in “rfma” and “ledbrolioittia”. (b) The ratio of two
# probabilities is $p_i / p_j = \exp((z_i - z_j) / \tau)$. As $\tau \to 0$ every difference between
# two logits is stretched without bound, so the largest logit takes all the probability and each
# draw gives the most probable letter. As $\tau \to \infty$ the differences shrink to nothing and
# every letter gets $1/V$, whatever the model has learned.
#
# *Marking scheme.*
#
# - 2: names quoted from the run with a difference that they show, and both limits explained from
#   the division of the logits.
# - 1: a difference shown on quoted names, but the explanation is missing, wrong, or covers one
#   limit only; or both limits explained, but nothing quoted from the run.
# - 0: no answer, or only a general remark such as “higher is more random”.
# ### END SOLUTION

# %% [markdown]
# ## Summary

# %% role="summary" id="summary"
check.summary()
