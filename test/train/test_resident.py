"""Shards, crops that stay on the device, degradations by row, and a run of the trainer that keeps all there."""
import unittest

import numpy as np
import support
import torch
import torch.nn.functional as F

from pictures import degrade as of_a_batch
from pictures import degrade_rows
from learning import losses
from learning.distributed import has_bfloat16
from networks.layers import Crop
from mistake import Mistake
from networks import NETWORKS
from test_degrade import faces
from test_mixed import TwoTeachers as Runs, onnx

try:
    import PIL
except ImportError:
    PIL = None
if onnx is not None and PIL is not None:
    import even_out
    import resident
    import shards
    from pictures import store
    from learning import trainer


def generator(seed=1):
    return torch.Generator().manual_seed(seed)


class Rows(unittest.TestCase):
    def setUp(self):
        self.x = faces(8)[:, :, 8:124].contiguous()

    def test_each_row_by_its_own_number(self):
        quality, sigma = torch.tensor([10.0, 49, 50, 90, 20, 30, 70, 95]), torch.linspace(0.8, 3, 8)
        jpegs, blurs = degrade_rows.jpeg(self.x, quality), degrade_rows.blur(self.x, sigma)
        for i in range(8):
            self.assertTrue(torch.allclose(jpegs[i:i + 1], of_a_batch.jpeg(self.x[i:i + 1], quality[i].item()), atol=1e-4))
            self.assertTrue(torch.allclose(blurs[i:i + 1], of_a_batch.blur(self.x[i:i + 1], sigma[i].item()), atol=0.02))
        colour = torch.linspace(-1, 1, 24).view(8, 3)
        y = degrade_rows.covered(self.x, torch.tensor([[0.25, 0.5, 0.125, 0.875]]).repeat(8, 1), colour)
        self.assertTrue(torch.equal(y[:, :, 29:58, 15:101], colour.view(8, 3, 1, 1).expand(8, 3, 29, 86)))
        self.assertEqual((y == self.x).all(1)[:, :29].float().mean().item(), 1)

    def test_all_six_ways_change_their_rows_and_are_finite(self):
        x = self.x.repeat(6, 1, 1, 1)
        y = degrade_rows.degraded(x, generator())
        self.assertEqual(y.shape, x.shape)
        self.assertTrue(torch.isfinite(y).all())
        changed = (y - x).abs().amax((1, 2, 3)) > 0.02
        self.assertTrue(changed.view(6, 8).float().mean(1).min() > 0.8)
        self.assertTrue(torch.equal(y, degrade_rows.degraded(x, generator())))


class Tail(unittest.TestCase):
    def test_only_alike_pairs_count(self):
        t = F.normalize(torch.randn(12, 8, generator=generator()))
        self.assertAlmostEqual(losses.tail(t, t).item(), 0, places=6)
        e = torch.eye(4)
        wanted = e.clone()
        wanted[1] = torch.tensor([0.6, 0.8, 0, 0])                                      # 0 and 1 are alike, and are not seen so
        self.assertAlmostEqual(losses.tail(e, wanted).item(), 0.36, places=5)
        self.assertAlmostEqual(losses.relational(e, wanted).item(), 0.06, places=5)     # two of twelve pairs
        self.assertEqual(losses.tail(e, wanted, 0.7).item(), 0)


