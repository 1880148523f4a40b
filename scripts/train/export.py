#!/usr/bin/env python3
"""Write a trained network as ONNX, fp32 and int8, node by node.

    python3 scripts/train/export.py RUN/model.pt --out RUN/network.fp32.onnx
    python3 scripts/train/export.py RUN/model.pt --weights int8 --out model/NAME/network.onnx     (a quarter of its size)
    python3 scripts/train/export.py RUN/int8.pt --head uint8 --out model/NAME/network.onnx   (what quantize.py wrote)

Both have input `crop` uint8 [N, 3, H, W] and output `embedding` float32 [N, dim] of unit length, which the Worker averages with
that of the mirror image. With --one-crop the output is `face_embedding`, which it takes as it is.

With --weights int8 the fp32 file keeps the weights of dense and dynamic convolutions, but the first one's, as int8 with a
scale an output channel; onnxruntime computes in floats. DequantizeLinear makes floats of them at every run, 5 % of nns2's
time. Cast and Mul instead, which it does once, when it loads the file, take more memory than that is worth (EXPERIMENTS.md).
Depthwise kernels stay floats: they are few, and nearly all of the error would be theirs (EXPERIMENTS.md); so does what
chooses among dynamic kernels.

The int8 file is QDQ: every convolution reads DequantizeLinear(uint8) and DequantizeLinear(int8 weight, per channel)
and its output goes through QuantizeLinear to uint8 with zero point 0 (after ReLU nothing is negative, so the clipping
of the quantizer is the ReLU; 128 where there is none). onnxruntime makes QLinearConv of that. The last layer is a matrix
product with float output or, with --head uint8, a convolution over the whole map with uint8 output, zero point 128, which
onnxruntime-web runs faster.
"""
import argparse
import subprocess
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from learning import checkpoint, losses
from networks.load_checkpoint import load_checkpoint
from graph.operators import INPUT_SCALE, INPUT_ZERO, INPUT, Op, graph_of, int8_scale, run, scale_groups, weight_scale, zero_points
from mistake import Mistake, command
from networks import NETWORKS

OPSET = 13


class Writer:
    """Collects nodes and initializers; each method returns the name of what it made."""

    def __init__(self):
        self.nodes, self.initializers = [], {}

    def constant(self, name, value):
        if name not in self.initializers:
            self.initializers[name] = numpy_helper.from_array(np.asarray(value, order="C"), name)      # ascontiguousarray makes vectors of scalars
        return name

    def node(self, kind, inputs, output, **attributes):
        self.nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output

    def model(self, height, width, dim, metadata):
        graph = helper.make_graph(
            self.nodes, "visavis",
            [helper.make_tensor_value_info("crop", TensorProto.UINT8, ["N", 3, height, width])],
            [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["N", dim])],
            list(self.initializers.values()))
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="visavis")
        model.ir_version = 8
        helper.set_model_props(model, {k: str(v) for k, v in metadata.items()})
        onnx.checker.check_model(model, full_check=True)
        return model

    def rounded(self, name, weight, scale):
        """`weight` [O, ...] as int8 and DequantizeLinear; `scale` [O]."""
        q = np.clip(np.rint(weight / scale.reshape(-1, *[1] * (weight.ndim - 1))), -127, 127).astype(np.int8)
        return self.dequantized(name, q, scale, np.int8)

    def dequantized(self, name, q, scale, kind):
        inputs = [self.constant(f"{name}.q", q), self.constant(f"{name}.scale", scale.astype(np.float32)),
                  self.constant(f"{name}.zero", np.zeros(len(scale), kind))]
        return self.node("DequantizeLinear", inputs, name, axis=0)

    def embedding(self, y):
        norm = self.node("ReduceL2", [y], "norm", axes=[1], keepdims=1)
        return self.node("Div", [y, norm], "embedding")

    def move(self, op, inputs, output):
        """A pool, concat, addition (without its ReLU), window or resize, the same in both files."""
        if op.kind == "add":
            return self.node("Add", inputs, output)
        if op.kind == "window":
            top, left, height, width = op.window
            ends = {"starts": (top, left), "ends": (top + height, left + width), "axes": (2, 3)}
            return self.node("Slice", [*inputs, *(self.constant(f"{op.name}.{k}", np.array(v, np.int64)) for k, v in ends.items())], output)
        if op.kind == "resize":
            scales = self.constant(f"{op.name}.scales", np.array([1, 1, *(to / of for to, of in zip(op.kernel, op.window[2:]))], np.float32))
            return self.node("Resize", [*inputs, "", scales], output, mode="linear", coordinate_transformation_mode="half_pixel")
        if op.kind == "concat":
            return self.node("Concat", inputs, output, axis=1)
        if op.kind != "pool":
            raise ValueError(f"no operator for {op.kind}")
        return self.node("MaxPool", inputs, output, kernel_shape=list(op.kernel), strides=[op.stride] * 2, pads=[op.pad] * 4)


