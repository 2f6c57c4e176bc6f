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
# # Assignment 10: a stack of recurrent layers in NumPy
#
# You write nine short functions. Parts 1 and 2 run a stack, layer by layer and step by step. Part 3
# says what could run at the same time. Part 4 is the backward pass. Parts 5 and 6 are dropout.
# Parts 7 and 8 put dropout and skips between the layers, forward and backward. Part 9 counts
# parameters. In part 10 you watch a pulse climb a stack, and its gradient come down.
#
# The assignment belongs to chapter 10 of the book, gives 20 points, and takes about 3 and a half
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
# Each part is tested on its own. The backward functions are given what each layer has read, so they
# can be right where your forward pass is not yet. Where one function calls another and a check
# recognises that a wrong value comes from the earlier one, it costs points there only. After you
# hand in, hidden checks call each function with further inputs. They ask for nothing that the
# docstring does not promise.
#
# Use NumPy and no other library in your functions, and do not change the arrays and lists that they
# are given.
#
# **How to hand in.** Restart the kernel, run all cells, save, and hand in `10-stacked.ipynb` in the
# way your instructor has told you. To run the whole notebook in a terminal and see your points:
#
#     python -m unrolled check 10-stacked.ipynb

# %% [markdown]
# ## Symbols
#
# | formula | code | shape in code | meaning |
# | --- | --- | --- | --- |
# | $N$, $T$, $D$ | | | sequences, time steps of the longest one, numbers in an input |
# | $\Lambda$ | `len(layers)` | | number of layers |
# | $l$ | `layer` | | a layer, from 1 in formulas and from 0 in code; the last one is the top |
# | $H$ | | | units of a layer; layers may differ in it |
# | $\mathbf{x}_t$ | `x` | (N, T, D) | inputs |
# | $\mathbf{h}^l_t$ | `h[layer]` | (N, T, H) | states of layer $l$ |
# | | `layers[layer]` | | the weights of layer $l$, a list of arrays |
# | $\mathbf{u}^l_t$ | | (N, T, H) | what layer $l$ hands up: its states, or more with a skip |
# | $\mathbf{z}^l_t$ | `inputs[layer]` | (N, T, D) or (N, T, H) | what the next layer reads of it |
# | $p$ | `p` | | probability that dropout sets a number to zero |
# | $\partial L / \partial \mathbf{v}$ | `dv` | as `v` | gradient of the loss: `dh`, `dx`, … |
# | $\ell_n$ | `lengths` | (N,) | true length of each sequence; beyond it lies padding |
#
# Formulas are for one sequence and column vectors, and count from 1. In code each row is a
# sequence, and steps and layers count from 0.
#
# ## A layer
#
# A stack does not ask what its layers are. It needs two functions, one that runs a layer and one
# that takes gradients back through it, and it gets them as arguments. So your stack will work with
# every recurrent layer of the course. To test it, the first cell defines the simplest one, a
# **leaky integrator**, which has no recurrent weights:
#
# $$\mathbf{h}_t = a\,\mathbf{h}_{t-1} + \tanh(\mathbf{W} \mathbf{x}_t + \mathbf{b}),
# \qquad a = 0.75, \quad \mathbf{h}_0 = \mathbf{0}$$
#
# Its weights are a list `[W, b]`. After its end a sequence stays at its last state. There is also a
# layer that reads both ways, with a list `[W, b, W_back, b_back]`: it gives $2H$ numbers a step.
# You need not read how they are computed, only what they take and return:
#
# | call | returns |
# | --- | --- |
# | `layer_forward(x, weights, lengths)` | states (N, T, H) of all steps |
# | `layer_backward(dh, x, weights, lengths)` | `dx`, as x, and a list of gradients, as weights |
# | `layer_step(x_t, h_prev, weights)` | states (N, H) after one step |

# %% role="setup" id="setup"
import numpy as np

from unrolled import Checks, fixed_array

check = Checks("10-stacked")
LEAK = 0.75


def left_over(T, lengths, both_ways=False):
    """Return what is left of step k in the state at step t, (N, T, T)."""
    steps, lengths = np.arange(T), np.asarray(lengths)[:, None]
    age = np.minimum(steps, lengths - 1)[:, :, None] - steps
    left = np.where(age >= 0, LEAK ** np.abs(age), 0.0)
    if not both_ways:
        return left
    ahead = (steps[:, None] <= steps) & (steps < lengths)[:, None, :]
    return left, np.where(ahead, LEAK ** np.abs(steps[:, None] - steps), 0.0)


def leaky_forward(x, weights, lengths):
    """Run a leaky integrator: inputs (N, T, D), states (N, T, H)."""
    W, b = weights
    return left_over(x.shape[1], lengths).astype(x.dtype) @ np.tanh(x @ W.T + b)


def leaky_backward(dh, x, weights, lengths):
    """Return dx (N, T, D) and the gradients of the weights, [dW, db]."""
    W, b = weights
    slope = 1 - np.tanh(x @ W.T + b) ** 2
    da = slope * (np.swapaxes(left_over(x.shape[1], lengths), 1, 2).astype(x.dtype) @ dh)
    return da @ W, [np.einsum("nth,ntd->hd", da, x), da.sum(axis=(0, 1))]


def leaky_step(x_t, h_prev, weights):
    """Do one step of a leaky integrator: inputs (N, D), states (N, H)."""
    W, b = weights
    return LEAK * h_prev + np.tanh(x_t @ W.T + b)


def two_way_forward(x, weights, lengths):
    """Run two leaky integrators, one from each end: (N, T, D) to (N, T, 2H)."""
    ways = zip(left_over(x.shape[1], lengths, True), (weights[:2], weights[2:]), strict=True)
    return np.concatenate([left @ np.tanh(x @ W.T + b) for left, (W, b) in ways], axis=2)


def two_way_backward(dh, x, weights, lengths):
    """Return dx (N, T, D) and the gradients of the weights of both ways."""
    dx, grads = 0, []
    ways = left_over(x.shape[1], lengths, True)
    halves = np.split(dh, 2, axis=2)
    for left, half, (W, b) in zip(ways, halves, (weights[:2], weights[2:]), strict=True):
        da = (1 - np.tanh(x @ W.T + b) ** 2) * (np.swapaxes(left, 1, 2) @ half)
        dx = dx + da @ W
        grads += [np.einsum("nth,ntd->hd", da, x), da.sum(axis=(0, 1))]
    return dx, grads