@unittest.skipIf(onnx is None or PIL is None, "the onnx package or Pillow is not installed")
class Resident(unittest.TestCase):
    prepare, teachers, run_train = Runs.prepare, Runs.setUp, Runs.run_train

    def setUp(self):
        self.teachers()
        self.crops = np.fromfile(self.pack / "crops.u8", np.uint8).reshape(-1, 140, 116, 3)

    def shards(self, name, *options):
        out = self.folder / name
        _, printed = support.quietly(shards.main, [str(self.pack), "--out", str(out), *map(str, options)])
        return out, printed

    def test_made_faces_become_fewer(self):
        self.assertEqual(resident.phases(0.5), ((0.0, 0.5, 1 / 8), (0.4, 0.375, 1 / 8), (0.65, 0.25, 1 / 8), (0.82, 0.25, 1 / 16)))
        self.assertEqual([round(share, 3) for _, share, _ in resident.phases(0.7)], [0.7, 0.525, 0.35, 0.35])
        self.assertEqual(resident.options(["--shards", "-", "--val", "-", "--mobilefacenet", "-", "--dlib", "-", "--init", "-", "--run", "-"]).made, 0.5)

    def test_a_sheet_holds_its_crops(self):
        windows = self.crops[:, 8:136]
        self.assertTrue(np.array_equal(shards.from_sheet(shards.to_sheet(windows), len(windows)), windows))

    def test_shards_have_all_crops_but_those_left_out(self):
        smooth = np.linspace(0, 255, 140 * 116).reshape(140, 116, 1).repeat(3, 2).astype(np.uint8)
        np.stack([(smooth.astype(int) + 8 * i).clip(0, 255).astype(np.uint8) for i in range(16)]).tofile(self.pack / "crops.u8")
        (self.pack / "overlap.txt").write_text("3\n5\n")
        out, printed = self.shards("shards", "--labels", "--quality", 90)
        self.assertIn("14 crops", printed)
        found = np.concatenate([shards.read_sheet(p) for p in sorted(out.rglob("*.webp"))])
        self.assertEqual(found.shape, (14, 128, 116, 3))
        wanted = np.fromfile(self.pack / "crops.u8", np.uint8).reshape(-1, 140, 116, 3)[[i for i in range(16) if i not in (3, 5)], 8:136]
        self.assertLess(np.abs(found.astype(int) - wanted).mean(), 3)
        self.assertEqual((out / "labels.txt").read_text().split(), [f"p{i // 2}" for i in range(16) if i not in (3, 5)])

    def test_parts_are_no_larger_than_asked(self):
        big = self.folder / "big"
        big.mkdir()
        np.tile(self.crops, (9, 1, 1, 1)).tofile(big / "crops.u8")
        (big / "crops.jsonl").write_text("".join('{"file": "%d.jpg", "person": null}\n' % i for i in range(144)))
        (big / "pack.json").write_text('{"count": 144, "height": 140, "width": 116}')
        out = self.folder / "parts"
        support.quietly(shards.main, [str(big), "--out", str(out), "--part-mb", "0.9"])
        sizes = [sum(p.stat().st_size for p in part.iterdir()) for part in out.iterdir()]
        self.assertGreater(len(sizes), 1)
        self.assertLess(max(sizes), 0.9e6)

    def test_a_store_is_a_ring(self):
        ring = store.Store(5, 2, torch.device("cpu"))
        for first in (0, 3, 6):
            ring.put(torch.full((3, 128, 116, 3), first, dtype=torch.uint8), torch.full((3, 2), float(first)))
        self.assertEqual(int(ring.count), 5)
        self.assertEqual(ring.targets[:, 0].tolist(), ring.images[:, 0, 0, 0].tolist())
        self.assertEqual(sorted(ring.targets[:, 0].tolist()), [3, 3, 6, 6, 6])          # the last five
        ring.put(torch.arange(7, dtype=torch.uint8).view(7, 1, 1, 1).expand(7, 128, 116, 3), torch.arange(7.0)[:, None].expand(7, 2))
        self.assertEqual(sorted(ring.targets[:, 0].tolist()), [2, 3, 4, 5, 6])          # of more than it has places, the last
        self.assertTrue(set(ring.draw(200, generator()).tolist()) == set(range(5)))

    def test_windows_are_mirrored_and_shifted_whole(self):
        images = torch.from_numpy(self.crops[:, 8:136].copy())
        seen = store.gather(images, torch.zeros(64, dtype=torch.long), generator())
        inside = {}
        for window in seen:
            fits = [(mirrored, dy, dx) for mirrored in (False, True) for dy in (-1, 0, 1) for dx in (-1, 0, 1)
                    if torch.equal(window[2:-2, 2:-2], self.moved(images[0], mirrored, dy, dx)[2:-2, 2:-2])]
            self.assertEqual(len(fits), 1)
            inside[fits[0]] = True
        self.assertGreater(len(inside), 12)

    @staticmethod
    def moved(image, mirrored, dy, dx):
        rows, columns = (torch.arange(116) + dy).clamp(0, 127), (torch.arange(116) + dx).clamp(0, 115)
        return image[rows][:, columns.flip(0) if mirrored else columns]

    def test_the_teachers_see_what_they_see_of_whole_crops(self):
        args = resident.options(["--shards", "-", "--val", "-", "--mobilefacenet", str(self.weights), "--dlib", str(self.dlib), "--init", "-", "--run", "-"])
        both, amp = trainer.Teachers(args, torch.device("cpu")), has_bfloat16("cpu")
        x = (torch.from_numpy(self.crops).permute(0, 3, 1, 2).float() - 128) / 128
        _, first, second = both.ensemble.pair(x, amp)
        both.ensemble.fit(first, second)
        wanted = both.ensemble.look(x, amp)[1]
        got = both(x[:, :, 8:136].contiguous(memory_format=torch.channels_last))
        self.assertGreater((got * wanted).sum(1).min(), 0.999)

    def test_students_see_what_they_see_of_whole_crops(self):
        crops = torch.from_numpy(self.crops).permute(0, 3, 1, 2)
        for crop in (Crop(10, 2, 112, 112), Crop(8, 0, 116, 116, size=(112, 112))):
            model = NETWORKS["student"]().eval()
            model.trunk[0] = crop
            with torch.no_grad():
                got = trainer.embedded(model, (crops[:, :, 8:124].float() - 128) / 128)
                self.assertTrue(torch.allclose(got, model(crops), atol=1e-5))

    def test_a_run_teaches_and_leaves_checkpoints(self):
        self.run_first()
        first = torch.load(self.folder / "run" / "model.pt")
        out, _ = self.shards("shards", "--quality", 95)
        (out / "complete").write_text("")
        val, _ = self.shards("val", "--quality", 95, "--labels")
        options = ["--shards", out, "--val", val, "--mobilefacenet", self.weights, "--dlib", self.dlib, "--init", self.folder / "run" / "model.pt",
                   "--run", self.folder / "next", "--net", "student", "--batch", 8, "--pool", 12, "--first", 4, "--most", 20, "--seconds", 8, "--device", "cpu"]
        _, printed = support.quietly(resident.main, [str(a) for a in options])
        made = torch.load(self.folder / "next" / "model.pt")
        self.assertGreater(made["step"], 1)
        self.assertIn("16 crops", printed)
        self.assertFalse(torch.equal(made["model"]["fc.weight"], first["model"]["fc.weight"]))
        self.assertTrue(torch.equal(made["ensemble"]["components"], first["ensemble"]["components"]))
        self.assertTrue({"model.pt", "raw.pt", "last.pt", "log.txt", "done"} <= {p.name for p in (self.folder / "next").iterdir()})
        too_few = [99 if o == 4 else o for o in options]
        with self.assertRaisesRegex(SystemExit, "16 crops, fewer than --first 99"):
            support.quietly(resident.main, [str(a) for a in too_few])
        with self.assertRaisesRegex(Mistake, "--seconds 0.01 were over before the first step"):
            support.quietly(resident.main, [str(a) for a in (*options, "--seconds", 0.01)])
        for net in ("tapped", "tiny"):                                                  # with a window that begins higher; with none
            with self.assertRaisesRegex(Mistake, f"{net} sees more of a crop than the 116x116 pixels"):
                support.quietly(resident.main, [str(a) for a in (*options, "--net", net)])
        without = self.folder / "without.pt"
        torch.save({k: v for k, v in first.items() if k != "ensemble"}, without)
        options[options.index(self.folder / "run" / "model.pt")] = without
        with self.assertRaisesRegex(Mistake, "no fitted ensemble"):
            support.quietly(resident.main, [str(a) for a in options])

    def test_a_target_is_evened_out_before_it_is_taught(self):
        self.run_first()
        model, out = self.folder / "run" / "model.pt", self.folder / "even.pt"
        sets = [f"{self.pack}:/[0-7]\\.jpg", f"{self.pack}:/([89]|1[0-5])\\.jpg"]
        even_out.main([str(model), "--target", str(self.weights), self.dlib, "--apart", *sets, "--keep", "0", "--out", str(out)])
        before, after = torch.load(model), torch.load(out)
        self.assertFalse(after["args"]["evened"])
        self.assertFalse(torch.equal(before["model"]["fc.weight"], after["model"]["fc.weight"]))
        one, other = (even_out.mean_of(lambda crops, e=e: even_out.target_of(e, crops), sets[0], 99) - even_out.mean_of(lambda crops, e=e: even_out.target_of(e, crops), sets[1], 99)
                      for e in map(self.fitted, (before, after)))
        self.assertLess(other.norm(), 0.7 * one.norm())

    def fitted(self, state):
        ensemble = even_out.Ensemble(str(self.weights), self.dlib, "cpu")
        ensemble.load_state_dict(state["ensemble"])
        return ensemble

    def run_first(self):
        (self.pack / "teacher-made.f32").unlink()
        self.run_train("run", "--recipe", "mixed", "--ensemble", self.dlib, "--net", "student", "--batch", 8, "--warmup-steps", 2, "--steps", 2)


del Runs                                              # its tests are not run twice

if __name__ == "__main__":
    unittest.main()
