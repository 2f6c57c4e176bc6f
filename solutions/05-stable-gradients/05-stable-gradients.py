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
# # Assignment 5: stable gradients in NumPy
#
# You write ten short functions that keep the training of a recurrent network on course. Parts 1
# to 4 clip gradients and measure what clipping does to them. Parts 5 and 6 are gradient descent
# that survives numbers that are not finite. Parts 7 to 9 are the identity RNN: a ReLU step, its
# gradients, and the start. Part 10 reverses the sequences of a padded batch. In part 11 you send
# your functions down a cliff.
#
# The assignment belongs to chapter 5 of the book, gives 20 points, and takes about 3 and a half
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
# Parts 1 to 6 build on each other, so do them in order. Parts 7 to 10 stand alone. Where a check
# recognises that a wrong value comes from an earlier part, it costs points there only. After you
# hand in, hidden checks call each function with further inputs. They ask for nothing that the
# docstring does not promise.
#
# Use NumPy and no other library in your functions (`math` will do too), and do not change the
# arrays that they are given.
#
# **How to hand in.** Restart the kernel, run all cells, save, and hand in
# `05-stable-gradients.ipynb` in the way your instructor has told you. To run the whole notebook
# in a terminal and see your points:
#
#     python -m unrolled check 05-stable-gradients.ipynb

# %% [markdown]
# ## Symbols
#
# | formula | code | shape in code | meaning |
# | --- | --- | --- | --- |
# | $\boldsymbol\theta$ | `params` | list of arrays | all parameters, in arrays of any shapes |
# | $\mathbf{g}$ | `grads` | list of arrays | their gradients, of the same shapes |
# | $L$ | `loss` | one number | the loss |
# | $\eta$ | `rate` | one number | learning rate |
# | $\kappa$ | `max_norm`, `limit` | one number | threshold of clipping by norm, by value |
# | $N$, $T$, $D$, $H$ | | | sequences in a batch, steps, numbers in an input, hidden units |
# | $\mathbf{x}_t$ | `x_t`, `x` | (N, D), (N, T, D) | input at one step, at all steps |
# | $\mathbf{h}_t$, $\mathbf{h}_{t-1}$ | `h_t`, `h_prev` | (N, H) | state after and before a step |
# | $\mathbf{W}_x$, $\mathbf{W}_h$ | `W_x`, `W_h` | (H, D), (H, H) | weights to the state |
# | $\mathbf{b}$ | `b` | (H,) | bias of the state |
# | $\partial L/\partial \mathbf{h}_t$ | `dh_t` | (N, H) | gradient with respect to `h_t` |
# | $\ell_n$ | `lengths` | (N,) | true length of each sequence; beyond it lies padding |
#
# Formulas are for one sequence and column vectors, and count steps from 1. In code each row is a
# sequence, so a product $\mathbf{W}\mathbf{x}$ becomes `x @ W.T`, and steps count from 0.
#
# The setup defines some inputs for the checks. `ledge` and `cliff` are losses to descend on.

# %% role="setup" id="setup"
import numpy as np

from unrolled import Checks, fixed_array

check = Checks("05-stable-gradients")


def make_grads(start, scale=1.0):
    """Return three arrays, (5, 4), (5, 5) and (5,): always the same numbers for the same start."""
    shapes = ((5, 4), (5, 5), (5,))
    return [
        fixed_array(*shape, start=start + 50 * i, scale=scale * factor)
        for i, (shape, factor) in enumerate(zip(shapes, (9.0, 6.0, 14.0), strict=True))
    ]


def make_weights(D, H):
    """Return W_x (H, D), W_h (H, H), b (H,): always the same numbers, in new arrays."""
    return (
        fixed_array(H, D, start=100, scale=0.9),
        fixed_array(H, H, start=220, scale=0.7),
        fixed_array(H, start=320, scale=0.8),
    )


def ledge(params):
    """Return loss and grads of the sum of p * sqrt(p) over all numbers p in params.

    The way down leads towards 0, and below 0 loss and gradient are NaN.
    """
    with np.errstate(invalid="ignore"):
        roots = [np.sqrt(p) for p in params]
        loss = sum(float(np.sum(p * root)) for p, root in zip(params, roots, strict=True))
        return loss, [1.5 * root for root in roots]


def cliff(params):
    """Return loss and grads of a network of one unit: h <- sigmoid(w h + b), 50 times from 0.5.

    params is [w, b], two arrays of one number; the loss is (h - 0.7)^2.
    """
    w, b = (float(p[0]) for p in params)
    h, dh_dw, dh_db = 0.5, 0.0, 0.0
    for _ in range(50):
        new = 0.5 + 0.5 * np.tanh((w * h + b) / 2)
        slope = new * (1 - new)
        dh_dw, dh_db, h = slope * (w * dh_dw + h), slope * (w * dh_db + 1), new
    return (h - 0.7) ** 2, [np.array([2 * (h - 0.7) * d]) for d in (dh_dw, dh_db)]


# %% [markdown]
# ## 1. One norm for all
#
# *20 minutes · 2 points*
#
# The gradients of a network come as a list of arrays, one for each weight matrix and bias. Taken
# together they are one long vector, and its length is
#
# $$\|\mathbf{g}\| = \sqrt{\sum_i \|\mathbf{G}_i\|^2}$$
#
# where $\|\mathbf{G}_i\|^2$ is the sum of the squares of all numbers in array $i$.
#
# The gradients for which clipping is made are enormous, and the square of a finite number can
# overflow: in single precision beyond about $10^{19}$, in double precision beyond about
# $10^{154}$. Find a form that does not square large numbers. It helps that $\|c\,\mathbf{g}\| =
# c\,\|\mathbf{g}\|$ for every $c > 0$. Mind the gradient that is zero everywhere.


