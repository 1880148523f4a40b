/** Wasm instances that are made while something runs. */
export function instances(run: () => unknown): WebAssembly.Instance[] {
  const made: WebAssembly.Instance[] = [];
  const original = WebAssembly.Instance;
  WebAssembly.Instance = new Proxy(original, {
    construct(target, args) {
      const instance: WebAssembly.Instance = Reflect.construct(target, args);
      made.push(instance);
      return instance;
    },
  });
  try {
    run();
  } finally {
    WebAssembly.Instance = original;
  }
  return made;
}
