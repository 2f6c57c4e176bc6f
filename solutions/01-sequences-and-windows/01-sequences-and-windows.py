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
# # Assignment 1: sequences and windows in NumPy
#
# You write eight short functions. Parts 1 to 3 handle a batch of sequences of unequal length:
# padding, a mask, and a mean that leaves the padding out. Parts 4 and 5 are a feed-forward network
# that looks at a window of each sequence. Parts 6 to 8 measure and count. In part 9 you use them
# all to find out how wide a window must be.
#
# The assignment belongs to chapter 1 of the book, gives 20 points, and takes about 3 hours. Each
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
# No function needs another one, so you can go on where you are stuck; only the experiment uses all
# of them. After you hand in, hidden checks call each function with further inputs. They ask for
# nothing that the docstring does not promise.
#
# Use NumPy and no other library in your functions, and do not change the arrays that they are
# given.
#
# **How to hand in.** Restart the kernel, run all cells, save, and hand in
# `01-sequences-and-windows.ipynb` in the way your instructor has told you. To run the whole
# notebook in a terminal and see your points:
#
#     python -m unrolled check 01-sequences-and-windows.ipynb

# %% [markdown]
# ## Symbols
#
# | formula | code | shape in code | meaning |
# | --- | --- | --- | --- |
# | $N$, $T$ | | | sequences in a batch, steps of the longest one |
# | $D$, $H$, $C$ | | | numbers in an input, hidden units, classes |
# | $\ell_n$ | `lengths` | (N,) | how many steps sequence $n$ has |
# | $\mathbf{x}_t$ | `x` | (N, T, D) | input at step $t$; in code at all steps |
# | | `inside` | (N, T) | true at the steps of a sequence, false in its padding |
# | $m_{n,t}$ | `mask` | (N, T) | true at the steps that count, false elsewhere |
# | $K_-$, $K_+$ | `left`, `right` | | how many steps a window reaches back, and ahead |
# | $K$ | | | its width, $K_- + 1 + K_+$ |
# | $\mathbf{x}_{\text{edge}}$ | `edge` | (D,) | stands at places outside the sequence |
# | $\mathbf{v}_t$ | `v` | (N, T, K·D) | the window at step $t$ |
# | $\mathbf{W}_v$, $\mathbf{b}$ | `W_v`, `b` | (H, K·D), (H,) | to the hidden units |
# | $\mathbf{W}_y$, $\mathbf{b}_y$ | `W_y`, `b_y` | (C, H), (C,) | to the scores of the classes |
# | $\mathbf{z}_t$ | `logits` | (N, T, C) | scores of the classes |
#
# Formulas are for one sequence and column vectors, and count steps from 1. In code each row is a
# sequence, so a product $\mathbf{W}\mathbf{x}$ becomes `x @ W.T`, and steps count from 0.

# %% role="setup" id="setup"
import numpy as np

from unrolled import Checks, fixed_array

check = Checks("01-sequences-and-windows")


def make_sequences(lengths, D, start):
    """Return an array (length, D) for each length: always the same numbers, in new arrays."""
    return [fixed_array(length, D, start=start + 50 * n) for n, length in enumerate(lengths)]


def make_inside(lengths, T):
    """Return booleans (N, T): row n is true at its first lengths[n] steps."""
    return np.array([[True] * length + [False] * (T - length) for length in lengths])


def make_weights(width, D, H, C):
    """Return W_v (H, width * D), b (H,), W_y (C, H), b_y (C,): always the same numbers."""
    return (
        fixed_array(H, width * D, start=100, scale=0.6),
        fixed_array(H, start=330, scale=0.8),
        fixed_array(C, H, start=410, scale=1.5),
        fixed_array(C, start=545, scale=0.9),
    )


# %% [markdown]
# ## 1. A padded batch
#
# *20 minutes · 3 points*
#
# The rows of an array are equally long, sequences are not. Put the sequences of a list into one
# array. Each starts at step 0; after its end the row is filled up with the number `fill`. Return
# the true lengths too, because the array no longer shows them.
#
# A loop over the sequences is fine here. Think about the dtype: numbers written into an array of
# integers lose what stands behind the point.


