/** Backdates follow-up checks whose delay was shortened, as if the full delay had passed. */
import { isFields, listOf } from '../queue/fields.ts';

/** `event`: the event of an invocation. */
export const withDueChecks = (event: unknown): unknown => ({
  Records: listOf(event, 'Records').map((record) =>
    isFields(record) && isCheck(record) ? sentLongAgo(record) : record,
  ),
});

const isCheck = ({ body }: Readonly<Record<string, unknown>>): boolean =>
  typeof body === 'string' && body.includes('"revocation.check.v1"');

const sentLongAgo = (record: Readonly<Record<string, unknown>>): object => ({
  ...record,
  attributes: { ...(isFields(record.attributes) ? record.attributes : {}), SentTimestamp: '0' },
});
