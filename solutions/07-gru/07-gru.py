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
# # Assignment 7: two GRUs, and an LSTM that counts
#
# You write eight functions. Parts 1 and 2 are one step of the GRU as slides and many papers have
# it, forward and backward. Parts 3 and 4 are the same for PyTorch's GRU, which differs in two
# places. Part 5 runs PyTorch's over a padded batch, and part 6 counts weights. In part 7 you set
# the weights of an LSTM by hand so that it recognises $a^k b^k$ for every $k$, and in part 8 you
# let it read. In part 9 a GRU tries to count, and you say why it fails.
#
# The assignment belongs to chapter 7 of the book, gives 20 points, and takes about 3 and a half
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
# Each part is tested on its own. The backward functions get gates that the tests supply, so they
# can be right where your forward step is not yet. Where one function calls another and a check
# recognises that a wrong value comes from the earlier one, it costs points there only. After you
# hand in, hidden checks call each function with further inputs. They ask for nothing that the
# docstring does not promise.
#
# Use NumPy and no other library in your functions, and do not change the arrays that they are
# given.
#
# **How to hand in.** Restart the kernel, run all cells, save, and hand in `07-gru.ipynb` in the way
# your instructor has told you. To run the whole notebook in a terminal and see your points:
#
#     python -m unrolled check 07-gru.ipynb

# %% [markdown]
# ## Symbols
#
# | formula | code | shape in code | meaning |
# | --- | --- | --- | --- |
# | $N$, $T$ | | | sequences in a batch, time steps of the longest one |
# | $D$, $H$ | | | numbers in an input, units |
# | $\mathbf{x}_t$ | `x_t`, `x` | (N, D), (N, T, D) | input at one step, at all steps |
# | $\mathbf{h}_t$ | `h_t`, `h` | (N, H), (N, T, H) | hidden state after one step, after every one |
# | $\mathbf{h}_{t-1}$, $\mathbf{h}_0$ | `h_prev`, `h_0` | (N, H) | before a step; the first |
# | $\mathbf{r}_t, \mathbf{z}_t, \mathbf{g}_t$ | `gates` | (N, 3H) | reset, update gate, candidate |
# | $\mathbf{W}_x$, $\mathbf{W}_h$ | `W_x`, `W_h` | (3H, D), (3H, H) | weights |
# | $\mathbf{b}$ | `b` | (3H,) | bias, parts 1 and 2 |
# | $\mathbf{b}_x$, $\mathbf{b}_h$ | `b_x`, `b_h` | (3H,) | PyTorch's two biases, parts 3 to 5 |
# | $\partial L / \partial \mathbf{v}$ | `dv` | as `v` | gradient of the loss: `dh_t`, `dW_x`, … |
# | $\ell_n$ | `lengths` | (N,) | true length of each sequence; beyond it lies padding |
#
# Reset gate, update gate and candidate stand side by side in this order, **r, z, g**, which is
# PyTorch's: columns 0 to H − 1 of `gates` are r, the next H are z, then g. The rows of the weights
# and the elements of the biases are in the same order. A block carries its letter: $\mathbf{W}_h^g$
# are the last H rows of `W_h`. The candidate is $\tilde{\mathbf{h}}_t$ on slides and $n_t$ in
# PyTorch's documentation.
#
# Formulas are for one sequence and column vectors, and count steps from 1. In code each row is a
# sequence, so a product $\mathbf{W}\mathbf{x}$ becomes `x @ W.T`, and steps count from 0.
# $\odot$ multiplies element by element, in code `*`.

# %% role="setup" id="setup"
import numpy as np

from unrolled import Checks, fixed_array

check = Checks("07-gru")


def sigmoid(a):
    """Return 1 / (1 + exp(-a)) for each element, without overflow, in the type of a."""
    return np.exp(-np.logaddexp(0, -a))


def make_weights(D, H):
    """Return W_x (3H, D), W_h (3H, H), b (3H,): always the same numbers, in new arrays."""
    return (
        fixed_array(3 * H, D, start=170, scale=0.9),
        fixed_array(3 * H, H, start=330, scale=0.8),
        fixed_array(3 * H, start=590, scale=0.7),
    )


def make_gates(N, H, start):
    """Return r and z between 0 and 1 and g between -1 and 1, side by side, (N, 3H)."""
    gates = fixed_array(N, 3 * H, start=start, scale=0.9)
    gates[:, : 2 * H] = 0.5 + gates[:, : 2 * H] / 2
    return gates


# %% [markdown]
# ## 1. One step, the reset before the matrix
#
# *25 minutes · 3 points*
#
# The GRU of the lectures. Two gates and a candidate; the **reset gate** acts on the old state
# *before* the matrix, and an **update gate** near 0 *keeps* the old state:
#
# $$\mathbf{r}_t = \sigma(\mathbf{W}_x^r \mathbf{x}_t + \mathbf{W}_h^r \mathbf{h}_{t-1} +
# \mathbf{b}^r), \qquad \mathbf{z}_t = \sigma(\mathbf{W}_x^z \mathbf{x}_t + \mathbf{W}_h^z
# \mathbf{h}_{t-1} + \mathbf{b}^z)$$
#
# $$\mathbf{g}_t = \tanh(\mathbf{W}_x^g \mathbf{x}_t + \mathbf{W}_h^g (\mathbf{r}_t \odot
# \mathbf{h}_{t-1}) + \mathbf{b}^g)$$
#
# $$\mathbf{h}_t = (1 - \mathbf{z}_t) \odot \mathbf{h}_{t-1} + \mathbf{z}_t \odot \mathbf{g}_t$$
#
# `sigmoid` is defined in the first cell. Return the three activated parts as well, side by side in
# one array: the backward pass needs them.