# %% role="solution" id="pad_batch"
def pad_batch(sequences, fill):
    """Put sequences of unequal length into one array.

    Args:
        sequences: a list of N arrays of shapes (length, D), with N at least 1. The lengths may
            differ, one of them is at least 1, others may be 0. D and the dtype (floats or
            integers) are the same for all.
        fill: the number that stands in the padding; it is a number that this dtype can hold.

    Returns:
        x: the batch, (N, T, D), where T is the length of the longest sequence. The rows are in
            the order of the list. The dtype is that of the sequences.
        lengths: the length of each sequence, (N,), integers.
    """
    ### BEGIN SOLUTION
    lengths = np.array([len(sequence) for sequence in sequences])
    shape = (len(sequences), lengths.max(), sequences[0].shape[1])
    x = np.full(shape, fill, dtype=sequences[0].dtype)
    for n, sequence in enumerate(sequences):
        x[n, : len(sequence)] = sequence
    return x, lengths
    ### END SOLUTION


# %% role="tests" id="test-pad" of="pad_batch" points=2
# test-pad (2 points)
x, lengths = pad_batch(make_sequences([3, 5, 2, 4], D=2, start=1000), 9.0)
check("padded batch", x)
check("lengths of the batch", lengths)
x, lengths = pad_batch(make_sequences([6, 1], D=3, start=1300), -0.5)
check("padded batch, longest first", x)
check("lengths, longest first", lengths)
### BEGIN HIDDEN TESTS
x, lengths = pad_batch(make_sequences([2, 7, 7, 1, 4], D=3, start=1500), -7.5)
check("padded batch, two longest", x)
check("lengths, two longest", lengths)
### END HIDDEN TESTS

# %% role="tests" id="test-pad-edges" of="pad_batch" points=1
# test-pad-edges (1 point)
sequences = make_sequences([4, 0, 3], D=2, start=2000)
x, lengths = pad_batch(sequences, 1)
check("padded batch, one of length 0", x)
check("lengths, one of length 0", lengths)
check.that("lengths are integers", np.asarray(lengths).dtype.kind in "iu")
check("number of sequences after padding", len(sequences))
check("first sequence after padding", sequences[0])
check("last sequence after padding", sequences[-1])
small = [sequence.astype(np.float32) for sequence in make_sequences([2, 5], D=3, start=2200)]
x, lengths = pad_batch(small, 0.0)
check("type of the batch for float32", str(np.asarray(x).dtype))
### BEGIN HIDDEN TESTS
check("padded batch, float32", x)
x, lengths = pad_batch(make_sequences([3], D=4, start=2400), 0.0)
check("padded batch, one sequence", x)
check("lengths, one sequence", lengths)
x, lengths = pad_batch(make_sequences([1, 1], D=3, start=2500), 0.0)
check("padded batch, one step", x)
ids = [np.array([[3], [1], [4]]), np.array([[1], [5], [9], [2], [6]])]
x, lengths = pad_batch(ids, -1)
check("padded batch, integers", x)
check.that("integers stay integers", np.asarray(x).dtype.kind in "iu")
wide = fixed_array(6, 8, start=2600)
x, lengths = pad_batch([wide.T[::2, :3], wide[::3, 1:4], wide[:, 5:]], 0.5)
check("padded batch, sequences not contiguous", x)
x, lengths = pad_batch(make_sequences([300, 2], D=2, start=2700), 0.25)
check("padded batch, a long sequence", x[:, ::50])
### END HIDDEN TESTS

# %% [markdown]
# **Compare with PyTorch.** `pad_sequence` pads a list of tensors. Without `batch_first=True` it
# puts the time axis first.

# %% role="agreement" id="agree-pad"
torch = check.import_torch()
if torch:
    sequences = make_sequences([3, 5, 2, 4], D=2, start=1000)
    theirs = torch.nn.utils.rnn.pad_sequence(
        [torch.from_numpy(sequence) for sequence in sequences], batch_first=True, padding_value=9.0
    )
    x, lengths = pad_batch(sequences, 9.0)
    check.agrees("padded batch and pad_sequence", x, theirs)

# %% [markdown]
# ## 2. Which steps are real
#
# *10 minutes · 2 points*
#
# Every later computation has to know where a row ends. Turn the lengths into an array of booleans:
# true at the steps of a sequence, false in its padding. No loop is needed: comparing an array of
# shape (T,) with one of shape (N, 1) gives one of shape (N, T).


# %% role="solution" id="length_mask"
def length_mask(lengths, T):
    """Mark the steps that belong to a sequence.

    Args:
        lengths: the length of each sequence, an array (N,) of integers from 0 to T.
        T: the number of steps in the padded batch. All lengths may be less than T.

    Returns:
        inside: (N, T), booleans: row n is true at its first lengths[n] steps, then false.
    """
    ### BEGIN SOLUTION
    return np.arange(T) < lengths[:, None]
    ### END SOLUTION


