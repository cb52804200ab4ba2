/** Node's own client with connections that are kept, a bounded number of records at once. (Node, http.Agent) */
import http from 'node:http';
import https from 'node:https';
import { json } from 'node:stream/consumers';
import { boundedHandler, CONCURRENCY } from './bounded.mjs';
import { intent, outcome, write } from './lines.mjs';
import { headers, readLeak, url } from './revocation.mjs';

const client = url.protocol === 'https:' ? https : http;
const agent = new client.Agent({ keepAlive: true, maxSockets: CONCURRENCY });

const post = (body) =>
  new Promise((resolve, reject) => {
    const request = client.request(url, { method: 'POST', headers, agent }, resolve);
    request.once('error', reject);
    request.end(body);
  });

async function revoke(record) {
  const { id, accessKeyId } = readLeak(record.body);
  write(intent(id, accessKeyId));
  const response = await post(JSON.stringify({ accessKey: accessKeyId }));
  await json(response);
  if (response.statusCode !== 200) throw new Error(`status ${response.statusCode}`);
  write(outcome(id, accessKeyId, response.statusCode));
}

export const handler = boundedHandler(revoke);
