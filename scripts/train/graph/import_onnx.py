"""Start training from a deployed network.onnx: its folded convolutions, taken apart into convolution and batch norm.

Folding (graph/operators.py) is not one-to-one: a convolution before a batch norm may have any scale. Here each gets the scale
that a fresh one has, so that the optimizer's steps are as long for it, and its norm gets the statistics of some crops, so
that the network computes the same in training as in evaluation, but for the batch's own statistics.
"""
import numpy as np
import torch
from onnx import numpy_helper

from graph.read_onnx import read_onnx
from mistake import Mistake
from networks.facenet import FaceNet
from networks.layers import CondConv1x1, ConvAct, ConvNormAct, GlobalDepthwise, Inception, InceptionResidual, InvertedResidual, Maxout


def weights_of(path):
    """{name: float array} of a file that export.py wrote, int8 or fp32; names as in graph/operators.py."""
    raw = {i.name: numpy_helper.to_array(i) for i in read_onnx(path).graph.initializer}
    found = {name: value for name, value in raw.items() if name.endswith((".weight", ".bias", ".kernels"))}
    for name, q in raw.items():
        if name.endswith((".weight.q", ".bias.q", ".kernels.q")):
            scale = raw[name[:-1] + "scale"]
            found[name[:-2]] = q.astype(np.float32) * scale.reshape(-1, *[1] * (q.ndim - 1))
    return {name: torch.from_numpy(np.array(value, np.float32)) for name, value in found.items()}


def plain(model: FaceNet):
    """(name as in graph/operators.py, convolution) of each without a batch norm."""
    for i, module in enumerate(model.trunk):
        if isinstance(module, (torch.nn.Conv2d, CondConv1x1)):
            yield str(i), module
        elif isinstance(module, ConvAct):
            yield str(i), module.conv
        elif isinstance(module, InvertedResidual):
            yield from ((f"{i}.layers.{k}", layer.conv) for k, layer in enumerate(module.layers) if isinstance(layer, ConvAct))
        elif isinstance(module, GlobalDepthwise):
            yield from ((f"{i}.widen", module.widen), (f"{i}.place", module.place))
        elif isinstance(module, Maxout):
            yield f"{i}.linear", module.linear
    yield "fc", model.fc


def convolutions(model: FaceNet):
    """(name as in graph/operators.py, convolution, its batch norm) of each."""
    def walk(module, name):
        if isinstance(module, ConvNormAct):
            yield name, module.conv, module.bn
            yield from walk(module.conv, name)
        elif isinstance(module, CondConv1x1):
            yield f"{name}.route", module.routing, module.norm
        elif isinstance(module, Inception):
            for i, branch in enumerate(module.branches):
                yield from walk(branch, f"{name}.{i}")
        elif isinstance(module, InceptionResidual):
            yield from walk(module.inception, f"{name}.inception")
            yield from walk(module.project, f"{name}.project")
        elif isinstance(module, InvertedResidual):
            yield from walk(module.layers, f"{name}.layers")
        elif isinstance(module, torch.nn.Sequential):
            for i, part in enumerate(module):
                yield from walk(part, f"{name}.{i}" if name else str(i))
    return list(walk(model.trunk, ""))


def conditional(model: FaceNet):
    """(name as in graph/operators.py, CondConv1x1) of each."""
    for name, module in model.trunk.named_modules():
        if isinstance(module, CondConv1x1):
            inside = isinstance(model.trunk.get_submodule(name.rpartition(".")[0]), ConvNormAct)
            yield name.rpartition(".")[0] if inside else name, module


@torch.no_grad()
def import_onnx(model, path, images):
    """Gives `model` the weights in `path`; `images` uint8 [N, H, W, 3] are what the norms' statistics are taken of.

    Raises Mistake where the file is of another network.
    """
    weights, layers, outputs, taken = weights_of(path), convolutions(model), {}, set()

    def take(name, shape):
        if name not in weights or weights[name].numel() != shape.numel():
            raise Mistake(f"{path}: not this network: {name}")
        taken.add(name)
        return weights[name].reshape(shape).to(model.fc.weight.device)

    hooks = []
    for name, module in conditional(model):
        module.experts.copy_(take(f"{name}.kernels", module.experts.shape))
    for name, conv, norm in layers:
        conv.weight.copy_(take(f"{name}.weight", conv.weight.shape))
        norm.weight.fill_(1)
        norm.bias.copy_(take(f"{name}.bias", norm.bias.shape))
        norm.running_mean.zero_()
        norm.running_var.fill_(1 - norm.eps)
        hooks.append(conv.register_forward_hook(lambda _, __, y, name=name: outputs.update({name: y})))
    for name, layer in plain(model):
        layer.weight.copy_(take(f"{name}.weight", layer.weight.shape))
        layer.bias.copy_(take(f"{name}.bias", layer.bias.shape))
    if weights.keys() - taken:
        raise Mistake(f"{path}: not this network: {min(weights.keys() - taken)}")
    training = model.training
    model.eval()(images.permute(0, 3, 1, 2))
    model.train(training)
    for hook in hooks:
        hook.remove()
    for name, conv, norm in layers:
        out, cin = conv.weight.shape[:2]
        mean, variance = outputs[name].mean((0, 2, 3)), outputs[name].var((0, 2, 3), unbiased=False)
        gain = (2 * cin / out) ** 0.5 / conv.weight.flatten(1).norm(dim=1).clamp_min(1e-6)     # what a fresh one has
        conv.weight.mul_(gain.view(-1, 1, 1, 1))
        if isinstance(conv, CondConv1x1):
            conv.experts.view(-1, out, cin).mul_(gain.view(-1, 1))
        norm.running_mean.copy_(mean * gain)
        norm.running_var.copy_(variance * gain ** 2)
        norm.weight.copy_(torch.sqrt(norm.running_var + norm.eps) / gain)
        norm.bias.add_(mean)
