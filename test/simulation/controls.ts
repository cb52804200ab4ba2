/**
 * Mechanisms taken away, to see that the checks notice: each by what is handed in around the product, none by a switch
 * inside it.
 */

import type { ApiResponse } from '../../lib/coreweave/api.ts';
import { OPERATOR } from '../../lib/model/sender.ts';
import type { Settings } from '../../lib/model/settings.ts';
import type { Row, Table } from '../../lib/ports.ts';
import { answer } from '../support/api-answers.ts';
import type { TestPorts } from '../support/memory-ports.ts';
import { ROLE_IDS } from '../support/senders.ts';
import { RECONCILE_SOURCE } from './bodies.ts';

export interface Control {
  readonly settings?: (settings: Settings) => Settings;
  /** The ports that the product gets instead. */
  readonly ports?: (ports: TestPorts) => TestPorts;
  /** The body that it gets instead, of the `nth` receive. */
  readonly body?: (body: string, nth: number) => string;
  /** The SenderId that it is told instead. */
  readonly senderId?: (senderId: string, body: string, attributes: Readonly<Record<string, string>>) => string;
  /** What it is told of the ms that are left. */
  readonly remainingMs?: (ms: number) => number;
}

const isEvent = (pk: string): boolean => pk.startsWith('event#');

function withoutFence(row: Row): Row {
  const { fence: _, ...data } = row.data;
  return isEvent(row.pk) ? { ...row, data } : row;
}

/** The ledger loses the key snapshot. */
const forgetful = (table: Table): Table => ({
  ...table,
  get: async (pk) => {
    const row = await table.get(pk);
    return row && withoutFence(row);
  },
  put: (row, seen) => table.put(withoutFence(row), seen),
});

/** Each delivery of an event looks like another event. */
function renamed(value: unknown, nth: number): unknown {
  if (Array.isArray(value)) return value.map((each) => renamed(each, nth));
  if (typeof value !== 'object' || value === null) return value;
  const fields: Record<string, unknown> = { ...value };
  if (typeof fields.Message === 'string')
    return { ...fields, Message: JSON.stringify(renamed(JSON.parse(fields.Message), nth)) };
  if (fields.detail !== undefined && typeof fields.detail === 'object')
    return { ...fields, detail: renamed(fields.detail, nth) };
  if (fields.v === 1 && fields.event) return { ...fields, event: renamed(fields.event, nth) };
  if (fields.type === 'revocation.check.v1' || typeof fields.id !== 'string') return value;
  return { ...fields, id: `${fields.id.split('~')[0]}~${nth}` };
}

function withAnotherId(body: string, nth: number): string {
  try {
    return JSON.stringify(renamed(JSON.parse(body), nth));
  } catch {
    return body;
  }
}

/** All senders that SENDERS names are one authority. */
const oneAuthority = ({ senders, ...settings }: Settings): Settings => ({
  ...settings,
  senders: {
    ...senders,
    bindings: senders.bindings?.map((binding) => ({ ...binding, authority: OPERATOR })),
  },
});

/** Each refused part has a dead letter of its own, as in 0.1. */
const oneDeadLetterForEachPart = (ports: TestPorts): TestPorts => ({
  ...ports,
  deadLetters: {
    async send(deadLetter) {
      const { parts }: { parts?: { count: number } } = JSON.parse(deadLetter.body);
      for (let n = 0; n < (parts?.count ?? 1); n += 1) await ports.deadLetters.send(deadLetter);
    },
  },
});

const isRead = (response: ApiResponse): boolean =>
  response.kind === 'answer' && (response.status === 200 || response.status === 404);

/** A key with an unreadable owner counts as unowned. */
const ownerlessIfUnread = (ports: TestPorts): TestPorts => ({
  ...ports,
  api: {
    async send(request, timeoutMs) {
      const response = await ports.api.send(request, timeoutMs);
      if (request.call !== 'read-key' || isRead(response)) return response;
      const info = { accessKeyId: request.accessKeyId, principalName: 'coreweave/unknown', status: 'ACTIVE' };
      return answer(200, { info });
    },
  },
});

