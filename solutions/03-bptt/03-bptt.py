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
# # Assignment 3: backpropagation through time in NumPy
#
# You write the backward pass of a vanilla RNN by hand. First comes what you need to trust it: the
# forward pass (part 1) and a gradient checker (parts 2 and 3). Then one step backward (part 4), the
# gradient at which it all begins (part 5), the whole sequence (part 6), and the same cut short
# (part 7). In part 8 your functions measure two things: how small a step a gradient check should
# take, and what a network cannot learn when its gradient is cut.
#
# The assignment belongs to chapter 3 of the book, gives 20 points, and takes about 3 hours. Each
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
# The parts build on each other, so do them in order. Each function is tested with arrays made for
# the purpose, so that a mistake in one part costs points there only. After you hand in, hidden
# checks call each function with further inputs. They ask for nothing that the docstring does not
# promise.
#
# Use NumPy and no other library in your functions, and do not change the arrays that they are
# given.
#
# **How to hand in.** Restart the kernel, run all cells, save, and hand in `03-bptt.ipynb` in the
# way your instructor has told you. To run the whole notebook in a terminal and see your points:
#
#     python -m unrolled check 03-bptt.ipynb

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
# | $\mathbf{z}_t$ | `logits` | (N, T, V) | scores of all symbols |
# | $\ell_n$ | `lengths` | (N,) | true length of each sequence; beyond it lies padding |
# | $\boldsymbol{\delta}_t$ | `da_t` | (N, H) | gradient of the loss for the pre-activation |
# | $K$ | `K` | | steps in a chunk of truncated backpropagation |
# | $\varepsilon$ | `eps` | | step of a difference quotient |
#
# In code, `d` before a name means the gradient of the loss with respect to it, with the shape of
# the thing itself: `dW_h` is $\partial L / \partial \mathbf{W}_h$, of shape (H, H).
#
# Formulas are for one sequence and column vectors, and count steps from 1. In code each row is a
# sequence, so a product $\mathbf{W}\mathbf{x}$ becomes `x @ W.T`, and steps count from 0.

# %% role="setup" id="setup"
import numpy as np

from unrolled import Checks, fixed_array

check = Checks("03-bptt")


def make_weights(D, H):
    """Return W_x (H, D), W_h (H, H), b (H,): always the same numbers, in new arrays."""
    return (
        fixed_array(H, D, start=100, scale=0.9),
        fixed_array(H, H, start=220, scale=0.7),
        fixed_array(H, start=320, scale=0.8),
    )


def make_states(N, H, lengths, T, start):
    """Return h (N, T, H) and h_0 (N, H): numbers between -1 and 1 in place of a forward pass.

    Beyond a sequence's length its last state is repeated, as after a forward pass.
    """
    h = fixed_array(N, T, H, start=start, scale=0.9)
    h_0 = fixed_array(N, H, start=start + 500, scale=0.9)
    for n, length in enumerate(lengths):
        h[n, length:] = h[n, length - 1] if length > 0 else h_0[n]
    return h, h_0


def ripple(x):
    """A smooth function of an array of any shape: one number."""
    flat = np.asarray(x).ravel()
    return float(np.sin(flat) @ np.arange(1, flat.size + 1) + flat[0] * flat[-1] ** 2)


def cubes(x):
    """The sum of the cubes of an array of any shape."""
    return float(np.sum(np.asarray(x) ** 3))


# %% [markdown]
# ## 1. The forward pass, once more
#
# *10 minutes · 1 point*
#
# You wrote this function in assignment 2: bring it along. If you have not done that assignment, it
# is a loop over
#
# $$\mathbf{h}_t = \tanh(\mathbf{W}_x \mathbf{x}_t + \mathbf{W}_h \mathbf{h}_{t-1} + \mathbf{b})$$
#
# that keeps every state, and repeats a row's last state in its padding, $t > \ell_n$. You need it
# to check gradients and in the experiments. No other part is tested with it.


# %% role="solution" id="rnn_forward"
def rnn_forward(x, h_0, W_x, W_h, b, lengths):
    """Run a vanilla RNN over a padded batch.

    Args:
        x: inputs, (N, T, D).
        h_0: hidden states before the first step, (N, H).
        W_x: input weights, (H, D).
        W_h: recurrent weights, (H, H).
        b: bias, (H,).
        lengths: how many steps of each sequence count, (N,), integers from 0 to T.

    Returns:
        h: hidden states, (N, T, H). `h[:, t]` are the states after the step that reads `x[:, t]`.
        Beyond a sequence's length its last state is repeated.
    """
    ### BEGIN SOLUTION
    h = np.empty((*x.shape[:2], h_0.shape[1]), dtype=x.dtype)
    h_t = h_0
    for t in range(x.shape[1]):
        h_next = np.tanh(x[:, t] @ W_x.T + h_t @ W_h.T + b)
        h_t = np.where((t < lengths)[:, None], h_next, h_t)
        h[:, t] = h_t
    return h
    ### END SOLUTION


# %% role="tests" id="test-forward" of="rnn_forward" points=1
# test-forward (1 point)
N, T, D, H = 3, 6, 4, 5
W_x, W_h, b = make_weights(D, H)
x, h_0 = fixed_array(N, T, D, start=2000), fixed_array(N, H, start=2100)
check("h, no padding", rnn_forward(x, h_0, W_x, W_h, b, np.array([6, 6, 6])))
check("h, padded", rnn_forward(x, h_0, W_x, W_h, b, np.array([4, 6, 1])))
check("h_0 after a run", h_0)
### BEGIN HIDDEN TESTS
N, T, D, H = 5, 4, 2, 3
W_x, W_h, b = make_weights(D, H)
x, h_0 = fixed_array(N, T, D, start=2200), fixed_array(N, H, start=2300)
check("h, other sizes", rnn_forward(x, h_0, W_x, W_h, b, np.array([0, 3, 4, 1, 2])))
check("h, one sequence", rnn_forward(x[:1], h_0[:1], W_x, W_h, b, np.array([4])))
### END HIDDEN TESTS

