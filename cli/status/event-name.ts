/** Which event an id means: several sources may use one id, and a message has an id of its own. */
import type { StoredDeadLetter } from '../../lib/dead-letters/read.ts';
import { type EventHistory, isCheck } from '../audit/incidents.ts';

export interface EventName {
  readonly source: string;
  readonly id: string;
}

export interface NamedEvents {
  /** Undefined: there are several, and none is what was asked for. */
  readonly about: EventName | undefined;
  readonly others: readonly EventName[];
}

/** By the records and dead letters that were found; `asked` where there are none. */
export function nameEvents(
  asked: EventName,
  events: readonly EventHistory[],
  deadLetters: readonly Pick<StoredDeadLetter, 'about'>[],
): NamedEvents {
  const sent = events.filter((event) => !isCheck(event));
  const named: readonly EventName[] = [
    ...(sent.length === 0 ? events : sent),
    ...deadLetters.map(({ about }) => about),
  ].filter(({ source, id }) => source !== '' && id !== '');
  const found = [...new Map(named.map(({ source, id }) => [JSON.stringify([source, id]), { source, id }])).values()];
  const own = found.find(({ source, id }) => source === asked.source && id === asked.id);
  const about = found.length === 0 ? asked : (own ?? (found.length === 1 ? found[0] : undefined));
  return { about, others: found.filter((each) => each !== about) };
}
