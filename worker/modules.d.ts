/** Modules that wrangler makes of the files it bundles by the rules in wrangler.toml. */
declare module '*.wasm' {
  const module: WebAssembly.Module;
  export default module;
}

declare module '*.onnx' {
  const bytes: ArrayBuffer;
  export default bytes;
}
declare namespace Cloudflare {
  /** Bindings that `cloudflare:workers` knows before there is a request. */
  interface Env {
    readonly MODEL: string;
    readonly EAGER_START?: string;
  }
}
