"""Settings of the machine: threads and memory on a CPU, processes on several GPUs."""
import ctypes
import os
import re
from functools import lru_cache
from pathlib import Path

# Threads that spin at a barrier starve each other as soon as anything else wants a core (four times slower, measured);
# it has to be said before PyTorch is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch
import torch.distributed as dist
from torch.distributed.nn.functional import all_gather


def keep_freed_memory():
    """Let glibc keep what is freed: each step frees and takes gigabytes, and page faults cost a third of the speed."""
    try:
        mallopt = ctypes.CDLL("libc.so.6").mallopt
    except OSError:
        return
    m_trim_threshold, m_top_pad, m_mmap_max = -1, -2, -4
    mallopt(m_mmap_max, 0)
    mallopt(m_trim_threshold, 2**31 - 1)
    mallopt(m_top_pad, 256 << 20)


@lru_cache(maxsize=None)
def has_bfloat16(device):
    """True where a device (its type, "cpu" or "cuda") computes in bfloat16. Other processors emulate it, some fifty times slower, and add up in it, too."""
    if device != "cpu":
        return True
    try:
        return re.search(r"\b(avx512_bf16|amx_bf16|bf16)\b", Path("/proc/cpuinfo").read_text()) is not None
    except OSError:
        return False


class World:
    """This process among those that torchrun started; alone without it."""

    def __init__(self, device):
        self.size, self.rank = int(os.environ.get("WORLD_SIZE", 1)), int(os.environ.get("RANK", 0))
        self.device = torch.device(device)
        if self.size > 1:
            if self.device.type == "cuda":
                self.device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
                torch.cuda.set_device(self.device)
            dist.init_process_group("nccl" if self.device.type == "cuda" else "gloo")

    def wrap(self, model):
        """The model as it is to be called in training; `model` itself keeps the weights."""
        if self.size == 1:
            return model
        cuda = self.device.type == "cuda"
        return torch.nn.parallel.DistributedDataParallel(model, device_ids=[self.device.index] if cuda else None)

    def share(self, batch):
        """This process's rows of a batch that all processes have drawn alike."""
        return batch.chunk(self.size)[self.rank]

    def gather(self, e):
        """Embeddings of the whole batch, in its order; gradients flow back to the process that made them.

        Every process then computes the same loss, so gradients arrive `size` times over; DDP's mean undoes it.
        """
        return torch.cat(all_gather(e)) if self.size > 1 else e

    def average(self, parameters):
        """One gradient in all processes for what DDP does not hold: their mean."""
        if self.size > 1:
            for parameter in parameters:
                if parameter.grad is not None:
                    dist.all_reduce(parameter.grad)
                    parameter.grad /= self.size

    def agree(self, value):
        """The first process's number."""
        box = [value]
        dist.broadcast_object_list(box)
        return box[0]

    def close(self):
        if self.size > 1:
            dist.destroy_process_group()


def prepare(args):
    """Threads, memory and seeds of this process."""
    keep_freed_memory()
    if args.device == "cpu":
        torch.set_flush_denormal(True)
        torch.set_num_threads(max(1, args.threads // int(os.environ.get("LOCAL_WORLD_SIZE", 1))))
    else:
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
        torch.backends.cudnn.benchmark = not args.deterministic
    if args.deterministic:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(True, warn_only=True)
    if getattr(args, "amp", False) and not has_bfloat16(args.device.partition(":")[0]):
        print("--amp is left out: this processor has no bfloat16", flush=True)
        args.amp = False
    torch.manual_seed(args.seed)
