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
# # Assignment 8: residual, highway and dense blocks in NumPy
#
# You write ten short functions. Parts 1 to 6 are three blocks with a skip connection, each forward
# and backward. Parts 7 and 8 chain blocks to a deep network, forward and backward. Part 9 measures
# how much gradient arrives at each depth, and part 10 sorts the paths through a residual network by
# their length. In part 11 you see what each kind of block does to a gradient over 30 blocks.
#
# The assignment belongs to chapter 8 of the book, gives 20 points, and takes about 3 and a half
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
# Each part is tested on its own. The backward functions get what a forward pass would have left
# behind, so they can be right where yours is not yet. Where one function calls another and a check
# recognises that a wrong value comes from the earlier one, it costs points there only. After you
# hand in, hidden checks call each function with further inputs. They ask for nothing that the
# docstring does not promise.
#
# Use NumPy and no other library in your functions, and do not change the arrays that they are
# given.
#
# **How to hand in.** Restart the kernel, run all cells, save, and hand in
# `08-skip-connections.ipynb` in the way your instructor has told you. To run the whole notebook in
# a terminal and see your points:
#
#     python -m unrolled check 08-skip-connections.ipynb

# %% [markdown]
# ## Symbols
#
# | formula | code | shape in code | meaning |
# | --- | --- | --- | --- |
# | $N$ | | | inputs in a batch |
# | $H$ | | | numbers in a state: what a block reads |
# | $R$, $G$ | | | units inside a residual block; new units of a dense block |
# | $B$ | | | blocks of a network |
# | $\mathbf{x}$, $\mathbf{y}$ | `x`, `y` | (N, H), (N, …) | what a block reads, what it puts out |
# | $\mathbf{h}_l$ | `states[l]` | (N, …) | state after block $l$; $\mathbf{h}_0$ is the input |
# | $\mathbf{a}$ | `a` | (N, R) | pre-activations inside a residual block |
# | $\mathbf{u}$ | `u` | (N, H), (N, G) | new content of a highway or dense block |
# | $\boldsymbol{\gamma}$ | `gate` | (N, H) | the gate of a highway block |
# | $\mathbf{W}_1$, $\mathbf{b}_1$ | `W_1`, `b_1` | (R, H), (R,) | first layer of a residual block |
# | $\mathbf{W}_2$, $\mathbf{b}_2$ | `W_2`, `b_2` | (H, R), (H,) | its second layer |
# | $\mathbf{W}_u$, $\mathbf{b}_u$ | `W_u`, `b_u` | (H, H), (H,) | highway block: new content |
# | $\mathbf{W}_\gamma$, $\mathbf{b}_\gamma$ | `W_gate`, `b_gate` | (H, H), (H,) | its gate |
# | $\mathbf{W}$, $\mathbf{b}$ | `W`, `b` | (G, H), (G,) | weights of a dense block |
# | $\mathbf{J}_l$ | `J[l]` | (H, H) | Jacobian of the function $F$ of residual block $l$ |
# | $\partial L / \partial \mathbf{v}$ | `dv` | as `v` | gradient of the loss: `dx`, `dW_1`, … |
#
# Formulas are for one input and column vectors, and count blocks from 1. In code each row is an
# input, so a product $\mathbf{W}\mathbf{x}$ becomes `x @ W.T`, and lists count from 0. $\odot$
# multiplies element by element, in code `*`.
#
# The first cell holds a *plain* layer, forward and backward, as a pattern for yours: $\mathbf{y} =
# \operatorname{relu}(\mathbf{W}\mathbf{x} + \mathbf{b})$. The slope of relu is 1 where its argument
# is greater than 0, and 0 elsewhere, also at 0 itself.

# %% role="setup" id="setup"
import numpy as np

from unrolled import Checks, fixed_array

check = Checks("08-skip-connections")


def sigmoid(a):
    """Return 1 / (1 + exp(-a)) for each element, without overflow, in the type of a."""
    return np.exp(-np.logaddexp(0, -a))


def plain_forward(x, W, b):
    """Return y = relu(W x + b), (N, G), and the pre-activations a, (N, G)."""
    a = x @ W.T + b
    return np.maximum(a, 0), a


def plain_backward(dy, x, a, W):
    """Return dx, dW, db of a plain layer."""
    da = dy * (a > 0)
    return da @ W, da.T @ x, da.sum(axis=0)


def make_weights(kind, H, size, start):
    """Return the weights of a block as a list: always the same numbers, in new arrays."""
    shapes = {
        "plain": [(size, H), (size,)],
        "residual": [(size, H), (size,), (H, size), (H,)],
        "highway": [(H, H), (H,), (H, H), (H,)],
        "dense": [(size, H), (size,)],
    }
    return [
        fixed_array(*shape, start=start + 70 * place, scale=0.9 - 0.1 * place)
        for place, shape in enumerate(shapes[kind])
    ]


# %% [markdown]
# ## 1. A residual block
#
# *15 minutes · 2 points*
#
# A residual block adds to its input what a small network $F$ makes of it:
#
# $$\mathbf{y} = \mathbf{x} + F(\mathbf{x}), \qquad F(\mathbf{x}) = \mathbf{W}_2
# \operatorname{relu}(\mathbf{a}) + \mathbf{b}_2, \qquad \mathbf{a} = \mathbf{W}_1 \mathbf{x} +
# \mathbf{b}_1$$
#
# Nothing is applied behind the sum: the input passes through unchanged. Return $\mathbf{a}$ too,
# the backward pass needs it.