def make_layers(D, widths, start, ways=1):
    """Make fixed weights for a stack: D inputs, then a layer for each width."""
    layers = []
    for H in widths:
        weights = []
        for _ in range(ways):
            weights += [fixed_array(H, D, start=start, scale=0.9)]
            weights += [fixed_array(H, start=start + 100, scale=0.6)]
            start += 150
        layers.append(weights)
        D = ways * H
    return layers


# %% [markdown]
# ## 1. Layer by layer
#
# *15 minutes · 3 points*
#
# The first layer reads the input. Every other layer reads the states of the layer below, all steps
# of them, and all layers know the true lengths:
#
# $$\mathbf{h}^1 = \text{layer}_1(\mathbf{x}), \qquad
# \mathbf{h}^l = \text{layer}_l(\mathbf{h}^{l-1}) \quad \text{for } l = 2, \dots, \Lambda$$
#
# Return the states of all layers: the layers above need them, the backward pass will, and so does
# who hands the final states of all layers to another network.


# %% role="solution" id="stack_forward"
def stack_forward(x, layers, lengths, layer_forward):
    """Run a stack of recurrent layers, one layer after the other.

    Args:
        x: inputs, (N, T, D).
        layers: the weights of each layer, a list with at least one entry, the lowest layer first.
        lengths: how many steps of each sequence count, (N,), integers from 0 to T.
        layer_forward: a function; layer_forward(x, weights, lengths) returns the states of one
            layer.

    Returns:
        h: a list with the states of each layer, the lowest first, as layer_forward returns them.
    """
    ### BEGIN SOLUTION
    h = []
    for weights in layers:
        x = layer_forward(x, weights, lengths)
        h.append(x)
    return h
    ### END SOLUTION


# %% role="tests" id="test-stack" of="stack_forward" points=2
# test-stack (2 points)
x = fixed_array(2, 5, 3, start=1100)
h = stack_forward(x, make_layers(3, [3, 3, 3], start=309), np.array([5, 3]), leaky_forward)
check("states of three layers, D equal to H", h)
x = fixed_array(3, 6, 4, start=1000)
h = stack_forward(x, make_layers(4, [5, 2], start=100), np.array([4, 6, 1]), leaky_forward)
check("number of layers", len(h))
check("states of the first layer", h[0])
check("states of the top", h[-1])
### BEGIN HIDDEN TESTS
x = fixed_array(5, 4, 2, start=1200)
h = stack_forward(
    x, make_layers(2, [3, 6, 1, 7], start=500), np.array([2, 4, 0, 1, 3]), leaky_forward
)
check("states of four layers", h)
### END HIDDEN TESTS

# %% role="tests" id="test-stack-edges" of="stack_forward" points=1
# test-stack-edges (1 point)
x, lengths = fixed_array(3, 6, 4, start=1300), np.array([6, 2, 5])
layers = make_layers(4, [5], start=700)
check("states, one layer", stack_forward(x, layers, lengths, leaky_forward))
layers = make_layers(4, [2, 3], start=947, ways=2)
check("states, both ways", stack_forward(x, layers, lengths, two_way_forward))
check("x after a run", x)
### BEGIN HIDDEN TESTS
layers = make_layers(4, [5, 2], start=100)
check("states, one step", stack_forward(x[:, :1], layers, np.array([1, 1, 1]), leaky_forward))
check("states, one sequence", stack_forward(x[:1], layers, np.array([3]), leaky_forward))
small = [[array.astype(np.float32) for array in weights] for weights in layers]
h = stack_forward(x.astype(np.float32), small, lengths, leaky_forward)
check("states, float32", h)
check("states, types for float32", [str(np.asarray(states).dtype) for states in h])
x_wide = fixed_array(4, 6, 6, start=1400)
check("states, not contiguous", stack_forward(x_wide.T[::2], layers, lengths, leaky_forward))
x_long = fixed_array(2, 300, 4, start=1500)
h = stack_forward(x_long, layers, np.array([300, 180]), leaky_forward)
check("final states after 300 steps", [states[:, -1] for states in h])
plain = stack_forward(x, layers, lengths, lambda x, weights, lengths: x @ weights[0].T)
check("any function for a layer", plain)
check("lengths after a run", lengths)
### END HIDDEN TESTS

# %% [markdown]
# **Compare with PyTorch.** Three layers that read both ways, of LSTM units: your stack gets
# PyTorch's LSTM of *one* layer as its layer, and is held against PyTorch's LSTM of three. Layers 2
# and 3 read $2H$ numbers. Packing tells PyTorch the lengths; in the padding it returns zeros.

# %% role="agreement" id="agree-stack"
torch = check.import_torch()
if torch:
    rnn = torch.nn.utils.rnn

    def lstm_layer(x, weights, lengths):
        """Run one layer of torch.nn.LSTM, both ways, over a padded batch of arrays."""
        D, H = weights[0].shape[1], weights[1].shape[1]
        one = torch.nn.LSTM(D, H, batch_first=True, bidirectional=True, dtype=torch.float64)
        with torch.no_grad():
            for parameter, array in zip(one.parameters(), weights, strict=True):
                parameter.copy_(array)
            packed = rnn.pack_padded_sequence(
                torch.from_numpy(x), lengths, batch_first=True, enforce_sorted=False
            )
            padded, _ = rnn.pad_packed_sequence(one(packed)[0], batch_first=True)
        return padded.numpy()

    torch.manual_seed(0)
    three = torch.nn.LSTM(
        4, 5, num_layers=3, bidirectional=True, batch_first=True, dtype=torch.float64
    )
    numbers = list(three.parameters())  # eight to a layer, the lowest layer first
    layers = [numbers[start : start + 8] for start in range(0, len(numbers), 8)]
    x, lengths = fixed_array(3, 6, 4, start=1000), torch.tensor([4, 6, 1])
    with torch.no_grad():
        packed = rnn.pack_padded_sequence(
            torch.from_numpy(x), lengths, batch_first=True, enforce_sorted=False
        )
        theirs, _ = rnn.pad_packed_sequence(three(packed)[0], batch_first=True)
    check.agrees(
        "top of the stack and LSTM", stack_forward(x, layers, lengths, lstm_layer)[-1], theirs
    )

