"""A network that makes an embedding of an aligned crop (FaceNet, arXiv:1503.03832)."""
import torch
import torch.nn as nn
import torch.nn.functional as F

from networks.layers import Tap


class FaceNet(nn.Module):
    """A trunk of layers in order, and a fully connected layer over what they leave.

    `size`: height and width of the crop; `out`: channels, height and width of the trunk's output; `dim`: of the embedding.
    """

    def __init__(self, size, *layers, out, dim=128):
        super().__init__()
        self.height, self.width = size
        self.dim = dim
        self.trunk = nn.Sequential(*layers)
        self.fc = nn.Conv2d(out[0], dim, out[1:])       # as a convolution: Debian's PyTorch has a fast one, no fast BLAS
        for module in self.modules():
            if isinstance(module, nn.Conv2d) and module.bias is None:
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    @torch.no_grad()
    def taps(self):
        """{name: channels} of its taps, in order."""
        training, blank = self.training, torch.zeros(1, 3, self.height, self.width, dtype=torch.uint8, device=self.fc.weight.device)
        maps = self.eval()(blank, taps=True)[1]
        self.train(training)
        return {name: x.shape[1] for name, x in maps.items()}

    def forward(self, crops, taps=False, feeds=None):
        """uint8 crops, or crops normalised already, [N, 3, H, W] to unit embeddings [N, dim].

        (x - 128) / 128: zero padding is pixel 128, and an int8 network can read the crop as it is. With `taps` also
        {name: map [N, C, h, w]} of each tap. `feeds` {name: map} goes on from
        these maps instead of from the network's own; None: from its own, but no gradient goes back.
        """
        x = (crops.float() - 128) / 128 if crops.dtype == torch.uint8 else crops
        maps = {}
        for layer in self.trunk:
            x = layer(x)
            if isinstance(layer, Tap):
                maps[layer.name] = x
                if feeds and layer.name in feeds:
                    x = x.detach() if feeds[layer.name] is None else feeds[layer.name]
        e = F.normalize(self.fc(x).flatten(1).float())
        return (e, maps) if taps else e
