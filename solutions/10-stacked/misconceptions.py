"""Wrong implementations that people really write, with what to say to them.

An entry with `change` is the solution of the function in `of` with these fragments replaced. What
is another approach is written out; it may use what the notebook defines, nothing of this file.
"""

import numpy as np

from autograder.authoring.catalogue import misconception

# --- 1. layer by layer ----------------------------------------------------------------------


all_layers_read_x = misconception(
    of="stack_forward",
    diagnosis="every layer reads the input x, so these are layers side by side and not a stack",
    hint="What does the second layer read? Follow the argument that you hand to it.",
    section="stack-by-layers",
    change={
        """
        x = layer_forward(x, weights, lengths)
        h.append(x)
        """: "h.append(layer_forward(x, weights, lengths))",
    },
)


weights_of_the_first_layer = misconception(
    of="stack_forward",
    diagnosis="every layer runs with the weights of the first one",
    hint="Steps share their weights, layers do not. Which entry of layers do you use?",
    section="stack-by-layers",
    change={"weights in": "_ in", "x, weights": "x, layers[0]"},
)


only_the_top_returned = misconception(
    of="stack_forward",
    diagnosis="only the states of the top are returned",
    hint="The docstring asks for a list with the states of each layer.",
    section="stack-by-layers",
    change={"return h": "return h[-1]"},
)


x_in_the_list = misconception(
    of="stack_forward",
    diagnosis="the list begins with x, which is no layer's state",
    hint="When is the first entry put into your list: before or after the first layer has run?",
    section="stack-by-layers",
    change={
        "[]": "[x]",
        """
        x = layer_forward(x, weights, lengths)
        h.append(x)
        """: "h.append(layer_forward(h[-1], weights, lengths))",
    },
)

lengths_for_the_first_layer_only = misconception(
    of="stack_forward",
    diagnosis="only the first layer knows the true lengths; the others run on into the padding",
    hint="Layer 2 reads states that were carried on past the end. Should it take steps there?",
    section="stack-by-layers",
    change={
        "h = []": "full, h = np.full(x.shape[0], x.shape[1]), []",
        "for weights in layers:": "for place, weights in enumerate(layers):",
        "weights, lengths": "weights, full if place else lengths",
    },
)

lengths_ignored = misconception(
    of="stack_forward",
    diagnosis="the lengths are not used by any layer",
    hint="Each sequence has a length of its own. Which argument do you not hand on as it is?",
    section="stack-by-layers",
    change={"weights, lengths": "weights, np.full(x.shape[0], x.shape[1])"},
)

padding_set_to_zero = misconception(
    of="stack_forward",
    diagnosis="the states are set to zero in the padding, where the last state should be repeated",
    hint="Return what the layer has returned. Its states beyond the end are right already.",
    section="stack-by-layers",
    change={
        "h = []": """
        inside = (np.arange(x.shape[1]) < np.asarray(lengths)[:, None])[..., None]
        h = []
        """,
        "layer_forward(x, weights, lengths)": "layer_forward(x, weights, lengths) * inside",
    },
)

final_state_repeated = misconception(
    of="stack_forward",
    diagnosis="the layers above read the final state alone, the same one at every step",
    hint="Layer 2 reads a sequence: at each step the state that layer 1 has at that step.",
    section="stack-by-layers",
    change={
        """
        x = layer_forward(x, weights, lengths)
        h.append(x)
        """: """
        states = layer_forward(x, weights, lengths)
        h.append(states)
        x = np.repeat(states[:, -1:], states.shape[1], axis=1)
        """,
    },
)

one_step_late = misconception(
    of="stack_forward",
    diagnosis="the layers above read the state of the step before",
    hint="At step t the state of layer 1 at step t is known already. Layer 2 reads that one.",
    section="stack-by-layers",
    change={
        """
        x = layer_forward(x, weights, lengths)
        h.append(x)
        """: """
        states = layer_forward(x, weights, lengths)
        h.append(states)
        x = np.concatenate([np.zeros_like(states[:, :1]), states[:, :-1]], axis=1)
        """,
    },
)

tanh_between_layers = misconception(
    of="stack_forward",
    diagnosis="a further tanh lies between the layers",
    hint="A layer has its nonlinearity inside. What is done to its states on their way up?",
    section="stack-by-layers",
    change={
        """
        x = layer_forward(x, weights, lengths)
        h.append(x)
        """: """
        states = layer_forward(x, weights, lengths)
        h.append(states)
        x = np.tanh(states)
        """,
    },
)