# %% role="solution" id="residual_forward"
def residual_forward(x, W_1, b_1, W_2, b_2):
    """Send a batch through a residual block with two layers.

    Args:
        x: inputs, (N, H).
        W_1: weights of the first layer, (R, H).
        b_1: its bias, (R,).
        W_2: weights of the second layer, (H, R).
        b_2: its bias, (H,).

    Returns:
        y: outputs, (N, H), in a new array. float32 arrays give a float32 result.
        a: pre-activations of the first layer, (N, R).
    """
    ### BEGIN SOLUTION
    a = x @ W_1.T + b_1
    return x + np.maximum(a, 0) @ W_2.T + b_2, a
    ### END SOLUTION


# %% role="tests" id="test-residual" of="residual_forward" points=2
# test-residual (2 points)
N, H, R = 3, 4, 6
x, weights = fixed_array(N, H, start=1000), make_weights("residual", H, R, start=100)
y, a = residual_forward(x, *weights)
check("residual: a", a)
check("residual: y", y)
check("residual: x after a call", x)
### BEGIN HIDDEN TESTS
y, a = residual_forward(x[:1], *weights)
check("residual: y, one input", y)
small = [array.astype(np.float32) for array in (x, *weights)]
y, a = residual_forward(*small)
check("residual: y, float32", y)
check("residual: type for float32", str(np.asarray(y).dtype))
N, H, R = 5, 7, 2
weights = make_weights("residual", H, R, start=400)
wide = fixed_array(H, 2 * N, start=1100, scale=30.0)
y, a = residual_forward(wide.T[::2], *(np.asfortranarray(array) for array in weights))
check("residual: y, other sizes, not contiguous", y)
### END HIDDEN TESTS

# %% [markdown]
# ## 2. A residual block, backward
#
# *25 minutes · 3 points*
#
# The gradient $\partial L / \partial \mathbf{y}$ comes in. The input acts on $\mathbf{y}$ in two
# ways, directly and through $F$, so two gradients are added:
#
# $$\frac{\partial L}{\partial \mathbf{x}} = \frac{\partial L}{\partial \mathbf{y}} +
# \left(\frac{\partial F}{\partial \mathbf{x}}\right)^{\!\top}
# \frac{\partial L}{\partial \mathbf{y}}$$
#
# The second term is found step by step: back through $\mathbf{W}_2$, through relu, through
# $\mathbf{W}_1$. The weights are used by $F$ alone. They are shared by all inputs of the batch, so
# their gradients are summed over it.


# %% role="solution" id="residual_backward"
def residual_backward(dy, x, a, W_1, W_2):
    """Take a gradient back through a residual block.

    Args:
        dy: gradient of the loss with respect to the block's output, (N, H).
        x: what went into the block, (N, H).
        a: pre-activations of the first layer, as residual_forward returns them, (N, R).
        W_1: weights of the first layer, (R, H).
        W_2: weights of the second layer, (H, R).

    Returns:
        dx: gradient with respect to x, (N, H), in a new array.
        dW_1: gradient with respect to W_1, (R, H), summed over the batch.
        db_1: gradient with respect to b_1, (R,).
        dW_2: gradient with respect to W_2, (H, R).
        db_2: gradient with respect to b_2, (H,).
        float32 arrays give float32 results.
    """
    ### BEGIN SOLUTION
    da = (dy @ W_2) * (a > 0)
    dx = dy + da @ W_1
    return dx, da.T @ x, da.sum(axis=0), dy.T @ np.maximum(a, 0), dy.sum(axis=0)
    ### END SOLUTION


# %% role="tests" id="test-residual-backward" of="residual_backward" points=2
# test-residual-backward (2 points)
N, H, R = 3, 4, 6
W_1, _, W_2, _ = make_weights("residual", H, R, start=700)
dy, x = fixed_array(N, H, start=1200), fixed_array(N, H, start=1300)
a = fixed_array(N, R, start=1400)
a[1, 2] = 0.0
dx, dW_1, db_1, dW_2, db_2 = residual_backward(dy, x, a, W_1, W_2)
check("residual: dx", dx)
check("residual: dW_1", dW_1)
check("residual: dW_2", dW_2)
check("residual: db_1", db_1)
check("residual: db_2", db_2)
### BEGIN HIDDEN TESTS
N, H, R = 5, 7, 2
W_1, _, W_2, _ = make_weights("residual", H, R, start=900)
dy, x = fixed_array(N, H, start=1500), fixed_array(N, H, start=1600, scale=9.0)
a = fixed_array(N, R, start=1700)
check("residual: all gradients, other sizes", list(residual_backward(dy, x, a, W_1, W_2)))
### END HIDDEN TESTS

# %% role="tests" id="test-residual-backward-edges" of="residual_backward" points=1
# test-residual-backward-edges (1 point)
N, H, R = 3, 4, 6
W_1, _, W_2, _ = make_weights("residual", H, R, start=1150)
dy, x = fixed_array(N, H, start=1800), fixed_array(N, H, start=1900)
a = fixed_array(N, R, start=2000)
dx, *_ = residual_backward(dy, x, -np.abs(a), W_1, W_2)
check("residual: dx where no unit is active", dx)
first = [array[:1] for array in (dy, x, a)]
dx, dW_1, db_1, dW_2, db_2 = residual_backward(*first, W_1, W_2)
check("residual: dx, one input", dx)
check("residual: dW_1, one input", dW_1)
check("dy after a call of residual_backward", dy)
### BEGIN HIDDEN TESTS
check("x and a after a call of residual_backward", [x, a])
check("residual: biases, one input", [db_1, db_2])
small = [array.astype(np.float32) for array in (dy, x, a, W_1, W_2)]
found = residual_backward(*small)
check("residual: all gradients, float32", list(found))
check("residual: types for float32", [str(np.asarray(array).dtype) for array in found])
turned = [np.asfortranarray(array)[::2] for array in (dy, x, a)]
turned += [np.asfortranarray(array) for array in (W_1, W_2)]
check("residual: all gradients, not contiguous", list(residual_backward(*turned)))
### END HIDDEN TESTS

