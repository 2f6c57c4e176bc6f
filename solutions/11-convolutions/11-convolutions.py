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
# # Assignment 11: convolution over text in NumPy
#
# You write seven functions. Part 1 says how many windows fit into a sequence. Parts 2 and 3 are a
# convolution over a padded batch, forward and backward. Parts 4 and 5 are the maximum over time,
# forward and backward. Parts 6 and 7 put them together: Kim's classifier of sentences and its
# gradients, down to the embedding. In part 8 you train it on sentences with a negation, and see
# what filters of different widths can tell apart.
#
# The assignment belongs to chapter 11 of the book, gives 20 points, and takes about 3 and a half
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
# Each part is tested on its own. The backward functions get fixed arrays in place of what the
# forward pass should have found, so they can be right where your forward pass is not yet. Where one
# function calls another and a check recognises that a wrong value comes from the earlier one, it
# costs points there only. After you hand in, hidden checks call each function with further inputs.
# They ask for nothing that the docstring does not promise.
#
# Use NumPy and no other library in your functions, and do not change the arrays that they are
# given.
#
# **How to hand in.** Restart the kernel, run all cells, save, and hand in `11-convolutions.ipynb`
# in the way your instructor has told you. To run the whole notebook in a terminal and see your
# points:
#
#     python -m unrolled check 11-convolutions.ipynb

# %% [markdown]
# ## Symbols
#
# | formula | code | shape in code | meaning |
# | --- | --- | --- | --- |
# | $N$, $T$ | | | sequences in a batch, time steps of the longest one |
# | $D$ | | | numbers in an input |
# | $H$ | | | filters of one width |
# | $K$ | `width` | | steps in a window |
# | $S$ | `stride` | | steps from one window to the next |
# | $Z$ | `zeros` | | zero vectors that are put at each end of a sequence |
# | $T'$ | | | windows in a row of the batch |
# | $\ell_n$, $\ell'_n$ | `lengths` | (N,) | steps, and windows, of sequence $n$ |
# | $\mathbf{x}_t$ | `x` | (N, T, D) | inputs |
# | $\mathbf{W}_j$ | `W_c[:, :, j]` | (H, D) | weights for place $j$ of a window, from 0 on |
# | | `W_c` | (H, D, K) | all weights of the filters, as PyTorch stores them |
# | $\mathbf{b}$ | `b` | (H,) | bias |
# | $\mathbf{a}_t$, $\mathbf{h}_t$ | `a`, `h` | (N, T', H) | pre-activations, features of a window |
# | $\hat{\mathbf{h}}$ | `pooled` | (N, H) | the largest feature of each filter |
# | $\hat t_j$ | `picked` | (N, H) | the window that it was found in |
# | $\mathbf{E}$ | `E` | (V, D) | embedding, a row for each word of the vocabulary |
# | $\mathbf{W}_y$, $\mathbf{b}_y$ | `W_y`, `b_y` | (C, …), (C,) | weights and bias of the logits |
# | $\partial L / \partial \mathbf{v}$ | `dv` | as `v` | gradient of the loss: `da`, `dW_c`, … |
#
# Formulas are for one sequence and column vectors, and count steps and windows from 1. In code each
# row is a sequence, so a product $\mathbf{W}\mathbf{x}$ becomes `x @ W.T`, and steps and windows
# count from 0.

# %% role="setup" id="setup"
import numpy as np

from unrolled import Checks, fixed_array

check = Checks("11-convolutions")


def make_filters(H, D, width, start):
    """Return W_c (H, D, width) and b (H,): always the same numbers, in new arrays."""
    return (
        fixed_array(H, D, width, start=start, scale=0.8),
        fixed_array(H, start=start + 400, scale=0.6),
    )


def make_classifier(V, D, sizes, C):
    """Return E (V, D), filters for each (width, H) of sizes, W_y (C, H together), b_y (C,)."""
    total = sum(H for _, H in sizes)
    filters = [make_filters(H, D, width, start=900 + 70 * width) for width, H in sizes]
    return (
        fixed_array(V, D, start=100, scale=0.9),
        filters,
        fixed_array(C, total, start=300, scale=1.1),
        fixed_array(C, start=500, scale=0.7),
    )


# %% [markdown]
# ## 1. How many windows fit
#
# *10 minutes · 1 point*
#
# A sequence has $\ell$ steps. $Z$ zero vectors are put before its first step and $Z$ after its last
# one. A window of $K$ steps starts at the first of these vectors and moves on by $S$ each time, as
# long as it fits:
#
# $$\ell' = \left\lfloor \frac{\ell + 2Z - K}{S} \right\rfloor + 1, \qquad
# \text{and } 0 \text{ if } \ell + 2Z < K$$


