/** The lower limit, written by hand: a bounded number of calls on undici's pool, two lines per record, nothing else. */
import Pool from 'undici/lib/dispatcher/pool.js';
import { boundedHandler, CONCURRENCY } from './bounded.mjs';
import { intent, outcome, write } from './lines.mjs';
import { headers, readLeak, url } from './revocation.mjs';

const pool = new Pool(url.origin, { connections: CONCURRENCY, pipelining: 1 });

const post = (body) =>
  new Promise((resolve, reject) => {
    let status = 0;
    pool.dispatch(
      { method: 'POST', path: url.pathname, headers, body },
      {
        onRequestStart: () => undefined,
        onResponseStart: (_, code) => {
          status = code;
        },
        onResponseData: () => undefined,
        onResponseEnd: () => resolve(status),
        onResponseError: (_, error) => reject(error),
      },
    );
  });

async function revoke(record) {
  const { id, accessKeyId } = readLeak(record.body);
  write(intent(id, accessKeyId));
  const status = await post(JSON.stringify({ accessKey: accessKeyId }));
  if (status !== 200) throw new Error(`status ${status}`);
  write(outcome(id, accessKeyId, status));
}

export const handler = boundedHandler(revoke);
