"""Teaching stage by stage: each part of the student between two taps learns from the teacher's own maps to the teacher's next.

The teacher looks at the very picture that the student sees; its maps are fed to the student at the taps (teacher forcing),
so that all stages learn in one step, each as if those before it were perfect already. From 40 % on a stage gets its
predecessor's own output in a third of the steps, so that it meets what it will be given. EXPERIMENTS.md has what it brings.
"""
MIXED_FROM = 0.4                                    # share of the staged part


def feeds(maps, taps, step, progress):
    """The teacher's `maps` that the student goes on from at its `taps`, at this `progress` (0..1) of the staged part.

    The head, behind the last tap, always gets the student's own map: its layers are the teacher's, and know nothing to learn.
    """
    fed = taps[:-1]
    if progress > MIXED_FROM and fed:
        mixed = step % 3
        return {tap: None if i == mixed else maps[tap].float() for i, tap in enumerate(fed)}
    return {tap: maps[tap].float() for tap in fed}
