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
# # Assignment 4: why gradients vanish or explode, in NumPy
#
# You write nine short functions that measure how a gradient travels back through a recurrent
# network. Parts 1 to 3 are the network: the Jacobian of one step, the product over many, and what
# it does to a gradient. Parts 4 and 5 are what can be said from the matrix alone: a bound, and the
# spectral radius. Parts 6 to 9 are a network of one unit, whose fixed points you find. In part 10
# your functions measure three networks, and you explain what they show.
#
# The assignment belongs to chapter 4 of the book, gives 20 points, and takes about 3 hours. Each
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
# No function calls another one, so a part that does not work yet costs points there only. After
# you hand in, hidden checks call each function with further inputs. They ask for nothing that the
# docstring does not promise.
#
# Use NumPy and no other library in your functions, and do not change the arrays that they are
# given.
#
# **How to hand in.** Restart the kernel, run all cells, save, and hand in
# `04-vanishing-and-exploding.ipynb` in the way your instructor has told you. To run the whole
# notebook in a terminal and see your points:
#
#     python -m unrolled check 04-vanishing-and-exploding.ipynb

# %% [markdown]
# ## Symbols
#
# | formula | code | shape in code | meaning |
# | --- | --- | --- | --- |
# | $N$, $T$, $D$, $H$ | | | sequences in a batch, time steps, numbers in an input, hidden units |
# | $\mathbf{x}_t$ | `x_t` | (N, D) | input at one step |
# | $\mathbf{h}_{t-1}$ | `h_prev` | (N, H) | state before a step |
# | $\mathbf{W}_x$, $\mathbf{W}_h$ | `W_x`, `W_h` | (H, D), (H, H) | weights to the state |
# | $\mathbf{b}$ | `b` | (H,) | bias of the state |
# | $\mathbf{J}_t$ | `jacobians[:, t - 1]` | (N, H, H) | derivative of state $t$ by state $t-1$ |
# | $\partial L / \partial \mathbf{h}_T$ | `dh_T` | (N, H) | gradient with respect to state $T$ |
# | $\alpha$ | | | norm of $\mathbf{W}_h$: its largest singular value |
# | $\beta$ | `beta` | | largest slope of the activation |
# | $\rho(\mathbf{W})$ | | | spectral radius: the largest absolute value of an eigenvalue |
# | $w$, $b$ | `w`, `b` | | weight and bias of a network of one unit |
#
# Formulas are for one sequence and column vectors. Entry $(i, j)$ of a Jacobian $\partial
# \mathbf{h}_t / \partial \mathbf{h}_k$ is $\partial h_{t,i} / \partial h_{k,j}$: rows belong to the
# later state, columns to the earlier one. Formulas count steps from 1 to $T$; `jacobians` counts
# from 0, so `jacobians[:, 0]` is $\mathbf{J}_1$.

# %% role="setup" id="setup"
import numpy as np

from unrolled import Checks, fixed_array

check = Checks("04-vanishing-and-exploding")


def make_weights(D, H):
    """Return W_x (H, D), W_h (H, H), b (H,): always the same numbers, in new arrays."""
    return (
        fixed_array(H, D, start=100, scale=0.9),
        fixed_array(H, H, start=220, scale=0.7),
        fixed_array(H, start=320, scale=0.8),
    )


def sigmoid(a):
    """Return the logistic function of a."""
    return 1 / (1 + np.exp(-a))


# %% [markdown]
# ## 1. The Jacobian of one step
#
# *25 minutes · 3 points*
#
# One step of the network is
#
# $$\mathbf{a}_t = \mathbf{W}_x \mathbf{x}_t + \mathbf{W}_h \mathbf{h}_{t-1} + \mathbf{b}, \qquad
# \mathbf{h}_t = \tanh(\mathbf{a}_t).$$
#
# How does each unit after the step depend on each unit before it? The chain rule gives a matrix,
#
# $$\mathbf{J}_t = \frac{\partial \mathbf{h}_t}{\partial \mathbf{h}_{t-1}}
# = \operatorname{diag}\big(\tanh'(\mathbf{a}_t)\big)\, \mathbf{W}_h ,
# \qquad \tanh'(a) = 1 - \tanh(a)^2 .$$
#
# The diagonal matrix stands on the left, so it multiplies the *rows* of $\mathbf{W}_h$. Compute
# $\mathbf{J}_t$ for every sequence of a batch, without a loop over the batch.


# %% role="solution" id="step_jacobian"
def step_jacobian(x_t, h_prev, W_x, W_h, b):
    """Differentiate one step of a vanilla RNN with respect to the state before it.

    Args:
        x_t: inputs of this step, (N, D).
        h_prev: hidden states before this step, (N, H).
        W_x: input weights, (H, D).
        W_h: recurrent weights, (H, H).
        b: bias, (H,).

    Returns:
        J_t: (N, H, H); `J_t[n, i, j]` is the derivative of unit i of sequence n after the step
        with respect to unit j before it. For inputs in the thousands it is finite as well.
        float32 arrays give a float32 result.
    """
    ### BEGIN SOLUTION
    h_t = np.tanh(x_t @ W_x.T + h_prev @ W_h.T + b)
    return (1 - h_t**2)[:, :, None] * W_h
    ### END SOLUTION


