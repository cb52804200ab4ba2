/** Both clients speak HTTP/1.1 alone: the bundle leaves out HTTP/2. (scripts/lean-undici.ts) */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { createGithubAlerts } from '../../../../lib/io/http/github.ts';
import { fixedToken, parseApiToken } from '../../../../lib/io/secrets/token.ts';
import { client, LIST, LONG_MS, SECRET } from './coreweave-client.ts';

/** The extension that names protocols, of a ClientHello that names this one alone. (RFC 7301 §3.1) */
const ONLY_HTTP_1 = Buffer.from('\x00\x10\x00\x0b\x00\x09\x08http/1.1', 'latin1');

it.each([
  ['CoreWeave', (url: URL): Promise<unknown> => client(url).send(LIST, LONG_MS)],
  [
    'GitHub',
    (url: URL): Promise<unknown> => {
      const alerts = createGithubAlerts({
        url,
        token: fixedToken(parseApiToken(SECRET)),
        now: () => performance.now(),
      });
      onTestFinished(() => alerts.end());
      return alerts.read({ repository: 'acme/app', number: 7 }, LONG_MS);
    },
  ],
])('%s is offered no other protocol', async (_name, ask) => {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const connected: Promise<[Socket]> = once(server, 'connection') as Promise<[Socket]>;
  const asked = ask(new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}`));
  const [socket] = await connected;
  const [hello] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  await asked;
  expect(hello.includes(ONLY_HTTP_1)).toBe(true);
});
