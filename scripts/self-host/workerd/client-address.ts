/**
 * Client address of each request, where the Worker looks for it: in `CF-Connecting-IP`. Cloudflare
 * sets that header; here whoever calls could, so it is always overwritten. So is the scheme that
 * pages have, where a proxy ends TLS.
 */
interface Env {
  /** Header that the proxy before us writes the address to; empty where there is none. */
  readonly CLIENT_IP_HEADER: string;
}

interface Worker<E, C> {
  fetch(request: Request, env: E, context: C): Response | Promise<Response>;
}

/** Request as workerd gives it, with address and port of the connection: `192.0.2.1:50000`. */
type Incoming = Request & { readonly cf?: { readonly clientIp?: string } };

/** Worker whose requests carry the client's address. */
export function withAddresses<E, C>(worker: Worker<E, C>): Worker<E & Env, C> {
  return {
    async fetch(request: Incoming, env, context) {
      const forwarded = copyOf(request, env);
      if (!forwarded) return new Response('This is no address.\n', { status: 400 });
      forwarded.headers.set('CF-Connecting-IP', clientAddress(request, env.CLIENT_IP_HEADER));
      if (!isBehindCloudflare(env)) forwarded.headers.delete('CF-Ray'); // it would name the request in the log
      return worker.fetch(forwarded, env, context);
    },
  };
}

/**
 * Copy with headers that can be set; undefined for what makes no address: `Host: a b` and `OPTIONS *`. workerd writes
 * `Host` before the path as it is: with a path of its own another one would be served than a proxy saw.
 */
function copyOf(request: Request, { CLIENT_IP_HEADER: proxied }: Env): Request | undefined {
  if (/[/\\?#@]/.test(request.headers.get('Host') ?? '')) return undefined;
  const url = URL.canParse(request.url) ? new URL(request.url) : undefined;
  if (!url || url.host.includes('*')) return undefined;
  const scheme = proxied && appended(request, 'X-Forwarded-Proto');
  if (scheme?.toLowerCase() === 'https') url.protocol = 'https:';
  return new Request(url, request);
}

/** Last value of a header, which the proxy itself appended: the others may be the client's. */
function appended({ headers }: Request, name: string): string | undefined {
  return headers.get(name)?.split(',').at(-1)?.trim();
}

/** True where the header of the address is Cloudflare's own: its proxy sets `CF-Ray` too. */
function isBehindCloudflare({ CLIENT_IP_HEADER }: Env): boolean {
  return CLIENT_IP_HEADER.toLowerCase() === 'cf-connecting-ip';
}

/** Address of the connection, or the one that the proxy appended. */
function clientAddress(request: Incoming, header: string): string {
  const said = header ? appended(request, header) : undefined;
  return withoutPort(said || (request.cf?.clientIp ?? ''));
}

/** `192.0.2.1:50000` and `[2001:db8::1]:50000`, as some proxies write it too, without the port. */
function withoutPort(address: string): string {
  return (
    /^\[(.*)\](?::\d+)?$|^([^:]*):\d+$/
      .exec(address)
      ?.slice(1)
      .find((part) => part) ?? address
  );
}