# %% role="solution" id="global_norm"
def global_norm(grads):
    """Return the length of all gradients together, as of one vector.

    Args:
        grads: a list of one or more arrays of any shapes, float64 or float32, not empty, their
            numbers finite but perhaps so large or so small that their squares are not
            representable.

    Returns:
        norm: one number of at least 0, right to the precision of grads. You may rely on the norm
        itself being well within the range of float64.
    """
    ### BEGIN SOLUTION
    largest = max(float(np.abs(g).max()) for g in grads)
    if largest == 0:
        return 0.0
    return largest * float(np.sqrt(sum(np.sum(np.square(g / largest)) for g in grads)))
    ### END SOLUTION


# %% role="tests" id="test-norm" of="global_norm" points=1
# test-norm (1 point)
check("norm of three arrays", global_norm(make_grads(1000)))
check("norm of one array", global_norm(make_grads(1200)[1:2]))
check("norm of negative numbers", global_norm([-np.abs(g) for g in make_grads(1300)]))
check("norm of zeros", global_norm([np.zeros((3, 2)), np.zeros(4)]))
check("norm, first array zero", global_norm([np.zeros(3), fixed_array(2, 3, start=1700)]))
### BEGIN HIDDEN TESTS
check("norm of three arrays, other numbers", global_norm(make_grads(1400, scale=0.01)))
check("norm of many arrays", global_norm([fixed_array(2, 1, 3, start=1600 + i) for i in range(20)]))
check("norm of one number", global_norm([np.array([-2.5])]))
check("norm, last array zero", global_norm([fixed_array(4, 2, start=1750), np.zeros(1)]))
### END HIDDEN TESTS

# %% role="tests" id="test-norm-edges" of="global_norm" points=1
# test-norm-edges (1 point)
small = [g.astype(np.float32) for g in make_grads(1800)]
check("norm, float32", global_norm(small))
check("norm, squares too large for float32", global_norm([g * np.float32(1e25) for g in small]))
check("norm, squares too large for float64", global_norm(make_grads(1800, scale=1e200)) / 1e200)
check("norm, squares too small", global_norm(make_grads(2000, scale=1e-200)) * 1e200)
grads = make_grads(1900)
global_norm(grads)
check("grads after a norm", grads)
### BEGIN HIDDEN TESTS
check("norm, small in float32", global_norm([g * np.float32(1e-30) for g in small]) * 1e30)
turned = [np.asfortranarray(g.T)[::2] for g in make_grads(2100)]
check("norm, not contiguous", global_norm(turned))
check("norm, one large number", global_norm([np.array([3.0, -2e180]), np.ones(2)]) / 1e180)
### END HIDDEN TESTS

# %% [markdown]
# **Compare with PyTorch.** `clip_grad_norm_` returns the norm as well.

# %% role="agreement" id="agree-norm"
torch = check.import_torch()
if torch:
    weights = [
        torch.nn.Parameter(torch.zeros(g.shape, dtype=torch.float64)) for g in make_grads(1000)
    ]
    for weight, g in zip(weights, make_grads(1000), strict=True):
        weight.grad = torch.from_numpy(g)
    theirs = torch.nn.utils.clip_grad_norm_(weights, 1.0)
    check.agrees("norm and clip_grad_norm_", global_norm(make_grads(1000)), theirs)

# %% [markdown]
# ## 2. Clipping by norm
#
# *20 minutes · 2 points*
#
# Shorten the gradient if it is longer than the threshold, and leave it alone if it is not:
#
# $$\mathbf{g} \leftarrow \frac{\kappa}{\|\mathbf{g}\|}\, \mathbf{g}
# \quad\text{if}\quad \|\mathbf{g}\| > \kappa$$
#
# Call `global_norm`. Nothing has to be added to the norm to avoid a division by zero: where you
# divide, it is above the threshold.


# %% role="solution" id="clip_by_norm"
def clip_by_norm(grads, max_norm):
    """Shorten gradients whose norm, over all arrays together, exceeds a threshold.

    Args:
        grads: a list of arrays, as in global_norm.
        max_norm: the threshold, above 0; np.inf stands for no clipping.

    Returns:
        clipped: a list of arrays of the same shapes and dtypes.
        norm: the norm of grads, before clipping.
    """
    ### BEGIN SOLUTION
    norm = global_norm(grads)
    factor = float(max_norm / norm) if norm > max_norm else 1.0
    return [g * factor for g in grads], norm
    ### END SOLUTION


# %% role="tests" id="test-clip" of="clip_by_norm" points=1
# test-clip (1 point)
clipped, norm = clip_by_norm(make_grads(2200), 3.0)
check("a long gradient, clipped", clipped)
check("norm before clipping", norm)
clipped, norm = clip_by_norm(make_grads(2300, scale=0.02), 3.0)
check("a short gradient, clipped", clipped)
short = norm
mixed = [g * factor for g, factor in zip(make_grads(2350), (1.0, 0.05, 0.02), strict=True)]
check("one long array and two short ones, clipped", clip_by_norm(mixed, 3.0)[0])
### BEGIN HIDDEN TESTS
check("norm of a short gradient", short)
clipped, norm = clip_by_norm(make_grads(2400)[:2], 0.25)
check("another long gradient, clipped", clipped)
check("another norm before clipping", norm)
clipped, norm = clip_by_norm(make_grads(2450), 1e6)
check("a gradient far below the threshold", clipped)
### END HIDDEN TESTS

