/** What the replay door writes to an event's row before it sends the event round again, written by hand. */
import type { Json } from '../../lib/model/json.ts';
import { sha256 } from './fakes.ts';
import { eventKeyOf, type World } from './guarded-world.ts';

/** Keys sorted, no white space: RFC 8785 for the plain values of our events. */
const sorted = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
};

/** What an approval is bound to: type, time and data without the evidence. */
export const bodyHashOf = ({ type, time, data }: Readonly<Record<string, unknown>>): string => {
  const { evidence: _, ...asked } = Object(data);
  return sha256(JSON.stringify(sorted({ type, time, data: asked })));
};

/** Opens the event's row with an approval of `codes`; a row that is there keeps what else it holds. */
export async function approve(
  world: World,
  event: Readonly<Record<string, unknown>>,
  codes: readonly string[],
  { bodyHash = bodyHashOf(event) }: { readonly bodyHash?: string } = {},
): Promise<void> {
  const pk = eventKeyOf(event);
  const stored = await world.table.get(pk);
  const approval: Json = { codes, by: 'ann', at: '2026-11-23T10:00:00Z', operationId: 'op-1', bodyHash };
  const fresh = { bodyHash: bodyHashOf(event), time: String(event.time), principals: [], late: true, checked: {} };
  const data = { holder: '', ...fresh, ...stored?.data, state: 'open', leaseUntil: 0, approval };
  await world.table.put({ pk, version: (stored?.version ?? 0) + 1, data }, stored?.version);
}
