/** Dead letters that another operator's command or a replay has received are hidden, and are not reported as absent. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { run } from '../../../cli/run.ts';
import { keyLeak } from '../../support/event-factory.ts';
import { fakeTerminal } from '../../support/fake-terminal.ts';
import { enterEnvironment, type Stand, startStand } from '../stand.ts';
import { deadLetterOf } from './dead-letters.ts';

let stand: Stand;
beforeEach(async () => {
  stand = await startStand();
  enterEnvironment(stand.env);
  await stand.addDeadLetters(...['leak-1', 'leak-2'].map((id) => deadLetterOf(keyLeak({ id }))));
  await stand.take('deadLetters');
});
afterEach(() => stand.close());

const command = async (...args: readonly string[]) => {
  const terminal = fakeTerminal({ colors: false });
  const code = await run(['dlq', ...args], { terminal, env: { ...stand.env } });
  return { code, out: terminal.out, err: terminal.err };
};
const HIDDEN = 'without about 2 that another consumer has received: they reappear within minutes\n';

it.each([[['--dry-run']], [['--yes']], [['--dry-run', '--reason', 'retries-exhausted']]])(
  'dlq replay %j: says that dead letters are hidden, not that there are none',
  async (options) => {
    const { out } = await command('replay', ...options);
    expect(out.startsWith(`no dead letter was read\n${HIDDEN}`)).toBe(true);
    expect(JSON.parse((await command('replay', '--json', ...options)).out)).toMatchObject({ inHand: 2 });
  },
);

it('dlq replay: counts those that are hidden beside what it sends', async () => {
  await stand.addDeadLetters(deadLetterOf(keyLeak({ id: 'leak-3' })));
  const { code, out } = await command('replay', '--yes');
  expect({ code, sent: await stand.take('urgent') }).toMatchObject({
    code: 0,
    sent: [expect.stringContaining('leak-3')],
  });
  expect(out).toContain(HIDDEN);
});

it('dlq export: says how many dead letters the file lacks', async () => {
  expect(await command('export', '-')).toEqual({
    code: 0,
    out: '',
    err: `0 dead letters written to stdout\n${HIDDEN}`,
  });
});
