"""The networks against FaceNet's tables (arXiv:1503.03832v3)."""
import copy
import unittest

import support  # noqa: F401
import torch

from networks.facenet import FaceNet
from networks.layers import CondConv1x1, ConvNormAct, Inception, L2Pool, Maxout
from networks import NETWORKS
from summary import layers as layers_of

# Table 1: convolutions and fully connected layers in order, (size-out, parameters, FLOPS) as printed.
NN1 = [
    ("conv1", (64, 110, 110), "9K", "115M"), ("conv2a", (64, 55, 55), "4K", "13M"), ("conv2", (192, 55, 55), "111K", "335M"),
    ("conv3a", (192, 28, 28), "37K", "29M"), ("conv3", (384, 28, 28), "664K", "521M"),
    ("conv4a", (384, 14, 14), "148K", "29M"), ("conv4", (256, 14, 14), "885K", "173M"),
    ("conv5a", (256, 14, 14), "66K", "13M"), ("conv5", (256, 14, 14), "590K", "116M"),
    ("conv6a", (256, 14, 14), "66K", "13M"), ("conv6", (256, 14, 14), "590K", "116M"),
    ("fc1", (8192, 1, 1), "103M", "103M"), ("fc2", (8192, 1, 1), "34M", "34M"), ("fc7128", (128, 1, 1), "524K", "0.5M")]

# Table 2: rows of the trunk by position in it, (channels, side), parameters, FLOPS as printed.
NN2 = [
    ("conv1", [0], (64, 112), "9K", "119M"), ("inception (2)", [3, 4], (192, 56), "115K", "360M"),
    ("3a", [7], (256, 28), "164K", "128M"), ("3b", [8], (320, 28), "228K", "179M"), ("3c", [9], (640, 14), "398K", "108M"),
    ("4a", [10], (640, 14), "545K", "107M"), ("4b", [11], (640, 14), "595K", "117M"), ("4c", [12], (640, 14), "654K", "128M"),
    ("4d", [13], (640, 14), "722K", "142M"), ("4e", [14], (1024, 7), "717K", "56M"),
    ("5a", [15], (1024, 7), "1.6M", "78M"), ("5b", [16], (1024, 7), "1.6M", "78M")]

# Rows that do not follow from the table's own kernels by rounding to nearest, with what does follow.
CONTRADICTIONS = {
    ("nn2", "4a", "parameters"): 545_536,     # printed 545K, cut off where every other row is rounded
}

UNIT = {"K": 1e3, "M": 1e6}


def agrees(value, printed):
    """Equal after rounding to the last printed digit."""
    number, unit = printed[:-1], UNIT[printed[-1]]
    digits = len(number.split(".")[1]) if "." in number else 0
    return abs(value / unit - float(number)) <= 0.5 * 10 ** -digits + 1e-9


def trunk_shapes(model):
    """The output shape of each row of the trunk."""
    x, shapes = torch.zeros(1, 3, model.height, model.width), []
    with torch.no_grad():
        for row in model.eval().trunk:
            x = row(x)
            shapes.append(tuple(x.shape[1:]))
    return shapes


class PaperTables(unittest.TestCase):
    def check(self, network, row, what, value, printed):
        if (network, row, what) in CONTRADICTIONS:
            self.assertFalse(agrees(value, printed), f"{row} {what} is listed as a contradiction, yet agrees")
            self.assertEqual(value, CONTRADICTIONS[network, row, what])
        else:
            self.assertTrue(agrees(value, printed), f"{network} {row}: {value:,} {what}, printed {printed}")

    def test_nn1(self):
        rows = layers_of(NETWORKS["nn1"]())
        self.assertEqual(len(rows), len(NN1))
        for row, (name, shape, parameters, macs) in zip(rows, NN1):
            self.assertEqual(row.shape, shape, name)
            self.check("nn1", name, "parameters", row.parameters, parameters)
            self.check("nn1", name, "macs", row.macs, macs)

    def test_nn2(self):
        model = NETWORKS["nn2"]()
        shapes = trunk_shapes(model)
        rows = layers_of(model)
        for name, positions, (channels, side), parameters, macs in NN2:
            mine = [r for r in rows if r.name.split(".")[0] == "trunk" and int(r.name.split(".")[1]) in positions]
            self.assertEqual(shapes[positions[-1]], (channels, side, side), name)
            self.check("nn2", name, "parameters", sum(r.parameters for r in mine), parameters)
            self.check("nn2", name, "macs", sum(r.macs for r in mine), macs)
        self.check("nn2", "fully conn", "parameters", rows[-1].parameters, "131K")
        self.check("nn2", "fully conn", "macs", rows[-1].macs, "0.1M")

    def test_pools_of_nn2(self):
        last = [module.branches[-1][0] for module in NETWORKS["nn2"]().trunk if isinstance(module, Inception)]
        self.assertEqual(["l2" if isinstance(pool, L2Pool) else "max" for pool in last],
                         ["max", "l2", "max", "l2", "l2", "l2", "l2", "max", "l2", "max"])


