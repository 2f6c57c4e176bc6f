"""Right implementations written differently: each must score full marks."""

import numpy as np

from autograder.authoring.catalogue import alternative


@alternative(of="reading_order", note="row by row, slices turned round")
def order_row_by_row(lengths, T):
    order = np.tile(np.arange(T), (len(lengths), 1))
    for n, length in enumerate(lengths):
        order[n, :length] = order[n, :length][::-1]
    return order


@alternative(of="reading_order", note="sorted: real steps first, the last of them in front")
def order_by_sorting(lengths, T):
    t = np.arange(T)
    inside = t < np.asarray(lengths)[:, None]
    return np.argsort(np.where(inside, -t - 1, t), axis=1, kind="stable").astype(np.int32)


@alternative(of="reading_order", note="plain lists, made into an array at the end")
def order_from_lists(lengths, T):
    rows = [[*range(length - 1, -1, -1), *range(length, T)] for length in map(int, lengths)]
    return np.array(rows)


@alternative(of="rnn_direction", note="turned round, read forward, turned back; NaN in the padding")
def direction_by_turning(x, lengths, W_x, W_h, b, reverse=False):
    N, T, _ = x.shape
    t, ends = np.arange(T), np.asarray(lengths)[:, None]
    rows = np.arange(N)[:, None]
    places = np.where(t < ends, ends - 1 - t, t)
    if reverse:
        x = x[rows, places]
    states = [np.tanh(x[:, 0] @ W_x.T + b)]
    for step in range(1, T):
        states.append(np.tanh(x[:, step] @ W_x.T + states[-1] @ W_h.T + b))
    h = np.stack(states, axis=1)
    if reverse:
        h = h[rows, places]
    h[t >= ends] = np.nan
    return h


@alternative(of="rnn_direction", note="one sequence at a time, without its padding")
def direction_row_by_row(x, lengths, W_x, W_h, b, reverse=False):
    h = np.zeros((*x.shape[:2], len(b)), dtype=x.dtype)
    for n, length in enumerate(lengths):
        steps = np.arange(length)[::-1] if reverse else np.arange(length)
        state = np.zeros_like(b)
        for t in steps:
            state = np.tanh(W_x @ x[n, t] + W_h @ state + b)
            h[n, t] = state
    return h


@alternative(
    of="rnn_direction", note="input products first, only running rows updated, long double"
)
def direction_in_long_double(x, lengths, W_x, W_h, b, reverse=False):
    N, T, _ = x.shape
    from_input = np.einsum("ntd,hd->nth", x.astype(np.longdouble), W_x) + b
    h, state = np.full_like(from_input, 7.0), np.zeros((N, len(b)), dtype=np.longdouble)
    for t in np.arange(T)[:: -1 if reverse else 1]:
        rows = np.flatnonzero(np.asarray(lengths) > t)
        state[rows] = np.tanh(from_input[rows, t] + state[rows] @ W_h.T)
        h[rows, t] = state[rows]
    return h.astype(x.dtype)


@alternative(of="bidirectional_forward", note="written into one array")
def both_into_one_array(x, lengths, weights, weights_reverse):
    H = len(weights[2])
    h = np.empty((*x.shape[:2], 2 * H), dtype=x.dtype)
    h[..., H:] = rnn_direction(x, lengths, *weights_reverse, True)
    h[..., :H] = rnn_direction(x, lengths, *weights)
    return h


@alternative(of="bidirectional_forward", note="the reverse direction by turning the batch round")
def both_by_turning(x, lengths, weights, weights_reverse):
    t, ends = np.arange(x.shape[1]), np.asarray(lengths)[:, None]
    places = np.where(t < ends, ends - 1 - t, t)[..., None]
    turned = np.take_along_axis(x, places, axis=1)
    reverse = rnn_direction(turned, lengths, *weights_reverse)
    reverse = np.take_along_axis(reverse, places, axis=1)
    return np.dstack([rnn_direction(x, lengths, *weights), reverse])


@alternative(of="both_ends", note="one sequence at a time")
def ends_row_by_row(h, lengths):
    H = h.shape[2] // 2
    rows = [np.concatenate([h[n, length - 1, :H], h[n, 0, H:]]) for n, length in enumerate(lengths)]
    return np.array(rows)