top_first = misconception(
    of="stack_forward",
    diagnosis="the list runs from the top down",
    hint="The docstring asks for the lowest layer first.",
    section="stack-by-layers",
    change={"h.append(x)": "h.insert(0, x)"},
)


# --- 2. step by step ------------------------------------------------------------------------


@misconception(
    of="stack_by_steps",
    diagnosis="a layer reads what the layer below was before this step",
    hint="Within a step go from below to above, and hand up the state that has just been computed.",
    section="stack-by-steps",
)
def reads_the_old_state_below(x, h_0, layers, lengths, layer_step):
    now, h = list(h_0), [[] for _ in layers]
    for t in range(x.shape[1]):
        running, before = (t < lengths)[:, None], list(now)
        for place, weights in enumerate(layers):
            below = before[place - 1] if place else x[:, t]
            now[place] = np.where(running, layer_step(below, before[place], weights), before[place])
            h[place].append(now[place])
    return [np.stack(states, axis=1) for states in h]


steps_in_the_padding = misconception(
    of="stack_by_steps",
    diagnosis="sequences take steps in their padding",
    hint="What should the state of a row be at a step that is not below its length?",
    section="stack-by-steps",
    change={
        "running = (t < lengths)[:, None]": "",
        "np.where(running, layer_step(below, now[layer], weights), now[layer])": (
            "layer_step(below, now[layer], weights)"
        ),
    },
)


only_the_first_layer_stops = misconception(
    of="stack_by_steps",
    diagnosis="only the first layer stays as it is past the end; those above go on",
    hint="When a sequence has ended, all its layers stay as they are.",
    section="stack-by-steps",
    change={"np.where(running,": "np.where(running | (layer > 0),"},
)


one_step_too_many = misconception(
    of="stack_by_steps",
    diagnosis="each sequence takes one step too many",
    hint="A sequence of length 1 takes the step t = 0 and no other. Is that what your comparison "
    "says?",
    section="stack-by-steps",
    change={"t < lengths": "t <= lengths"},
)


starts_from_zero = misconception(
    of="stack_by_steps",
    diagnosis="the states start from zero and not from h_0",
    hint="Which argument of your function is not used?",
    section="stack-by-steps",
    change={"list(h_0)": "[np.zeros_like(states) for states in h_0]"},
)


h_0_overwritten = misconception(
    of="stack_by_steps",
    diagnosis="the list h_0 holds other states after the call",
    hint="An assignment to an entry of h_0 changes the caller's list. Keep the states of now in a "
    "list of your own.",
    section="stack-by-steps",
    change={"list(h_0)": "h_0"},
)


one_state_for_all_layers = misconception(
    of="stack_by_steps",
    diagnosis="one state goes through all layers: each layer goes on from the state of the one "
    "below, where it should go on from its own",
    hint="Each layer keeps a state of its own from step to step. How many states does your "
    "function keep?",
    section="stack-by-steps",
    change={
        "now, h = list(h_0)": "state, h = h_0[0]",
        "now[layer] = np.where(running, layer_step(below, now[layer], weights), now[layer])": (
            "state = np.where(running, layer_step(below, state, weights), state)"
        ),
        "below = now[layer]": "below = state",
    },
)


zero_in_the_padding = misconception(
    of="stack_by_steps",
    diagnosis="the states are zero in the padding, where the last state should be repeated",
    hint="Past the end nothing is computed and nothing is lost: the row stays as it is.",
    section="stack-by-steps",
    change={"weights), now[layer])": "weights), 0)"},
)


each_step_reads_x = misconception(
    of="stack_by_steps",
    diagnosis="every layer reads the input x",
    hint="What does the second layer read at step t?",
    section="stack-by-steps",
    change={"layer_step(below,": "layer_step(x[:, t],"},
)


@misconception(
    of="stack_by_steps",
    diagnosis="steps and layers have changed places: the list has an entry for each step",
    hint="Look at the shape of one entry of your list. It should hold all steps of one layer.",
    section="stack-by-steps",
)
def list_by_step(x, h_0, layers, lengths, layer_step):
    now, h = list(h_0), []
    for t in range(x.shape[1]):
        running, below = (t < lengths)[:, None], x[:, t]
        for place, weights in enumerate(layers):
            new = layer_step(below, now[place], weights)
            now[place] = below = np.where(running, new, now[place])
        h.append(now[-1])
    return h


