"""The ONNX files, fp32 and int8, evaluated node by node by the definitions in the ONNX specification."""
import tempfile
import unittest
from pathlib import Path

import support
import torch
import torch.nn.functional as F

try:
    import onnx
    from onnx import numpy_helper
    import export
    import quantize
    from graph import import_onnx
except ImportError:
    onnx = None

from graph import operators as graph
from pictures.packs import Crops
from networks.layers import CondConv1x1
from networks import NETWORKS
from onnx_reference import evaluate
from learning.options import arguments


class Network(unittest.TestCase):
    """A network that has seen crops, with norms of their statistics, and its folded graph."""

    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        folder = Path(cls.temporary.name)
        torch.manual_seed(0)
        cls.model = NETWORKS[cls.network]()
        cls.crops = Crops([support.write_pack(folder / "pack")], ["made"])
        cls.images = cls.crops.batch(torch.arange(12)).contiguous()
        for module in cls.model.modules():           # of use from the start only here
            if isinstance(module, CondConv1x1):
                torch.nn.init.normal_(module.experts, std=0.2)
        for _ in range(20):                          # norms with statistics of their own
            cls.model.train()(cls.images)
        cls.model.eval()
        cls.ops = graph.graph_of(cls.model)
        with torch.no_grad():
            cls.expected = cls.model(cls.images)

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def check_folded(self):
        e = F.normalize(graph.run(self.ops, (self.images.float() - 128) / 128))
        self.assertLess((e - self.expected).abs().max().item(), 1e-5)

    def check_file(self):
        model = export.fp32_model(self.ops, 28, 24, {"name": "tiny", "recipe": "none"})
        self.assertLess((evaluate(model, self.images)["embedding"] - self.expected).abs().max().item(), 1e-4)
        self.assertEqual({p.key: p.value for p in model.metadata_props}, {"name": "tiny", "recipe": "none"})
        self.assertEqual(model.opset_import[0].version, 13)

    def check_small_file(self, small, dense):
        """`dense`: what it keeps in int8."""
        found = evaluate(small, self.images)["embedding"].float()
        self.assertGreater((found * self.expected).sum(1).min().item(), 0.999)
        kinds = {i.name: numpy_helper.to_array(i).dtype for i in small.graph.initializer}
        self.assertEqual({name for name, kind in kinds.items() if kind == "int8" and name.endswith(".q")}, {f"{name}.q" for name in dense})

    def check_unfolds(self, files):
        """`files`: (ONNX file, the cosine that a network made of it has at least to the one it was made of)."""
        sample = self.crops.images[:32]
        for file, cosine in files:
            path = Path(self.temporary.name) / "file.onnx"
            onnx.save(file, path)
            model = NETWORKS[self.network]().train()
            import_onnx.import_onnx(model, path, sample)
            with torch.no_grad():
                e = model.eval()(self.images)
                # On the crops that gave the norms their statistics, a batch's own are the same ones.
                own, measured = model.train()(sample.permute(0, 3, 1, 2)), model.eval()(sample.permute(0, 3, 1, 2))
            self.assertGreater((e * self.expected).sum(1).min().item(), cosine)
            self.assertGreater((own * measured).sum(1).min().item(), 0.9999)
            norms = [conv.weight.flatten(1).norm(dim=1) for _, conv, _ in import_onnx.convolutions(model)]
            self.assertTrue(all(torch.allclose(n, n[:1]) for n in norms))       # each channel as long as its neighbours
        with self.assertRaisesRegex(ValueError, "not this network"):
            import_onnx.import_onnx(NETWORKS["nns2"](), path, sample)


