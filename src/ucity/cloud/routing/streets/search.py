"""The cheapest ways from one spot to everything near it: Dijkstra's search over arrays, compiled."""

import numpy as np
from numba import njit

INFINITE = np.float32(np.inf)


@njit(cache=True, nogil=True)
def reach(net, costs, edge, share, limit):  # type: ignore[no-untyped-def]  # compiled for the arrays that it is given
    """Cost to each vertex from a spot on an edge, up to the limit, and the arc that it was reached by (-1: none)."""
    vertices = len(net.first) - 1
    cost = np.full(vertices, INFINITE, np.float32)
    by = np.full(vertices, -1, np.int32)
    keys = np.empty(len(net.head) + 2, np.float32)
    heap = np.empty(len(net.head) + 2, np.int32)
    size = 0
    if edge < 0:
        return cost, by
    for arc, part in ((net.there[edge], np.float32(1) - share), (net.back[edge], share)):
        vertex, seed = net.head[arc], part * costs[arc]
        if seed <= limit and seed < cost[vertex]:
            cost[vertex] = seed
            size = push(keys, heap, size, seed, vertex)
    while size:
        key, vertex = keys[0], heap[0]
        size = pop(keys, heap, size)
        if key > cost[vertex]:
            continue
        for arc in range(net.first[vertex], net.first[vertex + 1]):
            other, there = net.head[arc], key + costs[arc]
            if there <= limit and there < cost[other]:
                cost[other], by[other] = there, arc
                size = push(keys, heap, size, there, other)
    return cost, by


@njit(cache=True, nogil=True)
def push(keys, heap, size, key, vertex):  # type: ignore[no-untyped-def]
    """Put a vertex on the heap; its size then."""
    at = size
    while at:
        parent = (at - 1) // 2
        if keys[parent] <= key:
            break
        keys[at], heap[at] = keys[parent], heap[parent]
        at = parent
    keys[at], heap[at] = key, vertex
    return size + 1


@njit(cache=True, nogil=True)
def pop(keys, heap, size):  # type: ignore[no-untyped-def]
    """Take the vertex with the least key off the heap; its size then."""
    size -= 1
    key, vertex = keys[size], heap[size]
    at = 0
    while True:
        child = 2 * at + 1
        if child >= size:
            break
        if child + 1 < size and keys[child + 1] < keys[child]:
            child += 1
        if keys[child] >= key:
            break
        keys[at], heap[at] = keys[child], heap[child]
        at = child
    keys[at], heap[at] = key, vertex
    return size


@njit(cache=True, nogil=True)
def costs_to(net, costs, cost, start, spots):  # type: ignore[no-untyped-def]
    """What each spot costs from the start (edge, share, off), ways to and from the street included; or infinite."""
    first, begun, off = start
    found = np.full(len(spots.edge), INFINITE, np.float32)
    for spot in range(len(spots.edge)):
        edge, share = spots.edge[spot], spots.share[spot]
        if edge < 0 or first < 0:
            continue
        there, back = net.there[edge], net.back[edge]
        least = min(cost[net.head[back]] + share * costs[there], cost[net.head[there]] + (1 - share) * costs[back])
        if edge == first:
            along = share - begun
            least = min(least, along * costs[there] if along >= 0 else -along * costs[back])
        found[spot] = least + spots.off[spot] + off
    return found


@njit(cache=True, nogil=True)
def islands(first, head, open_arcs):  # type: ignore[no-untyped-def]
    """The number of each vertex's piece of the net when only open arcs (in either direction) are used."""
    vertices = len(first) - 1
    piece = np.full(vertices, -1, np.int32)
    stack = np.empty(vertices, np.int32)
    count = 0
    for root in range(vertices):
        if piece[root] >= 0:
            continue
        piece[root], stack[0], size = count, root, 1
        while size:
            size -= 1
            vertex = stack[size]
            for arc in range(first[vertex], first[vertex + 1]):
                other = head[arc]
                if open_arcs[arc] and piece[other] < 0:
                    piece[other] = count
                    stack[size] = other
                    size += 1
        count += 1
    return piece


@njit(cache=True, nogil=True)
def between(net, costs, spots, limit):  # type: ignore[no-untyped-def]
    """All pairs of spots that are no farther from each other than the limit: (from, to, cost)."""
    size, capacity = 0, 4096
    origin, to = np.empty(capacity, np.int32), np.empty(capacity, np.int32)
    found = np.empty(capacity, np.float32)
    for spot in range(len(spots.edge)):
        if spots.edge[spot] < 0 or spots.off[spot] > limit:
            continue
        edge, share, off = spots.edge[spot], spots.share[spot], spots.off[spot]
        cost, _ = reach(net, costs, edge, share, limit - off)
        there = costs_to(net, costs, cost, (edge, share, off), spots)
        near = np.flatnonzero(there <= limit)
        while size + len(near) > capacity:
            capacity *= 2
            origin = np.concatenate((origin, np.empty_like(origin)))
            to, found = np.concatenate((to, np.empty_like(to))), np.concatenate((found, np.empty_like(found)))
        for other in near:
            if other != spot:
                origin[size], to[size], found[size] = spot, other, there[other]
                size += 1
    return origin[:size], to[:size], found[:size]