@misconception(
    of="stack_by_steps",
    diagnosis="a sequence of length 0 ends in the state of the last step of all",
    hint="The last state of a row is looked up at its length minus 1. What does Python find there "
    "if the length is 0, and which state should it be?",
    section="stack-by-steps",
)
def length_zero_looks_up_the_end(x, h_0, layers, lengths, layer_step):
    now, h = list(h_0), [[] for _ in layers]
    for t in range(x.shape[1]):
        below = x[:, t]
        for place, weights in enumerate(layers):
            now[place] = below = layer_step(below, now[place], weights)
            h[place].append(below)
    h = [np.stack(states, axis=1) for states in h]
    for n, length in enumerate(lengths):
        for states in h:
            states[n, length:] = states[n, length - 1]
    return h


first_step_left_out = misconception(
    of="stack_by_steps",
    diagnosis="the first step is left out: h_0 is returned as the state after it",
    hint="The state after step 0 has read x at step 0. Where does h_0 belong?",
    section="stack-by-steps",
    change={"(t < lengths)[:, None]": "(t < lengths)[:, None] & (t > 0)"},
)


# --- 3. what can run at the same time -------------------------------------------------------

rounds_layer_by_layer = misconception(
    of="earliest_rounds",
    diagnosis="a layer waits until the one below has finished all its steps",
    hint="What does layer 2 need at its first step? Is it there before layer 1 has read the last "
    "input?",
    section="stack-wavefront",
    change={
        """
        layer, t = np.arange(layers)[:, None], np.arange(T)
        return layer * T + t if both_ways else layer + t
        """: "return np.arange(layers * T).reshape(layers, T)",
    },
)


rounds_step_by_step = misconception(
    of="earliest_rounds",
    diagnosis="one state is computed in each round, where several can be",
    hint="The states that need nothing from one another share a round. Which ones are they?",
    section="stack-wavefront",
    change={"else layer + t": "else t * layers + layer"},
)


rounds_by_the_larger = misconception(
    of="earliest_rounds",
    diagnosis="a state waits for one of its two neighbours and not for the other",
    hint="Layer 2 at step 1 needs layer 1 at step 1 and layer 2 at step 0. In which rounds are "
    "these?",
    section="stack-wavefront",
    change={
        "layer, t": "place, t",
        "layer * T + t if both_ways else layer + t": (
            "place * T + t if both_ways else np.maximum(place, t)"
        ),
    },
)

rounds_from_one = misconception(
    of="earliest_rounds",
    diagnosis="the rounds are counted from 1",
    hint="The first state of all is computed in round 0.",
    section="stack-wavefront",
    change={
        "layer, t": "place, t",
        "layer * T + t if both_ways else layer + t": (
            "1 + (place * T + t if both_ways else place + t)"
        ),
    },
)

rounds_transposed = misconception(
    of="earliest_rounds",
    diagnosis="the axes are swapped: there is a row for each step",
    hint="The docstring asks for a row for each layer.",
    section="stack-wavefront",
    change={
        "layer, t = np.arange(layers)[:, None], np.arange(T)": (
            "place, t = np.arange(layers), np.arange(T)[:, None]"
        ),
        "layer * T + t if both_ways else layer + t": "place * T + t if both_ways else place + t",
    },
)

rounds_of_one_way = misconception(
    of="earliest_rounds",
    diagnosis="a layer that reads both ways does not wait for the last step of the layer below",
    hint="The lower layer's direction from the end meets the first step last of all. Who needs "
    "that state?",
    section="stack-two-ways",
    change={
        """
        layer, t = np.arange(layers)[:, None], np.arange(T)
        return layer * T + t if both_ways else layer + t
        """: "return np.arange(layers)[:, None] + np.arange(T)",
    },
)

rounds_of_both_ways_in_turn = misconception(
    of="earliest_rounds",
    diagnosis="the two directions run one after the other, where they can run at the same time",
    hint="Does one direction of a layer need anything from the other direction of the same layer?",
    section="stack-two-ways",
    change={
        "layer, t": "place, t",
        "layer * T + t if both_ways else layer + t": (
            "2 * place * T + t if both_ways else place + t"
        ),
    },
)