# %% role="tests" id="test-mask" of="length_mask" points=2
# test-mask (2 points)
lengths = np.array([3, 6, 1, 0])
check("mask", length_mask(lengths, 6))
check("mask, padding in every row", length_mask(np.array([2, 4, 3]), 5))
check("type of the mask", str(np.asarray(length_mask(lengths, 6)).dtype))
### BEGIN HIDDEN TESTS
check("lengths after a mask", lengths)
check("mask, as many sequences as steps", length_mask(np.array([1, 4, 2, 3]), 4))
check("mask, one sequence", length_mask(np.array([2]), 7))
check("mask, one step", length_mask(np.array([1, 0, 1]), 1))
check("mask, no padding", length_mask(np.array([5, 5]), 5))
check("mask, lengths not contiguous", length_mask(np.arange(7)[::-2], 8))
check("mask, long", length_mask(np.array([300, 120]), 400))
### END HIDDEN TESTS

# %% [markdown]
# ## 3. A mean over the steps that count
#
# *20 minutes · 3 points*
#
# A network gives a loss $L_{n,t}$ at every place of the padded batch, also in the padding. The loss
# of the batch is the mean over the places that count, all with the same weight:
#
# $$L = \frac{\sum_{n,t} m_{n,t} L_{n,t}}{\sum_{n,t} m_{n,t}}$$
#
# Here `mask` holds booleans, so it can be used as an index. It need not be the mask of part 2: a
# step of a sequence may have no answer and not count.
#
# In the padding anything may stand, infinity and NaN too, and it must have no influence. Zero times
# NaN is NaN. On the other hand a NaN at a step that counts is a fault in the model, and the result
# must show it.


# %% role="solution" id="masked_mean"
def masked_mean(loss, mask):
    """Average the losses of the steps that count.

    Args:
        loss: the losses, (N, T), floats. Where mask is false they may be infinite or NaN.
        mask: (N, T), booleans, true where a loss counts; true at one place or more.

    Returns:
        The mean, one number. It is NaN if a loss that counts is NaN.
    """
    ### BEGIN SOLUTION
    return loss[mask].mean()
    ### END SOLUTION


# %% role="tests" id="test-mean" of="masked_mean" points=2
# test-mean (2 points)
N, T = 3, 5
loss = 2 + fixed_array(N, T, start=3000)
mask = np.array(
    [
        [True, True, False, False, False],
        [False, True, True, True, True],
        [True, False, False, False, False],
    ]
)
check("mean", masked_mean(loss, mask))
check("mean of negative numbers", masked_mean(loss - 4, mask))
check("mean when every step counts", masked_mean(loss, mask | True))
### BEGIN HIDDEN TESTS
N, T = 4, 7
loss = fixed_array(N, T, start=3100, scale=3.0)
check("mean, four sequences", masked_mean(loss, make_inside([7, 2, 5, 1], T)))
check("mean when a row does not count", masked_mean(loss, make_inside([0, 2, 0, 6], T)))
### END HIDDEN TESTS

# %% role="tests" id="test-mean-edges" of="masked_mean" points=1
# test-mean-edges (1 point)
N, T = 3, 5
mask = make_inside([2, 5, 3], T)
check("mean of a padded batch", masked_mean(3 + fixed_array(N, T, start=3150), mask))
loss = np.where(mask, 2 + fixed_array(N, T, start=3200), np.nan)
check("mean, NaN in the padding", masked_mean(loss, mask))
loss = np.where(mask, 2 + fixed_array(N, T, start=3250), np.inf)
check("mean, infinity in the padding", masked_mean(loss, mask))
loss = 2 + fixed_array(N, T, start=3300)
masked_mean(loss, mask)
check("losses after a mean", loss)
loss[1, 4] = np.nan
check("mean, NaN at a step that counts", masked_mean(loss, mask))
### BEGIN HIDDEN TESTS
check("mask after a mean", mask)
loss = 2 + fixed_array(N, T, start=3400)
check("mean, one step counts", masked_mean(loss, make_inside([0, 1, 0], T)))
check("mean, one sequence", masked_mean(loss[:1], mask[:1]))
check("mean, one step long", masked_mean(loss[:, :1], mask[:, :1]))
check("mean, float32", np.float32(masked_mean(loss.astype(np.float32), mask)))
wide = fixed_array(2 * T, N, start=3500)
check("mean, losses not contiguous", masked_mean(wide.T[:, ::2], mask))
loss = fixed_array(2, 500, start=3600)
check("mean, long sequences", masked_mean(loss, make_inside([500, 320], 500)))
### END HIDDEN TESTS

