"""Teaching stage by stage: each from the teacher's own maps, then all together; and a long run's copies."""
import csv
import json
import tempfile
import unittest
from pathlib import Path

import support
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

try:
    import onnx
    from teachers import staged
    from teachers import mobilefacenet as teacher
    import train
    from test_teacher import write_teacher
except ImportError:
    onnx = None

from networks.facenet import FaceNet
from networks.layers import ConvNormAct, Crop, GlobalDepthwise, Tap
from networks import NETWORKS


def student():
    """With maps as that teacher's: 28x28x4, 14x14x5, 7x7x5."""
    return FaceNet(
        (140, 116), Crop(10, 2, 112, 112),
        ConvNormAct(3, 6, 5, stride=4), nn.Conv2d(6, 4, 1), Tap("early"),
        ConvNormAct(4, 6, 3, stride=2), nn.Conv2d(6, 5, 1), Tap("middle"),
        ConvNormAct(5, 6, 3, stride=2), nn.Conv2d(6, 5, 1), Tap("last"),
        GlobalDepthwise(5, 8, 7), out=(8, 1, 1), dim=7)


@unittest.skipIf(onnx is None, "the onnx package is not installed")
class Staged(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)
        self.weights = write_teacher(self.folder / "teacher.onnx")
        NETWORKS["student"] = student
        self.addCleanup(NETWORKS.pop, "student")
        rng, n = np.random.default_rng(3), 16
        self.pack = self.folder / "pack"
        self.pack.mkdir()
        rng.integers(0, 256, (n, 140, 116, 3), dtype=np.uint8).tofile(self.pack / "crops.u8")
        support.unit(rng, n, 7).numpy().tofile(self.pack / "teacher-made.f32")
        (self.pack / "crops.jsonl").write_text("".join(json.dumps({"file": f"{i}.jpg", "person": f"p{i // 2}"}) + "\n" for i in range(n)))
        (self.pack / "pack.json").write_text(json.dumps({"count": n, "height": 140, "width": 116}))
        self.options = ["--data", self.pack, "--net", "student", "--teacher", "made", "--cosine", 1, "--batch", 8, "--threads", 1,
                        "--device", "cpu", "--log-every", 0, "--init-from-teacher", self.weights]

    def run_train(self, out, *options):
        _, printed = support.quietly(train.main, [str(a) for a in (*self.options, "--run", self.folder / out, *options)])
        with open(self.folder / out / "log.csv") as f:
            return printed, list(csv.reader(f))

    def test_the_teacher_cut_in_stages_is_the_teacher(self):
        of, x = teacher.MobileFaceNet(self.weights), torch.randint(256, (2, 3, 140, 116)).to(torch.uint8)
        maps, e = of(x)
        self.assertEqual({tap: tuple(m.shape[1:]) for tap, m in maps.items()}, {"early": (4, 28, 28), "middle": (5, 14, 14), "last": (5, 7, 7)})
        window = F.interpolate(x[:, :, 8:124].float(), size=(112, 112), mode="bilinear", align_corners=False)
        last = of.last(of.middle((window - torch.tensor(teacher.MEAN).view(1, 3, 1, 1)) / torch.tensor(teacher.DEVIATION).view(1, 3, 1, 1)))
        self.assertTrue(torch.allclose(maps["last"], last, atol=1e-4))
        whole = of.fc(of.place(of.widen(last).clamp(0, 6))).flatten(1)
        self.assertTrue(torch.allclose(e, F.normalize(whole), atol=1e-5))
        self.assertTrue(torch.allclose(of((x.float() - 128) / 128)[1], e, atol=1e-5))

    def test_a_stage_sees_the_teacher_and_not_its_predecessor(self):
        model, x = student().eval(), torch.rand(2, 3, 140, 116)
        maps, _ = teacher.MobileFaceNet(self.weights)(x)
        fed = staged.feeds(maps, list(model.taps()), step=0, progress=0.1)
        self.assertEqual(set(fed), {"early", "middle"})
        for tap, stage in (("early", model.trunk[1]), ("middle", model.trunk[4])):
            before = model(x, taps=True, feeds=fed)[1]
            with torch.no_grad():
                stage.conv.weight.mul_(2)
            after = model(x, taps=True, feeds=fed)[1]
            self.assertEqual({t for t in before if not torch.equal(before[t], after[t])}, {tap})

    def test_later_some_stages_get_what_they_will_be_given(self):
        maps = {tap: torch.ones(1) for tap in ("early", "middle", "last")}
        kinds = [[v is None for v in staged.feeds(maps, list(maps), step, 0.5).values()] for step in range(3)]
        self.assertEqual(kinds, [[True, False], [False, True], [False, False]])
        model, x = student(), torch.rand(2, 3, 140, 116)
        model(x, taps=True, feeds={"early": None})[1]["middle"].sum().backward()
        self.assertIsNone(model.trunk[1].conv.weight.grad)          # what it is given is no way back
        self.assertIsNotNone(model.trunk[4].conv.weight.grad)

    def test_a_run_teaches_apart_first_and_then_together(self):
        _, rows = self.run_train("run", "--staged", 0.5, "--steps", 40, "--lr", 0.01, "--augment", 0, "--warmup", 0)
        by_stage = {tap: [float(v) for _, _, name, v in rows if name == f"map:{tap}"] for tap in ("early", "middle", "last")}
        for tap, losses in by_stage.items():
            self.assertEqual(len(losses), 20, tap)
            self.assertLess(np.mean(losses[-3:]), (0.8 if tap == "early" else 1) * np.mean(losses[:3]), tap)      # the others' teacher is noise of noise
        self.assertEqual(len([row for row in rows if row[2] == "cosine"]), 40)

    def test_a_copy_is_cooled_down_and_the_run_goes_on(self):
        options = ["--staged", 0, "--schedule", "constant", "--warmup-steps", 2, "--augment", 0.2, "--degrade", 0.25, "--clip", 5, "--save-every", 0]
        self.run_train("long", *options, "--steps", 4)
        last = (self.folder / "long" / "last.pt").read_bytes()
        before = torch.load(self.folder / "long" / "model.pt")
        printed, rows = self.run_train("long", *options, "--steps", 4, "--cooldown", 0.05)
        self.assertIn("from step 4", printed)
        self.assertEqual((self.folder / "long" / "last.pt").read_bytes(), last)
        cooled = torch.load(self.folder / "long" / "model.pt")
        self.assertGreater(cooled["step"], 4)
        self.assertFalse(torch.equal(cooled["model"]["fc.weight"], before["model"]["fc.weight"]))
        rates = [float(row[3]) for row in rows if row[2] == "lr"]
        self.assertLess(rates[-1], 0.5 * max(rates))
        self.run_train("long", *options, "--steps", 6, "--resume")
        self.assertEqual(torch.load(self.folder / "long" / "model.pt")["step"], 6)

    def test_needs_the_teacher(self):
        with self.assertRaisesRegex(SystemExit, "--init-from-teacher"):
            train.main(["--recipe", "staged", "--data", "x", "--run", str(self.folder / "none")])

    def test_layers_taken_over_learn_at_a_share_of_the_rate(self):
        self.run_train("rates", "--steps", 1, "--warmup", 0, "--teacher-lr", 0.25, "--lr", 0.01)
        groups = torch.load(self.folder / "rates" / "last.pt")["optimizer"]["param_groups"]
        self.assertEqual(sorted({round(group["lr"], 6) for group in groups}), [0.0025, 0.01])


if __name__ == "__main__":
    unittest.main()