def convolution(op):
    return {"kernel_shape": list(op.kernel), "strides": [op.stride] * 2, "pads": [op.pad] * 4, "group": op.groups}


def rows(fc):
    """The head's kernel [dim, C, h, w] as a matrix over the flattened map [dim, C*h*w]."""
    return fc.weight.flatten(1)


def fp32_model(ops, height, width, metadata, weights="fp32"):
    w, sizes = Writer(), {}
    first = next(op for op in ops if op.kind == "conv")
    run(ops, torch.zeros(1, 3, height, width), watch=lambda name, y: sizes.update({name: tuple(y.shape[2:])}))

    def weight_of(op, weight, part="weight"):
        name = f"{op.name}.{part}"
        if weights == "fp32" or op.groups > 1 or op is first or op.activation == "tanh":
            return w.constant(name, weight.numpy())
        return w.rounded(name, weight.numpy(), weight_scale(weight).flatten().numpy())

    def reshaped(x, name, *shape):
        return w.node("Reshape", [x, w.constant(f"{name}.shape", np.array(shape, np.int64))], name)

    def dynamic(op):
        """A matrix a crop, times its map: a Conv has one kernel for all crops of a run."""
        x, share = op.inputs
        (count, out, c), (h, wide) = op.kernels.shape, sizes[op.name]
        base = reshaped(weight_of(op, op.weight.flatten(1)), f"{op.name}.base", 1, out * c)
        kernels = reshaped(weight_of(op, op.kernels.flatten(0, 1), "kernels"), f"{op.name}.more", count, out * c)
        share = w.node("Flatten", [share], f"{op.name}.share", axis=1)
        kernel = reshaped(w.node("Gemm", [share, kernels, base], f"{op.name}.kernel"), f"{op.name}.matrix", -1, out, c)
        y = w.node("MatMul", [kernel, reshaped(x, f"{op.name}.flat", 0, c, h * wide)], f"{op.name}.product")
        return w.node("Add", [reshaped(y, f"{op.name}.map", 0, out, h, wide), w.constant(f"{op.name}.bias", op.bias.view(-1, 1, 1).numpy())], f"{op.name}.sum")

    def activated(op, y):
        if op.activation == "relu6":
            return w.node("Clip", [y, w.constant("none", np.float32(0)), w.constant("six", np.float32(6))], op.name)
        return w.node({"relu": "Relu", "tanh": "Tanh", "": "Identity"}[op.activation], [y], op.name)

    x = w.node("Cast", ["crop"], "pixels", to=TensorProto.FLOAT)
    x = w.node("Sub", [x, w.constant("zero", np.float32(INPUT_ZERO))], "centred")
    x = w.node("Mul", [x, w.constant("scale", np.float32(INPUT_SCALE))], INPUT)
    for op in ops:
        if op.kind == "conv":
            y = w.node("Conv", [op.inputs[0], weight_of(op, op.weight), w.constant(f"{op.name}.bias", op.bias.numpy())], f"{op.name}.sum", **convolution(op))
            activated(op, y)
        elif op.kind == "dynamic":
            activated(op, dynamic(op))
        elif op.kind in ("mean", "average"):
            w.node("GlobalAveragePool", op.inputs, op.name)
        elif op.kind == "lrn":
            w.node("LRN", op.inputs, op.name, size=op.size, alpha=1e-4, beta=0.75, bias=1.0)
        elif op.kind == "l2pool":
            square = w.node("Mul", op.inputs * 2, f"{op.name}.square")
            mean = w.node("AveragePool", [square], f"{op.name}.mean", kernel_shape=[3, 3], pads=[1] * 4, strides=[1, 1], count_include_pad=1)
            w.node("Sqrt", [w.node("Mul", [mean, w.constant("nine", np.float32(9))], f"{op.name}.sum")], op.name)
        elif op.kind == "maxout":
            count = next(o for o in ops if o.name == op.inputs[0]).weight.shape[0] // op.size
            w.node("ReduceMax", [reshaped(op.inputs[0], f"{op.name}.pieces", 0, count, op.size, 1)], op.name, axes=[2], keepdims=1)
        elif op.kind == "fc":
            flat = w.node("Flatten", op.inputs, "flat", axis=1)
            y = w.node("Gemm", [flat, weight_of(op, rows(op)), w.constant("fc.bias", op.bias.numpy())], "fc", transB=1)
            w.embedding(y)
        elif op.kind == "add" and op.activation:
            activated(op, w.move(op, op.inputs, f"{op.name}.added"))
        else:
            w.move(op, op.inputs, op.name)
    return w.model(height, width, ops[-1].weight.shape[0], metadata)


