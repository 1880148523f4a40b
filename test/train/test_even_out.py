"""Evening out between origins: what it takes away, and that it is one linear map of the last layer."""
import json
import tempfile
import unittest
from functools import partial
from pathlib import Path

import support
import numpy as np
import torch
import torch.nn.functional as F

try:
    import even_out
    from test_staged import student
except ImportError:
    even_out = None

from networks import NETWORKS


@unittest.skipIf(even_out is None, "the onnx package is not installed")
class EvenOut(unittest.TestCase):
    def test_a_direction_is_shortened_alone(self):
        directions = support.unit(np.random.default_rng(1), 2, 9).double()
        change = even_out.without(directions, 0.2)
        self.assertTrue(torch.allclose(directions @ change, 0.2 * directions, atol=1e-6))
        beside = torch.linalg.svd(directions)[2][2:]
        self.assertTrue(torch.allclose(beside @ change, beside, atol=1e-6))

    def test_a_part_of_the_target_weighs_less(self):
        joined = torch.randn(50, 10, generator=torch.Generator().manual_seed(1)).double()
        components = torch.linalg.qr(torch.randn(10, 5, generator=torch.Generator().manual_seed(2)).double())[0]
        e = joined @ components
        back = e @ components.t()                                       # as far as the components hold it
        back[:, 5:] *= 0.5
        mine = e @ even_out.weighed(components, 0.5)
        self.assertTrue(torch.allclose(mine @ mine.t(), back @ back.t(), atol=1e-6))
        self.assertTrue(torch.allclose(even_out.weighed(components, 1.0), torch.eye(5).double(), atol=1e-6))

    def test_sets_lie_as_near_as_asked_and_the_rest_is_kept(self):
        with tempfile.TemporaryDirectory() as folder:
            folder, rng, n = Path(folder), np.random.default_rng(3), 12
            NETWORKS["student"] = student
            self.addCleanup(NETWORKS.pop, "student")
            for name, shade in (("one", 40), ("two", 0)):
                (folder / name).mkdir()
                (rng.integers(0, 200, (n, 140, 116, 3)) + shade).astype(np.uint8).tofile(folder / name / "crops.u8")
                (folder / name / "crops.jsonl").write_text("".join(json.dumps({"file": f"{'ab'[i % 2]}/{i}.jpg"}) + "\n" for i in range(n)))
                (folder / name / "pack.json").write_text(json.dumps({"count": n, "height": 140, "width": 116}))
            model = student()
            torch.save({"model": model.state_dict(), "step": 1, "args": {"net": "student"}}, folder / "model.pt")
            even_out.main([str(folder / "model.pt"), "--apart", str(folder / "one:/a/"), str(folder / "two"), "--keep", "0", "--out", str(folder / "even.pt")])
            evened, state = even_out.load(folder / "even.pt")
            self.assertEqual((state["step"], state["args"]["evened"]), (1, True))
            before, _ = even_out.load(folder / "model.pt")
            direction = even_out.mean_of(partial(even_out.embedded, before), str(folder / "one:/a/"), 99) - even_out.mean_of(partial(even_out.embedded, before), str(folder / "two"), 99)
            e = even_out.embedded(evened, even_out.read_pack(folder / "one")[0])
            wanted = even_out.embedded(before, even_out.read_pack(folder / "one")[0]) @ even_out.without(direction[None], 0)
            self.assertLess((e @ F.normalize(direction, dim=0)).abs().max(), 2e-2)       # bfloat16
            self.assertTrue(torch.allclose(e, F.normalize(wanted), atol=2e-2))
            with self.assertRaisesRegex(ValueError, "no such crops"):
                even_out.mean_of(partial(even_out.embedded, before), str(folder / "one:/c/"), 99)

    def test_less_of_dlib_needs_the_ensemble(self):
        with self.assertRaises(SystemExit):
            support.quietly(even_out.main, ["x", "--dlib", "0.5", "--out", "y"])