# --- 4. backward through the stack ----------------------------------------------------------


direct_gradients_forgotten = misconception(
    of="stack_backward",
    diagnosis="what the loss gives directly to the lower layers is left out",
    hint="How many entries of dh does your function use?",
    section="stack-backward",
    change={
        "grads, from_above = [], 0": "grads, from_above = [], dh[-1]",
        "dh[layer] + from_above": "from_above",
    },
)


gradient_from_above_forgotten = misconception(
    of="stack_backward",
    diagnosis="what comes from the layer above is left out",
    hint="The states of a layer are read by the layer above. What has its backward pass returned, "
    "and where does that go?",
    section="stack-backward",
    change={"dh[layer] + from_above": "dh[layer]"},
)


grads_top_first = misconception(
    of="stack_backward",
    diagnosis="the gradients of the weights run from the top down",
    hint="Your loop goes from the top to the lowest layer. In which order does it fill the list?",
    section="stack-backward",
    change={"grads.insert(0, grad)": "grads.append(grad)"},
)


dx_of_the_top = misconception(
    of="stack_backward",
    diagnosis="dx is the gradient of what the top has read, not of x",
    hint="x is what the lowest layer reads. Which layer's result do you return?",
    section="stack-backward",
    change={
        "grads, from_above = [], 0": "grads, from_above, dx = [], 0, None",
        "grads.insert(0, grad)": """
        grads.insert(0, grad)
        dx = from_above if dx is None else dx
        """,
        "return from_above": "return dx",
    },
)


dh_overwritten = misconception(
    of="stack_backward",
    diagnosis="dh is overwritten: the caller's arrays hold other gradients after the call",
    hint="The operator += writes into the array on its left, here one of the caller's.",
    section="stack-backward",
    change={
        "dh[layer] + from_above": "dh[layer]",
        "grads.insert(0, grad)": """
        grads.insert(0, grad)
        if layer > 0:
            dh[layer - 1] += from_above
        """,
    },
)


lengths_not_handed_on = misconception(
    of="stack_backward",
    diagnosis="the lengths are not handed on, so the padding gets a share",
    hint="Which argument does layer_backward get from you instead of the true lengths?",
    section="stack-backward",
    change={
        "grads, from_above = [], 0": """
        grads, from_above = [], 0
        lengths = np.full(len(lengths), inputs[0].shape[1])
        """,
    },
)


from_above_replaces = misconception(
    of="stack_backward",
    diagnosis="the gradient from above replaces the direct one instead of being added to it",
    hint="The states of a lower layer act on the loss in two ways. What becomes of two gradients?",
    section="stack-backward",
    change={"dh[layer] + from_above": "np.where(from_above == 0, dh[layer], from_above)"},
)


dx_added_up = misconception(
    of="stack_backward",
    diagnosis="dx is added up over the layers, as if each of them had read x",
    hint="Which layers read x? The others have read the states below them.",
    section="stack-backward",
    change={
        "grads, from_above = [], 0": "grads, from_above, dx = [], 0, 0",
        "grads.insert(0, grad)": """
        grads.insert(0, grad)
        if from_above.shape == inputs[0].shape:
            dx = dx + from_above
        """,
        "return from_above": "return dx",
    },
)


# --- 5. dropout -----------------------------------------------------------------------------

not_scaled = misconception(
    of="dropout_forward",
    diagnosis="what is left is not divided by 1 - p",
    hint="Take p = 0.5 and numbers that are all 1. What is the mean after dropout, and what should "
    "it be?",
    section="stack-dropout",
    change={"mask / (1 - p)": "mask"},
)

scaled_down = misconception(
    of="dropout_forward",
    diagnosis="what is left is multiplied by 1 - p, where it should be divided by it",
    hint="Fewer numbers are left, so those that are must become larger.",
    section="stack-dropout",
    change={"mask / (1 - p)": "mask * (1 - p)"},
)

divided_by_p = misconception(
    of="dropout_forward",
    diagnosis="what is left is divided by p, the share that is dropped",
    hint="Which share of the numbers is left on average?",
    section="stack-dropout",
    change={"mask / (1 - p)": "mask / p"},
)

