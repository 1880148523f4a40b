"""Losses on unit embeddings [B, D], and their weighted sum."""
from functools import partial

import torch
import torch.nn as nn
import torch.nn.functional as F

from mistake import Mistake


# Names of options (learning/options.py), each the weight of its term in `total`: on embeddings, and with the one on inner layers.
ON_EMBEDDINGS = ("cosine", "relational", "tail", "contrast", "centres", "softmax", "triplet")
ALL = (*ON_EMBEDDINGS, "feature_distill")


def products(a, b):
    """a @ b.T; on a CPU as a 1x1 convolution, since Debian's PyTorch has a fast convolution but no fast BLAS."""
    if a.device.type == "cpu":
        return F.conv2d(a[:, :, None, None], b[:, :, None, None]).flatten(1)
    return a @ b.t()


def cosine(e, t):
    """Mean of 1 - cosine to the teacher's embedding."""
    return 1 - (e * t).sum(1).mean()


def relational(e, t):
    """Mean squared difference of the two similarity matrices, off the diagonal (Relational Knowledge Distillation)."""
    b = len(e)
    return (products(e, e) - products(t, t)).pow(2).sum() / (b * (b - 1))


def tail(e, t, from_=0.2):
    """Mean squared difference of similarities, weighed by how far the greater of the two is above `from_`: strangers that look most
    alike decide the threshold of a low false-accept rate, and are too few to count in `losses.relational`."""
    mine, theirs = products(e, e), products(t, t)
    weight = (torch.maximum(mine.detach(), theirs) - from_).clamp_min(0).pow(2).fill_diagonal_(0)
    return (weight * (mine - theirs).pow(2)).sum() / weight.sum().clamp_min(1e-6)


def contrast(e, t, scale=32.0):
    """Each student embedding must find its own teacher embedding among the batch's (InfoNCE)."""
    return F.cross_entropy(scale * products(e, t), torch.arange(len(e), device=e.device))


def feature_distill(mine, theirs):
    """Mean squared difference of two maps, over the mean square of the teacher's (FitNets, arXiv:1412.6550)."""
    return F.mse_loss(mine, theirs) / theirs.pow(2).mean()


def margin_softmax(e, weight, label, scale=32.0, margin=0.2, classes=0, generator=None):
    """Additive cosine margin (CosFace, arXiv:1801.09414) on rows with a label; `weight` [P, D] need not be unit.

    With `classes`, among the batch's own classes and about that many drawn at random, not among all.
    """
    known = label >= 0
    if not known.any():
        return e.sum() * 0
    e, label = e[known], label[known]
    if 0 < classes < len(weight):
        drawn = torch.randint(len(weight), (classes,), generator=generator).to(label.device)
        chosen = torch.unique(torch.cat([label, drawn]))                 # sorted
        weight, label = weight[chosen], torch.searchsorted(chosen, label)
    logits = products(e, F.normalize(weight))
    logits = logits - margin * F.one_hot(label, len(weight)).to(logits.dtype)
    return F.cross_entropy(scale * logits, label)


def select_triplets(d, label, negatives="semi-hard", positives="all", chunk=4096):
    """Triplets (anchor, positive, negative) [T] each, from the batch's squared distances `d` [B, B] (section 3.2).

    Positives of an anchor: all crops of its person, or the farthest. Negatives, for each pair: the nearest that is
    still farther than the positive ("semi-hard"), the nearest ("hard"), or "all". A pair without one is left out. A
    crop without a label (-1) may show anyone: it is nobody's positive, but may be a negative, as the paper's random
    negatives are.
    """
    same = (label[:, None] == label[None]) & (label >= 0)[:, None]
    pair = same & ~torch.eye(len(d), dtype=torch.bool, device=d.device)
    if positives == "hard":
        farthest = d.masked_fill(~pair, -1).argmax(1)
        a = pair.any(1).nonzero().flatten()
        p = farthest[a]
    else:
        a, p = pair.nonzero().t()
    found = [torch.empty(3, 0, dtype=torch.long, device=d.device)]
    for a, p in zip(a.split(chunk), p.split(chunk)):                     # [chunk, B] at a time, not [pairs, B]
        allowed = ~same[a]
        if negatives == "all":
            i, n = allowed.nonzero().t()
            found.append(torch.stack([a[i], p[i], n]))
            continue
        if negatives == "semi-hard":
            allowed &= d[a] > d[a, p][:, None]
        nearest, n = d[a].masked_fill(~allowed, float("inf")).min(1)
        ok = torch.isfinite(nearest)
        found.append(torch.stack([a[ok], p[ok], n[ok]]))
    return torch.cat(found, 1)


