/** An unset variable of the shell is an empty argument: it is refused by its place, in every command. */
import { describe, expect, it } from 'vitest';
import { runHere } from './stand.ts';

describe('an empty argument', () => {
  it.each([
    [['status', ''], 'argument <id>'],
    [['status', 'x', '--source', ''], 'option --source'],
    [['status', 'x', '--source='], 'option --source'],
    [['dlq', 'show', ''], 'argument <id>'],
    [['dlq', 'discard', 'x', '', '--reason', 'y'], 'argument <ids>'],
    [['dlq', 'replay', '--event-id', ''], 'option --event-id'],
    [['dlq', 'replay', '--source='], 'option --source'],
    [['dlq', 'export', ''], 'argument <file>'],
    [['revoke', '--key', ''], 'option --key'],
    [['revoke', '--principal='], 'option --principal'],
    [['keys', ''], 'argument <principal>'],
    [['explain', ''], 'argument <file>'],
    [['identity', 'remove', 'email', ''], 'argument <value>'],
    [['drill', ''], 'argument <code>'],
    [['audit', 'verify', 'x', '--heads', 'y', ''], 'option --heads'],
  ])('is wrong use: %j', async (args, place) => {
    const { code, stdout, stderr } = await runHere(args, { env: {} });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toBe(
      `error [empty-argument] ${place} is empty\n` +
        '  next: give a value; if it comes from a variable of the shell, check that this is set\n',
    );
  });

  it('is named for programs too, with every other one', async () => {
    const { code, stdout } = await runHere(['status', '', '--source', '', '--json'], { env: {} });
    expect({ code, ...JSON.parse(stdout).error }).toMatchObject({
      code: 'empty-argument',
      message: 'argument <id> is empty\noption --source is empty',
    });
  });
});
