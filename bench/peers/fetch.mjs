/** Bare `fetch` and `Promise.all`, as a first version is written (Lambda guide, partial batch responses). */
import { intent, outcome, write } from './lines.mjs';
import { headers, readLeak, url } from './revocation.mjs';

async function revoke(record) {
  const { id, accessKeyId } = readLeak(record.body);
  write(intent(id, accessKeyId));
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ accessKey: accessKeyId }) });
  await response.json();
  if (!response.ok) throw new Error(`status ${response.status}`);
  write(outcome(id, accessKeyId, response.status));
}

export const handler = async ({ Records: records }) => {
  const failed = await Promise.all(
    records.map((record) =>
      revoke(record).then(
        () => [],
        () => [{ itemIdentifier: record.messageId }],
      ),
    ),
  );
  return { batchItemFailures: failed.flat() };
};
