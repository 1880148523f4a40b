"""Packs, the order of crops, augmentation, and the figures."""
import tempfile
import unittest
from pathlib import Path

import support
from support import quietly
import numpy as np
import torch

import deduplicate
from pictures.augment import augment
from pictures.packs import Crops, Sampler
from learning.metrics import verification


class Packs(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterTemporary())
        self.a = support.write_pack(self.folder / "a", persons=3, each=4, unlabelled=2)
        self.b = support.write_pack(self.folder / "b", persons=2, each=3, unlabelled=1, seed=5)

    def enterTemporary(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        return folder.name

    def test_two_packs_as_one(self):
        crops = Crops([self.a, self.b], ["made"])
        self.assertEqual(len(crops), 14 + 7)
        raw = np.fromfile(self.b / "crops.u8", np.uint8).reshape(7, 28, 24, 3)
        self.assertTrue(np.array_equal(crops.images[14:].numpy(), raw))
        self.assertEqual(crops.persons, ["p0", "p1", "p2"])           # one name, one person, whichever the pack
        self.assertEqual(crops.label[14:].tolist(), [0, 0, 0, 1, 1, 1, -1])
        images = crops.batch(torch.tensor([15]))
        self.assertTrue(np.array_equal(images[0].permute(1, 2, 0).numpy(), raw[1]))
        self.assertTrue(images.is_contiguous(memory_format=torch.channels_last))

    def test_excluded_persons_and_crops_that_the_teacher_has_not_seen(self):
        t = np.fromfile(self.b / "teacher-made.f32", np.float32).reshape(7, 16)
        t[6] = 0
        t.tofile(self.b / "teacher-made.f32")
        crops = Crops([self.b], ["made"], exclude={"p0"})
        self.assertEqual(crops.label.tolist(), [0, 0, 0])
        self.assertEqual(crops.persons, ["p1"])

    def test_crops_that_may_show_a_kept_person(self):
        # pack b's crops are pack a's with other noise: each has its twin among the kept, but for those of "p1"
        t = {name: np.fromfile(getattr(self, name) / "teacher-made.f32", np.float32).reshape(-1, 16) for name in "ab"}
        t["b"][:3], t["b"][6] = t["a"][0], t["a"][13]
        t["b"].tofile(self.b / "teacher-made.f32")
        quietly(deduplicate.main, [str(self.b), "--kept", str(self.a), "--teacher", "made", "--far", "0.001"])
        self.assertEqual((self.b / "overlap.txt").read_text().split(), ["0", "1", "2", "6"])
        crops = Crops([self.b], ["made"])
        self.assertEqual((len(crops), crops.persons), (3, ["p1"]))

    def test_the_limit_is_the_rate_over_all_pairs_of_two_people(self):
        crops = Crops([self.a], ["made"])
        t, label = crops.targets["made"], crops.label
        pairs = sorted(((t[i] * t[j]).sum().item() for i in range(14) for j in range(i) if label[i] != label[j]), reverse=True)
        self.assertAlmostEqual(deduplicate.limit(crops, "made", 0.1, chunk=4), pairs[int(0.1 * len(pairs)) - 1], places=4)

    def test_singles(self):
        self.assertEqual(len(Crops([self.a], ["made"], singles=True).persons), 3 + 2)

    def test_centres(self):
        crops = Crops([self.a], ["made"])
        mean = crops.targets["made"][crops.label == 1].mean(0)
        self.assertTrue(torch.allclose(crops.centres("made")[1], mean / mean.norm(), atol=1e-6))

    def test_a_pack_that_does_not_fit(self):
        (self.a / "crops.jsonl").write_text("{}\n")
        with self.assertRaisesRegex(ValueError, "1 lines"):
            Crops([self.a])


class Order(unittest.TestCase):
    label = torch.tensor([0] * 7 + [1] * 2 + [-1] * 4 + [2] * 5)

    def test_every_crop_once_an_epoch(self):
        for per_person in (1, 2, 40):
            sampler = Sampler(self.label, 6, per_person)
            seen = torch.cat([sampler.next() for _ in range(3)]).tolist()
            self.assertEqual(sorted(seen), list(range(18)))
            self.assertNotEqual(seen, torch.cat([sampler.next() for _ in range(3)]).tolist())

    def test_runs_of_a_person(self):
        order = self.label[Sampler(self.label, 6, 40).order].tolist()
        for person in (0, 1, 2):
            at = [i for i, p in enumerate(order) if p == person]
            self.assertEqual(at, list(range(at[0], at[0] + len(at))))
        order = self.label[Sampler(self.label, 6, 2, seed=3).order].tolist()
        self.assertEqual(sum(a == b == 0 for a, b in zip(order[::1], order[1:])) >= 3, True)

    def test_random_negatives(self):
        sampler = Sampler(self.label, 8, 40, random_negatives=2)
        batches = [sampler.next() for _ in range(3)]
        self.assertEqual(sorted(torch.cat([b[:6] for b in batches]).tolist()), list(range(18)))
        for batch in batches:
            self.assertEqual(len(set(batch.tolist())), 8)

    def test_goes_on_from_its_state(self):
        for random_negatives in (0, 2):
            one, two = (Sampler(self.label, 5, 2, random_negatives, seed=9) for _ in range(2))
            for _ in range(8):
                one.next()
            two.load_state_dict(one.state_dict())
            for _ in range(8):
                self.assertTrue(torch.equal(one.next(), two.next()))

    def test_too_large_a_batch(self):
        with self.assertRaises(ValueError):
            Sampler(self.label, 19)


class Augmentation(unittest.TestCase):
    crops = torch.randint(0, 256, (32, 3, 28, 24), dtype=torch.uint8).contiguous(memory_format=torch.channels_last)

    def test_strength_0_is_the_crop_or_its_mirror(self):
        x, mirrored = augment(self.crops, 0.0, torch.Generator().manual_seed(0))
        for y, crop, flipped in zip(x, self.crops, mirrored):
            plain = (crop.float() - 128) / 128
            self.assertTrue(torch.allclose(y, plain.flip(2) if flipped else plain))
        self.assertEqual(mirrored.sum(), 16)

    def test_same_generator_same_result_and_crops_untouched(self):
        before = self.crops.clone()
        (a, _), (b, _) = (augment(self.crops, 1.0, torch.Generator().manual_seed(4)) for _ in range(2))
        self.assertTrue(torch.equal(a, b))
        self.assertTrue(torch.equal(self.crops, before))
        self.assertEqual(a.shape, self.crops.shape)
        self.assertTrue(a.is_contiguous(memory_format=torch.channels_last))
        self.assertLess(a.abs().max().item(), 2.5)

    def test_any_size_of_batch(self):
        for n in (1, 3, 9):
            self.assertTrue(torch.isfinite(augment(self.crops[:n], 1.0, torch.Generator().manual_seed(n))[0]).all())


class Figures(unittest.TestCase):
    def test_val_at_far_against_its_definition(self):
        rng = np.random.default_rng(7)
        e = support.unit(rng, 40, 3)
        label = torch.from_numpy(rng.integers(-1, 8, 40))
        same, different = [], []
        for i in range(40):
            for j in range(i + 1, 40):
                if label[i] >= 0 and label[j] >= 0:
                    (same if label[i] == label[j] else different).append(float((e[i].double() - e[j].double()).pow(2).sum()))
        found = verification(e, label, fars=(0.1, 0.01))
        for far in (0.1, 0.01):
            # the largest VAL of any threshold whose FAR is not above
            best = max((np.mean([d <= t for d in same]) for t in same if np.mean([d <= t for d in different]) <= far), default=0)
            self.assertAlmostEqual(found[f"val@{far}"], best)
        auc = np.mean([[s < d for d in different] for s in same])
        self.assertAlmostEqual(found["auc"], auc)


if __name__ == "__main__":
    unittest.main()
