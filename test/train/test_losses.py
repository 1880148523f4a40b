"""Losses and mining against naive, obviously right loops."""
import math
import unittest

import support
import numpy as np
import torch

from learning import losses


def naive_triplets(d, label, negatives, positives):
    """Section 3.2 of the paper, spelt out."""
    n, found = len(label), []
    for a in range(n):
        mine = [p for p in range(n) if p != a and label[p] == label[a] and label[a] >= 0]
        if positives == "hard" and mine:
            mine = [max(mine, key=lambda p: d[a][p])]
        for p in mine:
            others = [k for k in range(n) if label[k] != label[a]]
            if negatives == "all":
                found += [(a, p, k) for k in others]
                continue
            if negatives == "semi-hard":
                others = [k for k in others if d[a][k] > d[a][p]]
            if others:
                found.append((a, p, min(others, key=lambda k: d[a][k])))
    return sorted(found)


class Triplets(unittest.TestCase):
    def setUp(self):
        rng = np.random.default_rng(1)
        self.e = support.unit(rng, 24, 6)
        self.label = torch.from_numpy(rng.integers(-1, 6, 24))
        self.d = torch.cdist(self.e, self.e).pow(2)

    def test_selection(self):
        for negatives in ("semi-hard", "hard", "all"):
            for positives in ("all", "hard"):
                for chunk in (5, 4096):
                    mine = losses.select_triplets(self.d, self.label, negatives, positives, chunk)
                    expected = naive_triplets(self.d.tolist(), self.label.tolist(), negatives, positives)
                    self.assertEqual(sorted(map(tuple, mine.t().tolist())), expected, (negatives, positives, chunk))
                    self.assertGreater(len(expected), 10)

    def test_loss_and_share_of_active(self):
        for negatives in ("semi-hard", "hard"):
            terms = [self.d[a, p].item() - self.d[a, n].item() + 0.2
                     for a, p, n in naive_triplets(self.d.tolist(), self.label.tolist(), negatives, "all")]
            loss, active = losses.triplet(self.e, self.label, 0.2, negatives)
            self.assertAlmostEqual(loss.item(), sum(max(t, 0) for t in terms) / sum(t > 0 for t in terms), places=5)
            self.assertAlmostEqual(active.item(), sum(t > 0 for t in terms) / len(terms), places=5)

    def test_gradient(self):
        e = self.e.double().requires_grad_()
        self.assertTrue(torch.autograd.gradcheck(lambda e: losses.triplet(e, self.label)[0], (e,), atol=1e-5))

    def test_nothing_to_select(self):
        for label in (torch.full((24,), -1), torch.arange(24), torch.zeros(24, dtype=torch.long)):
            e = self.e.clone().requires_grad_()
            loss, active = losses.triplet(e, label)
            loss.backward()
            self.assertEqual((loss.item(), active.item(), e.grad.abs().sum().item()), (0, 0, 0))


class Distillation(unittest.TestCase):
    def setUp(self):
        rng = np.random.default_rng(2)
        self.e, self.t = support.unit(rng, 7, 5), support.unit(rng, 7, 5)

    def test_cosine(self):
        self.assertAlmostEqual(losses.cosine(self.e, self.t).item(), 1 - np.mean([float(a @ b) for a, b in zip(self.e, self.t)]), places=6)
        self.assertAlmostEqual(losses.cosine(self.e, self.e).item(), 0, places=6)

    def test_relational(self):
        pairs = [(i, j) for i in range(7) for j in range(7) if i != j]
        expected = np.mean([(float(self.e[i] @ self.e[j]) - float(self.t[i] @ self.t[j])) ** 2 for i, j in pairs])
        self.assertAlmostEqual(losses.relational(self.e, self.t).item(), expected, places=6)

    def test_contrast(self):
        expected = 0
        for i in range(7):
            logits = [32 * float(self.e[i] @ self.t[j]) for j in range(7)]
            expected += math.log(sum(math.exp(v) for v in logits)) - logits[i]
        self.assertAlmostEqual(losses.contrast(self.e, self.t).item(), expected / 7, places=4)


class MarginSoftmax(unittest.TestCase):
    def test_against_the_formula(self):
        rng = np.random.default_rng(3)
        e, weight = support.unit(rng, 5, 4), torch.from_numpy(rng.standard_normal((6, 4))).float()
        label = torch.tensor([2, -1, 0, 5, 2])
        terms = []
        for i in (0, 2, 3, 4):
            cosines = [float(e[i] @ w / w.norm()) for w in weight]
            y = label[i].item()
            logits = [8 * (c - 0.3 * (k == y)) for k, c in enumerate(cosines)]
            terms.append(math.log(sum(math.exp(v) for v in logits)) - logits[y])
        self.assertAlmostEqual(losses.margin_softmax(e, weight, label, 8, 0.3).item(), sum(terms) / 4, places=5)

    def test_drawn_classes_hold_the_batch_own(self):
        rng = np.random.default_rng(4)
        e, weight = support.unit(rng, 3, 4), support.unit(rng, 50, 4)
        label = torch.tensor([49, 7, 31])
        for seed in range(5):
            generator = torch.Generator().manual_seed(seed)
            drawn = torch.randint(50, (10,), generator=torch.Generator().manual_seed(seed))
            chosen = sorted({*drawn.tolist(), *label.tolist()})
            expected = losses.margin_softmax(e, weight[chosen], torch.tensor([chosen.index(k) for k in label.tolist()]))
            self.assertAlmostEqual(losses.margin_softmax(e, weight, label, classes=10, generator=generator).item(),
                                   expected.item(), places=5)

    def test_no_labels(self):
        e = torch.ones(2, 4, requires_grad=True)
        losses.margin_softmax(e, torch.ones(3, 4), torch.tensor([-1, -1])).backward()
        self.assertEqual(e.grad.abs().sum().item(), 0)


if __name__ == "__main__":
    unittest.main()
