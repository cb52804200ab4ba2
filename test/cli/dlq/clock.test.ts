/** Times of dead letters are by the clock of SQS. That of the operator's machine may be behind. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { run } from '../../../cli/run.ts';
import { systemClock } from '../../../lib/io/node.ts';
import { keyLeak } from '../../support/event-factory.ts';
import { fakeTerminal } from '../../support/fake-terminal.ts';
import { enterEnvironment, type Stand, startStand } from '../stand.ts';
import { deadLetterOf } from './dead-letters.ts';

let stand: Stand;
beforeEach(async () => {
  stand = await startStand();
  enterEnvironment(stand.env);
  await stand.addDeadLetters(deadLetterOf(keyLeak({ id: 'leak-1' })));
});
afterEach(() => stand.close());

it.each([
  ['replay', ['--dry-run', '--json'], { results: { replayed: 1, skipped: 0 } }],
  ['replay', ['--yes', '--json'], { results: { replayed: 1, skipped: 0 } }],
  ['discard', ['leak-1', '--reason', 'a test', '--yes', '--json'], { results: [{ code: 'discarded' }] }],
])('dlq %s %j: finds new dead letters by a clock that is an hour behind', async (name, options, expected) => {
  const terminal = fakeTerminal({ colors: false });
  const clock = { ...systemClock, now: () => systemClock.now() - 3_600_000 };
  const code = await run(['dlq', name, ...options], { terminal, env: { ...stand.env }, clock });
  expect({ code, ...JSON.parse(terminal.out) }).toMatchObject({ code: 0, ...expected });
});