# %% [markdown]
# **Compare with PyTorch.** Autograd goes back through the same block, written with
# `torch.nn.functional.linear`.

# %% role="agreement" id="agree-residual"
torch = check.import_torch()
if torch:
    x, weights = fixed_array(3, 4, start=1000), make_weights("residual", 4, 6, start=100)
    dy = fixed_array(3, 4, start=1250)
    linear = torch.nn.functional.linear
    leaves = [torch.from_numpy(array).requires_grad_() for array in (x, *weights)]
    their_a = linear(*leaves[:3])
    their_y = leaves[0] + linear(torch.relu(their_a), *leaves[3:])
    y, a = residual_forward(x, *weights)
    check.agrees("y of the residual block", y, their_y)
    theirs = torch.autograd.grad(their_y, leaves, torch.from_numpy(dy))
    mine = residual_backward(dy, x, their_a.detach().numpy(), weights[0], weights[2])
    for name, one, other in zip(("dx", "dW_1", "db_1", "dW_2", "db_2"), mine, theirs, strict=True):
        check.agrees(f"{name} of the residual block and autograd", one, other)

# %% [markdown]
# ## 3. A highway block
#
# *15 minutes · 2 points*
#
# A highway block has a gate that is computed from the same input, and mixes new and old with it, as
# the soft switch of chapter 6 does:
#
# $$\mathbf{u} = \tanh(\mathbf{W}_u \mathbf{x} + \mathbf{b}_u), \qquad \boldsymbol{\gamma} =
# \sigma(\mathbf{W}_\gamma \mathbf{x} + \mathbf{b}_\gamma), \qquad \mathbf{y} = \boldsymbol{\gamma}
# \odot \mathbf{u} + (1 - \boldsymbol{\gamma}) \odot \mathbf{x}$$
#
# `sigmoid` is defined in the first cell.


# %% role="solution" id="highway_forward"
def highway_forward(x, W_u, b_u, W_gate, b_gate):
    """Send a batch through a highway block.

    Args:
        x: inputs, (N, H).
        W_u: weights of the new content, (H, H).
        b_u: its bias, (H,).
        W_gate: weights of the gate, (H, H).
        b_gate: its bias, (H,).

    Returns:
        y: outputs, (N, H), in a new array. float32 arrays give a float32 result.
        u: the new content after tanh, (N, H).
        gate: the gate after the sigmoid, (N, H).
    """
    ### BEGIN SOLUTION
    u, gate = np.tanh(x @ W_u.T + b_u), sigmoid(x @ W_gate.T + b_gate)
    return gate * u + (1 - gate) * x, u, gate
    ### END SOLUTION


# %% role="tests" id="test-highway" of="highway_forward" points=2
# test-highway (2 points)
N, H = 3, 5
x = fixed_array(N, H, start=2100, scale=2.0)
weights = make_weights("highway", H, H, start=1300)
y, u, gate = highway_forward(x, *weights)
check("highway: u", u)
check("highway: gate", gate)
check("highway: y", y)
check("highway: x after a call", x)
### BEGIN HIDDEN TESTS
check("highway: y, one input", highway_forward(x[:1], *weights)[0])
small = [array.astype(np.float32) for array in (x, *weights)]
y, u, gate = highway_forward(*small)
check("highway: y, float32", y)
check("highway: type for float32", str(np.asarray(y).dtype))
W_u, b_u, W_gate, b_gate = weights
check("highway: y, gate shut", highway_forward(x, W_u, b_u, W_gate, b_gate - 2000)[0])
check("highway: y, gate open", highway_forward(x, W_u, b_u, W_gate, b_gate + 2000)[0])
N, H = 4, 2
weights = [np.asfortranarray(array) for array in make_weights("highway", H, H, start=1700)]
wide = fixed_array(H, 2 * N, start=2200, scale=2.0)
check("highway: all, not contiguous", list(highway_forward(wide.T[::2], *weights)))
### END HIDDEN TESTS

# %% [markdown]
# ## 4. A highway block, backward
#
# *30 minutes · 3 points*
#
# Now the input acts on $\mathbf{y}$ in *three* ways: carried over by $1 - \boldsymbol{\gamma}$,
# through the new content, and through the gate. For a product of elements $\mathbf{v} \odot
# \mathbf{w}$ each factor gets the incoming gradient times the other factor. The gate occurs twice.
# With $u = \tanh(a)$ the slope is $1 - u^2$, and with $\gamma = \sigma(a)$ it is
# $\gamma(1 - \gamma)$.


# %% role="solution" id="highway_backward"
def highway_backward(dy, x, u, gate, W_u, W_gate):
    """Take a gradient back through a highway block.

    Args:
        dy: gradient of the loss with respect to the block's output, (N, H).
        x: what went into the block, (N, H).
        u: the new content after tanh, as highway_forward returns it, (N, H).
        gate: the gate after the sigmoid, as highway_forward returns it, (N, H).
        W_u: weights of the new content, (H, H).
        W_gate: weights of the gate, (H, H).

    Returns:
        dx: gradient with respect to x, (N, H), in a new array.
        dW_u: gradient with respect to W_u, (H, H), summed over the batch.
        db_u: gradient with respect to b_u, (H,).
        dW_gate: gradient with respect to W_gate, (H, H).
        db_gate: gradient with respect to b_gate, (H,).
        float32 arrays give float32 results.
    """
    ### BEGIN SOLUTION
    da_u = dy * gate * (1 - u**2)
    da_gate = dy * (u - x) * gate * (1 - gate)
    dx = dy * (1 - gate) + da_u @ W_u + da_gate @ W_gate
    return dx, da_u.T @ x, da_u.sum(axis=0), da_gate.T @ x, da_gate.sum(axis=0)
    ### END SOLUTION


