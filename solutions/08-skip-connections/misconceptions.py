"""Wrong implementations that people really write, with what to say to them.

An entry with `change` is the solution of the function in `of` with these fragments replaced. What
is another approach is written out; it may use what the notebook defines, nothing of this file.
"""

import numpy as np

from autograder.authoring.catalogue import misconception

# --- 1. a residual block --------------------------------------------------------------------

skip_forgotten = misconception(
    of="residual_forward",
    diagnosis="the input is not added: this is a plain network of two layers",
    hint="What is y where all weights and biases are zero? It should be x.",
    section="residual-block",
    change={"x + np.maximum(a, 0)": "np.maximum(a, 0)"},
)

relu_behind_the_sum = misconception(
    of="residual_forward",
    diagnosis="relu is applied once more, behind the sum",
    hint="The first residual networks had it there. Here nothing stands on the path of x: "
    "a negative x stays negative where F is zero.",
    section="residual-block",
    change={
        "x + np.maximum(a, 0) @ W_2.T + b_2, a": (
            "np.maximum(x + np.maximum(a, 0) @ W_2.T + b_2, 0), a"
        ),
    },
)

relu_at_the_end_of_f = misconception(
    of="residual_forward",
    diagnosis="F ends with a relu of its own, so that the block can only add and never take away",
    hint="How many times does relu occur in the formula?",
    section="residual-block",
    change={"np.maximum(a, 0) @ W_2.T + b_2": "np.maximum(np.maximum(a, 0) @ W_2.T + b_2, 0)"},
)

f_is_linear = misconception(
    of="residual_forward",
    diagnosis="there is no relu between the two layers, so F is linear",
    hint="What does the second matrix multiply: a itself?",
    section="residual-block",
    change={"np.maximum(a, 0)": "a"},
)

second_bias_forgotten = misconception(
    of="residual_forward",
    diagnosis="the second bias is left out",
    hint="Count the terms of the formula, then count yours.",
    section="residual-block",
    change={"W_2.T + b_2": "W_2.T"},
)

first_bias_forgotten = misconception(
    of="residual_forward",
    diagnosis="the first bias is left out",
    hint="Which argument of your function is not used?",
    section="residual-block",
    change={"W_1.T + b_1": "W_1.T"},
)

activations_returned = misconception(
    of="residual_forward",
    diagnosis="what is returned beside y is relu(a), where a itself was asked for",
    hint="The docstring asks for the pre-activations: what stands inside the relu.",
    section="residual-block",
    change={
        "a = x @ W_1.T + b_1": "r = np.maximum(x @ W_1.T + b_1, 0)",
        "np.maximum(a, 0) @ W_2.T + b_2, a": "r @ W_2.T + b_2, r",
    },
)

tanh_inside = misconception(
    of="residual_forward",
    diagnosis="the activation is tanh",
    hint="The first cell shows the activation of the plain layers. The block uses the same.",
    section="residual-block",
    change={"np.maximum(a, 0)": "np.tanh(a)"},
)

input_overwritten = misconception(
    of="residual_forward",
    diagnosis="x is overwritten: the caller's array holds the output after the call",
    hint="The operator += writes into the array on its left. Give the result an array of its own.",
    section="residual-block",
    change={
        "return x + np.maximum(a, 0) @ W_2.T + b_2, a": """
        x += np.maximum(a, 0) @ W_2.T + b_2
        return x.copy(), a
        """,
    },
)


# --- 2. a residual block, backward ----------------------------------------------------------

identity_path_forgotten = misconception(
    of="residual_backward",
    diagnosis="the gradient of the identity path is missing from dx",
    hint="In how many ways does x act on y? Where no unit is active, one of them is left.",
    section="residual-backward",
    change={
        """
        dx = dy + da @ W_1
        return dx, da.T @ x, da.sum(axis=0), dy.T @ np.maximum(a, 0), dy.sum(axis=0)
        """: "return da @ W_1, da.T @ x, da.sum(axis=0), dy.T @ np.maximum(a, 0), dy.sum(axis=0)",
    },
)


function_path_forgotten = misconception(
    of="residual_backward",
    diagnosis="dx has the gradient of the identity path alone; what comes through F is missing",
    hint="In how many ways does x act on y? You have one of them.",
    section="residual-backward",
    change={"dy + da @ W_1": "dy.copy()"},
)


