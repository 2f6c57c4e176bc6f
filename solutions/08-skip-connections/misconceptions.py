"""Wrong implementations that people really write, with what to say to them.

Each function replaces the student's function of the name in `of`. It may use what the notebook
defines and nothing else of this file.
"""

import numpy as np

from autograder.authoring.catalogue import misconception

# --- 1. a residual block --------------------------------------------------------------------


@misconception(
    of="residual_forward",
    diagnosis="the input is not added: this is a plain network of two layers",
    hint="What is y where all weights and biases are zero? It should be x.",
    section="residual-block",
)
def skip_forgotten(x, W_1, b_1, W_2, b_2):
    a = x @ W_1.T + b_1
    return np.maximum(a, 0) @ W_2.T + b_2, a


@misconception(
    of="residual_forward",
    diagnosis="relu is applied once more, behind the sum",
    hint="The first residual networks had it there. Here nothing stands on the path of x: "
    "a negative x stays negative where F is zero.",
    section="residual-block",
)
def relu_behind_the_sum(x, W_1, b_1, W_2, b_2):
    a = x @ W_1.T + b_1
    return np.maximum(x + np.maximum(a, 0) @ W_2.T + b_2, 0), a


@misconception(
    of="residual_forward",
    diagnosis="F ends with a relu of its own, so that the block can only add and never take away",
    hint="How many times does relu occur in the formula?",
    section="residual-block",
)
def relu_at_the_end_of_f(x, W_1, b_1, W_2, b_2):
    a = x @ W_1.T + b_1
    return x + np.maximum(np.maximum(a, 0) @ W_2.T + b_2, 0), a


@misconception(
    of="residual_forward",
    diagnosis="there is no relu between the two layers, so F is linear",
    hint="What does the second matrix multiply: a itself?",
    section="residual-block",
)
def f_is_linear(x, W_1, b_1, W_2, b_2):
    a = x @ W_1.T + b_1
    return x + a @ W_2.T + b_2, a


@misconception(
    of="residual_forward",
    diagnosis="the second bias is left out",
    hint="Count the terms of the formula, then count yours.",
    section="residual-block",
)
def second_bias_forgotten(x, W_1, b_1, W_2, b_2):
    a = x @ W_1.T + b_1
    return x + np.maximum(a, 0) @ W_2.T, a


@misconception(
    of="residual_forward",
    diagnosis="the first bias is left out",
    hint="Which argument of your function is not used?",
    section="residual-block",
)
def first_bias_forgotten(x, W_1, b_1, W_2, b_2):
    a = x @ W_1.T
    return x + np.maximum(a, 0) @ W_2.T + b_2, a


@misconception(
    of="residual_forward",
    diagnosis="what is returned beside y is relu(a), where a itself was asked for",
    hint="The docstring asks for the pre-activations: what stands inside the relu.",
    section="residual-block",
)
def activations_returned(x, W_1, b_1, W_2, b_2):
    r = np.maximum(x @ W_1.T + b_1, 0)
    return x + r @ W_2.T + b_2, r


@misconception(
    of="residual_forward",
    diagnosis="the activation is tanh",
    hint="The first cell shows the activation of the plain layers. The block uses the same.",
    section="residual-block",
)
def tanh_inside(x, W_1, b_1, W_2, b_2):
    a = x @ W_1.T + b_1
    return x + np.tanh(a) @ W_2.T + b_2, a


@misconception(
    of="residual_forward",
    diagnosis="x is overwritten: the caller's array holds the output after the call",
    hint="The operator += writes into the array on its left. Give the result an array of its own.",
    section="residual-block",
)
def input_overwritten(x, W_1, b_1, W_2, b_2):
    a = x @ W_1.T + b_1
    x += np.maximum(a, 0) @ W_2.T + b_2
    return x.copy(), a


# --- 2. a residual block, backward ----------------------------------------------------------


@misconception(
    of="residual_backward",
    diagnosis="the gradient of the identity path is missing from dx",
    hint="In how many ways does x act on y? Where no unit is active, one of them is left.",
    section="residual-backward",
)
def identity_path_forgotten(dy, x, a, W_1, W_2):
    da = (dy @ W_2) * (a > 0)
    return da @ W_1, da.T @ x, da.sum(axis=0), dy.T @ np.maximum(a, 0), dy.sum(axis=0)


@misconception(
    of="residual_backward",
    diagnosis="dx has the gradient of the identity path alone; what comes through F is missing",
    hint="In how many ways does x act on y? You have one of them.",
    section="residual-backward",
)
def function_path_forgotten(dy, x, a, W_1, W_2):
    da = (dy @ W_2) * (a > 0)
    return dy.copy(), da.T @ x, da.sum(axis=0), dy.T @ np.maximum(a, 0), dy.sum(axis=0)


@misconception(
    of="residual_backward",
    diagnosis="the two ways to x are multiplied where they should be added",
    hint="The output is a sum. What happens to a gradient at a sum?",
    section="residual-backward",
)
def paths_multiplied(dy, x, a, W_1, W_2):
    da = (dy @ W_2) * (a > 0)
    return dy * (da @ W_1), da.T @ x, da.sum(axis=0), dy.T @ np.maximum(a, 0), dy.sum(axis=0)