# %% [markdown]
# ## 2. A gradient from differences
#
# *25 minutes · 3 points*
#
# The derivative of a function $f$ with respect to one element $x_i$ of an array, from two values of
# the function:
#
# $$\frac{\partial f}{\partial x_i} \approx
# \frac{f(\mathbf{x} + \varepsilon \mathbf{e}_i) - f(\mathbf{x} - \varepsilon \mathbf{e}_i)}
# {2 \varepsilon}$$
#
# where $\mathbf{e}_i$ is 1 at element $i$ and 0 elsewhere. All other elements stay as they are.
# Write this for an array of any shape. One element after the other is fine: the checker is for
# small arrays. Take care that `x` is the same after the call as before, and that `x` may be a
# transposed array, or one of integers or of type float32: the step is to be taken in double
# precision all the same.
#
# `f` is a function and is handed to yours like any other argument. Call it with an array of the
# shape of `x`.


# %% role="solution" id="numerical_gradient"
def numerical_gradient(f, x, eps=1e-5):
    """Approximate the gradient of a function by central differences.

    Args:
        f: a function of one array that returns one number. It does not change its argument.
        x: where to take the gradient: an array with at least one axis, of floats or of integers,
            not always contiguous in memory.
        eps: the step to either side, a positive number.

    Returns:
        gradient: of the shape of x, in float64.
    """
    ### BEGIN SOLUTION
    point = np.array(x, dtype=np.float64)
    gradient = np.empty(point.shape)
    for index in np.ndindex(point.shape):
        middle = point[index]
        point[index] = middle + eps
        ahead = f(point)
        point[index] = middle - eps
        behind = f(point)
        point[index] = middle
        gradient[index] = (ahead - behind) / (2 * eps)
    return gradient
    ### END SOLUTION


# %% role="tests" id="test-numerical" of="numerical_gradient" points=2
# test-numerical (2 points)
x = fixed_array(3, 4, start=1000, scale=1.5)
check("gradient with a large step", numerical_gradient(ripple, x, eps=0.3))
check("gradient with the usual step", numerical_gradient(ripple, x))
check("x after a call", x)
### BEGIN HIDDEN TESTS
x = fixed_array(5, start=1050, scale=2.0)
check("gradient of one axis", numerical_gradient(cubes, x, eps=0.2))
check("gradient of three axes", numerical_gradient(ripple, fixed_array(2, 1, 3, start=1070), 0.1))
check("gradient of a lambda", numerical_gradient(lambda v: v[0] * v[1] - v[4], x, eps=0.05))
### END HIDDEN TESTS

# %% role="tests" id="test-numerical-edges" of="numerical_gradient" points=1
# test-numerical-edges (1 point)
x = fixed_array(4, 3, start=1100, scale=1.5)
check("gradient at a transposed array", numerical_gradient(ripple, x.T, eps=0.25))
check("gradient at integers", numerical_gradient(cubes, np.array([2, -1, 3]), eps=0.25))
small = x[0].astype(np.float32)
found = numerical_gradient(cubes, small, eps=1e-5)
check("gradient at float32", np.float32(found))
check("type of a gradient at float32", str(np.asarray(found).dtype))
### BEGIN HIDDEN TESTS
check("gradient at every second element", numerical_gradient(ripple, x[::2, ::2], eps=0.25))
check("gradient at one element", numerical_gradient(cubes, np.array([[0.5]]), eps=0.5))
check("float32 array after a call", small)
### END HIDDEN TESTS

# %% [markdown]
# **Compare with PyTorch.** The same function, differentiated by autograd. With
# $\varepsilon = 10^{-5}$ expect agreement in nine or ten digits, not in sixteen.

# %% role="agreement" id="agree-numerical"
torch = check.import_torch()
if torch:
    x = fixed_array(3, 4, start=1000, scale=1.5)
    leaf = torch.from_numpy(x).requires_grad_()
    flat = leaf.ravel()
    value = torch.sin(flat) @ torch.arange(1.0, 13.0).double() + flat[0] * flat[-1] ** 2
    value.backward()
    check.agrees("gradient and autograd", numerical_gradient(ripple, x), leaf.grad, 1e-8)

# %% [markdown]
# ## 3. How far apart are two gradients?
#
# *5 minutes · 1 point*
#
# A difference of 0.001 is much for a gradient of size 0.01 and nothing for one of size 100. So take
# the largest absolute difference of two elements at the same place, and divide by the largest
# absolute value of an element of *either* array:
#
# $$\text{error}(\mathbf{u}, \mathbf{v}) =
# \frac{\max_i |u_i - v_i|}{\max_i \max(|u_i|, |v_i|)}$$
#
# If all elements of both arrays are 0, they agree, and the error is 0.


# %% role="solution" id="gradient_error"
def gradient_error(mine, reference):
    """Compare two gradients.

    Args:
        mine: an array.
        reference: an array of the same shape.

    Returns:
        error: one number, not negative.
    """
    ### BEGIN SOLUTION
    size = max(np.abs(mine).max(), np.abs(reference).max())
    return np.abs(mine - reference).max() / size if size > 0 else 0.0
    ### END SOLUTION


