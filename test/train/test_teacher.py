"""The MobileFaceNet teacher: what a student takes over of it, and its maps on disk. Here it has a few channels only."""
import tempfile
import unittest
from pathlib import Path

import support
import numpy as np
import torch
import torch.nn.functional as F

try:
    import onnx
    from onnx import helper, numpy_helper
    import convert_teacher
    import export
    import teacher_features
    from teachers import mobilefacenet as teacher
except ImportError:
    onnx = None

from networks.facenet import FaceNet
from networks.layers import ConvAct, ConvNormAct, Crop, GlobalDepthwise, InvertedResidual, Tap
from networks import NETWORKS
from pictures.packs import Crops, read_maps

HIDDEN = 6


WINDOW = 10, 2, 112, 112


def small():
    """MobileFaceNet's layers with few channels."""
    def bottleneck(in_chs, out_chs, stride=1):
        return InvertedResidual(in_chs, HIDDEN, out_chs, stride, layer=ConvAct)

    return FaceNet(
        (140, 116), Crop(*WINDOW), ConvAct(3, 4, 3, stride=2), ConvAct(4, 4, 3, depthwise=True, act="relu"), ConvAct(4, 4, 1, act="relu"),
        bottleneck(4, 4, 2), *[bottleneck(4, 4) for _ in range(4)],
        bottleneck(4, 5, 2), *[bottleneck(5, 5) for _ in range(6)], Tap("middle"),
        bottleneck(5, 5, 2), *[bottleneck(5, 5) for _ in range(2)], Tap("last"), GlobalDepthwise(5, 8, 7), out=(8, 1, 1), dim=7)


def write_teacher(path):
    """Its file, as foamliu's: the folded convolutions in order."""
    rng = np.random.default_rng(2)
    tensors = []

    def conv(out, within, kernel):
        for value in (rng.standard_normal((out, within, kernel, kernel)) * 1.5 / (within * kernel * kernel) ** 0.5, 0.3 * rng.standard_normal(out)):
            tensors.append(numpy_helper.from_array(value.astype(np.float32), f"onnx::Conv_{len(tensors)}"))

    def block(cin, out):
        conv(HIDDEN, cin, 1), conv(HIDDEN, 1, 3), conv(out, HIDDEN, 1)

    conv(4, 3, 3), conv(4, 1, 3), conv(4, 4, 1)
    for cin, out in [(4, 4)] * 5 + [(4, 5)] + [(5, 5)] * 6 + [(5, 5)] * 3:
        block(cin, out)
    conv(8, 5, 1), conv(8, 1, 7), conv(7, 8, 1)
    onnx.save(helper.make_model(helper.make_graph([], "teacher", [], [], tensors)), path)
    return str(path)


@unittest.skipIf(onnx is None, "the onnx package is not installed")
class TakingOver(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)
        rng = np.random.default_rng(0)
        coarse = rng.integers(0, 256, (5, 10, 10, 3)).astype(np.float32)
        x = F.interpolate(torch.from_numpy(coarse).permute(0, 3, 1, 2), size=(140, 116), mode="bicubic").clamp(0, 255)
        self.images = x.to(torch.uint8).permute(0, 2, 3, 1).contiguous()

    def grey(self):
        """Beyond the border the teacher sees its mean colour, and ours grey: here both are the same."""
        mean, teacher.MEAN = teacher.MEAN, (128, 128, 128)
        self.addCleanup(setattr, teacher, "MEAN", mean)

    def apart(self, model, path):
        """The largest difference of embeddings: model's, and the teacher's of the very window that the model sees."""
        of = teacher.MobileFaceNet(path)
        crops = self.images.permute(0, 3, 1, 2)
        top, left, height, width = WINDOW
        window = crops[:, :, top:top + height, left:left + width].float()
        mean, deviation = torch.tensor(teacher.MEAN).view(1, 3, 1, 1), torch.tensor(teacher.DEVIATION).view(1, 3, 1, 1)
        e = of.fc(of.place(F.relu6(of.widen(of.last(of.middle((window - mean) / deviation))))))
        return (model.eval()(crops) - F.normalize(e.flatten(1))).abs().max().item()

    def test_its_pixels_are_ours(self):
        path = write_teacher(self.folder / "teacher.onnx")
        model = small()
        teacher.take_over(model, path)
        crops = self.images.permute(0, 3, 1, 2).float()
        x = (crops - torch.tensor(teacher.MEAN).view(1, 3, 1, 1)) / torch.tensor(teacher.DEVIATION).view(1, 3, 1, 1)
        mine, theirs = model.trunk[1]((crops - 128) / 128), teacher.MobileFaceNet(path).middle[0](x)
        self.assertLess((mine - theirs)[:, :, 1:-1, 1:-1].abs().max().item(), 1e-4)

    def test_all_layers(self):
        self.grey()
        path = write_teacher(self.folder / "teacher.onnx")
        model = small()
        before = self.apart(model, path)
        taken = teacher.take_over(model, path)
        self.assertEqual({id(p) for p in taken}, {id(p) for p in model.parameters()})
        self.assertLess(self.apart(model, path), 1e-4)
        self.assertGreater(before, 0.2)

    def test_as_a_run_that_can_be_exported(self):
        path, real = write_teacher(self.folder / "teacher.onnx"), NETWORKS["mobilefacenet"]
        NETWORKS["mobilefacenet"] = small
        self.addCleanup(NETWORKS.__setitem__, "mobilefacenet", real)
        convert_teacher.main([path, "--out", str(self.folder / "run" / "model.pt")])
        model, state = export.load(self.folder / "run" / "model.pt")
        other = small()
        teacher.take_over(other, path)
        crops = self.images.permute(0, 3, 1, 2)
        self.assertTrue(torch.equal(model(crops), other.eval()(crops)))
        self.assertEqual(export.recipe_of(state["args"], state["step"]), "convert: from the layers of teacher.onnx, no training")

    def test_what_the_network_sees_is_what_the_teacher_sees(self):
        self.grey()
        path, model = write_teacher(self.folder / "teacher.onnx"), small()
        model.trunk[0] = NETWORKS["mobilefacenet"]().trunk[0]
        teacher.take_over(model, path)
        crops = self.images.permute(0, 3, 1, 2)
        self.assertLess((model.eval()(crops) - teacher.MobileFaceNet(path)(crops)[1]).abs().max().item(), 1e-4)

    def test_the_last_layers(self):
        path = write_teacher(self.folder / "teacher.onnx")
        model = FaceNet((140, 116), Crop(*WINDOW), ConvNormAct(3, 6, 5, stride=16), torch.nn.Conv2d(6, 5, 1), Tap("last"), GlobalDepthwise(5, 8, 7), out=(8, 1, 1), dim=7)
        taken = teacher.take_over(model, path)
        self.assertEqual(len(taken), 6)
        of, x = teacher.MobileFaceNet(path), torch.rand(2, 5, 7, 7)
        self.assertTrue(torch.allclose(model.fc(model.trunk[-1](x)), of.fc(of.place(F.relu6(of.widen(x)))), atol=1e-6))

    def test_another_file(self):
        onnx.save(helper.make_model(helper.make_graph([], "other", [], [], [])), self.folder / "other.onnx")
        with self.assertRaisesRegex(ValueError, "not the MobileFaceNet"):
            teacher.MobileFaceNet(self.folder / "other.onnx")


