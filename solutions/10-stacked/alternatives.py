"""Right implementations written differently: each must score full marks."""

import numpy as np

from autograder.authoring.catalogue import alternative


@alternative(of="stack_forward", note="recursion, a tuple as result")
def stack_by_recursion(x, layers, lengths, layer_forward):
    first, *rest = layers
    states = layer_forward(x, first, lengths)
    return (states, *stack_forward(states, rest, lengths, layer_forward)) if rest else (states,)


@alternative(of="stack_forward", note="a list that begins with x, by index, copies of everything")
def stack_by_index(x, layers, lengths, layer_forward):
    h = [np.array(x)]
    for place in range(len(layers)):
        h.append(np.array(layer_forward(h[place], layers[place], np.array(lengths))))
    return h[1:]


@alternative(of="stack_by_steps", note="arrays made beforehand, rows in place")
def steps_in_place(x, h_0, layers, lengths, layer_step):
    N, T, _ = x.shape
    h = [np.empty((N, T, states.shape[1]), dtype=x.dtype) for states in h_0]
    now = [np.array(states, dtype=x.dtype) for states in h_0]
    for t in range(T):
        runs = np.flatnonzero(np.asarray(lengths) > t)
        read = x[runs, t]
        for place, weights in enumerate(layers):
            if len(runs):
                read = now[place][runs] = layer_step(read, now[place][runs], weights)
            h[place][:, t] = now[place]
    return h


@alternative(of="stack_by_steps", note="one sequence at a time, its padding filled afterwards")
def steps_row_by_row(x, h_0, layers, lengths, layer_step):
    N, T, _ = x.shape
    h = [np.zeros((N, T, states.shape[1]), dtype=x.dtype) for states in h_0]
    for n in range(N):
        row = slice(n, n + 1)
        now = [states[row] for states in h_0]
        for t in range(T):
            if t < lengths[n]:
                read = x[row, t]
                for place, weights in enumerate(layers):
                    now[place] = read = layer_step(read, now[place], weights)
            for place, state in enumerate(now):
                h[place][n, t] = state[0]
    return h


@alternative(of="stack_by_steps", note="along the diagonals of steps and layers")
def steps_by_wavefront(x, h_0, layers, lengths, layer_step):
    N, T, _ = x.shape
    h = [np.empty((N, T, states.shape[1]), dtype=x.dtype) for states in h_0]
    for front in range(T + len(layers) - 1):
        for place, weights in enumerate(layers):
            t = front - place
            if 0 <= t < T:
                before = h[place][:, t - 1] if t else h_0[place]
                read = h[place - 1][:, t] if place else x[:, t]
                runs = np.reshape(t < np.asarray(lengths), (N, 1))
                h[place][:, t] = np.where(runs, layer_step(read, before, weights), before)
    return tuple(h)


@alternative(of="earliest_rounds", note="by its definition: one more than the latest it needs")
def rounds_by_definition(layers, T, both_ways=False):
    rounds = [[0] * T for _ in range(layers)]
    for place in range(layers):
        for t in range(T):
            needed = [rounds[place][t - 1]] if t else []
            if place:
                needed += rounds[place - 1] if both_ways else [rounds[place - 1][t]]
            rounds[place][t] = 1 + max(needed, default=-1)
    return rounds


@alternative(of="earliest_rounds", note="np.add.outer, floats")
def rounds_by_outer_sum(layers, T, both_ways=False):
    return np.add.outer(np.arange(layers) * (float(T) if both_ways else 1.0), np.arange(T))


@alternative(of="stack_backward", note="recursion from below")
def backward_by_recursion(dh, inputs, layers, lengths, layer_backward):
    def back(place):
        d = dh[place]
        above = []
        if place + 1 < len(layers):
            down, above = back(place + 1)
            d = np.add(d, down)
        dx, grad = layer_backward(d, inputs[place], layers[place], lengths)
        return dx, [grad, *above]

    return back(0)