@misconception(
    of="residual_backward",
    diagnosis="the slope of relu is left out: inactive units pass the gradient on",
    hint="What does y do when a unit with a negative pre-activation moves a little?",
    section="residual-backward",
)
def relu_slope_forgotten(dy, x, a, W_1, W_2):
    da = dy @ W_2
    return dy + da @ W_1, da.T @ x, da.sum(axis=0), dy.T @ np.maximum(a, 0), dy.sum(axis=0)


@misconception(
    of="residual_backward",
    diagnosis="the gradient is multiplied by relu(a), where the slope of relu belongs",
    hint="The slope is either 0 or 1.",
    section="residual-backward",
)
def relu_value_for_slope(dy, x, a, W_1, W_2):
    da = (dy @ W_2) * np.maximum(a, 0)
    return dy + da @ W_1, da.T @ x, da.sum(axis=0), dy.T @ np.maximum(a, 0), dy.sum(axis=0)


@misconception(
    of="residual_backward",
    diagnosis="the slope of relu at 0 is taken to be 1",
    hint="The text fixes the slope at 0 itself. One of the pre-activations of the test is 0.",
    section="residual-backward",
)
def slope_one_at_zero(dy, x, a, W_1, W_2):
    da = (dy @ W_2) * (a >= 0)
    return dy + da @ W_1, da.T @ x, da.sum(axis=0), dy.T @ np.maximum(a, 0), dy.sum(axis=0)


@misconception(
    of="residual_backward",
    diagnosis="dW_2 is computed with a, though the second layer reads relu(a)",
    hint="The gradient of a matrix is made of the gradient behind it and of what it multiplied.",
    section="residual-backward",
)
def second_layer_reads_a(dy, x, a, W_1, W_2):
    da = (dy @ W_2) * (a > 0)
    return dy + da @ W_1, da.T @ x, da.sum(axis=0), dy.T @ a, dy.sum(axis=0)


@misconception(
    of="residual_backward",
    diagnosis="the matrices' gradients are transposed",
    hint="A gradient has the shape of what it belongs to.",
    section="residual-backward",
)
def weights_transposed(dy, x, a, W_1, W_2):
    da = (dy @ W_2) * (a > 0)
    return dy + da @ W_1, x.T @ da, da.sum(axis=0), np.maximum(a, 0).T @ dy, dy.sum(axis=0)


@misconception(
    of="residual_backward",
    diagnosis="the weights' gradients are averaged over the batch",
    hint="Whether the loss is a sum or a mean is decided in the loss, and dy says it already.",
    section="residual-backward",
)
def batch_mean(dy, x, a, W_1, W_2):
    da = (dy @ W_2) * (a > 0)
    N = len(x)
    return (
        dy + da @ W_1,
        da.T @ x / N,
        da.mean(axis=0),
        dy.T @ np.maximum(a, 0) / N,
        dy.mean(axis=0),
    )


@misconception(
    of="residual_backward",
    diagnosis="the biases' gradients are not summed over the batch",
    hint="All inputs of the batch share one bias. What shape has it?",
    section="residual-backward",
)
def biases_not_summed(dy, x, a, W_1, W_2):
    da = (dy @ W_2) * (a > 0)
    return dy + da @ W_1, da.T @ x, da, dy.T @ np.maximum(a, 0), dy.copy()


@misconception(
    of="residual_backward",
    diagnosis="the gradients of the second layer are returned before those of the first",
    hint="The docstring lists what to return, and in which order.",
    section="residual-backward",
)
def second_layer_first(dy, x, a, W_1, W_2):
    da = (dy @ W_2) * (a > 0)
    return dy + da @ W_1, dy.T @ np.maximum(a, 0), dy.sum(axis=0), da.T @ x, da.sum(axis=0)


@misconception(
    of="residual_backward",
    diagnosis="dy is overwritten: the caller's array holds dx after the call",
    hint="The operator += writes into the array on its left.",
    section="residual-backward",
)
def dy_overwritten(dy, x, a, W_1, W_2):
    da = (dy @ W_2) * (a > 0)
    dW_2, db_2 = dy.T @ np.maximum(a, 0), dy.sum(axis=0)
    dy += da @ W_1
    return dy.copy(), da.T @ x, da.sum(axis=0), dW_2, db_2


# --- 3. a highway block ---------------------------------------------------------------------


@misconception(
    of="highway_forward",
    diagnosis="the gate works the wrong way round: where it is 1 the input is carried",
    hint="Where the gate is 1 the new content replaces the input. Compare with the soft switch of "
    "chapter 6.",
    section="highway-block",
)
def highway_gate_reversed(x, W_u, b_u, W_gate, b_gate):
    u, gate = np.tanh(x @ W_u.T + b_u), sigmoid(x @ W_gate.T + b_gate)
    return gate * x + (1 - gate) * u, u, gate