# %% role="tests" id="test-jacobian" of="step_jacobian" points=2
# test-jacobian (2 points)
N, D, H = 3, 4, 5
W_x, W_h, b = make_weights(D, H)
x_t, h_prev = fixed_array(N, D, start=1000), fixed_array(N, H, start=1100, scale=0.9)
check("J_t", step_jacobian(x_t, h_prev, W_x, W_h, b))
### BEGIN HIDDEN TESTS
N, D, H = 5, 2, 3
W_x, W_h, b = make_weights(D, H)
x_t, h_prev = fixed_array(N, D, start=1200), fixed_array(N, H, start=1300, scale=0.9)
check("J_t, other sizes", step_jacobian(x_t, h_prev, W_x, W_h, b))
check("J_t, other weights", step_jacobian(-x_t, h_prev / 2, W_x / 2, -W_h, b / 3))
### END HIDDEN TESTS

# %% role="tests" id="test-jacobian-edges" of="step_jacobian" points=1
# test-jacobian-edges (1 point)
N, D, H = 3, 4, 5
W_x, W_h, b = make_weights(D, H)
x_t, h_prev = fixed_array(N, D, start=1400), fixed_array(N, H, start=1500, scale=0.9)
check("J_t, one sequence", step_jacobian(x_t[:1], h_prev[:1], W_x, W_h, b))
x_far = x_t * np.array([[1.0], [5000.0], [1.0]])
check("J_t, one input in the thousands", step_jacobian(x_far, h_prev, W_x, W_h, b))
small = [array.astype(np.float32) for array in (x_t, h_prev, W_x, W_h, b)]
J_small = step_jacobian(*small)
check("J_t, type for float32", str(np.asarray(J_small).dtype))
step_jacobian(x_t, h_prev, W_x, W_h, b)
check("h_prev after a call", h_prev)
### BEGIN HIDDEN TESTS
check("x_t after a call", x_t)
check("W_h after a call", W_h)
check("J_t, float32", J_small)
x_wide, h_wide = fixed_array(D, 2 * N, start=1600), fixed_array(2 * N, H, start=1700, scale=0.9)
check(
    "J_t, inputs not contiguous",
    step_jacobian(x_wide.T[::2], h_wide[::2], np.asfortranarray(W_x), W_h, b),
)
one = step_jacobian(x_t[:, :1], h_prev[:, :1], W_x[:1, :1], W_h[:1, :1], b[:1])
check("J_t, one unit", one)
### END HIDDEN TESTS

# %% [markdown]
# **Compare with PyTorch.** Autograd differentiates each new unit with respect to the old state.

# %% role="agreement" id="agree-jacobian"
torch = check.import_torch()
if torch:
    N, D, H = 3, 4, 5
    weights = make_weights(D, H)
    x_t, h_prev = fixed_array(N, D, start=1000), fixed_array(N, H, start=1100, scale=0.9)
    cell = torch.nn.RNNCell(D, H, dtype=torch.float64)
    with torch.no_grad():
        for parameter, array in zip(cell.parameters(), [*weights, np.zeros(H)], strict=True):
            parameter.copy_(torch.from_numpy(array))
    theirs = [
        torch.autograd.functional.jacobian(lambda h, x=x: cell(x, h), h)
        for x, h in zip(torch.from_numpy(x_t), torch.from_numpy(h_prev), strict=True)
    ]
    check.agrees(
        "J_t and autograd", step_jacobian(x_t, h_prev, *weights), torch.stack(theirs), 1e-8
    )

# %% [markdown]
# ## 2. From one state to a later one
#
# *20 minutes · 3 points*
#
# The state $\mathbf{h}_t$ depends on an earlier $\mathbf{h}_k$ through all the steps between them.
# The chain rule multiplies their Jacobians, the latest one on the left:
#
# $$\frac{\partial \mathbf{h}_t}{\partial \mathbf{h}_k}
# = \mathbf{J}_t\, \mathbf{J}_{t-1} \cdots \mathbf{J}_{k+1}, \qquad 0 \le k \le t \le T .$$
#
# A state depends on itself one to one, so for $k = t$ the product is the identity matrix. A loop
# over the steps is needed, a loop over the batch is not: `A @ B` multiplies matrices in the last
# two axes of both arrays.


