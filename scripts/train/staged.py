"""Teaching stage by stage: each part of the student between two taps learns from the teacher's own maps to the teacher's next.

The teacher looks at the very picture that the student sees; its maps are fed to the student at the taps (teacher forcing),
so that all stages learn in one step, each as if those before it were perfect already. From 40 % on a stage gets its
predecessor's own output in a third of the steps, so that it meets what it will be given. EXPERIMENTS.md has what it brings.
"""
import torch
import torch.nn.functional as F

from teacher import DEVIATION, MEAN, MobileFaceNet

MIXED_FROM = 0.4                                    # share of the staged part
EARLY = 8                                           # layers of the teacher up to its map of 28x28
WINDOW = slice(10, 122), slice(2, 114)              # rows and columns of our crop that students see, Crop(10, 2, 112, 112); the teacher sees more by itself (teacher.py)


class StageTeacher:
    """The teacher's maps at the taps `early` (28x28x64), `middle` (14x14x128) and `last` (7x7x128), and its embedding."""

    def __init__(self, path, device):
        self.net = MobileFaceNet(path).to(device)
        self.mean, self.deviation = (torch.tensor(v, device=device).view(1, 3, 1, 1) for v in (MEAN, DEVIATION))

    @torch.no_grad()
    def __call__(self, x):
        """`x`: what the student's trunk sees, [N, 3, 112, 112], (pixel - 128) / 128 -> ({tap: map}, unit [N, 128])."""
        x = ((x * 128 + 128 - self.mean) / self.deviation).contiguous(memory_format=torch.channels_last)
        early = self.net.middle[:EARLY](x)
        middle = self.net.middle[EARLY:](early)
        last = self.net.last(middle)
        e = self.net.fc(self.net.place(F.relu6(self.net.widen(last))))
        return {"early": early, "middle": middle, "last": last}, F.normalize(e.flatten(1).float())

    def look(self, crops, amp=False):
        """Whole crops [N, 3, 140, 116] -> maps of each, and the mean of its embeddings of them and of their mirror images, unit [N, 128]."""
        x = crops[:, :, WINDOW[0], WINDOW[1]].contiguous(memory_format=torch.channels_last)
        with torch.autocast(x.device.type, torch.bfloat16, enabled=amp):
            maps, e = self(torch.cat([x, x.flip(3)]))
        return {tap: m[:len(x)] for tap, m in maps.items()}, F.normalize(e[:len(x)] + e[len(x):])


def feeds(maps, taps, step, progress):
    """The teacher's `maps` that the student goes on from at its `taps`, at this `progress` (0..1) of the staged part.

    The head, behind the last tap, always gets the student's own map: its layers are the teacher's, and know nothing to learn.
    """
    fed = taps[:-1]
    if progress > MIXED_FROM and fed:
        mixed = step % 3
        return {tap: None if i == mixed else maps[tap].float() for i, tap in enumerate(fed)}
    return {tap: maps[tap].float() for tap in fed}
