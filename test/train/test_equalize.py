"""Channels brought to like ranges: the same network in float, a better one in int8."""
import unittest

import support
import torch
import torch.nn.functional as F

from graph import equalize
from graph.operators import graph_of, run
from quantize import calibrate


class Pictures:
    """Just what `calibrate` asks of crops."""

    def __init__(self, n):
        self.images = torch.randint(0, 256, (n, 28, 24, 3), generator=torch.Generator().manual_seed(1), dtype=torch.uint8)

    def __len__(self):
        return len(self.images)

    def normalised(self, index):
        return (self.images[index].permute(0, 3, 1, 2).float() - 128) / 128


def uneven():
    """A network whose channels differ much in range, as trained ones do."""
    torch.manual_seed(0)
    model = support.tapped().eval()
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.weight.data *= 10 ** (torch.rand(len(module.weight)) * 3 - 2)
    return model


class Equalize(unittest.TestCase):
    def setUp(self):
        self.pictures = Pictures(24)
        self.x = self.pictures.normalised(torch.arange(24))
        self.ops = graph_of(uneven())

    @torch.no_grad()
    def test_nothing_changes_in_float(self):
        for share in (0.3, 1.0):
            e = run(equalize.equalize(self.ops, [self.x], share), self.x)
            self.assertTrue(torch.allclose(e, run(self.ops, self.x), rtol=1e-3, atol=1e-4))
        same = equalize.equalize(self.ops, [self.x], 0.0)
        self.assertTrue(all(torch.equal(a.weight, b.weight) for a, b in zip(same, self.ops) if a.weight is not None))

    @torch.no_grad()
    def test_channels_of_one_tensor_come_nearer(self):
        def unlike(ops):
            return sum((top[top > 0].log().std()).item() for top in equalize.ranges_of(ops, [self.x]).values() if (top > 0).sum() > 1)

        self.assertLess(unlike(equalize.equalize(self.ops, [self.x], 0.6)), 0.8 * unlike(self.ops))

    @torch.no_grad()
    def test_int8_is_nearer_to_float(self):
        wanted = F.normalize(run(self.ops, self.x))

        def lost(ops):
            return (1 - (F.normalize(run(ops, self.x, calibrate(ops, self.pictures, 24))) * wanted).sum(1)).mean().item()

        self.assertLess(lost(equalize.equalize(self.ops, [self.x])), 0.8 * lost(self.ops))

    def test_pixels_and_embeddings_stay(self):
        mine = equalize.equalize(self.ops, [self.x], 1.0)
        self.assertTrue(torch.equal(mine[-1].bias, self.ops[-1].bias))
        first = next(i for i, op in enumerate(self.ops) if op.weight is not None)
        factor = (mine[first].weight / self.ops[first].weight).flatten(1)           # of each output alone
        self.assertTrue(torch.allclose(factor, factor[:, :1].expand_as(factor), rtol=1e-4))

    @torch.no_grad()
    def test_channels_before_a_relu6_are_raised_towards_its_bound_and_not_beyond(self):
        bounded = [op for op in self.ops if op.activation == "relu6" and op.kind == "conv"]
        before = equalize.ranges_of(self.ops, [self.x])
        for share in (0.6, 1.0):
            mine = equalize.equalize(self.ops, [self.x], share)
            after = equalize.ranges_of(mine, [self.x])
            raised = 0
            for op in bounded:
                was, now = before[op.name], after[op.name]
                wanted = was * (6 / was.clamp(equalize.LEAST_BELOW_SIX, 6)) ** share
                self.assertTrue(torch.allclose(now, wanted, rtol=1e-3, atol=1e-4), op.name)
                raised += (now > 1.1 * was).sum().item()
            self.assertGreater(raised, 10)

    def test_a_channel_of_zeros_is_left_alone(self):
        ops = [op._replace(weight=op.weight.clone(), bias=op.bias.clone()) if op.weight is not None else op for op in self.ops]
        ops[1].weight[0], ops[1].bias[0] = 0, 0
        self.assertTrue(all(torch.isfinite(op.weight).all() for op in equalize.equalize(ops, [self.x], 1.0) if op.weight is not None))


if __name__ == "__main__":
    unittest.main()
