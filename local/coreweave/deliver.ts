/** Sends a response as planned: late, in halves, or not at all. */
import type { ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { Delivery } from './faults.ts';
import type { Answer } from './status.ts';

const writeHead = (response: ServerResponse, { status, headers, body }: Answer): void => {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.flushHeaders();
};

/**
 * Resolves when the response was written to the socket; for `hang`, `reset` and `cut` at once, with no whole response.
 */
export const deliver = async (response: ServerResponse, answer: Answer, delivery?: Delivery): Promise<void> => {
  const half = Math.ceil(answer.body.length / 2);
  // The client may have closed the connection meanwhile.
  response.on('error', () => {});
  switch (delivery?.kind) {
    case 'hang':
      return;
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
    case 'cut':
      writeHead(response, answer);
      response.write(answer.body.slice(0, half), () => response.socket?.destroy());
      return;
    case 'headers-after':
      await pause(delivery.ms, undefined, { ref: false });
      break;
    case 'body-after':
      writeHead(response, answer);
      response.write(answer.body.slice(0, half));
      await pause(delivery.ms, undefined, { ref: false });
      if (!response.destroyed) response.end(answer.body.slice(half));
      return;
  }
  if (response.destroyed) return;
  writeHead(response, answer);
  response.end(answer.body);
};