# %% role="tests" id="test-clip-edges" of="clip_by_norm" points=1
# test-clip-edges (1 point)
clipped, norm = clip_by_norm(make_grads(2500), np.inf)
check("no clipping", clipped)
clipped, norm = clip_by_norm([np.zeros((2, 3)), np.zeros(2)], 0.5)
check("a zero gradient, clipped", clipped)
small = [g.astype(np.float32) for g in make_grads(2600)]
clipped, norm = clip_by_norm(small, 2.0)
check("types of clipped float32", [str(np.asarray(g).dtype) for g in clipped])
grads = make_grads(2700)
clipped, norm = clip_by_norm(grads, 2.0)
check("grads after clipping", grads)
### BEGIN HIDDEN TESTS
check("clipped", clipped)
clipped, norm = clip_by_norm(small, 2.0)
check("clipped float32", clipped)
clipped, norm = clip_by_norm(make_grads(2800, scale=1e180), 5.0)
check("an enormous gradient, clipped", clipped)
turned = [np.asfortranarray(g.T)[::2] for g in make_grads(2900)]
clipped, norm = clip_by_norm(turned, 1.5)
check("clipped, not contiguous", clipped)
### END HIDDEN TESTS

# %% [markdown]
# **Compare with PyTorch.** `clip_grad_norm_` adds 0.000001 to the norm before it divides, so the
# two agree to about that.

# %% role="agreement" id="agree-clip"
torch = check.import_torch()
if torch:
    weights = [
        torch.nn.Parameter(torch.zeros(g.shape, dtype=torch.float64)) for g in make_grads(2200)
    ]
    for weight, g in zip(weights, make_grads(2200), strict=True):
        weight.grad = torch.from_numpy(g)
    torch.nn.utils.clip_grad_norm_(weights, 3.0)
    clipped, norm = clip_by_norm(make_grads(2200), 3.0)
    for i, (mine, weight) in enumerate(zip(clipped, weights, strict=True)):
        check.agrees(f"clipped array {i} and clip_grad_norm_", mine, weight.grad, tolerance=1e-6)

# %% [markdown]
# ## 3. Clipping by value
#
# *10 minutes · 1 point*
#
# For contrast: cut each number on its own to the interval from $-\kappa$ to $\kappa$.
#
# $$g_i \leftarrow \min(\max(g_i, -\kappa), \kappa)$$


# %% role="solution" id="clip_by_value"
def clip_by_value(grads, limit):
    """Cut every number of the gradients to the interval from -limit to limit.

    Args:
        grads: a list of arrays, as in global_norm.
        limit: the threshold, above 0; np.inf stands for no clipping.

    Returns:
        clipped: a list of arrays of the same shapes and dtypes.
    """
    ### BEGIN SOLUTION
    return [np.clip(g, -limit, limit) for g in grads]
    ### END SOLUTION


# %% role="tests" id="test-value" of="clip_by_value" points=1
# test-value (1 point)
check("clipped by value", clip_by_value(make_grads(3000), 4.0))
check("clipped by a small value", clip_by_value(make_grads(3100), 0.5))
grads = make_grads(3200)
clip_by_value(grads, 4.0)
check("grads after clipping by value", grads)
small = [g.astype(np.float32) for g in make_grads(3300)]
check("types, clipped by value", [str(np.asarray(g).dtype) for g in clip_by_value(small, 4.0)])
### BEGIN HIDDEN TESTS
check("clipped by value, float32", clip_by_value(small, 4.0))
check("clipped by a value that cuts nothing", clip_by_value(make_grads(3400), 100.0))
check("clipped by value, no limit", clip_by_value(make_grads(3400), np.inf))
check("clipped by value, one array", clip_by_value(make_grads(3500)[2:], 5.0))
### END HIDDEN TESTS

# %% [markdown]
# **Compare with PyTorch.** `clip_grad_value_`

# %% role="agreement" id="agree-value"
torch = check.import_torch()
if torch:
    weights = [
        torch.nn.Parameter(torch.zeros(g.shape, dtype=torch.float64)) for g in make_grads(3000)
    ]
    for weight, g in zip(weights, make_grads(3000), strict=True):
        weight.grad = torch.from_numpy(g)
    torch.nn.utils.clip_grad_value_(weights, 4.0)
    for i, (mine, weight) in enumerate(
        zip(clip_by_value(make_grads(3000), 4.0), weights, strict=True)
    ):
        check.agrees(f"clipped array {i} and clip_grad_value_", mine, weight.grad)

# %% [markdown]
# ## 4. How far was it turned?
#
# *15 minutes · 1 point*
#
# The angle between two vectors tells whether they point the same way. Its cosine is
#
# $$\cos \angle(\mathbf{u}, \mathbf{g}) =
# \frac{\mathbf{u}^\top \mathbf{g}}{\|\mathbf{u}\|\,\|\mathbf{g}\|}$$
#
# where each list of arrays counts as one long vector: one inner product over all arrays, two
# norms.


# %% role="solution" id="cosine"
def cosine(grads, others):
    """Return the cosine of the angle between two gradients.

    Args:
        grads: a list of arrays, as in global_norm, not all zero; numbers of ordinary size.
        others: a list of as many arrays, of the same shapes, not all zero.

    Returns:
        The cosine, one number from -1 to 1.
    """
    ### BEGIN SOLUTION
    product = sum(float(np.sum(g * other)) for g, other in zip(grads, others, strict=True))
    return product / (global_norm(grads) * global_norm(others))
    ### END SOLUTION


# %% role="tests" id="test-cosine" of="cosine" points=1
# test-cosine (1 point)
check("cosine of two gradients", cosine(make_grads(4000), make_grads(4111, scale=0.3)))
check("cosine of opposite gradients", cosine(make_grads(4200), [-2 * g for g in make_grads(4200)]))
mixed = [g * factor for g, factor in zip(make_grads(4300), (1.0, -0.5, 2.0), strict=True)]
check("cosine, arrays scaled apart", cosine(make_grads(4300), mixed))
### BEGIN HIDDEN TESTS
check("cosine of a gradient and itself", cosine(make_grads(4400), make_grads(4400)))
check("cosine, right angle", cosine([np.array([3.0, 4.0])], [np.array([-4.0, 3.0])]) + 1)
cut = [np.clip(g, -2, 2) for g in make_grads(4500)]
check("cosine, one clipped by value", cosine(cut, make_grads(4500)))
check("cosine, one array zero", cosine([np.ones(3), np.zeros(2)], [np.ones(3), np.ones(2)]))
### END HIDDEN TESTS