# %% [markdown]
# ## 2. Step by step
#
# *25 minutes · 3 points*
#
# The same states in another order: at step $t$ the state of every layer is computed, from below to
# above, before step $t + 1$ begins. This is the order of a program that reads a stream, or that
# samples a text and needs the top of step $t$ to know the input of step $t + 1$.
#
# `layer_step` does one step of one layer and knows nothing of lengths. So you carry on the states
# of sequences that have ended: row $n$ takes `lengths[n]` steps, and then all its layers stay as
# they are. All steps are from `h_0[l]` on, the state of layer `l` before the first step.


# %% role="solution" id="stack_by_steps"
def stack_by_steps(x, h_0, layers, lengths, layer_step):
    """Run a stack of recurrent layers, one step after the other.

    Args:
        x: inputs, (N, T, D).
        h_0: a list with the states of each layer before the first step, each (N, H).
        layers: the weights of each layer, the lowest layer first.
        lengths: how many steps of each sequence count, (N,), integers from 0 to T.
        layer_step: a function; layer_step(x_t, h_prev, weights) returns the states (N, H) of one
            layer after a step.

    Returns:
        h: a list with the states of each layer, each (N, T, H), the lowest first, of the dtype of
            x. Beyond a sequence's length its last state is repeated, which is h_0 if the length
            is 0.
    """
    ### BEGIN SOLUTION
    now, h = list(h_0), [[] for _ in layers]
    for t in range(x.shape[1]):
        running = (t < lengths)[:, None]
        below = x[:, t]
        for layer, weights in enumerate(layers):
            now[layer] = np.where(running, layer_step(below, now[layer], weights), now[layer])
            below = now[layer]
            h[layer].append(below)
    return [np.stack(states, axis=1) for states in h]
    ### END SOLUTION


# %% role="tests" id="test-steps" of="stack_by_steps" points=2
# test-steps (2 points)
layers, lengths = make_layers(4, [5, 2], start=100), np.array([4, 6, 1])
x = fixed_array(3, 6, 4, start=2000)
h_0 = [fixed_array(3, 5, start=2100), fixed_array(3, 2, start=2200)]
h = stack_by_steps(x, h_0, layers, np.array([6, 6, 6]), leaky_step)
check("by steps: first layer, no padding", h[0])
check("by steps: top, no padding", h[-1])
h = stack_by_steps(x, h_0, layers, lengths, leaky_step)
check("by steps: first layer, padded", h[0])
check("by steps: top, padded", h[-1])
check("by steps: number of layers", len(h))
check("h_0 after a run", h_0)
### BEGIN HIDDEN TESTS
x, layers = fixed_array(5, 4, 2, start=2700), make_layers(2, [3, 6, 1], start=500)
h_0 = [fixed_array(5, H, start=2800 + 50 * H) for H in (3, 6, 1)]
h = stack_by_steps(x, h_0, layers, np.array([2, 4, 0, 1, 3]), leaky_step)
check("by steps: other sizes", h)
### END HIDDEN TESTS

# %% role="tests" id="test-steps-edges" of="stack_by_steps" points=1
# test-steps-edges (1 point)
x, layers = fixed_array(2, 5, 3, start=2300), make_layers(3, [3, 3, 3], start=309)
h_0 = [fixed_array(2, 3, start=2400 + 100 * layer) for layer in range(3)]
h = stack_by_steps(x, h_0, layers, np.array([5, 3]), leaky_step)
check("by steps: three layers, D equal to H", h)
layers, lengths = make_layers(4, [5, 2], start=100), np.array([3, 0, 5])
x = fixed_array(3, 6, 4, start=3200)
h_0 = [fixed_array(3, 5, start=3300), fixed_array(3, 2, start=3400)]
check("by steps: padding in every row", stack_by_steps(x, h_0, layers, lengths, leaky_step))
zeros = [np.zeros((3, 5)), np.zeros((3, 2))]
check("by steps: from zero, as in part 1", stack_by_steps(x, zeros, layers, lengths, leaky_step))
### BEGIN HIDDEN TESTS
one = np.array([1, 1, 1])
check("by steps: one step", stack_by_steps(x[:, :1], h_0, layers, one, leaky_step))
first = [states[:1] for states in h_0]
check("by steps: one sequence", stack_by_steps(x[:1], first, layers, np.array([4]), leaky_step))
check("by steps: one layer", stack_by_steps(x, h_0[:1], layers[:1], lengths, leaky_step))
small = [[array.astype(np.float32) for array in weights] for weights in layers]
start = [states.astype(np.float32) for states in h_0]
h = stack_by_steps(x.astype(np.float32), start, small, lengths, leaky_step)
check("by steps: float32", h)
check("by steps: types for float32", [str(np.asarray(states).dtype) for states in h])
x_wide, turned = fixed_array(4, 6, 6, start=3500), [np.asfortranarray(states) for states in h_0]
h = stack_by_steps(x_wide.T[::2], turned, layers, lengths, leaky_step)
check("by steps: not contiguous", h)
x_long = fixed_array(2, 200, 4, start=3600)
h = stack_by_steps(x_long, [h_0[0][:2], h_0[1][:2]], layers, np.array([200, 120]), leaky_step)
check("by steps: final states after 200 steps", [states[:, -1] for states in h])
check("x and lengths after steps", [x, lengths])
### END HIDDEN TESTS

# %% [markdown]
# ## 3. What can run at the same time
#
# *15 minutes · 1 point*
#
# The state of layer $l$ at step $t$ needs two others: its own of step $t - 1$, and that of layer
# $l - 1$ at step $t$. Suppose that in one round any number of states can be computed, each from
# states of *earlier* rounds, and that every state is computed as early as possible. In which round
# is it computed? The very first is in round 0.
#
# If the layers read both ways, a state of layer $l$ needs *all* steps of both directions of layer
# $l - 1$. Give the round of the states of the direction that reads from step 0 on; the other one
# does the same at the same time, from the other end.


