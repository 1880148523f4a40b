/** What tests know of the bindings that wrangler.toml gives them. */
declare namespace Cloudflare {
  interface Env {
    readonly ATTEMPTS: DurableObjectNamespace<import('../../worker/login/attempts.ts').Attempts>;
    readonly ASSETS: Fetcher;
  }
}
