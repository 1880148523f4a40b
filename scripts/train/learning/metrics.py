"""VAL and FAR over all pairs, as FaceNet defines them (section 4)."""
import torch

from mistake import Mistake


def require_pairs(label, source):
    """Raises Mistake where the labels [N] of `source` (-1: unknown) make no pair of one person, or none of two people."""
    counts = label[label >= 0].bincount()
    if len(counts[counts > 0]) < 2 or counts.max() < 2:
        raise Mistake(f"{source}: nothing can be validated on it, since that takes crops of two known people, and two crops of one of them")


def verification(e, label, fars=(1e-2, 1e-3, 1e-4)):
    """VAL at each FAR and the area under the ROC curve, over all pairs of labelled embeddings [N, D]."""
    e, label = e[label >= 0].double(), label[label >= 0]
    i, j = torch.triu_indices(len(e), len(e), 1)
    similarity = (e @ e.t())[i, j]
    same = label[i] == label[j]
    genuine, impostor = similarity[same], similarity[~same].sort().values
    result = {}
    for far in fars:
        # FAR(d) <= far: at most floor(far * |P_diff|) impostor pairs at or above the threshold
        k = int(far * len(impostor))
        result[f"val@{far:g}"] = (genuine > impostor[len(impostor) - 1 - k]).double().mean().item()
    result["auc"] = (torch.searchsorted(impostor, genuine).double().mean() / len(impostor)).item()
    return result
