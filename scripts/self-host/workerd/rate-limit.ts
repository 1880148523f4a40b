/**
 * Rate limits in memory, behind the interface of Cloudflare's binding: workerd itself has none. One
 * process counts for itself, in fixed windows, and starts anew with it.
 */
interface Inner {
  /** Requests that a key may make in a period of so many seconds. */
  readonly settings: { readonly limit: number; readonly period: number };
}

interface RateLimit {
  limit(options: { readonly key: string }): Promise<{ readonly success: boolean }>;
}

export default function bind({ settings: { limit, period } }: Inner): RateLimit {
  let window = -1;
  let counts = new Map<string, number>();
  return {
    async limit({ key }) {
      const now = Math.floor(Date.now() / 1000 / period);
      if (now !== window) {
        window = now;
        counts = new Map();
      }
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      return { success: count <= limit };
    },
  };
}
