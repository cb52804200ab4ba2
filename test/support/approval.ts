/** What an operator's replay writes to the ledger before it sends an event, and what it sends along, by hand. */
import type { Table } from '../../lib/ports.ts';
import { EVENT_MS } from './event-factory.ts';
import { sha256 } from './fakes.ts';
import { sortedKeys } from './sorted-keys.ts';

type Event = Readonly<Record<string, unknown>>;

/** The hash of a row: type, time and data without the evidence. */
export const bodyHashOf = ({ type, time, data }: Event): string => {
  const { evidence: _, ...asked } = Object(data);
  return sha256(JSON.stringify(sortedKeys({ type, time, data: asked })));
};

/** What an approval is bound to: the whole event. */
export const eventHashOf = (event: Event): string => sha256(JSON.stringify(sortedKeys(event)));

export const ANN_ID = 'AROAOPERATORS:ann';
export const BOB_ID = 'AROAOPERATORS:bob';

export const approvalKeyOf = ({ source, id }: Event, reason: string, userId = ANN_ID): string =>
  `approval#${sha256(JSON.stringify([source, id]))}#${reason}#${userId}`;

/** What the event names: its key or principal. */
const namedTargets = (event: Event): readonly string[] => {
  const { accessKeyId, principalName } = Object(event.data);
  return [accessKeyId ?? principalName].filter((name) => name !== undefined);
};

export interface ApprovalOptions {
  readonly userId?: string;
  readonly targets?: readonly string[];
  /** As this version writes them; earlier ones did not. */
  readonly holds?: readonly { readonly targets: readonly string[]; readonly check?: string; readonly asOf?: string }[];
  /** Attributes of the item that differ. */
  readonly differs?: Readonly<Record<string, string>>;
}

/** Stores approvals of an event; returns the message attributes with which a replay sends it. */
export async function approve(
  { table }: { readonly table: Table },
  event: Event,
  reasons: readonly string[],
  { userId = ANN_ID, targets = namedTargets(event), holds, differs = {} }: ApprovalOptions = {},
): Promise<{ readonly attributes: Readonly<Record<string, string>> }> {
  const keys = reasons.map((reason) => approvalKeyOf(event, reason, userId));
  for (const [at, key] of keys.entries()) {
    const stored = await table.get(key);
    const data = {
      eventHash: eventHashOf(event),
      targets: [...targets],
      ...(holds === undefined ? {} : { holds: holds.map((hold) => ({ ...hold })) }),
      reason: reasons[at] ?? '',
      userId,
      // IAM binds the session's name to the user ID.
      operator: userId.includes(':')
        ? `arn:aws:sts::123456789012:assumed-role/operators/${userId.split(':').at(-1)}`
        : 'claimed:ann',
      operationId: 'op-1',
      created: new Date(EVENT_MS).toISOString(),
      validUntil: new Date(EVENT_MS + 86_400_000).toISOString(),
      ...differs,
    };
    await table.put({ pk: key, version: (stored?.version ?? 0) + 1, data }, stored?.version);
  }
  return { attributes: { replays: '1', approvals: keys.join(' ') } };
}
