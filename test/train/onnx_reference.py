"""ONNX by the definitions of its specification, node by node."""
import torch
import torch.nn.functional as F

try:
    import onnx
    from onnx import numpy_helper
except ImportError:
    onnx = None


def evaluate(model, crops):
    """Interpret a graph in double precision; returns every tensor by name."""
    values = {i.name: torch.from_numpy(numpy_helper.to_array(i).copy()) for i in model.graph.initializer}
    values.update({"crop": crops, "": None})               # an input that is left out has no name

    def grid(x, scale, zero, axis):
        shape = [-1 if i == axis else 1 for i in range(x.ndim)] if scale.ndim else []
        return scale.double().reshape(shape), zero.double().reshape(shape)

    for node in model.graph.node:
        x, *rest = [values[name] for name in node.input]
        a = {p.name: onnx.helper.get_attribute_value(p) for p in node.attribute}
        if node.op_type == "DequantizeLinear":
            scale, zero = grid(x, *rest, a.get("axis", 1))
            y = (x.double() - zero) * scale
        elif node.op_type == "QuantizeLinear":
            assert rest[1].dtype == torch.uint8
            y = ((x / rest[0].double()).round() + rest[1].double()).clamp(0, 255).to(torch.uint8)
        elif node.op_type == "Conv":
            p = a["pads"]
            assert p[0] == p[2] and p[1] == p[3]
            y = F.conv2d(x, *[r.double() for r in rest], stride=a["strides"], padding=p[:2], groups=a["group"])
        elif node.op_type == "MaxPool":
            y = F.max_pool2d(x, a["kernel_shape"], a["strides"], a["pads"][:2])
        elif node.op_type == "Slice":
            (top, left), (bottom, right), axes = (r.tolist() for r in rest)
            assert axes == [2, 3]
            y = x[:, :, top:bottom, left:right]
        elif node.op_type == "Resize":
            assert (a["mode"], a["coordinate_transformation_mode"]) == (b"linear", b"half_pixel")
            y = F.interpolate(x, size=[round(n * by) for n, by in zip(x.shape[2:], rest[1].tolist()[2:])], mode="bilinear", align_corners=False)
        elif node.op_type == "Gemm":
            y = x @ (rest[0].double().t() if a.get("transB") else rest[0].double()) + rest[1].double()
        elif node.op_type == "Reshape":
            y = x.reshape([x.shape[i] if n == 0 else n for i, n in enumerate(rest[0].tolist())])
        else:
            y = {"Cast": lambda: x.double(), "Sub": lambda: x - rest[0].double(), "Mul": lambda: x.double() * rest[0].double(),
                 "Add": lambda: x + rest[0], "MatMul": lambda: x @ rest[0], "Tanh": lambda: x.tanh(),
                 "LRN": lambda: F.local_response_norm(x, a["size"], a["alpha"], a["beta"], a["bias"]), "Sqrt": lambda: x.sqrt(),
                 "AveragePool": lambda: F.avg_pool2d(x, a["kernel_shape"], a["strides"], a["pads"][:2], count_include_pad=bool(a["count_include_pad"])),
                 "ReduceMax": lambda: x.amax(a["axes"], keepdim=bool(a["keepdims"])),
                 "GlobalAveragePool": lambda: x.mean((2, 3), keepdim=True), "Relu": lambda: x.clamp_min(0), "Clip": lambda: x.clamp(*[r.item() for r in rest]), "Identity": lambda: x, "Concat": lambda: torch.cat([x, *rest], 1), "Flatten": lambda: x.flatten(1),
                 "ReduceL2": lambda: x.norm(dim=1, keepdim=True), "Div": lambda: x / rest[0]}[node.op_type]()
        values[node.output[0]] = y
    return values
