#!/usr/bin/env python3
"""A network layer by layer: output, parameters, multiply-accumulates.

    python3 scripts/train/summary.py NAME
"""
import sys
from typing import NamedTuple, Tuple

import torch
import torch.nn as nn

from networks.layers import CondConv1x1
from networks import NETWORKS


class Layer(NamedTuple):
    name: str
    shape: Tuple[int, ...]      # of the output, without the batch
    parameters: int             # weights, and one bias an output channel
    macs: int                   # for one crop, the addition of the bias counted as one


def layers(model):
    """Every convolution and fully connected layer in order of execution."""
    found, hooks = [], []

    def hook(name):
        def count(m, _, y):
            weights, out = m.weight.numel(), m.weight.shape[0]
            positions = y[0].numel() // out
            experts = m.experts.numel() if isinstance(m, CondConv1x1) else 0      # each weight once a crop, to add them up
            found.append(Layer(name, tuple(y.shape[1:]), weights + out + experts, (weights + out) * positions + experts))
        return count

    for name, m in model.named_modules():
        if isinstance(m, (nn.Conv2d, CondConv1x1)):
            hooks.append(m.register_forward_hook(hook(name)))
    training = model.training
    with torch.no_grad():
        model.eval()(torch.zeros(1, 3, model.height, model.width, dtype=torch.uint8))
    model.train(training)
    for h in hooks:
        h.remove()
    return found


def main():
    if len(sys.argv) != 2 or sys.argv[1] not in NETWORKS:
        sys.exit(f"python3 scripts/train/summary.py {'|'.join(NETWORKS)}")
    model = NETWORKS[sys.argv[1]]()
    rows = layers(model)
    print(f"{sys.argv[1]}: input {model.height}x{model.width}x3")
    for row in rows:
        print(f"{row.name:40}{'x'.join(map(str, row.shape)):>14}{row.parameters:>13,}{row.macs / 1e6:>11.3f} M")
    print(f"{'total':54}{sum(r.parameters for r in rows):>13,}{sum(r.macs for r in rows) / 1e6:>11.3f} M")


if __name__ == "__main__":
    main()
