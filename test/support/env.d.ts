/** Bindings that wrangler.toml gives tests, as far as they know them. */
declare namespace Cloudflare {
  interface Env {
    readonly ATTEMPTS: DurableObjectNamespace<import('../../worker/login/attempts.ts').Attempts>;
    readonly GALLERY: DurableObjectNamespace<import('../../worker/gallery/embedded.ts').Gallery>;
    readonly ASSETS: Fetcher;
  }
}
