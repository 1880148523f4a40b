"""A trained network as the teacher of another: its labels, its maps, and what it is refused for."""
import csv
import json
import tempfile
import unittest
from pathlib import Path

import support
import numpy as np
import torch

import train
from learning import checkpoint
from mistake import Mistake
from networks import NETWORKS
from networks.facenet import FaceNet
from networks.layers import ConvNormAct, Crop, GlobalDepthwise, Tap
from pictures.mixed import MixedBatches
from pictures.packs import Crops
from teachers.network import TeacherNetwork


def parent(dim=7):
    return FaceNet(
        (140, 116), Crop(10, 2, 112, 112),
        ConvNormAct(3, 6, 5, stride=4), Tap("early"),                                           # 28x28x6
        ConvNormAct(6, 6, 3), ConvNormAct(6, 5, 3, stride=4), Tap("last"),                      # 7x7x5
        GlobalDepthwise(5, 8, 7), out=(8, 1, 1), dim=dim)


def child():
    """The same less one layer."""
    return FaceNet(
        (140, 116), Crop(10, 2, 112, 112),
        ConvNormAct(3, 6, 5, stride=4), Tap("early"),
        ConvNormAct(6, 5, 3, stride=4), Tap("last"),
        GlobalDepthwise(5, 8, 7), out=(8, 1, 1), dim=7)


class OfANetwork(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)
        for name, network in {"parent": parent, "child": child}.items():
            NETWORKS[name] = network
            self.addCleanup(NETWORKS.pop, name)
        n = 24
        self.pack = self.folder / "pack"
        self.pack.mkdir()
        np.random.default_rng(3).integers(0, 256, (n, 140, 116, 3), dtype=np.uint8).tofile(self.pack / "crops.u8")
        (self.pack / "crops.jsonl").write_text("".join(json.dumps({"file": f"{i}.jpg", "person": None}) + "\n" for i in range(n)))
        (self.pack / "pack.json").write_text(json.dumps({"count": n, "height": 140, "width": 116}))
        torch.manual_seed(0)
        self.weights = self.folder / "parent.pt"
        checkpoint.save(self.weights, {"model": parent().state_dict(), "step": 0, "args": {"net": "parent"}})

    def run_train(self, out, *options):
        argv = ["--recipe", "mixed", "--data", self.pack, "--net", "child", "--teacher", "parent", "--teacher-network", self.weights, "--batch", 8, "--threads", 1,
                "--device", "cpu", "--log-every", 0, "--warmup-steps", 1, "--run", self.folder / out, *options]
        support.quietly(train.main, [str(a) for a in argv])
        with open(self.folder / out / "log.csv") as f:
            return list(csv.reader(f))

    def test_real_and_made_faces_have_its_labels_and_maps(self):
        crops, teacher = Crops([self.pack]), TeacherNetwork(self.weights, "cpu")
        x, target, maps = MixedBatches(crops, teacher, 0.5, 0.0, 0.0, "cpu").batch(torch.arange(8), None, torch.Generator().manual_seed(1), False)
        coloured = (x - x.mean(1, keepdim=True)).abs().amax((1, 2, 3)) > 1e-5                    # one in 16 is made grey afterwards
        self.assertGreater(coloured.sum(), 4)
        theirs, e = teacher.look(x)
        self.assertEqual((len(target), len(maps["last"])), (8, 8))
        self.assertTrue(torch.allclose(target[coloured], e[coloured], atol=1e-4))
        self.assertTrue(torch.allclose(maps["last"][coloured], theirs["last"][coloured], atol=1e-3))

    def test_a_smaller_one_learns_from_it_without_label_files(self):
        rows = self.run_train("run", "--init", self.weights, "--leave-out", 3, "--frozen", 3, "--steps", 60, "--lr", 0.01)
        values = {name: [float(value) for *_, found, value in rows if found == name] for name in ("cosine", "map:early", "map:last")}
        self.assertEqual(len(values["map:last"]), 60)
        for name in ("cosine", "map:last"):
            first, last = np.mean(values[name][:10]), np.mean(values[name][-10:])
            self.assertLess(last, 0.8 * first, name)
        self.assertFalse(values["map:early"])                                                    # nothing before it learns
        state, averaged = (torch.load(self.folder / "run" / name)["model"] for name in ("model.pt", "last.pt"))
        self.assertTrue(all(torch.equal(value, averaged[key]) for key, value in state.items()))  # norms too
        self.assertTrue(torch.allclose(state["trunk.1.conv.weight"], torch.load(self.weights)["model"]["trunk.1.conv.weight"], atol=1e-6))

    def test_what_does_not_go_together_is_refused(self):
        with self.assertRaisesRegex(SystemExit, "needs --mixed"):
            self.run_train("a", "--mixed", 0)
        with self.assertRaisesRegex(SystemExit, "excludes --ensemble"):
            self.run_train("b", "--ensemble", "dlib.onnx")
        with self.assertRaisesRegex(Mistake, "same crops"):
            self.run_train("c", "--net", "tiny", "--steps", 1)
        NETWORKS["parent"] = lambda: parent(9)
        with self.assertRaisesRegex(Mistake, "of another network"):
            self.run_train("d", "--steps", 1)
        NETWORKS.pop("parent")
        with self.assertRaisesRegex(Mistake, "none of today's"):
            self.run_train("e", "--steps", 1)
        NETWORKS["parent"] = parent


if __name__ == "__main__":
    unittest.main()
