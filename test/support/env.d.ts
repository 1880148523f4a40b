/** Bindings that wrangler.toml gives tests, as far as they know them. */
declare namespace Cloudflare {
  interface Env {
    readonly ATTEMPTS: DurableObjectNamespace<import('../../worker/login/attempts.ts').Attempts>;
    readonly GALLERY: DurableObjectNamespace<import('../../worker/gallery/object.ts').Gallery>;
    readonly ASSETS: Fetcher;
  }
}