# %% [markdown]
# ## 5. A step that looks first
#
# *25 minutes · 2 points*
#
# Clipping cannot mend a gradient that holds `inf` or `nan`. So look before you step:
#
# - If the loss and every number of the gradient are finite, clip by norm and go one step down,
#   $\boldsymbol\theta \leftarrow \boldsymbol\theta - \eta\,
#   \operatorname{clip}_\kappa(\mathbf{g})$.
# - If not, leave the parameters as they are, and say so.
#
# `np.isfinite` knows both `inf` and `nan`. A gradient of $10^{200}$ is finite, and fit to be
# clipped.


# %% role="solution" id="guarded_step"
def guarded_step(params, loss, grads, rate, max_norm):
    """Do one step of clipped gradient descent, unless a number is not finite.

    Args:
        params: a list of arrays.
        loss: the loss at params, one number; possibly inf or nan.
        grads: a list of arrays of the same shapes as params; possibly with inf or nan in them.
        rate: the learning rate.
        max_norm: the threshold of clipping by norm; np.inf stands for no clipping.

    Returns:
        new_params: a list of arrays: the parameters after the step, or with the values of params
            if there was none. The arrays in params stay as they are in both cases.
        ok: True if the step was done, False if not.
    """
    ### BEGIN SOLUTION
    if not (np.isfinite(loss) and all(np.isfinite(g).all() for g in grads)):
        return [p.copy() for p in params], False
    clipped, _ = clip_by_norm(grads, max_norm)
    return [p - rate * g for p, g in zip(params, clipped, strict=True)], True
    ### END SOLUTION


# %% role="tests" id="test-guarded" of="guarded_step" points=2
# test-guarded (2 points)
params, grads = make_grads(5000, scale=0.2), make_grads(5200)
new_params, ok = guarded_step(params, 1.5, grads, 0.3, 4.0)
check("parameters after a clipped step", new_params)
check("a clipped step is done", ok)
new_params, ok = guarded_step(params, 1.5, make_grads(5300, scale=0.01), 0.3, 4.0)
check("parameters after a short step", new_params)
new_params, ok = guarded_step(params, np.nan, grads, 0.3, 4.0)
check("a step is done, loss nan", ok)
check("parameters, loss nan", new_params)
new_params, ok = guarded_step(params, -np.inf, grads, 0.3, 4.0)
check("a step is done, loss infinite", ok)
broken = make_grads(5400)
broken[0][:] = np.nan
new_params, ok = guarded_step(params, 1.5, broken, 0.3, 4.0)
check("parameters, one array of the gradient nan", new_params)
check("a step is done, one array of the gradient nan", ok)
broken = make_grads(5450)
broken[0][2, 3] = np.nan
new_params, ok = guarded_step(params, 1.5, broken, 0.3, 4.0)
check("a step is done, one number of the gradient nan", ok)
broken = make_grads(5500)
broken[2][1] = np.nan
new_params, ok = guarded_step(params, 1.5, broken, 0.3, 4.0)
check("a step is done, one number of the last array nan", ok)
broken = make_grads(5550)
broken[1][2, 3] = np.inf
new_params, ok = guarded_step(params, 1.5, broken, 0.3, 4.0)
check("a step is done, one number of the gradient infinite", ok)
check("parameters, one number of the gradient infinite", new_params)
check("params after all that", params)
new_params, ok = guarded_step(params, 1.5, make_grads(5600, scale=1e200), 0.3, 4.0)
check("parameters after a step along an enormous gradient", new_params)
### BEGIN HIDDEN TESTS
check("a step along an enormous gradient is done", ok)
broken = make_grads(5700)
broken[2][4] = -np.inf
new_params, ok = guarded_step(params, 1.5, broken, 0.3, np.inf)
check("a step is done, last array infinite", ok)
broken = make_grads(5750)
broken[0][1, 0], broken[0][3, 2] = np.inf, -np.inf
new_params, ok = guarded_step(params, 1.5, broken, 0.3, 4.0)
check("parameters, infinite in both directions", new_params)
new_params, ok = guarded_step(params, 1e300, grads, 0.3, np.inf)
check("parameters after a step without clipping", new_params)
new_params, ok = guarded_step([np.array([2.0])], 0.0, [np.array([1e-3])], 0.3, 4.0)
check("parameters near a minimum", new_params)
check("a step near a minimum is done", ok)
### END HIDDEN TESTS

# %% [markdown]
# **Compare with PyTorch.** One step of `torch.optim.SGD` after `clip_grad_norm_`.

# %% role="agreement" id="agree-guarded"
torch = check.import_torch()
if torch:
    params, grads = make_grads(5000, scale=0.2), make_grads(5200)
    weights = [torch.nn.Parameter(torch.from_numpy(p.copy())) for p in params]
    for weight, g in zip(weights, grads, strict=True):
        weight.grad = torch.from_numpy(g.copy())
    torch.nn.utils.clip_grad_norm_(weights, 4.0)
    torch.optim.SGD(weights, lr=0.3).step()
    new_params, ok = guarded_step(params, 1.5, grads, 0.3, 4.0)
    for i, (mine, weight) in enumerate(zip(new_params, weights, strict=True)):
        check.agrees(f"array {i} and SGD", mine, weight.detach(), tolerance=1e-6)

