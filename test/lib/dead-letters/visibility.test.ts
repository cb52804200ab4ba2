/** Which dead letters an iteration keeps from others, for how long, and that it gives all of them back. */
import { describe, expect, it } from 'vitest';
import { DeadLettersUnavailable, type Iteration, iterateDeadLetters } from '../../../lib/dead-letters/iterate.ts';
import type { DeadLetterQueue, QueuedMessage } from '../../../lib/ports.ts';
import { AdapterError } from '../../../lib/runtime/adapter-error.ts';
import { keyLeak } from '../../support/event-factory.ts';
import { sha256 } from '../../support/memory-ports.ts';

const message = (messageId: string, sentAt = 0): QueuedMessage => ({
  messageId,
  receiptHandle: `${messageId}-handle`,
  body: JSON.stringify(keyLeak()),
  attributes: {},
  senderId: '',
  sentAt,
  receiveCount: 1,
});

interface Queue extends Partial<Pick<DeadLetterQueue, 'release' | 'remove'>> {
  /** What each receive answers; then nothing. */
  readonly batches: readonly (readonly QueuedMessage[] | Error)[];
}

/** A queue that notes what it is asked, at a time that the test sets. */
function open({ batches, release = async () => {}, remove = async () => {} }: Queue) {
  const time = { now: 0 };
  const asked: string[] = [];
  const warned: unknown[] = [];
  let receives = 0;
  const inbox: DeadLetterQueue = {
    async receive(seconds) {
      asked.push(`receive ${seconds}`);
      const batch = batches[receives++] ?? [];
      if (batch instanceof Error) throw batch;
      return batch;
    },
    remove(handle) {
      asked.push(`remove ${handle}`);
      return remove(handle);
    },
    release(handle, seconds) {
      asked.push(`release ${handle} ${seconds}`);
      return release(handle, seconds);
    },
    depth: async () => ({ visible: 0, hidden: 0 }),
  };
  const log = {
    info() {},
    warn: (code: string, fields: object = {}) => void warned.push({ code, ...fields }),
    error() {},
    within: <T>(_: unknown, work: () => T) => work(),
  };
  const clock = { now: () => time.now, sleep: async () => {} };
  const iterate = (iteration: Iteration = {}) => iterateDeadLetters({ inbox, clock, sha256, log }, iteration);
  return { time, asked, warned, iterate };
}

const idsOf = async (iteration: ReturnType<typeof iterateDeadLetters>): Promise<readonly string[]> => {
  const ids: string[] = [];
  for await (const { deadLetter } of iteration) ids.push(deadLetter.messageId);
  return ids;
};

