"""A last layer by least squares, and layers that keep their weights."""
import copy
import json
import tempfile
import unittest
from pathlib import Path

import support
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

import train
from pictures.packs import Crops
from networks.facenet import FaceNet
from learning.fit_head import features, fit_head
from learning.optim import measure_norms
from networks.layers import ConvNormAct, GlobalDepthwise
from networks import NETWORKS


def student():
    return FaceNet((28, 24), ConvNormAct(3, 6, 3, stride=2), nn.Conv2d(6, 8, 3, 2, 1), GlobalDepthwise(8, 12, (7, 6)), out=(12, 1, 1), dim=5)


class FitHead(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder, n = Path(temporary.name), 300
        self.pack = self.folder / "pack"
        self.pack.mkdir()
        np.random.default_rng(3).integers(0, 256, (n, 28, 24, 3), dtype=np.uint8).tofile(self.pack / "crops.u8")
        (self.pack / "crops.jsonl").write_text("".join(json.dumps({"file": f"{i}.jpg", "person": f"p{i}"}) + "\n" for i in range(n)))
        (self.pack / "pack.json").write_text(json.dumps({"count": n, "height": 28, "width": 24}))
        torch.manual_seed(1)
        NETWORKS["student"] = student
        self.addCleanup(NETWORKS.pop, "student")

    def test_what_the_trunk_knows_is_found(self):
        model, crops, rows = student(), Crops([self.pack]), torch.arange(300)
        wanted = features(model, crops, rows) @ torch.randn(12, 5).double()
        targets = F.normalize(wanted - wanted.mean(0) + 30 * wanted.std(0)).float()            # of nearly one length before: linear in the features
        fit_head(model, crops, targets, count=200)
        e = model.eval()(crops.batch(rows))
        self.assertGreater((e * targets).sum(1).mean().item(), 0.9999)
        self.assertGreater(((targets - targets.mean(0)) ** 2).mean().item(), 20 * ((e - targets) ** 2).mean().item())      # and not their mean alone

    def test_a_trunk_of_many_places_is_refused(self):
        model = FaceNet((28, 24), ConvNormAct(3, 6, 3, stride=2), out=(6, 14, 12), dim=5)
        with self.assertRaisesRegex(ValueError, "14x12"):
            fit_head(model, Crops([self.pack]), support.unit(np.random.default_rng(1), 300, 5))

    def test_layers_are_left_out_of_a_checkpoint_alone(self):
        with self.assertRaises(SystemExit):
            support.quietly(train.main, ["--data", str(self.pack), "--run", str(self.folder / "run"), "--softmax", "1", "--leave-out", "1"])

    def test_it_needs_a_target(self):
        with self.assertRaises(SystemExit):
            support.quietly(train.main, ["--data", str(self.pack), "--run", str(self.folder / "run"), "--softmax", "1", "--fit-head"])

    def test_frozen_layers_keep_their_weights(self):
        support.unit(np.random.default_rng(1), 300, 5).numpy().tofile(self.pack / "teacher-made.f32")
        first = self.folder / "first.pt"
        torch.save({"model": student().state_dict(), "step": 0, "args": {"net": "student"}}, first)
        options = ("--data", self.pack, "--net", "student", "--teacher", "made", "--cosine", 1, "--tail", 1, "--batch", 8, "--threads", 1, "--device", "cpu", "--init", first)
        support.quietly(train.main, [str(a) for a in (*options, "--run", self.folder / "run", "--steps", 3, "--lr", 0.01, "--frozen", 2, "--fit-head")])
        before, after = torch.load(first)["model"], torch.load(self.folder / "run" / "last.pt")["raw"]
        same = {name for name in before if torch.equal(before[name], after[name])}
        self.assertIn("trunk.0.conv.weight", same)
        self.assertIn("trunk.1.weight", same)
        self.assertTrue({"trunk.0.bn.running_mean", "trunk.0.bn.running_var"} <= same)
        self.assertFalse({"trunk.2.place.weight", "fc.weight"} & same)
        final = torch.load(self.folder / "run" / "model.pt")["model"]
        self.assertTrue(torch.equal(before["trunk.0.bn.running_mean"], final["trunk.0.bn.running_mean"]))      # nor measured at the end

    def test_norms_behind_frozen_layers_are_measured(self):
        model = FaceNet((28, 24), ConvNormAct(3, 6, 3, stride=2), ConvNormAct(6, 6, 3, stride=2), out=(6, 7, 6), dim=5)
        first, second = (copy.deepcopy(layer.bn.state_dict()) for layer in model.trunk)
        measure_norms(model, Crops([self.pack]), count=64, frozen=1)
        self.assertTrue(all(torch.equal(first[key], value) for key, value in model.trunk[0].bn.state_dict().items()))
        self.assertFalse(torch.equal(second["running_mean"], model.trunk[1].bn.running_mean))


if __name__ == "__main__":
    unittest.main()