paths_multiplied = misconception(
    of="residual_backward",
    diagnosis="the two ways to x are multiplied where they should be added",
    hint="The output is a sum. What happens to a gradient at a sum?",
    section="residual-backward",
    change={"dy + da @ W_1": "dy * (da @ W_1)"},
)


relu_slope_forgotten = misconception(
    of="residual_backward",
    diagnosis="the slope of relu is left out: inactive units pass the gradient on",
    hint="What does y do when a unit with a negative pre-activation moves a little?",
    section="residual-backward",
    change={"(dy @ W_2) * (a > 0)": "dy @ W_2"},
)


relu_value_for_slope = misconception(
    of="residual_backward",
    diagnosis="the gradient is multiplied by relu(a), where the slope of relu belongs",
    hint="The slope is either 0 or 1.",
    section="residual-backward",
    change={"(a > 0)": "np.maximum(a, 0)"},
)


slope_one_at_zero = misconception(
    of="residual_backward",
    diagnosis="the slope of relu at 0 is taken to be 1",
    hint="The text fixes the slope at 0 itself. One of the pre-activations of the test is 0.",
    section="residual-backward",
    change={"a > 0": "a >= 0"},
)


second_layer_reads_a = misconception(
    of="residual_backward",
    diagnosis="dW_2 is computed with a, though the second layer reads relu(a)",
    hint="The gradient of a matrix is made of the gradient behind it and of what it multiplied.",
    section="residual-backward",
    change={
        """
        dx = dy + da @ W_1
        return dx, da.T @ x, da.sum(axis=0), dy.T @ np.maximum(a, 0), dy.sum(axis=0)
        """: "return dy + da @ W_1, da.T @ x, da.sum(axis=0), dy.T @ a, dy.sum(axis=0)",
    },
)


weights_transposed = misconception(
    of="residual_backward",
    diagnosis="the matrices' gradients are transposed",
    hint="A gradient has the shape of what it belongs to.",
    section="residual-backward",
    change={
        "da.T @ x": "x.T @ da",
        "dy.T @ np.maximum(a, 0)": "np.maximum(a, 0).T @ dy",
    },
)


batch_mean = misconception(
    of="residual_backward",
    diagnosis="the weights' gradients are averaged over the batch",
    hint="Whether the loss is a sum or a mean is decided in the loss, and dy says it already.",
    section="residual-backward",
    change={
        "dx = dy + da @ W_1": "N = len(x)",
        "return dx, da.T @ x, da.sum(axis=0), dy.T @ np.maximum(a, 0), dy.sum(axis=0)": """
        return (
            dy + da @ W_1,
            da.T @ x / N,
            da.mean(axis=0),
            dy.T @ np.maximum(a, 0) / N,
            dy.mean(axis=0),
        )
        """,
    },
)

biases_not_summed = misconception(
    of="residual_backward",
    diagnosis="the biases' gradients are not summed over the batch",
    hint="All inputs of the batch share one bias. What shape has it?",
    section="residual-backward",
    change={
        """
        dx = dy + da @ W_1
        return dx, da.T @ x, da.sum(axis=0), dy.T @ np.maximum(a, 0), dy.sum(axis=0)
        """: "return dy + da @ W_1, da.T @ x, da, dy.T @ np.maximum(a, 0), dy.copy()",
    },
)


second_layer_first = misconception(
    of="residual_backward",
    diagnosis="the gradients of the second layer are returned before those of the first",
    hint="The docstring lists what to return, and in which order.",
    section="residual-backward",
    change={
        "da.T @ x, da.sum(axis=0), dy.T @ np.maximum(a, 0), dy.sum(axis=0)": (
            "dy.T @ np.maximum(a, 0), dy.sum(axis=0), da.T @ x, da.sum(axis=0)"
        ),
    },
)


dy_overwritten = misconception(
    of="residual_backward",
    diagnosis="dy is overwritten: the caller's array holds dx after the call",
    hint="The operator += writes into the array on its left.",
    section="residual-backward",
    change={
        "dx = dy + da @ W_1": """
        dW_2, db_2 = dy.T @ np.maximum(a, 0), dy.sum(axis=0)
        dy += da @ W_1
        """,
        "return dx, da.T @ x, da.sum(axis=0), dy.T @ np.maximum(a, 0), dy.sum(axis=0)": (
            "return dy.copy(), da.T @ x, da.sum(axis=0), dW_2, db_2"
        ),
    },
)


