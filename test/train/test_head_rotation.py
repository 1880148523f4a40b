"""Crops as if the head were rotated: the shape, its rotation and inverse, and the alignment after it."""
import math
import unittest
from unittest import mock

import support   # noqa: F401  first: it finds scripts/train
import torch

from pictures import head_rotation
from pictures.head_rotation import Rotation, Similarity, depth, grid, rotated, template

CPU = torch.device("cpu")


def generator(seed=1):
    return torch.Generator().manual_seed(seed)


def rotations():
    """Yaws and pitches of all sizes, in degrees."""
    angles = torch.tensor([(yaw, pitch) for yaw in (-35, -15, 0, 25, 35) for pitch in (-15, 0, 10, 15)]).mul(math.pi / 180)
    return Rotation(angles[:, :1], angles[:, 1:], torch.ones(len(angles), 1))


def face():
    """Places from brows to chin, [1, P] each."""
    y, x = torch.meshgrid(torch.arange(-24.0, 36, 3), torch.arange(-24.0, 25, 2), indexing="ij")
    return x.flatten()[None], y.flatten()[None]


class HeadRotation(unittest.TestCase):
    def test_the_nose_is_nearest_and_the_rim_far(self):
        x, y = face()
        nearest = depth(x, y).argmax()
        self.assertLess((x[0, nearest]).abs(), 3)
        self.assertLess((y[0, nearest] - head_rotation.NOSE).abs(), 4)
        self.assertLess(depth(torch.tensor(52.0), torch.tensor(0.0)), 10)

    def test_a_rotation_is_undone(self):
        x, y = face()
        seen = rotations().of(x, y)
        back = rotations().of(*rotations().undone(*seen))
        away = ((seen[0] - back[0]) ** 2 + (seen[1] - back[1]) ** 2).sqrt()
        self.assertLess(away.mean(), 0.06)
        self.assertLess((away > 0.5).float().mean(), 0.03)                  # where the nose hides the cheek

    def test_what_is_to_the_left_stays_there(self):
        y, x = torch.meshgrid(torch.arange(-20.0, 36, 2), torch.arange(-24.0, 25), indexing="ij")
        column, _ = rotations().undone(x.flatten()[None], y.flatten()[None])
        step = column.view(-1, *x.shape).diff(dim=2)
        self.assertLess((step < 0).float().mean(), 0.01)

    def test_a_head_turned_to_its_left_shows_its_nose_there(self):
        for yaw in (-0.5, 0.5):
            x, _ = Rotation(torch.tensor([[yaw]]), torch.zeros(1, 1), torch.ones(1, 1)).of(*template(CPU))
            self.assertGreater((x[0, 2] - x[0, :2].mean()) * yaw, 0)
        for pitch in (-0.2, 0.2):
            _, y = Rotation(torch.zeros(1, 1), torch.tensor([[pitch]]), torch.ones(1, 1)).of(*template(CPU))
            eyes, nose, mouth = y[0, :2].mean(), y[0, 2], y[0, 3]
            self.assertGreater(((nose - eyes) / (mouth - eyes) - 0.495) * pitch, 0)

    def test_a_similarity_is_found_again(self):
        x, y = template(CPU)
        turn, scale = 0.3, 1.4
        u, v = scale * (math.cos(turn) * x - math.sin(turn) * y) + 5, scale * (math.sin(turn) * x + math.cos(turn) * y) - 2
        for wanted, found in zip((u, v), Similarity((x, y), (u, v)).of(x, y)):
            self.assertLess((wanted - found).abs().max(), 1e-4)

    def test_landmarks_of_the_new_crop_are_aligned(self):
        """Alignment is done once: from the landmarks in the new crop to the template none is left to do."""
        landmarks = template(CPU)
        seen = rotations().of(*landmarks)
        back = Similarity(landmarks, seen)
        size = back.cos ** 2 + back.sin ** 2
        x, y = seen[0] - back.target[0], seen[1] - back.target[1]
        placed = (back.cos * x + back.sin * y) / size + back.source[0], (back.cos * y - back.sin * x) / size + back.source[1]
        again = Similarity(placed, landmarks)
        self.assertLess((again.sin / again.cos).abs().max(), 1e-4)
        for shift in (again.target[0] - again.source[0], again.target[1] - again.source[1]):
            self.assertLess(shift.abs().max(), 1e-3)
        self.assertLess((seen[0] - back.of(*landmarks)[0]).pow(2).mean().sqrt(), 12)

    def test_no_rotation_changes_nothing(self):
        x = torch.rand(4, 3, 140, 116, generator=generator()) * 2 - 1
        with mock.patch.multiple(head_rotation, YAW=0.0, PITCH=0.0):
            self.assertLess((rotated(x, generator()) - x).abs().max(), 1e-3)

    def test_a_window_is_rotated_as_the_whole_crop_is(self):
        places = grid(rotations(), 140, 116, CPU), grid(rotations(), 128, 116, CPU, top=8)
        whole = torch.stack([(places[0][..., 0] + 1) * 116 / 2 - 0.5, (places[0][..., 1] + 1) * 140 / 2 - 0.5], 3)
        window = torch.stack([(places[1][..., 0] + 1) * 116 / 2 - 0.5, (places[1][..., 1] + 1) * 128 / 2 - 0.5 + 8], 3)
        self.assertLess((whole[:, 8:136] - window).abs().max(), 1e-2)

    def test_the_far_side_shrinks(self):
        column = torch.linspace(-1, 1, 116).expand(1, 3, 140, 116).contiguous()             # pixels say where they come from
        for yaw, wider in ((0.5, 0), (-0.5, 1)):
            places = grid(Rotation(torch.tensor([[yaw]]), torch.zeros(1, 1), torch.ones(1, 1)), 140, 116, CPU)
            y = torch.nn.functional.grid_sample(column, places, align_corners=False)[0, 0, 90:110]
            sides = y[:, 50].sub(y[:, 35]).mean(), y[:, 80].sub(y[:, 65]).mean()             # source columns of one cheek, of the other
            self.assertGreater(sides[1 - wider], 1.3 * sides[wider])


if __name__ == "__main__":
    unittest.main()
