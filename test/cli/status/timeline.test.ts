/** What `status` shows of the audit log: from files, from the log groups, and when neither can be read. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../../cli/run.ts';
import { logGroupsOf } from '../../../cli/status/open-search.ts';
import { parseSubject } from '../../../cli/status/timeline.ts';
import type { AuditEntry } from '../../../lib/audit/entry.ts';
import { auditRecord } from '../../../lib/audit/record.ts';
import { asciiJson } from '../../../lib/model/json.ts';
import { displayWidth } from '../../../terminal/text.ts';
import { factsOf } from '../../support/audit-facts.ts';
import { EVENT_MS } from '../../support/event-factory.ts';
import { fakeTerminal } from '../../support/fake-terminal.ts';
import { incidentLog } from '../../support/incident-log.ts';
import { logsStub } from '../../support/logs-stub.ts';
import { loopback } from '../../support/loopback.ts';
import { enterEnvironment, type Stand, startStand } from '../stand.ts';

const LOG = incidentLog();
const HOUR = 3_600_000;
/** An event whose key leaked, was held, released and revoked. */
const idsWith = (text: string): readonly string[] => [
  ...new Set(LOG.filter((line) => line.includes(text)).map((line) => JSON.parse(line).metadata.correlation_uid)),
];
const [HELD = ''] = idsWith('"releases"');
const KEY = 'CWEXAMPLEKEY0001';

let stand: Stand;
let file: string;
beforeAll(async () => {
  stand = await startStand();
  file = join(stand.folder, 'audit.jsonl');
  writeFileSync(file, LOG.map((line) => `${line}\n`).join(''));
  enterEnvironment(stand.env);
});
afterAll(() => stand.close());

async function status(args: readonly string[], { env = {}, now = EVENT_MS + HOUR, columns = 100 } = {}) {
  const terminal = fakeTerminal({ columns });
  const clock = { now: () => now, sleep: async () => {} };
  const code = await run(['status', ...args], { terminal, env: { ...stand.env, ...env }, clock });
  return { code, out: terminal.out, err: terminal.err };
}
const json = async (...[args, options]: Parameters<typeof status>) => {
  const { code, out } = await status([...args, '--json'], options);
  return { code, ...JSON.parse(out) };
};
const stepsOf = (events: readonly { steps: readonly { phase: string; code: string }[] }[]) =>
  events.flatMap(({ steps }) => steps.map(({ phase, code }) => `${phase} ${code}`));