# %% role="solution" id="gru_step_forward"
def gru_step_forward(x_t, h_prev, W_x, W_h, b):
    """Do one step of a GRU for a batch: reset before the matrix, z near 0 keeps.

    Args:
        x_t: inputs of this step, (N, D).
        h_prev: hidden states before this step, (N, H).
        W_x: input weights, (3H, D), rows in the order r, z, g.
        W_h: recurrent weights, (3H, H), rows in the same order.
        b: bias, (3H,), in the same order.

    Returns:
        h_t: hidden states after this step, (N, H), in a new array.
        gates: r, z and g after sigmoid or tanh, side by side in this order, (N, 3H).
        float32 arrays give float32 results.
    """
    ### BEGIN SOLUTION
    H = h_prev.shape[1]
    from_x = x_t @ W_x.T + b
    r, z = np.split(sigmoid(from_x[:, : 2 * H] + h_prev @ W_h[: 2 * H].T), 2, axis=1)
    g = np.tanh(from_x[:, 2 * H :] + (r * h_prev) @ W_h[2 * H :].T)
    return (1 - z) * h_prev + z * g, np.concatenate([r, z, g], axis=1)
    ### END SOLUTION


# %% role="tests" id="test-step" of="gru_step_forward" points=2
# test-step (2 points)
N, D, H = 3, 4, 5
weights = make_weights(D, H)
x_t, h_prev = fixed_array(N, D, start=2000), fixed_array(N, H, start=2100)
h_t, gates = gru_step_forward(x_t, h_prev, *weights)
check("h_t", h_t)
check("gates", gates)
### BEGIN HIDDEN TESTS
N, D, H = 5, 2, 3
W_x, W_h, b = make_weights(D, H)
x_t, h_prev = fixed_array(N, D, start=2300), fixed_array(N, H, start=2400, scale=2.0)
h_t, gates = gru_step_forward(-x_t, h_prev, W_x / 2, -W_h, b / 3)
check("h_t, other weights", h_t)
check("gates, other weights", gates)
### END HIDDEN TESTS

# %% role="tests" id="test-step-edges" of="gru_step_forward" points=1
# test-step-edges (1 point)
N, D, H = 3, 4, 5
weights = make_weights(D, H)
x_t, h_prev = fixed_array(N, D, start=2600), fixed_array(N, H, start=2700)
h_t, gates = gru_step_forward(x_t[:1], h_prev[:1], *weights)
check("h_t, one sequence", h_t)
check("h_t, large inputs", gru_step_forward(4000 * x_t, h_prev, *weights)[0])
small = [array.astype(np.float32) for array in (x_t, h_prev, *weights)]
h_small, gates_small = gru_step_forward(*small)
types = [str(np.asarray(array).dtype) for array in (h_small, gates_small)]
check("h_t and gates, types for float32", types)
check("h_prev after a step", h_prev)
### BEGIN HIDDEN TESTS
check("x_t after a step", x_t)
check("weights after a step", list(weights))
check("h_t, float32", h_small)
check("gates, float32", gates_small)
x_wide, h_wide = fixed_array(D, 2 * N, start=2900), fixed_array(2 * N, H, start=3000)
turned = [np.asfortranarray(array) for array in weights]
check("h_t, not contiguous", gru_step_forward(x_wide.T[::2], h_wide[::2], *turned)[0])
h_t = gru_step_forward(x_t, 3 * h_prev, *weights)[0]
check("h_t, large states", h_t)
### END HIDDEN TESTS

# %% [markdown]
# **Compare with PyTorch.** There is no such GRU in `torch.nn`. But the two gates do not depend on
# where the reset acts, and where the reset gate is firmly open, both conventions have the same
# candidate. With PyTorch's update gate turned round, by the opposite signs of its weights,
# `torch.nn.GRUCell` then has to agree.

# %% role="agreement" id="agree-step"
torch = check.import_torch()
if torch:
    N, D, H = 3, 4, 5
    W_x, W_h, b = make_weights(D, H)
    b[:H] = 60.0  # the reset gate: open
    turned = np.repeat([1.0, -1.0, 1.0], H)
    x_t, h_prev = fixed_array(N, D, start=2000), fixed_array(N, H, start=2100)
    cell = torch.nn.GRUCell(D, H, dtype=torch.float64)
    arrays = (turned[:, None] * W_x, turned[:, None] * W_h, turned * b, 0 * b)
    with torch.no_grad():
        for parameter, array in zip(cell.parameters(), arrays, strict=True):
            parameter.copy_(torch.from_numpy(array))
        theirs = cell(torch.from_numpy(x_t), torch.from_numpy(h_prev))
    h_t, _ = gru_step_forward(x_t, h_prev, W_x, W_h, b)
    check.agrees("h_t with open reset gates and GRUCell", h_t, theirs)

# %% [markdown]
# ## 2. Back through that step
#
# *45 minutes · 4 points*
#
# Let $\partial L / \partial \mathbf{h}_t$ be known. From $\mathbf{h}_t = (1 - \mathbf{z}_t) \odot
# \mathbf{h}_{t-1} + \mathbf{z}_t \odot \mathbf{g}_t$ go back to $\mathbf{z}_t$ and $\mathbf{g}_t$,
# and through the nonlinearities to the pre-activations. With $y = \sigma(a)$ the slope is $y(1 -
# y)$, and with $y = \tanh(a)$ it is $1 - y^2$. The array `gates` holds the values *after* the
# nonlinearity.
#
# The reset gate comes last, for it sits behind the matrix of the candidate:
#
# $$\frac{\partial L}{\partial (\mathbf{r}_t \odot \mathbf{h}_{t-1})} = (\mathbf{W}_h^g)^\top
# \frac{\partial L}{\partial \mathbf{a}^g_t}$$
#
# and from there the rule for a product leads to $\mathbf{r}_t$. The old state $\mathbf{h}_{t-1}$ is
# used in four places, so its gradient has four terms. And $\mathbf{W}_h^g$ was multiplied by
# $\mathbf{r}_t \odot \mathbf{h}_{t-1}$, the other two blocks by $\mathbf{h}_{t-1}$.


