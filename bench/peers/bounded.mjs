/** A batch with a bounded number of records at once, for peers that are compared at the concurrency of the product. */

export const CONCURRENCY = Number(process.env.API_CONCURRENCY);

/** A handler that works on as many records at once, and reports those for which `revoke` rejects. */
export const boundedHandler =
  (revoke) =>
  async ({ Records: records }) => {
    const waiting = records[Symbol.iterator]();
    const batchItemFailures = [];
    const work = async () => {
      for (const record of waiting) {
        await revoke(record).catch(() => batchItemFailures.push({ itemIdentifier: record.messageId }));
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, work));
    return { batchItemFailures };
  };