# %% role="solution" id="earliest_rounds"
def earliest_rounds(layers, T, both_ways=False):
    """Return the earliest round in which each state of a stack can be computed.

    Args:
        layers: the number of layers, an integer of at least 1.
        T: the number of steps, an integer of at least 1.
        both_ways: whether the layers read in both directions.

    Returns:
        rounds: integers, (layers, T): the round of layer layer at step t, counted from 0. With
            both_ways, that of the direction which reads from step 0 on.
    """
    ### BEGIN SOLUTION
    layer, t = np.arange(layers)[:, None], np.arange(T)
    return layer * T + t if both_ways else layer + t
    ### END SOLUTION


# %% role="tests" id="test-rounds" of="earliest_rounds" points=1
# test-rounds (1 point)
check("rounds, 3 layers and 5 steps", earliest_rounds(3, 5))
check("rounds, both ways", earliest_rounds(3, 5, both_ways=True))
### BEGIN HIDDEN TESTS
check("rounds, one layer", earliest_rounds(1, 7))
check("rounds, one step", earliest_rounds(4, 1))
check("rounds, one step, both ways", earliest_rounds(4, 1, both_ways=True))
check("rounds, more layers than steps", earliest_rounds(6, 2))
### END HIDDEN TESTS

# %% [markdown]
# ## 4. Backward through the stack
#
# *25 minutes · 3 points*
#
# The loss may use the states of any layer: `dh[layer]` is what it gives to those of one layer
# *directly*. A layer also acts on the loss through the layer above, which has read it. The two are
# added:
#
# $$\frac{\partial L}{\partial \mathbf{h}^l} =
# \left.\frac{\partial L}{\partial \mathbf{h}^l}\right|_{\text{direct}} +
# \left.\frac{\partial L}{\partial \mathbf{h}^l}\right|_{\text{through layer } l + 1}$$
#
# The second part is what `layer_backward` of layer $l + 1$ returns as the gradient of its input. So
# go down from the top. What each layer has read is given, in `inputs`: `inputs[0]` is x.


# %% role="solution" id="stack_backward"
def stack_backward(dh, inputs, layers, lengths, layer_backward):
    """Take the gradient of a loss back through a stack of recurrent layers.

    Args:
        dh: a list with the gradient that the loss gives directly to the states of each layer, each
            (N, T, H), the lowest layer first.
        inputs: a list with what each layer has read: x, then the states of the layer below.
        layers: the weights of each layer, the lowest layer first.
        lengths: how many steps of each sequence count, (N,).
        layer_backward: a function; layer_backward(dh, x, weights, lengths) returns the gradient
            with respect to the x that one layer has read, and the list of gradients of its
            weights.

    Returns:
        dx: gradient with respect to x, (N, T, D).
        grads: a list with the gradients of the weights of each layer, the lowest layer first, each
            as layer_backward returns it.
    """
    ### BEGIN SOLUTION
    grads, from_above = [], 0
    for layer in reversed(range(len(layers))):
        from_above, grad = layer_backward(
            dh[layer] + from_above, inputs[layer], layers[layer], lengths
        )
        grads.insert(0, grad)
    return from_above, grads
    ### END SOLUTION


# %% role="tests" id="test-backward" of="stack_backward" points=2
# test-backward (2 points)
layers, lengths = make_layers(4, [5, 2], start=100), np.array([4, 6, 1])
inputs = [fixed_array(3, 6, 4, start=4000), fixed_array(3, 6, 5, start=4100)]
dh = [fixed_array(3, 6, 5, start=4200), fixed_array(3, 6, 2, start=4300)]
dx, grads = stack_backward(dh, inputs, layers, lengths, leaky_backward)
check("gradients of the top's weights", grads[-1])
check("gradients of the lowest layer's weights", grads[0])
check("dx", dx)
check("dh after a call", dh)
### BEGIN HIDDEN TESTS
layers, lengths = make_layers(2, [3, 6, 1], start=500), np.array([2, 4, 0, 1, 3])
inputs = [fixed_array(5, 4, D, start=4400 + 100 * D) for D in (2, 3, 6)]
dh = [fixed_array(5, 4, H, start=5000 + 100 * H) for H in (3, 6, 1)]
dx, grads = stack_backward(dh, inputs, layers, lengths, leaky_backward)
check("dx, three layers", dx)
check("gradients of the weights, three layers", grads)
### END HIDDEN TESTS

# %% role="tests" id="test-backward-edges" of="stack_backward" points=1
# test-backward-edges (1 point)
layers, lengths = make_layers(3, [3, 3, 3], start=309), np.array([5, 3])
inputs = [fixed_array(2, 5, 3, start=5700 + 100 * layer) for layer in range(3)]
dh = [np.zeros((2, 5, 3)), np.zeros((2, 5, 3)), fixed_array(2, 5, 3, start=6000)]
dx, grads = stack_backward(dh, inputs, layers, lengths, leaky_backward)
check("dx, a loss on the top alone", dx)
check("all gradients, a loss on the top alone", grads)
### BEGIN HIDDEN TESTS
layers = make_layers(4, [2, 3], start=947, ways=2)
inputs = [fixed_array(2, 5, 4, start=6100), fixed_array(2, 5, 4, start=6200)]
dh = [fixed_array(2, 5, 4, start=6300), fixed_array(2, 5, 6, start=6400)]
dx, grads = stack_backward(dh, inputs, layers, lengths, two_way_backward)
check("dx, both ways", dx)
check("all gradients, both ways", grads)
one = make_layers(4, [6], start=1200)
dx, grads = stack_backward(dh[1:], inputs[:1], one, lengths, leaky_backward)
check("dx, one layer", dx)
check("all gradients, one layer", grads)
row = [inputs[0][:1, :1]], np.array([1])
check("dx, one step", stack_backward([dh[1][:1, :1]], row[0], one, row[1], leaky_backward)[0])
small = [[array.astype(np.float32) for array in weights] for weights in one]
given = [dh[1].astype(np.float32)], [inputs[0].astype(np.float32)]
dx, grads = stack_backward(*given, small, lengths, leaky_backward)
check("dx, float32", dx)
check("dx, type for float32", str(np.asarray(dx).dtype))
check("inputs after a call", inputs)
### END HIDDEN TESTS

# %% [markdown]
# **Compare with PyTorch.** Autograd goes through the same stack, written with tensors. It needs
# your function from part 1.

