"""Start a network from the trained one of a like shape, or from a checkpoint of before the layers had their names."""
from mistake import Mistake
from networks.facenet import FaceNet
from networks.layers import CondConv1x1, ConvNormAct, InvertedResidual


def load_checkpoint(model: FaceNet, state):
    """Load the `state` of the same network, or of one without conditional kernels, and then with more hidden channels at will.

    Hidden channels of an inverted residual are cut to those of the longest weights behind them; new experts stay as they
    are, at 0. Raises ValueError or RuntimeError where the rest is not the same.
    """
    state, fresh = renamed(model, state), set()
    for name, module in model.named_modules():
        if isinstance(module, InvertedResidual) and isinstance(module.layers[1], ConvNormAct):
            cut(state, f"{name}.layers", module.layers[1].conv.out_channels)
        elif isinstance(module, CondConv1x1) and f"{name}.weight" in state:
            for part in [part for part in ("weight", "bias") if f"{name}.{part}" in state]:
                state[f"{name}.conv.{part}"] = state.pop(f"{name}.{part}")
            fresh |= {f"{name}.{key}" for key in module.state_dict() if not key.startswith("conv.")}
    known = set(model.state_dict())
    for keys, what in ((known - set(state) - fresh, "not in the checkpoint"), (set(state) - known, "not in this network")):
        if keys:
            raise ValueError(f"{what}: {', '.join(sorted(keys))}")
    model.load_state_dict(state, strict=False)


def shortened(state, layers):
    """The `state` of a network without some layers of its trunk, by number, those behind them moved up. Raises Mistake for one without weights."""
    missing = set(layers) - {int(key.split(".")[1]) for key in state if key.startswith("trunk.")}
    if missing:
        raise Mistake(f"--leave-out: the trunk has no layer {', '.join(map(str, sorted(missing)))} with weights")
    kept = {}
    for key, value in state.items():
        part, number, *rest = key.split(".")
        if part != "trunk":
            kept[key] = value
        elif int(number) not in layers:
            kept[".".join((part, str(int(number) - sum(layer < int(number) for layer in layers)), *rest))] = value
    return kept


def renamed(model, state):
    """`state` with today's names: a convolution and its norm were 0 and 1, experts kernels, routing route."""
    state = dict(state)

    def move(old, new):
        for key in [key for key in state if key.startswith(old)]:
            state[new + key[len(old):]] = state.pop(key)

    for name, module in model.named_modules():
        if isinstance(module, ConvNormAct):
            move(f"{name}.0.", f"{name}.conv.")
            move(f"{name}.1.", f"{name}.bn.")
        elif isinstance(module, CondConv1x1):
            move(f"{name}.kernels", f"{name}.experts")
            move(f"{name}.route.", f"{name}.routing.")
    return state


def cut(state, layers, count):
    """The strongest `count` hidden channels of an inverted residual with batch norms, where it has more."""
    narrow, norm = state.get(f"{layers}.2.conv.weight"), state.get(f"{layers}.1.bn.weight")
    if narrow is None or norm is None or narrow.shape[1] <= count:
        return
    order = (narrow.flatten(1).norm(dim=0) * norm.abs()).topk(count).indices.sort().values
    state[f"{layers}.2.conv.weight"] = narrow[:, order]
    for name in [name for name in state if name.startswith((f"{layers}.0.", f"{layers}.1.")) and state[name].dim()]:
        state[name] = state[name][order]
