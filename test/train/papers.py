"""Networks with random weights as ONNX, each with what PyTorch makes of two crops; for papers.node.test.ts.

    python3 papers.py FOLDER NAME...
"""
import sys
from pathlib import Path

import support  # noqa: F401
import onnx
import torch

import export
from graph.operators import graph_of
from networks import NETWORKS

folder, *names = sys.argv[1:]
for name in names:
    torch.manual_seed(0)
    model = NETWORKS[name]()
    crops = torch.randint(0, 256, (2, 3, model.height, model.width), dtype=torch.uint8)
    for module in model.modules():                                  # norms that do something
        if isinstance(module, torch.nn.BatchNorm2d):
            module.weight.data.uniform_(0.7, 1.4)
            module.bias.data.normal_(std=0.1)
            module.running_mean.normal_(std=0.1)
    with torch.no_grad():
        expected = model.eval()(crops)
    files = Path(folder) / name
    files.mkdir()
    onnx.save(export.fp32_model(graph_of(model), model.height, model.width, {"name": name}), files / "network.onnx")
    (files / "crops.u8").write_bytes(crops.numpy().tobytes())
    (files / "expected.f32").write_bytes(expected.numpy().tobytes())
    (files / "size.json").write_text(f"[{model.height}, {model.width}]")