@alternative(of="both_ends", note="a mask over steps and a sum")
def ends_by_mask(h, lengths):
    _, T, both = h.shape
    last = (np.arange(T) == np.asarray(lengths)[:, None] - 1)[..., None]
    s = np.where(last, h, 0).sum(axis=1).astype(h.dtype)
    s[:, both // 2 :] = h[:, 0, both // 2 :]
    return s


@alternative(of="both_ends_backward", note="two masks")
def ends_backward_by_masks(ds, lengths, T):
    H, t = ds.shape[1] // 2, np.arange(T)
    last = t == np.asarray(lengths)[:, None] - 1
    first = np.broadcast_to(t == 0, last.shape)
    picked = np.concatenate(
        [np.repeat(mask[..., None], H, axis=2) for mask in (last, first)], axis=2
    )
    return np.where(picked, ds[:, None], 0).astype(ds.dtype)


@alternative(of="direction_backward", note="turned round, taken back as forward, turned back")
def backward_by_turning(dh, x, lengths, h, W_x, W_h, reverse=False):
    N, T, _ = x.shape
    t, ends, rows = np.arange(T), np.asarray(lengths)[:, None], np.arange(N)[:, None]
    places = np.where(t < ends, ends - 1 - t, t) if reverse else np.tile(t, (N, 1))
    dh, x, h = (array[rows, places] for array in (dh, x, h))
    dx, carried = np.zeros_like(x), np.zeros_like(h[:, 0])
    dW_x, dW_h, db = np.zeros_like(W_x), np.zeros_like(W_h), np.zeros_like(W_h[0])
    for step in range(T)[::-1]:
        before = h[:, step - 1] if step else np.zeros_like(h[:, 0])
        da = (dh[:, step] + carried) * (1 - h[:, step]) * (1 + h[:, step])
        da = da * (step < ends)
        carried = np.einsum("nh,hk->nk", da, W_h)
        dx[:, step] = da @ W_x
        dW_x += da.T @ x[:, step]
        dW_h += da.T @ before
        db += da.sum(axis=0)
    return dx[rows, places], dW_x, dW_h, db


@alternative(of="direction_backward", note="one sequence at a time; a list as result")
def backward_row_by_row(dh, x, lengths, h, W_x, W_h, reverse=False):
    dx, dW_x, dW_h, db = (np.zeros_like(array) for array in (x, W_x, W_h, W_h[:, 0]))
    for n, length in enumerate(lengths):
        read = list(range(length))[::-1] if reverse else list(range(length))
        carried = np.zeros_like(h[n, 0])
        for place in range(length)[::-1]:
            t = read[place]
            before = h[n, read[place - 1]] if place else np.zeros_like(h[n, 0])
            da = (dh[n, t] + carried) * (1 - h[n, t] ** 2)
            dx[n, t], carried = W_x.T @ da, W_h.T @ da
            dW_x, dW_h, db = dW_x + np.outer(da, x[n, t]), dW_h + np.outer(da, before), db + da
    return [dx, dW_x, dW_h, db]


@alternative(of="bidirectional_backward", note="a loop over the directions; lists as results")
def both_backward_in_a_loop(dh, x, lengths, h, weights, weights_reverse):
    dx, found = np.zeros_like(x), []
    halves = zip(
        np.split(dh, 2, axis=2), np.split(h, 2, axis=2), (weights, weights_reverse), strict=True
    )
    for place, (dh_half, h_half, (W_x, W_h, _)) in enumerate(halves):
        share, *grads = direction_backward(dh_half, x, lengths, h_half, W_x, W_h, place == 1)
        dx = dx + share
        found.append(list(grads))
    return [dx, *found]


@alternative(of="count_parameters", note="shapes multiplied out and summed")
def count_by_shapes(D, H, C, bidirectional):
    shapes = [(H, D), (H, H), (H,)] * (1 + bool(bidirectional))
    shapes += [(C, 2 * H if bidirectional else H), (C,)]
    return int(sum(np.prod(shape) for shape in shapes))


@alternative(of="lookahead", note="a table of what moves what, then the farthest diagonal")
def lookahead_from_a_table(name, x):
    T = x.shape[1]
    base, moves = run_model(name, x), np.zeros((T, T), dtype=bool)
    for k in range(T):
        step = np.zeros_like(x)
        step[:, k] = 1
        moves[:, k] = np.any(np.abs(run_model(name, x + step) - base) > 1e-6, axis=(0, 2))
    t, k = np.nonzero(moves)
    return np.max(k - t, initial=0)


@alternative(of="lookahead", note="from the farthest distance down, until one is found")
def lookahead_from_far(name, x):
    T, base = x.shape[1], run_model(name, x)
    for distance in range(T - 1, 0, -1):
        for k in range(distance, T):
            changed = np.concatenate([x[:, :k], x[:, k : k + 1] + 1, x[:, k + 1 :]], axis=1)
            gap = run_model(name, changed)[:, k - distance] - base[:, k - distance]
            if np.abs(gap).max() > 1e-6:
                return distance
    return 0