def triplet(e, label, margin=0.2, negatives="semi-hard", positives="all"):
    """FaceNet's loss [|a - p|^2 - |a - n|^2 + margin]+, its mean over the selected triplets above 0, so that its gradient does not fade as
    they become fewer, and the share of these."""
    d = (2 - 2 * products(e, e)).clamp_min(0)                            # squared L2 of unit vectors [B, B]
    with torch.no_grad():
        a, p, n = select_triplets(d.detach(), label, negatives, positives)
    if not len(a):
        return e.sum() * 0, e.new_zeros(())
    loss = (d[a, p] - d[a, n] + margin).clamp_min(0)
    active = (loss.detach() > 0).float()
    return loss.sum() / active.sum().clamp_min(1), active.mean()


class Heads(nn.Module):
    """Parts that training needs beside the network, and that export drops: a linear map for each further teacher and for each tap
    that is not as wide as the teacher's layer, class centres."""

    def __init__(self, args, crops, dim, widths=None):
        """`dim`: of the embedding; `widths` {tap: channels} of the student's maps."""
        super().__init__()
        self.maps = nn.ModuleDict()
        if args.feature_distill:
            for tap, (rows, _) in crops.maps[0].items():
                if tap not in widths:
                    raise Mistake(f"this network has no tap {tap}, where the teacher's maps would be learnt")
                mine, theirs = widths[tap], rows.shape[-1]
                self.maps[tap] = nn.Identity() if mine == theirs else nn.Conv2d(mine, theirs, 1)
        self.teachers = nn.ModuleDict({name: nn.Linear(dim, crops.targets[name].shape[1]) for name in args.teacher[1:]})
        if args.softmax:
            start = crops.centres(args.teacher[0]) if args.teacher else torch.randn(len(crops.persons), dim)
            self.weight = nn.Parameter(F.normalize(start))
        if args.centres:
            self.register_buffer("centres", crops.centres(args.teacher[0]), persistent=False)


def total(args, heads, e, label, targets, generator=None, maps=None, maps_weight=None):
    """The sum of the switched-on terms, and each of them by name. `maps`: {tap: (student's, teacher's)}.

    `maps_weight`: of each of them, where they are as wide as the teacher's and need no head.
    """
    terms, active = {}, None
    for i, (name, t) in enumerate(targets.items()):
        mine = F.normalize(heads.teachers[name](e)) if i else e
        suffix = f":{name}" if i else ""
        for kind, loss in (("cosine", cosine), ("relational", relational), ("tail", tail), ("contrast", contrast)):
            if getattr(args, kind):
                terms[kind + suffix] = getattr(args, kind), loss(mine, t)
    softmax = partial(margin_softmax, e, label=label, margin=args.softmax_margin, classes=args.classes, generator=generator)
    if args.centres:
        terms["centres"] = args.centres, softmax(heads.centres)
    if args.softmax:
        terms["softmax"] = args.softmax, softmax(heads.weight)
    if args.triplet:
        loss, active = triplet(e, label, args.margin, args.negatives, args.positives)
        terms["triplet"] = args.triplet, loss
    for tap, (mine, theirs) in (maps or {}).items():
        if maps_weight is not None:
            terms[f"map:{tap}"] = maps_weight, feature_distill(mine, theirs)
        else:
            terms[f"feature_distill:{tap}"] = args.feature_distill, feature_distill(heads.maps[tap](mine), theirs)
    values = {name: loss.detach() for name, (_, loss) in terms.items()}
    if active is not None:
        values["active"] = active
    return sum(weight * loss for weight, loss in terms.values()), values
