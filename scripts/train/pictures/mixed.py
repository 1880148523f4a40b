"""Batches of which a part shows nobody: faces made of two crops (views.made), which the teacher labels as they are made.

A student then never sees a picture twice, and learns the teacher as a function, not its answers by heart (arXiv:2106.05237).
"""
import torch

from pictures import views
from pictures.degrade import degrade

MAPS_WEIGHT, MAPS_UNTIL = 0.3, 0.3                   # of the teacher's maps, falling to 0 at this share of the budget
ALIKE = 8                                            # crops in each part of a batch that are degraded in ways of their own


def maps_weight(progress):
    """Weight of the teacher's maps in the loss at this progress (0..1)."""
    return max(0.0, MAPS_WEIGHT * (1 - progress / MAPS_UNTIL))


class MixedBatches:
    """Batches of `crops`, whose last `share` shows nobody."""

    def __init__(self, crops, teacher, share, strength, degraded, device):
        """`teacher`: MobileFaceNet, Ensemble or TeacherNetwork, with a `look`; `strength` of the augmentation; `degraded`: share of degraded pictures."""
        self.crops, self.share, self.strength, self.degraded = crops, share, strength, degraded
        self.teacher = teacher
        self.generator = torch.Generator(device)

    def split(self, count):
        """Rows of a batch before those that show nobody."""
        return count - round(count * self.share)

    def batch(self, index, target, generator, amp):
        """Crops `index` [B] with the teacher's embeddings `target` [B, D] -> pictures [B, 3, H, W], what they are to be
        embedded as [B, D], and the teacher's maps {tap: [M, C, h, w]} of the M last rows. Without `target` the teacher labels all of them.

        `generator`: of the CPU, seeded for this step; what is drawn on the device follows from it.
        """
        self.generator.manual_seed(torch.randint(2**62, (1,), generator=generator).item())
        n = self.split(len(index))
        images = self.crops.normalised(index)
        real = views.moved(images[:n], self.generator, self.strength)
        made = views.made(images[n:], images[n:].roll(1, 0), self.generator).clamp(-1, 127 / 128)
        maps, e = self.teacher.look(torch.cat([real, made]) if target is None else made, amp)
        parts = [degrade(views.recoloured(x, self.generator, self.strength), generator, self.degraded, max(1, round(len(x) * self.degraded / ALIKE)))
                 for x in (real, made)]
        return torch.cat(parts).contiguous(memory_format=torch.channels_last), e if target is None else torch.cat([target[:n], e]), maps