mask_inverted = misconception(
    of="dropout_forward",
    diagnosis="the mask is used the wrong way round: 1 drops and 0 keeps",
    hint="Read what the docstring says of a 1 in the mask.",
    section="stack-dropout",
    change={"x * mask": "x * (1 - mask)"},
)

scaled_in_use = misconception(
    of="dropout_forward",
    diagnosis="numbers are scaled by 1 - p when the network is not in training",
    hint="That belongs to the older form of dropout, which does not divide in training. Choose one "
    "of the two.",
    section="stack-dropout",
    change={"return x": "return x * (1 - p)"},
)

divided_by_the_mean = misconception(
    of="dropout_forward",
    diagnosis="the result is divided by the share of ones in this mask, not by 1 - p",
    hint="The formula divides by a number that is the same for every draw.",
    section="stack-dropout",
    change={"mask / (1 - p)": "mask / mask.mean()"},
)


x_overwritten = misconception(
    of="dropout_forward",
    diagnosis="x is overwritten: the caller's array has holes after the call",
    hint="The operator *= writes into the array on its left.",
    section="stack-dropout",
    change={
        "return x if mask is None else x * mask / (1 - p)": """
        if mask is not None:
            x *= mask
            x /= 1 - p
        return x
        """,
    },
)


# --- 6. dropout, backward -------------------------------------------------------------------

mask_ignored_backward = misconception(
    of="dropout_backward",
    diagnosis="the gradient passes through as if nothing had been dropped",
    hint="What does the loss know of a number that was set to zero?",
    section="stack-dropout",
    change={"dy if mask is None else dy * mask / (1 - p)": "dy"},
)

not_scaled_backward = misconception(
    of="dropout_backward",
    diagnosis="the gradient is masked but not divided by 1 - p",
    hint="By which number was x multiplied where the mask is 1? Its gradient is multiplied by the "
    "same.",
    section="stack-dropout",
    change={"mask / (1 - p)": "mask"},
)

division_undone = misconception(
    of="dropout_backward",
    diagnosis="the gradient is multiplied by 1 - p, as if to undo the division",
    hint="Back through a division is the same division again, not its inverse.",
    section="stack-dropout",
    change={"mask / (1 - p)": "mask * (1 - p)"},
)

only_scaled_backward = misconception(
    of="dropout_backward",
    diagnosis="the gradient is divided by 1 - p and not masked",
    hint="Which argument of your function is not used?",
    section="stack-dropout",
    change={"dy * mask": "dy"},
)

scaled_without_a_mask = misconception(
    of="dropout_backward",
    diagnosis="the gradient is scaled where the network is not in training",
    hint="Without a mask, what did the forward pass do to x?",
    section="stack-dropout",
    change={"return dy": "return dy / (1 - p)"},
)

dy_overwritten = misconception(
    of="dropout_backward",
    diagnosis="dy is overwritten: the caller's array holds another gradient after the call",
    hint="The operator *= writes into the array on its left.",
    section="stack-dropout",
    change={
        "return dy if mask is None else dy * mask / (1 - p)": """
        if mask is not None:
            dy *= mask / (1 - p)
        return dy
        """,
    },
)


# --- 7. skips and dropout between layers ----------------------------------------------------


skip_after_dropout = misconception(
    of="deep_forward",
    diagnosis="the skip starts after dropout, so dropped numbers are missing on it as well",
    hint="Two things are made of what a layer hands up: one that the next layer reads, and one "
    "that goes around it. Which of them is dropped?",
    section="stack-skips",
    change={"output = output + h": "output = read + h"},
)


skip_of_one_layer = misconception(
    of="deep_forward",
    diagnosis="the skip adds the states of the layer below alone, not all that it hands up",
    hint="For layer 3 the skip carries what layer 2 has handed up, and that holds a skip itself.",
    section="stack-skips",
    change={
        "inputs, output = [], x": "inputs, output, before = [], x, 0",
        "output = output + h if skips and layer > 0 else h": """
        output = h + before if skips else h
        before = h
        """,
    },
)


skip_around_the_first = misconception(
    of="deep_forward",
    diagnosis="the first layer has a skip as well",
    hint="x may have another size than the states. From which layer on are there skips?",
    section="stack-skips",
    change={"skips and layer > 0": "skips and h.shape == output.shape"},
)