# %% role="tests" id="test-highway-backward" of="highway_backward" points=2
# test-highway-backward (2 points)
N, H = 3, 5
W_u, _, W_gate, _ = make_weights("highway", H, H, start=2000)
dy, x = fixed_array(N, H, start=2300), fixed_array(N, H, start=2400, scale=2.0)
u, gate = fixed_array(N, H, start=2500), 0.5 + fixed_array(N, H, start=2600, scale=0.5)
dx, dW_u, db_u, dW_gate, db_gate = highway_backward(dy, x, u, gate, W_u, W_gate)
check("highway: dx", dx)
check("highway: dW_u", dW_u)
check("highway: dW_gate", dW_gate)
check("highway: db_u", db_u)
check("highway: db_gate", db_gate)
### BEGIN HIDDEN TESTS
N, H = 6, 2
W_u, _, W_gate, _ = make_weights("highway", H, H, start=2300)
dy, x = fixed_array(N, H, start=2700), fixed_array(N, H, start=2800, scale=5.0)
u, gate = fixed_array(N, H, start=2900), 0.5 + fixed_array(N, H, start=3000, scale=0.5)
found = highway_backward(dy, x, u, gate, W_u, W_gate)
check("highway: all gradients, other sizes", list(found))
### END HIDDEN TESTS

# %% role="tests" id="test-highway-backward-edges" of="highway_backward" points=1
# test-highway-backward-edges (1 point)
N, H = 3, 5
W_u, _, W_gate, _ = make_weights("highway", H, H, start=2600)
dy, x = fixed_array(N, H, start=3100), fixed_array(N, H, start=3200, scale=2.0)
u, gate = fixed_array(N, H, start=3300), 0.5 + fixed_array(N, H, start=3400, scale=0.5)
dx, dW_u, *_ = highway_backward(dy, x, u, np.zeros((N, H)), W_u, W_gate)
check("highway: dx, gate shut", dx)
dx, dW_u, *_ = highway_backward(dy, x, u, np.ones((N, H)), W_u, W_gate)
check("highway: dx, gate open", dx)
first = [array[:1] for array in (dy, x, u, gate)]
dx, dW_u, *_ = highway_backward(*first, W_u, W_gate)
check("highway: dW_u, one input", dW_u)
check("dy after a call of highway_backward", dy)
### BEGIN HIDDEN TESTS
check("x, u and gate after a call of highway_backward", [x, u, gate])
check("highway: dx, one input", dx)
small = [array.astype(np.float32) for array in (dy, x, u, gate, W_u, W_gate)]
found = highway_backward(*small)
check("highway: all gradients, float32", list(found))
check("highway: types for float32", [str(np.asarray(array).dtype) for array in found])
turned = [np.asfortranarray(array)[::2] for array in (dy, x, u, gate)]
turned += [np.asfortranarray(array) for array in (W_u, W_gate)]
check("highway: all gradients, not contiguous", list(highway_backward(*turned)))
### END HIDDEN TESTS

# %% [markdown]
# **Compare with PyTorch.** `torch.lerp(x, u, gate)` goes from `x` to `u` as far as the gate says.

# %% role="agreement" id="agree-highway"
torch = check.import_torch()
if torch:
    x, weights = fixed_array(3, 5, start=2100), make_weights("highway", 5, 5, start=1300)
    dy = fixed_array(3, 5, start=2350)
    linear = torch.nn.functional.linear
    leaves = [torch.from_numpy(array).requires_grad_() for array in (x, *weights)]
    their_u = torch.tanh(linear(*leaves[:3]))
    their_gate = torch.sigmoid(linear(leaves[0], *leaves[3:]))
    their_y = torch.lerp(leaves[0], their_u, their_gate)
    check.agrees("y of the highway block", highway_forward(x, *weights)[0], their_y)
    theirs = torch.autograd.grad(their_y, leaves, torch.from_numpy(dy))
    inside = [part.detach().numpy() for part in (their_u, their_gate)]
    mine = highway_backward(dy, x, *inside, weights[0], weights[2])
    for name, one, other in zip(
        ("dx", "dW_u", "db_u", "dW_gate", "db_gate"), mine, theirs, strict=True
    ):
        check.agrees(f"{name} of the highway block and autograd", one, other)

# %% [markdown]
# ## 5. A dense block
#
# *10 minutes · 1 point*
#
# A dense block adds nothing to its input. It keeps all of it and appends $G$ new numbers:
#
# $$\mathbf{y} = \begin{bmatrix} \mathbf{x} \\ \mathbf{u} \end{bmatrix}, \qquad \mathbf{u} =
# \operatorname{relu}(\mathbf{W} \mathbf{x} + \mathbf{b})$$
#
# In code each row of `y` holds the $H$ numbers of `x` first, then the $G$ of `u`.


# %% role="solution" id="dense_forward"
def dense_forward(x, W, b):
    """Send a batch through a dense block.

    Args:
        x: inputs, (N, H).
        W: weights, (G, H).
        b: bias, (G,).

    Returns:
        y: the inputs, and beside them the new content, (N, H + G), in a new array. float32 arrays
            give a float32 result.
        u: the new content after relu, (N, G).
    """
    ### BEGIN SOLUTION
    u = np.maximum(x @ W.T + b, 0)
    return np.concatenate([x, u], axis=1), u
    ### END SOLUTION


# %% role="tests" id="test-dense" of="dense_forward" points=1
# test-dense (1 point)
N, H, G = 4, 5, 3
x, weights = fixed_array(N, H, start=3500), make_weights("dense", H, G, start=3000)
y, u = dense_forward(x, *weights)
check("dense: u", u)
check("dense: y", y)
### BEGIN HIDDEN TESTS
check("dense: x after a call", x)
check("dense: y, one input", dense_forward(x[:1], *weights)[0])
small = [array.astype(np.float32) for array in (x, *weights)]
y, u = dense_forward(*small)
check("dense: y, float32", y)
check("dense: type for float32", str(np.asarray(y).dtype))
wide = fixed_array(H, 2 * N, start=3600)
check("dense: y, not contiguous", dense_forward(wide.T[::2], *weights)[0])
### END HIDDEN TESTS