# %% role="tests" id="test-error" of="gradient_error" points=1
# test-error (1 point)
u, v = fixed_array(3, 4, start=1200, scale=0.02), fixed_array(3, 4, start=1260, scale=0.05)
check("error of two gradients", gradient_error(u, v))
check("error, the other way round", gradient_error(v, u))
check("error of a scaled gradient", gradient_error(3 * u, u))
check("error, both zero", gradient_error(np.zeros(4), np.zeros(4)))
### BEGIN HIDDEN TESTS
check("error of equal gradients", gradient_error(u, u.copy()))
check("error, one of them zero", gradient_error(0 * u, u))
check("error, sizes", gradient_error(-50 * v.T, 80 * v.T))
check("gradients after a call", u)
### END HIDDEN TESTS

# %% [markdown]
# ## 4. One step backward
#
# *35 minutes · 3 points*
#
# The forward step is $\mathbf{h}_t = \tanh(\mathbf{a}_t)$ with
# $\mathbf{a}_t = \mathbf{W}_x \mathbf{x}_t + \mathbf{W}_h \mathbf{h}_{t-1} + \mathbf{b}$. You are
# given $\partial L / \partial \mathbf{h}_t$. For one sequence, with $\odot$ for the product of
# elements,
#
# $$\boldsymbol{\delta}_t = (1 - \mathbf{h}_t \odot \mathbf{h}_t) \odot
# \frac{\partial L}{\partial \mathbf{h}_t}, \qquad
# \frac{\partial L}{\partial \mathbf{x}_t} = \mathbf{W}_x^\top \boldsymbol{\delta}_t, \qquad
# \frac{\partial L}{\partial \mathbf{h}_{t-1}} = \mathbf{W}_h^\top \boldsymbol{\delta}_t$$
#
# and the contributions of this step to the gradients of the weights are
#
# $$\boldsymbol{\delta}_t \mathbf{x}_t^\top, \qquad
# \boldsymbol{\delta}_t \mathbf{h}_{t-1}^\top, \qquad \boldsymbol{\delta}_t.$$
#
# Write this for a batch. Each row has its own $\mathbf{x}_t$ and $\mathbf{h}_{t-1}$; the weights
# are shared by all rows, so their contributions are summed over the batch. Shapes are a good guide:
# each gradient has the shape of the thing itself. No loop is needed.
#
# The states in the tests are any numbers between -1 and 1. The formulas do not ask where they come
# from.


# %% role="solution" id="rnn_step_backward"
def rnn_step_backward(dh_t, x_t, h_prev, h_t, W_x, W_h):
    """Do one step of backpropagation through time for a batch.

    Args:
        dh_t: gradient of the loss with respect to h_t, (N, H).
        x_t: inputs of this step, (N, D).
        h_prev: hidden states before this step, (N, H).
        h_t: hidden states after this step, (N, H).
        W_x: input weights, (H, D).
        W_h: recurrent weights, (H, H).

    Returns:
        A tuple of five arrays: dx_t (N, D), dh_prev (N, H), dW_x (H, D), dW_h (H, H), db (H,). The
        last three are sums over the batch. float32 arrays give float32 results.
    """
    ### BEGIN SOLUTION
    da_t = (1 - h_t * h_t) * dh_t
    return da_t @ W_x, da_t @ W_h, da_t.T @ x_t, da_t.T @ h_prev, da_t.sum(axis=0)
    ### END SOLUTION


# %% role="tests" id="test-step" of="rnn_step_backward" points=2
# test-step (2 points)
N, D, H = 3, 4, 5
W_x, W_h, _ = make_weights(D, H)
x_t, dh_t = fixed_array(N, D, start=3000), fixed_array(N, H, start=3100, scale=2.0)
h_prev, h_t = fixed_array(N, H, start=3200, scale=0.9), fixed_array(N, H, start=3300, scale=0.9)
dx_t, dh_prev, dW_x, dW_h, db = rnn_step_backward(dh_t, x_t, h_prev, h_t, W_x, W_h)
check("dx_t", dx_t)
check("dh_prev", dh_prev)
check("dW_x", dW_x)
check("dW_h", dW_h)
check("db", db)
### BEGIN HIDDEN TESTS
N, D, H = 5, 2, 3
W_x, W_h, _ = make_weights(D, H)
x_t, dh_t = fixed_array(N, D, start=3400), fixed_array(N, H, start=3500)
h_prev, h_t = fixed_array(N, H, start=3600, scale=0.9), fixed_array(N, H, start=3700, scale=0.9)
check("step, other sizes", rnn_step_backward(dh_t, x_t, h_prev, h_t, W_x, W_h))
check("step, no gradient", rnn_step_backward(0 * dh_t, x_t, h_prev, h_t, W_x, W_h))
### END HIDDEN TESTS

# %% role="tests" id="test-step-edges" of="rnn_step_backward" points=1
# test-step-edges (1 point)
N, D, H = 3, 4, 5
W_x, W_h, _ = make_weights(D, H)
x_t, dh_t = fixed_array(N, D, start=3800), fixed_array(N, H, start=3900, scale=2.0)
h_prev, h_t = fixed_array(N, H, start=4000, scale=0.9), fixed_array(N, H, start=4100, scale=0.9)
one = rnn_step_backward(dh_t[:1], x_t[:1], h_prev[:1], h_t[:1], W_x, W_h)
check("step, one sequence", list(one))
small = [array.astype(np.float32) for array in (dh_t, x_t, h_prev, h_t, W_x, W_h)]
single = rnn_step_backward(*small)
check("step, types for float32", [str(np.asarray(array).dtype) for array in single])
rnn_step_backward(dh_t, x_t, h_prev, h_t, W_x, W_h)
check("dh_t after a step", dh_t)
### BEGIN HIDDEN TESTS
check("h_t after a step", h_t)
check("step, float32", list(single))
check("step, saturated", rnn_step_backward(dh_t, x_t, h_prev, np.sign(h_t), W_x, W_h))
wide = fixed_array(H, 2 * N, start=4200, scale=0.9).T
apart = rnn_step_backward(dh_t, x_t, h_prev[::-1], wide[::2], np.asfortranarray(W_x), W_h)
check("step, not contiguous", apart)
### END HIDDEN TESTS

