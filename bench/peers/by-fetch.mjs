/** One record by `fetch`, with two lines around the call: for peers without their own logger or client. */
import { intent, outcome, write } from './lines.mjs';
import { headers, readLeak, url } from './revocation.mjs';

export const revokeByFetch = (record) => revokeWith(headers, record);

export async function revokeWith(headers, record) {
  const { id, accessKeyId } = readLeak(record.body);
  write(intent(id, accessKeyId));
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ accessKey: accessKeyId }) });
  await response.json();
  if (!response.ok) throw new Error(`status ${response.status}`);
  write(outcome(id, accessKeyId, response.status));
}
