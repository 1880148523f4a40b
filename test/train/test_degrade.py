"""Degradations: each does what it says, and leaves what it must."""
import io
import unittest

import support  # noqa: F401
import torch
import torch.nn.functional as F

from pictures import degrade as d
from pictures.degrade import degrade

try:
    from PIL import Image
except ImportError:
    Image = None


def faces(n=8, seed=0):
    """Smooth pictures of whole pixel values."""
    coarse = torch.rand(n, 3, 9, 8, generator=torch.Generator().manual_seed(seed)) * 255
    x = F.interpolate(coarse, size=(140, 116), mode="bicubic", align_corners=False).clamp(0, 255).round()
    return (x - 128) / 128


class Degrade(unittest.TestCase):
    def test_a_share_of_the_batch_and_what_a_crop_can_hold(self):
        x = faces() * 1.5
        y = degrade(x, torch.Generator().manual_seed(1), 0.5)
        self.assertTrue(torch.equal(y[:4], x[:4].clamp(-1, 127 / 128)))
        self.assertTrue(all(not torch.allclose(a, b, atol=0.01) for a, b in zip(y[4:], x[4:].clamp(-1, 127 / 128))))
        self.assertGreaterEqual(y.min().item(), -1)
        self.assertLessEqual(y.max().item(), 127 / 128)
        again = degrade(x, torch.Generator().manual_seed(1), 0.5)
        self.assertTrue(torch.equal(y, again))
        self.assertTrue(torch.equal(degrade(x, torch.Generator(), 0), x.clamp(-1, 127 / 128)))

    def test_every_kind_is_drawn_and_finite(self):
        kinds = set()
        for name in ("jpeg", "blur", "low_resolution", "dark", "cover"):
            real = getattr(d, name)
            setattr(d, name, lambda *a, real=real, name=name: kinds.add(name) or real(*a))
            self.addCleanup(setattr, d, name, real)
        y = degrade(faces(40), torch.Generator().manual_seed(0), 1.0)
        self.assertTrue(torch.isfinite(y).all())
        self.assertEqual(kinds, {"jpeg", "blur", "low_resolution", "dark", "cover"})

    @unittest.skipIf(Image is None, "Pillow is not installed")
    def test_jpeg_is_that_of_an_encoder(self):
        x = faces(2)
        for quality in (15, 60, 90):
            for crop in x:
                pixels = (crop * 128 + 128).round().to(torch.uint8).permute(1, 2, 0).numpy()
                file = io.BytesIO()
                Image.fromarray(pixels).save(file, "JPEG", quality=quality, subsampling=0)
                expected = torch.frombuffer(bytearray(Image.open(file).convert("RGB").tobytes()), dtype=torch.uint8).view(140, 116, 3)
                found = d.jpeg(crop[None], quality)[0].permute(1, 2, 0) * 128 + 128
                self.assertLess((found.clamp(0, 255) - expected.float()).abs().mean().item(), 1)

    def test_blur_keeps_what_is_flat_and_evens_out_the_rest(self):
        flat = torch.full((1, 3, 20, 20), 0.3)
        self.assertTrue(torch.allclose(d.blur(flat, 2.0), flat, atol=1e-6))
        point = torch.zeros(1, 1, 31, 31)
        point[..., 15, 15] = 1
        y = d.blur(point, 2.0)[0, 0]
        away = (torch.arange(31.0) - 15) ** 2
        self.assertAlmostEqual((y.sum(0) * away).sum().item(), 4, delta=0.4)          # its variance
        self.assertLess(d.low_resolution(torch.rand(1, 3, 40, 40), 4.0).std().item(), 0.15)

    def test_dark_and_covered(self):
        x = faces(1)
        y = d.dark(x, 0.2, 1.0, 0.0, torch.Generator())
        self.assertTrue(torch.allclose(y + 1, 0.2 * (x + 1), atol=1e-5))
        z = d.cover(x, 0.5, 1, 0.25, 0.75, torch.tensor([0.1, 0.2, 0.3]))
        self.assertTrue(torch.equal(z[:, :, :70], x[:, :, :70]))
        self.assertTrue(torch.equal(z[0, :, 100, 60], torch.tensor([0.1, 0.2, 0.3])))
        self.assertTrue(torch.equal(z[:, :, 70:, :29], x[:, :, 70:, :29]))


if __name__ == "__main__":
    unittest.main()