@misconception(
    of="highway_forward",
    diagnosis="the input is carried in full, beside the gated new content",
    hint="Where the gate is 1 nothing of the input should be left. What is x multiplied by?",
    section="highway-block",
)
def carried_ungated(x, W_u, b_u, W_gate, b_gate):
    u, gate = np.tanh(x @ W_u.T + b_u), sigmoid(x @ W_gate.T + b_gate)
    return gate * u + x, u, gate


@misconception(
    of="highway_forward",
    diagnosis="nothing of the input is carried: the output is the gated new content alone",
    hint="Where the gate is 0 the output should be the input.",
    section="highway-block",
)
def nothing_carried(x, W_u, b_u, W_gate, b_gate):
    u, gate = np.tanh(x @ W_u.T + b_u), sigmoid(x @ W_gate.T + b_gate)
    return gate * u, u, gate


@misconception(
    of="highway_forward",
    diagnosis="the gate is a tanh, so it can be negative",
    hint="A gate lies between 0 and 1. Which function of the first cell does that?",
    section="highway-block",
)
def gate_through_tanh(x, W_u, b_u, W_gate, b_gate):
    u, gate = np.tanh(x @ W_u.T + b_u), np.tanh(x @ W_gate.T + b_gate)
    return gate * u + (1 - gate) * x, u, gate


@misconception(
    of="highway_forward",
    diagnosis="the gate is computed from the new content instead of the input",
    hint="Both the new content and the gate read x.",
    section="highway-block",
)
def gate_reads_new_content(x, W_u, b_u, W_gate, b_gate):
    u = np.tanh(x @ W_u.T + b_u)
    gate = sigmoid(u @ W_gate.T + b_gate)
    return gate * u + (1 - gate) * x, u, gate


@misconception(
    of="highway_forward",
    diagnosis="the new content goes through relu instead of tanh",
    hint="The plain and the residual block use relu. What does the formula of this block say?",
    section="highway-block",
)
def new_content_through_relu(x, W_u, b_u, W_gate, b_gate):
    u, gate = np.maximum(x @ W_u.T + b_u, 0), sigmoid(x @ W_gate.T + b_gate)
    return gate * u + (1 - gate) * x, u, gate


@misconception(
    of="highway_forward",
    diagnosis="the bias of the gate is left out",
    hint="Which argument of your function is not used? Much depends on it.",
    section="highway-block",
)
def gate_bias_forgotten(x, W_u, b_u, W_gate, b_gate):
    u, gate = np.tanh(x @ W_u.T + b_u), sigmoid(x @ W_gate.T)
    return gate * u + (1 - gate) * x, u, gate


@misconception(
    of="highway_forward",
    diagnosis="the weights of gate and new content are exchanged",
    hint="Look at the order of the arguments.",
    section="highway-block",
)
def highway_weights_exchanged(x, W_u, b_u, W_gate, b_gate):
    u, gate = np.tanh(x @ W_gate.T + b_gate), sigmoid(x @ W_u.T + b_u)
    return gate * u + (1 - gate) * x, u, gate


@misconception(
    of="highway_forward",
    diagnosis="x is overwritten: the caller's array holds the output after the call",
    hint="The operators *= and += write into the array on their left.",
    section="highway-block",
)
def highway_input_overwritten(x, W_u, b_u, W_gate, b_gate):
    u, gate = np.tanh(x @ W_u.T + b_u), sigmoid(x @ W_gate.T + b_gate)
    x *= 1 - gate
    x += gate * u
    return x.copy(), u, gate


# --- 4. a highway block, backward -----------------------------------------------------------


@misconception(
    of="highway_backward",
    diagnosis="dx has only what is carried; the ways through new content and gate are missing",
    hint="In how many ways does x act on y?",
    section="highway-backward",
)
def carried_gradient_alone(dy, x, u, gate, W_u, W_gate):
    da_u = dy * gate * (1 - u**2)
    da_gate = dy * (u - x) * gate * (1 - gate)
    dx = dy * (1 - gate)
    return dx, da_u.T @ x, da_u.sum(axis=0), da_gate.T @ x, da_gate.sum(axis=0)


@misconception(
    of="highway_backward",
    diagnosis="the gradient that is carried past the block is missing from dx",
    hint="With the gate shut y equals x. What should dx be then?",
    section="highway-backward",
)
def carried_gradient_forgotten(dy, x, u, gate, W_u, W_gate):
    da_u = dy * gate * (1 - u**2)
    da_gate = dy * (u - x) * gate * (1 - gate)
    dx = da_u @ W_u + da_gate @ W_gate
    return dx, da_u.T @ x, da_u.sum(axis=0), da_gate.T @ x, da_gate.sum(axis=0)


@misconception(
    of="highway_backward",
    diagnosis="dx leaves out the way through the gate",
    hint="The gate is computed from x, so it moves when x moves.",
    section="highway-backward",
)
def way_through_gate_forgotten(dy, x, u, gate, W_u, W_gate):
    da_u = dy * gate * (1 - u**2)
    da_gate = dy * (u - x) * gate * (1 - gate)
    dx = dy * (1 - gate) + da_u @ W_u
    return dx, da_u.T @ x, da_u.sum(axis=0), da_gate.T @ x, da_gate.sum(axis=0)