# %% role="solution" id="span_jacobian"
def span_jacobian(jacobians, k, t):
    """Multiply the Jacobians of the steps from state k to state t.

    Args:
        jacobians: one matrix per step, (N, T, H, H); `jacobians[:, s - 1]` is J_s, the derivative
            of state s with respect to state s - 1, for s = 1 to T.
        k: number of the earlier state, an integer from 0 (the initial state) to t.
        t: number of the later state, an integer from k to T.

    Returns:
        J: (N, H, H), the derivative of state t with respect to state k. float32 Jacobians give a
        float32 result.
    """
    ### BEGIN SOLUTION
    N, _, H, _ = jacobians.shape
    J = np.broadcast_to(np.eye(H, dtype=jacobians.dtype), (N, H, H)).copy()
    for s in range(k, t):
        J = jacobians[:, s] @ J
    return J
    ### END SOLUTION


# %% role="tests" id="test-span" of="span_jacobian" points=2
# test-span (2 points)
N, T, H = 3, 6, 4
jacobians = fixed_array(N, T, H, H, start=2000, scale=0.8)
check("states 1 to 4", span_jacobian(jacobians, 1, 4))
check("all steps", span_jacobian(jacobians, 0, 6))
### BEGIN HIDDEN TESTS
check("states 3 to 6", span_jacobian(jacobians, 3, 6))
check("states 0 to 2", span_jacobian(jacobians, 0, 2))
N, T, H = 2, 5, 3
jacobians = fixed_array(N, T, H, H, start=2200, scale=1.2)
check("states 1 to 5, other sizes", span_jacobian(jacobians, 1, 5))
### END HIDDEN TESTS

# %% role="tests" id="test-span-edges" of="span_jacobian" points=1
# test-span-edges (1 point)
N, T, H = 3, 6, 4
jacobians = fixed_array(N, T, H, H, start=2400, scale=0.8)
check("no step", span_jacobian(jacobians, 2, 2))
check("one step", span_jacobian(jacobians, 4, 5))
J_small = span_jacobian(jacobians.astype(np.float32), 1, 4)
check("span, type for float32", str(np.asarray(J_small).dtype))
span_jacobian(jacobians, 1, 5)
check("jacobians after a call", jacobians)
### BEGIN HIDDEN TESTS
check("no step, at the start", span_jacobian(jacobians, 0, 0))
check("no step, at the end", span_jacobian(jacobians, 6, 6))
check("span, float32", J_small)
check("span, one sequence", span_jacobian(jacobians[:1], 0, 3))
check("span, T = 1", span_jacobian(jacobians[:, :1], 0, 1))
turned = fixed_array(H, H, 2 * T, N, start=2500, scale=0.8).T[:, ::2]
check("span, not contiguous", span_jacobian(turned, 1, 6))
long = fixed_array(2, 400, H, H, start=2600, scale=0.85)
check("span of 350 steps", span_jacobian(long, 20, 370))
### END HIDDEN TESTS

# %% [markdown]
# **Compare with PyTorch.** Autograd differentiates through four steps of `RNNCell` at once; the
# Jacobians of the single steps come from it, too.

# %% role="agreement" id="agree-span"
torch = check.import_torch()
if torch:
    T, D, H = 4, 3, 5
    weights = make_weights(D, H)
    x = torch.from_numpy(fixed_array(T, D, start=2900))
    cell = torch.nn.RNNCell(D, H, dtype=torch.float64)
    with torch.no_grad():
        for parameter, array in zip(cell.parameters(), [*weights, np.zeros(H)], strict=True):
            parameter.copy_(torch.from_numpy(array))

    def run(h, steps):
        for t in steps:
            h = cell(x[t], h)
        return h

    h_0 = torch.from_numpy(fixed_array(H, start=2950, scale=0.9))
    singles = [
        torch.autograd.functional.jacobian(cell, (x[t], run(h_0, range(t))))[1] for t in range(T)
    ]
    theirs = torch.autograd.functional.jacobian(lambda h: run(h, range(1, T)), run(h_0, range(1)))
    mine = span_jacobian(torch.stack(singles)[None].numpy(), 1, T)
    check.agrees("states 1 to 4 and autograd", mine[0], theirs, 1e-8)

# %% [markdown]
# ## 3. The gradient by distance
#
# *25 minutes · 2 points*
#
# Let the loss depend on the last state only. Going back one step multiplies the gradient, written
# as a column, by the transpose of that step's Jacobian:
#
# $$\frac{\partial L}{\partial \mathbf{h}_{t-1}}
# = \mathbf{J}_t^\top \frac{\partial L}{\partial \mathbf{h}_t} .$$
#
# Start from $\partial L / \partial \mathbf{h}_T$, go back to $\mathbf{h}_0$, and record how long
# the gradient is at every state. Sort by distance: entry $d$ of the result belongs to the state $d$
# steps before the last, $\mathbf{h}_{T-d}$. The length is the Euclidean norm, the root of the sum
# of the squares over the units of one sequence.
#
# Multiplying a vector $T$ times is much cheaper than multiplying matrices first. For a batch, every
# row of an (N, H) array meets a matrix of its own: `np.einsum` can write such a product, and so can
# `@` once the vectors are given a third axis of length 1.