@alternative(of="stack_backward", note="copies of dh that are added to; arrays for the gradients")
def backward_with_copies(dh, inputs, layers, lengths, layer_backward):
    total = [np.array(d) for d in dh]
    grads = [None] * len(layers)
    for place in range(len(layers) - 1, -1, -1):
        dx, grads[place] = layer_backward(total[place], inputs[place], layers[place], lengths)
        if place:
            total[place - 1] += dx
    return [dx, tuple(grads)]


@alternative(of="dropout_forward", note="a choice for each number")
def dropout_by_choice(x, mask, p):
    if mask is None:
        return np.array(x)
    return np.where(np.broadcast_to(mask, x.shape) == 1, x / (1 - p), np.zeros_like(x))


@alternative(of="dropout_backward", note="in long double, the factor first")
def dropout_backward_wide(dy, mask, p):
    factor = np.longdouble(1) if mask is None else mask.astype(np.longdouble) / (1 - p)
    return dy * factor


@alternative(of="deep_forward", note="what is handed up in a list; without dropout_forward")
def deep_with_lists(x, layers, lengths, layer_forward, masks=None, p=0.0, skips=False):
    gaps = masks if masks is not None else [1 - p] * (len(layers) - 1)
    inputs = [x]
    handed = [layer_forward(x, layers[0], lengths)]
    for weights, gap in zip(layers[1:], gaps, strict=True):
        inputs.append(handed[-1] * (gap / (1 - p)))
        h = layer_forward(inputs[-1], weights, lengths)
        handed.append(np.add(h, handed[-1]) if skips else h)
    return handed[-1], inputs


@alternative(of="deep_forward", note="the output as a sum of all states")
def deep_by_sums(x, layers, lengths, layer_forward, masks=None, p=0.0, skips=False):
    states, inputs = [], []
    for place, weights in enumerate(layers):
        read = (sum(states) if skips else states[-1]) if place else x
        if place and masks:
            read = dropout_forward(read, masks[place - 1], p)
        inputs = [*inputs, read]
        states = [*states, layer_forward(read, weights, lengths)]
    return (sum(states) if skips else states[-1]), tuple(inputs)


@alternative(of="deep_backward", note="by recursion, without dropout_backward")
def deep_backward_by_recursion(
    doutput, inputs, layers, lengths, layer_backward, masks=None, p=0.0, skips=False
):
    d, grad = layer_backward(doutput, inputs[-1], layers[-1], lengths)
    if len(layers) == 1:
        return d, [grad]
    if masks:
        d = masks[-1] * d / (1 - p)
    if skips:
        d = d + doutput
    below = masks[:-1] if masks else None
    dx, grads = deep_backward(d, inputs[:-1], layers[:-1], lengths, layer_backward, below, p, skips)
    return dx, [*grads, grad]


@alternative(of="deep_backward", note="gradients at all heights in a list of copies")
def deep_backward_with_list(
    doutput, inputs, layers, lengths, layer_backward, masks=None, p=0.0, skips=False
):
    du = [None] * len(layers)
    du[-1], grads = np.array(doutput), {}
    for place in range(len(layers))[::-1]:
        d, grads[place] = layer_backward(du[place], inputs[place], layers[place], lengths)
        if place:
            d = d if masks is None else dropout_backward(d, masks[place - 1], p)
            du[place - 1] = np.sum([d, du[place]], axis=0) if skips else d
    return d, [grads[place] for place in sorted(grads)]


@alternative(of="count_parameters", note="in closed form")
def count_in_closed_form(D, H, layers, cell="LSTM", directions=1, biases=1):
    blocks = ("RNN", "", "GRU", "LSTM").index(cell) + 1
    first = D + H + biases
    above = directions * H + H + biases
    return blocks * H * directions * (first + (layers - 1) * above)


@alternative(of="count_parameters", note="the sizes of the arrays added up")
def count_by_shapes(D, H, layers, cell="LSTM", directions=1, biases=1):
    rows = H * (4 if cell == "LSTM" else 3 if cell == "GRU" else 1)
    count, read = 0, D
    for _ in range(layers):
        for _ in range(directions):
            for shape in ((rows, read), (rows, H), (biases, rows)):
                count += int(np.prod(shape))
        read = directions * H
    return count