/** Events of the reconciliation are lost before they reach the queue. */
const withoutReconciliation = (ports: TestPorts): TestPorts => ({
  ...ports,
  lanes: {
    ...ports.lanes,
    send: (lane, body, options) =>
      body.includes(RECONCILE_SOURCE) ? Promise.resolve() : ports.lanes.send(lane, body, options),
  },
});

/** What the ledger says of a principal has no reinstatement in it, as if only offboardings were written there. */
function withoutReinstatements(row: Row): Row {
  const { statements } = row.data;
  if (!row.pk.startsWith('offboarded#') || !Array.isArray(statements)) return row;
  const offboarded = statements.map((each) => ({ ...Object(each), state: 'offboarded' }));
  return { ...row, data: { ...row.data, statements: offboarded } };
}

const withoutTheirReinstatements = (ports: TestPorts): TestPorts => ({
  ...ports,
  table: {
    ...ports.table,
    get: async (pk) => {
      const row = await ports.table.get(pk);
      return row && withoutReinstatements(row);
    },
  },
});

export const CONTROLS = {
  /** The ledger keeps no snapshot: each attempt takes its own. */
  fence: { ports: (ports) => ({ ...ports, table: forgetful(ports.table) }) },
  /** Intents are swallowed before they reach the log. */
  intent: {
    ports: (ports) => ({
      ...ports,
      audit: {
        ...ports.audit,
        write: (record) =>
          record.activity_name === 'Revocation Intent' ? Promise.resolve() : ports.audit.write(record),
      },
    }),
  },
  /** VERIFY=false: what the API says is believed. */
  verify: { settings: (settings) => ({ ...settings, verify: false }) },
  /** No two deliveries have the same event id. */
  dedupe: { body: withAnotherId },
  /** Whatever visibility the handler asks for, the message is back at once. */
  backoff: {
    ports: (ports) => ({
      ...ports,
      lanes: { ...ports.lanes, returnAfter: (lane, handle) => ports.lanes.returnAfter(lane, handle, 0) },
    }),
  },
  /** The handler believes that it has an hour more than it has. */
  deadline: { remainingMs: (ms) => ms + 3_600_000 },
  /** SENDERS is not set: every sender may use every source. */
  sender: { settings: (settings) => ({ ...settings, senders: { ...settings.senders, bindings: undefined } }) },
  /** A sender may take back what any other said. */
  authority: { settings: oneAuthority },
  /** No sender has a limit on leaked keys. */
  'key-limit': {
    settings: (settings) => ({ ...settings, keyLimits: { senderKeysPer10Minutes: 'off', senderKeysPerDay: 'off' } }),
  },
  /** Refused parts of a message do not share a dead letter. */
  parts: { ports: oneDeadLetterForEachPart },
  /** Every sender of a follow-up check counts as our own function. */
  check: {
    senderId: (senderId, body) => (body.includes('revocation.check.v1') ? `${ROLE_IDS.revoke}:revoke` : senderId),
  },
  /** A sender with the attributes of a replay, keys of approvals included, is believed to be our own function. */
  replay: {
    senderId: (senderId, _body, { replayId }) => (replayId === undefined ? senderId : `${ROLE_IDS.replay}:replay`),
  },
  /** The owner check fails open. */
  owner: { ports: ownerlessIfUnread },
  /** Nothing looks for keys of offboarded principals. */
  reconciler: { ports: withoutReconciliation },
  /** Reinstatements are forgotten when their own rows expire. */
  marker: { ports: withoutTheirReinstatements },
} as const satisfies Readonly<Record<string, Control>>;

export type ControlName = keyof typeof CONTROLS;
export const CONTROL_NAMES = Object.keys(CONTROLS) as readonly ControlName[];

/** `without`: the mechanism to disable; undefined: none. */
export const controlOf = (without: ControlName | undefined): Control =>
  without === undefined ? {} : CONTROLS[without];