@unittest.skipIf(onnx is None, "the onnx package is not installed")
class Files(Network):
    network, learnt = "tiny", 0.8        # the share of the loss that a short fine-tuning leaves

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.signed = graph.signed_tensors(cls.ops)
        cls.scales = quantize.calibrate(cls.ops, cls.crops, count=32)
        cls.head = {**cls.scales, "fc": quantize.output_scale(cls.ops, cls.scales, cls.crops)}

    def test_folded_graph_is_the_network(self):
        self.check_folded()

    def test_fp32_file(self):
        self.check_file()

    def test_weights_alone_in_int8(self):
        full, small = (export.fp32_model(self.ops, 28, 24, {}, weights) for weights in ("fp32", "int8"))
        self.check_small_file(small, [f"{op.name}.weight" for op in self.ops if op.weight is not None and op.groups == 1][1:])
        self.assertEqual([n.op_type for n in small.graph.node if n.op_type != "DequantizeLinear"], [n.op_type for n in full.graph.node])

    def test_int8_file_is_what_was_trained_for(self):
        model = export.int8_model(self.ops, self.scales, 28, 24, {})
        found = evaluate(model, self.images)["embedding"].float()
        simulated = F.normalize(graph.run(self.ops, (self.images.float() - 128) / 128, self.scales))
        self.assertGreater((found * simulated).sum(1).min().item(), 0.9995)
        self.assertGreater((found * self.expected).sum(1).min().item(), 0.99)

    def test_uint8_head(self):
        models = [export.int8_model(self.ops, self.head, 28, 24, {}, head) for head in ("float", "uint8")]
        a, b = (evaluate(model, self.images)["embedding"] for model in models)
        self.assertGreater((a * b).sum(1).min().item(), 0.999)
        self.assertNotIn("Gemm", [n.op_type for n in models[1].graph.node])

    def test_a_file_becomes_a_network_to_train_on_from(self):
        self.check_unfolds([(export.fp32_model(self.ops, 28, 24, {}), 0.99999), (export.fp32_model(self.ops, 28, 24, {}, "int8"), 0.999),
                            (export.int8_model(self.ops, self.head, 28, 24, {}, "uint8"), 0.999)])

    def test_output_of_one_crop_has_a_name_of_its_own(self):
        model = export.fp32_model(self.ops, 28, 24, {})
        expected = evaluate(model, self.images)["embedding"]
        export.name_for_one_crop(model)
        found = evaluate(model, self.images)
        self.assertEqual([output.name for output in model.graph.output], ["face_embedding"])
        self.assertTrue((found["face_embedding"] == expected).all())

    def test_another_revision_of_one_network_leaves_its_file(self):
        path = Path(self.temporary.name) / "written.onnx"

        def write(revision, name="tiny"):
            metadata = {"name": name, "revision": revision}
            support.quietly(export.write, export.fp32_model(self.ops, 28, 24, metadata), path)
            return path.read_bytes()

        before = write("one")
        self.assertEqual(write("one-dirty"), before)
        self.assertNotEqual(write("one", name="other"), before)

    def test_interface(self):
        for model in (export.fp32_model(self.ops, 28, 24, {}), export.int8_model(self.ops, self.scales, 28, 24, {}),
                      export.int8_model(self.ops, self.head, 28, 24, {}, "uint8")):
            (crop,), (embedding,) = model.graph.input, model.graph.output
            self.assertEqual((crop.name, crop.type.tensor_type.elem_type), ("crop", onnx.TensorProto.UINT8))
            self.assertEqual([d.dim_param or d.dim_value for d in crop.type.tensor_type.shape.dim], ["N", 3, 28, 24])
            self.assertEqual((embedding.name, embedding.type.tensor_type.elem_type), ("embedding", onnx.TensorProto.FLOAT))
            self.assertEqual([d.dim_param or d.dim_value for d in embedding.type.tensor_type.shape.dim], ["N", 16])

    def test_int8_rules(self):
        """What onnxruntime needs to see to leave no float convolution (DESIGN.md, section 3)."""
        model = export.int8_model(self.ops, self.scales, 28, 24, {})
        constant = {i.name: numpy_helper.to_array(i) for i in model.graph.initializer}
        made_by = {n.output[0]: n for n in model.graph.node}
        readers = {}
        for n in model.graph.node:
            for name in n.input:
                readers.setdefault(name, []).append(n)

        def signed(node):
            """Whether what it puts out, or only flattens, can be negative."""
            name = made_by[made_by[node.input[0]].input[0]].input[0] if node.op_type == "Flatten" else node.output[0]
            return name.removesuffix(".sum").removesuffix(".moved") in self.signed

        kinds = [n.op_type for n in model.graph.node]
        self.assertEqual(kinds.count("Conv"), sum(op.kind == "conv" for op in self.ops))
        self.assertNotIn("Relu", kinds)
        for node in model.graph.node:
            if node.op_type in ("Conv", "Gemm"):
                x, weight, bias = (made_by[name] for name in node.input)
                self.assertEqual([n.op_type for n in (x, weight, bias)], ["DequantizeLinear"] * 3)
                q, by, zero = (constant[name] for name in weight.input)
                self.assertEqual((q.dtype, zero.any(), len(by)), ("int8", False, len(q)))
                self.assertGreaterEqual(q.min(), -127)
                b, b_by, _ = (constant[name] for name in bias.input)
                self.assertEqual(b.dtype, "int32")
                self.assertTrue((abs(b_by / (constant[x.input[1]] * by) - 1) < 1e-6).all())
            if node.op_type in ("Conv", "Concat", "MaxPool", "Flatten", "Add", "Resize"):
                (reader,) = readers[node.output[0]]
                self.assertEqual(reader.op_type, "QuantizeLinear")
                zero = constant[reader.input[2]]
                self.assertEqual(zero, 128 if signed(node) else 0)
                if node.op_type not in ("Conv", "Add", "Resize"):
                    inputs = {tuple(made_by[name].input[1:]) for name in node.input}
                    alike = {scale for scale, z in inputs if constant[z] == zero}
                    self.assertEqual(alike, {reader.input[1]}, "inputs and output share one scale")
                    self.assertTrue(all(constant[z] in (0, zero) for _, z in inputs))
            if node.op_type == "Gemm":
                self.assertEqual(readers[node.output[0]][0].op_type, "ReduceL2", "the embedding stays float")

    def test_fine_tuning_learns_through_the_rounding(self):
        recipe = arguments("", ["--data", "x", "--run", "y", "--teacher", "made", "--cosine", "1", "--augment", "0"])
        coarse = {g: s * 4 for g, s in self.scales.items()}

        def loss(ops, scales):
            index = torch.arange(len(self.crops))
            with torch.no_grad():
                e = F.normalize(graph.run(ops, self.crops.normalised(index), scales))
            return 1 - (e * self.crops.targets["made"]).sum(1).mean().item()

        ops, scales = quantize.fine_tune(self.ops, coarse, self.crops, recipe, steps=30, rate=3e-3, batch=16)
        self.assertLess(loss(ops, scales), self.learnt * loss(self.ops, coarse))
        self.assertNotEqual([float(s) for s in scales.values()], [float(s) for s in coarse.values()])
        self.assertEqual([op.name for op in ops], [op.name for op in self.ops])