def int8_model(ops, scales, height, width, metadata, head="float"):
    """`scales`: {group: float} as in operators.scale_groups, and that of the last layer's output under its name.

    Tensor T exists as `T.q` (uint8) and, before a reader, `T` (float).
    """
    w, groups, zeros = Writer(), scale_groups(ops), zero_points(ops)
    scales = {**{g: float(s) for g, s in scales.items()}, INPUT: INPUT_SCALE}
    for op in ops:
        if op.kind == "resize" and np.float32(scales[op.name]) == np.float32(INPUT_SCALE):      # onnxruntime would scale the bytes themselves, and cut them off
            scales[op.name] = float(np.nextafter(np.float32(INPUT_SCALE), np.float32(1)))

    def grid(tensor):
        """Scale and zero point of an activation."""
        group = groups[tensor]
        return [w.constant(f"{group}.scale", np.float32(scales[group])),
                w.constant(f"{group}.zero", np.uint8(zeros[group]))]

    def quantize(tensor, value):
        w.node("QuantizeLinear", [value, *grid(tensor)], f"{tensor}.q")
        return w.node("DequantizeLinear", [f"{tensor}.q", *grid(tensor)], tensor)

    def parameters(op, weight):
        """int8 weight and int32 bias with their DequantizeLinear."""
        scale = int8_scale(op).flatten().numpy().astype(np.float64)
        # A channel whose weights are next to nothing beside its bias: the bias, too, has to fit into its integers.
        scale = np.maximum(scale, np.abs(op.bias.numpy()) / (scales[groups[op.inputs[0]]] * (2**31 - 1)))
        sum_scale = np.float32(scales[groups[op.inputs[0]]]) * scale.astype(np.float32)
        bias = np.rint(op.bias.numpy().astype(np.float64) / sum_scale).astype(np.int32)
        return [w.rounded(f"{op.name}.weight", weight.numpy(), scale), w.dequantized(f"{op.name}.bias", bias, sum_scale, np.int32)]

    if ops[0].kind != "window":
        w.node("DequantizeLinear", ["crop", *grid(INPUT)], INPUT)
    for op in ops:
        if op.kind == "window":                           # on bytes
            w.node("DequantizeLinear", [w.move(op, ["crop"], f"{op.name}.q"), *grid(op.name)], op.name)
        elif op.kind == "conv":
            y = w.node("Conv", [op.inputs[0], *parameters(op, op.weight)], f"{op.name}.sum", **convolution(op))
            quantize(op.name, y)
        elif op.kind == "fc" and head == "uint8":
            y = w.node("Conv", [op.inputs[0], *parameters(op, op.weight)], "fc.sum", **convolution(op))
            w.embedding(w.node("Flatten", [quantize(op.name, y)], "fc.flat", axis=1))
        elif op.kind == "fc":
            groups["flat"] = groups[op.inputs[0]]
            flat = quantize("flat", w.node("Flatten", op.inputs, "flat.moved", axis=1))
            w.embedding(w.node("Gemm", [flat, *parameters(op, rows(op))], "fc", transB=1))
        else:
            quantize(op.name, w.move(op, op.inputs, f"{op.name}.moved"))
    return w.model(height, width, ops[-1].weight.shape[0], metadata)