# %% role="solution" id="gru_step_backward"
def gru_step_backward(dh_t, x_t, h_prev, gates, W_x, W_h):
    """Take a gradient back through one step of gru_step_forward.

    Args:
        dh_t: gradient of the loss with respect to h_t, (N, H).
        x_t: inputs of the step, (N, D).
        h_prev: hidden states before the step, (N, H).
        gates: r, z and g after sigmoid or tanh, side by side, (N, 3H).
        W_x: input weights, (3H, D).
        W_h: recurrent weights, (3H, H).

    Returns:
        dx_t: gradient with respect to x_t, (N, D).
        dh_prev: gradient with respect to h_prev, (N, H).
        dW_x: gradient with respect to W_x, (3H, D), summed over the batch.
        dW_h: gradient with respect to W_h, (3H, H), summed over the batch.
        db: gradient with respect to b, (3H,), summed over the batch.
        float32 arrays give float32 results.
    """
    ### BEGIN SOLUTION
    H = h_prev.shape[1]
    r, z, g = np.split(gates, 3, axis=1)
    da_g = dh_t * z * (1 - g**2)
    dreset = da_g @ W_h[2 * H :]
    da_r = dreset * h_prev * r * (1 - r)
    da_z = dh_t * (g - h_prev) * z * (1 - z)
    da = np.concatenate([da_r, da_z, da_g], axis=1)
    dh_prev = dh_t * (1 - z) + dreset * r + da[:, : 2 * H] @ W_h[: 2 * H]
    dW_h = np.concatenate([da[:, : 2 * H].T @ h_prev, da_g.T @ (r * h_prev)])
    return da @ W_x, dh_prev, da.T @ x_t, dW_h, da.sum(axis=0)
    ### END SOLUTION


# %% role="tests" id="test-back-states" of="gru_step_backward" points=2
# test-back-states (2 points)
N, D, H = 3, 4, 5
W_x, W_h, _ = make_weights(D, H)
x_t, h_prev = fixed_array(N, D, start=3100), fixed_array(N, H, start=3200)
dh_t, gates = fixed_array(N, H, start=3300), make_gates(N, H, start=3400)
dx_t, dh_prev, dW_x, dW_h, db = gru_step_backward(dh_t, x_t, h_prev, gates, W_x, W_h)
check("dh_prev", dh_prev)
check("dx_t", dx_t)
check("dh_t after a call", dh_t)
### BEGIN HIDDEN TESTS
N, D, H = 4, 3, 2
W_x, W_h, _ = make_weights(D, H)
x_t, h_prev = fixed_array(N, D, start=3500), fixed_array(N, H, start=3600, scale=2.0)
dh_t, gates = fixed_array(N, H, start=3700), make_gates(N, H, start=3800)
dx_t, dh_prev, *_ = gru_step_backward(dh_t, x_t, h_prev, gates, -W_x, W_h / 2)
check("dh_prev, other sizes", dh_prev)
check("dx_t, other sizes", dx_t)
### END HIDDEN TESTS

# %% role="tests" id="test-back-weights" of="gru_step_backward" points=2
# test-back-weights (2 points)
N, D, H = 3, 4, 5
W_x, W_h, _ = make_weights(D, H)
x_t, h_prev = fixed_array(N, D, start=3900), fixed_array(N, H, start=4000)
dh_t, gates = fixed_array(N, H, start=4100), make_gates(N, H, start=4200)
before = x_t, h_prev, gates, W_x, W_h
dx_t, dh_prev, dW_x, dW_h, db = gru_step_backward(dh_t, *before)
check("dW_x", dW_x)
check("dW_h", dW_h)
check("db", db)
small = [array.astype(np.float32) for array in (dh_t, *before)]
parts = gru_step_backward(*small)
check("types of gradients for float32", [str(np.asarray(part).dtype) for part in parts])
### BEGIN HIDDEN TESTS
check("gates after a call", gates)
check("h_prev and x_t after a call", [h_prev, x_t])
check("all gradients, float32", list(parts))
one = [array[:1] for array in (dh_t, x_t, h_prev, gates)]
check("all gradients, one sequence", list(gru_step_backward(*one, W_x, W_h)))
turned = [np.asfortranarray(array) for array in (dh_t, *before)]
check("all gradients, not contiguous", list(gru_step_backward(*turned)))
### END HIDDEN TESTS

# %% [markdown]
# **Compare with PyTorch.** Autograd goes back through the formulas of part 1.

# %% role="agreement" id="agree-backward"
torch = check.import_torch()
if torch:
    N, D, H = 3, 4, 5
    arrays = fixed_array(N, D, start=3900), fixed_array(N, H, start=4000), *make_weights(D, H)
    dh_t = fixed_array(N, H, start=4100)
    x_t, h_prev, W_x, W_h, b = (torch.from_numpy(a).requires_grad_() for a in arrays)
    from_x, (V_r, V_z, V_g) = (x_t @ W_x.T + b).chunk(3, dim=1), W_h.chunk(3)
    r, z = torch.sigmoid(from_x[0] + h_prev @ V_r.T), torch.sigmoid(from_x[1] + h_prev @ V_z.T)
    g = torch.tanh(from_x[2] + (r * h_prev) @ V_g.T)
    leaves = [x_t, h_prev, W_x, W_h, b]
    theirs = torch.autograd.grad(torch.lerp(h_prev, g, z), leaves, torch.from_numpy(dh_t))
    gates = torch.cat([r, z, g], dim=1).detach().numpy()
    mine = gru_step_backward(dh_t, arrays[0], arrays[1], gates, arrays[2], arrays[3])
    for name, ours, other in zip(
        ("dx_t", "dh_prev", "dW_x", "dW_h", "db"), mine, theirs, strict=True
    ):
        check.agrees(f"{name} and autograd", ours, other)

# %% [markdown]
# ## 3. One step of PyTorch's GRU
#
# *15 minutes · 3 points*
#
# Two things are different. The reset gate acts on what comes out of the matrix, bias included. And
# an update gate near 1 keeps:
#
# $$\mathbf{r}_t = \sigma(\mathbf{W}_x^r \mathbf{x}_t + \mathbf{b}_x^r + \mathbf{W}_h^r
# \mathbf{h}_{t-1} + \mathbf{b}_h^r), \qquad \mathbf{z}_t = \sigma(\mathbf{W}_x^z \mathbf{x}_t +
# \mathbf{b}_x^z + \mathbf{W}_h^z \mathbf{h}_{t-1} + \mathbf{b}_h^z)$$
#
# $$\mathbf{g}_t = \tanh(\mathbf{W}_x^g \mathbf{x}_t + \mathbf{b}_x^g + \mathbf{r}_t \odot
# (\mathbf{W}_h^g \mathbf{h}_{t-1} + \mathbf{b}_h^g))$$
#
# $$\mathbf{h}_t = (1 - \mathbf{z}_t) \odot \mathbf{g}_t + \mathbf{z}_t \odot \mathbf{h}_{t-1}$$