skips_from_the_first_layer = misconception(
    of="deep_forward",
    diagnosis="every skip starts at the first layer",
    hint="A skip leads around one layer: from what the layer below hands up.",
    section="stack-skips",
    change={
        "output = output + h if skips and layer > 0 else h": """
        first = h if layer == 0 else first
        output = h + first if skips and layer > 0 else h
        """,
    },
)


skips_always = misconception(
    of="deep_forward",
    diagnosis="skips are added even where skips is False",
    hint="What should your function do differently with skips=False?",
    section="stack-skips",
    change={"skips and layer > 0": "layer > 0 and h.shape == output.shape"},
)


no_skips = misconception(
    of="deep_forward",
    diagnosis="skips are not added at all",
    hint="Which argument of your function is not used?",
    section="stack-skips",
    change={"output = output + h if skips and layer > 0 else h": "output = h"},
)


no_dropout = misconception(
    of="deep_forward",
    diagnosis="the masks are not used",
    hint="What does a layer read: all of what the layer below hands up, or what dropout leaves?",
    section="stack-dropout",
    change={
        """
        read = x if layer == 0 else dropout_forward(output, masks[layer - 1] if masks else None, p)
        """: "read = output",
    },
)


inputs_before_dropout = misconception(
    of="deep_forward",
    diagnosis="the list of inputs holds what was handed up before dropout",
    hint="The backward pass needs what a layer has really read.",
    section="stack-dropout",
    change={"inputs.append(read)": "inputs.append(output)"},
)


@misconception(
    of="deep_forward",
    diagnosis="dropout hits only what a layer adds, and what came by the skip is never dropped",
    hint="Dropout comes after the sum, when the next layer reads it.",
    section="stack-skips",
)
def dropout_before_the_sum(x, layers, lengths, layer_forward, masks=None, p=0.0, skips=False):
    inputs, output, kept = [], x, x
    for place, weights in enumerate(layers):
        inputs.append(kept)
        h = layer_forward(kept, weights, lengths)
        mask = masks[place] if masks and place < len(layers) - 1 else None
        dropped = dropout_forward(h, mask, p)
        kept = kept + dropped if skips and place else dropped
        output = output + h if skips and place else h
    return output, inputs


# --- 8. back through skips and dropout ------------------------------------------------------


skip_forgotten = misconception(
    of="deep_backward",
    diagnosis="the way along the skip is left out",
    hint="What a layer hands up is used twice with skips. How many gradients come back to it?",
    section="stack-skips",
    change={"du = du + through if skips else through": "du = through"},
)


skip_through_dropout = misconception(
    of="deep_backward",
    diagnosis="the gradient on the skip goes through dropout, though the skip leads around it",
    hint="Add the two gradients where their ways meet: is that before or after dropout?",
    section="stack-skips",
    change={
        "through = dropout_backward(dread, masks[layer - 1] if masks else None, p)": (
            "total = du + dread if skips else dread"
        ),
        "du = du + through if skips else through": (
            "du = dropout_backward(total, masks[layer - 1] if masks else None, p)"
        ),
    },
)


dropout_forgotten = misconception(
    of="deep_backward",
    diagnosis="the gradient does not go back through dropout",
    hint="What a layer has read is not what was handed up to it. What lies between them?",
    section="stack-dropout",
    change={
        "through = dropout_backward(dread, masks[layer - 1] if masks else None, p)": (
            "through = dread"
        ),
    },
)


masks_from_below = misconception(
    of="deep_backward",
    diagnosis="the masks are used from the lowest gap up, while the layers go from the top down",
    hint="Which two layers does the first of the masks lie between? When does your loop come to "
    "that gap?",
    section="stack-dropout",
    change={
        "through = dropout_backward(dread, masks[layer - 1] if masks else None, p)": """
        gap = len(layers) - 1 - layer
        fits = masks and masks[gap].shape[2] == dread.shape[2]
        through = dropout_backward(dread, masks[gap if fits else layer - 1] if masks else None, p)
        """,
    },
)


along_the_skip_alone = misconception(
    of="deep_backward",
    diagnosis="with skips the gradient is handed down along the skip alone, past the layers",
    hint="A skip adds a way and takes none away. What becomes of the gradient through the layer?",
    section="stack-skips",
    change={"du + through if skips": "du if skips"},
)