# %% [markdown]
# ## 6. A dense block, backward
#
# *20 minutes · 2 points*
#
# The gradient that comes in has $H + G$ numbers in each row: the first $H$ belong to the copy of
# $\mathbf{x}$, the others to $\mathbf{u}$. Once more the input acts in two ways.


# %% role="solution" id="dense_backward"
def dense_backward(dy, x, u, W):
    """Take a gradient back through a dense block.

    Args:
        dy: gradient of the loss with respect to the block's output, (N, H + G).
        x: what went into the block, (N, H).
        u: the new content after relu, as dense_forward returns it, (N, G).
        W: weights, (G, H).

    Returns:
        dx: gradient with respect to x, (N, H), in a new array.
        dW: gradient with respect to W, (G, H), summed over the batch.
        db: gradient with respect to b, (G,).
        float32 arrays give float32 results.
    """
    ### BEGIN SOLUTION
    H = x.shape[1]
    da = dy[:, H:] * (u > 0)
    return dy[:, :H] + da @ W, da.T @ x, da.sum(axis=0)
    ### END SOLUTION


# %% role="tests" id="test-dense-backward" of="dense_backward" points=2
# test-dense-backward (2 points)
N, H, G = 4, 5, 3
W, _ = make_weights("dense", H, G, start=3300)
dy, x = fixed_array(N, H + G, start=3700), fixed_array(N, H, start=3800)
u = np.maximum(fixed_array(N, G, start=3900), 0)
dx, dW, db = dense_backward(dy, x, u, W)
check("dense: dx", dx)
check("dense: dW", dW)
check("dense: db", db)
check("dy after a call of dense_backward", dy)
### BEGIN HIDDEN TESTS
check("x and u after a call of dense_backward", [x, u])
first = [array[:1] for array in (dy, x, u)]
check("dense: all gradients, one input", list(dense_backward(*first, W)))
small = [array.astype(np.float32) for array in (dy, x, u, W)]
found = dense_backward(*small)
check("dense: all gradients, float32", list(found))
check("dense: types for float32", [str(np.asarray(array).dtype) for array in found])
turned = [np.asfortranarray(array)[::3] for array in (dy, x, u)]
check("dense: all gradients, not contiguous", list(dense_backward(*turned, np.asfortranarray(W))))
W, _ = make_weights("dense", 2, 7, start=3400)
dy, x = fixed_array(3, 9, start=4000), fixed_array(3, 2, start=4100)
u = np.maximum(fixed_array(3, 7, start=4200), 0)
check("dense: all gradients, more new than old", list(dense_backward(dy, x, u, W)))
### END HIDDEN TESTS

# %% [markdown]
# **Compare with PyTorch.** The same with `torch.cat`.

# %% role="agreement" id="agree-dense"
torch = check.import_torch()
if torch:
    x, weights = fixed_array(4, 5, start=3500), make_weights("dense", 5, 3, start=3000)
    dy = fixed_array(4, 8, start=3750)
    leaves = [torch.from_numpy(array).requires_grad_() for array in (x, *weights)]
    their_u = torch.relu(torch.nn.functional.linear(*leaves))
    their_y = torch.cat([leaves[0], their_u], dim=1)
    check.agrees("y of the dense block", dense_forward(x, *weights)[0], their_y)
    theirs = torch.autograd.grad(their_y, leaves, torch.from_numpy(dy))
    mine = dense_backward(dy, x, their_u.detach().numpy(), weights[0])
    for name, one, other in zip(("dx", "dW", "db"), mine, theirs, strict=True):
        check.agrees(f"{name} of the dense block and autograd", one, other)

# %% [markdown]
# ## 7. A deep network
#
# *15 minutes · 1 point*
#
# A network is a list of blocks. Each block is a pair: its kind, which is `"plain"`, `"residual"`,
# `"highway"` or `"dense"`, and the list of its weights in the order in which the forward function
# takes them. Each block reads what the one before has put out.
#
# Keep all that the way back will need: the states, $\mathbf{h}_0$ to $\mathbf{h}_B$, and what each
# forward function returns behind `y`.


# %% role="solution" id="deep_forward"
def deep_forward(x, blocks):
    """Send a batch through a list of blocks.

    Args:
        x: inputs of the first block, (N, H).
        blocks: a list of pairs (kind, weights), the first block first.

    Returns:
        states: a list of B + 1 arrays: x, then the output of each block.
        inner: a list with a tuple for each block: what its forward function returns after y, so
            (a,) for plain and residual, (u, gate) for highway, (u,) for dense.
    """
    ### BEGIN SOLUTION
    forward = {
        "plain": plain_forward,
        "residual": residual_forward,
        "highway": highway_forward,
        "dense": dense_forward,
    }
    states, inner = [x], []
    for kind, weights in blocks:
        y, *rest = forward[kind](states[-1], *weights)
        states.append(y)
        inner.append(tuple(rest))
    return states, inner
    ### END SOLUTION