# %% role="solution" id="torch_gru_step_forward"
def torch_gru_step_forward(x_t, h_prev, W_x, W_h, b_x, b_h):
    """Do one step of PyTorch's GRU for a batch: reset after the matrix, z near 1 keeps.

    Args:
        x_t: inputs of this step, (N, D).
        h_prev: hidden states before this step, (N, H).
        W_x: input weights, (3H, D), rows in the order r, z, g.
        W_h: recurrent weights, (3H, H), rows in the same order.
        b_x: bias on the side of the input, (3H,), in the same order.
        b_h: bias on the side of the state, (3H,), in the same order.

    Returns:
        h_t: hidden states after this step, (N, H), in a new array.
        gates: r, z and g after sigmoid or tanh, side by side in this order, (N, 3H).
        float32 arrays give float32 results.
    """
    ### BEGIN SOLUTION
    from_x, from_h = x_t @ W_x.T + b_x, h_prev @ W_h.T + b_h
    H = h_prev.shape[1]
    r, z = np.split(sigmoid(from_x[:, : 2 * H] + from_h[:, : 2 * H]), 2, axis=1)
    g = np.tanh(from_x[:, 2 * H :] + r * from_h[:, 2 * H :])
    return (1 - z) * g + z * h_prev, np.concatenate([r, z, g], axis=1)
    ### END SOLUTION


# %% role="tests" id="test-torch-step" of="torch_gru_step_forward" points=2
# test-torch-step (2 points)
N, D, H = 4, 3, 5
W_x, W_h, b_x = make_weights(D, H)
b_h = fixed_array(3 * H, start=650, scale=0.8)
x_t, h_prev = fixed_array(N, D, start=4300), fixed_array(N, H, start=4400)
h_t, gates = torch_gru_step_forward(x_t, h_prev, W_x, W_h, b_x, b_h)
check("PyTorch's h_t", h_t)
check("PyTorch's gates", gates)
### BEGIN HIDDEN TESTS
N, D, H = 5, 3, 2
W_x, W_h, b_x = make_weights(D, H)
b_h = fixed_array(3 * H, start=680, scale=0.6)
x_t, h_prev = fixed_array(N, D, start=4500), fixed_array(N, H, start=4600, scale=2.0)
h_t, gates = torch_gru_step_forward(x_t, -h_prev, W_x / 2, W_h, b_x, -b_h)
check("PyTorch's h_t, other weights", h_t)
check("PyTorch's gates, other weights", gates)
### END HIDDEN TESTS

# %% role="tests" id="test-torch-step-edges" of="torch_gru_step_forward" points=1
# test-torch-step-edges (1 point)
N, D, H = 4, 3, 5
W_x, W_h, b_x = make_weights(D, H)
weights = W_x, W_h, b_x, fixed_array(3 * H, start=700, scale=0.8)
x_t, h_prev = fixed_array(N, D, start=4700), fixed_array(N, H, start=4800)
check("PyTorch's h_t, one sequence", torch_gru_step_forward(x_t[:1], h_prev[:1], *weights)[0])
check("PyTorch's h_t, large inputs", torch_gru_step_forward(4000 * x_t, h_prev, *weights)[0])
small = [array.astype(np.float32) for array in (x_t, h_prev, *weights)]
h_small, gates_small = torch_gru_step_forward(*small)
types = [str(np.asarray(array).dtype) for array in (h_small, gates_small)]
check("PyTorch's h_t and gates, types for float32", types)
check("h_prev after a step of PyTorch's", h_prev)
### BEGIN HIDDEN TESTS
check("weights after a step of PyTorch's", list(weights))
check("PyTorch's h_t, float32", h_small)
x_wide, h_wide = fixed_array(D, 2 * N, start=4900), fixed_array(2 * N, H, start=5000)
turned = [np.asfortranarray(array) for array in weights]
h_t, gates = torch_gru_step_forward(x_wide.T[::2], h_wide[::-2], *turned)
check("PyTorch's h_t, not contiguous", h_t)
check("PyTorch's gates, not contiguous", gates)
### END HIDDEN TESTS

# %% [markdown]
# **Compare with PyTorch.** `torch.nn.GRUCell` stores its weights in the same shapes and order.

# %% role="agreement" id="agree-torch-step"
torch = check.import_torch()
if torch:
    N, D, H = 4, 3, 5
    W_x, W_h, b_x = make_weights(D, H)
    b_h = fixed_array(3 * H, start=650, scale=0.8)
    x_t, h_prev = fixed_array(N, D, start=4300), fixed_array(N, H, start=4400)
    cell = torch.nn.GRUCell(D, H, dtype=torch.float64)
    with torch.no_grad():
        for parameter, array in zip(cell.parameters(), (W_x, W_h, b_x, b_h), strict=True):
            parameter.copy_(torch.from_numpy(array))
        theirs = cell(torch.from_numpy(x_t), torch.from_numpy(h_prev))
    h_t, _ = torch_gru_step_forward(x_t, h_prev, W_x, W_h, b_x, b_h)
    check.agrees("h_t and GRUCell", h_t, theirs)

# %% [markdown]
# ## 4. Back through PyTorch's step
#
# *25 minutes · 3 points*
#
# Now the reset gate is the factor of $\mathbf{u}_t = \mathbf{W}_h^g \mathbf{h}_{t-1} +
# \mathbf{b}_h^g$, so this is what its gradient is multiplied by. `gates` does not hold
# $\mathbf{u}_t$: compute it again.
#
# All that belongs to the side of the state has the same gradient in front, with one factor more
# than the side of the input has, in the block of the candidate:
#
# $$\boldsymbol{\delta}_t = \begin{bmatrix} \partial L / \partial \mathbf{a}^r_t \\ \partial L /
# \partial \mathbf{a}^z_t \\ \partial L / \partial \mathbf{a}^g_t \end{bmatrix} \text{ for }
# \mathbf{W}_x, \mathbf{b}_x, \mathbf{x}_t, \qquad
# \boldsymbol{\delta}^h_t = \begin{bmatrix} \partial L / \partial \mathbf{a}^r_t \\ \partial L /
# \partial \mathbf{a}^z_t \\ \mathbf{r}_t \odot \partial L / \partial \mathbf{a}^g_t \end{bmatrix}
# \text{ for } \mathbf{W}_h, \mathbf{b}_h, \mathbf{h}_{t-1}$$