describe('the timeline of status', () => {
  it('has every record of an event, in order, with its hold, its approval and its outcome', async () => {
    const { code, audit } = await json([HELD, '--audit', file]);
    expect({ code, from: audit.from, complete: audit.complete }).toEqual({ code: 0, from: 'files', complete: true });
    const steps = stepsOf(audit.events);
    const order = ['hold ', 'replay intent', 'replay sent', 'intent intent', 'outcome '];
    const places = order.map((start) => steps.findIndex((step) => step.startsWith(start)));
    expect(places).toEqual(places.toSorted((one, other) => one - other));
    expect(places).not.toContain(-1);
    const times = audit.events[0].steps.map(({ time }: { time: string }) => time);
    expect(times).toEqual(times.toSorted());
  });

  it('finds all events about a key, and says how each ended', async () => {
    const { key, ledger, audit, eventId } = await json([KEY, '--audit', file]);
    expect({ key, ledger, eventId }).toEqual({ key: KEY, ledger: null, eventId: undefined });
    expect(audit.events).toMatchObject([{ eventId: 'alert-1', status: 'revoked', code: 'confirmed', targets: [KEY] }]);
    const { out } = await status([KEY, '--audit', file]);
    expect(out).toContain('alert-1: Revoked');
    expect(out).not.toContain('Ledger');
  });

  it('finds an event by its message, and all of its records', async () => {
    const [first = ''] = LOG.filter((line) => line.includes('alert-90'));
    const messageId = JSON.parse(first).metadata.original_event_uid;
    const { audit } = await json([messageId, '--audit', file]);
    expect(audit.events.map(({ eventId }: { eventId: string }) => eventId)).toContain('alert-90');
  });

  it('tells a key that the API does not know from one that needed nothing', async () => {
    const { audit } = await json(['alert-92', '--audit', file]);
    expect(audit.events).toMatchObject([{ eventId: 'alert-92', status: 'not-found', code: 'not-found' }]);
    const { out } = await status(['alert-92', '--audit', file], { columns: 160 });
    expect(out).toContain('Leaked credential alert-92: Not found\n');
    expect(out).toContain('Outcome: not-found, CWEXAMPLEKEY0092, HTTP 404, ');
    expect(out).toContain('check the key ID and the organization');
  });

  it('shows only the given source', async () => {
    const { audit } = await json(['alert-1', '--audit', file, '--source', '//elsewhere.example']);
    expect(audit.events).toEqual([]);
  });

  it('leaves out what is older than --since', async () => {
    const { audit } = await json(['alert-1', '--audit', file, '--since', '1d'], { now: EVENT_MS + 30 * 24 * HOUR });
    expect(audit.events).toEqual([]);
  });

  it('reads the file that the localhost stack names, and that of replays from this machine', async () => {
    const replays = LOG.filter((line) => line.includes('"phase":"replay"'));
    const own = join(stand.folder, 'state/revoker');
    mkdirSync(own, { recursive: true });
    writeFileSync(join(own, 'audit.jsonl'), replays.map((line) => `${line}\n`).join(''));
    const rest = join(stand.folder, 'rest.jsonl');
    writeFileSync(
      rest,
      LOG.filter((line) => !replays.includes(line))
        .map((line) => `${line}\n`)
        .join(''),
    );
    const { audit } = await json([HELD], { env: { REVOKER_AUDIT_LOG: rest } });
    const whole = await json([HELD, '--audit', file]);
    expect(audit).toEqual(whole.audit);
  });

  it('leaves out the replay of an event of the same id in another stack', async () => {
    const ofStack = (stack: string): readonly string[] =>
      LOG.map((line) => line.replaceAll(/"(original_event_uid|origin)":"/g, `$&${stack}-`));
    const isReplay = (line: string): boolean => line.includes('"phase":"replay"');
    const own = join(stand.folder, 'state/revoker');
    mkdirSync(own, { recursive: true });
    writeFileSync(join(own, 'audit.jsonl'), ofStack('another').filter(isReplay).join('\n'));
    const log = join(stand.folder, 'this.jsonl');
    writeFileSync(
      log,
      ofStack('this')
        .filter((line) => !isReplay(line))
        .join('\n'),
    );
    const { audit } = await json([HELD], { env: { REVOKER_AUDIT_LOG: log } });
    const steps = stepsOf(audit.events);
    expect(steps.filter((step) => step.startsWith('replay'))).toEqual([]);
    expect(steps).toContain('outcome confirmed');
  });

  it.each(['gateway-1', 'dlq-1'])(
    'says by the message id %s that a dead letter without an event was discarded',
    async (id) => {
      const operator = { name: 'ann', claimed: true };
      const discard = { phase: 'discard', reason: 'invalid', operationId: 'op-1', operator, why: 'a test' } as const;
      const lineOf = (entry: AuditEntry, messageId: string, n: number): string => {
        const facts = factsOf(entry, null);
        const record = { ...facts, id: `r-${n}`, now: EVENT_MS + n, delivery: { ...facts.delivery, messageId } };
        return `${asciiJson(auditRecord(record))}\n`;
      };
      const own = join(stand.folder, 'state/revoker');
      mkdirSync(own, { recursive: true });
      const discards = (['intent', 'discarded'] as const).map((code, n) =>
        lineOf({ ...discard, code, origin: 'gateway-1' }, 'dlq-1', n + 2),
      );
      writeFileSync(join(own, 'audit.jsonl'), discards.join(''));
      const log = join(stand.folder, 'held.jsonl');
      writeFileSync(log, lineOf({ phase: 'dead-letter', reason: 'invalid', detail: 'x' }, 'gateway-1', 1));
      const { audit } = await json([id], { env: { REVOKER_AUDIT_LOG: log } });
      expect(audit.events).toMatchObject([{ status: 'discarded', code: 'invalid', messageId: 'gateway-1' }]);
      expect(stepsOf(audit.events)).toEqual(['dead-letter invalid', 'discard intent', 'discard discarded']);
    },
  );

  it('fits 60 columns', async () => {
    const { out } = await status([HELD, '--audit', file], { columns: 60 });
    // A word that is longer stays whole, so that it can be copied.
    const wide = out.split('\n').filter((line) => displayWidth(line) > 60 && !/^ *\S{36,}$/.test(line));
    expect(wide).toEqual([]);
  });

  it('says what to give when nothing says where the audit log is', async () => {
    const { code, out } = await status(['alert-1']);
    expect(code).toBe(0);
    expect(out).toContain('no audit log: give --audit <file>, or set REVOKER_LOG_GROUPS');
  });

  it.each([
    [['alert-1', '--audit', '/nowhere/audit.jsonl'], '/nowhere/audit.jsonl does not exist'],
    [['alert-1', '--audit', '-'], 'expected a file: stdin cannot be searched'],
  ])('refuses %j', async (args, message) => {
    const { code, err } = await status(args);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(message) });
  });
});

