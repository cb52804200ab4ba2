/**
 * Iterates over the dead-letter queue: each dead letter once, none that was sent after the start; those that stay
 * become visible again at the end. `dlq list`, `show`, `export` and `replay` read the queue this way.
 */
import type { Clock, DeadLetterQueue, Log, QueuedMessage, Sha256 } from '../ports.ts';
import { AdapterError } from '../runtime/adapter-error.ts';
import { readDeadLetter, type StoredDeadLetter } from './read.ts';

export interface IterationPorts {
  readonly clock: Clock;
  readonly sha256: Sha256;
  readonly log: Log;
  readonly inbox: DeadLetterQueue;
}

export interface Iteration {
  /** Epoch ms by the clock of SQS: dead letters that were sent later are not touched. By default there are none. */
  readonly startedAt?: number;
  /** Epoch ms by which the caller ends at the latest; undefined if unknown. */
  readonly endsAt?: number;
  /** The visible messages as SQS counts them: with so many seen, one empty response is the end. */
  readonly expected?: number;
  /** Asked before each receive and before each dead letter; true ends the iteration. */
  readonly halt?: () => boolean;
}

export interface QueuedDeadLetter {
  readonly deadLetter: StoredDeadLetter;
  readonly message: QueuedMessage;
  /** Rejects if the message could not be deleted. */
  readonly remove: () => Promise<void>;
}

/** Thrown if the dead-letter queue can no longer be read. Received messages still become visible again. */
export class DeadLettersUnavailable extends Error {
  override readonly name = 'DeadLettersUnavailable';
  readonly code = 'dead-letters-unavailable';
  /** The name that the queue gave its error, as in `AccessDenied`. */
  readonly detail: string;
  constructor(error: unknown) {
    super('dead-letters-unavailable: the dead-letter queue cannot be read');
    this.detail = error instanceof AdapterError ? error.detail : 'unknown';
  }
}

/**
 * A long poll asks all servers of the queue: after two empty responses in a row there are no more messages. (SQS guide,
 * short and long polling)
 */
const MAX_EMPTY_RECEIVES = 2;

/**
 * Yields the dead letters that were in the queue at the start, invisible to others until the generator ends or is left.
 * Messages that are invisible because others received them are not seen. Throws DeadLettersUnavailable
 * (`dead-letters-unavailable`).
 */
export async function* iterateDeadLetters(
  ports: IterationPorts,
  iteration: Iteration,
): AsyncGenerator<QueuedDeadLetter, void> {
  const { inbox, clock, sha256 } = ports;
  // Stryker disable next-line ArrowFunction: what is not true does not end the iteration
  const { startedAt = Infinity, expected = Infinity, halt = () => false } = iteration;
  const visibility = extendVisibility(ports, iteration);
  const known = new Set<string>();
  let [empty, nothingNew] = [0, 0];
  try {
    // A message whose visibility timeout ended is received again: two whole rounds without a new one are the end as
    // well.
    const maxEmpty = (): number => (known.size >= expected ? 1 : MAX_EMPTY_RECEIVES);
    while (empty < maxEmpty() && nothingNew <= 2 * known.size && !halt()) {
      const messages = await visibility.receive();
      empty = messages.length === 0 ? empty + 1 : 0;
      nothingNew += messages.length;
      const fresh = messages.filter(({ messageId }) => !known.has(messageId));
      for (const { messageId } of fresh) known.add(messageId);
      const isLater = ({ sentAt }: QueuedMessage): boolean => sentAt > startedAt;
      // Released at once, but only once: they would be received again and again before others.
      await Promise.all(fresh.filter(isLater).map(({ messageId }) => visibility.release(messageId)));
      for (const message of fresh.filter((each) => !isLater(each))) {
        if (halt()) return;
        if (!(await visibility.renew(message.messageId))) {
          // Others may have it by now. If it is received again it counts as new.
          known.delete(message.messageId);
          continue;
        }
        nothingNew = 0;
        const remove = async (): Promise<void> => {
          await inbox.remove(message.receiptHandle);
          visibility.forget(message.messageId);
        };
        yield { deadLetter: readDeadLetter(message, clock.now(), sha256), message, remove };
      }
    }
  } finally {
    await visibility.releaseAll();
  }
}

/** How long messages stay invisible beyond the end of the iteration, and at least when one is yielded. */
const SLACK_MS = 60_000;
/** Without a known end: not so long that an iteration that died keeps them for half a day. */
const VISIBILITY_MS = 600_000;
const MAX_VISIBILITY_S = 43_200;

/** Received messages: released at the end, and kept invisible while a caller processes them. */
function extendVisibility({ inbox, clock, log }: IterationPorts, { endsAt }: Iteration) {
  const hidden = new Map<string, { readonly receiptHandle: string; readonly until: number }>();
  const seconds = (): number => {
    const ms = endsAt === undefined ? VISIBILITY_MS : Math.max(0, endsAt - clock.now());
    return Math.min(MAX_VISIBILITY_S, Math.ceil((ms + 2 * SLACK_MS) / 1_000));
  };
  const release = async (messageId: string): Promise<void> => {
    const held = hidden.get(messageId);
    hidden.delete(messageId);
    await (held && inbox.release(held.receiptHandle, 0));
  };
  return {
    async receive() {
      const [visibilityS, now] = [seconds(), clock.now()];
      const messages = await inbox.receive(visibilityS).catch((error: unknown) => {
        throw new DeadLettersUnavailable(error);
      });
      for (const { messageId, receiptHandle } of messages) {
        hidden.set(messageId, { receiptHandle, until: now + visibilityS * 1_000 });
      }
      return messages;
    },
    /** False: its visibility timeout ended. Asked once for each message that is received. */
    async renew(messageId: string): Promise<boolean> {
      const held = hidden.get(messageId);
      if (held === undefined) return false;
      const [visibilityS, now] = [seconds(), clock.now()];
      if (held.until - now >= SLACK_MS) return true;
      try {
        await inbox.release(held.receiptHandle, visibilityS);
      } catch {
        hidden.delete(messageId);
        return false;
      }
      return true;
    },
    forget: (messageId: string): void => void hidden.delete(messageId),
    /** Best effort: the others become visible when their timeout ends. */
    release: (messageId: string): Promise<void> => release(messageId).catch(() => log.warn('dead-letter-not-released')),
    async releaseAll(): Promise<void> {
      const ended = await Promise.allSettled([...hidden.keys()].map(release));
      const count = ended.filter(({ status }) => status === 'rejected').length;
      if (count > 0) log.warn('dead-letters-not-released', { count });
    },
  };
}