# %% [markdown]
# **Compare with PyTorch.** Autograd through one step, in float64.

# %% role="agreement" id="agree-step"
torch = check.import_torch()
if torch:
    N, D, H = 3, 4, 5
    arrays = [fixed_array(N, D, start=3000), fixed_array(N, H, start=3200), *make_weights(D, H)]
    leaves = [torch.from_numpy(array).requires_grad_() for array in arrays]
    stepped = torch.tanh(leaves[0] @ leaves[2].T + leaves[1] @ leaves[3].T + leaves[4])
    dh_t = fixed_array(N, H, start=3100, scale=2.0)
    stepped.backward(torch.from_numpy(dh_t))
    mine = rnn_step_backward(dh_t, *arrays[:2], stepped.detach().numpy(), *arrays[2:4])
    names = ("dx_t", "dh_prev", "dW_x", "dW_h", "db")
    for name, array, leaf in zip(names, mine, leaves, strict=True):
        check.agrees(f"{name} and autograd", array, leaf.grad)

# %% [markdown]
# ## 5. Where the gradient starts
#
# *15 minutes · 2 points*
#
# The loss is the mean cross-entropy over the $M$ positions where `mask` is true. Its derivative
# with respect to the logit of symbol $i$ at such a position is the probability that the softmax
# gives to $i$, minus 1 if $i$ is the target, all divided by $M$:
#
# $$\frac{\partial L}{\partial z_{t,i}} = \frac{p_{t,i} - [i = y_t]}{M}$$
#
# Where the mask is false, the gradient is 0. Logits may be large: subtract the largest of a
# position before you take exponentials.


# %% role="solution" id="cross_entropy_backward"
def cross_entropy_backward(logits, targets, mask):
    """Differentiate the mean cross-entropy with respect to the logits.

    Args:
        logits: scores of the symbols, (N, T, V), large or small, all finite.
        targets: the true symbols, (N, T), integers from 0 to V - 1.
        mask: the positions that count, (N, T), booleans, at least one of them true.

    Returns:
        dlogits: (N, T, V).
    """
    ### BEGIN SOLUTION
    exponentials = np.exp(logits - logits.max(axis=-1, keepdims=True))
    dlogits = exponentials / exponentials.sum(axis=-1, keepdims=True)
    rows, steps = np.indices(targets.shape)
    dlogits[rows, steps, targets] -= 1
    return np.where(mask[..., None], dlogits / mask.sum(), 0)
    ### END SOLUTION


# %% role="tests" id="test-loss" of="cross_entropy_backward" points=1
# test-loss (1 point)
N, T, V = 3, 4, 7
logits = fixed_array(N, T, V, start=5000, scale=3.0)
targets = np.array([[2, 6, 0, 3], [5, 5, 1, 4], [0, 2, 6, 1]])
check("dlogits, no padding", cross_entropy_backward(logits, targets, np.full((N, T), True)))
mask = np.arange(T) < np.array([[4], [1], [2]])
check("dlogits, padded", cross_entropy_backward(logits, targets, mask))
### BEGIN HIDDEN TESTS
N, T, V = 4, 6, 3
logits = fixed_array(N, T, V, start=5100, scale=2.0)
targets = np.arange(N * T).reshape(N, T) % 5 % V
mask = np.arange(T) < np.array([[3], [6], [2], [5]])
check("dlogits, other sizes", cross_entropy_backward(logits, targets, mask))
### END HIDDEN TESTS

# %% role="tests" id="test-loss-edges" of="cross_entropy_backward" points=1
# test-loss-edges (1 point)
N, T, V = 3, 4, 7
logits = fixed_array(N, T, V, start=5200, scale=3.0)
targets = np.array([[6, 1, 0, 5], [3, 3, 2, 0], [4, 6, 1, 2]])
mask = np.arange(T) < np.array([[3], [4], [1]])
check("dlogits, every logit larger by 1000", cross_entropy_backward(logits + 1000, targets, mask))
far = logits + 900 * (5 * np.arange(N * T) % 11 - 6).reshape(N, T, 1)
check("dlogits, positions far apart", cross_entropy_backward(far, targets, np.full((N, T), True)))
cross_entropy_backward(logits, targets, mask)
check("logits after a call", logits)
### BEGIN HIDDEN TESTS
single = cross_entropy_backward(logits.astype(np.float32), targets, mask)
check("dlogits, float32", np.float32(single))
check("dlogits, large logits", cross_entropy_backward(300 * logits, targets, mask))
one = cross_entropy_backward(logits[:1, :1, 1:], targets[:1, :1] - 1, np.array([[True]]))
check("dlogits, one position", one)
with_gaps = (np.arange(N * T).reshape(N, T) * 3) % 5 > 1
check("dlogits, a mask with gaps", cross_entropy_backward(logits, targets, with_gaps))
turned = fixed_array(V, T, N, start=5300, scale=3.0).T
check("dlogits, logits not contiguous", cross_entropy_backward(turned, targets, mask))
### END HIDDEN TESTS

