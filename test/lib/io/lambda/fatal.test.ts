import { describe, expect, it } from 'vitest';
import { fatalLine } from '../../../../lib/io/lambda/fatal.ts';

const NOW = Date.UTC(2026, 10, 23, 9, 30);
const PLANTED = `cwo${'x'.repeat(40)}`;

const failWith = (error: unknown): unknown => {
  try {
    throw error;
  } catch (caught) {
    return caught;
  }
};

describe('fatalLine', () => {
  it('names the error and the frames of its stack, without the message', () => {
    const line = fatalLine(failWith(new TypeError(`not a key: ${PLANTED}`)), NOW);
    expect(JSON.parse(line)).toEqual({
      time: '2026-11-23T09:30:00.000Z',
      level: 'error',
      code: 'fatal',
      error: 'TypeError',
      stack: expect.arrayContaining([expect.stringMatching(/^at .+fatal\.test\.ts:\d+:\d+\)?$/)]),
    });
    expect(line).not.toContain(PLANTED);
  });

  it.each([
    ['several lines', new Error(`first\n    at ${PLANTED}:1:1\nlast`)],
    ['a cause', new Error('outer', { cause: new Error(PLANTED) })],
    ['properties', Object.assign(new Error('outer'), { body: PLANTED })],
    ['a name that is data', Object.assign(new Error('outer'), { name: `${PLANTED} \n` })],
    ['no error', PLANTED],
    ['a rejection without a reason', undefined],
  ])('keeps data out of the line of an error with %s', (_, error) => {
    const line = fatalLine(failWith(error), NOW);
    expect(line).not.toContain(PLANTED);
    expect(line).toMatch(/^[\x20-\x7e]+$/);
  });

  it('has at most ten frames', () => {
    const deep = (left: number): Error => (left === 0 ? new Error('deep') : deep(left - 1));
    expect(JSON.parse(fatalLine(deep(30), NOW)).stack.length).toBeLessThanOrEqual(10);
  });

  it('takes a stack that does not hold the message', () => {
    const error = Object.assign(new Error('message'), { stack: '    at one:1:1\nother\n    at two:1:1' });
    expect(JSON.parse(fatalLine(error, NOW)).stack).toEqual(['at one:1:1', 'at two:1:1']);
  });
});