# %% role="solution" id="torch_gru_step_backward"
def torch_gru_step_backward(dh_t, x_t, h_prev, gates, W_x, W_h, b_h):
    """Take a gradient back through one step of torch_gru_step_forward.

    Args:
        dh_t: gradient of the loss with respect to h_t, (N, H).
        x_t: inputs of the step, (N, D).
        h_prev: hidden states before the step, (N, H).
        gates: r, z and g after sigmoid or tanh, side by side, (N, 3H).
        W_x: input weights, (3H, D).
        W_h: recurrent weights, (3H, H).
        b_h: bias on the side of the state, (3H,).

    Returns:
        dx_t: gradient with respect to x_t, (N, D).
        dh_prev: gradient with respect to h_prev, (N, H).
        dW_x: gradient with respect to W_x, (3H, D), summed over the batch.
        dW_h: gradient with respect to W_h, (3H, H), summed over the batch.
        db_x: gradient with respect to b_x, (3H,), summed over the batch.
        db_h: gradient with respect to b_h, (3H,), summed over the batch.
        float32 arrays give float32 results.
    """
    ### BEGIN SOLUTION
    H = h_prev.shape[1]
    r, z, g = np.split(gates, 3, axis=1)
    u = h_prev @ W_h[2 * H :].T + b_h[2 * H :]
    da_g = dh_t * (1 - z) * (1 - g**2)
    da_r = da_g * u * r * (1 - r)
    da_z = dh_t * (h_prev - g) * z * (1 - z)
    da = np.concatenate([da_r, da_z, da_g], axis=1)
    da_h = np.concatenate([da_r, da_z, r * da_g], axis=1)
    dh_prev = dh_t * z + da_h @ W_h
    return da @ W_x, dh_prev, da.T @ x_t, da_h.T @ h_prev, da.sum(axis=0), da_h.sum(axis=0)
    ### END SOLUTION


# %% role="tests" id="test-torch-back" of="torch_gru_step_backward" points=2
# test-torch-back (2 points)
N, D, H = 4, 3, 5
W_x, W_h, _ = make_weights(D, H)
b_h = fixed_array(3 * H, start=720, scale=0.8)
x_t, h_prev = fixed_array(N, D, start=5100), fixed_array(N, H, start=5200)
dh_t, gates = fixed_array(N, H, start=5300), make_gates(N, H, start=5400)
parts = torch_gru_step_backward(dh_t, x_t, h_prev, gates, W_x, W_h, b_h)
dx_t, dh_prev, dW_x, dW_h, db_x, db_h = parts
check("PyTorch's dh_prev", dh_prev)
check("PyTorch's dx_t", dx_t)
check("PyTorch's dW_x", dW_x)
check("PyTorch's dW_h", dW_h)
check("PyTorch's db_x", db_x)
check("PyTorch's db_h", db_h)
### BEGIN HIDDEN TESTS
N, D, H = 5, 4, 2
W_x, W_h, _ = make_weights(D, H)
b_h = fixed_array(3 * H, start=740, scale=0.6)
x_t, h_prev = fixed_array(N, D, start=5500), fixed_array(N, H, start=5600, scale=2.0)
dh_t, gates = fixed_array(N, H, start=5700), make_gates(N, H, start=5800)
parts = torch_gru_step_backward(dh_t, x_t, h_prev, gates, W_x, -W_h, b_h)
check("PyTorch's gradients, other sizes", list(parts))
### END HIDDEN TESTS

# %% role="tests" id="test-torch-back-edges" of="torch_gru_step_backward" points=1
# test-torch-back-edges (1 point)
N, D, H = 4, 3, 5
W_x, W_h, _ = make_weights(D, H)
b_h = fixed_array(3 * H, start=760, scale=0.8)
x_t, h_prev = fixed_array(N, D, start=5900), fixed_array(N, H, start=6000)
dh_t, gates = fixed_array(N, H, start=6100), make_gates(N, H, start=6200)
before = x_t, h_prev, gates, W_x, W_h, b_h
one = [array[:1] for array in (dh_t, x_t, h_prev, gates)]
check("PyTorch's gradients, one sequence", list(torch_gru_step_backward(*one, W_x, W_h, b_h)))
small = [array.astype(np.float32) for array in (dh_t, *before)]
parts = torch_gru_step_backward(*small)
check("types of PyTorch's gradients for float32", [str(np.asarray(part).dtype) for part in parts])
check("dh_t and gates after PyTorch's step back", [dh_t, gates])
### BEGIN HIDDEN TESTS
check("PyTorch's gradients, float32", list(parts))
check("inputs after PyTorch's step back", list(before))
turned = [np.asfortranarray(array) for array in (dh_t, *before)]
check("PyTorch's gradients, not contiguous", list(torch_gru_step_backward(*turned)))
### END HIDDEN TESTS

# %% [markdown]
# **Compare with PyTorch.** Autograd goes back through `torch.nn.GRUCell`.

# %% role="agreement" id="agree-torch-backward"
torch = check.import_torch()
if torch:
    N, D, H = 4, 3, 5
    W_x, W_h, b_x = make_weights(D, H)
    b_h = fixed_array(3 * H, start=720, scale=0.8)
    x_t, h_prev = fixed_array(N, D, start=5100), fixed_array(N, H, start=5200)
    dh_t = fixed_array(N, H, start=5300)
    cell = torch.nn.GRUCell(D, H, dtype=torch.float64)
    with torch.no_grad():
        for parameter, array in zip(cell.parameters(), (W_x, W_h, b_x, b_h), strict=True):
            parameter.copy_(torch.from_numpy(array))
    leaves = [torch.from_numpy(array).requires_grad_() for array in (x_t, h_prev)]
    theirs = torch.autograd.grad(
        cell(*leaves), [*leaves, *cell.parameters()], torch.from_numpy(dh_t)
    )
    _, gates = torch_gru_step_forward(x_t, h_prev, W_x, W_h, b_x, b_h)
    mine = torch_gru_step_backward(dh_t, x_t, h_prev, gates, W_x, W_h, b_h)
    for name, ours, other in zip(
        ("dx_t", "dh_prev", "dW_x", "dW_h", "db_x", "db_h"), mine, theirs, strict=True
    ):
        check.agrees(f"{name} and autograd", ours, other)

