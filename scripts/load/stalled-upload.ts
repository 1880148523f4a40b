/** An upload that announces 20 MB, brings 20 kB, and then nothing. */
import { connect } from 'node:net';

export interface StalledUpload {
  /** Answer so far. */
  answer(): string;
  hangUp(): void;
}

/** @param headers lines of HTTP without their ends: a stranger brings no key */
export function stallUpload(url: URL, path: string, headers: readonly string[]): StalledUpload {
  const socket = connect(Number(url.port), url.hostname);
  let answer = '';
  socket.on('data', (data) => {
    answer += data;
  });
  socket.on('error', () => {});
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: localhost\r\n${headers.map((line) => `${line}\r\n`).join('')}` +
      'Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 20000000\r\n\r\n',
  );
  socket.write(new Uint8Array(20_000)); // so the least pace is missed after 6 s
  return { answer: () => answer, hangUp: () => socket.destroy() };
}
