"""Right implementations written differently: each must score full marks."""

import numpy as np

from autograder.authoring.catalogue import alternative


@alternative(of="pad_batch", note="pads each sequence, then stacks; lengths as a list")
def pad_each_and_stack(sequences, fill):
    lengths = [sequence.shape[0] for sequence in sequences]
    T = max(lengths)
    rows = [
        np.pad(sequence, ((0, T - len(sequence)), (0, 0)), constant_values=fill)
        for sequence in sequences
    ]
    return np.stack(rows), lengths


@alternative(of="pad_batch", note="everything in one column, placed by a mask; a list as result")
def pad_by_mask(sequences, fill):
    lengths = np.fromiter(map(len, sequences), dtype=np.int32)
    inside = np.arange(lengths.max())[None] < lengths[:, None]
    x = np.zeros((*inside.shape, sequences[0].shape[-1]), dtype=sequences[0].dtype)
    x += np.asarray(fill, dtype=x.dtype)
    x[inside] = np.concatenate(sequences)
    return [x, lengths]


@alternative(of="pad_batch", note="one number at a time")
def pad_in_loops(sequences, fill):
    T = max(len(sequence) for sequence in sequences)
    D = sequences[0].shape[1]
    x = np.empty((len(sequences), T, D), dtype=sequences[0].dtype)
    for n in range(len(sequences)):
        for t in range(T):
            for i in range(D):
                x[n, t, i] = sequences[n][t, i] if t < len(sequences[n]) else fill
    return x, np.array([len(sequence) for sequence in sequences])


@alternative(of="length_mask", note="one row at a time")
def mask_row_by_row(lengths, T):
    inside = np.zeros((len(lengths), T), dtype=bool)
    for n, length in enumerate(lengths):
        inside[n, :length] = True
    return inside


@alternative(of="length_mask", note="an outer comparison")
def mask_by_outer(lengths, T):
    return np.greater.outer(lengths, np.arange(T))


@alternative(of="length_mask", note="nested lists of booleans")
def mask_as_lists(lengths, T):
    return [[t < length for t in range(T)] for length in lengths]


@alternative(of="length_mask", note="counts down from the length")
def mask_by_counting_down(lengths, T):
    left_over = np.repeat(lengths[:, np.newaxis], T, axis=1) - np.cumsum(np.ones(T)) + 1
    return left_over > 0


@alternative(of="masked_mean", note="where, sum, divide")
def mean_by_where(loss, mask):
    return np.sum(np.where(mask, loss, 0)) / np.count_nonzero(mask)


@alternative(of="masked_mean", note="sums with a condition, in long double, a Python float")
def mean_in_long_double(loss, mask):
    total = loss.sum(where=mask, dtype=np.longdouble)
    return float(total / mask.sum())


@alternative(of="masked_mean", note="a loop over all places")
def mean_in_loops(loss, mask):
    total, count = 0.0, 0
    for row, counts in zip(loss, mask, strict=True):
        for value, counted in zip(row, counts, strict=True):
            if counted:
                total += float(value)
                count += 1
    return total / count


@alternative(of="masked_mean", note="a masked array, whose mask is the other way round")
def mean_by_masked_array(loss, mask):
    return np.ma.masked_array(loss, mask=~mask).compressed().mean()


@alternative(of="context_windows", note="one step at a time, zeros left in the padding")
def windows_step_by_step(x, inside, left, right, edge):
    N, T, D = x.shape
    v = np.zeros((N, T, (left + 1 + right) * D), dtype=x.dtype)
    for n in range(N):
        length = int(inside[n].sum())
        for t in range(length):
            window = [
                x[n, place] if 0 <= place < length else edge
                for place in range(t - left, t + right + 1)
            ]
            v[n, t] = np.concatenate(window)
    return v


@alternative(of="context_windows", note="sliding_window_view, axes put in order")
def windows_by_sliding_view(x, inside, left, right, edge):
    N, T, D = x.shape
    extended = np.empty((N, left + T + right, D), dtype=x.dtype)
    extended[:] = edge
    extended[:, left : left + T][inside] = x[inside]
    views = np.lib.stride_tricks.sliding_window_view(extended, left + 1 + right, axis=1)
    return np.moveaxis(views, -1, 2).reshape(N, T, -1)