@misconception(
    of="highway_backward",
    diagnosis="the gradient that is carried is not multiplied by 1 - gate",
    hint="The factor that x had on the way forward multiplies its gradient on the way back.",
    section="highway-backward",
)
def carried_gradient_ungated(dy, x, u, gate, W_u, W_gate):
    da_u = dy * gate * (1 - u**2)
    da_gate = dy * (u - x) * gate * (1 - gate)
    dx = dy + da_u @ W_u + da_gate @ W_gate
    return dx, da_u.T @ x, da_u.sum(axis=0), da_gate.T @ x, da_gate.sum(axis=0)


@misconception(
    of="highway_backward",
    diagnosis="the gate's gradient leaves out that the gate acts on the carried input too",
    hint="How often does the gate occur in the formula of y? Each occurrence gives a term.",
    section="highway-backward",
)
def gate_gradient_of_u_alone(dy, x, u, gate, W_u, W_gate):
    da_u = dy * gate * (1 - u**2)
    da_gate = dy * u * gate * (1 - gate)
    dx = dy * (1 - gate) + da_u @ W_u + da_gate @ W_gate
    return dx, da_u.T @ x, da_u.sum(axis=0), da_gate.T @ x, da_gate.sum(axis=0)


@misconception(
    of="highway_backward",
    diagnosis="the gate's gradient has the wrong sign",
    hint="Where the new content is larger than the input, opening the gate makes y larger.",
    section="highway-backward",
)
def gate_gradient_wrong_sign(dy, x, u, gate, W_u, W_gate):
    da_u = dy * gate * (1 - u**2)
    da_gate = dy * (x - u) * gate * (1 - gate)
    dx = dy * (1 - gate) + da_u @ W_u + da_gate @ W_gate
    return dx, da_u.T @ x, da_u.sum(axis=0), da_gate.T @ x, da_gate.sum(axis=0)


@misconception(
    of="highway_backward",
    diagnosis="the slope of the sigmoid is left out",
    hint="The weights act on the pre-activation of the gate. What lies between it and the gate?",
    section="highway-backward",
)
def sigmoid_slope_forgotten(dy, x, u, gate, W_u, W_gate):
    da_u = dy * gate * (1 - u**2)
    da_gate = dy * (u - x)
    dx = dy * (1 - gate) + da_u @ W_u + da_gate @ W_gate
    return dx, da_u.T @ x, da_u.sum(axis=0), da_gate.T @ x, da_gate.sum(axis=0)


@misconception(
    of="highway_backward",
    diagnosis="the slope of tanh is left out",
    hint="The weights act on the pre-activation of the new content. What lies between it and u?",
    section="highway-backward",
)
def tanh_slope_forgotten(dy, x, u, gate, W_u, W_gate):
    da_u = dy * gate
    da_gate = dy * (u - x) * gate * (1 - gate)
    dx = dy * (1 - gate) + da_u @ W_u + da_gate @ W_gate
    return dx, da_u.T @ x, da_u.sum(axis=0), da_gate.T @ x, da_gate.sum(axis=0)


@misconception(
    of="highway_backward",
    diagnosis="the slope of tanh is taken at u, which is the value of tanh already",
    hint="With u for the value, the slope needs no further function: see the text of this part.",
    section="highway-backward",
)
def tanh_slope_at_its_value(dy, x, u, gate, W_u, W_gate):
    da_u = dy * gate * (1 - np.tanh(u) ** 2)
    da_gate = dy * (u - x) * gate * (1 - gate)
    dx = dy * (1 - gate) + da_u @ W_u + da_gate @ W_gate
    return dx, da_u.T @ x, da_u.sum(axis=0), da_gate.T @ x, da_gate.sum(axis=0)


@misconception(
    of="highway_backward",
    diagnosis="the new content's gradient is not multiplied by the gate",
    hint="What was u multiplied by on the way forward?",
    section="highway-backward",
)
def new_content_ungated(dy, x, u, gate, W_u, W_gate):
    da_u = dy * (1 - u**2)
    da_gate = dy * (u - x) * gate * (1 - gate)
    dx = dy * (1 - gate) + da_u @ W_u + da_gate @ W_gate
    return dx, da_u.T @ x, da_u.sum(axis=0), da_gate.T @ x, da_gate.sum(axis=0)


@misconception(
    of="highway_backward",
    diagnosis="the weights' gradients are averaged over the batch",
    hint="Whether the loss is a sum or a mean is decided in the loss, and dy says it already.",
    section="highway-backward",
)
def highway_batch_mean(dy, x, u, gate, W_u, W_gate):
    da_u = dy * gate * (1 - u**2)
    da_gate = dy * (u - x) * gate * (1 - gate)
    dx = dy * (1 - gate) + da_u @ W_u + da_gate @ W_gate
    N = len(x)
    return dx, da_u.T @ x / N, da_u.mean(axis=0), da_gate.T @ x / N, da_gate.mean(axis=0)