# %% role="solution" id="gradient_norms"
def gradient_norms(jacobians, dh_T):
    """Carry a gradient back through time and measure it at every state.

    Args:
        jacobians: one matrix per step, (N, T, H, H), as in part 2.
        dh_T: gradient of the loss with respect to the last state, (N, H).

    Returns:
        norms: (N, T + 1); `norms[n, d]` is the norm of the gradient with respect to the state d
        steps before the last one; d = 0 is the last state itself. float32 arrays give a float32
        result.
    """
    ### BEGIN SOLUTION
    dh = dh_T
    norms = [np.linalg.norm(dh, axis=1)]
    for t in reversed(range(jacobians.shape[1])):
        dh = np.einsum("ni,nij->nj", dh, jacobians[:, t])
        norms.append(np.linalg.norm(dh, axis=1))
    return np.stack(norms, axis=1)
    ### END SOLUTION


# %% role="tests" id="test-norms" of="gradient_norms" points=1
# test-norms (1 point)
N, T, H = 3, 6, 4
jacobians = fixed_array(N, T, H, H, start=3000, scale=0.8)
dh_T = fixed_array(N, H, start=3200)
check("norms by distance", gradient_norms(jacobians, dh_T))
### BEGIN HIDDEN TESTS
N, T, H = 2, 7, 5
jacobians, dh_T = fixed_array(N, T, H, H, start=3300, scale=0.9), fixed_array(N, H, start=3700)
check("norms by distance, other sizes", gradient_norms(jacobians, dh_T))
### END HIDDEN TESTS

# %% role="tests" id="test-norms-edges" of="gradient_norms" points=1
# test-norms-edges (1 point)
N, T, H = 3, 6, 4
jacobians = fixed_array(N, T, H, H, start=3800, scale=0.8)
dh_T = fixed_array(N, H, start=3950)
check("norms, T = 1", gradient_norms(jacobians[:, :1], dh_T))
check("norms, one sequence", gradient_norms(jacobians[:1], dh_T[:1]))
small = gradient_norms(jacobians.astype(np.float32), dh_T.astype(np.float32))
check("norms, type for float32", str(np.asarray(small).dtype))
gradient_norms(jacobians, dh_T)
check("dh_T after a call", dh_T)
### BEGIN HIDDEN TESTS
check("jacobians after a way back", jacobians)
check("norms, float32", small)
check("norms, a gradient of zero", gradient_norms(jacobians, np.zeros((N, H))))
turned = fixed_array(H, H, 2 * T, N, start=4000, scale=0.8).T[:, ::2]
check("norms, not contiguous", gradient_norms(turned, dh_T[::-1]))
long = fixed_array(2, 300, H, H, start=4300, scale=0.7)
check("norms over 300 steps", np.log(gradient_norms(long, dh_T[:2])))
### END HIDDEN TESTS

# %% [markdown]
# **Compare with PyTorch.** The gradient of a loss at the last state of `torch.nn.RNN`, with respect
# to a number added to each state on the way, is what autograd keeps for that state.

# %% role="agreement" id="agree-norms"
torch = check.import_torch()
if torch:
    N, T, D, H = 3, 6, 4, 5
    weights = make_weights(D, H)
    W_x, W_h, b = map(torch.from_numpy, weights)
    x = torch.from_numpy(fixed_array(N, T, D, start=3000))
    dh_T = fixed_array(N, H, start=3200)
    h = [torch.from_numpy(fixed_array(N, H, start=3250, scale=0.9)).requires_grad_()]
    for t in range(T):
        h.append(torch.tanh(x[:, t] @ W_x.T + h[-1] @ W_h.T + b))
    for state in h[1:]:
        state.retain_grad()
    (h[-1] * torch.from_numpy(dh_T)).sum().backward()
    theirs = torch.stack([state.grad.norm(dim=1) for state in reversed(h)], dim=1)
    slopes = [1 - state.detach() ** 2 for state in h[1:]]
    jacobians = torch.stack([slope[:, :, None] * W_h for slope in slopes], dim=1).numpy()
    check.agrees("norms and autograd", gradient_norms(jacobians, dh_T), theirs, 1e-8)

# %% [markdown]
# ## 4. The bound
#
# *10 minutes · 2 points*
#
# Two numbers say how much a step can stretch a vector at most. The norm of the matrix,
# $\alpha = \lVert \mathbf{W}_h \rVert_2$, is its largest singular value. The largest slope of the
# activation, $\beta$, is 1 for $\tanh$ and $1/4$ for the logistic function. Then
#
# $$\left\lVert \frac{\partial \mathbf{h}_t}{\partial \mathbf{h}_k} \right\rVert_2
# \le (\alpha \beta)^{t-k} .$$
#
# `np.linalg.norm` and `np.linalg.svd` both know the norm that is meant; look up which `ord` it is.


