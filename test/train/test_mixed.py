"""Batches of which a part shows nobody, and the views that they are made of."""
import math
import unittest
from unittest import mock

import numpy as np
import support
import torch
import torch.nn.functional as F

from learning import optim
from pictures import views
from keep_checkpoint import kept
from learning.options import arguments
from mistake import Mistake
from test_staged import Staged as Runs, onnx

if onnx is not None:
    from teachers import ensemble
    from pictures import mixed
    import view_pack
    from onnx import helper, numpy_helper
    from pictures.packs import Crops
    from teachers.mobilefacenet import MobileFaceNet

LOWEST, HIGHEST = -1.0, 127 / 128


def generator(seed=1):
    return torch.Generator().manual_seed(seed)


class Views(unittest.TestCase):
    def setUp(self):
        self.x = F.interpolate(torch.rand(24, 3, 10, 9, generator=generator()) * 1.9 - 1, size=(140, 116), mode="bilinear")
        self.other = F.interpolate(torch.rand(24, 3, 10, 9, generator=generator(2)) * 1.9 - 1, size=(140, 116), mode="bilinear")

    def test_about_half_are_mirrored(self):
        y = views.flip(self.x, generator())
        mirrored = [torch.equal(a, b.flip(2)) for a, b in zip(y, self.x)]
        self.assertTrue(all(m or torch.equal(a, b) for m, a, b in zip(mirrored, y, self.x)))
        self.assertTrue(4 < sum(mirrored) < 20)

    def test_a_shift_moves_whole_pixels_alone(self):
        y = views.shifted(self.x, generator(), 2)
        found = set()
        for a, b in zip(y, self.x):
            fits = [(dy, dx) for dy in range(-2, 3) for dx in range(-2, 3)
                    if torch.equal(a[:, 4:-4, 4:-4], b[:, 4 + dy:136 + dy, 4 + dx:112 + dx])]
            self.assertEqual(len(fits), 1)
            found |= set(fits)
        self.assertGreater(len(found), 3)
        again, other = views.shifted(self.x, generator(), 2), views.shifted(self.x, generator(9), 2)
        self.assertTrue(torch.equal(y, again))
        self.assertFalse(torch.equal(y, other))

    def test_no_strength_leaves_a_crop_in_its_place(self):
        same = views.sample(self.x, views.grid(24, 140, 116, generator(), 0.0))
        self.assertLess((same - self.x).abs().max(), 1e-4)
        self.assertGreater((views.sample(self.x, views.grid(24, 140, 116, generator(), 0.0, warp=4.0)) - self.x).abs().mean(), 0.005)

    def test_a_third_blends_a_third_has_a_seam_the_rest_is_one_face(self):
        black, white = torch.full_like(self.x, -1.0), torch.full_like(self.x, 1.0)
        y = views.mixed(black, white, generator())[:, 0]
        blends, seams, alone = y[:8], y[8:16], y[16:]
        self.assertLess(blends.flatten(1).std(1).max(), 0.01)
        self.assertTrue(((blends.mean((1, 2)) > -1) & (blends.mean((1, 2)) < 0.01)).all())        # more of the first one
        self.assertGreater(seams.flatten(1).std(1).min(), 0.3)
        self.assertLess((alone + 1).abs().max(), 1e-6)

    def test_made_faces_are_rotated_lit_and_softened_in_their_rows(self):
        marks = {"rotated": lambda x, *_: x + 10, "lit": lambda x, _: x + 100, "recoloured": lambda x, *_, **__: x, "blur": lambda x, *_: x + 1000}
        with mock.patch.multiple(views, mixed=lambda a, *_: torch.zeros_like(a), **marks):
            y = views.made(self.x[:6], self.x[:6], generator())[:, 0, 0, 0]
        self.assertEqual(y.tolist(), [1100, 110, 100, 1110, 100, 110])
        y = views.made(self.x, self.x.roll(1, 0), generator())
        self.assertTrue(torch.isfinite(y).all())
        self.assertTrue(torch.equal(y, views.made(self.x, self.x.roll(1, 0), generator())))

    def test_light_falls_from_one_side_within_its_bounds(self):
        x = torch.zeros_like(self.x)
        y = views.lit(x, generator(), most=0.7)[:, 0] + 1
        opposite = y * y.flip((1, 2))                                                    # as much darker there as it is brighter here
        self.assertLess((opposite - 1).abs().max(), 1e-5)
        self.assertLess(y.max(), math.exp(0.7 * math.sqrt(2)))
        self.assertGreater(y.flatten(1).std(1).max(), 0.2)
        self.assertTrue(torch.equal(views.lit(self.x, generator(), most=0.0), self.x + 1 - 1))

    def test_colours_change_little_and_some_rows_are_grey(self):
        x = self.x.repeat(20, 1, 1, 1)
        y = views.recoloured(x, generator())
        self.assertLess((y - x).abs().mean(), 0.15)
        grey = (y - y.mean(1, keepdim=True)).abs().amax((1, 2, 3)) < 1e-5
        self.assertTrue(10 < grey.sum() < 60)
        self.assertTrue(torch.equal(views.recoloured(x[:8], generator(), 0.0)[1:], x[1:8]) or grey[:8].any())