@misconception(
    of="highway_backward",
    diagnosis="the gate's gradients are returned before those of the new content",
    hint="The docstring lists what to return, and in which order.",
    section="highway-backward",
)
def gate_weights_first(dy, x, u, gate, W_u, W_gate):
    da_u = dy * gate * (1 - u**2)
    da_gate = dy * (u - x) * gate * (1 - gate)
    dx = dy * (1 - gate) + da_u @ W_u + da_gate @ W_gate
    return dx, da_gate.T @ x, da_gate.sum(axis=0), da_u.T @ x, da_u.sum(axis=0)


@misconception(
    of="highway_backward",
    diagnosis="dy is overwritten: the caller's array holds another gradient after the call",
    hint="The operator *= writes into the array on its left.",
    section="highway-backward",
)
def highway_dy_overwritten(dy, x, u, gate, W_u, W_gate):
    da_u = dy * gate * (1 - u**2)
    da_gate = dy * (u - x) * gate * (1 - gate)
    dy *= 1 - gate
    dx = dy + da_u @ W_u + da_gate @ W_gate
    return dx, da_u.T @ x, da_u.sum(axis=0), da_gate.T @ x, da_gate.sum(axis=0)


# --- 5. a dense block -----------------------------------------------------------------------


@misconception(
    of="dense_forward",
    diagnosis="the new content stands before the input",
    hint="The formula has x on top, so its columns come first.",
    section="dense-block",
)
def new_content_first(x, W, b):
    u = np.maximum(x @ W.T + b, 0)
    return np.concatenate([u, x], axis=1), u


@misconception(
    of="dense_forward",
    diagnosis="the new content is not sent through relu",
    hint="Can an element of u be negative?",
    section="dense-block",
)
def new_content_linear(x, W, b):
    u = x @ W.T + b
    return np.concatenate([x, u], axis=1), u


@misconception(
    of="dense_forward",
    diagnosis="relu is applied to the copy of the input as well",
    hint="The block keeps all of its input, with its signs.",
    section="dense-block",
)
def relu_over_everything(x, W, b):
    u = np.maximum(x @ W.T + b, 0)
    return np.maximum(np.concatenate([x, u], axis=1), 0), u


@misconception(
    of="dense_forward",
    diagnosis="the activation is tanh",
    hint="The first cell shows the activation of the plain layers. The block uses the same.",
    section="dense-block",
)
def dense_through_tanh(x, W, b):
    u = np.tanh(x @ W.T + b)
    return np.concatenate([x, u], axis=1), u


@misconception(
    of="dense_forward",
    diagnosis="the bias is left out",
    hint="Which argument of your function is not used?",
    section="dense-block",
)
def dense_bias_forgotten(x, W, b):
    u = np.maximum(x @ W.T, 0)
    return np.concatenate([x, u], axis=1), u


# --- 6. a dense block, backward -------------------------------------------------------------


@misconception(
    of="dense_backward",
    diagnosis="dx has the gradient of the copy alone; what comes through u is missing",
    hint="In how many ways does x act on y?",
    section="dense-backward",
)
def copy_alone(dy, x, u, W):
    H = x.shape[1]
    da = dy[:, H:] * (u > 0)
    return dy[:, :H].copy(), da.T @ x, da.sum(axis=0)


@misconception(
    of="dense_backward",
    diagnosis="the gradient of the copy of x is missing from dx",
    hint="Some columns of dy belong to the input itself. Where do they go?",
    section="dense-backward",
)
def copy_forgotten(dy, x, u, W):
    da = dy[:, x.shape[1] :] * (u > 0)
    return da @ W, da.T @ x, da.sum(axis=0)


@misconception(
    of="dense_backward",
    diagnosis="the first columns of dy are taken for u and the last for the input",
    hint="In which order does the forward pass set them side by side?",
    section="dense-backward",
)
def columns_exchanged(dy, x, u, W):
    G = u.shape[1]
    da = dy[:, :G] * (u > 0)
    return dy[:, G:] + da @ W, da.T @ x, da.sum(axis=0)


@misconception(
    of="dense_backward",
    diagnosis="the slope of relu is left out",
    hint="What does y do when a unit with a negative pre-activation moves a little?",
    section="dense-backward",
)
def dense_slope_forgotten(dy, x, u, W):
    H = x.shape[1]
    da = dy[:, H:]
    return dy[:, :H] + da @ W, da.T @ x, da.sum(axis=0)


@misconception(
    of="dense_backward",
    diagnosis="the gradient is multiplied by u, where the slope of relu belongs",
    hint="The slope is either 0 or 1.",
    section="dense-backward",
)
def dense_value_for_slope(dy, x, u, W):
    H = x.shape[1]
    da = dy[:, H:] * u
    return dy[:, :H] + da @ W, da.T @ x, da.sum(axis=0)