# %% role="solution" id="gradient_bound"
def gradient_bound(W_h, beta, distance):
    """Bound the norm of the derivative of a state with respect to an earlier one.

    Args:
        W_h: recurrent weights, (H, H).
        beta: the largest slope of the activation, a positive number.
        distance: how many steps lie between the states; an integer from 0 on, or an array of
            them.

    Returns:
        The bound, a number; for an array of distances, an array of the same shape.
    """
    ### BEGIN SOLUTION
    return (np.linalg.norm(W_h, 2) * beta) ** distance
    ### END SOLUTION


# %% role="tests" id="test-bound" of="gradient_bound" points=2
# test-bound (2 points)
W_h = fixed_array(5, 5, start=5000, scale=0.9)
check("bound for one step", gradient_bound(W_h, 1.0, 1))
check("bound for three steps of tanh", gradient_bound(W_h, 1.0, 3))
check("bound for three steps, slopes to 1/4", gradient_bound(W_h, 0.25, 3))
check("bounds by distance", gradient_bound(W_h, 0.9, np.arange(4)))
### BEGIN HIDDEN TESTS
check("W_h after a bound", W_h)
check("bound for no step", gradient_bound(W_h, 0.25, 0))
check("bound, one unit", gradient_bound(np.array([[-0.8]]), 1.0, 5))
check("bound for 200 steps", gradient_bound(fixed_array(3, 3, start=5100), 0.7, 200))
check("bound, float32", np.float32(gradient_bound(W_h.astype(np.float32), 0.5, 4)))
wide = fixed_array(8, 4, start=5150)
check("bound, not contiguous", gradient_bound(wide.T[:, ::2], 1.0, 2))
### END HIDDEN TESTS

# %% [markdown]
# **Compare with PyTorch.**

# %% role="agreement" id="agree-bound"
torch = check.import_torch()
if torch:
    W_h = fixed_array(5, 5, start=5000, scale=0.9)
    theirs = torch.linalg.matrix_norm(torch.from_numpy(W_h), ord=2) ** 3
    check.agrees("bound and matrix_norm", gradient_bound(W_h, 1.0, 3), theirs)

# %% [markdown]
# ## 5. The spectral radius
#
# *10 minutes · 2 points*
#
# The norm tells what one product with $\mathbf{W}$ can do at most. What many products with the
# same matrix do is told by its eigenvalues $\lambda_1, \dots, \lambda_H$:
#
# $$\rho(\mathbf{W}) = \max_i |\lambda_i| .$$
#
# A matrix that is not symmetric can have complex eigenvalues, in pairs. What counts is their
# absolute value, also of those that are negative.


# %% role="solution" id="spectral_radius"
def spectral_radius(W):
    """Return the largest absolute value of an eigenvalue.

    Args:
        W: a square matrix, (H, H), not symmetric in general.

    Returns:
        One real number, not negative.
    """
    ### BEGIN SOLUTION
    return np.abs(np.linalg.eigvals(W)).max()
    ### END SOLUTION


# %% role="tests" id="test-radius" of="spectral_radius" points=2
# test-radius (2 points)
W = fixed_array(5, 5, start=5200, scale=0.9)
check("spectral radius", spectral_radius(W))
check("spectral radius, a turn and a stretch", spectral_radius(np.array([[0.3, -1.1], [0.9, 0.5]])))
check(
    "spectral radius, a negative eigenvalue", spectral_radius(np.array([[0.4, 2.0], [0.1, -1.3]]))
)
check("spectral radius, one large entry", spectral_radius(np.array([[0.5, 9.0], [0.01, 0.2]])))
### BEGIN HIDDEN TESTS
check("W after a call", W)
check("spectral radius, one unit", spectral_radius(np.array([[-0.7]])))
check("spectral radius, other weights", spectral_radius(fixed_array(8, 8, start=5300)))
check("spectral radius, not contiguous", spectral_radius(fixed_array(4, 8, start=5400).T[::2]))
check("spectral radius, zero", spectral_radius(np.array([[0.0, 0.0], [3.0, 0.0]])))
check("spectral radius, float32", np.float32(spectral_radius(W.astype(np.float32))))
### END HIDDEN TESTS

# %% [markdown]
# **Compare with PyTorch.**

# %% role="agreement" id="agree-radius"
torch = check.import_torch()
if torch:
    W = fixed_array(5, 5, start=5200, scale=0.9)
    theirs = torch.linalg.eigvals(torch.from_numpy(W)).abs().max()
    check.agrees("spectral radius and eigvals", spectral_radius(W), theirs)

# %% [markdown]
# ## 6. An iterated map
#
# *10 minutes · 1 point*
#
# Without input, a network does the same at every step: $h_{t} = f(h_{t-1})$. The list
# $h_0, h_1, h_2, \dots$ is the *orbit* of $h_0$. Write a function that computes orbits for any $f$.
# It is given a Python function, such as `np.tanh`, and calls it once per step.
#
# `h_0` may be a number or an array of starts, and may hold integers. The orbit's numbers are
# floats in any case.