# %% role="agreement" id="agree-backward"
torch = check.import_torch()
if torch:
    layers, lengths = make_layers(4, [5, 2], start=100), np.array([4, 6, 1])
    x = fixed_array(3, 6, 4, start=1000)
    dh = [fixed_array(3, 6, 5, start=4200), fixed_array(3, 6, 2, start=4300)]
    leaves = [torch.from_numpy(array).requires_grad_() for array in (x, *layers[0], *layers[1])]
    left = torch.from_numpy(left_over(6, lengths))
    states, loss = leaves[0], 0
    for layer in range(2):
        states = left @ torch.tanh(states @ leaves[2 * layer + 1].T + leaves[2 * layer + 2])
        loss = loss + (states * torch.from_numpy(dh[layer])).sum()
    theirs = torch.autograd.grad(loss, leaves)
    inputs = [x, *stack_forward(x, layers, lengths, leaky_forward)[:-1]]
    dx, grads = stack_backward(dh, inputs, layers, lengths, leaky_backward)
    for name, mine, other in zip(
        ("dx", "dW of layer 1", "db of layer 1", "dW of layer 2", "db of layer 2"),
        (dx, *grads[0], *grads[1]),
        theirs,
        strict=True,
    ):
        check.agrees(f"{name} and autograd", mine, other)

# %% [markdown]
# ## 5. Dropout
#
# *10 minutes · 1 point*
#
# In training, dropout sets each number to zero with probability $p$. What is left is divided by
# $1 - p$, so that the mean over many draws is the number itself, and nothing need be changed when
# the network is used:
#
# $$\mathbf{y} = \frac{\mathbf{m} \odot \mathbf{x}}{1 - p}, \qquad
# m_i = 0 \text{ with probability } p, \text{ else } 1$$
#
# Here the mask $\mathbf{m}$ is given. Where it is None the network is not in training.


# %% role="solution" id="dropout_forward"
def dropout_forward(x, mask, p):
    """Apply dropout with a given mask.

    Args:
        x: an array of any shape.
        mask: 0 where a number is dropped and 1 where it stays, in a shape that broadcasts to that
            of x; or None when the network is not in training.
        p: the probability of a 0 in the mask, 0 <= p < 1.

    Returns:
        y: an array of the shape and dtype of x, if mask and x have the same dtype. With mask None
            the values of x.
    """
    ### BEGIN SOLUTION
    return x if mask is None else x * mask / (1 - p)
    ### END SOLUTION


# %% role="tests" id="test-dropout" of="dropout_forward" points=1
# test-dropout (1 point)
x = fixed_array(3, 4, 5, start=6500, scale=2.0)
mask = (fixed_array(3, 4, 5, start=6600) > -0.4).astype(float)
check("dropout, p = 0.3", dropout_forward(x, mask, 0.3))
check("dropout, not in training", dropout_forward(x, None, 0.3))
check("x after dropout", x)
### BEGIN HIDDEN TESTS
check("dropout, p = 0", dropout_forward(x, np.ones_like(x), 0.0))
check("dropout, p = 0.9", dropout_forward(x, mask, 0.9))
check("dropout, the same mask at every step", dropout_forward(x, mask[:, :1], 0.3))
small = dropout_forward(x.astype(np.float32), mask.astype(np.float32), 0.3)
check("dropout, float32", small)
check("dropout, type for float32", str(np.asarray(small).dtype))
check("dropout, not contiguous", dropout_forward(x.T[::2], mask.T[::2], 0.3))
check("mask after dropout", mask)
### END HIDDEN TESTS

# %% [markdown]
# ## 6. Dropout, backward
#
# *10 minutes · 1 point*


# %% role="solution" id="dropout_backward"
def dropout_backward(dy, mask, p):
    """Take a gradient back through dropout.

    Args:
        dy: gradient with respect to the result of dropout_forward, an array of any shape.
        mask: the mask that dropout_forward was given, in a shape that broadcasts to that of dy; or
            None.
        p: the probability of a 0 in the mask, 0 <= p < 1.

    Returns:
        dx: gradient with respect to x, an array of the shape of dy.
    """
    ### BEGIN SOLUTION
    return dy if mask is None else dy * mask / (1 - p)
    ### END SOLUTION


# %% role="tests" id="test-dropout-backward" of="dropout_backward" points=1
# test-dropout-backward (1 point)
dy = fixed_array(3, 4, 5, start=6700, scale=2.0)
mask = (fixed_array(3, 4, 5, start=6800) > -0.5).astype(float)
check("dropout: dx, p = 0.25", dropout_backward(dy, mask, 0.25))
check("dropout: dx, not in training", dropout_backward(dy, None, 0.25))
check("dy after a call", dy)
### BEGIN HIDDEN TESTS
check("dropout: dx, p = 0.8", dropout_backward(dy, mask, 0.8))
check("dropout: dx, the same mask at every step", dropout_backward(dy, mask[:, :1], 0.25))
small = dropout_backward(dy.astype(np.float32), mask.astype(np.float32), 0.25)
check("dropout: dx, float32", small)
check("mask after a call", mask)
### END HIDDEN TESTS

# %% [markdown]
# ## 7. Skips and dropout between layers
#
# *20 minutes · 2 points*
#
# Now the stack of part 1 with two additions *between* its layers. Dropout acts on what a layer
# reads of the layer below, and a skip leads around it. With $\mathbf{z}^0 = \mathbf{x}$,
#
# $$\mathbf{h}^l = \text{layer}_l(\mathbf{z}^{l-1}), \qquad
# \mathbf{u}^l = \begin{cases} \mathbf{h}^l & \text{without skips, and for } l = 1 \\
# \mathbf{u}^{l-1} + \mathbf{h}^l & \text{with skips, for } l \ge 2 \end{cases}, \qquad
# \mathbf{z}^l = \operatorname{dropout}(\mathbf{u}^l) \text{ for } l < \Lambda$$
#
# What the stack hands out is $\mathbf{u}^\Lambda$. Nothing is dropped from the input, nothing from
# what is handed out, and nothing inside a layer. The first layer has no skip, as x may have
# another size. Note that the skip starts *before* dropout.