# --- 3. a highway block ---------------------------------------------------------------------

highway_gate_reversed = misconception(
    of="highway_forward",
    diagnosis="the gate works the wrong way round: where it is 1 the input is carried",
    hint="Where the gate is 1 the new content replaces the input. Compare with the soft switch of "
    "chapter 6.",
    section="highway-block",
    change={"u + (1 - gate) * x": "x + (1 - gate) * u"},
)

carried_ungated = misconception(
    of="highway_forward",
    diagnosis="the input is carried in full, beside the gated new content",
    hint="Where the gate is 1 nothing of the input should be left. What is x multiplied by?",
    section="highway-block",
    change={"u + (1 - gate) * x": "u + x"},
)

nothing_carried = misconception(
    of="highway_forward",
    diagnosis="nothing of the input is carried: the output is the gated new content alone",
    hint="Where the gate is 0 the output should be the input.",
    section="highway-block",
    change={"u + (1 - gate) * x": "u"},
)

gate_through_tanh = misconception(
    of="highway_forward",
    diagnosis="the gate is a tanh, so it can be negative",
    hint="A gate lies between 0 and 1. Which function of the first cell does that?",
    section="highway-block",
    change={"sigmoid(x @ W_gate.T + b_gate)": "np.tanh(x @ W_gate.T + b_gate)"},
)

gate_reads_new_content = misconception(
    of="highway_forward",
    diagnosis="the gate is computed from the new content instead of the input",
    hint="Both the new content and the gate read x.",
    section="highway-block",
    change={
        "u, gate = np.tanh(x @ W_u.T + b_u), sigmoid(x @ W_gate.T + b_gate)": """
        u = np.tanh(x @ W_u.T + b_u)
        gate = sigmoid(u @ W_gate.T + b_gate)
        """,
    },
)

new_content_through_relu = misconception(
    of="highway_forward",
    diagnosis="the new content goes through relu instead of tanh",
    hint="The plain and the residual block use relu. What does the formula of this block say?",
    section="highway-block",
    change={"np.tanh(x @ W_u.T + b_u)": "np.maximum(x @ W_u.T + b_u, 0)"},
)

gate_bias_forgotten = misconception(
    of="highway_forward",
    diagnosis="the bias of the gate is left out",
    hint="Which argument of your function is not used? Much depends on it.",
    section="highway-block",
    change={"W_gate.T + b_gate": "W_gate.T"},
)

highway_weights_exchanged = misconception(
    of="highway_forward",
    diagnosis="the weights of gate and new content are exchanged",
    hint="Look at the order of the arguments.",
    section="highway-block",
    change={
        "np.tanh(x @ W_u.T + b_u), sigmoid(x @ W_gate.T + b_gate)": (
            "np.tanh(x @ W_gate.T + b_gate), sigmoid(x @ W_u.T + b_u)"
        ),
    },
)

highway_input_overwritten = misconception(
    of="highway_forward",
    diagnosis="x is overwritten: the caller's array holds the output after the call",
    hint="The operators *= and += write into the array on their left.",
    section="highway-block",
    change={
        "return gate * u + (1 - gate) * x, u, gate": """
        x *= 1 - gate
        x += gate * u
        return x.copy(), u, gate
        """,
    },
)


# --- 4. a highway block, backward -----------------------------------------------------------

carried_gradient_alone = misconception(
    of="highway_backward",
    diagnosis="dx has only what is carried; the ways through new content and gate are missing",
    hint="In how many ways does x act on y?",
    section="highway-backward",
    change={"dy * (1 - gate) + da_u @ W_u + da_gate @ W_gate": "dy * (1 - gate)"},
)

carried_gradient_forgotten = misconception(
    of="highway_backward",
    diagnosis="the gradient that is carried past the block is missing from dx",
    hint="With the gate shut y equals x. What should dx be then?",
    section="highway-backward",
    change={"dy * (1 - gate) + da_u": "da_u"},
)

