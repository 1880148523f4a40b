/** Requests over a bare socket, which can be hung up at any moment, as a browser's tab is closed. */
import { connect, type Socket } from 'node:net';

/** Sends the whole request over a connection of its own. The answer is left to whoever holds the socket. */
export async function sendRaw(request: Request): Promise<Socket> {
  const body = Buffer.from(await request.arrayBuffer());
  const { hostname, port, pathname } = new URL(request.url);
  const headers = [...request.headers].map(([name, value]) => `${name}: ${value}`);
  const lines = [
    `${request.method} ${pathname} HTTP/1.1`,
    `host: ${hostname}`,
    `content-length: ${body.length}`,
    ...headers,
  ];
  const socket = connect(Number(port), hostname).on('error', () => {});
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  socket.write(body);
  return socket;
}