# %% [markdown]
# ## 5. A padded batch
#
# *15 minutes · 2 points*
#
# Run PyTorch's GRU over a padded batch, from `h_0` on. Row $n$ takes `lengths[n]` steps. After that
# its state is carried on unchanged, so that `h[:, -1]` are the final states of every sequence. A
# sequence of length 0 stays at `h_0`. Call your function from part 3.


# %% role="solution" id="torch_gru_forward"
def torch_gru_forward(x, h_0, W_x, W_h, b_x, b_h, lengths):
    """Run PyTorch's GRU over a padded batch.

    Args:
        x: inputs, (N, T, D).
        h_0: hidden states before the first step, (N, H).
        W_x: input weights, (3H, D).
        W_h: recurrent weights, (3H, H).
        b_x: bias on the side of the input, (3H,).
        b_h: bias on the side of the state, (3H,).
        lengths: how many steps of each sequence count, (N,), integers from 0 to T. They may all
            be less than T.

    Returns:
        h: hidden states, (N, T, H), of the same dtype as x, in a new array. `h[:, t]` are the
            states after the step that reads `x[:, t]`. Beyond a sequence's length its last state
            is repeated.
    """
    ### BEGIN SOLUTION
    N, T, _ = x.shape
    h = np.empty((N, T, h_0.shape[1]), dtype=x.dtype)
    h_t = h_0
    for t in range(T):
        h_next, _ = torch_gru_step_forward(x[:, t], h_t, W_x, W_h, b_x, b_h)
        h_t = np.where((t < lengths)[:, None], h_next, h_t)
        h[:, t] = h_t
    return h
    ### END SOLUTION


# %% role="tests" id="test-sequence" of="torch_gru_forward" points=2
# test-sequence (2 points)
N, T, D, H = 3, 6, 4, 5
W_x, W_h, b_x = make_weights(D, H)
weights = W_x, W_h, b_x, fixed_array(3 * H, start=780, scale=0.8)
x, h_0 = fixed_array(N, T, D, start=6300), fixed_array(N, H, start=6500)
check("h, no padding", torch_gru_forward(x, h_0, *weights, np.array([6, 6, 6])))
check("h, padded", torch_gru_forward(x, h_0, *weights, np.array([4, 6, 1])))
check("h, a sequence of length 0", torch_gru_forward(x, h_0, *weights, np.array([3, 0, 5])))
small = [array.astype(np.float32) for array in (x, h_0, *weights)]
h_small = torch_gru_forward(*small, np.array([5, 2, 6]))
check("h, type for float32", str(np.asarray(h_small).dtype))
check("h_0 after a run", h_0)
### BEGIN HIDDEN TESTS
check("x after a run", x)
check("h, float32", h_small)
lengths = np.array([2, 5, 3])
check("h, padding in every row", torch_gru_forward(x, h_0, *weights, lengths))
check("lengths after a run", lengths)
check("h, one step", torch_gru_forward(x[:, :1], h_0, *weights, np.array([1, 0, 1])))
check("h, one sequence", torch_gru_forward(x[:1], h_0[:1], *weights, np.array([4])))
x_wide = fixed_array(D, T, 2 * N, start=6600)
turned = [np.asfortranarray(array) for array in weights]
h = torch_gru_forward(x_wide.T[::2], h_0[::-1], *turned, np.array([5, 2, 6]))
check("h, not contiguous", h)
x_long = fixed_array(2, 300, D, start=6900)
h = torch_gru_forward(x_long, h_0[:2], *weights, np.array([300, 180]))
check("final h after 300 steps", h[:, -1])
### END HIDDEN TESTS

# %% [markdown]
# **Compare with PyTorch.** `torch.nn.GRU` is told the lengths by packing the padded batch; its
# `h_n` are the final states.

# %% role="agreement" id="agree-sequence"
torch = check.import_torch()
if torch:
    N, T, D, H = 3, 6, 4, 5
    W_x, W_h, b_x = make_weights(D, H)
    weights = W_x, W_h, b_x, fixed_array(3 * H, start=780, scale=0.8)
    x, h_0 = fixed_array(N, T, D, start=6300), fixed_array(N, H, start=6500)
    gru = torch.nn.GRU(D, H, batch_first=True, dtype=torch.float64)
    with torch.no_grad():
        for parameter, array in zip(gru.parameters(), weights, strict=True):
            parameter.copy_(torch.from_numpy(array))
        theirs, _ = gru(torch.from_numpy(x), torch.from_numpy(h_0)[None])
        packed = torch.nn.utils.rnn.pack_padded_sequence(
            torch.from_numpy(x), [4, 6, 1], batch_first=True, enforce_sorted=False
        )
        _, h_n = gru(packed, torch.from_numpy(h_0)[None])
    h = torch_gru_forward(x, h_0, *weights, np.array([6, 6, 6]))
    check.agrees("all hidden states and GRU", h, theirs)
    h = torch_gru_forward(x, h_0, *weights, np.array([4, 6, 1]))
    check.agrees("final hidden states and GRU on a packed batch", h[:, -1], h_n[0])

# %% [markdown]
# ## 6. How many weights?
#
# *10 minutes · 1 point*
#
# Count the numbers in the weights and biases of one layer with $D$ inputs and $H$ units: a vanilla
# RNN, a GRU, an LSTM. As in the formulas of this course there is one bias vector; PyTorch has two
# of the same length.


# %% role="solution" id="count_weights"
def count_weights(kind, D, H, biases=1):
    """Count the weights of a recurrent layer.

    Args:
        kind: "RNN", "GRU" or "LSTM".
        D: numbers in an input.
        H: units.
        biases: how many bias vectors there are, 0, 1 or 2.

    Returns:
        The number of all elements of W_x, W_h and the biases, an int.
    """
    ### BEGIN SOLUTION
    return {"RNN": 1, "GRU": 3, "LSTM": 4}[kind] * H * (D + H + biases)
    ### END SOLUTION