# %% [markdown]
# **Compare with PyTorch.** Its loss functions leave a place out when the target there is
# `ignore_index`, and average over the others.

# %% role="agreement" id="agree-mean"
torch = check.import_torch()
if torch:
    N, T, C = 3, 5, 4
    logits = torch.from_numpy(fixed_array(N, T, C, start=3700, scale=2.0))
    targets = torch.arange(N * T).reshape(N, T) % C
    mask = make_inside([2, 5, 3], T)
    ignored = torch.where(torch.from_numpy(mask), targets, -100)
    functional = torch.nn.functional
    loss = functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="none")
    theirs = functional.cross_entropy(logits.flatten(0, 1), ignored.flatten(), ignore_index=-100)
    mine = masked_mean(loss.reshape(N, T).numpy(), mask)
    check.agrees("mean and cross_entropy", mine, theirs)

# %% [markdown]
# ## 4. Windows
#
# *45 minutes · 5 points*
#
# At step $t$ the network is to see the inputs from $K_-$ steps before $t$ to $K_+$ steps after it,
# put one below the other into one vector of $K D$ numbers, in the order of time:
#
# $$\mathbf{v}_t = \begin{bmatrix} \mathbf{x}_{t-K_-} \\ \vdots \\ \mathbf{x}_t \\ \vdots \\
# \mathbf{x}_{t+K_+} \end{bmatrix}, \qquad K = K_- + 1 + K_+$$
#
# Some of these steps do not exist: those before the first, and those after the last step of *this*
# sequence, even where the array goes on with padding. At their places stands
# $\mathbf{x}_{\text{edge}}$, in code `edge`.
#
# For example, let a row of the batch hold the steps $a$, $b$, $c$ and two places of padding, let
# `left` be 2 and `right` 1, and write $e$ for `edge`. Its windows at the steps $a$, $b$, $c$ are
#
# | step | window |
# | --- | --- |
# | $a$ | $e, e, a, b$ |
# | $b$ | $e, a, b, c$ |
# | $c$ | $a, b, c, e$ |
#
# The windows at the two places of padding are never used, and may hold anything.
#
# A loop over the K places of the window is enough; none over the batch or over time is needed.


# %% role="solution" id="context_windows"
def context_windows(x, inside, left, right, edge):
    """Give every step of a padded batch a window of its neighbours.

    Args:
        x: inputs, (N, T, D), floats. What stands in the padding must have no influence.
        inside: (N, T), booleans: each row is true at the steps of its sequence, then false.
        left: how many steps a window reaches back, 0 or more; it may be more than T.
        right: how many steps a window reaches ahead, 0 or more; it may be more than T.
        edge: (D,), what stands at a place outside the sequence; of the dtype of x.

    Returns:
        v: the windows, (N, T, K * D) with K = left + 1 + right, of the dtype of x. Where
            inside[n, t] is true, v[n, t] holds the D numbers of the earliest place, then those
            of the next, and so on to the latest. Where it is false, v[n, t] may hold anything.
    """
    ### BEGIN SOLUTION
    N, T, D = x.shape
    x = np.where(inside[..., None], x, edge)
    before = np.broadcast_to(edge, (N, left, D))
    after = np.broadcast_to(edge, (N, right, D))
    extended = np.concatenate([before, x, after], axis=1)
    places = [extended[:, j : j + T] for j in range(left + 1 + right)]
    return np.concatenate(places, axis=2)
    ### END SOLUTION


# %% role="tests" id="test-windows" of="context_windows" points=2
# test-windows (2 points)
N, T, D, left, right = 3, 8, 2, 4, 1
x, edge = fixed_array(N, T, D, start=4000), np.array([5.0, -6.0])
inside = make_inside([8, 8, 8], T)
check("windows, no padding", context_windows(x, inside, left, right, edge))
### BEGIN HIDDEN TESTS
N, T, D, left, right = 2, 6, 4, 1, 3
x, edge = fixed_array(N, T, D, start=4200), fixed_array(D, start=4300, scale=9.0)
inside = make_inside([6, 6], T)
check("windows, other sizes", context_windows(x, inside, left, right, edge))
check("windows to the left only", context_windows(x, inside, 2, 0, edge))
check("windows to the right only", context_windows(x, inside, 0, 2, edge))
check("windows of width one", context_windows(x, inside, 0, 0, edge))
### END HIDDEN TESTS