# %% role="tests" id="test-deep" of="deep_forward" points=1
# test-deep (1 point)
blocks = [("residual", make_weights("residual", 5, 6, start=start)) for start in (7000, 7300)]
states, inner = deep_forward(fixed_array(2, 5, start=7600), blocks)
check("two residual blocks: the last state", states[-1])
blocks = [
    ("plain", make_weights("plain", 4, 5, start=3600)),
    ("residual", make_weights("residual", 5, 6, start=3700)),
    ("dense", make_weights("dense", 5, 2, start=4000)),
    ("highway", make_weights("highway", 7, 7, start=4100)),
]
x = fixed_array(3, 4, start=4300, scale=2.0)
states, inner = deep_forward(x, blocks)
check("number of states", len(states))
check("the last state", states[-1])
check("the states", [np.asarray(state) for state in states])
check("what the blocks keep", [list(parts) for parts in inner])
### BEGIN HIDDEN TESTS
check("x after a run", x)
states, inner = deep_forward(x[:1], blocks[:1])
check("states, one plain layer, one input", [np.asarray(state) for state in states])
states, inner = deep_forward(fixed_array(2, 7, start=4400), 40 * blocks[3:])
check("the last state, 40 blocks", states[-1])
check("number of states, 40 blocks", [len(states), len(inner)])
### END HIDDEN TESTS

# %% [markdown]
# ## 8. A deep network, backward
#
# *20 minutes · 2 points*
#
# Go through the blocks from the last to the first. Each takes the gradient of its output and gives
# that of its input, and the gradients of its own weights. Keep all of them.


# %% role="solution" id="deep_backward"
def deep_backward(dy, states, inner, blocks):
    """Take a gradient back through a list of blocks.

    Args:
        dy: gradient of the loss with respect to the output of the last block, (N, …).
        states: the B + 1 states, as deep_forward returns them.
        inner: what each block keeps, as deep_forward returns it. Take states and inner as they
            are; nothing is to be computed forward again.
        blocks: a list of pairs (kind, weights), the first block first.

    Returns:
        dstates: a list of B + 1 arrays, the gradient with respect to each state, the input's first
            and dy last.
        grads: a list with a list for each block, the first block's first: the gradients of its
            weights, in the order of its weights.
    """
    ### BEGIN SOLUTION
    dstates, grads = [dy], []
    for (kind, weights), x, parts in zip(
        reversed(blocks), reversed(states[:-1]), reversed(inner), strict=True
    ):
        backward = {
            "plain": plain_backward,
            "residual": residual_backward,
            "highway": highway_backward,
            "dense": dense_backward,
        }[kind]
        dx, *of_weights = backward(dstates[-1], x, *parts, *weights[::2])
        dstates.append(dx)
        grads.append(of_weights)
    return dstates[::-1], grads[::-1]
    ### END SOLUTION


# %% role="tests" id="test-deep-backward" of="deep_backward" points=2
# test-deep-backward (2 points)
blocks = [("residual", make_weights("residual", 5, 6, start=start)) for start in (7700, 8000)]
states = [fixed_array(2, 5, start=start) for start in (8300, 8320, 8340)]
inner = [(fixed_array(2, 6, start=start),) for start in (8360, 8380)]
_, grads = deep_backward(fixed_array(2, 5, start=8400), states, inner, blocks)
check("two residual blocks: gradient of a matrix in each", [grads[0][0], grads[1][0]])
blocks = [
    ("plain", make_weights("plain", 4, 5, start=4400)),
    ("residual", make_weights("residual", 5, 6, start=4500)),
    ("dense", make_weights("dense", 5, 2, start=4800)),
    ("highway", make_weights("highway", 7, 7, start=4900)),
]
states = [fixed_array(3, size, start=4500 + 20 * size) for size in (4, 5, 5, 7, 7)]
states[2] = fixed_array(3, 5, start=4700)
states[4] = fixed_array(3, 7, start=4750)
inner = [
    (fixed_array(3, 5, start=4800),),
    (fixed_array(3, 6, start=4820),),
    (np.maximum(fixed_array(3, 2, start=4841), 0),),
    (fixed_array(3, 7, start=4860), 0.5 + fixed_array(3, 7, start=4890, scale=0.5)),
]
dy = fixed_array(3, 7, start=4920)
dstates, grads = deep_backward(dy, states, inner, blocks)
check("numbers of gradients", [len(dstates), len(grads)])
check("gradients of the states", [np.asarray(d) for d in dstates])
check("gradients of the first layer's weights", [np.asarray(d) for d in grads[0]])
check("gradients of the highway block's weights", [np.asarray(d) for d in grads[3]])
check("dy after a run", dy)
### BEGIN HIDDEN TESTS
check(
    "gradients of the other weights",
    [[np.asarray(d) for d in grads[1]], [np.asarray(d) for d in grads[2]]],
)
first = [state[:1] for state in states[:2]], [(inner[0][0][:1],)]
dstates, grads = deep_backward(fixed_array(1, 5, start=4950), *first, blocks[:1])
check("gradients of the states, one layer, one input", [np.asarray(d) for d in dstates])
many = 30 * states[3:4] + states[4:], 30 * inner[3:], 30 * blocks[3:]
dstates, grads = deep_backward(dy, *many)
check("the gradient of the input, 30 blocks", dstates[0])
check("gradients of the first block's weights, 30 blocks", [np.asarray(d) for d in grads[0]])
### END HIDDEN TESTS

# %% [markdown]
# **Compare with PyTorch.** Twelve blocks of each kind with random weights, one after the other, and
# autograd through all of them.