# %% role="solution" id="deep_forward"
def deep_forward(x, layers, lengths, layer_forward, masks=None, p=0.0, skips=False):
    """Run a stack with dropout and skips between its layers.

    Args:
        x: inputs, (N, T, D).
        layers: the weights of each layer, the lowest layer first.
        lengths: how many steps of each sequence count, (N,).
        layer_forward: a function; layer_forward(x, weights, lengths) returns the states of one
            layer.
        masks: a list with a mask for each gap between two layers, one fewer than layers, the
            lowest gap first; or None when the network is not in training.
        p: the probability of a 0 in the masks.
        skips: whether what a layer hands up is added to what the next one does. If so, all layers
            have as many units.

    Returns:
        output: what the top layer hands out, (N, T, H).
        inputs: a list with what each layer has read: x, then the rest after dropout.
    """
    ### BEGIN SOLUTION
    inputs, output = [], x
    for layer, weights in enumerate(layers):
        read = x if layer == 0 else dropout_forward(output, masks[layer - 1] if masks else None, p)
        inputs.append(read)
        h = layer_forward(read, weights, lengths)
        output = output + h if skips and layer > 0 else h
    return output, inputs
    ### END SOLUTION


# %% role="tests" id="test-deep" of="deep_forward" points=2
# test-deep (2 points)
layers, lengths = make_layers(4, [5, 2, 6], start=100), np.array([4, 6, 1])
x = fixed_array(3, 6, 4, start=7000)
masks = [(fixed_array(3, 6, H, start=7100 + 100 * H) > -0.3).astype(float) for H in (5, 2)]
output, inputs = deep_forward(x, layers, lengths, leaky_forward, masks, 0.35)
check("what each layer reads, dropout", inputs)
check("output, dropout", output)
layers, lengths = make_layers(3, [3, 3, 3], start=309), np.array([5, 3])
x = fixed_array(2, 5, 3, start=7900)
output, inputs = deep_forward(x, layers, lengths, leaky_forward, skips=True)
check("what each layer reads, skips", inputs)
check("output, skips", output)
masks = [
    (fixed_array(2, 5, 3, start=8000 + 100 * layer) > -0.3).astype(float) for layer in range(2)
]
output, inputs = deep_forward(x, layers, lengths, leaky_forward, masks, 0.35, skips=True)
check("what each layer reads, both", inputs)
check("output, both", output)
check("output, neither", deep_forward(x, layers, lengths, leaky_forward)[0])
### BEGIN HIDDEN TESTS
small = [[array.astype(np.float32) for array in weights] for weights in layers]
output, inputs = deep_forward(x.astype(np.float32), small, lengths, leaky_forward, skips=True)
check("output, skips, float32", output)
check("output, type for float32", str(np.asarray(output).dtype))
output, inputs = deep_forward(x, layers[:1], lengths, leaky_forward, [], 0.35, skips=True)
check("output, one layer", output)
layers = make_layers(4, [3, 3, 3, 3], start=947, ways=2)
x = fixed_array(3, 6, 4, start=8200)
masks = [
    (fixed_array(3, 1, 6, start=8300 + 100 * layer) > -0.3).astype(float) for layer in range(3)
]
output, inputs = deep_forward(
    x, layers, np.array([2, 6, 0]), two_way_forward, masks, 0.35, skips=True
)
check("output, both ways, the same masks at every step", output)
check("x and masks after a run", [x, masks])
### END HIDDEN TESTS

# %% [markdown]
# ## 8. Back through skips and dropout
#
# *30 minutes · 3 points*
#
# The loss gives $\partial L / \partial \mathbf{u}^\Lambda$. With a skip, $\mathbf{u}^{l-1}$ is
# used twice: layer $l$ reads it, through dropout, and it is a term of $\mathbf{u}^l$. So its
# gradient has two parts,
#
# $$\frac{\partial L}{\partial \mathbf{u}^{l-1}} =
# \frac{\partial L}{\partial \mathbf{u}^l} +
# \left.\frac{\partial L}{\partial \mathbf{u}^{l-1}}\right|_{\text{through layer } l}
# \quad \text{for } l \ge 2$$
#
# and without skips only the second one.


# %% role="solution" id="deep_backward"
def deep_backward(doutput, inputs, layers, lengths, layer_backward, masks=None, p=0.0, skips=False):
    """Take a gradient back through a stack with dropout and skips between its layers.

    Args:
        doutput: gradient with respect to the output of deep_forward, (N, T, H).
        inputs: a list with what each layer has read, as deep_forward returns it.
        layers: the weights of each layer, the lowest layer first.
        lengths: how many steps of each sequence count, (N,).
        layer_backward: a function; layer_backward(dh, x, weights, lengths) returns the gradient
            with respect to the x that one layer has read, and the list of gradients of its
            weights.
        masks: the masks that deep_forward was given, or None.
        p: the probability of a 0 in the masks.
        skips: whether the stack has skips.

    Returns:
        dx: gradient with respect to x, (N, T, D).
        grads: a list with the gradients of the weights of each layer, the lowest layer first.
    """
    ### BEGIN SOLUTION
    grads, du = [], doutput
    for layer in reversed(range(len(layers))):
        dread, grad = layer_backward(du, inputs[layer], layers[layer], lengths)
        grads.insert(0, grad)
        if layer == 0:
            return dread, grads
        through = dropout_backward(dread, masks[layer - 1] if masks else None, p)
        du = du + through if skips else through
    ### END SOLUTION


# %% role="tests" id="test-deep-backward" of="deep_backward" points=2
# test-deep-backward (2 points)
layers, lengths = make_layers(4, [5, 2, 6], start=100), np.array([4, 6, 1])
inputs = [fixed_array(3, 6, D, start=8600 + 100 * D) for D in (4, 5, 2)]
masks = [(fixed_array(3, 6, H, start=9300 + 100 * H) > -0.3).astype(float) for H in (5, 2)]
doutput = fixed_array(3, 6, 6, start=9900)
dx, grads = deep_backward(doutput, inputs, layers, lengths, leaky_backward, masks, 0.35)
check("dropout between layers: dx", dx)
check("dropout between layers: gradients of the weights", grads)
layers, lengths = make_layers(3, [3, 3, 3], start=309), np.array([5, 3])
inputs = [fixed_array(2, 5, 3, start=10000 + 100 * layer) for layer in range(3)]
doutput = fixed_array(2, 5, 3, start=10300)
dx, grads = deep_backward(doutput, inputs, layers, lengths, leaky_backward, skips=True)
check("skips: dx", dx)
check("skips: gradients of the weights", grads)
check("doutput after a call", doutput)
### BEGIN HIDDEN TESTS
layers = make_layers(4, [3, 3, 3, 3], start=947, ways=2)
inputs = [fixed_array(2, 5, D, start=10400 + 100 * layer) for layer, D in enumerate((4, 6, 6, 6))]
doutput = fixed_array(2, 5, 6, start=10800)
dx, grads = deep_backward(doutput, inputs, layers, lengths, two_way_backward, skips=True)
check("skips: dx, four layers, both ways", dx)
check("skips: gradients of the weights, four layers", grads)
check("inputs after a call back", inputs)
### END HIDDEN TESTS

