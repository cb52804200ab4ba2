/**
 * The `Table` port in memory, no kinder than DynamoDB: test/lib/io/dynamodb/table.test.ts holds both to the same cases.
 */
import type { Json } from '../../lib/model/json.ts';
import type { Row, Table } from '../../lib/ports.ts';
import { AdapterError } from '../../lib/runtime/adapter-error.ts';

export interface MemoryTableOptions {
  /** Epoch ms, for expiry. */
  readonly now: () => number;
  /** Asked before each call; true: the call rejects without effect, as when the table cannot be reached. */
  readonly isDown?: () => boolean;
}

interface Stored {
  readonly row: Row;
  readonly members: ReadonlySet<string>;
}

const MAX_ITEM_BYTES = 409_600;
const RESERVED = ['pk', 'version', 'expiresAt', 'members'];
/** The most that DynamoDB needs for a number. */
const NUMBER_BYTES = 21;

/** Sizes as in the developer guide, "DynamoDB item sizes". */
const sizeOf = (value: Json): number => {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (typeof value === 'number') return NUMBER_BYTES;
  if (typeof value === 'boolean' || value === null) return 1;
  if (Array.isArray(value)) return 3 + value.reduce((sum: number, inner: Json) => sum + 1 + sizeOf(inner), 0);
  return 3 + Object.entries(value).reduce((sum, [name, inner]) => sum + 1 + Buffer.byteLength(name) + sizeOf(inner), 0);
};

/** Rows are JSON, and of such small ones a structured clone takes three times as long. */
const copyOf = (row: Row): Row => JSON.parse(JSON.stringify(row));

/** Starts empty. Each call waits for a microtask, then is atomic. */
export const memoryTable = ({ now, isDown = () => false }: MemoryTableOptions): Table => {
  const items = new Map<string, Stored>();

  const isExpired = ({ expiresAt }: Row): boolean => expiresAt !== undefined && expiresAt <= Math.floor(now() / 1_000);
  const reached = async (pk: string): Promise<void> => {
    await Promise.resolve();
    if (isDown()) throw new AdapterError('ledger-unavailable', 'TimeoutError');
    if (pk === '' || Buffer.byteLength(pk) > 2_048) throw new AdapterError('ledger-unavailable', 'ValidationException');
  };
  const store = ({ row, members }: Stored): void => {
    const size = sizeOf({ ...row.data, pk: row.pk, version: row.version, expiresAt: 0, members: [...members] });
    if (size > MAX_ITEM_BYTES) throw new AdapterError('ledger-unavailable', 'ValidationException');
    items.set(row.pk, { row: copyOf(row), members });
  };

  return {
    async get(pk) {
      await reached(pk);
      const stored = items.get(pk);
      if (stored === undefined || isExpired(stored.row)) return undefined;
      const { row, members } = stored;
      return copyOf(members.size === 0 ? row : { ...row, data: { ...row.data, members: [...members] } });
    },
    async put(row, seen) {
      if (RESERVED.some((name) => Object.hasOwn(row.data, name))) {
        throw new AdapterError('ledger-refused', 'a row may not name an attribute of the table');
      }
      await reached(row.pk);
      const stored = items.get(row.pk);
      const isAsSeen =
        seen === undefined ? stored === undefined || isExpired(stored.row) : stored?.row.version === seen;
      if (isAsSeen) store({ row, members: new Set() });
      return isAsSeen;
    },
    async remove(pk, seen) {
      await reached(pk);
      return items.get(pk)?.row.version === seen && items.delete(pk);
    },
    async admit(pk, member, limit, expiresAt) {
      await reached(pk);
      const { row, members } = items.get(pk) ?? { row: { pk, version: 0, data: {} }, members: new Set<string>() };
      if (!members.has(member) && members.size >= limit) return false;
      store({
        row: { ...row, version: row.version + 1, expiresAt },
        members: new Set([...members, member]),
      });
      return true;
    },
    async increment(pk, limit, expiresAt) {
      await reached(pk);
      const { row, members } = items.get(pk) ?? { row: { pk, version: 0, data: {} }, members: new Set<string>() };
      if (row.version >= limit) return false;
      store({ row: { ...row, version: row.version + 1, expiresAt }, members });
      return true;
    },
    async decrement(pk) {
      await reached(pk);
      const stored = items.get(pk);
      if (stored === undefined || stored.row.version < 1) return false;
      store({ ...stored, row: { ...stored.row, version: stored.row.version - 1 } });
      return true;
    },
  };
};