@misconception(
    of="dense_backward",
    diagnosis="the slope is taken as 1 where u is 0, which is everywhere",
    hint="u is never negative: where the unit is off it is exactly 0. Which comparison tells "
    "on from off?",
    section="dense-backward",
)
def never_off(dy, x, u, W):
    H = x.shape[1]
    da = np.where(u >= 0, dy[:, H:], 0.0)
    return dy[:, :H] + (dy[:, H:] * (u > 0)) @ W, da.T @ x, da.sum(axis=0)


@misconception(
    of="dense_backward",
    diagnosis="the weights' gradients are averaged over the batch",
    hint="Whether the loss is a sum or a mean is decided in the loss, and dy says it already.",
    section="dense-backward",
)
def dense_batch_mean(dy, x, u, W):
    H = x.shape[1]
    da = dy[:, H:] * (u > 0)
    return dy[:, :H] + da @ W, da.T @ x / len(x), da.mean(axis=0)


@misconception(
    of="dense_backward",
    diagnosis="dy is overwritten: the caller's array holds another gradient after the call",
    hint="A slice of an array is no copy: what you write into it is written into dy.",
    section="dense-backward",
)
def dense_dy_overwritten(dy, x, u, W):
    H = x.shape[1]
    da = dy[:, H:] * (u > 0)
    dx = dy[:, :H]
    dx += da @ W
    return dx.copy(), da.T @ x, da.sum(axis=0)


@misconception(
    of="dense_backward",
    diagnosis="the slope is that of tanh, where this block has relu",
    hint="Look at the formula of u. For which activation is the slope one minus the square?",
    section="dense-backward",
)
def dense_slope_of_tanh(dy, x, u, W):
    H = x.shape[1]
    da = dy[:, H:] * (1 - u**2)
    return dy[:, :H] + da @ W, da.T @ x, da.sum(axis=0)


# --- 7. a deep network ----------------------------------------------------------------------


@misconception(
    of="deep_forward",
    diagnosis="the input is missing from the list of states",
    hint="With B blocks there are B + 1 states.",
    section="deep-backward",
)
def input_not_a_state(x, blocks):
    forward = {
        "plain": plain_forward,
        "residual": residual_forward,
        "highway": highway_forward,
        "dense": dense_forward,
    }
    states, inner = [], []
    for kind, weights in blocks:
        x, *rest = forward[kind](x, *weights)
        states.append(x)
        inner.append(tuple(rest))
    return states, inner


@misconception(
    of="deep_forward",
    diagnosis="the output of the last block is missing from the list of states",
    hint="With B blocks there are B + 1 states.",
    section="deep-backward",
)
def output_not_a_state(x, blocks):
    forward = {
        "plain": plain_forward,
        "residual": residual_forward,
        "highway": highway_forward,
        "dense": dense_forward,
    }
    states, inner = [], []
    for kind, weights in blocks:
        states.append(x)
        x, *rest = forward[kind](x, *weights)
        inner.append(tuple(rest))
    return states, inner


@misconception(
    of="deep_forward",
    diagnosis="another skip connection is added around each block that keeps the width",
    hint="The blocks bring their own skip connections. What a block puts out is the next state.",
    section="deep-backward",
)
def skip_around_blocks(x, blocks):
    forward = {
        "plain": plain_forward,
        "residual": residual_forward,
        "highway": highway_forward,
        "dense": dense_forward,
    }
    states, inner = [x], []
    for kind, weights in blocks:
        y, *rest = forward[kind](states[-1], *weights)
        states.append(y + states[-1] if y.shape == states[-1].shape else y)
        inner.append(tuple(rest))
    return states, inner


@misconception(
    of="deep_forward",
    diagnosis="every block reads the input of the network, not what the block before has put out",
    hint="Which state does block 2 read? Which one does yours?",
    section="deep-backward",
)
def every_block_reads_the_input(x, blocks):
    forward = {
        "plain": plain_forward,
        "residual": residual_forward,
        "highway": highway_forward,
        "dense": dense_forward,
    }
    states, inner = [x], []
    for kind, weights in blocks:
        y, *rest = forward[kind](x, *weights)
        states.append(y)
        inner.append(tuple(rest))
    return states, inner


@misconception(
    of="deep_forward",
    diagnosis="what a block keeps is a bare array where it is a single one, not a tuple",
    hint="The docstring asks for a tuple for each block, with one array in it or with two.",
    section="deep-backward",
)
def bare_array_for_a_tuple(x, blocks):
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
        inner.append(rest[0] if len(rest) == 1 else tuple(rest))
    return states, inner


# --- 8. a deep network, backward ------------------------------------------------------------


@misconception(
    of="deep_backward",
    diagnosis="the gradients of the states are listed from the last to the first",
    hint="You went through the blocks backwards. In which order does the docstring want the list?",
    section="deep-backward",
)
def states_listed_backwards(dy, states, inner, blocks):
    backward = {
        "plain": plain_backward,
        "residual": residual_backward,
        "highway": highway_backward,
        "dense": dense_backward,
    }
    dstates, grads = [dy], []
    for place in reversed(range(len(blocks))):
        kind, weights = blocks[place]
        dx, *of_weights = backward[kind](dstates[-1], states[place], *inner[place], *weights[::2])
        dstates.append(dx)
        grads.append(of_weights)
    return dstates, grads[::-1]