# %% role="solution" id="iterate"
def iterate(f, h_0, steps):
    """Apply a function again and again and keep every value.

    Args:
        f: the map, a function of an array that returns an array of the same shape.
        h_0: where to start, a number or an array of any shape.
        steps: how often to apply f, an integer from 0 on.

    Returns:
        orbit: an array of floats of shape (steps + 1, *shape of h_0); `orbit[0]` is h_0, and
        `orbit[t + 1]` is f of `orbit[t]`.
    """
    ### BEGIN SOLUTION
    orbit = [np.asarray(h_0, dtype=float)]
    for _ in range(steps):
        orbit.append(f(orbit[-1]))
    return np.stack(orbit)
    ### END SOLUTION


# %% role="tests" id="test-iterate" of="iterate" points=1
# test-iterate (1 point)
check("orbit", iterate(lambda h: 3.5 * h * (1 - h), 0.3, 6))
check("orbits of three starts", iterate(lambda h: np.tanh(h), np.array([0.5, -2.0, 1.5]), 4))
check("orbits of whole numbers", iterate(lambda h: sigmoid(5 * h - 2), np.array([0, 1]), 3))
### BEGIN HIDDEN TESTS
check("orbit of no step", iterate(lambda h: np.tanh(h), 0.8, 0))
check("orbit of one step", iterate(lambda h: np.tanh(h), -0.8, 1))
starts = fixed_array(2, 3, start=5500)
check("orbits of a table of starts", iterate(lambda h: sigmoid(2 - 4 * h), starts, 5))
check("starts after a call", starts)
check("orbit of 500 steps", iterate(lambda h: np.cos(h), 1.0, 500)[-3:])
### END HIDDEN TESTS

# %% [markdown]
# ## 7. How far a small push gets
#
# *15 minutes · 2 points*
#
# Push $h_0$ a little: how much does $h_t$ move? By the chain rule, applied $t$ times,
#
# $$\frac{\mathrm{d} h_t}{\mathrm{d} h_0} = f'(h_{t-1})\, f'(h_{t-2}) \cdots f'(h_1)\, f'(h_0) .$$
#
# This is part 2 for one unit. Return these numbers for every $t$, given the derivative $f'$ as a
# Python function `df` and an orbit. For $t = 0$ the number is 1. The last point of the orbit is not
# used: nothing was computed from it.


# %% role="solution" id="orbit_slopes"
def orbit_slopes(df, orbit):
    """Differentiate every point of an orbit with respect to the first.

    Args:
        df: the derivative of the map, a function of an array of any shape that returns an array
            of the same shape.
        orbit: the points, (steps + 1, ...), as `iterate` returns them; the further axes, if any,
            are different starts.

    Returns:
        slopes: of the same shape as orbit; `slopes[t]` is the derivative of `orbit[t]` with
        respect to `orbit[0]`.
    """
    ### BEGIN SOLUTION
    orbit = np.asarray(orbit)
    slopes = np.ones(orbit.shape)
    slopes[1:] = np.cumprod(df(orbit[:-1]), axis=0)
    return slopes
    ### END SOLUTION


# %% role="tests" id="test-slopes" of="orbit_slopes" points=2
# test-slopes (2 points)
orbit = np.array([0.3, 0.735, 0.681713, 0.759432, 0.639434, 0.806954])
check("slopes", orbit_slopes(lambda h: 3.5 - 7 * h, orbit))
orbits = fixed_array(5, 3, start=5600, scale=1.4)
check("slopes of three orbits", orbit_slopes(lambda h: 1.3 - h**2, orbits))
check("orbits after a call", orbits)
### BEGIN HIDDEN TESTS
check("slopes of a single point", orbit_slopes(lambda h: 1.3 - h**2, orbits[:1]))
check("slopes of one step", orbit_slopes(lambda h: 2.0 * h, orbits[:2, 1]))
check("slopes, not contiguous", orbit_slopes(lambda h: 1.3 - h**2, orbits.T[:, ::2]))
table = fixed_array(4, 2, 3, start=5700)
check("slopes of a table of orbits", orbit_slopes(lambda h: 1 + h / 2, table))
long = fixed_array(300, start=5800)
check("slopes over 299 steps", np.log(orbit_slopes(lambda h: 1.2 + h, long + 1.0))[::50])
### END HIDDEN TESTS

# %% [markdown]
# **Compare with PyTorch.**

# %% role="agreement" id="agree-slopes"
torch = check.import_torch()
if torch:
    h_0 = torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
    points = [h_0]
    for _ in range(5):
        points.append(3.5 * points[-1] * (1 - points[-1]))
    theirs = [torch.autograd.grad(h, h_0, retain_graph=True)[0] for h in points]
    orbit = torch.stack(points).detach().numpy()
    mine = orbit_slopes(lambda h: 3.5 - 7 * h, orbit)
    check.agrees("slopes and autograd", mine, torch.stack(theirs), 1e-8)