# %% role="tests" id="test-window-padding" of="context_windows" points=2
# test-window-padding (2 points)
N, T, D, left, right = 4, 7, 2, 1, 3
inside = make_inside([4, 7, 1, 5], T)
x = np.where(inside[..., None], fixed_array(N, T, D, start=4400), 50.0)
edge = np.array([-3.0, 8.0])
v = context_windows(x, inside, left, right, edge)
check("last window of a short sequence", v[0, 3])
check("windows of a padded batch", v[inside])
x[~inside] = np.nan
check("windows, NaN in the padding", context_windows(x, inside, left, right, edge)[inside])
### BEGIN HIDDEN TESTS
N, T, D, left, right = 3, 6, 4, 3, 1
inside = make_inside([2, 0, 5], T)
x, edge = fixed_array(N, T, D, start=4600), fixed_array(D, start=4700, scale=9.0)
v = context_windows(x, inside, left, right, edge)
check("windows, a sequence of length 0", v[inside])
### END HIDDEN TESTS

# %% role="tests" id="test-window-edges" of="context_windows" points=1
# test-window-edges (1 point)
N, T, D = 2, 3, 4
inside = make_inside([3, 2], T)
x, edge = fixed_array(N, T, D, start=4800), fixed_array(D, start=4900, scale=9.0)
check("windows wider than the sequence", context_windows(x, inside, 5, 4, edge)[inside])
small = context_windows(x.astype(np.float32), inside, 2, 1, edge.astype(np.float32))
check("type of the windows for float32", str(np.asarray(small).dtype))
context_windows(x, inside, 2, 1, edge)
check("x after windows", x)
### BEGIN HIDDEN TESTS
check("windows, float32", small[inside])
check("edge after windows", edge)
check("inside after windows", inside)
check("windows, one sequence", context_windows(x[1:], inside[1:], 1, 2, edge)[inside[1:]])
check("windows, one step", context_windows(x[:, :1], inside[:, :1], 2, 1, edge))
wide = fixed_array(D, 2 * T, N, start=5000)
turned = wide.T[:, ::2]
v = context_windows(turned, np.asfortranarray(inside), 1, 1, fixed_array(8, start=5100)[::2])
check("windows, inputs not contiguous", v[inside])
x_long = fixed_array(1, 400, 2, start=5200)
v = context_windows(x_long, make_inside([390], 400), 3, 3, np.array([0.5, 2.0]))
check("windows of a long sequence", v[0, :390:10])
### END HIDDEN TESTS

# %% [markdown]
# ## 5. The window classifier
#
# *15 minutes · 2 points*
#
# The same small network is applied at every step, to the window of that step:
#
# $$\mathbf{h}_t = \tanh(\mathbf{W}_v \mathbf{v}_t + \mathbf{b}), \qquad
# \mathbf{z}_t = \mathbf{W}_y \mathbf{h}_t + \mathbf{b}_y$$
#
# The logits $\mathbf{z}_t$ are scores, one for each class; the softmax comes with the loss. NumPy's
# `@` multiplies the last axis and leaves the axes before it alone, so no loop is needed.


# %% role="solution" id="classifier_forward"
def classifier_forward(v, W_v, b, W_y, b_y):
    """Score the classes at every step from the window of the step.

    Args:
        v: windows, (N, T, K * D), where K is the width of the window.
        W_v: weights of the hidden units, (H, K * D).
        b: bias of the hidden units, (H,).
        W_y: weights of the output, (C, H).
        b_y: bias of the output, (C,).

    Returns:
        logits: (N, T, C), for inputs in the thousands as well. float32 arrays give a float32
            result.
    """
    ### BEGIN SOLUTION
    h = np.tanh(v @ W_v.T + b)
    return h @ W_y.T + b_y
    ### END SOLUTION


# %% role="tests" id="test-classifier" of="classifier_forward" points=1
# test-classifier (1 point)
N, T, width, D, H, C = 3, 6, 2, 4, 5, 7
W_v, b, W_y, b_y = make_weights(width, D, H, C)
v = fixed_array(N, T, width * D, start=6000)
check("logits", classifier_forward(v, W_v, b, W_y, b_y))
### BEGIN HIDDEN TESTS
N, T, width, D, H, C = 2, 5, 3, 2, 7, 4
W_v, b, W_y, b_y = make_weights(width, D, H, C)
v = fixed_array(N, T, width * D, start=6200)
check("logits, other weights", classifier_forward(-v, W_v / 2, -b, W_y / 3, b_y))
check("logits, other sizes", classifier_forward(v, W_v, b, W_y, b_y))
### END HIDDEN TESTS

