"""Biases corrected for rounding: channels' means are those in float again, and so embeddings come nearer."""
import unittest

import torch
import torch.nn.functional as F

from test_equalize import Pictures, uneven
from graph.correct import correct
from graph.operators import graph_of, run

try:
    from quantize import calibrate
except ImportError:
    calibrate = None


@unittest.skipIf(calibrate is None, "the onnx package is not installed")
class Correct(unittest.TestCase):
    @torch.no_grad()
    def setUp(self):
        pictures = Pictures(128)
        self.x = pictures.normalised(torch.arange(64))
        self.others = pictures.normalised(torch.arange(64, 128))
        self.ops = graph_of(uneven())
        self.scales = {group: 0.6 * scale for group, scale in calibrate(self.ops, pictures, 64).items()}       # clipping: it moves means
        self.mine = correct(self.ops, self.scales, self.x)

    @torch.no_grad()
    def test_means_of_the_last_layer_are_those_in_float(self):
        def off(ops, x):
            return (run(ops, x, self.scales).mean(0) - run(self.ops, x).mean(0)).abs().mean().item()

        self.assertLess(off(self.mine, self.x), 1e-4 * run(self.ops, self.x).abs().mean().item() + 1e-6)
        self.assertLess(off(self.mine, self.others), 0.5 * off(self.ops, self.others))

    @torch.no_grad()
    def test_embeddings_of_other_pictures_come_nearer_to_float(self):
        wanted = F.normalize(run(self.ops, self.others))

        def lost(ops):
            return (1 - (F.normalize(run(ops, self.others, self.scales)) * wanted).sum(1)).mean().item()

        self.assertLess(lost(self.mine), 0.9 * lost(self.ops))

    def test_weights_stay(self):
        self.assertEqual([op.name for op in self.mine], [op.name for op in self.ops])
        self.assertTrue(all(a.weight is b.weight for a, b in zip(self.mine, self.ops)))


if __name__ == "__main__":
    unittest.main()