@unittest.skipIf(onnx is None, "the onnx package is not installed")
class Maps(unittest.TestCase):
    def test_written_in_one_go_or_in_two(self):
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            path = write_teacher(folder / "teacher.onnx")
            of = teacher.MobileFaceNet(path)
            crops = np.random.default_rng(1).integers(0, 256, (5, 140, 116, 3), dtype=np.uint8)
            taps, chunk = teacher.TAPS, teacher_features.CHUNK
            teacher_features.CHUNK = 2
            try:
                for name in ("whole", "broken"):
                    (folder / name).mkdir()
                teacher_features.write(of, crops, folder / "whole", True, False)
                real, calls = teacher_features.look, []

                def interrupted(*args):
                    calls.append(0)
                    if len(calls) == 4:                             # the first look is for the shapes
                        raise KeyboardInterrupt
                    return real(*args)

                teacher_features.look = interrupted
                with self.assertRaises(KeyboardInterrupt):
                    teacher_features.write(of, crops, folder / "broken", True, False)
                self.assertFalse((folder / "broken" / "teacher-mobilefacenet.f32").exists())
                teacher_features.look = real
                teacher_features.write(of, crops, folder / "broken", True, False)
            finally:
                teacher_features.CHUNK, teacher_features.look = chunk, real
            for name in ("teacher-mobilefacenet.f32", "maps.json", *(f"maps-{tap}.i8" for tap in taps)):
                self.assertEqual((folder / "whole" / name).read_bytes(), (folder / "broken" / name).read_bytes(), name)
            # The embeddings alone do not make a pack whole: it may have had them from before.
            (folder / "broken" / "maps.json").unlink()
            teacher_features.write(of, crops, folder / "broken", True, False)
            self.assertTrue((folder / "broken" / "maps.json").exists())
            rows, scale = read_maps(folder / "whole")["last"]
            x = torch.from_numpy(crops[3:4]).permute(0, 3, 1, 2)
            for side, crop in enumerate((x, x.flip(3))):
                expected = of(crop)[0]["last"][0].permute(1, 2, 0).clamp(-127 * scale, 127 * scale)
                self.assertLess((torch.from_numpy(rows[3, side].astype(np.float32)) * scale - expected).abs().max().item(), 0.51 * scale)
            e = np.fromfile(folder / "whole" / "teacher-mobilefacenet.f32", np.float32).reshape(5, -1)
            both = F.normalize(of(x)[1] + of(x.flip(3))[1])[0]
            self.assertLess(np.abs(e[3] - both.numpy()).max(), 1e-5)


class OnDisk(unittest.TestCase):
    def test_rows_of_several_packs_and_their_mirror_images(self):
        with tempfile.TemporaryDirectory() as temporary:
            folders = [support.write_pack(Path(temporary) / name, persons=3, each=2, unlabelled=1, seed=i) for i, name in enumerate("ab")]
            crops = Crops(folders, ["made"], exclude={"p1"}, maps=True)
            raw = [np.fromfile(f / "maps-last.i8", np.int8).reshape(7, 2, *support.TAPS["last"]) for f in folders]
            index, mirrored = torch.tensor([7, 0, 2, 9, 4]), torch.tensor([True, False, True, False, False])
            found = crops.teacher_maps(index, mirrored)
            kept = [0, 1, 4, 5, 6]                                  # of each pack, without p1
            for i, (at, side) in enumerate(zip(index.tolist(), mirrored.tolist())):
                expected = raw[at // 5][kept[at % 5], int(side)].astype(np.float32) * 0.02
                self.assertTrue(np.allclose(found["last"][i].permute(1, 2, 0).numpy(), expected))
            self.assertEqual(found["middle"].shape, (5, 5, 10, 10))
            held = Crops(folders, ["made"], exclude={"p1"}, maps=True, resident=True).teacher_maps(index, mirrored)
            for tap, rows in found.items():
                self.assertTrue(torch.equal(held[tap], rows), tap)


if __name__ == "__main__":
    unittest.main()