way_through_gate_forgotten = misconception(
    of="highway_backward",
    diagnosis="dx leaves out the way through the gate",
    hint="The gate is computed from x, so it moves when x moves.",
    section="highway-backward",
    change={"W_u + da_gate @ W_gate": "W_u"},
)

carried_gradient_ungated = misconception(
    of="highway_backward",
    diagnosis="the gradient that is carried is not multiplied by 1 - gate",
    hint="The factor that x had on the way forward multiplies its gradient on the way back.",
    section="highway-backward",
    change={"dy * (1 - gate)": "dy"},
)

gate_gradient_of_u_alone = misconception(
    of="highway_backward",
    diagnosis="the gate's gradient leaves out that the gate acts on the carried input too",
    hint="How often does the gate occur in the formula of y? Each occurrence gives a term.",
    section="highway-backward",
    change={"dy * (u - x)": "dy * u"},
)

gate_gradient_wrong_sign = misconception(
    of="highway_backward",
    diagnosis="the gate's gradient has the wrong sign",
    hint="Where the new content is larger than the input, opening the gate makes y larger.",
    section="highway-backward",
    change={"dy * (u - x)": "dy * (x - u)"},
)

sigmoid_slope_forgotten = misconception(
    of="highway_backward",
    diagnosis="the slope of the sigmoid is left out",
    hint="The weights act on the pre-activation of the gate. What lies between it and the gate?",
    section="highway-backward",
    change={"dy * (u - x) * gate * (1 - gate)": "dy * (u - x)"},
)

tanh_slope_forgotten = misconception(
    of="highway_backward",
    diagnosis="the slope of tanh is left out",
    hint="The weights act on the pre-activation of the new content. What lies between it and u?",
    section="highway-backward",
    change={"gate * (1 - u**2)": "gate"},
)

tanh_slope_at_its_value = misconception(
    of="highway_backward",
    diagnosis="the slope of tanh is taken at u, which is the value of tanh already",
    hint="With u for the value, the slope needs no further function: see the text of this part.",
    section="highway-backward",
    change={"1 - u**2": "1 - np.tanh(u) ** 2"},
)

new_content_ungated = misconception(
    of="highway_backward",
    diagnosis="the new content's gradient is not multiplied by the gate",
    hint="What was u multiplied by on the way forward?",
    section="highway-backward",
    change={"gate * (1 - u**2)": "(1 - u**2)"},
)

highway_batch_mean = misconception(
    of="highway_backward",
    diagnosis="the weights' gradients are averaged over the batch",
    hint="Whether the loss is a sum or a mean is decided in the loss, and dy says it already.",
    section="highway-backward",
    change={
        "return dx, da_u.T @ x, da_u.sum(axis=0), da_gate.T @ x, da_gate.sum(axis=0)": """
        N = len(x)
        return dx, da_u.T @ x / N, da_u.mean(axis=0), da_gate.T @ x / N, da_gate.mean(axis=0)
        """,
    },
)

gate_weights_first = misconception(
    of="highway_backward",
    diagnosis="the gate's gradients are returned before those of the new content",
    hint="The docstring lists what to return, and in which order.",
    section="highway-backward",
    change={
        "dx, da_u.T @ x, da_u.sum(axis=0), da_gate.T @ x, da_gate.sum(axis=0)": (
            "dx, da_gate.T @ x, da_gate.sum(axis=0), da_u.T @ x, da_u.sum(axis=0)"
        ),
    },
)

highway_dy_overwritten = misconception(
    of="highway_backward",
    diagnosis="dy is overwritten: the caller's array holds another gradient after the call",
    hint="The operator *= writes into the array on its left.",
    section="highway-backward",
    change={
        "dx = dy * (1 - gate) + da_u @ W_u + da_gate @ W_gate": """
        dy *= 1 - gate
        dx = dy + da_u @ W_u + da_gate @ W_gate
        """,
    },
)


# --- 5. a dense block -----------------------------------------------------------------------

new_content_first = misconception(
    of="dense_forward",
    diagnosis="the new content stands before the input",
    hint="The formula has x on top, so its columns come first.",
    section="dense-block",
    change={"np.concatenate([x, u], axis=1)": "np.concatenate([u, x], axis=1)"},
)