# %% [markdown]
# ## 8. Fixed points
#
# *30 minutes · 2 points*
#
# A network of one unit without input repeats $h \leftarrow \sigma(w h + b)$, where
# $\sigma(a) = 1 / (1 + e^{-a})$ is `sigmoid` from the setup cell. Where it stays put, it has a
# *fixed point*:
#
# $$h = \sigma(w h + b) .$$
#
# There may be one, two or three. Find all of them, the repelling ones too, on which no orbit ends.
#
# A way that works: let $g(h) = \sigma(w h + b) - h$. It is positive at $h = 0$ and negative at $h =
# 1$, and a fixed point is a root. Compute $g$ on a fine grid, find the neighbours between which its
# sign changes, and halve each such interval until it is tiny. Take care of a grid point where $g$
# is exactly 0: it is a fixed point, once.


# %% role="solution" id="fixed_points"
def fixed_points(w, b):
    """Find every fixed point of h <- sigmoid(w h + b).

    Args:
        w: the weight, a number from -20 to 20.
        b: the bias, a number from -20 to 20.
        Only such w and b are given that fixed points lie at least 0.01 apart, and that g crosses
        zero at each of them.

    Returns:
        The fixed points in increasing order, as a one-dimensional array with one, two or three
        entries, each right to nine digits after the point.
    """

    ### BEGIN SOLUTION
    def g(h):
        return sigmoid(w * h + b) - h

    grid = np.linspace(0, 1, 2002)
    signs = g(grid) > 0
    places = np.flatnonzero(signs[:-1] != signs[1:])
    low, high = grid[places], grid[places + 1]
    for _ in range(50):
        middle = (low + high) / 2
        same = (g(middle) > 0) == signs[places]
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    return (low + high) / 2
    ### END SOLUTION


# %% role="tests" id="test-fixed-points" of="fixed_points" points=2
# test-fixed-points (2 points)
check("fixed points, w = 2", fixed_points(2.0, 0.5))
check("fixed points, w = 5", fixed_points(5.0, -2.4))
check("fixed points, w = 6, one at 1/2", fixed_points(6.0, -3.0))
### BEGIN HIDDEN TESTS
check("fixed points, outside the interval", fixed_points(5.0, -2.2))
check("fixed points, inside the interval", fixed_points(5.0, -2.6))
check("fixed points, a negative weight", fixed_points(-7.0, 2.0))
check("fixed points, no weight", fixed_points(0.0, 0.3))
check("fixed points, a large weight", fixed_points(15.0, -6.0))
check("fixed points, two of them close together", fixed_points(8.0, -2.9376))
### END HIDDEN TESTS

# %% [markdown]
# ## 9. Attracting or repelling
#
# *10 minutes · 1 point*
#
# Near a fixed point $h^*$ a step multiplies the distance to it by about the slope of the map there,
# $w\, \sigma'(w h^* + b)$. Since $\sigma' = \sigma (1 - \sigma)$ and $\sigma(w h^* + b) = h^*$,
# this is $w\, h^* (1 - h^*)$. The point attracts if the absolute value of the slope is below 1.


# %% role="solution" id="is_attracting"
def is_attracting(w, h_fixed):
    """Say which fixed points of h <- sigmoid(w h + b) attract.

    Args:
        w: the weight, a number.
        h_fixed: fixed points, an array of any shape.

    Returns:
        An array of booleans of the same shape: True where the slope of the map is strictly
        between -1 and 1.
    """
    ### BEGIN SOLUTION
    return np.abs(w * h_fixed * (1 - h_fixed)) < 1
    ### END SOLUTION


# %% role="tests" id="test-attracting" of="is_attracting" points=1
# test-attracting (1 point)
points = np.linspace(0.03, 0.97, 12)  # each is a fixed point for some bias
check("attracting, w = 4.5", is_attracting(4.5, points))
check("attracting, w = -9", is_attracting(-9.0, points))
check("attracting, a table of points", is_attracting(6.0, points.reshape(3, 4)))
### BEGIN HIDDEN TESTS
check("attracting, slope 1", is_attracting(4.0, np.array([0.5])))
check("attracting, w = -3", is_attracting(-3.0, np.array([0.4, 0.55])))
check("attracting, no weight", is_attracting(0.0, np.array([0.57])))
h_fixed = np.array([0.1, 0.5, 0.9])
is_attracting(5.0, h_fixed)
check("h_fixed after a call", h_fixed)
### END HIDDEN TESTS

# %% [markdown]
# **Compare with PyTorch.** The points of part 8 put into `torch.sigmoid`, and the slopes there from
# autograd.

# %% role="agreement" id="agree-fixed-points"
torch = check.import_torch()
if torch:
    w, b = 6.0, -3.2
    points = fixed_points(w, b)
    h = torch.tensor(points, requires_grad=True)
    image = torch.sigmoid(w * h + b)
    [slopes] = torch.autograd.grad(image.sum(), h)
    check.agrees("fixed points and their images", points, image)
    check.agrees("attracting and slopes", 1 * is_attracting(w, points), 1 * (slopes.abs() < 1))