# %% role="tests" id="test-classifier-edges" of="classifier_forward" points=1
# test-classifier-edges (1 point)
N, T, width, D, H, C = 4, 3, 3, 2, 5, 7
weights = make_weights(width, D, H, C)
v = fixed_array(N, T, width * D, start=6400)
check("logits, large inputs", classifier_forward(4000 * v, *weights))
check("logits, one sequence of one step", classifier_forward(v[:1, :1], *weights))
small = [array.astype(np.float32) for array in (v, *weights)]
logits = classifier_forward(*small)
check("type of the logits for float32", str(np.asarray(logits).dtype))
classifier_forward(v, *weights)
check("v after a pass", v)
### BEGIN HIDDEN TESTS
check("logits, float32", logits)
check("b after a pass", weights[1])
turned = [np.asfortranarray(array) for array in weights]
wide = fixed_array(width * D, 2 * T, N, start=6500)
check("logits, inputs not contiguous", classifier_forward(wide.T[:, ::2], *turned))
v_long = fixed_array(1, 400, width * D, start=6600)
check("logits, a long sequence", classifier_forward(v_long, *weights)[:, ::40])
### END HIDDEN TESTS

# %% [markdown]
# **Compare with PyTorch.** A layer that sees a window at every step, with the same weights
# everywhere, is a convolution over time. `torch.nn.Conv1d` wants the time axis last and its weights
# as (H, D, K). This cell needs parts 4 and 5.

# %% role="agreement" id="agree-classifier"
torch = check.import_torch()
if torch:
    N, T, width, D, H, C = 3, 6, 5, 2, 4, 7
    W_v, b, W_y, b_y = make_weights(width, D, H, C)
    x, inside = fixed_array(N, T, D, start=6700), make_inside([6, 6, 6], T)
    layer = torch.nn.Conv1d(D, H, kernel_size=width, padding=2, dtype=torch.float64)
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(W_v).reshape(H, width, D).transpose(1, 2))
        layer.bias.copy_(torch.from_numpy(b))
        h = torch.tanh(layer(torch.from_numpy(x).transpose(1, 2))).transpose(1, 2)
        theirs = torch.nn.functional.linear(h, torch.from_numpy(W_y), torch.from_numpy(b_y))
    v = context_windows(x, inside, 2, 2, np.zeros(D))
    check.agrees("logits and Conv1d", classifier_forward(v, W_v, b, W_y, b_y), theirs)

# %% [markdown]
# ## 6. Accuracy
#
# *10 minutes · 1 point*
#
# The network's answer at a step is the class with the highest score. Of the steps that count, which
# share is answered right?


# %% role="solution" id="accuracy"
def accuracy(logits, targets, mask):
    """Say which share of the steps that count is answered right.

    Args:
        logits: scores of the classes, (N, T, C); at no step are two of them equal.
        targets: the right classes, (N, T), integers from 0 to C - 1.
        mask: (N, T), booleans, true where an answer counts; true at one place or more.

    Returns:
        The share, one number from 0 to 1.
    """
    ### BEGIN SOLUTION
    return (logits.argmax(axis=-1) == targets)[mask].mean()
    ### END SOLUTION


# %% role="tests" id="test-accuracy" of="accuracy" points=1
# test-accuracy (1 point)
N, T, C = 4, 6, 3
logits = fixed_array(N, T, C, start=7000)
targets = np.arange(N * T).reshape(N, T) // 2 % C
mask = make_inside([6, 2, 5, 3], T)
mask[:, 0] = False
check("accuracy", accuracy(logits, targets, mask))
check("accuracy when every step counts", accuracy(logits, targets, mask | True))
### BEGIN HIDDEN TESTS
check("logits after an accuracy", logits)
check("targets after an accuracy", targets)
check("accuracy of negative scores", accuracy(logits - 5, targets, mask))
best = np.eye(C)[targets]
check("accuracy when all is right", accuracy(best + logits / 9, targets, mask))
check("accuracy when nothing is right", accuracy(logits / 9 - best, targets, mask))
check("accuracy, one step counts", accuracy(logits, targets, make_inside([0, 0, 1, 0], T)))
small = logits[:1, ::2].astype(np.float32)
check("accuracy, float32", np.float32(accuracy(small, targets[:1, ::2], mask[:1, ::2])))
### END HIDDEN TESTS

