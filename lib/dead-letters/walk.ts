/**
 * A walk through the dead-letter queue: each letter once, none that came after the start, and all that stay are shown to
 * others again at the end. What is listed, shown, exported and replayed comes this way.
 */

import type { Clock, Inbox, Log, ReceivedLetter, Sha256 } from '../ports.ts';
import type { Letter } from './read.ts';
import { openReceived } from './read.ts';

export interface WalkPorts {
  readonly clock: Clock;
  readonly sha256: Sha256;
  readonly log: Log;
  readonly inbox: Inbox;
}

export interface Walk {
  /** Epoch ms: what was sent later is not touched. */
  readonly startedAt: number;
  /** Epoch ms by which whoever walks is gone at the latest. Absent: nobody knows. */
  readonly endsAt?: number;
  /** Asked before each look at the queue and before each letter; true: the walk ends. */
  readonly halt?: () => boolean;
}

export interface Walked {
  readonly letter: Letter;
  readonly message: ReceivedLetter;
  /** Deletes it; rejects when it could not be deleted. */
  readonly remove: () => Promise<void>;
}

/** Thrown when the dead-letter queue cannot be read (any further). What was hidden is shown again all the same. */
export class LettersUnavailable extends Error {
  override readonly name = 'LettersUnavailable';
  readonly code = 'letters-unavailable';
  constructor() {
    super('letters-unavailable: the dead-letter queue cannot be read');
  }
}

/**
 * A long poll asks all servers of the queue, so that two empty answers in a row mean that there is nothing more to be had.
 * (SQS guide, short and long polling)
 */
const EMPTY_LOOKS = 2;

/**
 * Takes the ports and the walk; yields the letters that were there at its start, hidden from others until the generator
 * has ended or was left. Letters that others hold are not seen. Throws LettersUnavailable (`letters-unavailable`).
 */
export async function* walkLetters(ports: WalkPorts, walk: Walk): AsyncGenerator<Walked, void> {
  const { inbox, clock, sha256 } = ports;
  const { startedAt, halt = () => false } = walk;
  const hold = createHold(ports, walk);
  const known = new Set<string>();
  let [empty, nothingNew] = [0, 0];
  try {
    // What is not hidden any more comes round again: two whole rounds without a new letter are the end as well.
    while (empty < EMPTY_LOOKS && nothingNew <= 2 * known.size && !halt()) {
      const messages = await hold.receive();
      empty = messages.length === 0 ? empty + 1 : 0;
      nothingNew += messages.length;
      const fresh = messages.filter(({ messageId }) => !known.has(messageId));
      for (const { messageId } of fresh) known.add(messageId);
      const isLater = ({ sentAt }: ReceivedLetter): boolean => sentAt > startedAt;
      // Back at once, but only once: they would be received again and again before others.
      await Promise.all(fresh.filter(isLater).map(({ messageId }) => hold.release(messageId)));
      for (const message of fresh.filter((each) => !isLater(each))) {
        if (halt()) return;
        if (!(await hold.renew(message.messageId))) {
          // Others may have it by now. If it comes round again it is as good as new.
          known.delete(message.messageId);
          continue;
        }
        nothingNew = 0;
        const remove = async (): Promise<void> => {
          await inbox.remove(message.receiptHandle);
          hold.forget(message.messageId);
        };
        yield { letter: openReceived(message, clock.now(), sha256), message, remove };
      }
    }
  } finally {
    await hold.releaseAll();
  }
}

/** How long letters stay hidden beyond the end of the walk, and at least when one is handed out. */
const SLACK_MS = 60_000;
/** Without a known end: so long that a walk that died does not keep them for half a day. */
const HIDE_MS = 600_000;
const MOST_HIDDEN_S = 43_200;

/** What is hidden for us, by message: released at the end, and hidden for longer where someone is about to work at it. */
function createHold({ inbox, clock, log }: WalkPorts, { endsAt }: Walk) {
  const hidden = new Map<string, { readonly receiptHandle: string; readonly until: number }>();
  const seconds = (): number => {
    const ms = endsAt === undefined ? HIDE_MS : Math.max(0, endsAt - clock.now());
    return Math.min(MOST_HIDDEN_S, Math.ceil((ms + 2 * SLACK_MS) / 1_000));
  };
  const release = async (messageId: string): Promise<void> => {
    const held = hidden.get(messageId);
    hidden.delete(messageId);
    await (held && inbox.release(held.receiptHandle, 0));
  };
  return {
    async receive() {
      const [hideS, now] = [seconds(), clock.now()];
      const messages = await inbox.receive(hideS).catch(() => {
        throw new LettersUnavailable();
      });
      for (const { messageId, receiptHandle } of messages) {
        hidden.set(messageId, { receiptHandle, until: now + hideS * 1_000 });
      }
      return messages;
    },
    /** False: it is no longer ours. */
    async renew(messageId: string): Promise<boolean> {
      const held = hidden.get(messageId);
      if (held === undefined) return false;
      const [hideS, now] = [seconds(), clock.now()];
      if (held.until - now >= SLACK_MS) return true;
      try {
        await inbox.release(held.receiptHandle, hideS);
      } catch {
        hidden.delete(messageId);
        return false;
      }
      hidden.set(messageId, { ...held, until: now + hideS * 1_000 });
      return true;
    },
    forget: (messageId: string): void => void hidden.delete(messageId),
    /** Best effort: SQS shows the others when their time is over. */
    release: (messageId: string): Promise<void> => release(messageId).catch(() => log.warn('letter-not-released')),
    async releaseAll(): Promise<void> {
      const ended = await Promise.allSettled([...hidden.keys()].map(release));
      const count = ended.filter(({ status }) => status === 'rejected').length;
      if (count > 0) log.warn('letters-not-released', { count });
    },
  };
}