describe('the timeline of status on AWS', () => {
  const GROUPS = { REVOKER_LOG_GROUPS: '/aws/lambda/s-revokeUrgent, /aws/lambda/s-replay' };
  const LEAK = LOG.filter((line) => line.includes('"alert-1"'));

  it('joins what Insights finds with the last 15 minutes, each record once', async () => {
    const { url, seen } = await loopback(logsStub({ old: LOG, recent: LEAK.slice(-1) }));
    enterEnvironment({ AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: url.href });
    const { code, audit } = await json(['alert-1'], { env: GROUPS });
    expect({ code, from: audit.from }).toEqual({ code: 0, from: 'cloudwatch' });
    expect(stepsOf(audit.events)).toEqual(['intent intent', 'outcome confirmed']);
    const asked = seen.map(({ headers, body }) => [String(headers['x-amz-target']).split('.')[1], JSON.parse(body)]);
    expect(asked.map(([operation]) => operation)).toEqual([
      'FilterLogEvents',
      'FilterLogEvents',
      'StartQuery',
      'GetQueryResults',
    ]);
    const now = EVENT_MS + HOUR;
    expect(asked[0]?.[1]).toMatchObject({ startTime: now - 15 * 60_000, endTime: now });
    expect(asked[2]?.[1]).toMatchObject({ startTime: (now - 14 * 24 * HOUR) / 1_000, endTime: now / 1_000 });
  });

  it('does without Insights for the last minutes', async () => {
    const { url, seen } = await loopback(logsStub({ recent: LEAK }));
    enterEnvironment({ AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: url.href });
    const { audit } = await json(['alert-1', '--since', '15m'], { env: GROUPS });
    expect(stepsOf(audit.events)).toEqual(['intent intent', 'outcome confirmed']);
    expect(seen.map(({ headers }) => headers['x-amz-target'])).not.toContain('Logs_20140328.StartQuery');
  });

  it('shows the rest, and ends with 1, when the log groups cannot be searched', async () => {
    const { url } = await loopback(logsStub({ refusal: 'AccessDeniedException' }));
    enterEnvironment({ AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: url.href });
    const { code, out } = await status(['alert-1'], { env: GROUPS });
    expect(code).toBe(1);
    expect(out).toMatch(
      /cannot be searched: .+ a permission for CloudWatch Logs \(AccessDeniedException\)\n {2}next: /,
    );
    expect(out).toContain('dead letters');
  });
});

describe('logGroupsOf', () => {
  const SQS = 'https://sqs.eu-west-1.amazonaws.com/123456789012';

  it('takes the name of the stack from its queue', () => {
    expect(logGroupsOf({ URGENT_QUEUE_URL: `${SQS}/coreweave-revocation-prod-urgent` })).toEqual([
      '/aws/lambda/coreweave-revocation-prod-revokeUrgent',
      '/aws/lambda/coreweave-revocation-prod-revokeBulk',
      '/aws/lambda/coreweave-revocation-prod-ingest',
      '/aws/lambda/coreweave-revocation-prod-replay',
      '/aws/lambda/coreweave-revocation-prod-reconcile',
    ]);
  });

  it.each([`${SQS}/other-queue`, 'http://127.0.0.1:9324/000000000000/revocation-urgent', ''])(
    'is empty for %j',
    (url) => {
      expect(logGroupsOf({ URGENT_QUEUE_URL: url })).toEqual([]);
    },
  );
});

describe('parseSubject', () => {
  it.each([
    ['CWABCDEFGHIJKLMN', 'key'],
    ['saml/user@example.com', 'principal'],
    ['alert-42', 'event'],
    ['0f0e7c1a-0000-4000-8000-000000000000', 'event'],
  ])('takes %s for the id of a %s', (id, kind) => {
    expect(parseSubject(id)).toEqual({ kind, id });
  });
});