# %% role="agreement" id="agree-deep"
torch = check.import_torch()
if torch:
    linear, rng = torch.nn.functional.linear, np.random.default_rng(0)
    shapes = {
        "residual": [(6, 4), (6,), (4, 6), (4,)],
        "highway": [(4, 4), (4,), (4, 4), (4,)],
        "plain": [(4, 4), (4,)],
    }
    blocks = [
        (kind, [rng.normal(size=shape) / 2 for shape in shapes[kind]])
        for _ in range(12)
        for kind in shapes
    ]
    x, dy = rng.normal(size=(5, 4)), rng.normal(size=(5, 4))
    h = torch.from_numpy(x).requires_grad_()
    theirs, leaves = [h], []
    for kind, weights in blocks:
        w = [torch.from_numpy(array).requires_grad_() for array in weights]
        if kind == "plain":
            h = torch.relu(linear(h, *w))
        elif kind == "residual":
            h = h + linear(torch.relu(linear(h, *w[:2])), *w[2:])
        else:
            h = torch.lerp(h, torch.tanh(linear(h, *w[:2])), torch.sigmoid(linear(h, *w[2:])))
        theirs.append(h)
        leaves.append(w)
    states, inner = deep_forward(x, blocks)
    check.agrees("the last of 36 blocks", states[-1], theirs[-1])
    wanted = [theirs[0], *leaves[0], *leaves[1]]
    gradients = torch.autograd.grad(theirs[-1], wanted, torch.from_numpy(dy))
    dstates, grads = deep_backward(dy, states, inner, blocks)
    mine = [dstates[0], *grads[0], *grads[1]]
    for place, (one, other) in enumerate(zip(mine, gradients, strict=True)):
        check.agrees(f"gradient {place} of 36 blocks and autograd", one, other)

# %% [markdown]
# ## 9. How much gradient arrives
#
# *10 minutes · 1 point*
#
# For each state, take the length of the gradient of each input of the batch, that is, of each row,
# and the mean of these lengths over the batch. Divide by what the last state has. The result says
# how much of the gradient is left at each depth.


# %% role="solution" id="gradient_norms"
def gradient_norms(dstates):
    """Measure the gradient at each depth, relative to the last state.

    Args:
        dstates: gradients with respect to the states, a list of B + 1 arrays (N, …), the input's
            first. Their numbers of columns may differ.

    Returns:
        norms: (B + 1,): the mean over the batch of the length of a row, divided by that of the
            last state.
    """
    ### BEGIN SOLUTION
    norms = np.array([np.linalg.norm(d, axis=1).mean() for d in dstates])
    return norms / norms[-1]
    ### END SOLUTION


# %% role="tests" id="test-norms" of="gradient_norms" points=1
# test-norms (1 point)
dstates = [fixed_array(3, size, start=5000 + 40 * size, scale=size) for size in (2, 6, 4, 5)]
check("gradient by depth", gradient_norms(dstates))
check("gradient by depth, two states", gradient_norms(dstates[1:3]))
### BEGIN HIDDEN TESTS
check("gradient by depth, one input", gradient_norms([d[:1] for d in dstates]))
check("gradient by depth, tiny", gradient_norms([1e-90 * dstates[0], *dstates[1:]]))
check("dstates after a call", dstates)
check("gradient by depth, not contiguous", gradient_norms([d.T[:2].T for d in dstates]))
### END HIDDEN TESTS

# %% [markdown]
# ## 10. Paths by their length
#
# *20 minutes · 1 point*
#
# With $\mathbf{J}_l$ for the Jacobian of $F$ in block $l$, the Jacobian of $B$ residual blocks is a
# product. Multiplied out it is a sum over all ways through the network: at each block a path goes
# either through $F$ or past it.
#
# $$(\mathbf{I} + \mathbf{J}_B) \cdots (\mathbf{I} + \mathbf{J}_2)(\mathbf{I} + \mathbf{J}_1) =
# \underbrace{\mathbf{I}}_{\mathbf{P}_0} + \underbrace{\sum_l \mathbf{J}_l}_{\mathbf{P}_1} +
# \underbrace{\sum_{l > m} \mathbf{J}_l \mathbf{J}_m}_{\mathbf{P}_2} + \dots +
# \underbrace{\mathbf{J}_B \cdots \mathbf{J}_1}_{\mathbf{P}_B}$$
#
# Compute the sums $\mathbf{P}_0, \dots, \mathbf{P}_B$. There are $2^B$ paths, too many to list.
# Instead take the blocks one after the other: a path of length $k$ through the first $l$ blocks has
# either length $k$ already after $l - 1$ blocks and goes past block $l$, or length $k - 1$ and goes
# through it.


# %% role="solution" id="paths_by_length"
def paths_by_length(J):
    """Sum the paths through residual blocks by the number of functions on them.

    Args:
        J: the Jacobian of each block's function, (B, H, H), the first block first; B is at least 1.

    Returns:
        P: (B + 1, H, H). P[k] is the sum over all choices of k blocks of the product of their
            Jacobians, the later block on the left.
    """
    ### BEGIN SOLUTION
    B, H, _ = J.shape
    P = np.zeros((B + 1, H, H), dtype=J.dtype)
    P[0] = np.eye(H)
    for J_l in J:
        P[1:] += J_l @ P[:-1]
    return P
    ### END SOLUTION


# %% role="tests" id="test-paths" of="paths_by_length" points=1
# test-paths (1 point)
J = fixed_array(4, 3, 3, start=6000)
P = paths_by_length(J)
check("shape of P", np.shape(P))
check("the path past all blocks", P[0])
check("paths through one block", P[1])
check("paths through two blocks", P[2])
check("the path through all blocks", P[4])
check("J after a call", J)
### BEGIN HIDDEN TESTS
check("paths through three blocks", P[3])
check("all paths, one block", paths_by_length(J[:1]))
check("all paths, float32", paths_by_length(J.astype(np.float32)))
check("all paths, 40 blocks", paths_by_length(fixed_array(40, 2, 2, start=6100, scale=0.3))[:12])
check("all paths, not contiguous", paths_by_length(np.asfortranarray(J)[::-2]))
### END HIDDEN TESTS

# %% [markdown]
# ## 11. Experiment: a gradient on its way through 30 blocks
#
# *10 minutes*
#
# **How much arrives.** Networks of 30 blocks with random weights, before any training; a random
# gradient comes in at the top. How much of it arrives at the input?

# %%
B, H, N = 30, 20, 16