# %% [markdown]
# ## 10. Experiment: three networks
#
# *10 minutes*
#
# First, one unit with $w = 5$ and $b = -2.5$. Your functions find its fixed points, run it from 401
# starts, and measure how far a small push of the start gets in 12 steps.

# %%
import matplotlib.pyplot as plt

from unrolled.figures import figure_size, use_style

use_style()
w, b_unit = 5.0, -2.5
for point, attracts in zip(
    fixed_points(w, b_unit), is_attracting(w, fixed_points(w, b_unit)), strict=True
):
    print(f"fixed point {point:.4f}, {'attracts' if attracts else 'repels'}")

starts = np.linspace(0, 1, 401)
orbits = iterate(lambda h: sigmoid(w * h + b_unit), starts, 12)
pushes = orbit_slopes(lambda h: w * sigmoid(w * h + b_unit) * sigmoid(-w * h - b_unit), orbits)

figure, (left, right) = plt.subplots(1, 2, figsize=figure_size(0.42))
left.plot(orbits[:, ::25])
left.set(xlabel="step t", ylabel="state $h_t$", ylim=(0, 1))
right.plot(starts, pushes[-1])
right.set(xlabel="start $h_0$", ylabel="d $h_{12}$ / d $h_0$", yscale="log")
plt.show()

# %% [markdown]
# Now three networks with 64 units and the same random $\mathbf{W}_h$, scaled to the spectral radii
# 0.4, 0.9 and 3. Each reads the same 60 random inputs. The plot shows the norm of the gradient by
# distance, and dashed the bound. The table shows both at distance 50.

# %%
N, T, D, H = 8, 60, 6, 64
rng = np.random.default_rng(seed=0)
x, dh_T = rng.normal(size=(N, T, D)), rng.normal(size=(N, H))
dh_T /= np.sqrt((dh_T**2).sum(axis=1, keepdims=True))
W_x, W = 0.3 * rng.normal(size=(H, D)), rng.normal(size=(H, H)) / np.sqrt(H)

figure, panel = plt.subplots(figsize=figure_size(0.6))
distances = np.arange(T + 1)
print("radius  norm of W_h  gradient at 50  bound at 50")
for radius, colour in ((0.4, "C0"), (0.9, "C1"), (3.0, "C2")):
    W_h = W * radius / spectral_radius(W)
    h_t, jacobians = np.zeros((N, H)), []
    for t in range(T):
        jacobians.append(step_jacobian(x[:, t], h_t, W_x, W_h, np.zeros(H)))
        h_t = np.tanh(x[:, t] @ W_x.T + h_t @ W_h.T)
    norms = gradient_norms(np.stack(jacobians, axis=1), dh_T).mean(axis=0)
    bounds = gradient_bound(W_h, 1.0, distances)
    panel.plot(distances, norms, color=colour, label=f"spectral radius {radius}")
    panel.plot(distances, bounds, color=colour, ls="--", lw=1)
    print(f"{radius:6}  {gradient_bound(W_h, 1.0, 1):11.2f}  {norms[50]:14.1e}  {bounds[50]:11.1e}")
panel.set(xlabel="distance in steps", ylabel="norm of the gradient", yscale="log")
panel.legend()
plt.show()

# %% [markdown] role="written" id="why-below" points=2
# **Question** *(15 minutes · 2 points, graded by hand)*
#
# (a) Take the network with spectral radius 0.9. What does the bound say about its gradient at
# distance 50, and what was measured? Quote both numbers from your run. (b) Name two reasons why the
# gradient lies so far below the bound. Look at what is replaced by its largest possible value on
# the way from $\mathbf{J}_t \cdots \mathbf{J}_{k+1}$ to $(\alpha\beta)^{t-k}$. Three to six
# sentences.
#
# ### BEGIN SOLUTION
# *Model answer.* (a) The norm of the matrix is 1.80, so the bound at distance 50 is 5e12: it allows
# an explosion. Measured was 2e-10: the gradient vanishes. (b) First, $\beta =
# 1$ is the slope of tanh at 0 only. Where a unit is active the slope is smaller, and it enters at
# every step. Second, $\alpha$ is how much $\mathbf{W}_h$ stretches the direction that it stretches
# most. The next step would have to meet that same direction again, but $\mathbf{W}_h$ turns vectors
# as it stretches them; over many steps the eigenvalues count, and they are at most 0.9 in absolute
# value.
#
# *Marking scheme.*
#
# - 2: both numbers quoted and read rightly (an upper bound that grows proves nothing), and both
#   reasons: slopes below $\beta$, and a direction of largest stretch that is not met at every step
#   (or: norm against spectral radius).
# - 1: the numbers and one reason; or both reasons without numbers from the run.
# - 0: no answer, or only a restatement such as “it is just an upper bound”.
# ### END SOLUTION

# %% [markdown]
# ## Summary

# %% role="summary" id="summary"
check.summary()