# %% [markdown]
# ## 6. Restarting from a checkpoint
#
# *35 minutes · 3 points*
#
# A step not done is not enough: at the same parameters the same numbers come back. So go back to
# parameters at which all was well, and take smaller steps from there. Write the loop. Call
# `loss_and_grads` `steps` times, with the parameters as they are at that moment, and call
# `guarded_step` after each.
#
# - **The step was done.** It is a good step. Keep the loss in a list. If the number of good steps
#   *before* this one is a multiple of `every` (0, `every`, `2 * every`, …), the parameters
#   *before* the step become the checkpoint: the loss there has just been found finite. Then go on
#   from the new ones.
# - **The step was not done.** Go back to the checkpoint and halve the learning rate, for good.
#
# Losses that are not finite are not kept. Good steps are counted through the whole run: a failure
# strikes out neither their number nor their losses. You may rely on the first step being good.


# %% role="solution" id="descend"
def descend(params, loss_and_grads, rate, max_norm, steps, every):
    """Run clipped gradient descent that restarts from checkpoints.

    Args:
        params: a list of arrays, the parameters to start from.
        loss_and_grads: a function that takes a list of arrays and returns the loss, one number, and
            the gradients, a list of arrays.
        rate: the learning rate to start with.
        max_norm: the threshold of clipping by norm; np.inf stands for no clipping.
        steps: how often loss_and_grads is called, good steps and failed ones together.
        every: a checkpoint is taken at good step 0, every, 2 * every, …; an integer above 0.

    Returns:
        params: a list of arrays, the parameters at the end: after the last step if it was good,
            the checkpoint if it failed.
        losses: the losses of the good steps, in order.
        rate: the learning rate at the end.
    """
    ### BEGIN SOLUTION
    losses, checkpoint = [], params
    for _ in range(steps):
        loss, grads = loss_and_grads(params)
        new_params, ok = guarded_step(params, loss, grads, rate, max_norm)
        if not ok:
            params, rate = checkpoint, rate / 2
            continue
        if len(losses) % every == 0:
            checkpoint = params
        losses.append(loss)
        params = new_params
    return params, losses, rate
    ### END SOLUTION


# %% role="tests" id="test-descend" of="descend" points=3
# test-descend (3 points)
start = [3 + fixed_array(2, 3, start=6000), 5 + fixed_array(2, start=6050)]
params, losses, rate = descend(start, ledge, 0.2, 1.0, 12, 5)
check("losses of a smooth descent", losses)
check("parameters after a smooth descent", params)
check("learning rate after a smooth descent", rate)
params, losses, rate = descend(start, ledge, 0.35, np.inf, 26, 3)
check("losses with several restarts", losses)
check("parameters after several restarts", params)
check("learning rate after several restarts", rate)
params, losses, rate = descend(start, ledge, 2.0, np.inf, 3, 5)
check("learning rate after a restart", rate)
check("losses around a restart", losses)
check("parameters after a restart", params)
check("start after a descent", start)
### BEGIN HIDDEN TESTS
params, losses, rate = descend(start, ledge, 0.8, 3.0, 40, 3)
check("learning rate after restarts with clipping", rate)
check("losses of restarts with clipping", losses)
check("parameters after restarts with clipping", params)
params, losses, rate = descend(start, ledge, 0.3, 1.0, 1, 1)
check("parameters after one step", params)
params, losses, rate = descend(start, ledge, 2.0, np.inf, 2, 1)
check("parameters after a failure in the end", params)
params, losses, rate = descend([np.array([6.0]), np.array([-2.0])], cliff, 0.5, 0.1, 20, 10)
check("losses at the cliff", losses)
params, losses, rate = descend(start, ledge, 0.4, np.inf, 25, 1)
check("losses with a checkpoint at every step", losses)
check("learning rate with a checkpoint at every step", rate)
### END HIDDEN TESTS

# %% [markdown]
# ## 7. A ReLU step
#
# *5 minutes · 1 point*
#
# The step of the RNN with another activation:
#
# $$\mathbf{h}_t =
# \operatorname{relu}(\mathbf{W}_x \mathbf{x}_t + \mathbf{W}_h \mathbf{h}_{t-1} + \mathbf{b}),
# \qquad \operatorname{relu}(a) = \max(a, 0)$$


# %% role="solution" id="relu_step_forward"
def relu_step_forward(x_t, h_prev, W_x, W_h, b):
    """Do one step of a ReLU RNN for a batch.

    Args:
        x_t: inputs of this step, (N, D).
        h_prev: hidden states before this step, (N, H).
        W_x: input weights, (H, D).
        W_h: recurrent weights, (H, H).
        b: bias, (H,).

    Returns:
        h_t: hidden states after this step, (N, H). float32 arrays give a float32 result.
    """
    ### BEGIN SOLUTION
    return np.maximum(x_t @ W_x.T + h_prev @ W_h.T + b, 0)
    ### END SOLUTION


# %% role="tests" id="test-relu" of="relu_step_forward" points=1
# test-relu (1 point)
N, D, H = 3, 4, 5
W_x, W_h, b = make_weights(D, H)
x_t, h_prev = fixed_array(N, D, start=7000), 1 + fixed_array(N, H, start=7100)
check("h_t", relu_step_forward(x_t, h_prev, W_x, W_h, b))
small = [array.astype(np.float32) for array in (x_t, h_prev, W_x, W_h, b)]
check("h_t, type for float32", str(np.asarray(relu_step_forward(*small)).dtype))
### BEGIN HIDDEN TESTS
check("h_t, float32", relu_step_forward(*small))
check("h_t, other weights", relu_step_forward(-x_t, h_prev / 2, W_x / 2, -W_h, b / 3))
check("h_t, one sequence", relu_step_forward(x_t[:1], h_prev[:1], W_x, W_h, b))
wide = fixed_array(D, 2 * N, start=7200)
check("h_t, not contiguous", relu_step_forward(wide.T[::2], h_prev, np.asfortranarray(W_x), W_h, b))
relu_step_forward(x_t, h_prev, W_x, W_h, b)
check("h_prev after a step", h_prev)
### END HIDDEN TESTS