new_content_linear = misconception(
    of="dense_forward",
    diagnosis="the new content is not sent through relu",
    hint="Can an element of u be negative?",
    section="dense-block",
    change={"np.maximum(x @ W.T + b, 0)": "x @ W.T + b"},
)

relu_over_everything = misconception(
    of="dense_forward",
    diagnosis="relu is applied to the copy of the input as well",
    hint="The block keeps all of its input, with its signs.",
    section="dense-block",
    change={"np.concatenate([x, u], axis=1)": "np.maximum(np.concatenate([x, u], axis=1), 0)"},
)

dense_through_tanh = misconception(
    of="dense_forward",
    diagnosis="the activation is tanh",
    hint="The first cell shows the activation of the plain layers. The block uses the same.",
    section="dense-block",
    change={"np.maximum(x @ W.T + b, 0)": "np.tanh(x @ W.T + b)"},
)

dense_bias_forgotten = misconception(
    of="dense_forward",
    diagnosis="the bias is left out",
    hint="Which argument of your function is not used?",
    section="dense-block",
    change={"W.T + b": "W.T"},
)


# --- 6. a dense block, backward -------------------------------------------------------------

copy_alone = misconception(
    of="dense_backward",
    diagnosis="dx has the gradient of the copy alone; what comes through u is missing",
    hint="In how many ways does x act on y?",
    section="dense-backward",
    change={"dy[:, :H] + da @ W": "dy[:, :H].copy()"},
)


copy_forgotten = misconception(
    of="dense_backward",
    diagnosis="the gradient of the copy of x is missing from dx",
    hint="Some columns of dy belong to the input itself. Where do they go?",
    section="dense-backward",
    change={"dy[:, :H] + da @ W": "da @ W"},
)


columns_exchanged = misconception(
    of="dense_backward",
    diagnosis="the first columns of dy are taken for u and the last for the input",
    hint="In which order does the forward pass set them side by side?",
    section="dense-backward",
    change={
        "H = x.shape[1]": "G = u.shape[1]",
        "dy[:, H:]": "dy[:, :G]",
        "dy[:, :H]": "dy[:, G:]",
    },
)

dense_slope_forgotten = misconception(
    of="dense_backward",
    diagnosis="the slope of relu is left out",
    hint="What does y do when a unit with a negative pre-activation moves a little?",
    section="dense-backward",
    change={"dy[:, H:] * (u > 0)": "dy[:, H:]"},
)

dense_value_for_slope = misconception(
    of="dense_backward",
    diagnosis="the gradient is multiplied by u, where the slope of relu belongs",
    hint="The slope is either 0 or 1.",
    section="dense-backward",
    change={"dy[:, H:] * (u > 0)": "dy[:, H:] * u"},
)

never_off = misconception(
    of="dense_backward",
    diagnosis="the slope is taken as 1 where u is 0, which is everywhere",
    hint="u is never negative: where the unit is off it is exactly 0. Which comparison tells "
    "on from off?",
    section="dense-backward",
    change={
        "dy[:, H:] * (u > 0)": "np.where(u >= 0, dy[:, H:], 0.0)",
        "da @ W, da.T": "(dy[:, H:] * (u > 0)) @ W, da.T",
    },
)

dense_batch_mean = misconception(
    of="dense_backward",
    diagnosis="the weights' gradients are averaged over the batch",
    hint="Whether the loss is a sum or a mean is decided in the loss, and dy says it already.",
    section="dense-backward",
    change={"x, da.sum(axis=0)": "x / len(x), da.mean(axis=0)"},
)

dense_dy_overwritten = misconception(
    of="dense_backward",
    diagnosis="dy is overwritten: the caller's array holds another gradient after the call",
    hint="A slice of an array is no copy: what you write into it is written into dy.",
    section="dense-backward",
    change={
        "return dy[:, :H] + da @ W, da.T @ x, da.sum(axis=0)": """
        dx = dy[:, :H]
        dx += da @ W
        return dx.copy(), da.T @ x, da.sum(axis=0)
        """,
    },
)

dense_slope_of_tanh = misconception(
    of="dense_backward",
    diagnosis="the slope is that of tanh, where this block has relu",
    hint="Look at the formula of u. For which activation is the slope one minus the square?",
    section="dense-backward",
    change={"dy[:, H:] * (u > 0)": "dy[:, H:] * (1 - u**2)"},
)