class Totals(unittest.TestCase):
    def test_published(self):
        # section 3.3 and Table 3; None: not published
        for name, size, parameters, macs, within in [
                ("nn1", (220, 220), 140e6, 1.6e9, 0.01), ("nn2", (224, 224), 7.5e6, 1.6e9, 0.01),
                ("nn3", (160, 160), 7.5e6, None, 0.01), ("nn4", (96, 96), None, 285e6, 0.005),
                ("nns1-paper", (165, 165), 26e6, 220e6, 0.02), ("nns2-paper", (140, 116), 4.3e6, 20e6, 0.02)]:
            model = NETWORKS[name]()
            rows = layers_of(model)
            self.assertEqual((model.height, model.width), size)
            for value, published in ((sum(r.parameters for r in rows), parameters), (sum(r.macs for r in rows), macs)):
                if published:
                    self.assertLess(abs(value / published - 1), within, f"{name}: {value:,}, published {published:,.0f}")

    def test_ours_keep_to_their_budgets(self):
        for name, parameters, macs in (("mobilefacenet", 1.1e6, 238e6), ("inception", 8e6, 220e6), ("inception-small", 1.2e6, 148e6), ("nns2-inception", 4.3e6, 25e6), ("nns2", 4.3e6, 25e6), ("nns2-residual", 4.3e6, 25e6)):
            rows = layers_of(NETWORKS[name]())
            self.assertLessEqual(sum(r.parameters for r in rows), parameters)
            self.assertLessEqual(sum(r.macs for r in rows), macs)


class Behaviour(unittest.TestCase):
    def test_unit_embeddings_from_bytes_and_from_normalised_crops(self):
        model = NETWORKS["tiny"]().eval()
        crops = torch.randint(0, 256, (3, 3, 28, 24), dtype=torch.uint8)
        e = model(crops)
        self.assertEqual(e.shape, (3, 16))
        self.assertTrue(torch.allclose(e.norm(dim=1), torch.ones(3), atol=1e-6))
        self.assertTrue(torch.equal(e, model((crops.float() - 128) / 128)))

    def test_dynamic_kernels(self):
        """Each picture's own matrix, as the sum of 1x1 convolutions; before training, the convolution that is always there."""
        layer = CondConv1x1(torch.nn.Conv2d(5, 4, 1), experts=3).eval()
        x = torch.rand(2, 5, 6, 7)
        self.assertTrue(torch.allclose(layer(x), layer.conv(x), atol=1e-6))
        torch.nn.init.normal_(layer.experts)
        layer.norm.running_mean.normal_()
        share = torch.tanh(layer.norm(layer.routing(x.mean((2, 3), keepdim=True))))
        more = [share[:, k:k + 1] * torch.nn.functional.conv2d(x, layer.experts[k].view(4, 5, 1, 1)) for k in range(3)]
        self.assertTrue(torch.allclose(layer(x), layer.conv(x) + sum(more), atol=1e-5))
        self.assertTrue(torch.allclose(copy.deepcopy(layer).double()(x.double()).float(), layer(x), atol=1e-5))      # as matrices, on any machine
        self.assertGreater((share[0] - share[1]).abs().max().item(), 1e-3)

    def test_kernels_are_counted(self):
        def made(experts):
            conv = torch.nn.Conv2d(6, 5, 1)
            return FaceNet((8, 8), ConvNormAct(3, 6, 3, stride=2), CondConv1x1(conv, experts) if experts else conv, out=(5, 4, 4), dim=4)

        plain, dynamic = (sum(torch.tensor(row[2:]) for row in layers_of(made(k))) for k in (0, 3))
        route = 6 * 3 + 3
        self.assertEqual((dynamic - plain).tolist(), [3 * 30 + route] * 2)

    def test_l2_pool(self):
        x = torch.rand(1, 2, 4, 5)
        y = L2Pool()(x)
        self.assertAlmostEqual(y[0, 1, 2, 2].item(), x[0, 1, 1:4, 1:4].pow(2).sum().sqrt().item(), places=5)
        self.assertAlmostEqual(y[0, 0, 0, 0].item(), x[0, 0, :2, :2].pow(2).sum().sqrt().item(), places=5)

    def test_maxout(self):
        layer = Maxout(3, 4, (2, 2), 2)
        x = torch.rand(5, 3, 2, 2)
        both = (x.flatten(1) @ layer.linear.weight.flatten(1).t() + layer.linear.bias).view(5, 4, 2)
        self.assertTrue(torch.allclose(layer(x).flatten(1), both.max(2).values, atol=1e-6))


if __name__ == "__main__":
    unittest.main()