# %% [markdown]
# ## 8. The step backwards
#
# *20 minutes · 3 points*
#
# Given the gradient $\partial L/\partial\mathbf{h}_t$, compute the gradients with respect to
# everything that went into the step. With $\mathbf{a}_t$ the argument of relu, for one sequence:
#
# $$\frac{\partial L}{\partial \mathbf{a}_t} =
# \frac{\partial L}{\partial \mathbf{h}_t} \odot [\mathbf{a}_t > 0], \qquad
# \frac{\partial L}{\partial \mathbf{x}_t} =
# \mathbf{W}_x^\top \frac{\partial L}{\partial \mathbf{a}_t}, \qquad
# \frac{\partial L}{\partial \mathbf{h}_{t-1}} =
# \mathbf{W}_h^\top \frac{\partial L}{\partial \mathbf{a}_t},$$
#
# $$\frac{\partial L}{\partial \mathbf{W}_x} =
# \frac{\partial L}{\partial \mathbf{a}_t}\, \mathbf{x}_t^\top, \qquad
# \frac{\partial L}{\partial \mathbf{W}_h} =
# \frac{\partial L}{\partial \mathbf{a}_t}\, \mathbf{h}_{t-1}^\top, \qquad
# \frac{\partial L}{\partial \mathbf{b}} = \frac{\partial L}{\partial \mathbf{a}_t}$$
#
# $[\,\cdot\,]$ is 1 where the condition holds, else 0. The weights are shared by the sequences of
# a batch, so their gradients are sums over the batch. You need not know $\mathbf{a}_t$: it is
# above 0 exactly where $\mathbf{h}_t$ is.


# %% role="solution" id="relu_step_backward"
def relu_step_backward(dh_t, h_t, x_t, h_prev, W_x, W_h):
    """Compute the gradients of one step of a ReLU RNN.

    Args:
        dh_t: gradient of the loss with respect to h_t, (N, H).
        h_t: hidden states after the step, (N, H), as relu_step_forward returns them.
        x_t: inputs of the step, (N, D).
        h_prev: hidden states before the step, (N, H).
        W_x: input weights, (H, D).
        W_h: recurrent weights, (H, H).

    Returns:
        dx_t (N, D), dh_prev (N, H), dW_x (H, D), dW_h (H, H), db (H,): the gradients of the loss.
    """
    ### BEGIN SOLUTION
    da_t = dh_t * (h_t > 0)
    return da_t @ W_x, da_t @ W_h, da_t.T @ x_t, da_t.T @ h_prev, da_t.sum(axis=0)
    ### END SOLUTION


# %% role="tests" id="test-relu-backward" of="relu_step_backward" points=2
# test-relu-backward (2 points)
N, D, H = 3, 4, 5
W_x, W_h, b = make_weights(D, H)
x_t, h_prev = fixed_array(N, D, start=8000), 1 + fixed_array(N, H, start=8100)
h_t, dh_t = np.maximum(fixed_array(N, H, start=8200), 0), fixed_array(N, H, start=8300)
dx_t, dh_prev, dW_x, dW_h, db = relu_step_backward(dh_t, h_t, x_t, h_prev, W_x, W_h)
check("db", db)
check("dh_prev", dh_prev)
check("dx_t", dx_t)
check("dW_h", dW_h)
check("dW_x", dW_x)
### BEGIN HIDDEN TESTS
N, D, H = 6, 2, 3
W_x, W_h, b = make_weights(D, H)
x_t, h_prev = fixed_array(N, D, start=8400), 1 + fixed_array(N, H, start=8500)
h_t, dh_t = np.maximum(fixed_array(N, H, start=8600), 0), fixed_array(N, H, start=8700)
gradients = relu_step_backward(dh_t, h_t, x_t, h_prev, W_x, W_h)
check("all gradients, other sizes", list(gradients))
### END HIDDEN TESTS

# %% role="tests" id="test-relu-backward-edges" of="relu_step_backward" points=1
# test-relu-backward-edges (1 point)
N, D, H = 3, 4, 5
W_x, W_h, b = make_weights(D, H)
x_t, h_prev = fixed_array(N, D, start=8800), 1 + fixed_array(N, H, start=8900)
h_t, dh_t = np.maximum(fixed_array(N, H, start=9000), 0), fixed_array(N, H, start=9100)
one = relu_step_backward(dh_t[:1], h_t[:1], x_t[:1], h_prev[:1], W_x, W_h)
check("all gradients, one sequence", list(one))
relu_step_backward(dh_t, h_t, x_t, h_prev, W_x, W_h)
check("dh_t after a backward step", dh_t)
### BEGIN HIDDEN TESTS
check("h_t after a backward step", h_t)
asleep = relu_step_backward(dh_t, np.zeros((N, H)), x_t, h_prev, W_x, W_h)
check("all gradients, no unit active", list(asleep))
awake = relu_step_backward(dh_t, h_t + 100, x_t, h_prev, W_x, W_h)
check("all gradients, all units active and large", list(awake))
small = [array.astype(np.float32) for array in (dh_t, h_t, x_t, h_prev, W_x, W_h)]
check("all gradients, float32", list(relu_step_backward(*small)))
wide = fixed_array(H, 2 * N, start=9200)
turned = relu_step_backward(wide.T[::2], h_t, x_t, h_prev, np.asfortranarray(W_x), W_h)
check("all gradients, not contiguous", list(turned))
### END HIDDEN TESTS

# %% [markdown]
# **Compare with PyTorch.** Your gradients against autograd, through `torch.nn.RNNCell` with ReLU.

