"""Channels of a network brought to like ranges before it is made int8, which changes nothing in float on pictures of these ranges.

All channels of a tensor share one scale in int8, so the largest decides how coarse the small ones become. After a ReLU, or where
nothing but additions, pools and concats follow, a channel may be multiplied by any positive number, if what makes it is
multiplied and what reads it divided by the same (cross-layer equalization, arXiv:1906.04721, 4.1; here over residual additions
too). Dividing makes the reader's weights uneven instead, of which each output has a scale of its own: so ranges are brought together only in part
(SmoothQuant, arXiv:2211.10438, 4.1).

A ReLU6 allows factors above one, for channels that stay below six: its bound then comes sooner for them, but not within the range that they had.
"""
import numpy as np
import torch

from graph.operators import INPUT, run

SHARE = 0.6                                           # exponent: 0 leaves all as it is, 1 makes ranges equal
LEAST = 1e-4                                          # range of a channel that says nothing
SIX = 6                                               # bound of a ReLU6
LEAST_BELOW_SIX = 0.75                                # range that a channel before a ReLU6 is taken to have at least: other pictures may excite it more


class Ties:
    """Channels, numbered over all tensors, that must have one factor: a union-find."""

    def __init__(self, widths):
        """`widths` {tensor: channels}"""
        self.first, total = {}, 0
        for name, width in widths.items():
            self.first[name], total = total, total + width
        self.parent = list(range(total))

    def root(self, i):
        while self.parent[i] != i:
            i = self.parent[i]
        return i

    def join(self, a, of_a, b, of_b):
        """Channel `of_a` of tensor `a` and `of_b` of `b`."""
        self.parent[self.root(self.first[a] + of_a)] = self.root(self.first[b] + of_b)

    def roots(self, name, width):
        """Numbers [width] of a tensor's channels; channels that are tied share one."""
        return torch.tensor([self.root(self.first[name] + k) for k in range(width)])


def ties_of(ops, widths):
    """Additions, pools, windows and resizes tie a channel to the same one of their inputs, a concat to the one that it hands on."""
    ties = Ties(widths)
    for op in ops:
        start = 0
        for t in op.inputs if op.kind in ("add", "pool", "window", "resize", "concat") else ():
            for k in range(widths[t]):
                ties.join(t, k, op.name, start + k)
            start += widths[t] if op.kind == "concat" else 0
    return ties


@torch.no_grad()
def ranges_of(ops, pictures):
    """{tensor: largest absolute value of each channel [C]} over `pictures`, an iterable of normalised crops [N, 3, H, W]."""
    ranges = {}

    def note(name, y):
        top = y.abs().amax((0, 2, 3))
        ranges[name] = torch.maximum(ranges[name], top) if name in ranges else top

    for part in pictures:
        run(ops, part, watch=note)
    return ranges


def widths_of(ops):
    widths = {INPUT: 3}
    for op in ops:
        inputs = [widths[t] for t in op.inputs]
        widths[op.name] = len(op.weight) if op.weight is not None else sum(inputs) if op.kind == "concat" else inputs[0]
    return widths


@torch.no_grad()
def equalize(ops, pictures, share=SHARE):
    """The same network, its channels' ranges over `pictures` brought together by a `share`."""
    widths, ranges = widths_of(ops), ranges_of(ops, pictures)
    ties = ties_of(ops, widths)
    roots = {name: ties.roots(name, width) for name, width in widths.items()}
    reach = np.zeros(sum(widths.values()), np.float32)                   # of all channels with one root
    for name, top in ranges.items():
        np.maximum.at(reach, roots[name].numpy(), top.cpu().numpy())
    reach = torch.from_numpy(reach)
    factor = reach.clamp_min(LEAST) ** -share
    activated = [op for op in ops if op.kind in ("conv", "add")]
    for op in activated:
        if op.activation == "relu6":                                     # raised towards the bound, and not beyond it
            factor[roots[op.name]] = (SIX / reach[roots[op.name]].clamp(LEAST_BELOW_SIX, SIX)) ** share
    factor[reach == 0] = 1
    bound = [op.name for op in activated if op.activation == "tanh"] + [op.name for op in ops if op.kind == "fc"]
    for name in (INPUT, *bound):                                         # pixels, embeddings, and what a tanh bounds
        factor[roots[name]] = 1
    return [op if op.weight is None else scaled(op, factor[roots[op.inputs[0]]], factor[roots[op.name]]) for op in ops]


def scaled(op, read, made):
    """A convolution whose input channels came multiplied by `read` [C], and whose outputs are to be so by `made` [O]."""
    read, made = read.to(op.weight), made.to(op.weight)
    read = read.view(-1, 1, 1, 1) if op.groups > 1 else read.view(1, -1, 1, 1)
    return op._replace(weight=op.weight / read * made.view(-1, 1, 1, 1), bias=op.bias * made)