@unittest.skipIf(onnx is None, "the onnx package is not installed")
class FilesWithTeachersHead(Files):
    network, learnt = "tapped", 0.85

    def test_window_is_cut_out_of_the_bytes(self):
        model = export.int8_model(self.ops, self.scales, 28, 24, {})
        self.assertEqual(model.graph.node[0].op_type, "Slice")
        values = evaluate(model, self.images)
        self.assertTrue(torch.equal(values[model.graph.node[0].output[0]], self.images[:, :, 3:23, 2:22]))

    def test_relu6_is_the_clipping_of_its_quantizer(self):
        six = [op for op in self.ops if op.activation == "relu6"][-1]
        self.assertLessEqual(255 * float(self.scales[six.name]), 6 + 1e-6)
        wide = [op._replace(weight=op.weight * 100) if op is six else op for op in self.ops]
        scales = quantize.calibrate(wide, self.crops, count=32)
        values = evaluate(export.int8_model(wide, scales, 28, 24, {}), self.images)
        self.assertAlmostEqual(values[six.name].max().item(), 255 * float(scales[six.name]), places=4)
        self.assertLessEqual(values[six.name].max().item(), 6 + 1e-6)


@unittest.skipIf(onnx is None, "the onnx package is not installed")
class ScaledFiles(Files):
    network, learnt = "scaled", 0.85

    def test_scaled_window_is_rounded_to_bytes_of_its_own_scale(self):
        model = export.int8_model(self.ops, self.scales, 28, 24, {})
        values = evaluate(model, self.images)
        resize = next(op for op in self.ops if op.kind == "resize")
        self.assertEqual(values[f"{resize.name}.q"].dtype, torch.uint8)
        exact = F.interpolate((self.images[:, :, 3:23, 2:22].double() - 128) / 128, size=(18, 18), mode="bilinear", align_corners=False)
        step = float(self.scales[resize.name])
        self.assertLess((values[resize.name] - exact.clamp(-128 * step, 127 * step)).abs().max().item(), 0.51 * step)

    def test_its_scale_is_never_that_of_the_crop(self):
        """Else onnxruntime takes the bytes themselves for what is scaled."""
        resize = next(op for op in self.ops if op.kind == "resize")
        model = export.int8_model(self.ops, {**self.scales, resize.name: torch.tensor(graph.INPUT_SCALE)}, 28, 24, {})
        constant = {i.name: numpy_helper.to_array(i) for i in model.graph.initializer}
        scale, crop = constant[f"{resize.name}.scale"], constant[f"{graph.INPUT}.scale"]
        self.assertNotEqual(scale, crop)
        self.assertAlmostEqual(float(scale / crop), 1, places=6)