def random_blocks(kind, rng, scale=1.0, bias=0.0):
    """Return B blocks; scale is for the last matrix, bias for the gate of a highway block."""

    def weights(rows, columns):
        return rng.normal(size=(rows, columns)) / np.sqrt(columns)

    blocks, zeros, width = [], np.zeros(H), H
    for _ in range(B):
        if kind == "plain":
            new = [scale * weights(H, H), zeros]
        elif kind == "residual":
            new = [np.sqrt(2) * weights(H, H), zeros, scale * weights(H, H), zeros]
        elif kind == "highway":
            new = [weights(H, H), zeros, scale * weights(H, H), zeros + bias]
        else:
            new, width = [scale * weights(4, width), np.zeros(4)], width + 4
        blocks.append((kind, new))
    return blocks


settings = [
    ("plain", 1.0, 0.0),
    ("plain", np.sqrt(2), 0.0),
    ("residual", 1.0, 0.0),
    ("residual", 0.2, 0.0),
    ("highway", 0.2, 0.0),
    ("highway", 0.2, -2.0),
    ("highway", 0.2, -4.0),
    ("dense", 1.0, 0.0),
]
print("gradient at the input, relative to the last state; three seeds")
for kind, scale, bias in settings:
    found = []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        blocks = random_blocks(kind, rng, scale, bias)
        states, inner = deep_forward(rng.normal(size=(N, H)), blocks)
        dstates, _ = deep_backward(rng.normal(size=states[-1].shape), states, inner, blocks)
        found.append(gradient_norms(dstates)[0])
    values = "  ".join(f"{value:8.2g}" for value in found)
    print(f"{kind:>9}, scale {scale:.1f}, gate bias {bias:4.1f}:  {values}")

# %% [markdown]
# **Which paths carry it.** One input of a residual network. The rows of $\mathbf{I} + \mathbf{J}_l$
# are what `residual_backward` makes of the rows of $\mathbf{I}$. Then the gradient is split by the
# length of the paths it came on.

# %%
from math import comb

for scale in (0.2, 1.0):
    rng = np.random.default_rng(0)
    blocks = random_blocks("residual", rng, scale)
    states, inner = deep_forward(rng.normal(size=(1, H)), blocks)
    J = []
    for (_, (W_1, _, W_2, _)), x, (a,) in zip(blocks, states[:-1], inner, strict=True):
        rows = np.repeat(x, H, axis=0), np.repeat(a, H, axis=0)
        J.append(residual_backward(np.eye(H), *rows, W_1, W_2)[0] - np.eye(H))
    dy = rng.normal(size=H)
    carried = [
        np.linalg.norm(dy @ P_k) / np.linalg.norm(dy) for P_k in paths_by_length(np.array(J))
    ]
    print(
        f"scale {scale}: length of a path, number of such paths, gradient that they carry together"
    )
    for k in (0, 1, 2, 3, 5, 10, 15, 20, 30):
        print(f"{k:9d} {comb(B, k):12,d} {carried[k]:12.2g}")

# %% [markdown] role="written" id="why-skip" points=2
# **Question** *(20 minutes · 2 points, graded by hand)*
#
# (a) Leave the gate's weights aside, so that a gate is $\gamma = \sigma(b)$ with the bias $b$
# everywhere. What is left of a gradient that is carried past all 30 highway blocks? From this,
# which bias lets at least half of it through? Compare with the printed values for the three biases,
# and say why they need not be equal to yours. (b) In the second table the paths of middle length
# are by far the most numerous. Which lengths carry the gradient at scale 0.2, which at scale 1,
# and why the difference? What does the residual network at scale 1 do to a gradient, and name one
# remedy. Four to eight sentences.
#
# ### BEGIN SOLUTION
# *Model answer.* (a) Each block multiplies what it carries by $1 - \gamma$, so after 30 blocks
# $(1 - \sigma(b))^{30}$ is left. Half or more is left if $1 - \sigma(b) = \sigma(-b) \ge
# 2^{-1/30} = 0.9772$, that is $b \le -\ln(0.9772 / 0.0228) \approx -3.76$. The bias 0 leaves
# $2^{-30} \approx 10^{-9}$, the bias $-2$ leaves $0.881^{30} \approx 0.022$, the bias $-4$ leaves
# $0.982^{30} \approx 0.58$. The printed values are about $10^{-5}$, 0.03 and 0.58: the first two
# are larger, because the carried part is one path of many. Gradient comes back through the new
# content and through the gate too, and it is added; where the gates are nearly shut these paths are
# shut as well. (b) A path through $k$ functions is a product of $k$ Jacobians. If each multiplies
# by about $q$, a path carries about $q^k$, and the paths of length $k$ together, since they add up
# with random signs, about $\sqrt{\binom{30}{k}}\, q^k$. At scale 0.2 the powers of a small $q$ win
# against the number of paths: only the lengths 0 to about 4 matter, and the network acts like a
# shallow one. At scale 1 the number wins, and the lengths around 10 to 20 carry most. There the
# gradient grows by a constant factor per block, by about four powers of ten over 30 blocks: it
# explodes rather than vanishes. Remedies: a smaller last matrix, for example scaled with
# $1/\sqrt{B}$ or started at zero, normalisation inside $F$, a bounded $F$, or clipping.
#
# *Marking scheme.*
#
# - 2: (a) the power $(1 - \sigma(b))^{30}$, a bias between $-3.7$ and $-3.8$ or lower derived from
#   it, and the other paths as reason for the difference; (b) number of paths against size of a
#   path, short paths at 0.2 and middle ones at 1, growth at scale 1 and one remedy.
# - 1: one of (a) and (b) complete, or both with a gap: the bias by trial, no other paths, no
#   reason for the lengths, or no remedy.
# - 0: no answer, or only that skip connections help the gradient.
# ### END SOLUTION

# %% [markdown]
# ## Summary

# %% role="summary" id="summary"
check.summary()