# %% [markdown]
# **Compare with PyTorch.** `cross_entropy` leaves out positions whose target is -100.

# %% role="agreement" id="agree-loss"
torch = check.import_torch()
if torch:
    N, T, V = 3, 4, 7
    logits = fixed_array(N, T, V, start=5000, scale=3.0)
    targets = np.array([[2, 6, 0, 3], [5, 5, 1, 4], [0, 2, 6, 1]])
    mask = np.arange(T) < np.array([[4], [1], [2]])
    leaf = torch.from_numpy(logits).requires_grad_()
    torch.nn.functional.cross_entropy(
        leaf.flatten(0, 1), torch.from_numpy(np.where(mask, targets, -100)).flatten()
    ).backward()
    mine = cross_entropy_backward(logits, targets, mask)
    check.agrees("dlogits and autograd", mine, leaf.grad)

# %% [markdown]
# ## 6. The whole sequence
#
# *40 minutes · 5 points*
#
# Go through the steps from the last to the first. The gradient of a state is the sum of what it
# gets from its own output, `dh[:, t]`, and of what the step after it hands back (nothing, for the
# last step):
#
# $$\frac{\partial L}{\partial \mathbf{h}_t} =
# \left.\frac{\partial L}{\partial \mathbf{h}_t}\right|_{\text{own output}} +
# \mathbf{W}_h^\top \boldsymbol{\delta}_{t+1}$$
#
# Every step uses the same weights, so the contributions of all steps are summed. What the first
# step hands back is the gradient of `h_0`.
#
# In the padding a state is a copy of the one before: $\mathbf{h}_t = \mathbf{h}_{t-1}$ for
# $t > \ell_n$. No input and no weight takes part. So there the row's whole gradient is handed on
# unchanged, its `dx` is 0, and it contributes nothing to the weights. `dh` may well hold numbers in
# the padding: `dh[:, -1]`, say, when the loss looks at the final states. They belong to the last
# true state of the row, or to `h_0` for a row of length 0.
#
# A loop over time is needed, a loop over the batch is not. Call your function from part 4.


# %% role="solution" id="rnn_backward"
def rnn_backward(dh, x, h, h_0, W_x, W_h, lengths):
    """Backpropagate through all steps of a padded batch.

    Args:
        dh: what each state gets from its own output, (N, T, H): the gradient of the loss with
            respect to h when later states are held fixed.
        x: inputs, (N, T, D). Any numbers may stand in the padding.
        h: hidden states after every step, (N, T, H); beyond a sequence's length its last state is
            repeated.
        h_0: hidden states before the first step, (N, H).
        W_x: input weights, (H, D).
        W_h: recurrent weights, (H, H).
        lengths: how many steps of each sequence count, (N,), integers from 0 to T.

    Returns:
        A tuple of five arrays: dx (N, T, D), dh_0 (N, H), dW_x (H, D), dW_h (H, H), db (H,).
        float32 arrays give float32 results.
    """
    ### BEGIN SOLUTION
    dx = np.empty_like(x)
    dh_next = np.zeros_like(h_0)
    dW_x, dW_h, db = np.zeros_like(W_x), np.zeros_like(W_h), np.zeros_like(W_h[0])
    for t in reversed(range(x.shape[1])):
        dh_t = dh[:, t] + dh_next
        runs = (t < lengths)[:, None]
        h_prev = h[:, t - 1] if t > 0 else h_0
        dx[:, t], dh_prev, *uses = rnn_step_backward(
            np.where(runs, dh_t, 0), x[:, t], h_prev, h[:, t], W_x, W_h
        )
        dW_x, dW_h, db = dW_x + uses[0], dW_h + uses[1], db + uses[2]
        dh_next = np.where(runs, dh_prev, dh_t)
    return dx, dh_next, dW_x, dW_h, db
    ### END SOLUTION


# %% role="tests" id="test-backward" of="rnn_backward" points=2
# test-backward (2 points)
N, T, D, H = 3, 6, 4, 5
W_x, W_h, _ = make_weights(D, H)
lengths = np.array([6, 6, 6])
x, dh = fixed_array(N, T, D, start=6000), fixed_array(N, T, H, start=6200)
h, h_0 = make_states(N, H, lengths, T, start=6400)
dx, dh_0, dW_x, dW_h, db = rnn_backward(dh, x, h, h_0, W_x, W_h, lengths)
check("dW_h of a sequence", dW_h)
check("dW_x of a sequence", dW_x)
check("db of a sequence", db)
check("dx of a sequence", dx)
check("dh_0 of a sequence", dh_0)
### BEGIN HIDDEN TESTS
N, T, D, H = 5, 4, 2, 3
W_x, W_h, _ = make_weights(D, H)
lengths = np.array([4, 4, 4, 4, 4])
x, dh = fixed_array(N, T, D, start=7000), fixed_array(N, T, H, start=7200)
h, h_0 = make_states(N, H, lengths, T, start=7400)
check("sequence, other sizes", rnn_backward(dh, x, h, h_0, W_x, W_h, lengths))
last = dh.copy()
last[:, :-1] = 0
check("sequence, loss at the last step", rnn_backward(last, x, h, h_0, W_x, W_h, lengths))
### END HIDDEN TESTS