# %% role="solution" id="conv_lengths"
def conv_lengths(lengths, width, stride, zeros):
    """Count the windows of each sequence.

    Args:
        lengths: steps of each sequence, (N,), integers from 0 on.
        width: steps in a window, 1 or more.
        stride: steps from one window to the next, 1 or more.
        zeros: zero vectors at each end of a sequence, 0 or more.

    Returns:
        How many windows fit into each sequence, (N,), integers; 0 where none does. In a new array.
    """
    ### BEGIN SOLUTION
    return np.maximum((lengths + 2 * zeros - width) // stride + 1, 0)
    ### END SOLUTION


# %% role="tests" id="test-lengths" of="conv_lengths" points=1
# test-lengths (1 point)
lengths = np.array([9, 4, 1, 7, 2])
check("windows of width 3", conv_lengths(lengths, 3, 1, 0))
check("windows of width 3, zeros at both ends", conv_lengths(lengths, 3, 1, 2))
check("windows of width 4, stride 2", conv_lengths(lengths, 4, 2, 0))
check("windows of width 5, stride 3, zeros", conv_lengths(lengths, 5, 3, 1))
check("windows that are too wide", conv_lengths(lengths, 12, 2, 1))
check("lengths after a call", lengths)
### BEGIN HIDDEN TESTS
check("windows of width 1", conv_lengths(np.array([6, 1]), 1, 1, 0))
check("windows of one sequence", conv_lengths(np.array([8]), 2, 5, 3))
check("windows of an empty sequence", conv_lengths(np.array([0, 3]), 2, 1, 1))
check("windows of a long sequence", conv_lengths(np.array([100003, 4]), 7, 4, 0))
### END HIDDEN TESTS

# %% [markdown]
# ## 2. Convolution, forward
#
# *35 minutes · 4 points*
#
# Every filter looks at every window. For window $t$, which begins at step $s = (t - 1)S + 1 - Z$,
# the pre-activations of all $H$ filters are
#
# $$\mathbf{a}_t = \sum_{j=0}^{K-1} \mathbf{W}_j \, \mathbf{x}_{s+j} + \mathbf{b}, \qquad
# \mathbf{x}_i = \mathbf{0} \text{ for } i < 1 \text{ and for } i > \ell$$
#
# The block $\mathbf{W}_j$ is `W_c[:, :, j]`. The earliest step of the window meets `W_c[:, :, 0]`.
#
# In a padded batch the sequence ends at $\ell_n$ and not at $T$: beyond its end come zeros,
# whatever stands in the padding of `x`. The array of results has as many windows as fit into a row
# of $T$ steps. Row $n$ has `conv_lengths(lengths, …)[n]` of its own. The others do not exist, and
# your function puts zeros there.
#
# There is no nonlinearity in this function.


# %% role="solution" id="conv_forward"
def conv_forward(x, lengths, W_c, b, stride, zeros):
    """Apply filters to all windows of a padded batch.

    Args:
        x: inputs, (N, T, D).
        lengths: how many steps of each sequence count, (N,), integers from 0 to T. They may all
            be less than T. What x holds beyond them has no influence.
        W_c: weights of H filters, (H, D, K). `W_c[:, :, j]` belongs to place j of the window,
            the earliest first.
        b: bias, (H,).
        stride: steps from one window to the next, 1 or more.
        zeros: zero vectors at each end of every sequence, 0 or more. T + 2 * zeros is at least K.

    Returns:
        a: pre-activations, (N, T', H), where T' windows fit into T steps. Zero where a window is
            beyond those of its sequence. float32 arrays give a float32 result.
    """
    ### BEGIN SOLUTION
    N, T, D = x.shape
    padded = np.zeros((N, T + 2 * zeros, D), dtype=x.dtype)
    padded[:, zeros : zeros + T] = np.where((np.arange(T) < lengths[:, None])[..., None], x, 0)
    windows = np.lib.stride_tricks.sliding_window_view(padded, W_c.shape[2], axis=1)[:, ::stride]
    a = np.tensordot(windows, W_c, axes=([2, 3], [1, 2])) + b
    counts = conv_lengths(lengths, W_c.shape[2], stride, zeros)
    return np.where((np.arange(a.shape[1]) < counts[:, None])[..., None], a, 0)
    ### END SOLUTION


# %% role="tests" id="test-conv" of="conv_forward" points=2
# test-conv (2 points)
N, T, D, H = 3, 7, 4, 5
W_c, b = make_filters(H, D, 2, start=1000)
x = fixed_array(N, T, D, start=2000)
check("a, no padding", conv_forward(x, np.array([7, 7, 7]), W_c, b, 1, 0))
check("a, padded", conv_forward(x, np.array([4, 7, 2]), W_c, b, 1, 0))
W_c, b = make_filters(2, D, 3, start=1100)
check("a, width 3, padded", conv_forward(x, np.array([7, 2, 5]), W_c, b, 1, 0))
check("x after a convolution", x)
### BEGIN HIDDEN TESTS
check("a, padding in every row", conv_forward(x, np.array([5, 3, 6]), W_c, b, 1, 0))
W_c, b = make_filters(3, 2, 4, start=1200)
x = fixed_array(5, 6, 2, start=2100)
check("a, width 4", conv_forward(-x, np.array([6, 4, 5, 3, 0]), W_c, b / 2, 1, 0))
### END HIDDEN TESTS

# %% role="tests" id="test-conv-edges" of="conv_forward" points=2
# test-conv-edges (2 points)
N, T, D, H = 3, 7, 4, 5
W_c, b = make_filters(H, D, 3, start=1300)
x, lengths = fixed_array(N, T, D, start=2200), np.array([7, 1, 4])
check("a, zeros at both ends", conv_forward(x, lengths, W_c, b, 1, 2))
check("a, stride 2", conv_forward(x, lengths, W_c, b, 2, 0))
check("a, stride 3 and zeros", conv_forward(x, lengths, W_c, b, 3, 1))
check("a, one step", conv_forward(x[:, :1], np.array([1, 1, 1]), W_c, b, 1, 1))
small = [array.astype(np.float32) for array in (x, W_c, b)]
a_small = conv_forward(small[0], lengths, *small[1:], 2, 1)
check("a, type for float32", str(np.asarray(a_small).dtype))
### BEGIN HIDDEN TESTS
check("a, float32", a_small)
check("a, one sequence", conv_forward(x[:1], np.array([6]), W_c, b, 2, 2))
check("a, width 1", conv_forward(x, lengths, W_c[:, :, :1], b, 1, 0))
check("a, windows that just fit", conv_forward(x[:, :3], np.array([3, 1, 2]), W_c, b, 4, 0))
spoilt = np.where((np.arange(T) < lengths[:, None])[..., None], x, 1e9)
check("a, large numbers in the padding", conv_forward(spoilt, lengths, W_c, b, 1, 2))
x_wide = fixed_array(D, T, 2 * N, start=2300)
turned = [np.asfortranarray(array) for array in (W_c, b)]
check("a, not contiguous", conv_forward(x_wide.T[::2], lengths, *turned, 2, 1))
x_long = fixed_array(2, 500, D, start=2400)
a_long = conv_forward(x_long, np.array([500, 311]), W_c, b, 7, 3)
check("a, 500 steps", a_long[:, ::6])
check("lengths after a convolution", lengths)
check("W_c and b after a convolution", [W_c, b])
### END HIDDEN TESTS

# %% [markdown]
# **Compare with PyTorch.** `torch.nn.functional.conv1d` takes the weights as they are, and the
# inputs with the time axis last. It knows no lengths, so each sequence is given to it alone.

# %% role="agreement" id="agree-conv"
torch = check.import_torch()
if torch:
    N, T, D, H = 3, 7, 4, 5
    W_c, b = make_filters(H, D, 3, start=1300)
    x, lengths = fixed_array(N, T, D, start=2200), np.array([7, 1, 4])
    for stride, zeros in ((1, 2), (3, 1)):
        a = conv_forward(x, lengths, W_c, b, stride, zeros)
        for n, windows in enumerate(conv_lengths(lengths, 3, stride, zeros)):
            row = torch.from_numpy(x[n : n + 1, : lengths[n]]).transpose(1, 2)
            theirs = torch.nn.functional.conv1d(
                row, torch.from_numpy(W_c), torch.from_numpy(b), stride=stride, padding=zeros
            )
            name = f"stride {stride}, {zeros} zeros, sequence {n} and conv1d"
            check.agrees(name, a[n, :windows], theirs[0].T)

# %% [markdown]
# ## 3. Convolution, backward
#
# *45 minutes · 4 points*
#
# Each window has used the same weights, so their gradients are sums over windows. With
# $\boldsymbol{\delta}_t = \partial L / \partial \mathbf{a}_t$ and $s = (t - 1)S + 1 - Z$, the first
# step of window $t$,
#
# $$\frac{\partial L}{\partial \mathbf{W}_j} = \sum_t \boldsymbol{\delta}_t \,
# \mathbf{x}_{s+j}^\top, \qquad
# \frac{\partial L}{\partial \mathbf{b}} = \sum_t \boldsymbol{\delta}_t$$
#
# A step may lie in several windows, each time at another place. It gets a gradient from all of
# them:
#
# $$\frac{\partial L}{\partial \mathbf{x}_i} = \sum_{t,\,j:\ s + j = i}
# \mathbf{W}_j^\top \boldsymbol{\delta}_t$$
#
# In a padded batch windows that do not exist give nothing, whatever `da` holds there, and the
# padding of `x` gets nothing.


# %% role="solution" id="conv_backward"
def conv_backward(da, x, lengths, W_c, stride, zeros):
    """Take a gradient back through a convolution.

    Args:
        da: gradient of the loss with respect to the result of conv_forward, (N, T', H). It may
            be other than zero where a window is beyond those of its sequence.
        x: inputs, (N, T, D).
        lengths: how many steps of each sequence count, (N,), integers from 0 to T.
        W_c: weights of the filters, (H, D, K).
        stride: steps from one window to the next.
        zeros: zero vectors at each end of every sequence.

    Returns:
        dx: gradient with respect to x, (N, T, D), zero in the padding.
        dW_c: gradient with respect to W_c, (H, D, K), summed over windows and sequences.
        db: gradient with respect to b, (H,).
        float32 arrays give float32 results.
    """
    ### BEGIN SOLUTION
    N, T, D = x.shape
    T_out, K = da.shape[1], W_c.shape[2]
    inside = (np.arange(T) < lengths[:, None])[..., None]
    counts = conv_lengths(lengths, K, stride, zeros)
    da = np.where((np.arange(T_out) < counts[:, None])[..., None], da, 0)
    padded = np.zeros((N, T + 2 * zeros, D), dtype=x.dtype)
    padded[:, zeros : zeros + T] = np.where(inside, x, 0)
    dpadded, dW_c = np.zeros_like(padded), np.zeros_like(W_c)
    for j in range(K):
        at = slice(j, j + stride * T_out, stride)
        dpadded[:, at] += da @ W_c[:, :, j]
        dW_c[:, :, j] = np.tensordot(da, padded[:, at], axes=([0, 1], [0, 1]))
    return np.where(inside, dpadded[:, zeros : zeros + T], 0), dW_c, da.sum(axis=(0, 1))
    ### END SOLUTION


# %% role="tests" id="test-conv-backward" of="conv_backward" points=2
# test-conv-backward (2 points)
N, T, D, H, K = 3, 7, 4, 5, 2
W_c, _ = make_filters(H, D, K, start=1400)
x, lengths = fixed_array(N, T, D, start=2500), np.array([7, 7, 7])
da = fixed_array(N, 6, H, start=2600)
dx, dW_c, db = conv_backward(da, x, lengths, W_c, 1, 0)
check("dW_c", dW_c)
check("db", db)
check("dx", dx)
check("da after a call", da)
### BEGIN HIDDEN TESTS
check("x and W_c after a call", [x, W_c])
W_c, _ = make_filters(3, 2, 4, start=1500)
x, da = fixed_array(5, 6, 2, start=2700), fixed_array(5, 3, 3, start=2800)
dx, dW_c, db = conv_backward(da, x, np.array([6, 6, 6, 6, 6]), W_c, 1, 0)
check("dx and dW_c, width 4", [dx, dW_c])
check("db, width 4", db)
### END HIDDEN TESTS

# %% role="tests" id="test-conv-backward-edges" of="conv_backward" points=2
# test-conv-backward-edges (2 points)
N, T, D, H, K = 3, 7, 4, 5, 3
W_c, _ = make_filters(H, D, K, start=1600)
x, lengths = fixed_array(N, T, D, start=2900), np.array([4, 7, 2])
dx, dW_c, db = conv_backward(fixed_array(N, 5, H, start=3000), x, lengths, W_c, 1, 0)
check("dx, padded", dx)
check("dW_c, padded", dW_c)
check("db, padded", db)
dx, dW_c, db = conv_backward(fixed_array(N, 9, H, start=3100), x, lengths, W_c, 1, 2)
check("dx, zeros at both ends", dx)
check("dW_c, zeros at both ends", dW_c)
dx, dW_c, db = conv_backward(fixed_array(N, 4, H, start=3300), x, lengths, W_c, 2, 1)
check("dx, stride 2 and zeros", dx)
check("dW_c, stride 2 and zeros", dW_c)
### BEGIN HIDDEN TESTS
check("db, stride 2 and zeros", db)
da = fixed_array(N, 2, H, start=3400)
check("all, stride 4", list(conv_backward(da, x, lengths, W_c, 4, 0)))
check("all, one sequence", list(conv_backward(da[:1], x[:1], np.array([6]), W_c, 4, 0)))
one = fixed_array(N, 1, H, start=3500)
check("all, one step", list(conv_backward(one, x[:, :1], np.array([1, 0, 1]), W_c, 1, 1)))
check("all, width 1", list(conv_backward(one, x[:, :1], np.array([1, 1, 1]), W_c[..., :1], 2, 0)))
small = [array.astype(np.float32) for array in (da, x, W_c)]
all_small = conv_backward(*small[:2], lengths, small[2], 4, 0)
check("all, float32", list(all_small))
check("all, types for float32", [str(np.asarray(array).dtype) for array in all_small])
turned = [np.asfortranarray(array)[::2] for array in (da, x)]
check("all, not contiguous", list(conv_backward(*turned, lengths[::2], W_c, 4, 0)))
x_long, da = fixed_array(2, 300, D, start=3600), fixed_array(2, 151, H, start=3700)
dx, dW_c, db = conv_backward(da, x_long, np.array([300, 177]), W_c, 2, 2)
check("dx, 300 steps", dx[:, ::11])
check("dW_c and db, 300 steps", [dW_c, db])
check("lengths after a backward pass", lengths)
### END HIDDEN TESTS

# %% [markdown]
# **Compare with PyTorch.** Autograd goes back through `conv1d` on the whole batch. The padding is
# zero for it, and windows that do not exist get the gradient zero.

# %% role="agreement" id="agree-conv-backward"
torch = check.import_torch()
if torch:
    N, T, D, H, K = 3, 7, 4, 5, 3
    W_c, b = make_filters(H, D, K, start=1600)
    x, lengths = fixed_array(N, T, D, start=2900), np.array([4, 7, 2])
    for stride, zeros, T_out in ((1, 2, 9), (2, 1, 4)):
        inside = (np.arange(T) < lengths[:, None])[..., None]
        counts = conv_lengths(lengths, K, stride, zeros)
        exists = (np.arange(T_out) < counts[:, None])[..., None]
        da = fixed_array(N, T_out, H, start=3800) * exists
        leaves = [torch.from_numpy(array).requires_grad_() for array in (x, W_c, b)]
        a = torch.nn.functional.conv1d(
            (leaves[0] * torch.from_numpy(inside)).transpose(1, 2),
            *leaves[1:],
            stride=stride,
            padding=zeros,
        ).transpose(1, 2)
        theirs = torch.autograd.grad(a, leaves, torch.from_numpy(da))
        mine = conv_backward(da, x, lengths, W_c, stride, zeros)
        for name, ours, other in zip(("dx", "dW_c", "db"), mine, theirs, strict=True):
            check.agrees(f"{name}, stride {stride}, {zeros} zeros, and autograd", ours, other)

# %% [markdown]
# ## 4. The maximum over time
#
# *20 minutes · 2 points*
#
# Each filter has a feature for each window. Keep the largest one, and remember which window it came
# from:
#
# $$\hat h_j = \max_{1 \le t \le \ell'} h_{t,j}, \qquad
# \hat t_j = \text{the first } t \text{ with } h_{t,j} = \hat h_j$$
#
# What stands in the padding must never win, even where all features of a sequence are negative and
# the padding holds zeros or larger numbers. A row without any window gets the value 0 and the
# window −1.


# %% role="solution" id="max_over_time"
def max_over_time(h, lengths):
    """Take the largest feature of each filter over the windows of each sequence.

    Args:
        h: features, (N, T, H), any numbers. What stands beyond a sequence's length has no
            influence.
        lengths: how many windows of each sequence count, (N,), integers from 0 to T.

    Returns:
        pooled: the largest feature of each filter, (N, H), of the dtype of h; 0 for a sequence of
            length 0.
        picked: the window that it was found in, (N, H), integers from 0; the first one if there
            are several; -1 for a sequence of length 0.
    """
    ### BEGIN SOLUTION
    T = h.shape[1]
    some = (lengths > 0)[:, None]
    allowed = np.where((np.arange(T) < lengths[:, None])[..., None], h, -np.inf)
    return (
        np.where(some, allowed.max(axis=1), 0).astype(h.dtype),
        np.where(some, allowed.argmax(axis=1), -1),
    )
    ### END SOLUTION


# %% role="tests" id="test-max" of="max_over_time" points=2
# test-max (2 points)
h = fixed_array(3, 6, 4, start=4000, scale=2.0)
pooled, picked = max_over_time(h, np.array([6, 6, 6]))
check("pooled, no padding", pooled)
check("picked, no padding", picked)
lengths = np.array([2, 5, 3])
pooled, picked = max_over_time(h, lengths)
check("pooled, padded", pooled)
check("picked, padded", picked)
low = np.where((np.arange(6) < lengths[:, None])[..., None], h - 4, 0)
pooled, picked = max_over_time(low, lengths)
check("pooled, all features negative", pooled)
check("picked, all features negative", picked)
h_ties = np.array([[[2.0, -1.0], [3.0, -5.0], [3.0, -1.0], [1.0, -1.0]]])
check("picked, ties", max_over_time(h_ties, np.array([4]))[1])
pooled, picked = max_over_time(h, np.array([0, 5, 1]))
check("pooled, a sequence without windows", pooled)
check("picked, a sequence without windows", picked)
check("h after a call", h)
### BEGIN HIDDEN TESTS
check("lengths after a maximum", lengths)
pooled, picked = max_over_time(low[1:2] - 1e6, np.array([3]))
check("pooled, one sequence, large negative features", pooled)
check("picked, one sequence, large negative features", picked)
check("all, one window", list(max_over_time(h[:, :1], np.array([1, 1, 1]))))
pooled, picked = max_over_time(h.astype(np.float32), np.array([4, 6, 0]))
check("pooled, float32", pooled)
check("pooled, type for float32", str(np.asarray(pooled).dtype))
check("picked, kind of numbers", np.asarray(picked).dtype.kind)
turned = fixed_array(5, 6, 8, start=4100).T[::2]
check("all, not contiguous features", list(max_over_time(turned, np.array([6, 2, 4, 1]))))
pooled, picked = max_over_time(fixed_array(2, 400, 3, start=4200), np.array([400, 250]))
check("picked, 400 windows", picked)
### END HIDDEN TESTS

# %% [markdown]
# ## 5. The maximum, backward
#
# *15 minutes · 2 points*
#
# Only the window that was picked has had an influence on $\hat h_j$:
#
# $$\frac{\partial L}{\partial h_{t,j}} = \begin{cases} \partial L / \partial \hat h_j &
# \text{if } t = \hat t_j \\ 0 & \text{otherwise} \end{cases}$$


# %% role="solution" id="max_backward"
def max_backward(dpooled, picked, T):
    """Take a gradient back through the maximum over time.

    Args:
        dpooled: gradient of the loss with respect to the largest features, (N, H).
        picked: the window that each was found in, (N, H), integers from 0 to T - 1, or -1 where
            there was none.
        T: windows in a row.

    Returns:
        dh: gradient with respect to the features, (N, T, H); all zero for a sequence without
            windows. float32 gives float32.
    """
    ### BEGIN SOLUTION
    chosen = np.arange(T)[:, None] == picked[:, None]
    return np.where(chosen, dpooled[:, None], 0)
    ### END SOLUTION


# %% role="tests" id="test-max-backward" of="max_backward" points=2
# test-max-backward (2 points)
dpooled = fixed_array(3, 4, start=4300)
picked = np.array([[2, 0, 2, 4], [1, 1, 3, 0], [3, 2, 0, 0]])
check("dh", max_backward(dpooled, picked, 5))
picked = np.array([[2, 0, 2, 3], [-1, -1, -1, -1], [0, 5, 1, 1]])
check("dh, a sequence without windows", max_backward(dpooled, picked, 6))
check("dpooled after a call", dpooled)
### BEGIN HIDDEN TESTS
check("picked after a call", picked)
check("dh, one sequence", max_backward(dpooled[:1], picked[:1], 4))
check("dh, one window", max_backward(dpooled[:2], np.array([[0] * 4, [-1] * 4]), 1))
dh_small = max_backward(dpooled.astype(np.float32), picked, 6)
check("dh, float32", dh_small)
check("dh, type for float32", str(np.asarray(dh_small).dtype))
check("dh, not contiguous", max_backward(dpooled.T[:3, :2], picked.T[:3, ::2], 6))
### END HIDDEN TESTS

# %% [markdown]
# **Compare with PyTorch.** `max` returns values and places. The padding is set to $-\infty$ before.

# %% role="agreement" id="agree-max"
torch = check.import_torch()
if torch:
    h, lengths = fixed_array(3, 6, 4, start=4000, scale=2.0), np.array([2, 5, 3])
    dpooled = fixed_array(3, 4, start=4400)
    leaf = torch.from_numpy(h).requires_grad_()
    padding = torch.from_numpy(np.arange(6) >= lengths[:, None])[..., None]
    best = leaf.masked_fill(padding, -torch.inf).max(dim=1)
    (theirs,) = torch.autograd.grad(best.values, leaf, torch.from_numpy(dpooled))
    pooled, picked = max_over_time(h, lengths)
    check.agrees("pooled and max", pooled, best.values)
    check.agrees("picked and max", picked, best.indices)
    check.agrees("dh and autograd", max_backward(dpooled, picked, 6), theirs)

# %% [markdown]
# ## 6. Kim's classifier
#
# *25 minutes · 2 points*
#
# Now the parts together. The input is a batch of sentences, each a row of word numbers.
#
# 1. Look up the embedding of each word: $\mathbf{x}_t$ is row $s_t$ of $\mathbf{E}$.
# 2. For each width $K$ in the list `filters`, do a wide convolution, that is with stride 1 and
#    $Z = K - 1$, and apply $\tanh$.
# 3. Take the maximum over the windows of each sentence. A sentence of $\ell$ words has
#    $\ell + K - 1$ windows.
# 4. Put the maxima of all widths side by side, in the order of the list, to one vector
#    $\hat{\mathbf{h}}$ for each sentence.
# 5. The logits are $\mathbf{z} = \mathbf{W}_y \hat{\mathbf{h}} + \mathbf{b}_y$.
#
# Return the maxima and the windows they came from as well; the backward pass needs them. Call your
# functions from parts 1, 2 and 4.


# %% role="solution" id="kim_forward"
def kim_forward(ids, lengths, E, filters, W_y, b_y):
    """Classify sentences by the largest features of filters of several widths.

    Args:
        ids: word numbers, (N, T), integers from 0 to V - 1, in the padding too.
        lengths: words of each sentence, (N,), integers from 1 to T.
        E: embedding, (V, D).
        filters: a list of pairs W_c (H, D, K) and b (H,); K and H may differ from pair to pair.
        W_y: weights of the logits, (C, all H together).
        b_y: bias of the logits, (C,).

    Returns:
        logits: (N, C).
        pooled: largest features, (N, all H together), in the order of the filters.
        picked: the windows they were found in, of the same shape, integers from 0.
    """
    ### BEGIN SOLUTION
    x = E[ids]
    found = []
    for W_c, b in filters:
        width = W_c.shape[2]
        h = np.tanh(conv_forward(x, lengths, W_c, b, 1, width - 1))
        found.append(max_over_time(h, conv_lengths(lengths, width, 1, width - 1)))
    pooled, picked = (np.concatenate(parts, axis=1) for parts in zip(*found, strict=True))
    return pooled @ W_y.T + b_y, pooled, picked
    ### END SOLUTION


# %% role="tests" id="test-kim" of="kim_forward" points=2
# test-kim (2 points)
V, D, C = 11, 5, 3
E, filters, W_y, b_y = make_classifier(V, D, [(2, 4), (3, 2)], C)
ids = np.array([[3, 9, 0, 4, 10, 4], [7, 1, 5, 8, 8, 2], [6, 2, 9, 9, 1, 3], [8, 0, 5, 10, 7, 6]])
logits, pooled, picked = kim_forward(ids, np.array([6, 2, 4, 1]), E, filters, W_y, b_y)
check("Kim: pooled", pooled)
check("Kim: picked", picked)
check("Kim: logits", logits)
low = [(W_c, b - 9) for W_c, b in filters]
check("Kim: pooled, low features", kim_forward(ids, np.array([6, 2, 4, 1]), E, low, W_y, b_y)[1])
check("ids after a call", ids)
### BEGIN HIDDEN TESTS
check("E after a call", E)
lengths = np.array([3, 5, 2, 4])
logits, pooled, picked = kim_forward(ids, lengths, E, filters[1:], W_y[:, 4:], b_y)
check("Kim: logits, one width", logits)
check("Kim: picked, one width", picked)
one = kim_forward(ids[2:3, :1], np.array([1]), E, filters, W_y, b_y)
check("Kim: one word", list(one))
E_small, W_small, b_small = (array.astype(np.float32) for array in (E, W_y, b_y))
filters_small = [(W_c.astype(np.float32), b.astype(np.float32)) for W_c, b in filters]
logits, *_ = kim_forward(ids, lengths, E_small, filters_small, W_small, b_small)
check("Kim: logits, float32", logits)
check("Kim: type for float32", str(np.asarray(logits).dtype))
E, filters, W_y, b_y = make_classifier(13, 2, [(4, 1), (1, 6), (2, 3)], 2)
logits, pooled, picked = kim_forward(ids, lengths, E, filters, W_y, b_y)
check("Kim: logits, three widths", logits)
check("Kim: picked, three widths", picked)
### END HIDDEN TESTS

# %% [markdown]
# ## 7. Kim's classifier, backward
#
# *45 minutes · 3 points*
#
# From the gradient of the logits back to everything that can be learned.
#
# 1. Through the logits: $\partial L / \partial \hat{\mathbf{h}} = \mathbf{W}_y^\top \,
#    \partial L / \partial \mathbf{z}$, and the gradients of $\mathbf{W}_y$ and $\mathbf{b}_y$,
#    summed over the batch.
# 2. Through the $\tanh$: with $y = \tanh(a)$ the slope is $1 - y^2$. The maxima are values behind
#    the $\tanh$, so their slopes are known without the features of all windows.
# 3. Through the maximum and the convolution of each width, to its weights and to $\mathbf{x}$. The
#    widths read the same $\mathbf{x}$, so what they give to it is added.
# 4. Into the embedding: a word's row of $\mathbf{E}$ gets the sum of the gradients of all places
#    where the word stands. A *static* embedding is not learned; its gradient is zero.
#
# Call your functions from parts 3 and 5.


# %% role="solution" id="kim_backward"
def kim_backward(dlogits, ids, lengths, E, filters, W_y, pooled, picked, static):
    """Take a gradient back through kim_forward.

    Args:
        dlogits: gradient of the loss with respect to the logits, (N, C).
        ids: word numbers, (N, T).
        lengths: words of each sentence, (N,), integers from 1 to T.
        E: embedding, (V, D).
        filters: a list of pairs W_c (H, D, K) and b (H,).
        W_y: weights of the logits, (C, all H together).
        pooled: largest features, as kim_forward returns them, (N, all H together).
        picked: the windows they were found in, of the same shape.
        static: if true, the embedding is not to be learned.

    Returns:
        dE: gradient with respect to E, (V, D); all zero if static.
        dfilters: a list of pairs, the gradients with respect to W_c and b of each filter.
        dW_y: gradient with respect to W_y, (C, all H together).
        db_y: gradient with respect to b_y, (C,).
    """
    ### BEGIN SOLUTION
    x = E[ids]
    da = dlogits @ W_y * (1 - pooled**2)
    dx, dfilters, first = np.zeros_like(x), [], 0
    for W_c, _ in filters:
        H, _, width = W_c.shape
        own = slice(first, first + H)
        first += H
        da_all = max_backward(da[:, own], picked[:, own], x.shape[1] + width - 1)
        dx_one, dW_c, db = conv_backward(da_all, x, lengths, W_c, 1, width - 1)
        dx += dx_one
        dfilters.append((dW_c, db))
    dE = np.zeros_like(E)
    if not static:
        np.add.at(dE, ids, dx)
    return dE, dfilters, dlogits.T @ pooled, dlogits.sum(axis=0)
    ### END SOLUTION


# %% role="tests" id="test-kim-backward" of="kim_backward" points=2
# test-kim-backward (2 points)
V, D, C = 11, 5, 3
E, filters, W_y, _ = make_classifier(V, D, [(2, 4), (3, 2)], C)
ids = np.array([[3, 9, 0, 4, 10, 4], [7, 1, 5, 8, 8, 2], [6, 2, 9, 9, 1, 3], [8, 0, 5, 10, 7, 6]])
lengths = np.array([6, 2, 4, 1])
pooled = fixed_array(4, 6, start=5000, scale=0.9)
picked = np.array([[0, 5, 2, 2, 7, 3], [1, 2, 0, 1, 3, 0], [4, 3, 2, 1, 0, 5], [0, 1, 1, 0, 2, 1]])
dlogits = fixed_array(4, C, start=5100)
dE, dfilters, dW_y, db_y = kim_backward(
    dlogits, ids, lengths, E, filters, W_y, pooled, picked, False
)
check("Kim: dW_y", dW_y)
check("Kim: db_y", db_y)
check("Kim: dW_c and db of the first width", list(dfilters[0]))
check("Kim: dW_c and db of the second width", list(dfilters[1]))
check("dlogits after a call", dlogits)
### BEGIN HIDDEN TESTS
check("pooled and picked after a call", [pooled, picked])
_, dfilters, dW_y, db_y = kim_backward(
    dlogits[:1], ids[:1], lengths[:1], E, filters[1:], W_y[:, 4:], pooled[:1, 4:], picked[:1, 4:], 0
)
check("Kim: one sentence, one width", [*dfilters[0], dW_y, db_y])
### END HIDDEN TESTS

# %% role="tests" id="test-kim-embedding" of="kim_backward" points=1
# test-kim-embedding (1 point)
V, D, C = 11, 5, 3
E, filters, W_y, _ = make_classifier(V, D, [(2, 4), (3, 2)], C)
ids = np.array([[3, 9, 0, 4, 10, 4], [7, 1, 5, 8, 8, 2], [6, 2, 9, 9, 1, 3], [8, 0, 5, 10, 7, 6]])
lengths = np.array([6, 2, 4, 1])
pooled = fixed_array(4, 6, start=5200, scale=0.9)
picked = np.array([[4, 5, 6, 5, 5, 6], [2, 1, 0, 0, 2, 3], [4, 3, 2, 3, 4, 3], [1, 0, 1, 0, 0, 2]])
dlogits = fixed_array(4, C, start=5300)
before = ids, lengths, E, filters, W_y, pooled, picked
check("Kim: dE", kim_backward(dlogits, *before, False)[0])
check("Kim: dE of a static embedding", kim_backward(dlogits, *before, True)[0])
check("E after a backward pass", E)
### BEGIN HIDDEN TESTS
static = kim_backward(dlogits, *before, True)
check("Kim: the filters learn where the embedding is static", list(static[1][1]))
single = ids[:, :1], np.array([1, 1, 1, 1]), E, filters, W_y, pooled, picked % 2
check("Kim: dE, one word each", kim_backward(dlogits, *single, False)[0])
same = np.full_like(ids, 7), lengths, E, filters, W_y, pooled, picked
check("Kim: dE, the same word everywhere", kim_backward(dlogits, *same, False)[0])
small = [array.astype(np.float32) for array in (dlogits, E, W_y, pooled)]
filters_small = [(W_c.astype(np.float32), b.astype(np.float32)) for W_c, b in filters]
dE_small, *_ = kim_backward(
    small[0], ids, lengths, small[1], filters_small, small[2], small[3], picked, False
)
check("Kim: dE, float32", dE_small)
check("Kim: dE, type for float32", str(np.asarray(dE_small).dtype))
### END HIDDEN TESTS

# %% [markdown]
# **Compare with PyTorch.** The same classifier of PyTorch's parts, and autograd through it.

# %% role="agreement" id="agree-kim"
torch = check.import_torch()
if torch:
    V, D, C = 11, 5, 3
    E, filters, W_y, b_y = make_classifier(V, D, [(2, 4), (3, 2)], C)
    ids = np.array([[3, 9, 0, 4, 10, 4], [7, 1, 5, 8, 8, 2], [6, 2, 9, 9, 1, 3]])
    lengths, dlogits = np.array([6, 2, 4]), fixed_array(3, C, start=5400)
    arrays = [E, W_y, b_y, *(array for pair in filters for array in pair)]
    leaves = [torch.from_numpy(array).requires_grad_() for array in arrays]
    real = torch.from_numpy(np.arange(6) < lengths[:, None])
    x = (leaves[0][torch.from_numpy(ids)] * real[..., None]).transpose(1, 2)
    best = []
    for W_c, b in (leaves[3:5], leaves[5:7]):
        width = W_c.shape[2]
        h = torch.tanh(torch.nn.functional.conv1d(x, W_c, b, padding=width - 1))
        windows = torch.arange(h.shape[2]) < torch.from_numpy(lengths)[:, None] + width - 1
        best.append(h.masked_fill(~windows[:, None], -torch.inf).max(dim=2).values)
    theirs = torch.cat(best, dim=1) @ leaves[1].T + leaves[2]
    logits, pooled, picked = kim_forward(ids, lengths, E, filters, W_y, b_y)
    check.agrees("logits and PyTorch", logits, theirs)
    dE, dfilters, dW_y, db_y = kim_backward(
        dlogits, ids, lengths, E, filters, W_y, pooled, picked, False
    )
    mine = [dE, dW_y, db_y, *(array for pair in dfilters for array in pair)]
    names = ("dE", "dW_y", "db_y", "dW_c, width 2", "db, width 2", "dW_c, width 3", "db, width 3")
    for name, ours, other in zip(
        names, mine, torch.autograd.grad(theirs, leaves, torch.from_numpy(dlogits)), strict=True
    ):
        check.agrees(f"{name} and autograd", ours, other)

# %% [markdown]
# ## 8. Experiment: what is negated?
#
# *10 minutes*
#
# In each sentence stand the words *not*, *good* and *bad*, once each, among others. *Not* stands
# before one of the two and negates it: "not bad … good" is praise, "not good … bad" is not. That is
# `gap=0`. With `gap=1` the word *so* stands before both: "not so bad … so good". Your classifier is
# trained on such sentences, each time with filters of one width. How often is it right on new ones?

# %%
WORDS = ["the", "film", "was", "so", "we", "said", "not", "good", "bad"]
SO, NOT, GOOD, BAD = 3, 6, 7, 8


def draw_sentences(rng, N, gap):
    """Return ids (N, 12), lengths (N,) and targets (N,): 1 where "bad" is negated."""
    ids, lengths = rng.integers(6, size=(N, 12)), rng.integers(10, 13, size=N)
    early, late = rng.integers(gap + 2, 5, size=N), rng.integers(gap + 7, 10, size=N)
    first, targets = rng.integers(2, size=(2, N))
    negated, other = np.where(first, early, late), np.where(first, late, early)
    rows = np.arange(N)
    ids[rows, negated], ids[rows, other] = np.where(targets, [[BAD], [GOOD]], [[GOOD], [BAD]])
    if gap:
        ids[rows, negated - 1] = ids[rows, other - 1] = SO
    ids[rows, negated - gap - 1] = NOT
    return ids, lengths, targets


def new_classifier(rng, width, D=6, H=8):
    """Return E, filters of one width, W_y and b_y, small random numbers."""
    filters = [(rng.normal(size=(H, D, width)) / np.sqrt(D * width), np.zeros(H))]
    return rng.normal(size=(len(WORDS), D)), filters, rng.normal(size=(2, H)) / 2, np.zeros(2)


def train_classifier(rng, gap, width, updates=60, N=24, rate=0.05):
    """Train by Adam on fresh sentences and return the parameters."""
    E, filters, W_y, b_y = new_classifier(rng, width)
    arrays = [E, W_y, b_y, *filters[0]]
    means, squares = ([np.zeros_like(array) for array in arrays] for _ in range(2))
    for update in range(1, updates + 1):
        ids, lengths, targets = draw_sentences(rng, N, gap)
        logits, pooled, picked = kim_forward(ids, lengths, E, filters, W_y, b_y)
        p = np.exp(logits - np.max(logits, axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        dlogits = (p - np.eye(2)[targets]) / N
        dE, dfilters, dW_y, db_y = kim_backward(
            dlogits, ids, lengths, E, filters, W_y, pooled, picked, False
        )
        for i, gradient in enumerate((dE, dW_y, db_y, *dfilters[0])):
            means[i] += 0.1 * (gradient - means[i])
            squares[i] += 0.01 * (gradient**2 - squares[i])
            mean, square = means[i] / (1 - 0.9**update), squares[i] / (1 - 0.99**update)
            arrays[i] -= rate * mean / (np.sqrt(square) + 1e-8)
    return E, filters, W_y, b_y


for gap in (0, 1):
    for width in (1, 2, 3):
        shares = []
        for seed in range(3):
            rng = np.random.default_rng(seed)
            trained = train_classifier(rng, gap, width)
            ids, lengths, targets = draw_sentences(rng, 300, gap)
            logits, pooled, picked = kim_forward(ids, lengths, *trained)
            shares.append(np.mean(np.argmax(logits, axis=1) == targets))
        print(f"gap {gap}, width {width}:", *(f"{share:.2f}" for share in shares))

# %% [markdown]
# **What the filters picked.** The last classifier above had width 3 and the gap 1. A window with
# number `t` of a wide convolution begins `width - 1` steps before step `t`.

# %%
for n in range(2):
    print(" ".join(WORDS[i] for i in ids[n, : lengths[n]]))
    for j, t in enumerate(picked[n]):
        steps = range(max(t - 2, 0), min(t + 1, lengths[n]))
        phrase = " ".join(WORDS[ids[n, s]] for s in steps)
        print(f"    filter {j}: {pooled[n, j]:5.2f}  {phrase}")

# %% [markdown] role="written" id="why-width" points=2
# **Question** *(15 minutes · 2 points, graded by hand)*
#
# (a) With width 1 the classifier is right in about half of all cases, whatever the gap. Show that
# no filters of width 1 and no training can do better. What does the maximum throw away, and why
# does it matter here? (b) Which widths can be right for gap 0 and for gap 1, and why? Compare with
# all six printed lines. (c) Name a question about a sentence that filters of *no* width answer
# behind a maximum over time, if sentences may be of any length, and say why. Five to eight
# sentences.
#
# ### BEGIN SOLUTION
# *Model answer.* (a) A filter of width 1 gives each word a number that depends on that word alone,
# and the maximum is over the set of these numbers: where a word stands and how often is thrown
# away. Every sentence has the words *not*, *good* and *bad*, and the other words have the same
# distribution in both classes, so the maxima have the same distribution in both. No function of
# them can be right in more than half of the cases, up to chance in the sentences that were drawn.
# (The windows of zeros at the ends of a wide convolution do not exist at width 1, and would not
# help.) (b) A filter can tell the classes apart if a window can hold *not* together with the word
# that it negates: width $K \ge \text{gap} + 2$. So widths 2 and 3 are right for gap 0 and width 3
# for gap 1, which the printed values show, near 1.00; width 2 at gap 1 stays near one half, because
# "not so", "so good" and "so bad" are in every sentence of both classes. (c) For example: does
# *good* stand anywhere before *bad*, at any distance? A window that holds both would have to be as
# wide as the sentence, and smaller windows are the same for both orders. Or: how many times is
# *not* said? A second occurrence does not change a maximum.
#
# *Marking scheme.*
#
# - 2: (a) the maxima depend on the set of words only, and this set has the same distribution in
#   both classes, hence one half; (b) width at least gap + 2, compared with the printed values, the
#   failure of width 2 at gap 1 included; (c) a question of order over any distance or of counting,
#   with a reason.
# - 1: two of the three parts, or all with a gap: "it cannot see order" without the argument from
#   equal sets, no comparison with the printed values, or no reason in (c).
# - 0: no answer, or only that wider filters are better.
# ### END SOLUTION

# %% [markdown]
# ## Summary

# %% role="summary" id="summary"
check.summary()
