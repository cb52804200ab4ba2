/** Dead letters in a table that fits any terminal: what is meant, from whom, how old, and why it is here. */
import type { StoredDeadLetter } from '../../lib/dead-letters/read.ts';
import { targetNames } from '../../lib/dead-letters/targets.ts';
import { namedTargets, planOf } from '../../lib/model/plan.ts';
import { formatAge, pluralize } from '../../terminal/format.ts';
import { dim, type Line } from '../../terminal/lines.ts';
import { formatTable } from '../../terminal/table.ts';
import { describeTarget, quoteClaim } from '../event.ts';
import { urgencyOf } from './next-step.ts';

/** Characters of a message id that make it unambiguous enough. */
export const MIN_PREFIX = 8;

/** By the id of its event, or by the beginning of its own. */
export const isNamed = ({ messageId, about }: StoredDeadLetter, id: string): boolean =>
  about.id === id || (id.length >= MIN_PREFIX && messageId.startsWith(id));

const UNREADABLE = 'unreadable message';

type About = Pick<StoredDeadLetter, 'event' | 'about' | 'accessKeyId' | 'principals'>;

/** What the dead letter is about, as far as it can be read: also whom its alert or person led to. */
export function targetOf(deadLetter: About): string {
  const { event, about } = deadLetter;
  if (event !== null) {
    const named = namedTargets(planOf(event)) ?? [];
    const others = (targetNames(deadLetter) ?? []).filter((name) => !named.includes(name));
    return [describeTarget(event), ...(others.length === 0 ? [] : [`that is ${others.join(' and ')}`])].join(', ');
  }
  return [about.type, about.id].filter(Boolean).map(quoteClaim).join(' ') || UNREADABLE;
}

/**
 * Dead letters that others hold, by the counts of SQS before `read` were seen: some may have become visible since, and
 * a reading may have ended before the last.
 */
export const countInHand = (
  { visible, hidden }: { readonly visible: number; readonly hidden: number },
  read: number,
): number => Math.max(0, Math.min(hidden, visible + hidden - read));

export const inHandText = (count: number): string =>
  `about ${count} that another consumer has received: they reappear within minutes`;

export interface DeadLetterTable {
  /** Epoch ms. */
  readonly now: number;
  readonly width: number;
  /** So many are shown; the others are counted. */
  readonly most: number;
}

/** In the given order. */
export function formatDeadLetters(
  deadLetters: readonly StoredDeadLetter[],
  { now, width, most }: DeadLetterTable,
): readonly Line[] {
  const left = deadLetters.length - most;
  return [
    ...formatTable({
      header: ['id', 'age', 'what, why, from whom and which event'],
      rows: deadLetters.slice(0, most).map((deadLetter) => {
        const { messageId, reason, firstSeen, event, about, replays, sender = '' } = deadLetter;
        const facts = [
          event === null ? quoteClaim(about.type) || UNREADABLE : targetOf(deadLetter),
          reason,
          // Who sent it was verified. What follows is what the sender claims.
          sender === '' ? '' : `sent by ${sender}`,
          about.source === '' ? '' : `from ${quoteClaim(about.source)}`,
          replays === 0 ? '' : `replayed ${pluralize(replays, 'time')}`,
          // Commands ask for it: at the end it is copied without a comma.
          about.id === '' ? '' : `event ${quoteClaim(about.id)}`,
        ].filter(Boolean);
        const age = formatAge(now - firstSeen);
        return [
          messageId.slice(0, MIN_PREFIX),
          urgencyOf(reason) === 'now' ? { text: age, color: 'yellow' as const } : age,
          facts.join(', '),
        ];
      }),
      width,
      wrap: true,
    }),
    ...(left > 0 ? [[dim(`and ${left} more: see \`dlq list --detail\``)]] : []),
  ];
}