# %% role="agreement" id="agree-relu"
torch = check.import_torch()
if torch:
    N, D, H = 3, 4, 5
    W_x, W_h, b = make_weights(D, H)
    x_t, h_prev = fixed_array(N, D, start=7000), 1 + fixed_array(N, H, start=7100)
    dh_t = fixed_array(N, H, start=8300)
    cell = torch.nn.RNNCell(D, H, nonlinearity="relu", dtype=torch.float64)
    stored = [torch.from_numpy(array) for array in (W_x, W_h, b)]
    with torch.no_grad():
        for parameter, array in zip(cell.parameters(), [*stored, torch.zeros(H)], strict=True):
            parameter.copy_(array)
    inputs = [torch.from_numpy(array).requires_grad_() for array in (x_t, h_prev)]
    theirs = cell(*inputs)
    h_t = relu_step_forward(x_t, h_prev, W_x, W_h, b)
    check.agrees("h_t and RNNCell", h_t, theirs)
    wanted = [*inputs, *list(cell.parameters())[:3]]
    gradients = torch.autograd.grad(theirs, wanted, torch.from_numpy(dh_t))
    mine = relu_step_backward(dh_t, h_t, x_t, h_prev, W_x, W_h)
    for name, one, other in zip(
        ("dx_t", "dh_prev", "dW_x", "dW_h", "db"), mine, gradients, strict=True
    ):
        check.agrees(f"{name} and autograd", one, other)

# %% [markdown]
# ## 9. Starting at the identity
#
# *10 minutes · 1 point*
#
# An identity RNN is a ReLU RNN with certain initial values: the recurrent matrix is the identity,
# possibly times a number, the bias is zero, and the input weights are small random numbers. The
# random numbers are drawn by whoever calls your function, so that its result can be checked.


# %% role="solution" id="identity_start"
def identity_start(noise, scale=1.0):
    """Return the initial weights of an identity RNN.

    Args:
        noise: small random numbers, (H, D), float64 or float32.
        scale: the number on the diagonal of the recurrent matrix.

    Returns:
        W_x (H, D), W_h (H, H), b (H,): of the dtype of noise.
    """
    ### BEGIN SOLUTION
    H = len(noise)
    return noise.copy(), scale * np.eye(H, dtype=noise.dtype), np.zeros(H, dtype=noise.dtype)
    ### END SOLUTION


# %% role="tests" id="test-identity" of="identity_start" points=1
# test-identity (1 point)
W_x, W_h, b = identity_start(fixed_array(5, 3, start=9300, scale=0.1), 0.9)
check("W_h at the start", W_h)
check("W_x at the start", W_x)
check("b at the start", b)
W_x, W_h, b = identity_start(fixed_array(4, 2, start=9400, scale=0.1).astype(np.float32))
check("types at the start, float32", [str(np.asarray(w).dtype) for w in (W_x, W_h, b)])
### BEGIN HIDDEN TESTS
check("W_h at the start, scale left out", W_h)
W_x, W_h, b = identity_start(fixed_array(2, 6, start=9500, scale=0.1), 0.5)
check("weights at the start, more inputs than units", [W_x, W_h, b])
W_x, W_h, b = identity_start(fixed_array(1, 4, start=9600, scale=0.1))
check("weights at the start, one unit", [W_x, W_h, b])
### END HIDDEN TESTS

# %% [markdown]
# What does such a network do before it is trained? Run the next cell. Which units keep their
# value, and why? Try a `scale` of 0.9 as well.

# %%
W_x, W_h, b = identity_start(fixed_array(6, 2, start=9700, scale=0.5), scale=1.0)
h_t = np.zeros((1, 6))
for t in range(12):
    x_t = fixed_array(1, 2, start=9800 + 2 * t) if t < 4 else np.zeros((1, 2))
    h_t = relu_step_forward(x_t, h_t, W_x, W_h, b)
    note = "reads" if t < 4 else "no input"
    print(f"step {t + 1:2}, {note:8}:", np.array2string(h_t[0], precision=3, suppress_small=True))

# %% [markdown]
# ## 10. Reversal inside padding
#
# *20 minutes · 2 points*
#
# Turn each sequence of a padded batch round, and leave its padding where it is, with what it
# holds:
#
# $$\text{place } t \text{ of the result holds } \mathbf{x}_{n,\,\ell_n + 1 - t}
# \text{ if } t \le \ell_n, \text{ else } \mathbf{x}_{n,t}$$
#
# Steps count from 1 here and from 0 in code. You need no loop: build an array of places, (N, T),
# and take them with an index array. A loop over the batch is right too.


# %% role="solution" id="reverse_padded"
def reverse_padded(x, lengths):
    """Reverse each sequence of a padded batch within its length.

    Args:
        x: the batch, (N, T) or (N, T, D): numbers of any dtype.
        lengths: how many steps of each sequence count, (N,), integers from 0 to T. They may all be
            less than T.

    Returns:
        A new array of the shape and dtype of x, equal to x beyond each sequence's length.
    """
    ### BEGIN SOLUTION
    N, T = x.shape[:2]
    t = np.arange(T)
    ends = np.asarray(lengths)[:, None]
    places = np.where(t < ends, ends - 1 - t, t)
    return x[np.arange(N)[:, None], places]
    ### END SOLUTION


