"""Rounding to int8: the grid, the scales that share one, and the clip that loses least."""
import unittest

import support
import torch

try:
    import quantize
except ImportError:
    quantize = None

from graph import operators as graph
from networks import NETWORKS


class Rounding(unittest.TestCase):
    def test_grid_and_gradients(self):
        x = torch.tensor([-1.0, 0.24, 0.26, 0.9, 300.0], requires_grad=True)
        scale = torch.tensor(0.5, requires_grad=True)
        y = graph.fake_quant(x, scale, 0, 0, 255)
        self.assertEqual(y.tolist(), [0, 0, 0.5, 1.0, 127.5])
        y.sum().backward()
        self.assertEqual(x.grad.tolist(), [0, 1, 1, 1, 0])
        expected = 0 + (0 - 0.48) + (1 - 0.52) + (2 - 1.8) + 255     # round(x/s) - x/s inside, the end of the grid outside
        self.assertAlmostEqual(scale.grad.item(), expected, places=4)

    def test_scales_are_shared_where_bytes_are_moved(self):
        ops = graph.graph_of(NETWORKS["tiny"]().eval())
        groups = graph.scale_groups(ops)
        for op in ops:
            if op.kind in ("pool", "concat"):
                self.assertEqual({groups[t] for t in op.inputs}, {groups[op.name]})
        # A ReLU beside a pool of what can be negative keeps its zero point, which is its ReLU.
        ops = graph.graph_of(NETWORKS["tapped"]().eval())
        groups, zeros = graph.scale_groups(ops), graph.zero_points(ops)
        mixed = [op for op in ops if op.kind == "concat" and len({groups[t] for t in op.inputs}) > 1]
        self.assertEqual([[zeros[groups[t]] for t in (*op.inputs, op.name)] for op in mixed], [[0, 128, 128]])
        self.assertEqual(groups[graph.INPUT], graph.INPUT)
        self.assertGreater(len(set(groups.values())), 3)


@unittest.skipIf(quantize is None, "the onnx package is not installed")
class Calibration(unittest.TestCase):
    def test_clip_has_the_least_error(self):
        torch.manual_seed(0)
        values = torch.cat([torch.rand(20_000), torch.tensor([20.0])])            # one outlier
        top = values.max().item()
        for steps in (127, 255):
            step = quantize.best_step(torch.histc(values, quantize.BINS, 0, top).double(), top, steps)

            def error(c):
                return ((values / (c / steps)).round().clamp(0, steps) * (c / steps) - values).pow(2).sum().item()

            self.assertLessEqual(error(steps * step), min(error(top * s / 20) for s in range(4, 21)) * 1.02)


if __name__ == "__main__":
    unittest.main()
