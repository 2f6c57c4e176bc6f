"""Right implementations written differently: each must score full marks."""

import numpy as np

from autograder.authoring.catalogue import alternative


@alternative(of="step_jacobian", note="one sequence at a time, with a diagonal matrix as written")
def jacobian_with_diag(x_t, h_prev, W_x, W_h, b):
    rows = []
    for x, h in zip(x_t, h_prev, strict=True):
        a = W_x @ x + W_h @ h + b
        rows.append(np.diag(1 - np.tanh(a) ** 2) @ W_h)
    return np.stack(rows)


@alternative(of="step_jacobian", note="einsum, slope as a product of two factors")
def jacobian_by_einsum(x_t, h_prev, W_x, W_h, b):
    h = np.tanh(np.einsum("nd,hd->nh", x_t, W_x) + np.einsum("nk,hk->nh", h_prev, W_h) + b)
    return np.einsum("ni,ij->nij", (1 - h) * (1 + h), W_h)


@alternative(of="step_jacobian", note="slope by the hyperbolic cosine, in long double")
def jacobian_by_cosh(x_t, h_prev, W_x, W_h, b):
    wide = np.longdouble
    a = x_t.astype(wide) @ W_x.T.astype(wide) + h_prev.astype(wide) @ W_h.T.astype(wide) + b
    with np.errstate(over="ignore"):
        slope = 1 / np.cosh(a) ** 2
    return (slope[:, :, None] * W_h[None]).astype(x_t.dtype)


@alternative(of="step_jacobian", note="loops over every entry, in plain Python")
def jacobian_in_loops(x_t, h_prev, W_x, W_h, b):
    N, H = h_prev.shape
    J = np.empty((N, H, H), dtype=h_prev.dtype)
    for n in range(N):
        for i in range(H):
            a = b[i]
            for d, value in enumerate(x_t[n]):
                a += W_x[i, d] * value
            for j, value in enumerate(h_prev[n]):
                a += W_h[i, j] * value
            for j in range(H):
                J[n, i, j] = (1 - np.tanh(a) ** 2) * W_h[i, j]
    return J


@alternative(of="span_jacobian", note="from the latest step to the earliest")
def span_from_the_end(jacobians, k, t):
    J = np.zeros_like(jacobians[:, 0])
    J[:] = np.identity(jacobians.shape[-1])
    for s in range(t - 1, k - 1, -1):
        J = J @ jacobians[:, s]
    return J


@alternative(of="span_jacobian", note="one sequence at a time, multi_dot")
def span_by_multi_dot(jacobians, k, t):
    rows = []
    for factors in jacobians:
        identity = np.eye(factors.shape[-1], dtype=factors.dtype)
        rows.append(np.linalg.multi_dot([identity, identity, *factors[k:t][::-1]]))
    return np.array(rows)


@alternative(of="span_jacobian", note="recursion that halves the span")
def span_by_halves(jacobians, k, t):
    if k == t:
        return jacobians[:, 0] * 0 + np.eye(jacobians.shape[-1], dtype=jacobians.dtype)
    if t == k + 1:
        return jacobians[:, k].copy()
    middle = (k + t) // 2

    def product(first, last):
        if last - first == 1:
            return jacobians[:, first]
        half = (first + last) // 2
        return product(half, last) @ product(first, half)

    return product(middle, t) @ product(k, middle)


@alternative(of="gradient_norms", note="row vectors, written into an array, norms by hand")
def norms_into_an_array(jacobians, dh_T):
    N, T = jacobians.shape[:2]
    norms = np.empty((N, T + 1), dtype=dh_T.dtype)
    dh = dh_T.copy()
    for d in range(T + 1):
        norms[:, d] = np.sqrt((dh * dh).sum(axis=-1))
        if d < T:
            dh = (dh[:, None, :] @ jacobians[:, T - 1 - d])[:, 0]
    return norms


@alternative(of="gradient_norms", note="matrices first, then the vector")
def norms_by_matrices(jacobians, dh_T):
    T = jacobians.shape[1]
    norms, J = [np.sqrt((dh_T**2).sum(axis=1))], np.eye(dh_T.shape[1], dtype=dh_T.dtype)
    for t in range(T - 1, -1, -1):
        J = J @ jacobians[:, t]
        norms.append(np.linalg.norm((J.swapaxes(1, 2) @ dh_T[:, :, None])[:, :, 0], axis=-1))
    return np.array(norms).T


