"""Products of bytes: the weights leave room for sums of them in 16 bits, as scripts/wasm/int8/int8.c adds them."""
import unittest
from pathlib import Path

import support  # noqa: F401  the path, and the tiny network
import torch

try:
    import onnx
    from onnx import numpy_helper
    import export
except ImportError:
    onnx = None

from graph import operators as graph
from networks import NETWORKS


def largest_sums(file):
    """{weight: the largest sum of four weights of one sign}, of dense convolutions in int8, as int8.c adds their products."""
    constants = {i.name: numpy_helper.to_array(i) for i in file.graph.initializer}
    found = {}
    for node in file.graph.node:
        q = constants.get(f"{node.input[1]}.q") if node.op_type == "Conv" else None
        if q is None or next(a.i for a in node.attribute if a.name == "group") > 1:
            continue
        depths = q.astype(int).transpose(0, 2, 3, 1).reshape(len(q), -1)        # by kernel row, kernel column, input channel
        groups = [[k + i for i in four if k + i < depths.shape[1]] for k in range(0, depths.shape[1], 8) for four in ((0, 1, 4, 5), (2, 3, 6, 7))]
        found[node.input[1]] = max((sign * depths[:, group]).clip(0).sum(1).max() for group in groups if group for sign in (1, -1))
    return found


@unittest.skipIf(onnx is None, "the onnx package is not installed")
class Products(unittest.TestCase):
    def test_fit_into_16_bits_four_at_a_time(self):
        torch.manual_seed(0)
        ops = graph.graph_of(NETWORKS["tiny"]().eval())
        scales = {group: torch.tensor(0.05) for group in (*graph.scale_groups(ops).values(), "fc")}
        found = largest_sums(export.int8_model(ops, scales, 28, 24, {}, "uint8"))
        self.assertEqual(len(found), len([op for op in ops if op.weight is not None and op.groups == 1]))
        self.assertLessEqual(max(found.values()), 126)
        self.assertGreater(min(found.values()), 110)             # no coarser than that needs

    def test_of_deployed_networks_fit(self):
        models = Path(__file__).parents[2] / "model"
        for name, convolutions in {"inception-small-2": 50, "inception-generated-3": 50, "mobilefacenet-int8": 30}.items():
            found = largest_sums(onnx.load(models / name / "network.onnx"))
            self.assertGreater(len(found), convolutions, name)
            self.assertLessEqual(max(found.values()), 126, name)


if __name__ == "__main__":
    unittest.main()
