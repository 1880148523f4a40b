"""Optimizers, the schedule of their rate, and the averaged weights."""
import copy
import math

import torch
import torch.nn.functional as F

from mistake import Mistake


FALLING = 0.45                                                # share of a trapezoid


def learning_rate(args, progress, steps=10**9):
    """The share of --lr at this progress (0..1), `steps` after the session began."""
    if args.cooldown:
        return 1 - progress
    if args.warmup_steps and args.schedule in ("constant", "trapezoid"):
        return min(1, (steps + 1) / args.warmup_steps) * (min(1, (1 - progress) / FALLING) if args.schedule == "trapezoid" else 1)
    if progress < args.warmup:
        return max(progress / args.warmup, 0.01)
    rest = min((progress - args.warmup) / (1 - args.warmup), 1)
    return {"cosine": 0.5 + 0.5 * math.cos(math.pi * rest), "linear": 1 - rest, "constant": 1.0,
            "trapezoid": min(1, (1 - progress) / FALLING)}[args.schedule]


def optimizer_for(args, modules, taken=()):
    """Weights of convolutions decay, norms and biases do not; each group's "share" of the rate is less for what is `taken`
    over from a teacher."""
    params, old = [p for m in modules for p in m.parameters()], {id(p) for p in taken}
    groups = [{"params": [p for p in params if (id(p) in old) == was and (p.ndim > 1) == decays],
               "weight_decay": args.weight_decay if decays else 0.0, "share": args.teacher_lr if was else 1.0}
              for was in (False, True) for decays in (True, False)]
    groups = [group for group in groups if group["params"]]
    if args.optimizer == "adamw":
        return torch.optim.AdamW(groups, args.lr, betas=(0.9, 0.99))
    if args.optimizer == "muon":
        split = [[{**group, "params": [p for p in group["params"] if is_matrix(p) == matrices]} for group in groups]
                 for matrices in (True, False)]
        matrices, others = ([group for group in part if group["params"]] for part in split)
        return ChainedOptimizer(Muon(matrices, args.lr), torch.optim.AdamW(others, args.lr, betas=(0.9, 0.99)))
    if args.optimizer == "sgd":
        return torch.optim.SGD(groups, args.lr, momentum=0.9, nesterov=True)
    # The first steps of AdaGrad, from a sum of 0, are as long as its rate, whatever the gradient: at 0.05 all embeddings fall
    # into one point. TensorFlow starts its sum of squares here.
    return torch.optim.Adagrad(groups, args.lr, initial_accumulator_value=0.1)


def is_matrix(p):
    """A dense convolution's weight: a matrix of outputs by inputs x height x width. A depthwise one is not."""
    return p.ndim == 4 and p.shape[1] > 1


def product(a, b):
    """a @ b; on a CPU as a 1x1 convolution, since Debian's PyTorch has a fast convolution but no fast BLAS."""
    if a.device.type == "cpu" and a.ndim == 2:
        return F.conv2d(b[None, :, :, None], a[:, :, None, None])[0, :, :, 0]
    return a @ b


# Coefficients of a polynomial that brings singular values near 1 in five steps (Jordan 2024).
QUINTIC = (3.4445, -4.7750, 2.0315)


def orthogonalize(g, steps=5):
    """A matrix near `g` [R, C], or one for each of a batch [N, R, C], with singular values near 1 (Muon's quintic Newton-Schulz
    iteration). In bfloat16 on a GPU; CPUs without bfloat16 add up in it too, and a network does not learn by such steps."""
    wide = g.shape[-2] <= g.shape[-1]
    x = (g if wide else g.transpose(-2, -1)).to(torch.bfloat16 if g.is_cuda else torch.float32)
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(steps):
        s = product(x, x.transpose(-2, -1))
        x = QUINTIC[0] * x + product(QUINTIC[1] * s + QUINTIC[2] * product(s, s), x)
    return (x if wide else x.transpose(-2, -1)).to(g.dtype)


# Root mean square of AdamW's steps at a rate of 1 (arXiv:2502.16982, 2.2); that of an orthogonal matrix is 1 / sqrt(its longer side).
ADAMW_RMS = 0.2