# %% role="tests" id="test-backward-padding" of="rnn_backward" points=2
# test-backward-padding (2 points)
N, T, D, H = 3, 6, 4, 5
W_x, W_h, _ = make_weights(D, H)
lengths = np.array([4, 6, 1])
x, dh = fixed_array(N, T, D, start=8000), fixed_array(N, T, H, start=8200)
h, h_0 = make_states(N, H, lengths, T, start=8400)
dx, dh_0, dW_x, dW_h, db = rnn_backward(dh, x, h, h_0, W_x, W_h, lengths)
check("dx, padded", dx)
check("dW_h, padded", dW_h)
check("dh_0, padded", dh_0)
lengths = np.array([3, 0, 5])
h, h_0 = make_states(N, H, lengths, T, start=8600)
dx, dh_0, dW_x, dW_h, db = rnn_backward(dh, x, h, h_0, W_x, W_h, lengths)
check("dh_0, a sequence of length 0", dh_0)
check("db, a sequence of length 0", db)
### BEGIN HIDDEN TESTS
check("dx, a sequence of length 0", dx)
other = x.copy()
other[0, 3:], other[1], other[2, 5:] = 70.0, -60.0, 50.0
check("dW_x, other padding", rnn_backward(dh, other, h, h_0, W_x, W_h, lengths)[2])
final = np.zeros_like(dh)
final[:, -1] = dh[:, -1]
check("all, loss at the final states", rnn_backward(final, x, h, h_0, W_x, W_h, lengths))
### END HIDDEN TESTS

# %% role="tests" id="test-backward-edges" of="rnn_backward" points=1
# test-backward-edges (1 point)
N, T, D, H = 3, 6, 4, 5
W_x, W_h, _ = make_weights(D, H)
lengths = np.array([5, 2, 6])
x, dh = fixed_array(N, T, D, start=9000), fixed_array(N, T, H, start=9200)
h, h_0 = make_states(N, H, lengths, T, start=9400)
one = rnn_backward(dh[:, :1], x[:, :1], h[:, :1], h_0, W_x, W_h, np.array([1, 1, 1]))
check("all, one step", list(one))
small = [array.astype(np.float32) for array in (dh, x, h, h_0, W_x, W_h)]
single = rnn_backward(*small, lengths)
check("all, types for float32", [str(np.asarray(array).dtype) for array in single])
rnn_backward(dh, x, h, h_0, W_x, W_h, lengths)
check("dh after a pass", dh)
check("x after a pass", x)
### BEGIN HIDDEN TESTS
check("h after a pass", h)
check("lengths after a pass", lengths)
check("all, float32", list(single))
row = rnn_backward(dh[:1], x[:1], h[:1], h_0[:1], W_x, W_h, lengths[:1])
check("all, one sequence", row)
wide = fixed_array(D, T, 2 * N, start=9600).T[::2]
apart = rnn_backward(np.asfortranarray(dh), wide, h, h_0, np.asfortranarray(W_x), W_h, lengths)
check("all, not contiguous", apart)
long_lengths = np.array([300, 170])
x, dh = fixed_array(2, 300, D, start=11000), fixed_array(2, 300, H, start=13000)
h, h_0 = make_states(2, H, long_lengths, 300, start=17000)
dx, dh_0, dW_x, dW_h, db = rnn_backward(dh, x, h, h_0, W_x, W_h, long_lengths)
check("dW_h, 300 steps", dW_h)
check("dh_0, 300 steps", dh_0)
### END HIDDEN TESTS

# %% [markdown]
# **Compare with PyTorch.** Autograd through the unrolled network of a padded batch.

# %% role="agreement" id="agree-backward"
torch = check.import_torch()
if torch:
    N, T, D, H = 3, 6, 4, 5
    lengths = np.array([4, 6, 1])
    arrays = [fixed_array(N, T, D, start=8000), fixed_array(N, H, start=8900), *make_weights(D, H)]
    leaves = [torch.from_numpy(array).requires_grad_() for array in arrays]
    state, unrolled_states = leaves[1], []
    for t in range(T):
        stepped = torch.tanh(leaves[0][:, t] @ leaves[2].T + state @ leaves[3].T + leaves[4])
        state = torch.where(torch.from_numpy(t < lengths)[:, None], stepped, state)
        unrolled_states.append(state)
    h = torch.stack(unrolled_states, dim=1)
    dh = fixed_array(N, T, H, start=8200)
    h.backward(torch.from_numpy(dh))
    mine = rnn_backward(dh, arrays[0], h.detach().numpy(), arrays[1], *arrays[2:4], lengths)
    for name, array, leaf in zip(("dx", "dh_0", "dW_x", "dW_h", "db"), mine, leaves, strict=True):
        check.agrees(f"{name} and autograd", array, leaf.grad)

# %% [markdown]
# ## 7. Truncated backpropagation
#
# *20 minutes · 2 points*
#
# Cut the sequence into chunks of $K$ steps: steps 0 to $K - 1$, steps $K$ to $2K - 1$, and so on.
# The last chunk is shorter where $T$ is no multiple of $K$. The states are as they were: the first
# step of a chunk starts from the last state of the chunk before. Only the gradient is cut. What the
# first step of a chunk would hand back to the chunk before is dropped. All else is as in part 6,
# and the contributions of all steps of all chunks are summed.
#
# There is no padding here: all sequences have $T$ steps. Your function from part 6 can do most of
# the work.


