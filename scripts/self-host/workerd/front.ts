/**
 * Client address of each request, where the Worker looks for it: in `CF-Connecting-IP`. Cloudflare
 * sets that header; here whoever calls could, so it is always overwritten.
 */
interface Env {
  readonly WORKER: { fetch(request: Request): Promise<Response> };
  /** Header that the proxy before us writes the address to; empty where there is none. */
  readonly CLIENT_IP_HEADER: string;
}

/** Request as workerd gives it, with address and port of the connection: `192.0.2.1:50000`. */
type Incoming = Request & { readonly cf?: { readonly clientIp?: string } };

export default {
  async fetch(request: Incoming, { WORKER, CLIENT_IP_HEADER }: Env): Promise<Response> {
    // `Host: a b`: no browser sends that, and Cloudflare refuses it before it comes to us.
    if (!URL.canParse(request.url)) return new Response('The Host is none.\n', { status: 400 });
    const forwarded = new Request(new URL(request.url), request);
    forwarded.headers.set('CF-Connecting-IP', clientAddress(request, CLIENT_IP_HEADER));
    return WORKER.fetch(forwarded);
  },
};

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