@unittest.skipIf(onnx is None, "the onnx package is not installed")
class Mixed(unittest.TestCase):
    setUp, run_train = Runs.setUp, Runs.run_train

    def batches(self, share=0.5, strength=0.0, degraded=0.0):
        crops = Crops([self.pack], ["made"])
        return crops, mixed.MixedBatches(crops, MobileFaceNet(self.weights), share, strength, degraded, "cpu")

    def test_what_is_made_has_the_label_that_the_teacher_gives_it(self):
        crops, batches = self.batches()
        index = torch.arange(8)
        _, target = crops.labels(index)
        x, wanted, maps = batches.batch(index, target["made"], generator(), False)
        self.assertEqual(tuple(x.shape), (8, 3, 140, 116))
        self.assertTrue(torch.equal(wanted[:4], target["made"][:4]))
        coloured = (x[4:] - x[4:].mean(1, keepdim=True)).abs().amax((1, 2, 3)) > 1e-5        # one in 16 is made grey afterwards
        teacher = MobileFaceNet(self.weights)
        theirs = F.normalize(teacher(x[4:])[1] + teacher(x[4:].flip(3))[1])
        self.assertTrue(torch.allclose(wanted[4:][coloured], theirs[coloured], atol=1e-4))
        self.assertEqual({tap: len(m) for tap, m in maps.items()}, {"early": 4, "middle": 4, "last": 4})
        self.assertTrue(torch.allclose(maps["last"][coloured], teacher(x[4:])[0]["last"][coloured], atol=1e-3))

    def test_a_step_draws_the_same_again(self):
        crops, batches = self.batches(strength=0.3, degraded=0.25)
        index = torch.arange(16)
        target = crops.labels(index)[1]["made"]
        x, wanted, _ = batches.batch(index, target, generator(5), False)
        again, same, _ = batches.batch(index, target, generator(5), False)
        self.assertTrue(torch.equal(x, again) and torch.equal(wanted, same))
        self.assertFalse(torch.equal(x, batches.batch(index, target, generator(6), False)[0]))
        self.assertTrue(x.min() >= LOWEST and x.max() <= HIGHEST)

    def test_a_run_learns_the_maps_at_first(self):
        _, rows = self.run_train("run", "--recipe", "mixed", "--mixed", 0.5, "--steps", 10, "--net", "student", "--batch", 8, "--warmup-steps", 2)
        steps = [name for _, _, name, _ in rows]
        self.assertEqual(steps.count("cosine"), 10)
        self.assertEqual(steps.count("map:last"), 3)                                        # 30 % of them
        rates = [float(row[3]) for row in rows if row[2] == "lr"]
        self.assertEqual(max(rates), rates[2])
        self.assertLess(rates[-1], 0.3 * max(rates))
        last = torch.load(self.folder / "run" / "last.pt")
        self.run_train("run", "--recipe", "mixed", "--steps", 12, "--net", "student", "--batch", 8, "--warmup-steps", 2, "--resume")
        self.assertEqual(torch.load(self.folder / "run" / "last.pt")["step"], last["step"] + 2)

    def test_a_pack_of_views_has_the_labels_that_the_teacher_gives_them(self):
        out = self.folder / "views"
        again, other = self.folder / "views again", self.folder / "other views"
        options = [self.pack, "--weights", self.weights, "--count", 20, "--threads", 1, "--device", "cpu"]
        support.quietly(view_pack.main, [str(a) for a in [out, *options]])
        made = Crops([out], ["mobilefacenet"], singles=True)
        self.assertEqual((len(made), len(made.persons)), (20, 20))
        x = made.normalised(torch.arange(20))
        _, e = MobileFaceNet(self.weights).look(x)
        self.assertTrue(torch.allclose(made.targets["mobilefacenet"], e, atol=1e-5))
        first = (out / "crops.u8").read_bytes()
        support.quietly(view_pack.main, [str(a) for a in [again, *options]])
        self.assertEqual((again / "crops.u8").read_bytes(), first)
        support.quietly(view_pack.main, [str(a) for a in [other, *options, "--seed", 1]])
        self.assertNotEqual((other / "crops.u8").read_bytes(), first)

    def test_needs_the_teacher(self):
        with self.assertRaisesRegex(SystemExit, "--init-from-teacher"):
            import train
            train.main(["--recipe", "mixed", "--data", "x", "--run", str(self.folder / "none")])