# %% [markdown]
# ## 7. One answer for a whole sequence
#
# *10 minutes · 1 point*
#
# A task such as naming the mood of a sentence wants one answer for the whole sequence. One way is
# to take the scores at its last step. In a padded batch that is a different place in each row.


# %% role="solution" id="last_step"
def last_step(z, lengths):
    """Pick what belongs to the last step of each sequence.

    Args:
        z: one vector for each place of a padded batch, (N, T, C).
        lengths: the length of each sequence, an array (N,) of integers from 1 to T.

    Returns:
        The vectors at the last steps, (N, C).
    """
    ### BEGIN SOLUTION
    return z[np.arange(len(z)), lengths - 1]
    ### END SOLUTION


# %% role="tests" id="test-last" of="last_step" points=1
# test-last (1 point)
N, T, C = 3, 5, 2
z, lengths = fixed_array(N, T, C, start=7200), np.array([3, 4, 1])
check("scores at the last step", last_step(z, lengths))
check("scores at the last step, no padding", last_step(z, np.array([5, 5, 5])))
### BEGIN HIDDEN TESTS
check("z after picking", z)
check("lengths after picking", lengths)
check("scores at the last step, one sequence", last_step(z[1:2], lengths[1:2]))
check("scores at the last step, one step", last_step(z[:, :1], np.array([1, 1, 1])))
check("scores at the last step, float32", last_step(z.astype(np.float32), lengths))
wide = fixed_array(C, T, 2 * N, start=7300)
check("scores at the last step, not contiguous", last_step(wide.T[::2], lengths))
z = fixed_array(2, 400, 3, start=7400)
check("scores at the last step, long", last_step(z, np.array([400, 250])))
### END HIDDEN TESTS

# %% [markdown]
# ## 8. How many weights?
#
# *10 minutes · 1 point*
#
# How many numbers does the classifier of part 5 learn, all its weights and biases together?
# `edge` is fixed and not counted.


# %% role="solution" id="count_weights"
def count_weights(left, right, D, H, C):
    """Count the weights and biases of a window classifier.

    Args:
        left: how many steps a window reaches back.
        right: how many steps a window reaches ahead.
        D: numbers in the input of one step.
        H: hidden units.
        C: classes.

    Returns:
        The number of entries of W_v, b, W_y and b_y together, one integer.
    """
    ### BEGIN SOLUTION
    width = left + 1 + right
    return H * width * D + H + C * H + C
    ### END SOLUTION


# %% role="tests" id="test-count" of="count_weights" points=1
# test-count (1 point)
check("weights", count_weights(left=3, right=2, D=5, H=11, C=7))
check("weights without context", count_weights(left=0, right=0, D=4, H=9, C=2))
### BEGIN HIDDEN TESTS
check("weights with the past only", count_weights(6, 0, 3, 8, 2))
check("weights with the future only", count_weights(0, 6, 3, 8, 2))
check("weights of a wide window", count_weights(100, 100, 50, 300, 40))
### END HIDDEN TESTS

# %% [markdown]
# ## 9. Experiment: how wide must a window be?
#
# *15 minutes*
#
# The sequences are made of three symbols, drawn at random. The tag of a step depends on two of
# them: the symbol at this step and the symbol `distance` steps before it. The tag is the sum of
# their numbers, modulo 3. The first `distance` steps of a sequence have no tag, and do not count.
#
# The network is that of part 5. Chapter 3 is about training all its weights. Here the hidden units
# keep the weights they are drawn with, and only the output is fitted, by least squares.

# %%
SYMBOLS, H = 3, 120


def draw_task(rng, N, distance):
    """Return x, inside, targets and mask of N tagged sequences of 10 to 24 steps."""
    drawn = [rng.integers(SYMBOLS, size=rng.integers(10, 25)) for _ in range(N)]
    x, lengths = pad_batch([np.eye(SYMBOLS)[ids] for ids in drawn], 0.0)
    inside = np.asarray(length_mask(np.asarray(lengths), x.shape[1]))
    targets, mask = np.zeros(inside.shape, dtype=int), inside.copy()
    mask[:, :distance] = False
    for n, ids in enumerate(drawn):
        targets[n, distance : len(ids)] = (ids[distance:] + ids[:-distance]) % SYMBOLS
    return x, inside, targets, mask


