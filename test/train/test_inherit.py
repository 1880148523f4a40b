"""A network that starts from one of another shape."""
import copy
import unittest

import support  # noqa: F401
import torch

from inherit import inherit
from nns import NETWORKS, Conv, FaceNet, Global, Head, Linear, Residual


def network(hidden, kernels):
    return FaceNet(((28, 24), [Conv(8, 3, 2), Residual(hidden, 10, 2, kernels), Residual(6, 10, 1, kernels), Linear(6, kernels),
                               Global(12), Head(16)]))


class Inherit(unittest.TestCase):
    def setUp(self):
        torch.manual_seed(0)
        self.crops = torch.randint(0, 256, (4, 3, 28, 24), dtype=torch.uint8)
        self.start = network(12, 0)
        for _ in range(5):
            self.start.train()(self.crops)
        self.start.eval()

    def embed(self, model, start):
        state = copy.deepcopy(start.state_dict())
        inherit(model, start.state_dict())
        self.assertTrue(all(torch.equal(state[key], value) for key, value in start.state_dict().items()))
        with torch.no_grad():
            return model.eval()(self.crops)

    def test_of_the_same_network(self):
        self.assertTrue(torch.equal(self.embed(network(12, 0), self.start), self.start(self.crops)))
        dynamic = network(12, 2)
        torch.nn.init.normal_(dynamic.trunk[3].kernels)
        self.assertTrue(torch.equal(self.embed(network(12, 2), dynamic.eval()), dynamic(self.crops)))

    def test_kernels_that_are_new_change_nothing(self):
        self.assertTrue(torch.allclose(self.embed(network(12, 3), self.start), self.start(self.crops), atol=1e-5))

    def test_hidden_channels_that_give_nothing_are_left_out(self):
        with torch.no_grad():
            self.start.trunk[1].layers[2][0].weight[:, [0, 3, 11]] = 0
            self.start.trunk[1].layers[1][1].weight[5] = self.start.trunk[1].layers[1][1].bias[5] = 0
        for kernels in (0, 2):
            self.assertTrue(torch.allclose(self.embed(network(8, kernels), self.start), self.start(self.crops), atol=1e-5))

    def test_of_a_network_without_norms(self):
        start = FaceNet(NETWORKS["tapped"]).eval()
        self.assertTrue(torch.equal(self.embed(FaceNet(NETWORKS["tapped"]), start), start(self.crops)))

    def test_the_strongest_stay(self):
        with torch.no_grad():
            norm, narrow = self.start.trunk[1].layers[1][1].weight, self.start.trunk[1].layers[2][0].weight
            norm.fill_(1)
            norm[2] = -5                                  # as strong as its size
            narrow[:, [4, 7]] *= 10
            model = network(3, 0)
            inherit(model, self.start.state_dict())
        self.assertTrue(torch.equal(model.trunk[1].layers[2][0].weight, narrow[:, [2, 4, 7]]))
        self.assertTrue(torch.equal(model.trunk[1].layers[0][0].weight, self.start.trunk[1].layers[0][0].weight[[2, 4, 7]]))

    def test_refused(self):
        state = self.start.state_dict()
        for change, error in ((lambda s: s.pop("fc.weight"), "not in the checkpoint: fc.weight"), (lambda s: s.update(other=s["fc.weight"]), "not in this network: other")):
            changed = dict(state)
            change(changed)
            with self.assertRaisesRegex(ValueError, error):
                inherit(network(12, 0), changed)
        with self.assertRaises(RuntimeError):
            inherit(network(14, 0), state)


if __name__ == "__main__":
    unittest.main()
