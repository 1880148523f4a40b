/** A Python that has what the trainer's tests need, where there is one. */
import { spawnSync } from 'node:child_process';

/** Packages are looked for, not imported: PyTorch takes seconds to load. */
const FOUND =
  "import importlib.util as u; exit(not all(map(u.find_spec, ('torch', 'onnx', 'numpy'))))";

/** Debian's PyTorch belongs to Debian's Python; another one may stand before it. */
export const python = ['python3', '/usr/bin/python3'].find(
  (python) => spawnSync(python, ['-c', FOUND]).status === 0,
);
