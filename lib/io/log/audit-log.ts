/**
 * The audit log: one ASCII JSON line per record on Lambda's log pipe, acknowledged by the stream, in one chain for as
 * long as this environment lives.
 */
import type { Writable } from 'node:stream';
import { appendToChain, type Chain, openChain } from '../../audit/chain.ts';
import type { OrderedRecord } from '../../audit/record.ts';
import type { AuditLog } from '../../audit/write.ts';
import { inAscii } from '../../model/json.ts';
import type { Sha256 } from '../../ports.ts';
import { AdapterError } from '../../runtime/adapter-error.ts';
import { sdkErrorName } from '../aws/sdk.ts';

/** Bytes of one line, its end included. CloudWatch Logs cuts events at 256 KB, and a cut line proves nothing. */
const MAX_LINE_BYTES = 200_000;

export interface ChainOptions {
  /** Who vouches for the chain: the function and its version. */
  readonly authority: string;
  /** A unique id for a chain. */
  readonly newId: () => string;
  readonly sha256: Sha256;
}

/**
 * `stream`: `process.stdout`, not `console`, which Lambda patches: it prefixes lines and drops levels. Lines are
 * chained and written in call order. `write` and `checkpoint` reject with AdapterError `audit-too-long` (nothing was
 * written, and the chain continues without the record) or `audit-unavailable` (the stream has failed: the chain stays
 * open, and the next record starts another chain).
 */
export const createAuditLog = (stream: Writable, { authority, newId, sha256 }: ChainOptions): AuditLog => {
  // A failed pipe also emits 'error', which would end the process; the callbacks below report it.
  stream.on('error', () => undefined);
  let chain = openChain(newId(), authority);

  /** One write of the pipe for the lines of one turn: each would be a call of the system. */
  const corkForThisTurn = (): void => {
    if (stream.writableCorked > 0) return;
    stream.cork();
    process.nextTick(() => stream.uncork());
  };

  /** Nothing may come between the record's place in the chain and its line: no `await` before `stream.write`. */
  const append = async (record: OrderedRecord): Promise<void> => {
    const linked = appendToChain(chain, record, sha256);
    const line = inAscii(`${linked.text}\n`);
    if (line.length > MAX_LINE_BYTES) {
      throw new AdapterError('audit-too-long', `${line.length} bytes, at most ${MAX_LINE_BYTES}`);
    }
    chain = linked.chain;
    const { uid } = chain;
    corkForThisTurn();
    await new Promise<void>((resolve, reject) => {
      stream.write(line, (error) => {
        if (!error) return resolve();
        // What of the line was written is not known. Lines that wait behind it fail too: one new chain is enough.
        if (chain.uid === uid) chain = openChain(newId(), authority);
        reject(new AdapterError('audit-unavailable', sdkErrorName(error)));
      });
    });
  };

  return {
    write: append,
    checkpoint: async (make: (end: Chain) => OrderedRecord) => {
      if (chain.unclosed > 0) await append(make(chain));
    },
  };
};