def revision():
    try:
        return subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def recipe_of(options, step):
    """Training of a network, in a line for the metadata."""
    start = f"from the layers of {Path(options['init_from_teacher']).name}" if options.get("init_from_teacher") else ""
    if options.get("init"):
        start = f"from {'/'.join(Path(options['init']).parts[-2:])}"
    if not step:
        return f"{options.get('recipe') or 'options'}: {start or 'random weights'}, no training"
    terms = " ".join(f"{name} {options[name]:g}" for name in losses.ALL if options.get(name))
    teachers = f", teacher {' '.join(options['teacher'])}" if options.get("teacher") else ""
    if options.get("ensemble"):
        teachers += f" joined with {Path(options['ensemble']).stem}"
    return (f"{options.get('recipe') or 'options'}: {start and start + ', '}{terms}{teachers}, {options['optimizer']} {options['lr']:g}, "
            f"{step:,} steps of {options['batch']}{', evened out between origins' if options.get('evened') else ''}")


def load(path):
    """A saved network, in evaluation mode, and what was saved with it."""
    state = checkpoint.read(path)
    net = state["args"].get("net")
    if net not in NETWORKS:
        raise Mistake(f"{path} is of a network that is not among networks/: {net}")
    model = NETWORKS[net]()
    with checkpoint.fitting(path, f"{net} has changed since"):
        load_checkpoint(model, state["model"])
    return model.eval(), state


def name_for_one_crop(file):
    """The output renamed in place: the Worker takes it for the face's embedding, without the mirror image's."""
    last = file.graph.node[-1]
    last.name = last.output[0] = file.graph.output[0].name = "face_embedding"
    onnx.checker.check_model(file, full_check=True)


def write(file, path):
    """The file, but for one that differs in its revision alone: the network is the same, and so stays its SHA-256."""
    kept = Path(path).exists() and without_revision(onnx.load(path)) == without_revision(file)
    if not kept:
        checkpoint.replace(path, file.SerializeToString())
    print(f"{path}: {file.ByteSize():,} bytes{', as it was' if kept else ''}")


def without_revision(file):
    copy = onnx.ModelProto()
    copy.CopyFrom(file)
    helper.set_model_props(copy, {p.key: p.value for p in file.metadata_props if p.key != "revision"})
    return copy


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("model", help="model.pt of a run, or int8.pt of quantize.py")
    p.add_argument("--out", required=True)
    p.add_argument("--head", default="float", choices=["float", "uint8"], help="of an int8 file: its last layer's output")
    p.add_argument("--weights", default="fp32", choices=["fp32", "int8"], help="of an fp32 file: how dense convolutions' weights are kept")
    p.add_argument("--one-crop", action="store_true", help="the network embeds a face from its crop alone, without the mirror image")
    p.add_argument("--name", help="default: the network's")
    p.add_argument("--data", help="what the metadata says of the training data; default: the packs' names")
    args = p.parse_args()

    model, state = load(args.model)
    if "scales" in state and args.weights == "int8":
        raise Mistake(f"{args.model} has int8 arithmetic, and so its weights in int8: leave --weights out")
    if "scales" not in state and args.head == "uint8":
        raise Mistake(f"{args.model} has no int8 arithmetic, which --head uint8 is of: quantize.py gives it")
    recipe = state["args"]
    metadata = {"name": args.name or recipe["net"], "revision": revision(),
                "data": args.data or " ".join(d.rstrip("/").split("/")[-1] for d in recipe["data"]),
                "recipe": recipe_of(recipe, state["step"])}
    if "scales" in state:
        file = int8_model([Op(**op) for op in state["ops"]], state["scales"], model.height, model.width, {**metadata, "precision": "int8"}, args.head)
    else:
        precision = "fp32" if args.weights == "fp32" else "fp32, weights in int8"
        file = fp32_model(graph_of(model), model.height, model.width, {**metadata, "precision": precision}, args.weights)
    if args.one_crop:
        name_for_one_crop(file)
    write(file, args.out)


if __name__ == "__main__":
    command(main)