# %% role="tests" id="test-count" of="count_weights" points=1
# test-count (1 point)
check("weights of an RNN", count_weights("RNN", 7, 5))
check("weights of a GRU", count_weights("GRU", 7, 5))
check("weights of an LSTM", count_weights("LSTM", 7, 5))
check("weights of a GRU with two biases", count_weights("GRU", 7, 5, biases=2))
### BEGIN HIDDEN TESTS
check("weights of a large LSTM with two biases", count_weights("LSTM", 64, 128, biases=2))
check("weights of a GRU with one unit", count_weights("GRU", 1, 1))
check("weights of a GRU without bias", count_weights("GRU", 3, 2, 0))
### END HIDDEN TESTS

# %% [markdown]
# **Compare with PyTorch.**

# %% role="agreement" id="agree-count"
torch = check.import_torch()
if torch:
    for kind in ("RNN", "GRU", "LSTM"):
        net = getattr(torch.nn, kind)(7, 5)
        theirs = sum(parameter.numel() for parameter in net.parameters())
        check.agrees(f"weights of {kind}", count_weights(kind, 7, 5, biases=2), theirs)

# %% [markdown]
# ## 7. An LSTM that counts
#
# *25 minutes · 1 point*
#
# The language $a^k b^k$ has the words ab, aabb, aaabbb, … Whoever reads such a word must count. Set
# the weights of an LSTM with three units so that it can decide about every word over the letters a
# and b. The input is one-hot: $(1, 0)$ for a and $(0, 1)$ for b.
#
# - **Unit 0 counts.** It adds 1 for each a and takes 1 away for each b, and forgets nothing.
# - **Unit 1 remembers that a b was there.** It adds 1 for each b.
# - **Unit 2 remembers that an a came after a b.** It adds 1 for each a that comes when the *hidden
#   state* of unit 1 is no longer near 0.
#
# All cells are always read. With a number $\alpha > 0$ that says how firmly the gates are open or
# closed, the pre-activations shall be as follows. $h_1$ is the hidden state of unit 1 before the
# step.
#
# | unit | letter | $a^i$ | $a^f$ | $a^g$ | $a^o$ |
# | --- | --- | --- | --- | --- | --- |
# | 0 | a | $\alpha$ | $\alpha$ | $\alpha$ | $\alpha$ |
# | 0 | b | $\alpha$ | $\alpha$ | $-\alpha$ | $\alpha$ |
# | 1 | a | $-\alpha$ | $\alpha$ | $\alpha$ | $\alpha$ |
# | 1 | b | $\alpha$ | $\alpha$ | $\alpha$ | $\alpha$ |
# | 2 | a | $\alpha (2 h_1 - 1)$ | $\alpha$ | $\alpha$ | $\alpha$ |
# | 2 | b | $\alpha (2 h_1 - 3)$ | $\alpha$ | $\alpha$ | $\alpha$ |
#
# The LSTM is that of chapter 6, and the rows of its weights are in the order **i, f, g, o**: rows
# 0, 1, 2 are the input gates of units 0, 1, 2, rows 3, 4, 5 their forget gates, and so on.
# Nothing but the entry that the table names depends on a hidden state.


# %% role="solution" id="counter_weights"
def counter_weights(alpha):
    """Return the weights of an LSTM with three units that can decide about a^k b^k.

    Args:
        alpha: how firmly the gates are open or closed, a positive number.

    Returns:
        W_x: (12, 2), its columns for a and b, its rows in the order i, f, g, o.
        W_h: (12, 3).
        b: (12,). How the rest is shared between W_x and b does not matter.
    """
    ### BEGIN SOLUTION
    W_x, W_h = np.full((12, 2), float(alpha)), np.zeros((12, 3))
    W_x[0:3] = [[alpha, alpha], [-alpha, alpha], [-alpha, -3 * alpha]]
    W_x[6] = [alpha, -alpha]
    W_h[2, 1] = 2 * alpha
    return W_x, W_h, np.zeros(12)
    ### END SOLUTION


# %% role="tests" id="test-counter" of="counter_weights" points=1
# test-counter (1 point)
W_x, W_h, b = counter_weights(3.5)
check("shapes of the counter's weights", [np.shape(W_x), np.shape(W_h), np.shape(b)])
at_start = np.eye(2) @ np.asarray(W_x).T + b
check("pre-activations before any b", at_start)
h_prev = np.array([[0.3, 0.8, -0.4]])
check("pre-activations after a b", at_start + h_prev @ np.asarray(W_h).T)
### BEGIN HIDDEN TESTS
W_x, W_h, b = counter_weights(40)
at_start = np.eye(2) @ np.asarray(W_x).T + b
check("pre-activations, another alpha", at_start)
check("pre-activations, states of 1", at_start + np.ones((2, 3)) @ np.asarray(W_h).T)
### END HIDDEN TESTS

# %% [markdown]
# ## 8. Let it read
#
# *20 minutes · 1 point*
#
# Run an LSTM with three units over a text, from states of zero, and decide by its last hidden state
# $\mathbf{h}$. It is a word of the language if the count is back at zero, a b was there, and no a
# came after a b:
#
# $$|h_0| < \tfrac12, \qquad h_1 > \tfrac12, \qquad |h_2| < \tfrac12$$
#
# One text at a time, so there is no batch and no padding. The step of an LSTM you know from chapter
# 6.


# %% role="solution" id="accepts"
def accepts(text, W_x, W_h, b):
    """Let an LSTM with three units read a text, and say whether it accepts it.

    Args:
        text: a text of the letters a and b; it may be empty.
        W_x: input weights, (12, 2), rows in the order i, f, g, o; columns for a and b.
        W_h: recurrent weights, (12, 3).
        b: bias, (12,).

    Returns:
        True or False: whether the last hidden state, that of the start if the text is empty,
        fulfils the three conditions.
    """
    ### BEGIN SOLUTION
    h, c = np.zeros(3), np.zeros(3)
    for letter in text:
        a = W_x[:, "ab".index(letter)] + W_h @ h + b
        i, f, g, o = a.reshape(4, 3)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
    return bool(abs(h[0]) < 0.5 and h[1] > 0.5 and abs(h[2]) < 0.5)
    ### END SOLUTION


