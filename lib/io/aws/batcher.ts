/** Joins single calls into the batch calls that a service offers, and gives each caller its own outcome. */

export interface BatchRules<Entry> {
  /** Entries with the same text (the URL of a queue) may share a batch. */
  readonly group: (entry: Entry) => string;
  /** Bytes that the entry adds to its batch. An entry larger than `maxBytes` travels alone. */
  readonly size: (entry: Entry) => number;
  readonly maxEntries: number;
  readonly maxBytes: number;
  /** Batches under way at once; more wait in order. */
  readonly maxInFlight: number;
  /** Runs its argument when the calls of this turn are in; `setImmediate` outside tests. */
  readonly defer: (run: () => void) => void;
}

/**
 * Sends one batch of a group; resolves to the error of each entry, in their order, undefined for those accepted. A
 * rejection fails them all.
 */
export type SendBatch<Entry> = (group: string, entries: readonly Entry[]) => Promise<readonly (Error | undefined)[]>;

interface Batch<Entry> {
  readonly group: string;
  readonly calls: Waiting<Entry>[];
  bytes: number;
}

interface Waiting<Entry> {
  readonly entry: Entry;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The call for one entry. It resolves when the entry was accepted, and rejects with the error of its entry, or with
 * whatever the batch call rejected with.
 */
export const createBatcher = <Entry>(
  rules: BatchRules<Entry>,
  sendBatch: SendBatch<Entry>,
): ((entry: Entry) => Promise<void>) => {
  let gathered: Waiting<Entry>[] = [];
  const ready: Batch<Entry>[] = [];
  let inFlight = 0;

  const pump = (): void => {
    while (inFlight < rules.maxInFlight) {
      const batch = ready.shift();
      if (batch === undefined) return;
      inFlight += 1;
      void deliver(batch, sendBatch).then(() => {
        inFlight -= 1;
        pump();
      });
    }
  };

  const flush = (): void => {
    const all = gathered;
    gathered = [];
    ready.push(...pack(all, rules));
    pump();
  };

  return (entry) =>
    new Promise((resolve, reject) => {
      if (gathered.push({ entry, resolve, reject }) === 1) rules.defer(flush);
    });
};

/** Settles every caller of a batch; never rejects. */
const deliver = async <Entry>({ group, calls }: Batch<Entry>, sendBatch: SendBatch<Entry>): Promise<void> => {
  try {
    const errors = await sendBatch(
      group,
      calls.map(({ entry }) => entry),
    );
    calls.forEach(({ resolve, reject }, index) => {
      const error = errors[index];
      if (error === undefined) resolve();
      else reject(error);
    });
  } catch (error) {
    for (const { reject } of calls) reject(error);
  }
};

/** Splits the calls of one turn into batches, keeping their order within a group. */
const pack = <Entry>(all: readonly Waiting<Entry>[], rules: BatchRules<Entry>): readonly Batch<Entry>[] => {
  const batches: Batch<Entry>[] = [];
  const open = new Map<string, Batch<Entry>>();
  for (const waiting of all) {
    const group = rules.group(waiting.entry);
    const bytes = rules.size(waiting.entry);
    const last = open.get(group);
    if (last !== undefined && last.calls.length < rules.maxEntries && last.bytes + bytes <= rules.maxBytes) {
      last.calls.push(waiting);
      last.bytes += bytes;
    } else {
      const batch = { group, calls: [waiting], bytes };
      batches.push(batch);
      open.set(group, batch);
    }
  }
  return batches;
};