@misconception(
    of="deep_backward",
    diagnosis="the gradients of the weights are listed from the last block to the first",
    hint="You went through the blocks backwards. In which order does the docstring want the list?",
    section="deep-backward",
)
def weights_listed_backwards(dy, states, inner, blocks):
    backward = {
        "plain": plain_backward,
        "residual": residual_backward,
        "highway": highway_backward,
        "dense": dense_backward,
    }
    dstates, grads = [dy], []
    for place in reversed(range(len(blocks))):
        kind, weights = blocks[place]
        dx, *of_weights = backward[kind](dstates[-1], states[place], *inner[place], *weights[::2])
        dstates.append(dx)
        grads.append(of_weights)
    return dstates[::-1], grads


@misconception(
    of="deep_backward",
    diagnosis="dy is missing at the end of the gradients of the states",
    hint="There are B + 1 states, and dy is the gradient of the last one.",
    section="deep-backward",
)
def last_state_without_gradient(dy, states, inner, blocks):
    backward = {
        "plain": plain_backward,
        "residual": residual_backward,
        "highway": highway_backward,
        "dense": dense_backward,
    }
    dstates, grads = [], []
    for place in reversed(range(len(blocks))):
        kind, weights = blocks[place]
        dy, *of_weights = backward[kind](dy, states[place], *inner[place], *weights[::2])
        dstates.append(dy)
        grads.append(of_weights)
    return dstates[::-1], grads[::-1]


@misconception(
    of="deep_backward",
    diagnosis="the gradient is brought back to the length of dy at each block",
    hint="Nothing is to be rescaled on the way. That the lower blocks get less, or more, is what "
    "is to be seen.",
    section="deep-backward",
)
def gradients_rescaled(dy, states, inner, blocks):
    backward = {
        "plain": plain_backward,
        "residual": residual_backward,
        "highway": highway_backward,
        "dense": dense_backward,
    }
    dstates, grads = [dy], []
    for place in reversed(range(len(blocks))):
        kind, weights = blocks[place]
        dx, *of_weights = backward[kind](dstates[-1], states[place], *inner[place], *weights[::2])
        dstates.append(dx / np.linalg.norm(dx) * np.linalg.norm(dy))
        grads.append(of_weights)
    return dstates[::-1], grads[::-1]


@misconception(
    of="deep_backward",
    diagnosis="every block gets dy, not the gradient that the block above it hands on",
    hint="Only the last block puts out what dy belongs to. What does the one below it get?",
    section="deep-backward",
)
def every_block_gets_dy(dy, states, inner, blocks):
    backward = {
        "plain": plain_backward,
        "residual": residual_backward,
        "highway": highway_backward,
        "dense": dense_backward,
    }
    dstates, grads = [dy], []
    for place in reversed(range(len(blocks))):
        kind, weights = blocks[place]
        dx, *of_weights = backward[kind](dy, states[place], *inner[place], *weights[::2])
        dstates.append(dx)
        grads.append(of_weights)
    return dstates[::-1], grads[::-1]


@misconception(
    of="deep_backward",
    diagnosis="each block is given its output where its input belongs",
    hint="There is one state more than there are blocks. Which one does the first block read?",
    section="deep-backward",
)
def output_for_input(dy, states, inner, blocks):
    backward = {
        "plain": plain_backward,
        "residual": residual_backward,
        "highway": highway_backward,
        "dense": dense_backward,
    }
    dstates, grads = [dy], []
    for place in reversed(range(len(blocks))):
        kind, weights = blocks[place]
        x = states[place + 1]
        dx, *of_weights = backward[kind](dstates[-1], x, *inner[place], *weights[::2])
        dstates.append(dx)
        grads.append(of_weights)
    return dstates[::-1], grads[::-1]


# --- 9. how much gradient arrives -----------------------------------------------------------


@misconception(
    of="gradient_norms",
    diagnosis="the norms are divided by the first one, where the last one belongs",
    hint="The way back begins at the last state. Which entry of the result should be 1?",
    section="deep-backward",
)
def relative_to_the_input(dstates):
    norms = np.array([np.linalg.norm(d, axis=1).mean() for d in dstates])
    return norms / norms[0]


@misconception(
    of="gradient_norms",
    diagnosis="the norms are not divided by that of the last state",
    hint="Which entry of the result should be 1?",
    section="deep-backward",
)
def absolute_norms(dstates):
    return np.array([np.linalg.norm(d, axis=1).mean() for d in dstates])


@misconception(
    of="gradient_norms",
    diagnosis="one norm is taken over the whole batch, not one for each input and their mean",
    hint="The length of a row first, then the mean over the rows.",
    section="deep-backward",
)
def norm_of_the_batch(dstates):
    norms = np.array([np.linalg.norm(d) for d in dstates])
    return norms / norms[-1]