@alternative(of="context_windows", note="an array of places, with one more row for the edge")
def windows_by_index(x, inside, left, right, edge):
    N, T, D = x.shape
    rows = np.concatenate([x, np.broadcast_to(edge, (N, 1, D))], axis=1)
    places = np.arange(T)[:, None] + np.arange(-left, right + 1)
    exists = (places >= 0) & (places < inside.sum(axis=1)[:, None, None])
    chosen = np.where(exists, places, T)
    return rows[np.arange(N)[:, None, None], chosen].reshape(N, T, -1)


@alternative(of="context_windows", note="fills v place by place with slices")
def windows_by_slices(x, inside, left, right, edge):
    N, T, D = x.shape
    v = np.empty((N, T, left + 1 + right, D), dtype=x.dtype)
    v[...] = edge
    for j, offset in enumerate(range(-left, right + 1)):
        to, source = slice(max(-offset, 0), max(T - max(offset, 0), 0)), slice(max(offset, 0), T)
        if abs(offset) >= T:
            continue
        source = slice(source.start, source.start + (to.stop - to.start))
        real = inside[:, source]
        v[:, to, j][real] = x[:, source][real]
    return v.reshape(N, T, -1)


@alternative(of="classifier_forward", note="einsum")
def classifier_by_einsum(v, W_v, b, W_y, b_y):
    h = np.tanh(np.einsum("ntm,hm->nth", v, W_v) + b)
    return np.einsum("nth,ch->ntc", h, W_y) + b_y


@alternative(of="classifier_forward", note="all steps as rows of one matrix")
def classifier_on_rows(v, W_v, b, W_y, b_y):
    N, T, M = v.shape
    h = np.tanh(v.reshape(N * T, M).dot(W_v.T) + b)
    return (h.dot(W_y.T) + b_y).reshape(N, T, -1)


@alternative(of="classifier_forward", note="column vectors in loops, as in the equations")
def classifier_in_loops(v, W_v, b, W_y, b_y):
    logits = np.empty((v.shape[0], v.shape[1], len(b_y)), dtype=v.dtype)
    for n, sequence in enumerate(v):
        for t, window in enumerate(sequence):
            logits[n, t] = W_y @ np.tanh(W_v @ window + b) + b_y
    return logits


@alternative(of="accuracy", note="counts in loops")
def accuracy_in_loops(logits, targets, mask):
    right = counted = 0
    for n, t in zip(*np.nonzero(mask), strict=True):
        counted += 1
        right += int(max(range(logits.shape[2]), key=lambda c: logits[n, t, c]) == targets[n, t])
    return right / counted


@alternative(of="accuracy", note="the target's score against the largest")
def accuracy_by_score(logits, targets, mask):
    of_target = np.take_along_axis(logits, targets[..., None], axis=-1)[..., 0]
    return float(np.average(of_target >= logits.max(axis=-1), weights=mask))


@alternative(of="last_step", note="a list of rows")
def last_step_as_list(z, lengths):
    return [row[length - 1] for row, length in zip(z, lengths, strict=True)]


@alternative(of="last_step", note="take_along_axis")
def last_step_along_axis(z, lengths):
    return np.take_along_axis(z, (lengths - 1)[:, None, None], axis=1)[:, 0]


@alternative(of="last_step", note="a sum over places of which all but one are zero")
def last_step_by_sum(z, lengths):
    is_last = np.arange(z.shape[1]) + 1 == lengths[:, None]
    return (z * is_last[..., None]).sum(axis=1)


@alternative(of="count_weights", note="layer by layer, each with its bias as one more input")
def count_by_layers(left, right, D, H, C):
    return (D * (left + right + 1) + 1) * H + (H + 1) * C


@alternative(of="count_weights", note="the sizes of arrays of these shapes; a NumPy integer")
def count_by_shapes(left, right, D, H, C):
    shapes = [(H, (left + 1 + right) * D), (H,), (C, H), (C,)]
    return sum(np.prod(shape) for shape in shapes)
