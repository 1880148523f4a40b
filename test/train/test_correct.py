"""Biases corrected for rounding: channels' means are those in float again, and so embeddings come nearer."""
import unittest

import support  # noqa: F401  the path, and the tiny networks
import torch
import torch.nn.functional as F

try:
    from test_equalize import Pictures, uneven
    from quantize import calibrate
except ImportError:
    calibrate = None

from graph.correct import correct
from graph.operators import graph_of, run, scale_groups
from networks import NETWORKS


def means(ops, at, x, scales=None):
    """Means [C] of the sums of operator number `at`, before its activation: as the last one it has none, and is not rounded."""
    own = scales and {t: scales[group] for t, group in scale_groups(ops).items() if group in scales}
    return run([*ops[:at], ops[at]._replace(kind="fc")], x, own).unflatten(1, (len(ops[at].weight), -1)).mean((0, 2))


@unittest.skipIf(calibrate is None, "the onnx package is not installed")
class Correct(unittest.TestCase):
    @torch.no_grad()
    def setUp(self):
        self.pictures = Pictures(128)
        self.x = self.pictures.normalised(torch.arange(64))
        self.others = self.pictures.normalised(torch.arange(64, 128))

    def rounded(self, ops):
        """The network's scales, too small, so that clipping moves means; and its ops corrected."""
        scales = {group: 0.6 * scale for group, scale in calibrate(ops, self.pictures, 64).items()}
        return scales, correct(ops, scales, self.x)

    @torch.no_grad()
    def test_means_of_each_layer_are_those_in_float(self):
        for ops in (graph_of(uneven()), graph_of(NETWORKS["scaled"]().eval())):
            scales, mine = self.rounded(ops)
            moved = 0
            for at, op in enumerate(ops):
                if op.weight is None:
                    continue
                wanted = means(ops, at, self.x)
                off, before = ((means(some, at, self.x, scales) - wanted).abs().max().item() for some in (mine, ops))
                self.assertLess(off, 1e-4 * (1 + wanted.abs().max().item()), op.name)
                moved += before > 1e-3
            self.assertGreater(moved, 0.7 * sum(op.weight is not None for op in ops))

    @torch.no_grad()
    def test_embeddings_of_other_pictures_come_nearer_to_float(self):
        ops = graph_of(uneven())
        scales, mine = self.rounded(ops)
        wanted = F.normalize(run(ops, self.others))

        def lost(some):
            return (1 - (F.normalize(run(some, self.others, scales)) * wanted).sum(1)).mean().item()

        self.assertLess(lost(mine), 0.9 * lost(ops))

    def test_weights_stay(self):
        ops = graph_of(uneven())
        _, mine = self.rounded(ops)
        self.assertEqual([op.name for op in mine], [op.name for op in ops])
        self.assertTrue(all(a.weight is b.weight for a, b in zip(mine, ops)))


if __name__ == "__main__":
    unittest.main()
