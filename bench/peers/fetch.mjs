/** Bare `fetch` and `Promise.all`, as a first version is usually written (Lambda guide, partial batch responses). */
import { revokeByFetch } from './by-fetch.mjs';

export const handler = async ({ Records: records }) => {
  const failed = await Promise.all(
    records.map((record) =>
      revokeByFetch(record).then(
        () => [],
        () => [{ itemIdentifier: record.messageId }],
      ),
    ),
  );
  return { batchItemFailures: failed.flat() };
};
