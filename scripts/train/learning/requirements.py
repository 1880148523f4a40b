"""Requirements of a run on its packs, held to before it begins."""
from mistake import Mistake


def require_persons(args, crops):
    """Raises Mistake where a loss on persons has none to learn from."""
    counts = crops.label[crops.label >= 0].bincount()
    if (args.softmax or args.centres) and not len(counts):
        raise Mistake("--softmax and --centres learn persons, and these packs name none: `npm run tool -- crops --person PATTERN`, or --singles")
    if args.triplet and (not len(counts) or counts.max() < 2):
        raise Mistake("--triplet learns from two crops of a person, and these packs name nobody who has them: `npm run tool -- crops --person PATTERN`")


def require_size(args, crops, dim):
    """Raises Mistake where the embeddings of the first teacher are of another size than the network's, `dim`."""
    for name in args.teacher[:1]:
        size = crops.targets[name].shape[1] if name in crops.targets else dim
        if size != dim:
            raise Mistake(f"{name}'s embeddings have {size} numbers, those of {args.net} {dim}: "
                          f"--teacher OTHER {name} gives {name} a head of its own beside another teacher")
