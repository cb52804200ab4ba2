/**
 * The refused parts of a message, by reason: they share one dead letter, so that a message of a thousand parts cannot
 * become a thousand dead letters with its whole text.
 */
import type { RefusalReason } from '../../events/refusal.ts';
import { MAX_POSITIONS, type PartPositions } from '../dead-letters/dead-letter.ts';
import type { EventPart, Redriven, RefusedPart } from './parse-message.ts';

export interface RefusedParts {
  readonly reason: RefusalReason;
  /** Of the first of them. */
  readonly detail: string;
  readonly ignored?: true;
  /** Absent if the part is all that the message holds. */
  readonly parts?: PartPositions;
  /** The dead letter in which all of them arrived; undefined: they arrived in several, or in none. */
  readonly text?: string;
  /** RFC 3339, or empty: the earliest of their dead letters. */
  readonly firstSeen: string;
  /** The most of their dead letters; undefined: they arrived in none. */
  readonly replays?: number;
  /** One of the dead letters in which they arrived. */
  readonly redriven?: Pick<Redriven, 'sender'>;
}

/** Ignored parts are grouped by what is said of them, the others by reason. In the order of the first part of each. */
export function groupRefusals(parts: readonly (EventPart | RefusedPart)[]): readonly RefusedParts[] {
  const groups = new Map<string, { readonly part: RefusedPart; readonly position: number }[]>();
  for (const [index, part] of parts.entries()) {
    if (part.kind !== 'refusal') continue;
    const name = part.ignored ? `ignored ${part.detail}` : part.reason;
    groups.set(name, [...(groups.get(name) ?? []), { part, position: index + 1 }]);
  }
  return [...groups.values()].flatMap((group) => groupOf(group, parts.length));
}

function groupOf(
  group: readonly { readonly part: RefusedPart; readonly position: number }[],
  total: number,
): readonly RefusedParts[] {
  const [first] = group;
  if (first === undefined) return [];
  const { reason, detail, ignored } = first.part;
  const redriven = group.map(({ part }) => part.redriven);
  const texts = new Set(redriven.map((each) => each?.text));
  const text = texts.size === 1 ? redriven[0]?.text : undefined;
  const seen = redriven.flatMap((each) => (each?.firstSeen ? [each.firstSeen] : []));
  const replays = redriven.flatMap((each) => (each === undefined ? [] : [each.replays]));
  const positions = group.slice(0, MAX_POSITIONS).map(({ position }) => position);
  return [
    {
      reason,
      detail,
      ...(ignored && { ignored }),
      ...(total === 1 ? {} : { parts: { count: group.length, positions } }),
      ...(text === undefined ? {} : { text }),
      firstSeen: seen.toSorted((a, b) => Date.parse(a) - Date.parse(b))[0] ?? '',
      ...(replays.length === 0 ? {} : { replays: Math.max(...replays) }),
      ...(first.part.redriven && { redriven: first.part.redriven }),
    },
  ];
}