# %% role="tests" id="test-accepts" of="accepts" points=1
# test-accepts (1 point)
W_x, W_h = fixed_array(12, 2, start=33104, scale=6.0), fixed_array(12, 3, start=33204, scale=6.0)
b = fixed_array(12, start=33304, scale=6.0)
texts = ["", *(format(k, "b")[1:].translate({48: "a", 49: "b"}) for k in range(2, 64))]
check("answers of some LSTM", [bool(accepts(text, W_x, W_h, b)) for text in texts])
check("weights after reading", [W_x, W_h, b])
### BEGIN HIDDEN TESTS
other = [np.roll(array, 3, axis=0) for array in (W_x, W_h, b)]
check("answers of another LSTM", [bool(accepts(text, *other)) for text in texts])
W_x, W_h = np.repeat([[9, 9], [-9, 9], [-9, -27], [9, 9]], [1, 1, 1, 9], axis=0), np.zeros((12, 3))
W_x[6, 1], W_h[2, 1] = -9, 18
long_texts = ["a" * 50 + "b" * k for k in (0, 1, 49, 50, 51)] + ["b" * 200, "aaabbbab", "ba", "ab"]
said = [bool(accepts(text, W_x, W_h, np.zeros(12))) for text in long_texts]
check("answers of a counter", said)
### END HIDDEN TESTS

# %% [markdown]
# ## 9. Experiment: who can count?
#
# *15 minutes*
#
# **The LSTM.** Your counter reads words of the language, and texts that miss it by one letter.

# %%
weights = counter_weights(40.0)
for k in (1, 10, 100, 1000):
    word = "a" * k + "b" * k
    misses = (word + "b", word[1:], word + "ab", "b" + word + "a")
    wrongly = sum(accepts(text, *weights) for text in misses)
    said = "accepted" if accepts(word, *weights) else "rejected"
    print(f"k = {k:4d}: the word is {said}, {wrongly} of {len(misses)} near misses are accepted")

# %% [markdown]
# **A GRU.** One unit of the GRU of part 1, in single precision. Its update gate has the same value
# $z$ at every step. The candidate is 1 for each a and $-1$ for each b. It reads a's; `states[k]` is
# its state after $k$ of them.

# %%
import matplotlib.pyplot as plt

from unrolled.figures import figure_size, label_line, use_style

use_style()
figure, ax = plt.subplots(figsize=figure_size(0.5))
a, b = np.eye(2, dtype=np.float32)[:, None]
for z in (0.3, 0.1, 0.03):
    bias = np.array([0.0, np.log(z / (1 - z)), 0.0], dtype=np.float32)
    W_x = np.array([[0, 0], [0, 0], [20, -20]], dtype=np.float32)
    W_h = np.zeros((3, 1), dtype=np.float32)
    states = [np.zeros((1, 1), dtype=np.float32)]
    for _ in range(600):
        states.append(gru_step_forward(a, states[-1], W_x, W_h, bias)[0])
    apart = np.diff(np.ravel(states))
    same = int(np.argmax(apart == 0))
    print(f"z = {z}: after {same} and {same + 1} letters the state is the same number")
    print(f"   states 10 and 11 are {apart[10]:.1e} apart, states 100 and 101 {apart[100]:.1e}")
    for k in (5, 100):
        h, back = states[k], 0
        while h > 0:
            h, back = gru_step_forward(b, h, W_x, W_h, bias)[0], back + 1
        print(f"   after {k} a's, {back} b's bring it back to 0 or below")
    (line,) = ax.plot(apart[:same], lw=1.2)
    label_line(ax, line, f"z = {z}")
ax.set(xlabel="letters a read, k", ylabel="distance of states k and k + 1", yscale="log")
plt.show()

# %% [markdown] role="written" id="why-count" points=2
# **Question** *(20 minutes · 2 points, graded by hand)*
#
# (a) What is the state of the GRU unit after $k$ letters a, as a formula in $z$ and $k$, and how
# far apart are the states after $k$ and $k + 1$ letters? Near 1, single precision cannot tell
# numbers apart that differ by less than about $6 \cdot 10^{-8}$. From which $k$ on should two
# counts become one for $z = 0.1$? Compare with what was printed. (b) A smaller $z$ reaches further.
# Why is no $z$ good for every $k$? (c) Why do so few b's bring the unit back to 0 after 100 a's,
# and what in your LSTM's cell makes it different? Four to eight sentences.
#
# ### BEGIN SOLUTION
# *Model answer.* (a) Each a takes the state the fraction $z$ of its way to 1, so $1 - h_k = (1 -
# z)^k$ and $h_k = 1 - (1 - z)^k$. The distance is $h_{k+1} - h_k = z (1 - z)^k$. For $z = 0.1$ it
# falls below $6 \cdot 10^{-8}$ at $k = \ln(6 \cdot 10^{-7}) / \ln 0.9 \approx 136$. The printed
# number is of this size; it differs a little because each step is rounded. (b) For every $z$
# between 0 and 1 the distance falls exponentially with $k$, so beyond some $k$ it is below any
# precision. With a smaller $z$ it only falls more slowly, and starts lower: all states lie between
# 0 and 1, and the more of them there are, the closer they lie. (c) A b moves the state towards $-1$
# by $z(1 + h)$, more than the last a moved it towards 1, $z(1 - h)$. The nearer the state is to 1,
# the larger the difference, and after many a's about $\ln 2 / z$ b's suffice, however many a's
# there were. In the LSTM's cell the forget gate is 1, and each letter adds 1 or takes 1 away,
# whatever the cell holds. So the states stay 1 apart, and every b undoes one a.
#
# *Marking scheme.*
#
# - 2: (a) $z(1 - z)^k$ with a $k$ between 125 and 165 derived from it and compared with the printed
#   one; (b) the distance vanishes for every fixed $z$, or the states are bounded and crowd; (c) the
#   step depends on the state in the GRU and not in the LSTM, whose forget gate is 1.
# - 1: two of the three parts, or all of them with gaps, such as a $k$ read off without the formula.
# - 0: no answer, or only that the GRU has a smaller memory.
# ### END SOLUTION

# %% [markdown]
# ## Summary

# %% role="summary" id="summary"
check.summary()