describe('iterateDeadLetters', () => {
  it.each<[string, Iteration, number]>([
    ['12 minutes where its end is unknown', {}, 720],
    ['two minutes beyond its end', { endsAt: 30_001 }, 151],
    ['two minutes where its end has passed', { endsAt: -1_000_000 }, 120],
    ['the 12 hours that SQS allows at most', { endsAt: 86_400_000 }, 43_200],
  ])('keeps what it receives invisible for %s', async (_, iteration, seconds) => {
    const { asked, iterate } = open({ batches: [] });
    await idsOf(iterate(iteration));
    expect(asked).toEqual([`receive ${seconds}`, `receive ${seconds}`]);
  });

  it('counts the time to its end from each receive', async () => {
    const { time, asked, iterate } = open({ batches: [] });
    time.now = 10_000;
    await idsOf(iterate({ endsAt: 40_001 }));
    expect(asked[0]).toBe('receive 151');
  });

  it('releases what was not removed at its end, and what was removed no more', async () => {
    const { asked, iterate, warned } = open({ batches: [[message('a'), message('b')]] });
    for await (const { deadLetter, remove } of iterate()) if (deadLetter.messageId === 'a') await remove();
    expect(asked.filter((line) => !line.startsWith('receive'))).toEqual(['remove a-handle', 'release b-handle 0']);
    expect(warned).toEqual([]);
  });

  it('keeps one that could not be removed until its end', async () => {
    const { asked, iterate } = open({
      batches: [[message('a')]],
      remove: () => Promise.reject(new Error('x')),
    });
    for await (const { remove } of iterate()) await expect(remove()).rejects.toThrow();
    expect(asked.at(-1)).toBe('release a-handle 0');
  });

  it('releases everything when the caller leaves it', async () => {
    const { asked, iterate } = open({ batches: [[message('a'), message('b')]] });
    for await (const _ of iterate()) break;
    expect(asked).toEqual(['receive 720', 'release a-handle 0', 'release b-handle 0']);
  });

  it('logs how many could not be released, and releases the others', async () => {
    const { asked, iterate, warned } = open({
      batches: [[message('a'), message('b'), message('c')]],
      release: async (handle) => {
        if (handle !== 'b-handle') throw new Error('x');
      },
    });
    await idsOf(iterate());
    expect(asked.slice(-3)).toEqual(['a', 'b', 'c'].map((id) => `release ${id}-handle 0`));
    expect(warned).toEqual([{ code: 'dead-letters-not-released', count: 2 }]);
  });

  it('releases one that was sent after the start at once, and yields those up to the start', async () => {
    const { asked, iterate } = open({ batches: [[message('later', 8), message('a', 7)], [message('later', 8)]] });
    expect(await idsOf(iterate({ startedAt: 7 }))).toEqual(['a']);
    expect(asked.slice(0, 2)).toEqual(['receive 720', 'release later-handle 0']);
    // Received again, it stays invisible until the end: others come first.
    expect(asked.slice(2)).toEqual([...Array(3).fill('receive 720'), 'release a-handle 0', 'release later-handle 0']);
  });

  it('goes on when one that was sent after the start cannot be released', async () => {
    const { iterate, warned } = open({
      batches: [[message('later', 8), message('a')]],
      release: async (handle) => {
        if (handle === 'later-handle') throw new Error('x');
      },
    });
    expect(await idsOf(iterate({ startedAt: 7 }))).toEqual(['a']);
    expect(warned).toEqual([{ code: 'dead-letter-not-released' }]);
  });

  it('keeps one invisible anew if less than a minute is left of its timeout', async () => {
    const { time, asked, iterate } = open({ batches: [[message('a'), message('b'), message('c')]] });
    const ids: string[] = [];
    for await (const { deadLetter } of iterate()) {
      ids.push(deadLetter.messageId);
      time.now = deadLetter.messageId === 'a' ? 660_000 : 660_001;
    }
    expect(ids).toEqual(['a', 'b', 'c']);
    expect(asked.filter((line) => line.startsWith('release')).slice(0, 1)).toEqual(['release c-handle 720']);
    expect(asked.filter((line) => line.endsWith(' 0'))).toHaveLength(3);
  });

  it('passes over one whose timeout has ended, and takes it for new when it is received again', async () => {
    const { time, asked, iterate } = open({
      batches: [[message('a'), message('b')], [message('b')]],
      release: async (_, seconds) => {
        if (seconds > 0) throw new Error('MessageNotInflight');
      },
    });
    const ids: string[] = [];
    for await (const { deadLetter } of iterate()) {
      ids.push(`${deadLetter.messageId}, receives: ${asked.filter((line) => line.startsWith('receive')).length}`);
      time.now = 719_000;
    }
    expect(ids).toEqual(['a, receives: 1', 'b, receives: 2']);
    expect(asked.slice(1, 3)).toEqual(['release b-handle 720', 'receive 720']);
    expect(asked.slice(-2)).toEqual(['release a-handle 0', 'release b-handle 0']);
  });

  it('passes over a second copy of one that was removed', async () => {
    const { iterate } = open({ batches: [[message('a'), message('a'), message('b')]] });
    const ids: string[] = [];
    for await (const { deadLetter, remove } of iterate()) {
      ids.push(deadLetter.messageId);
      await remove();
    }
    expect(ids).toEqual(['a', 'b']);
  });

  it('does not release at its end one whose timeout has ended', async () => {
    const { time, asked, iterate, warned } = open({
      batches: [[message('a'), message('b')]],
      release: async (handle) => {
        if (handle === 'b-handle') throw new Error('MessageNotInflight');
      },
    });
    for await (const _ of iterate()) time.now = 719_000;
    expect(asked.filter((line) => line.startsWith('release'))).toEqual(['release b-handle 720', 'release a-handle 0']);
    expect(warned).toEqual([]);
  });

  it.each([
    ['before it receives', 0, [], []],
    ['before a dead letter', 2, ['a'], ['receive 720', 'release a-handle 0', 'release b-handle 0']],
  ])('ends when it is halted %s', async (_, after, ids, asked) => {
    const queue = open({ batches: [[message('a'), message('b')]] });
    let questions = 0;
    expect(await idsOf(queue.iterate({ halt: () => questions++ >= after }))).toEqual(ids);
    expect(queue.asked).toEqual(asked);
  });

  it.each([[['a']], [['a', 'b', 'c']]])('ends after two rounds in which nothing new came: %j', async (ids) => {
    const { asked, iterate } = open({ batches: Array(20).fill(ids.map((id) => message(id))) });
    expect(await idsOf(iterate())).toEqual(ids);
    expect(asked.filter((line) => line.startsWith('receive'))).toHaveLength(4);
  });

  it.each([
    ['of the queue', new AdapterError('queue-unavailable', 'AccessDenied'), 'AccessDenied'],
    ['of no known kind', new Error('text of a client'), 'unknown'],
  ])('rejects with an error %s when the queue cannot be read, and releases what it has', async (_, error, detail) => {
    const { asked, iterate } = open({ batches: [[message('a')], error] });
    const failure = await idsOf(iterate()).catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(DeadLettersUnavailable);
    expect(failure).toMatchObject({
      name: 'DeadLettersUnavailable',
      code: 'dead-letters-unavailable',
      message: 'dead-letters-unavailable: the dead-letter queue cannot be read',
      detail,
    });
    expect(asked.at(-1)).toBe('release a-handle 0');
  });
});