@unittest.skipIf(onnx is None, "the onnx package is not installed")
class DynamicFiles(Network):
    network = "dynamic"

    def test_folded_graph_is_the_network(self):
        self.check_folded()
        still = [op._replace(kernels=op.kernels * 0) if op.kind == "dynamic" else op for op in self.ops]
        self.assertGreater((F.normalize(graph.run(still, (self.images.float() - 128) / 128)) - self.expected).abs().max().item(), 0.01)

    def test_fp32_file(self):
        self.check_file()

    def test_weights_alone_in_int8(self):
        """Of the kernels, too; what chooses among them is little and stays float."""
        kept = [op for op in self.ops if op.kind in ("dynamic", "fc") or op.name.endswith("widen")]
        self.check_small_file(export.fp32_model(self.ops, 28, 24, {}, "int8"),
                              [f"{op.name}.weight" for op in kept] + [f"{op.name}.kernels" for op in kept if op.kind == "dynamic"])

    def test_a_file_becomes_a_network_to_train_on_from(self):
        self.check_unfolds([(export.fp32_model(self.ops, 28, 24, {}), 0.99999), (export.fp32_model(self.ops, 28, 24, {}, "int8"), 0.999)])

    def test_its_file_is_not_that_of_the_same_network_without(self):
        path = Path(self.temporary.name) / "dynamic.onnx"
        onnx.save(export.fp32_model(self.ops, 28, 24, {}), path)
        with self.assertRaisesRegex(ValueError, "not this network"):
            import_onnx.import_onnx(NETWORKS["still"](), path, self.crops.images[:32])

    def test_int8_arithmetic_is_refused(self):
        with self.assertRaisesRegex(ValueError, "no int8 arithmetic of dynamic, mean"):
            quantize.calibrate(self.ops, self.crops, count=32)


@unittest.skipIf(onnx is None, "the onnx package is not installed")
class PaperFiles(Network):
    """Local response norm, L2 pooling and maxout, which FaceNet's own networks have."""

    network = "paper"

    def test_folded_graph_is_the_network(self):
        self.check_folded()

    def test_fp32_file(self):
        self.check_file()

    def test_average(self):
        torch.manual_seed(1)
        model = NETWORKS["averaged"]().eval()
        crops = torch.randint(0, 256, (3, 3, 28, 28), dtype=torch.uint8)
        file = export.fp32_model(graph.graph_of(model), 28, 28, {})
        with torch.no_grad():
            self.assertLess((evaluate(file, crops)["embedding"] - model(crops)).abs().max().item(), 1e-4)

    def test_int8_arithmetic_is_refused(self):
        with self.assertRaisesRegex(ValueError, "no int8 arithmetic"):
            quantize.calibrate(self.ops, self.crops, count=32)


if __name__ == "__main__":
    unittest.main()