# %% role="solution" id="rnn_backward_truncated"
def rnn_backward_truncated(dh, x, h, h_0, W_x, W_h, K):
    """Backpropagate through chunks of K steps.

    Args:
        dh: what each state gets from its own output, (N, T, H).
        x: inputs, (N, T, D).
        h: hidden states after every step, (N, T, H).
        h_0: hidden states before the first step, (N, H).
        W_x: input weights, (H, D).
        W_h: recurrent weights, (H, H).
        K: steps in a chunk, an integer of at least 1. It may be larger than T.

    Returns:
        A tuple of five arrays: dx (N, T, D), dh_0 (N, H), dW_x (H, D), dW_h (H, H), db (H,). dh_0
        is what the first step of the first chunk hands back. float32 arrays give float32 results.
    """
    ### BEGIN SOLUTION
    N, T, _ = x.shape
    parts = []
    for first in range(0, T, K):
        chunk = slice(first, min(first + K, T))
        h_before = h[:, first - 1] if first > 0 else h_0
        lengths = np.full(N, chunk.stop - first)
        parts.append(
            rnn_backward(dh[:, chunk], x[:, chunk], h[:, chunk], h_before, W_x, W_h, lengths)
        )
    dx, dh_0, dW_x, dW_h, db = zip(*parts, strict=True)
    return np.concatenate(dx, axis=1), dh_0[0], sum(dW_x), sum(dW_h), sum(db)
    ### END SOLUTION


# %% role="tests" id="test-truncated" of="rnn_backward_truncated" points=2
# test-truncated (2 points)
N, T, D, H, K = 2, 8, 4, 5, 3
W_x, W_h, _ = make_weights(D, H)
x, dh = fixed_array(N, T, D, start=20000), fixed_array(N, T, H, start=20200)
h, h_0 = make_states(N, H, [T, T], T, start=20400)
dx, dh_0, dW_x, dW_h, db = rnn_backward_truncated(dh, x, h, h_0, W_x, W_h, K)
check("dW_h, cut", dW_h)
check("dW_x, cut", dW_x)
check("db, cut", db)
check("dx, cut", dx)
check("dh_0, cut", dh_0)
check("dh after a cut pass", dh)
whole = rnn_backward_truncated(dh, x, h, h_0, W_x, W_h, 50)
check("one chunk for all", list(whole))
### BEGIN HIDDEN TESTS
check("chunks of one step", rnn_backward_truncated(dh, x, h, h_0, W_x, W_h, 1))
check("chunks of four", rnn_backward_truncated(dh, x, h, h_0, W_x, W_h, 4))
small = [array.astype(np.float32) for array in (dh, x, h, h_0, W_x, W_h)]
single = rnn_backward_truncated(*small, K)
check("cut, types for float32", [str(np.asarray(array).dtype) for array in single])
check("cut, float32", list(single))
one = rnn_backward_truncated(dh[:1, :1], x[:1, :1], h[:1, :1], h_0[:1], W_x, W_h, 2)
check("cut, one step of one sequence", one)
wide = fixed_array(D, T, 2 * N, start=20600).T[::2]
check("cut, not contiguous", rnn_backward_truncated(dh, wide, h, h_0, W_x, W_h.copy("F"), 5))
check("h after a cut pass", h)
### END HIDDEN TESTS

# %% [markdown]
# **Compare with PyTorch.** Autograd with `detach()` at the borders.

# %% role="agreement" id="agree-truncated"
torch = check.import_torch()
if torch:
    N, T, D, H, K = 2, 8, 4, 5, 3
    arrays = [fixed_array(N, T, D, start=20000), fixed_array(N, H, start=20900)]
    arrays += make_weights(D, H)
    leaves = [torch.from_numpy(array).requires_grad_() for array in arrays]
    state, unrolled_states = leaves[1], []
    for t in range(T):
        state = state.detach() if t % K == 0 and t > 0 else state
        state = torch.tanh(leaves[0][:, t] @ leaves[2].T + state @ leaves[3].T + leaves[4])
        unrolled_states.append(state)
    h = torch.stack(unrolled_states, dim=1)
    dh = fixed_array(N, T, H, start=20200)
    h.backward(torch.from_numpy(dh))
    mine = rnn_backward_truncated(dh, arrays[0], h.detach().numpy(), arrays[1], *arrays[2:4], K)
    for name, array, leaf in zip(("dx", "dh_0", "dW_x", "dW_h", "db"), mine, leaves, strict=True):
        check.agrees(f"{name} and autograd", array, leaf.grad)

# %% [markdown]
# ## 8. Experiments
#
# *15 minutes*
#
# **A gradient check, and its step.** Here your gradient checker meets your backward pass. The
# network is small, the batch padded, and the loss a weighted sum of all states, so that `dh` is the
# array of its weights. The error of `dW_h` is measured for steps from $10^{-1}$ to $10^{-12}$.

# %%
import matplotlib.pyplot as plt

from unrolled.figures import figure_size, use_style

use_style()
rng = np.random.default_rng(seed=0)
tried_x, tried_h0 = rng.normal(size=(3, 6, 4)), rng.normal(size=(3, 5))
tried_W_x, tried_W_h, tried_b = rng.normal(size=(5, 4)), rng.normal(size=(5, 5)) / 2, np.zeros(5)
tried_lengths, tried_dh = np.array([6, 2, 4]), rng.normal(size=(3, 6, 5))


def loss_of(some_W_h):
    """Return the loss as a function of the recurrent weights alone."""
    states = rnn_forward(tried_x, tried_h0, tried_W_x, some_W_h, tried_b, tried_lengths)
    return float(np.sum(tried_dh * states))


tried_h = rnn_forward(tried_x, tried_h0, tried_W_x, tried_W_h, tried_b, tried_lengths)
by_hand = rnn_backward(tried_dh, tried_x, tried_h, tried_h0, tried_W_x, tried_W_h, tried_lengths)
steps_tried = 10.0 ** -np.arange(1.0, 12.5, 0.5)
errors = [
    gradient_error(by_hand[3], numerical_gradient(loss_of, tried_W_h, step)) for step in steps_tried
]
for step, error in zip(steps_tried[::2], errors[::2], strict=True):
    print(f"eps = {step:.0e}: error {error:.1e}")

