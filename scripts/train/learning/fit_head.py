"""A last layer fitted to targets by least squares, so that training begins where what the layers before it know already leads."""
import torch

from mistake import Mistake

RIDGE = 1e-3                                        # of the mean variance of the features


@torch.no_grad()
def features(model, crops, rows, batch=100, amp=False):
    """Features of crops `rows` [N] by the trunk, double [N, C]. Raises Mistake where they are a map of more than one place."""
    model.eval()
    with torch.autocast(crops.images.device.type, torch.bfloat16, enabled=amp):
        parts = []
        for part in rows.split(batch):
            x = crops.normalised(part)
            for layer in model.trunk:
                x = layer(x)
            if x.shape[2:] != (1, 1):
                raise Mistake(f"a trunk that leaves {x.shape[2]}x{x.shape[3]} places has no such head")
            parts.append(x.flatten(1).double())
    return torch.cat(parts)


@torch.no_grad()
def fit_head(model, crops, targets, seed=0, count=8192, amp=False):
    """Weight and bias of the last layer of a FaceNet from `count` random crops and their unit `targets` [N, D] (ridge regression,
    Hoerl and Kennard 1970)."""
    rows = torch.randperm(len(crops), generator=torch.Generator().manual_seed(seed))[:count].to(crops.images.device)
    x, y = features(model, crops, rows, amp=amp), targets[rows].double()
    mean, middle = x.mean(0), y.mean(0)
    x, y = x - mean, y - middle
    products = x.t() @ x
    products += RIDGE * products.diagonal().mean() * torch.eye(len(products), dtype=x.dtype, device=x.device)
    weight = torch.linalg.solve(products, x.t() @ y).t()
    model.fc.weight.copy_(weight.view_as(model.fc.weight))
    model.fc.bias.copy_(middle - weight @ mean)