def accuracy_of_window(left, right, distance, seed, N=80):
    """Fit a window classifier to N sequences and return its accuracy on 100 others."""
    rng = np.random.default_rng(seed)
    width, edge = left + 1 + right, np.zeros(SYMBOLS)
    W_v = rng.normal(size=(H, width * SYMBOLS), scale=0.7)
    b = rng.normal(size=H)
    x, inside, targets, mask = draw_task(rng, N, distance)
    v = context_windows(x, inside, left, right, edge)
    h = classifier_forward(v, W_v, b, np.eye(H), np.zeros(H))[mask]  # the hidden units
    with_one = np.column_stack([h, np.ones(len(h))])
    fitted = np.linalg.lstsq(with_one, np.eye(SYMBOLS)[targets[mask]], rcond=None)[0]
    x, inside, targets, mask = draw_task(rng, 100, distance)
    v = context_windows(x, inside, left, right, edge)
    logits = classifier_forward(v, W_v, b, fitted[:-1].T, fitted[-1])
    return accuracy(logits, targets, mask)


widths, seeds = range(1, 10), (0, 1, 2)
results = {}
for distance in (2, 5):
    results[distance] = np.array(
        [[accuracy_of_window(width - 1, 0, distance, seed) for seed in seeds] for width in widths]
    )
    print(f"distance {distance}: mean accuracy over {len(seeds)} seeds")
    for width, row in zip(widths, results[distance], strict=True):
        count = count_weights(width - 1, 0, SYMBOLS, H, SYMBOLS)
        print(f"  width {width}: {row.mean():.2f}  ({count} weights)")

# %%
import matplotlib.pyplot as plt

from unrolled.figures import figure_size, label_line, use_style

use_style()
figure, ax = plt.subplots(figsize=figure_size(0.5))
for distance, values in results.items():
    (line,) = ax.plot(widths, values.mean(axis=1), "o-")
    ax.fill_between(widths, values.min(axis=1), values.max(axis=1), alpha=0.25, lw=0)
    label_line(ax, line, f"distance {distance}", dy=6 if distance == 2 else -6)
ax.axhline(1 / SYMBOLS, ls="--", lw=1)
ax.set(xlabel="width of the window, in steps", ylabel="accuracy", ylim=(0, 1.05), xticks=widths)
plt.show()

# %% [markdown]
# Try a few things of your own: a window that also reaches ahead (`right`), a distance of 1, ten
# times as many training sequences (`N`).

# %% [markdown] role="written" id="why-cliff" points=2
# **Question** *(25 minutes · 2 points, graded by hand)*
#
# (a) At which width does the accuracy jump, for each of the two distances? Why there? (b) Why do
# the windows that are too narrow all have nearly the same accuracy, and why would neither more
# training sequences nor more hidden units raise it? (c) Somebody proposes a width of 100, to be on
# the safe side. Name two prices of it, one of them with numbers from your run. Four to eight
# sentences.
#
# ### BEGIN SOLUTION
# *Model answer.* (a) At width 3 for distance 2, and at width 6 for distance 5: at the distance plus
# one, because a window over the last $K$ steps shows the symbols from 0 to $K - 1$ steps back. (b)
# Without the symbol at `distance` the tag is still equally likely to be 0, 1 or 2, whatever the
# window shows, because that symbol is independent of all the others. So any answer is right in one
# case of three, and my runs lie between 0.31 and 0.35. More data or units change how a function of
# the window is fitted, but no function of the window does better. (c) The number of weights grows
# with the width: here 1203 at width 2 and 3723 at width 9, and 36,483 at width 100. And accuracy
# falls again beyond the width that is needed: for distance 5 from 0.92 at width 6 to 0.63 at width
# 9, because there are more inputs without meaning and no more data. Also right: it takes longer,
# nearly every place of the window is edge in sequences of 10 to 24 steps, and a cue 100 steps back
# is still not seen.
#
# *Marking scheme.* One mark each for (a), (b), (c); three marks give 2 points, two or one give 1,
# none gives 0.
#
# - (a): the jump at distance + 1 for both, and that the cue is then the oldest place of the window.
# - (b): chance, 1/3, because the window holds nothing about the missing symbol; that it is a limit
#   of the information and not of the fit.
# - (c): two different prices, one with numbers from the run.
# ### END SOLUTION

# %% [markdown]
# ## Summary

# %% role="summary" id="summary"
check.summary()
