"""A network that starts from one of another shape."""
import copy
import unittest

import support  # noqa: F401
import torch

from keep_checkpoint import kept
from mistake import Mistake
from networks.load_checkpoint import load_checkpoint, shortened
from networks.facenet import FaceNet
from networks.layers import CondConv1x1, ConvNormAct, GlobalDepthwise, InvertedResidual
from networks import NETWORKS
from torch import nn


def network(hidden, experts):
    return FaceNet(
        (28, 24), ConvNormAct(3, 8, 3, stride=2),
        InvertedResidual(8, hidden, 10, stride=2, experts=experts), InvertedResidual(10, 6, 10, experts=experts),
        CondConv1x1(nn.Conv2d(10, 6, 1), experts) if experts else nn.Conv2d(10, 6, 1),
        GlobalDepthwise(6, 12, (7, 6)), out=(12, 1, 1), dim=16)


SMALL = [11, 12, 19, 20, 21, 22]              # what it leaves out (scripts/train/README.md)


class LoadCheckpoint(unittest.TestCase):
    def setUp(self):
        torch.manual_seed(0)
        self.crops = torch.randint(0, 256, (4, 3, 28, 24), dtype=torch.uint8)
        self.start = network(12, 0)
        for _ in range(5):
            self.start.train()(self.crops)
        self.start.eval()

    def embed(self, model, start):
        state = copy.deepcopy(start.state_dict())
        load_checkpoint(model, start.state_dict())
        self.assertTrue(all(torch.equal(state[key], value) for key, value in start.state_dict().items()))
        with torch.no_grad():
            return model.eval()(self.crops)

    def test_of_the_same_network(self):
        self.assertTrue(torch.equal(self.embed(network(12, 0), self.start), self.start(self.crops)))
        dynamic = network(12, 2)
        torch.nn.init.normal_(dynamic.trunk[3].experts)
        self.assertTrue(torch.equal(self.embed(network(12, 2), dynamic.eval()), dynamic(self.crops)))

    def test_kernels_that_are_new_change_nothing(self):
        self.assertTrue(torch.allclose(self.embed(network(12, 3), self.start), self.start(self.crops), atol=1e-5))

    def test_hidden_channels_that_give_nothing_are_left_out(self):
        with torch.no_grad():
            self.start.trunk[1].layers[2].conv.weight[:, [0, 3, 11]] = 0
            self.start.trunk[1].layers[1].bn.weight[5] = self.start.trunk[1].layers[1].bn.bias[5] = 0
        for kernels in (0, 2):
            self.assertTrue(torch.allclose(self.embed(network(8, kernels), self.start), self.start(self.crops), atol=1e-5))

    def test_of_a_network_without_norms(self):
        start = NETWORKS["tapped"]().eval()
        self.assertTrue(torch.equal(self.embed(NETWORKS["tapped"](), start), start(self.crops)))

    def test_the_strongest_stay(self):
        with torch.no_grad():
            norm, narrow = self.start.trunk[1].layers[1].bn.weight, self.start.trunk[1].layers[2].conv.weight
            norm.fill_(1)
            norm[2] = -5                                  # as strong as its size
            narrow[:, [4, 7]] *= 10
            model = network(3, 0)
            load_checkpoint(model, self.start.state_dict())
        self.assertTrue(torch.equal(model.trunk[1].layers[2].conv.weight, narrow[:, [2, 4, 7]]))
        self.assertTrue(torch.equal(model.trunk[1].layers[0].conv.weight, self.start.trunk[1].layers[0].conv.weight[[2, 4, 7]]))

    def test_of_before_the_layers_had_their_names(self):
        dynamic = network(12, 2)
        torch.nn.init.normal_(dynamic.trunk[1].layers[0].conv.experts)
        torch.nn.init.normal_(dynamic.trunk[3].experts)
        dynamic.eval()
        former = {}
        for key, value in dynamic.state_dict().items():
            for new, old in ((".experts", ".kernels"), (".routing.", ".route."), (".bn.", ".1.")):
                key = key.replace(new, old)
            if not key.startswith("trunk.3."):               # a convolution of its own, in no ConvNormAct
                key = key.replace(".conv.", ".0.", 1)
            former[key] = value
        self.assertIn("trunk.1.layers.0.0.kernels", former)
        self.assertIn("trunk.0.1.running_var", former)
        model = network(12, 2)
        load_checkpoint(model, former)
        with torch.no_grad():
            self.assertTrue(torch.equal(model.eval()(self.crops), dynamic(self.crops)))

    def test_without_some_of_its_layers(self):
        """The others, in their order: as if the left-out ones passed on what they were given."""
        def stack(count):
            return FaceNet((28, 24), ConvNormAct(3, 8, 3, stride=2), *[InvertedResidual(8, 6, 8) for _ in range(count)], out=(8, 14, 12), dim=16)

        long, short = stack(12).eval(), stack(9)
        load_checkpoint(short, shortened(long.state_dict(), [2, 10, 11]))
        for layer in (2, 10, 11):
            long.trunk[layer] = nn.Identity()
        with torch.no_grad():
            self.assertTrue(torch.equal(short.eval()(self.crops), long(self.crops)))
        with self.assertRaisesRegex(Mistake, "no layer 13, 14 with weights"):
            shortened(stack(12).state_dict(), [2, 13, 14])

    def test_the_small_inception_network_is_the_large_one_without_layers(self):
        large, small = NETWORKS["inception"]().eval(), NETWORKS["inception-small"]()
        load_checkpoint(small, shortened(large.state_dict(), SMALL))
        for layer in SMALL:
            large.trunk[layer] = nn.Identity()
        crops = torch.randint(0, 256, (1, 3, 140, 116), dtype=torch.uint8)
        with torch.no_grad():
            self.assertTrue(torch.allclose(small.eval()(crops), large(crops), atol=1e-6))

    def test_kept_in_bfloat16(self):
        options = {"net": "still", "data": ["/home/me/packs/a", "b"], "run": "/tmp/run", "lr": 0.1}
        state = kept({"model": self.start.state_dict(), "step": 3, "args": options}, "note")
        names = {"net": "still", "data": ["a", "b"], "run": "run", "lr": 0.1}
        self.assertEqual((state["step"], state["args"], state["note"]), (3, names, "note"))
        self.assertEqual({v.dtype for k, v in state["model"].items() if k.endswith("weight")}, {torch.bfloat16})
        e = self.embed(network(12, 0), self.start)
        model = network(12, 0)
        load_checkpoint(model, state["model"])
        self.assertEqual(model.fc.weight.dtype, torch.float32)
        with torch.no_grad():
            self.assertGreater((model.eval()(self.crops) * e).sum(1).min().item(), 0.999)

    def test_refused(self):
        state = self.start.state_dict()
        for change, error in ((lambda s: s.pop("fc.weight"), "not in the checkpoint: fc.weight"), (lambda s: s.update(other=s["fc.weight"]), "not in this network: other")):
            changed = dict(state)
            change(changed)
            with self.assertRaisesRegex(ValueError, error):
                load_checkpoint(network(12, 0), changed)
        with self.assertRaises(RuntimeError):
            load_checkpoint(network(14, 0), state)


if __name__ == "__main__":
    unittest.main()