@misconception(
    of="gradient_norms",
    diagnosis="the squares of the lengths are averaged: the root is missing",
    hint="What is the length of the vector (3, 4)?",
    section="deep-backward",
)
def squares_for_lengths(dstates):
    norms = np.array([(d**2).sum(axis=1).mean() for d in dstates])
    return norms / norms[-1]


@misconception(
    of="gradient_norms",
    diagnosis="the mean size of an element is taken, not the length of a row",
    hint="What is the length of the vector (3, 4)?",
    section="deep-backward",
)
def mean_elements(dstates):
    norms = np.array([np.abs(d).mean() for d in dstates])
    return norms / norms[-1]


@misconception(
    of="gradient_norms",
    diagnosis="the gradients are averaged over the batch first, and then their length is taken",
    hint="The gradients of two inputs may cancel, their lengths do not. Which comes first, the "
    "length or the mean?",
    section="deep-backward",
)
def length_of_the_mean(dstates):
    norms = np.array([np.linalg.norm(d.mean(axis=0)) for d in dstates])
    return norms / norms[-1]


# --- 10. paths by their length --------------------------------------------------------------


@misconception(
    of="paths_by_length",
    diagnosis="the earlier block stands on the left of a product",
    hint="A Jacobian acts on what the block before has made. Which of two matrices acts first?",
    section="sum-over-paths",
)
def earlier_block_on_the_left(J):
    B, H, _ = J.shape
    P = np.zeros((B + 1, H, H), dtype=J.dtype)
    P[0] = np.eye(H)
    for J_l in J:
        P[1:] += P[:-1] @ J_l
    return P


@misconception(
    of="paths_by_length",
    diagnosis="only the path through the first k blocks is counted, not all choices of k blocks",
    hint="Through one of four blocks there are four paths. How many does your P[1] hold?",
    section="sum-over-paths",
)
def first_blocks_only(J):
    H = J.shape[1]
    P = [np.eye(H, dtype=J.dtype)]
    for J_l in J:
        P.append(J_l @ P[-1])
    return np.array(P)


@misconception(
    of="paths_by_length",
    diagnosis="a path goes through the same block several times: the sums are updated too early",
    hint="While you work on block l, the sum for length k - 1 must still be the one after block "
    "l - 1. In which order do you go through the lengths?",
    section="sum-over-paths",
)
def block_used_again(J):
    B, H, _ = J.shape
    P = np.zeros((B + 1, H, H), dtype=J.dtype)
    P[0] = np.eye(H)
    for J_l in J:
        for k in range(1, B + 1):
            P[k] = P[k] + J_l @ P[k - 1]
    return P


@misconception(
    of="paths_by_length",
    diagnosis="P[k] holds all paths through at most k blocks: the sums are cumulative",
    hint="Each path belongs to one length. What is P[1] with a single block?",
    section="sum-over-paths",
)
def lengths_cumulated(J):
    B, H, _ = J.shape
    P = np.zeros((B + 1, H, H), dtype=J.dtype)
    P[0] = np.eye(H)
    for J_l in J:
        P[1:] += J_l @ P[:-1]
    return np.cumsum(P, axis=0)


@misconception(
    of="paths_by_length",
    diagnosis="the path that goes past all blocks is missing",
    hint="What is left of the product if all Jacobians are zero?",
    section="sum-over-paths",
)
def identity_path_not_counted(J):
    B, H, _ = J.shape
    P = np.zeros((B + 1, H, H), dtype=J.dtype)
    P[0] = np.eye(H)
    for J_l in J:
        P[1:] += J_l @ P[:-1]
    return P[1:]


@misconception(
    of="paths_by_length",
    diagnosis="the sums are returned after each block, not sorted by length",
    hint="P[k] is about paths with k functions on them, whichever blocks these are.",
    section="sum-over-paths",
)
def products_after_each_block(J):
    H = J.shape[1]
    P = [np.eye(H, dtype=J.dtype)]
    for J_l in J:
        P.append(P[-1] + J_l @ P[-1])
    return np.array(P)


@misconception(
    of="paths_by_length",
    diagnosis="a path of length k goes through the block that has just made its sum of length "
    "k - 1: the shorter lengths are updated first",
    hint="While you work on block l, every sum on the right must still be the one after block "
    "l - 1. Which length can be updated first without harm?",
    section="sum-over-paths",
)
def shorter_lengths_first(J):
    B, H, _ = J.shape
    P = np.zeros((B + 1, H, H), dtype=J.dtype)
    P[0] = np.eye(H)
    for place in range(B):
        for k in range(1, place + 2):
            P[k] = P[k] + J[place] @ P[k - 1]
    return P


@misconception(
    of="paths_by_length",
    diagnosis="the paths that go past a block are dropped: each sum is replaced, not added to",
    hint="A path of length k through the first l blocks can come about in two ways. Where is the "
    "one that goes past block l?",
    section="sum-over-paths",
)
def past_dropped(J):
    B, H, _ = J.shape
    P = np.zeros((B + 1, H, H), dtype=J.dtype)
    P[0] = np.eye(H)
    for J_l in J:
        for k in range(B, 0, -1):
            P[k] = J_l @ P[k - 1]
    return P
