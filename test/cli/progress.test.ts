/** Each command that may take seconds says on a terminal what it does: a silent command looks like one that hangs. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { run } from '../../cli/run.ts';
import { keyLeak } from '../support/event-factory.ts';
import { fakeTerminal } from '../support/fake-terminal.ts';
import { incidentLog } from '../support/incident-log.ts';
import { enterEnvironment, leaveEnvironment, type Stand, startStand } from './stand.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await startStand();
  enterEnvironment(stand.env);
  writeFileSync(join(stand.folder, 'log.jsonl'), incidentLog().join('\n'));
  writeFileSync(join(stand.folder, 'leak.json'), JSON.stringify(keyLeak({ id: 'progress' })));
  writeFileSync(join(stand.folder, 'people.csv'), 'kind,value,principals\nemail,a@example.com,saml/a@example.com\n');
});
afterAll(async () => {
  leaveEnvironment();
  await stand.close();
});

it.each([
  [['identity', 'list'], 'reading the directory'],
  [['identity', 'import', 'people.csv', '--dry-run'], 'comparing with the directory'],
  [['identity', 'import', 'people.csv', '--yes'], 'writing to the directory'],
  [['send', 'leak.json', '--yes'], 'sending 1 event'],
  [['audit', 'verify', 'log.jsonl'], 'reading the audit log'],
  [['audit', 'report', 'log.jsonl', '--out', 'report.html'], 'reading the audit log'],
])('%j says what it does', async (args, message) => {
  const words = args.map((word) => (/\.\w+$/.test(word) ? join(stand.folder, word) : word));
  const terminal = fakeTerminal({ isTTY: true });
  // A second has passed at once.
  const clock = { now: Date.now, sleep: async () => undefined };
  expect(await run(words, { terminal, env: stand.env, clock })).toBe(0);
  expect(terminal.err).toContain(`${message}…\n`);
});