skip_down_to_x = misconception(
    of="deep_backward",
    diagnosis="a skip is followed down to x, but the first layer has none",
    hint="For which layers does the formula hold?",
    section="stack-skips",
    change={
        "return dread, grads": """
        along = skips and du.shape == dread.shape
        return du + dread if along else dread, grads
        """,
    },
)


skips_followed_always = misconception(
    of="deep_backward",
    diagnosis="skips are followed even where skips is False",
    hint="What should your function do differently with skips=False?",
    section="stack-skips",
    change={"if skips else through": "if du.shape == through.shape else through"},
)


deep_grads_top_first = misconception(
    of="deep_backward",
    diagnosis="the gradients of the weights run from the top down",
    hint="Your loop goes from the top to the lowest layer. In which order does it fill the list?",
    section="stack-backward",
    change={"grads.insert(0, grad)": "grads.append(grad)"},
)


doutput_overwritten = misconception(
    of="deep_backward",
    diagnosis="doutput is overwritten: the caller's array holds another gradient after the call",
    hint="The operator += writes into the array on its left, at first that of the caller.",
    section="stack-skips",
    change={
        "du = du + through if skips else through": """
        if skips:
            du += through
        else:
            du = through
        """,
    },
)


skip_hands_down_the_tops = misconception(
    of="deep_backward",
    diagnosis="every skip hands down the gradient of the top, where that of the layer above is due",
    hint="The first term of the formula belongs to the next layer up. Is that doutput at every "
    "height?",
    section="stack-skips",
    change={"du + through if": "doutput + through if"},
)


# --- 9. counting parameters -----------------------------------------------------------------

every_layer_reads_D = misconception(
    of="count_parameters",
    diagnosis="all layers are counted as if they read D numbers",
    hint="What does the second layer read, and how many numbers is that?",
    section="stack-count",
    change={
        "sum(rows * (read + H + biases) for read in [D] + [directions * H] * (layers - 1))": (
            "layers * rows * (D + H + biases)"
        ),
    },
)

reads_one_direction = misconception(
    of="count_parameters",
    diagnosis="the layers above are counted as if they read H numbers, though both directions "
    "hand up H each",
    hint="The states of both directions stand side by side. How wide is what layer 2 reads?",
    section="stack-two-ways",
    change={"directions * H": "H"},
)

one_direction_counted = misconception(
    of="count_parameters",
    diagnosis="the weights of one direction only are counted",
    hint="Each direction has weights of its own.",
    section="stack-two-ways",
    change={"H * directions": "H"},
)

directions_joined = misconception(
    of="count_parameters",
    diagnosis="the recurrent weights join both directions",
    hint="A direction goes on from its own state. How many columns has its recurrent matrix?",
    section="stack-two-ways",
    change={
        """
        return sum(rows * (read + H + biases) for read in [D] + [directions * H] * (layers - 1))
        """: """
        wide = directions * H
        return sum(rows * (read + wide + biases) for read in [D] + [wide] * (layers - 1))
        """,
    },
)

one_bias_always = misconception(
    of="count_parameters",
    diagnosis="one bias is counted whatever biases says",
    hint="Which argument of your function is not used?",
    section="stack-count",
    change={"H + biases": "H + 1"},
)

no_biases = misconception(
    of="count_parameters",
    diagnosis="the biases are left out",
    hint="Besides its two rows of weights, what does each pre-activation have?",
    section="stack-count",
    change={"H + biases": "H"},
)

always_an_lstm = misconception(
    of="count_parameters",
    diagnosis="every cell is counted as an LSTM",
    hint="How many pre-activations has a unit of a vanilla RNN, and how many one of a GRU?",
    section="stack-count",
    change={'rows = {"RNN": 1, "GRU": 3, "LSTM": 4}[cell]': "rows = 4"},
)

gates_without_the_candidate = misconception(
    of="count_parameters",
    diagnosis="only the gates are counted, and not the candidate",
    hint="The candidate has weights as well, though it is no gate.",
    section="stack-count",
    change={'3, "LSTM": 4': '2, "LSTM": 3'},
)

two_blocks_in_a_gru = misconception(
    of="count_parameters",
    diagnosis="a GRU is counted with two blocks of rows, as it has two gates",
    hint="The candidate has weights as well, though it is no gate.",
    section="stack-count",
    change={'"GRU": 3': '"GRU": 2'},
)