class Muon(torch.optim.Optimizer):
    """Momentum, made orthogonal, for the weights of dense convolutions (Jordan 2024, kellerjordan.github.io/posts/muon);
    its steps are as long as AdamW's, so that it takes AdamW's rate and decay (arXiv:2502.16982)."""

    def __init__(self, groups, lr, momentum=0.95):
        super().__init__(groups, {"lr": lr, "momentum": momentum, "weight_decay": 0.0})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            params = [p for p in group["params"] if p.grad is not None]
            if not params:
                continue
            for p in params:
                if not self.state[p]:
                    self.state[p]["mean"] = torch.zeros_like(p)
            grads, means = [p.grad for p in params], [self.state[p]["mean"] for p in params]
            torch._foreach_mul_(means, group["momentum"])
            torch._foreach_add_(means, grads, alpha=1 - group["momentum"])
            ahead = torch._foreach_mul(grads, 1 - group["momentum"])
            torch._foreach_add_(ahead, means, alpha=group["momentum"])
            torch._foreach_mul_(params, 1 - group["lr"] * group["weight_decay"])
            for p, step in zip(params, self.orthogonal(ahead)):
                p.sub_(step.reshape(p.shape) * (group["lr"] * ADAMW_RMS * max(step.shape) ** 0.5))     # the rate may be a tensor

    @staticmethod
    def orthogonal(updates):
        """Each of the updates as a matrix, orthogonalized; on a GPU all of one shape together."""
        matrices = [u.flatten(1) for u in updates]
        if not matrices[0].is_cuda:
            return [orthogonalize(m) for m in matrices]
        alike = {}
        for i, m in enumerate(matrices):
            alike.setdefault(m.shape, []).append(i)
        for places in alike.values():
            for i, step in zip(places, orthogonalize(torch.stack([matrices[i] for i in places]))):
                matrices[i] = step
        return matrices


class ChainedOptimizer:
    """Two optimizers, each with parameters of its own, as one."""

    def __init__(self, *optimizers):
        self.optimizers = optimizers

    @property
    def param_groups(self):
        return [group for optimizer in self.optimizers for group in optimizer.param_groups]

    def zero_grad(self, set_to_none=True):
        for optimizer in self.optimizers:
            optimizer.zero_grad(set_to_none=set_to_none)

    def step(self):
        for optimizer in self.optimizers:
            optimizer.step()

    def state_dict(self):
        return [optimizer.state_dict() for optimizer in self.optimizers]

    def load_state_dict(self, states):
        if len(states) != len(self.optimizers):
            raise Mistake("the checkpoint is of another --optimizer")
        for optimizer, state in zip(self.optimizers, states):
            optimizer.load_state_dict(state)


class Average:
    """Exponential moving average of all weights and norm statistics; short at first, so that it is never stale."""

    def __init__(self, model, decay):
        self.model, self.decay, self.updates = copy.deepcopy(model).eval().requires_grad_(False), decay, 0

    @torch.no_grad()
    def update(self, model):
        self.updates += 1
        decay = min(self.decay, self.updates / (self.updates + 10))
        pairs = list(zip(self.model.state_dict().values(), model.state_dict().values()))
        mine, theirs = zip(*[pair for pair in pairs if pair[0].dtype.is_floating_point])
        torch._foreach_mul_(mine, decay)                      # all tensors in a few kernels
        torch._foreach_add_(mine, theirs, alpha=1 - decay)
        for mine, theirs in pairs:
            if not mine.dtype.is_floating_point:
                mine.copy_(theirs)


@torch.no_grad()
def measure_norms(model, crops, count=4096, batch=128, amp=False, frozen=0):
    """The norms' statistics over `count` crops as they are, for the averaged weights (precise batch norm).
    Those of the first `frozen` layers stay."""
    norms = [m for layer in model.trunk[frozen:] for m in layer.modules() if isinstance(m, torch.nn.modules.batchnorm._BatchNorm)]
    if not norms:
        return model.eval()
    momenta = [m.momentum for m in norms]
    for m in norms:
        m.reset_running_stats()
        m.momentum = None                                     # a plain mean over all batches
    model.train()
    model.trunk[:frozen].eval()
    index = torch.randperm(len(crops), generator=torch.Generator().manual_seed(0))[:count].to(crops.images.device)
    for part in index.split(batch):
        if len(part) > 1:
            with torch.autocast(crops.images.device.type, torch.bfloat16, enabled=amp):
                model(crops.images[part].permute(0, 3, 1, 2))
    for m, momentum in zip(norms, momenta):
        m.momentum = momentum
    model.eval()