figure, ax = plt.subplots(figsize=figure_size(0.5))
ax.loglog(steps_tried, errors, "o-")
ax.set(xlabel="step size eps", ylabel="error of dW_h")
plt.show()

# %% [markdown] role="written" id="why-v" points=1
# **Question** *(5 minutes · 1 point, graded by hand)*
#
# At which step is the error least in your run? Why does it grow towards larger steps, and why
# towards smaller ones? Two or three sentences.
#
# ### BEGIN SOLUTION
# *Model answer.* It is least near $10^{-5}$ (about $10^{-10}$). Towards larger steps the central
# difference misses the third derivative of the loss, an error in proportion to $\varepsilon^2$.
# Towards smaller steps the two values of the loss are nearly equal; their rounding errors, about
# $10^{-16}$ of the loss, stay in the difference and are divided by $2\varepsilon$, so the error
# grows like $1/\varepsilon$.
#
# *Marking scheme.*
#
# - 1: the place of the minimum, read off the run, and both causes: the terms left out of the Taylor
#   series and rounding divided by a small number.
# - 0: one of the three is missing or wrong.
# ### END SOLUTION

# %% [markdown]
# **The cost of cutting.** A network reads symbols drawn at random and has to name the one it read
# `delay` steps before. Your functions train it with the gradient cut into chunks of $K$ steps. The
# loss is given as a share of what guessing would cost. Three networks are trained for each $K$;
# this takes some seconds. Then change `delay`, and `chunk_lengths` with it, and run the cell again.


# %%
def train_echo(K, seed, delay=3, updates=250, V=4, H=24, N=16, T=12):
    """Train a network to repeat symbols after a delay; return its last loss, 1 for guessing."""
    rng = np.random.default_rng(seed)
    shapes = {"W_x": (H, V), "W_h": (H, H), "b": (H,), "W_y": (V, H), "b_y": (V,)}
    weights = {name: rng.uniform(-1, 1, size) / np.sqrt(H / 2) for name, size in shapes.items()}
    mean = dict.fromkeys(shapes, 0.0)
    square = dict.fromkeys(shapes, 0.0)
    symbols = np.random.default_rng(seed + 1000)
    mask = np.broadcast_to(np.arange(T) >= delay, (N, T))
    losses = []
    for update in range(1, updates + 1):
        ids = symbols.integers(V, size=(N, T))
        targets = np.roll(ids, delay, axis=1)
        inputs, start = np.eye(V)[ids], np.zeros((N, H))
        W_x, W_h, b, W_y, b_y = weights.values()
        states = rnn_forward(inputs, start, W_x, W_h, b, np.full(N, T))
        logits = states @ W_y.T + b_y
        dlogits = cross_entropy_backward(logits, targets, mask)
        _, _, *grads = rnn_backward_truncated(dlogits @ W_y, inputs, states, start, W_x, W_h, K)
        grads += [np.einsum("ntv,nth->vh", dlogits, states), dlogits.sum(axis=(0, 1))]
        for name, grad in zip(shapes, grads, strict=True):  # one update of Adam
            mean[name] = 0.9 * mean[name] + 0.1 * grad
            square[name] = 0.999 * square[name] + 0.001 * grad**2
            size = np.sqrt(square[name] / (1 - 0.999**update)) + 1e-8
            weights[name] = weights[name] - 0.02 * mean[name] / (1 - 0.9**update) / size
        log_sum = np.log(np.exp(logits).sum(axis=-1))
        picked = np.take_along_axis(logits, targets[..., None], axis=-1)[..., 0]
        losses.append((log_sum - picked)[mask].mean())
    return np.mean(losses[-10:]) / np.log(V)


chunk_lengths, delay = (1, 2, 3, 4, 6, 12), 3
shares = {K: [train_echo(K, seed, delay) for seed in (0, 1, 2)] for K in chunk_lengths}
for K, row in shares.items():
    print(f"K = {K:2}: " + "  ".join(f"{share:.2f}" for share in row))

# %% [markdown] role="written" id="why-cut" points=2
# **Question** *(15 minutes · 2 points, graded by hand)*
#
# (a) From which $K$ on does the network learn the task? State the rule for a delay $d$, and quote
# the numbers of your run that show it. (b) The states are handed on over every border, whatever $K$
# is. Why does the network with a smaller $K$ not learn the task all the same? (c) At the smallest
# $K$ that works only a few of the losses in a chunk can teach the network anything about $d$ steps
# back. Which ones, and why is that enough? Four to six sentences.
#
# ### BEGIN SOLUTION
# *Model answer.* (a) From $K = d + 1$ on: with $d = 3$ the loss stays near the chance level for
# $K \le 3$ and falls to about 0 at $K = 4$. (b) The state could carry the symbol over the border,
# and may hold traces of it by chance. But whether it does is a matter of $\mathbf{W}_x$ and
# $\mathbf{W}_h$ at the step that read the symbol, and with $K \le d$ no loss has a gradient that
# reaches that step: nothing rewards storing it. (c) With $K = d + 1$ only the loss at the last step
# of a chunk reaches back over $d$ steps, to the first step of the chunk. It is enough because the
# weights are shared by all steps: what is learned at this place is done at every other.
#
# *Marking scheme.*
#
# - 2: $K = d + 1$ with numbers of the run, the gradient that does not reach the step which should
#   store the symbol, and shared weights.
# - 1: two of the three.
# - 0: one of the three or none.
# ### END SOLUTION

# %% [markdown]
# ## Summary

# %% role="summary" id="summary"
check.summary()