# %% role="tests" id="test-reverse" of="reverse_padded" points=2
# test-reverse (2 points)
N, T, D = 4, 7, 3
ids = np.arange(10, 10 + N * T).reshape(N, T)
check("reversed symbols", reverse_padded(ids, np.array([5, 7, 1, 2])))
symbols = reverse_padded(ids.astype(np.int32), np.array([5, 7, 1, 2]))
check("type of reversed symbols", str(np.asarray(symbols).dtype))
x = fixed_array(N, T, D, start=9900)
check("reversed vectors", reverse_padded(x, np.array([3, 6, 2, 5])))
check("reversed, a sequence of length 0", reverse_padded(x, np.array([0, 4, 7, 1])))
check("x after a reversal", x)
twice = reverse_padded(reverse_padded(x, np.array([4, 6, 1, 7])), np.array([4, 6, 1, 7]))
check("reversed twice", twice)
### BEGIN HIDDEN TESTS
lengths = np.array([6, 2, 7, 3])
check("reversed, other lengths", reverse_padded(x, lengths))
check("lengths after a reversal", lengths)
check("reversed, one sequence", reverse_padded(x[:1], np.array([4])))
check("reversed, one step", reverse_padded(x[:, :1], np.array([1, 0, 1, 1])))
check("reversed, type", str(np.asarray(reverse_padded(x.astype(np.float32), lengths)).dtype))
check("reversed, float32", reverse_padded(x.astype(np.float32), lengths))
wide = fixed_array(T, 2 * N, D, start=9990).transpose(1, 0, 2)[::2]
check("reversed, not contiguous", reverse_padded(wide, lengths))
long_text = (np.arange(900) ** 2 % 17).reshape(2, 450)
check("reversed, long sequences", reverse_padded(long_text, np.array([450, 333])))
### END HIDDEN TESTS

# %% [markdown]
# **Compare with PyTorch.** Each sequence on its own, cut to its length and flipped.

# %% role="agreement" id="agree-reverse"
torch = check.import_torch()
if torch:
    x = fixed_array(4, 7, 3, start=9900)
    mine = reverse_padded(x, np.array([3, 6, 2, 5]))
    for n, length in enumerate((3, 6, 2, 5)):
        theirs = torch.from_numpy(x[n, :length]).flip(0)
        check.agrees(f"sequence {n} and flip", mine[n, :length], theirs)

# %% [markdown]
# ## 11. Experiment: down the cliff
#
# *10 minutes*
#
# `cliff` is the loss of a network of a single unit, with two parameters $w$ and $b$. Its map has
# an edge: along it the gradient is enormous. Three walks start from the same place with the same
# learning rate: without clipping, clipped by norm, and clipped by value.

# %%
start = [np.array([6.0]), np.array([-2.0])]
rate, threshold, steps = 0.5, 0.1, 300

walks = {}
for name in ("plain", "by norm", "by value"):
    params, path, norms, turned = start, [], [], 0.0
    for _ in range(steps):
        loss, grads = cliff(params)
        path.append((params[0][0], params[1][0], loss))
        norms.append(global_norm(grads))
        if name == "by value":
            cut = clip_by_value(grads, threshold)
            turned = max(turned, np.degrees(np.arccos(min(1.0, cosine(cut, grads)))))
            grads = cut
        params, ok = guarded_step(
            params, loss, grads, rate, threshold if name == "by norm" else np.inf
        )
    walks[name] = np.array(path)
    longest = np.linalg.norm(np.diff(walks[name][:, :2], axis=0), axis=1).max()
    w, b, loss = walks[name][-1]
    print(
        f"{name:8}: largest gradient {max(norms):7.2f}, longest step {longest:.3f}, "
        f"turned by up to {turned:4.1f} degrees, end at w = {w:.2f}, b = {b:.2f}, loss {loss:.5f}"
    )

# %%
import matplotlib.pyplot as plt

from unrolled.figures import figure_size, use_style

use_style()
figure, panels = plt.subplots(2, 1, figsize=figure_size(1.1))
for name, path in walks.items():
    panels[0].plot(path[:, 0], path[:, 1], ".-", markersize=4, linewidth=1, label=name)
    panels[1].plot(path[:, 2], linewidth=1.2, label=name)
w = np.linspace(4, 7, 2)
panels[0].plot(w, -w / 2, "--", color="gray", linewidth=1, label="edge")
panels[0].set(xlabel="w", ylabel="b")
panels[1].set(xlabel="update", ylabel="loss", yscale="log")
panels[0].legend()
plt.show()

# %% [markdown]
# Change `rate`, `threshold`, `steps` and `start`, and run both cells again. When does a clipped
# walk fail to arrive? When does the plain one arrive?

# %% [markdown] role="written" id="why-clip" points=2
# **Question** *(10 minutes · 2 points, graded by hand)*
#
# (a) Compare the plain walk with the one clipped by norm, as the experiment above set them up.
# Quote from your run the largest gradient and the longest step of each, and explain with the
# equation of part 2 why one is thrown far away and the other is not, although it met an even
# larger gradient. (b) Quote by how many degrees clipping by value turned the gradient. Why can it
# be no more than 45 degrees with two parameters? Say where the clipped gradient lies if both
# numbers are cut, and where if one is. Three to six sentences.
#
# ### BEGIN SOLUTION
# *Model answer.* (a) The plain walk meets a gradient of 12.1 at the edge and moves by the learning
# rate times that, 6.07, out of the valley to a place where the loss is flat, and stays there. The
# clipped walk meets gradients of up to 275, but its step is at most the rate times the threshold,
# 0.5 · 0.1 = 0.05, in the same direction. So it is pushed a little way back from the edge, comes
# down again, and follows the edge to the minimum. (b) Turned by up to 34.4 degrees. Cutting keeps
# the signs, so both gradients lie in the same quadrant. If both numbers are cut, the clipped one
# lies on the diagonal of the quadrant, and no direction in it is more than 45 degrees away. If only
# the larger number is cut, it stays the larger one, so the clipped gradient lies between the
# original and the diagonal.
#
# *Marking scheme.*
#
# - 2: numbers quoted from the run and explained by the bound rate times threshold (or: the length
#   is cut, the direction kept), and in (b) the degrees quoted and the case of both numbers cut
#   explained by the diagonal (or: the bound of the chapter with d = 2).
# - 1: one of the two parts as above; or both, but without numbers from the run.
# - 0: no answer, or only a general remark such as "clipping makes gradients smaller".
# ### END SOLUTION

# %% [markdown]
# ## Summary

# %% role="summary" id="summary"
check.summary()