# %% role="tests" id="test-deep-backward-both" of="deep_backward" points=1
# test-deep-backward-both (1 point)
layers, lengths = make_layers(3, [3, 3, 3], start=309), np.array([5, 3])
inputs = [fixed_array(2, 5, 3, start=10900 + 100 * layer) for layer in range(3)]
masks = [
    (fixed_array(2, 5, 3, start=11200 + 100 * layer) > -0.3).astype(float) for layer in range(2)
]
doutput = fixed_array(2, 5, 3, start=11400)
dx, grads = deep_backward(doutput, inputs, layers, lengths, leaky_backward, masks, 0.35, skips=True)
check("skips and dropout: dx", dx)
check("skips and dropout: gradients of the weights", grads)
dx, _ = deep_backward(doutput, inputs, layers, lengths, leaky_backward)
check("neither: dx", dx)
### BEGIN HIDDEN TESTS
dx, grads = deep_backward(
    doutput, inputs[:1], layers[:1], lengths, leaky_backward, [], 0.35, skips=True
)
check("one layer: dx", dx)
check("one layer: gradients of the weights", grads)
steady = [mask[:, :1] for mask in masks]
dx, _ = deep_backward(doutput, inputs, layers, lengths, leaky_backward, steady, 0.35, skips=True)
check("the same masks at every step: dx", dx)
small = [[array.astype(np.float32) for array in weights] for weights in layers]
given = doutput.astype(np.float32), [array.astype(np.float32) for array in inputs]
dx, _ = deep_backward(*given, small, lengths, leaky_backward, skips=True)
check("skips: dx, float32", dx)
one = np.array([1])
row = doutput[:1, :1], [array[:1, :1] for array in inputs]
check("skips: dx, one step", deep_backward(*row, layers, one, leaky_backward, skips=True)[0])
check("masks after a call back", masks)
### END HIDDEN TESTS

# %% [markdown]
# **Compare with PyTorch.** Autograd, through the same stack with tensors; `torch.nn.functional` has
# a dropout too, but draws its own masks. It needs your function from part 7.

# %% role="agreement" id="agree-deep"
torch = check.import_torch()
if torch:
    layers, lengths = make_layers(3, [3, 3, 3], start=309), np.array([5, 3])
    x, doutput = fixed_array(2, 5, 3, start=7900), fixed_array(2, 5, 3, start=10300)
    masks = [
        (fixed_array(2, 5, 3, start=8000 + 100 * layer) > -0.3).astype(float) for layer in range(2)
    ]
    leaves = [
        torch.from_numpy(array).requires_grad_()
        for array in (x, *layers[0], *layers[1], *layers[2])
    ]
    left = torch.from_numpy(left_over(5, lengths))
    handed = read = leaves[0]
    for layer in range(3):
        states = left @ torch.tanh(read @ leaves[2 * layer + 1].T + leaves[2 * layer + 2])
        handed = handed + states if layer else states
        read = handed * torch.from_numpy(masks[layer]) / 0.65 if layer < 2 else handed
    theirs = torch.autograd.grad(handed, leaves, torch.from_numpy(doutput))
    output, inputs = deep_forward(x, layers, lengths, leaky_forward, masks, 0.35, skips=True)
    check.agrees("output", output, handed.detach())
    dx, grads = deep_backward(
        doutput, inputs, layers, lengths, leaky_backward, masks, 0.35, skips=True
    )
    check.agrees("dx and autograd", dx, theirs[0])
    for layer in range(3):
        check.agrees(
            f"dW of layer {layer + 1} and autograd", grads[layer][0], theirs[2 * layer + 1]
        )

# %% [markdown]
# ## 9. Counting parameters
#
# *15 minutes · 1 point*
#
# A layer of $H$ units that reads $D$ numbers has, for each pre-activation of a unit, a row of
# $\mathbf{W}_x$, a row of $\mathbf{W}_h$ and its biases. A vanilla RNN has one pre-activation for
# each unit, a GRU three and an LSTM four. A layer that reads both ways has the weights of both
# directions, and the layer above reads the states of both. PyTorch has two biases where this course
# has one.


# %% role="solution" id="count_parameters"
def count_parameters(D, H, layers, cell="LSTM", directions=1, biases=1):
    """Count the parameters of a stack of recurrent layers.

    Args:
        D: numbers in an input.
        H: units of each layer, in each direction.
        layers: the number of layers, at least 1.
        cell: "RNN", "GRU" or "LSTM".
        directions: 1, or 2 if the layers read both ways.
        biases: how many biases each pre-activation has: 0, 1 or 2.

    Returns:
        count: an integer.
    """
    ### BEGIN SOLUTION
    rows = {"RNN": 1, "GRU": 3, "LSTM": 4}[cell] * H * directions
    return sum(rows * (read + H + biases) for read in [D] + [directions * H] * (layers - 1))
    ### END SOLUTION


# %% role="tests" id="test-count" of="count_parameters" points=1
# test-count (1 point)
check("parameters, one layer", count_parameters(7, 5, 1))
check("parameters, three layers", count_parameters(7, 5, 3))
check("parameters, three layers, both ways", count_parameters(7, 5, 3, directions=2))
check("parameters by cell", [count_parameters(7, 5, 2, cell) for cell in ("RNN", "GRU", "LSTM")])
check("parameters, PyTorch's biases", count_parameters(7, 5, 3, "GRU", biases=2))
### BEGIN HIDDEN TESTS
check("parameters, without biases", count_parameters(3, 11, 4, "RNN", biases=0))
check("parameters, both ways, GRU", count_parameters(3, 11, 4, "GRU", directions=2, biases=2))
check("parameters, one layer, both ways", count_parameters(64, 128, 1, directions=2))
### END HIDDEN TESTS