# --- 7. a deep network ----------------------------------------------------------------------

input_not_a_state = misconception(
    of="deep_forward",
    diagnosis="the input is missing from the list of states",
    hint="With B blocks there are B + 1 states.",
    section="deep-backward",
    change={
        "inner = [x]": "inner = []",
        "y, *rest = forward[kind](states[-1], *weights)": "x, *rest = forward[kind](x, *weights)",
        "states.append(y)": "states.append(x)",
    },
)

output_not_a_state = misconception(
    of="deep_forward",
    diagnosis="the output of the last block is missing from the list of states",
    hint="With B blocks there are B + 1 states.",
    section="deep-backward",
    change={
        "inner = [x]": "inner = []",
        "y, *rest = forward[kind](states[-1], *weights)": "states.append(x)",
        "states.append(y)": "x, *rest = forward[kind](x, *weights)",
    },
)

skip_around_blocks = misconception(
    of="deep_forward",
    diagnosis="another skip connection is added around each block that keeps the width",
    hint="The blocks bring their own skip connections. What a block puts out is the next state.",
    section="deep-backward",
    change={
        "states.append(y)": "states.append(y + states[-1] if y.shape == states[-1].shape else y)",
    },
)

every_block_reads_the_input = misconception(
    of="deep_forward",
    diagnosis="every block reads the input of the network, not what the block before has put out",
    hint="Which state does block 2 read? Which one does yours?",
    section="deep-backward",
    change={"states[-1]": "x"},
)

bare_array_for_a_tuple = misconception(
    of="deep_forward",
    diagnosis="what a block keeps is a bare array where it is a single one, not a tuple",
    hint="The docstring asks for a tuple for each block, with one array in it or with two.",
    section="deep-backward",
    change={"tuple(rest)": "rest[0] if len(rest) == 1 else tuple(rest)"},
)


# --- 8. a deep network, backward ------------------------------------------------------------


states_listed_backwards = misconception(
    of="deep_backward",
    diagnosis="the gradients of the states are listed from the last to the first",
    hint="You went through the blocks backwards. In which order does the docstring want the list?",
    section="deep-backward",
    change={"dstates[::-1]": "dstates"},
)


weights_listed_backwards = misconception(
    of="deep_backward",
    diagnosis="the gradients of the weights are listed from the last block to the first",
    hint="You went through the blocks backwards. In which order does the docstring want the list?",
    section="deep-backward",
    change={"grads[::-1]": "grads"},
)


last_state_without_gradient = misconception(
    of="deep_backward",
    diagnosis="dy is missing at the end of the gradients of the states",
    hint="There are B + 1 states, and dy is the gradient of the last one.",
    section="deep-backward",
    change={"dstates[::-1]": "dstates[:0:-1]"},
)


gradients_rescaled = misconception(
    of="deep_backward",
    diagnosis="the gradient is brought back to the length of dy at each block",
    hint="Nothing is to be rescaled on the way. That the lower blocks get less, or more, is what "
    "is to be seen.",
    section="deep-backward",
    change={"dstates.append(dx)": "dstates.append(dx / np.linalg.norm(dx) * np.linalg.norm(dy))"},
)


every_block_gets_dy = misconception(
    of="deep_backward",
    diagnosis="every block gets dy, not the gradient that the block above it hands on",
    hint="Only the last block puts out what dy belongs to. What does the one below it get?",
    section="deep-backward",
    change={"backward(dstates[-1]": "backward(dy"},
)


output_for_input = misconception(
    of="deep_backward",
    diagnosis="each block is given its output where its input belongs",
    hint="There is one state more than there are blocks. Which one does the first block read?",
    section="deep-backward",
    change={"states[:-1]": "states[1:]"},
)


# --- 9. how much gradient arrives -----------------------------------------------------------

relative_to_the_input = misconception(
    of="gradient_norms",
    diagnosis="the norms are divided by the first one, where the last one belongs",
    hint="The way back begins at the last state. Which entry of the result should be 1?",
    section="deep-backward",
    change={"norms[-1]": "norms[0]"},
)