class Trapezoid(unittest.TestCase):
    def test_rises_stays_and_falls(self):
        args = arguments("", ["--recipe", "mixed", "--data", "x", "--run", "y"])
        rate = lambda progress, steps: optim.learning_rate(args, progress, steps)
        self.assertAlmostEqual(rate(0, 0), 1 / 200)
        self.assertEqual(rate(0.5, 500), 1)
        self.assertAlmostEqual(rate(1 - optim.FALLING / 2, 5000), 0.5)
        self.assertAlmostEqual(rate(1, 5000), 0)


class MuonOfManyShapes(unittest.TestCase):
    def test_matrices_of_one_shape_are_made_orthogonal_together_as_one_by_one(self):
        a = torch.randn(3, 6, 20, generator=generator())
        together = optim.orthogonalize(a)
        for one, of in zip(together, a):
            self.assertGreater(F.cosine_similarity(one.flatten(), optim.orthogonalize(of).flatten(), 0), 0.995)      # bfloat16
            self.assertLess((one @ one.t() - torch.eye(6)).abs().max(), 0.6)                 # of singular values between 0.7 and 1.2
        tall = optim.orthogonalize(a.transpose(1, 2))
        self.assertGreater(F.cosine_similarity(tall.flatten(), together.transpose(1, 2).flatten(), 0), 0.995)
if __name__ == "__main__":
    unittest.main()

def write_dlib(path):
    """A file as convert-dlib writes it, of few channels: 2, and twice as many at each block that halves the map."""
    rng, tensors, channels = np.random.default_rng(4), [], 2

    def conv(name, out, within, kernel):
        for part, value in (("w", rng.standard_normal((out, within, kernel, kernel)) / (within * kernel * kernel) ** 0.5), ("b", 0.2 * rng.standard_normal(out))):
            tensors.append(numpy_helper.from_array(value.astype(np.float32), f"{name}/{part}"))

    conv("conv32_down", channels, 3, 7)
    for block in ensemble.BLOCKS:
        within, channels = channels, channels * 2 if "down" in block else channels
        conv(f"{block}/conv1", channels, within, 3), conv(f"{block}/conv2", channels, channels, 3)
    tensors.append(numpy_helper.from_array(rng.standard_normal((channels, 6)).astype(np.float32), "fc"))
    onnx.save(helper.make_model(helper.make_graph([], "dlib", [], [], tensors)), path)
    return str(path)