# %% [markdown]
# **Compare with PyTorch.** Count what its modules hold.

# %% role="agreement" id="agree-count"
torch = check.import_torch()
if torch:
    for cell in ("RNN", "GRU", "LSTM"):
        for layers, directions in ((1, 1), (3, 1), (3, 2)):
            module = getattr(torch.nn, cell)(7, 5, num_layers=layers, bidirectional=directions == 2)
            theirs = sum(parameter.numel() for parameter in module.parameters())
            mine = count_parameters(7, 5, layers, cell, directions, biases=2)
            check.agrees(f"{cell}, {layers} layers, {directions} directions", mine, theirs)

# %% [markdown]
# ## 10. Experiment: up the stack and down again
#
# *15 minutes*
#
# **A pulse.** Layers with one unit, $W = 1$ and $b = 0$. At step 0 comes a small pulse, and then
# nothing. One layer forgets it at the rate of its leak, $a = 0.75$. What do the layers above it do?

# %%
import matplotlib.pyplot as plt

from unrolled.figures import figure_size, label_line, use_style

use_style()
T = 40
pulse = np.zeros((1, T, 1))
pulse[0, 0, 0] = 0.001
one_unit = [[np.ones((1, 1)), np.zeros(1)]] * 4
figure, ax = plt.subplots(figsize=figure_size(0.5))
for layer, states in enumerate(stack_forward(pulse, one_unit, np.array([T]), leaky_forward)):
    response = states[0, :, 0] / 0.001
    print(
        f"layer {layer + 1}: largest at step {response.argmax():2d}, there {response.max():5.2f};",
        f"at step 3: {response[3]:5.2f}",
    )
    (line,) = ax.plot(response, lw=1.5)
    ax.annotate(
        f"layer {layer + 1}", (response.argmax(), response.max()), color=line.get_color(),
        xytext=(8, 2), textcoords="offset points",
    )  # fmt: skip
ax.set(xlabel="steps since the pulse", ylabel="state, in units of the pulse", ylim=(0, 18))
plt.show()

# %% [markdown]
# **A gradient.** Now layers of 20 units with random weights and random inputs. The loss depends on
# the top of the last step alone. How large is the gradient that arrives at the weights of the
# *lowest* layer, by the number of layers, with and without skips? Three seeds each.

# %%
T, H, depths = 12, 20, (1, 2, 4, 8)
figure, ax = plt.subplots(figsize=figure_size(0.5))
for skips, colour in ((False, "C1"), (True, "C0")):
    for seed in range(3):
        norms = []
        for depth in depths:
            rng = np.random.default_rng(seed)
            x, lengths = rng.normal(size=(4, T, H)), np.full(4, T)
            layers = [
                [rng.uniform(-0.25, 0.25, (H, H)) / H**0.5, np.zeros(H)] for _ in range(depth)
            ]
            output, inputs = deep_forward(x, layers, lengths, leaky_forward, skips=skips)
            doutput = np.zeros_like(output)
            doutput[:, -1] = rng.normal(size=(4, H))
            _, grads = deep_backward(doutput, inputs, layers, lengths, leaky_backward, skips=skips)
            norms.append(np.linalg.norm(grads[0][0]))
        print(f"skips {skips!s:>5}, seed {seed}:", *(f"{norm:8.2f}" for norm in norms))
        (line,) = ax.plot(depths, norms, "o-", color=colour, lw=1.2)
    label_line(ax, line, "with skips" if skips else "without")
ax.set(xlabel="layers", ylabel="gradient's norm, lowest layer", xticks=depths, yscale="log")
plt.show()

# %% [markdown] role="written" id="why-depth" points=2
# **Question** *(20 minutes · 2 points, graded by hand)*
#
# (a) The pulse reaches layer $l$ at step $k$ along paths that each go up $l - 1$ times and on
# $k$ times. How many such paths are there, and what is each worth while $\tanh$ is nearly the
# identity? Give the response of layer 2 at step 3 from this, compare it with the printed value, and
# say why the layers above answer later than the first. (b) In the second experiment, what is a path
# without skips multiplied by for each layer more, and what changes with skips? Say what the printed
# norms show. (c) Dropout with $p = 0.5$ on the way from $\mathbf{h}_{t-1}$ to $\mathbf{h}_t$ inside
# a layer, with a new mask at every step: what would be the chance that a number written at step 0
# has not been dropped by step 20? Why does dropout between layers not do this? Four to eight
# sentences.
#
# ### BEGIN SOLUTION
# *Model answer.* (a) A path is an order of $l - 1$ moves up and $k$ moves on, so there are
# $\binom{k + l - 1}{l - 1}$, and each is worth $a^k$, as only the moves on are multiplied by the
# leak. Layer 2 at step 3: $4 \cdot 0.75^3 = 1.6875$, printed 1.69. The number of paths grows with
# $k$ and $a^k$ falls. Their product first grows, so layer $l$ has its maximum near $3(l - 1)$
# steps, $a / (1 - a) = 3$ for each layer, as the printed steps 3, 6, 9 say. The layers above keep
# the same pulse longer although their leak is the same. (b) Each layer more multiplies every path
# by one more weight matrix and one more slope of tanh. The weights are small here, so this factor
# is well below 1, and the further ways through time that come with a layer do not make up for it:
# the printed norm falls from about 70 to less than 0.1 at 8 layers. With skips there is also a path
# around every layer but the first, with the factor 1, so the gradient of the lowest layer does not
# have to pass all layers in between, and the printed norm stays about what it is for one layer.
# (c) The number would have to survive 20 draws: $0.5^{20}$, about one in a million. Between layers
# a path goes up once for each layer, however long it is in time, so it meets at most
# $\Lambda - 1$ masks.
#
# *Marking scheme.*
#
# - 2: (a) the number of paths and $a^k$, with 1.69 derived and the later maximum explained by more
#   paths; (b) one more matrix and slope for each layer, the factor 1 of the skip, and what the
#   printed norms do; (c) $2^{-20}$ and the number of masks on a path between layers.
# - 1: two of the three complete, or all three with gaps.
# - 0: no answer, or only that deeper layers are slower, or that skips help.
# ### END SOLUTION

# %% [markdown]
# ## Summary

# %% role="summary" id="summary"
check.summary()
