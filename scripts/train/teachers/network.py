"""A trained network of ours as the teacher of a smaller one: it labels pictures as they are made, and its maps at the taps are learnt too."""
import torch

from learning import checkpoint
from mistake import Mistake
from networks import NETWORKS
from networks.load_checkpoint import load_checkpoint


class TeacherNetwork:
    def __init__(self, path, device):
        """`path`: a checkpoint of train.py or resident.py."""
        state = checkpoint.read(path, device)
        net = state["args"].get("net")
        if net not in NETWORKS:
            raise Mistake(f"{path} was made with --net {net}, which is none of today's")
        self.model = NETWORKS[net]().to(device, memory_format=torch.channels_last)
        with checkpoint.fitting(path, f"it was made with another {net}"):
            load_checkpoint(self.model, state["model"])
        self.model.requires_grad_(False).eval()
        self.dim, self.size = self.model.dim, (self.model.height, self.model.width)

    @torch.no_grad()
    def look(self, crops, amp=False):
        """Crops [N, 3, H, W] -> their maps {tap: [N, C, h, w]} and unit embeddings [N, D]."""
        with torch.autocast(crops.device.type, torch.bfloat16, enabled=amp):
            e, maps = self.model(crops.contiguous(memory_format=torch.channels_last), taps=True)
        return maps, e
