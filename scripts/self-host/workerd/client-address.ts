/**
 * Client address of each request, where the Worker looks for it: in `CF-Connecting-IP`. Cloudflare
 * sets that header; here whoever calls could, so it is always overwritten.
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
      const forwarded = copyOf(request);
      if (!forwarded) return new Response('This is no address.\n', { status: 400 });
      forwarded.headers.set('CF-Connecting-IP', clientAddress(request, env.CLIENT_IP_HEADER));
      return worker.fetch(forwarded, env, context);
    },
  };
}

/** Copy with headers that can be set; undefined for `Host: a b` and `OPTIONS *`, which make no address. */
function copyOf(request: Request): Request | undefined {
  const url = URL.canParse(request.url) ? new URL(request.url) : undefined;
  return url && !url.host.includes('*') ? new Request(url, request) : undefined;
}

/** Address of the connection, or the one that the proxy appended: the last of its header. */
function clientAddress(request: Incoming, header: string): string {
  const said = header ? request.headers.get(header)?.split(',').at(-1)?.trim() : undefined;
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
