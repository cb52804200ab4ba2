/** Which event `status` is about when its source is not given, and what it says while nothing is known yet. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PurgeQueueCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../../cli/run.ts';
import { principalName } from '../../../events/ids.ts';
import { createTable } from '../../../lib/io/dynamodb/table.ts';
import { eventKey } from '../../../lib/ledger/events.ts';
import { writeStatement } from '../../../lib/ledger/statements.ts';
import { TABLE } from '../../../local/variables.ts';
import { EVENT_MS, offboarded } from '../../support/event-factory.ts';
import { fakeTerminal } from '../../support/fake-terminal.ts';
import { incidentLog } from '../../support/incident-log.ts';
import { sha256 } from '../../support/memory-ports.ts';
import { deadLetterOf } from '../dlq/dead-letters.ts';
import { enterEnvironment, type Stand, startStand } from '../stand.ts';

const [ID, SOURCE, OTHER] = ['offboarding-7', '//hr.example/acme', '//other.example'];
const LOG = incidentLog();

let stand: Stand;
beforeAll(async () => {
  stand = await startStand();
  enterEnvironment(stand.env);
  const table = createTable({ name: TABLE, dryRun: false, now: Date.now });
  const row = { state: 'done', bodyHash: 'x', time: '', holder: '', leaseUntil: 0, principals: ['saml/user'] };
  const pk = eventKey({ sha256 }, { source: SOURCE, id: ID });
  await table.put({ pk, version: 1, data: { ...row, late: true, checked: {} } }, undefined);
});
afterAll(() => stand.close());

const fileOf = (name: string, lines: readonly string[]): string => {
  const path = join(stand.folder, name);
  writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
  return path;
};

async function status(...args: readonly string[]) {
  const terminal = fakeTerminal({ columns: 100 });
  const clock = { now: () => EVENT_MS + 3_600_000, sleep: async () => {} };
  const code = await run(['status', ...args], { terminal, env: { ...stand.env }, clock });
  return { code, out: terminal.out };
}

describe('status without --source', () => {
  it('is about the event that the records name', async () => {
    const file = fileOf('one.jsonl', LOG);
    const { code, out } = await status(ID, '--audit', file);
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`^event   ${ID}\nsource  ${SOURCE}\n\nTimeline\n`));
    expect(out).toContain('Ledger\n  state         done, settled; a repeat would be a duplicate\n');
    expect(out).not.toContain('next: ');
    const json = JSON.parse((await status(ID, '--audit', file, '--json')).out);
    expect(json).toMatchObject({ eventId: ID, source: SOURCE, ledger: { state: 'done' } });
  });

  it('is about the event of a message', async () => {
    const lines = LOG.map((line) =>
      line.includes(`"correlation_uid":"${ID}"`) ? line.replaceAll('"m-1"', '"message-of-it"') : line,
    );
    const { out } = await status('message-of-it', '--audit', fileOf('message.jsonl', lines));
    expect(out).toMatch(new RegExp(`^message  message-of-it\nevent    ${ID}\nsource   ${SOURCE}\n`));
    expect(out).toContain('Ledger\n  state         done, ');
  });

  it('reads the row of none where several sources used the id, and says how to ask about each', async () => {
    const file = fileOf('several.jsonl', [
      ...LOG,
      ...LOG.map((line) => line.replaceAll(SOURCE, OTHER).replaceAll(/"uid":"[^"]+"/g, `"uid":"${line.length}"`)),
    ]);
    const { code, out } = await status(ID, '--audit', file);
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`^event   ${ID}\nsource  several\n`));
    expect(out).toContain('Ledger\n  not read: add --source\n');
    expect(out.split('\n').filter((line) => line.startsWith('next: '))).toEqual([
      `next: revoker status ${ID} --source ${SOURCE}`,
      `next: revoker status ${ID} --source ${OTHER}`,
    ]);
    const json = JSON.parse((await status(ID, '--audit', file, '--json')).out);
    expect(json).toMatchObject({ eventId: ID, ledger: null });
    expect(Object.keys(json)).not.toContain('source');
  });

  it('does not say of an event that has records that it was not received', async () => {
    const { out } = await status('alert-1', '--audit', fileOf('leak.jsonl', LOG));
    expect(out).toContain(
      'Ledger\n  no row: only offboardings and compromised principals\n  have one, once a function has claimed them\n',
    );
  });

  it('is about the event that a dead letter names', async () => {
    await stand.addDeadLetters(
      deadLetterOf(offboarded({ id: ID, source: SOURCE }), { reason: 'held-stale', lane: 'bulk' }),
    );
    const file = fileOf('local.env', []);
    const { out } = await status(ID, '--audit', fileOf('none.jsonl', []), '--env-file', file);
    expect(out).toMatch(new RegExp(`^event   ${ID}\nsource  ${SOURCE}\n`));
    expect(out).toContain('Ledger\n  state         done, ');
    expect(out).toMatch(RegExp(`^ {2}next: revoker dlq show [\\w-]{36} --env-file ${file}$`, 'm'));
    await stand.take('deadLetters');
  });
});

describe('status of a principal', () => {
  const none = (): string => fileOf('no-records.jsonl', []);

  it('shows a scheduled offboarding, which no audit record names the principal of', async () => {
    const [name, time] = ['saml/next-month@example.com', '2026-11-01T09:00:00Z'];
    const said = { authority: 'people', state: 'scheduled', time, source: SOURCE, id: 'leaves' } as const;
    const table = createTable({ name: TABLE, dryRun: false, now: Date.now });
    await writeStatement(
      { table, sha256, clock: { now: Date.now, sleep: async () => {} } },
      principalName.parse(name),
      said,
    );
    const { code, out } = await status(name, '--audit', none());
    expect(code).toBe(0);
    expect(out).toContain(`Ledger\n  scheduled by people, ${time}\n  next: revoker status leaves --source ${SOURCE}\n`);
    expect(out).not.toContain('nothing is known');
    const json = JSON.parse((await status(name, '--audit', none(), '--json')).out);
    expect(json).toMatchObject({ principal: name, statements: [said] });
  });

  it('says that there is no statement about it', async () => {
    const { out } = await status('saml/stranger@example.com', '--audit', none());
    expect(out).toContain('Ledger\n  no statement about it; version 0.1 wrote none\n');
  });
});

describe('status of what nothing is known about', () => {
  const NEXT =
    'next: a message is on its way: run it again in a few seconds; if it stays hidden, run `revoker doctor`\n';
  const none = (): string => fileOf('nothing.jsonl', []);

  it.each([
    [
      'mistyped',
      [],
      1,
      /^event {2}mistyped\n\nTimeline\n/,
      'nothing is known about mistyped: check the ID, or name --source',
    ],
    [
      'mistyped',
      ['--source', SOURCE],
      0,
      /^event {3}mistyped\nsource {2}\/\/hr\.example\/acme\n/,
      'nothing is known about mistyped: check the ID and --source',
    ],
    ['CWMISTYPED000001', [], 0, /^key {2}CWMISTYPED000001\n/, 'nothing is known about CWMISTYPED000001: check the ID'],
  ])('does not look like a quiet one: %s %j', async (id, options, exitCode, head, told) => {
    const { code, out } = await status(id, ...options, '--audit', none());
    expect(code).toBe(exitCode);
    expect(out).toMatch(head);
    expect(out.endsWith(`\nnext: ${told}\n`)).toBe(true);
    const json = JSON.parse((await status(id, ...options, '--audit', none(), '--json')).out);
    expect(json.source).toBe(options[1]);
  });

  it.each(['unseen', 'CWABCDEFGHIJKLMN', 'saml/user@example.com'])(
    'says of %s that a message may be on its way',
    async (id) => {
      expect((await status(id, '--audit', none())).out).not.toContain(NEXT);
      await stand.put('bulk', '{}');
      expect((await status(id, '--audit', none())).out.endsWith(`\n${NEXT}`)).toBe(true);
      await stand.take('bulk');
      expect((await status(id, '--audit', none())).out).toContain(NEXT);
      await stand.sqs.send(new PurgeQueueCommand({ QueueUrl: stand.queues.bulk.url }));
    },
  );

  it('says nothing of it where the event was found', async () => {
    await stand.put('urgent', '{}');
    expect((await status(ID, '--audit', fileOf('found.jsonl', LOG))).out).not.toContain('next: ');
    expect((await status(ID, '--source', SOURCE)).out).not.toContain('next: ');
    // The row is read after the records.
    expect((await status(ID, '--source', SOURCE, '--audit', none())).out).toContain(NEXT);
    await stand.sqs.send(new PurgeQueueCommand({ QueueUrl: stand.queues.urgent.url }));
  });
});