@unittest.skipIf(onnx is None, "the onnx package is not installed")
class TwoTeachers(unittest.TestCase):
    prepare, run_train = Runs.setUp, Runs.run_train

    def setUp(self):
        self.prepare()
        self.dlib = write_dlib(self.folder / "dlib.onnx")

    def test_a_mirror_image_is_embedded_alike(self):
        teacher, crops = ensemble.Ensemble(self.weights, self.dlib, "cpu"), Crops([self.pack])
        rows = torch.arange(len(crops))
        target = teacher.label(crops)
        self.assertTrue(torch.allclose(target.norm(dim=1), torch.ones(len(crops)), atol=1e-5))
        self.assertTrue(torch.allclose(teacher.look(crops.normalised(rows).flip(3))[1], target, atol=1e-4))
        self.assertTrue(torch.allclose(teacher.look(crops.normalised(rows))[1], target, atol=1e-4))

    def test_the_components_are_turned_towards_mobilefacenet(self):
        teacher = ensemble.Ensemble(self.weights, self.dlib, "cpu")
        first, second = support.unit(np.random.default_rng(1), 400, 7), support.unit(np.random.default_rng(2), 400, 6)
        teacher.fit(first, second)
        c = teacher.components
        self.assertEqual(tuple(c.shape), (13, 7))
        self.assertTrue(torch.allclose(c.t() @ c, torch.eye(7), atol=1e-5))
        turned = torch.linalg.qr(torch.randn(7, 7, generator=generator()))[0]
        self.assertGreater((teacher.target(first, second) * first).sum(), (teacher.target(first, second) @ turned * first).sum() + 50)

    def test_another_network_is_refused(self):
        with self.assertRaisesRegex(ValueError, "not dlib"):
            ensemble.Dlib(self.weights)

    def test_a_run_goes_on_with_the_teacher_that_it_was_fitted_with(self):
        options = ("--recipe", "mixed", "--ensemble", self.dlib, "--net", "student", "--batch", 8, "--warmup-steps", 2)
        (self.pack / "teacher-made.f32").unlink()                                           # labels are made, not read
        _, rows = self.run_train("run", *options, "--steps", 4)
        before = torch.load(self.folder / "run" / "last.pt")["ensemble"]
        self.assertIn("relational", [row[2] for row in rows])
        self.run_train("run", *options, "--steps", 6, "--resume")
        after = torch.load(self.folder / "run" / "last.pt")
        self.assertEqual(after["step"], 6)
        made = torch.load(self.folder / "run" / "model.pt")
        self.assertTrue(all(torch.equal(before[k], after["ensemble"][k]) and torch.equal(before[k], made["ensemble"][k]) for k in before))
        self.assertIs(kept(made, "")["ensemble"], made["ensemble"])
        self.run_train("alone", "--recipe", "mixed", "--net", "student", "--batch", 8, "--steps", 1, "--ensemble", self.dlib)
        alone = self.folder / "alone" / "last.pt"
        torch.save({k: v for k, v in torch.load(alone).items() if k != "ensemble"}, alone)
        other = self.folder / "other.pt"
        torch.save({**made, "ensemble": {k: v + 0.01 for k, v in before.items()}}, other)
        self.run_train("on", *options, "--steps", 1, "--init", other)                       # towards its target, not one fitted anew
        on = torch.load(self.folder / "on" / "last.pt")["ensemble"]
        self.assertTrue(all(torch.equal(before[k] + 0.01, on[k]) for k in before))
        self.run_train("weighed", *options, "--steps", 1, "--dlib-weight", 0.5)
        weighed = torch.load(self.folder / "weighed" / "last.pt")["ensemble"]
        self.assertAlmostEqual(before["weight"].item(), ensemble.WEIGHT, places=6)
        self.assertEqual(weighed["weight"].item(), 0.5)
        self.assertFalse(torch.allclose(before["components"], weighed["components"], atol=1e-3))
        with self.assertRaisesRegex(Mistake, "taught without --ensemble"):
            self.run_train("alone", *options, "--steps", 2, "--resume")
        with self.assertRaisesRegex(SystemExit, "--ensemble needs --mixed"):
            self.run_train("other", "--ensemble", self.dlib)

    def test_a_trained_network_does_not_learn_the_maps_again(self):
        self.run_train("run", "--recipe", "mixed", "--net", "student", "--batch", 8, "--steps", 2)
        _, rows = self.run_train("next", "--recipe", "mixed", "--net", "student", "--batch", 8, "--steps", 4, "--init", self.folder / "run" / "model.pt")
        self.assertFalse([row for row in rows if row[2].startswith("map:")])


del Runs