absolute_norms = misconception(
    of="gradient_norms",
    diagnosis="the norms are not divided by that of the last state",
    hint="Which entry of the result should be 1?",
    section="deep-backward",
    change={
        """
        norms = np.array([np.linalg.norm(d, axis=1).mean() for d in dstates])
        return norms / norms[-1]
        """: "return np.array([np.linalg.norm(d, axis=1).mean() for d in dstates])",
    },
)

norm_of_the_batch = misconception(
    of="gradient_norms",
    diagnosis="one norm is taken over the whole batch, not one for each input and their mean",
    hint="The length of a row first, then the mean over the rows.",
    section="deep-backward",
    change={"np.linalg.norm(d, axis=1).mean()": "np.linalg.norm(d)"},
)

squares_for_lengths = misconception(
    of="gradient_norms",
    diagnosis="the squares of the lengths are averaged: the root is missing",
    hint="What is the length of the vector (3, 4)?",
    section="deep-backward",
    change={"np.linalg.norm(d, axis=1).mean()": "(d**2).sum(axis=1).mean()"},
)

mean_elements = misconception(
    of="gradient_norms",
    diagnosis="the mean size of an element is taken, not the length of a row",
    hint="What is the length of the vector (3, 4)?",
    section="deep-backward",
    change={"np.linalg.norm(d, axis=1).mean()": "np.abs(d).mean()"},
)

length_of_the_mean = misconception(
    of="gradient_norms",
    diagnosis="the gradients are averaged over the batch first, and then their length is taken",
    hint="The gradients of two inputs may cancel, their lengths do not. Which comes first, the "
    "length or the mean?",
    section="deep-backward",
    change={"np.linalg.norm(d, axis=1).mean()": "np.linalg.norm(d.mean(axis=0))"},
)


# --- 10. paths by their length --------------------------------------------------------------

earlier_block_on_the_left = misconception(
    of="paths_by_length",
    diagnosis="the earlier block stands on the left of a product",
    hint="A Jacobian acts on what the block before has made. Which of two matrices acts first?",
    section="sum-over-paths",
    change={"J_l @ P[:-1]": "P[:-1] @ J_l"},
)


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


block_used_again = misconception(
    of="paths_by_length",
    diagnosis="a path goes through the same block several times: the sums are updated too early",
    hint="While you work on block l, the sum for length k - 1 must still be the one after block "
    "l - 1. In which order do you go through the lengths?",
    section="sum-over-paths",
    change={
        "P[1:] += J_l @ P[:-1]": """
        for k in range(1, B + 1):
            P[k] = P[k] + J_l @ P[k - 1]
        """,
    },
)

lengths_cumulated = misconception(
    of="paths_by_length",
    diagnosis="P[k] holds all paths through at most k blocks: the sums are cumulative",
    hint="Each path belongs to one length. What is P[1] with a single block?",
    section="sum-over-paths",
    change={"return P": "return np.cumsum(P, axis=0)"},
)

identity_path_not_counted = misconception(
    of="paths_by_length",
    diagnosis="the path that goes past all blocks is missing",
    hint="What is left of the product if all Jacobians are zero?",
    section="sum-over-paths",
    change={"return P": "return P[1:]"},
)


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


shorter_lengths_first = misconception(
    of="paths_by_length",
    diagnosis="a path of length k goes through the block that has just made its sum of length "
    "k - 1: the shorter lengths are updated first",
    hint="While you work on block l, every sum on the right must still be the one after block "
    "l - 1. Which length can be updated first without harm?",
    section="sum-over-paths",
    change={
        """
        for J_l in J:
            P[1:] += J_l @ P[:-1]
        """: """
        for place in range(B):
            for k in range(1, place + 2):
                P[k] = P[k] + J[place] @ P[k - 1]
        """,
    },
)

past_dropped = misconception(
    of="paths_by_length",
    diagnosis="the paths that go past a block are dropped: each sum is replaced, not added to",
    hint="A path of length k through the first l blocks can come about in two ways. Where is the "
    "one that goes past block l?",
    section="sum-over-paths",
    change={
        "P[1:] += J_l @ P[:-1]": """
        for k in range(B, 0, -1):
            P[k] = J_l @ P[k - 1]
        """,
    },
)