@alternative(of="gradient_norms", note="one sequence at a time, lists")
def norms_in_lists(jacobians, dh_T):
    rows = []
    for factors, dh in zip(jacobians, dh_T, strict=True):
        row = [np.linalg.norm(dh)]
        for J in factors[::-1]:
            dh = J.T @ dh
            row.append(np.linalg.norm(dh))
        rows.append(row)
    return np.array(rows, dtype=dh_T.dtype)


@alternative(of="gradient_bound", note="singular values, exponential of a logarithm")
def bound_by_logarithm(W_h, beta, distance):
    largest = np.linalg.svd(W_h, compute_uv=False).max()
    return np.exp(np.asarray(distance) * (np.log(largest) + np.log(beta)))


@alternative(of="gradient_bound", note="root of the largest eigenvalue of W transposed times W")
def bound_by_eigenvalues(W_h, beta, distance):
    alpha = np.sqrt(np.linalg.eigvalsh(W_h.T @ W_h)[-1])
    return alpha ** np.asarray(distance) * beta ** np.asarray(distance)


@alternative(of="spectral_radius", note="a loop over the eigenvalues, a Python float")
def radius_in_a_loop(W):
    values, _ = np.linalg.eig(W)
    largest = 0.0
    for value in values:
        largest = max(largest, float((value.real**2 + value.imag**2) ** 0.5))
    return largest


@alternative(of="spectral_radius", note="eigenvalues of the transpose, sorted")
def radius_of_the_transpose(W):
    return sorted(abs(np.linalg.eigvals(np.transpose(W))))[-1]


@alternative(of="iterate", note="an array of floats, filled")
def iterate_into_an_array(f, h_0, steps):
    orbit = np.empty((steps + 1, *np.shape(h_0)))
    orbit[0] = h_0
    for n in range(steps):
        orbit[n + 1] = f(orbit[n])
    return orbit


@alternative(of="iterate", note="a list of numbers or arrays, returned as a list")
def iterate_into_a_list(f, h_0, steps):
    h = 1.0 * np.array(h_0)
    orbit = [h]
    while len(orbit) <= steps:
        h = f(h)
        orbit.append(h)
    return orbit


@alternative(of="orbit_slopes", note="a loop that multiplies")
def slopes_in_a_loop(df, orbit):
    slopes = [np.ones_like(orbit[0], dtype=float)]
    for h in orbit[:-1]:
        slopes.append(slopes[-1] * df(h))
    return np.array(slopes)


@alternative(of="orbit_slopes", note="a product for every t")
def slopes_by_products(df, orbit):
    return np.stack([np.prod(df(orbit[:n]), axis=0) for n in range(len(orbit))])


@alternative(of="fixed_points", note="cut at the turning points of g, then Newton and halving")
def fixed_points_between_turns(w, b):
    cuts = [0.0, 1.0]
    if w > 4:
        for sign in (-1, 1):
            s = (1 + sign * np.sqrt(1 - 4 / w)) / 2
            h = (np.log(s / (1 - s)) - b) / w
            if 0 < h < 1:
                cuts.append(float(h))
    cuts.sort()
    found = []
    for i in range(len(cuts) - 1):
        low, high = cuts[i], cuts[i + 1]
        g_low = sigmoid(w * low + b) - low
        if g_low * (sigmoid(w * high + b) - high) > 0:
            continue
        for _ in range(80):
            middle = (low + high) / 2
            if (sigmoid(w * middle + b) - middle > 0) == (g_low > 0):
                low = middle
            else:
                high = middle
        found.append(middle)
    return np.array(found)


@alternative(of="fixed_points", note="exact zeros of the grid apart, a list as result")
def fixed_points_with_exact_zeros(w, b):
    grid = np.linspace(0, 1, 5001)
    g = sigmoid(w * grid + b) - grid
    found = list(grid[g == 0])
    for i in np.flatnonzero(g[:-1] * g[1:] < 0):
        low, high = grid[i], grid[i + 1]
        while high - low > 1e-13:
            middle = 0.5 * (low + high)
            if np.sign(sigmoid(w * middle + b) - middle) == np.sign(g[i]):
                low = middle
            else:
                high = middle
        found.append(low)
    return sorted(found)


@alternative(of="is_attracting", note="two comparisons")
def attracting_by_two_comparisons(w, h_fixed):
    slope = w * (h_fixed - h_fixed**2)
    return (slope > -1) & (slope < 1)


@alternative(of="is_attracting", note="slope at the pre-activation")
def attracting_by_preactivation(w, h_fixed):
    a = np.log(h_fixed / (1 - h_fixed))
    return (w * sigmoid(a) * sigmoid(-a)) ** 2 < 1
