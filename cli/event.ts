/** An event as a person sees it. */
import type { CanonicalEvent } from '../events/canonical.ts';
import { namedBy } from '../lib/model/directory.ts';
import type { Json } from '../lib/model/json.ts';
import { planOf, type Subject, targetName } from '../lib/model/plan.ts';
import type { Line } from '../terminal/lines.ts';

/** Takes an event; returns whom or what it is about, in one text. */
export function aboutOf(event: CanonicalEvent): string {
  const plan = planOf(event);
  switch (plan.kind) {
    case 'key':
      return `key ${targetName(plan.target)}`;
    case 'check':
      return `check ${plan.generation} of ${targetName(plan.target)}`;
    case 'resolve':
      return `alert ${plan.reference.ref} of ${plan.reference.provider}`;
    case 'keys-of':
      return `all keys of ${subjectName(plan.subject)}`;
    case 'reinstate':
      return `${subjectName(plan.subject)} stays`;
  }
}

function subjectName(subject: Subject): string {
  if ('principalName' in subject) return subject.principalName;
  const { kind, value } = namedBy(subject.identity);
  return `${kind} ${value}`;
}

/** Takes an event; returns its labels and values. */
export function eventFields(event: CanonicalEvent): readonly (readonly [label: string, ...Line])[] {
  const { data } = event;
  const effectiveAt =
    'effectiveAt' in data && data.effectiveAt !== undefined ? ([['effective', data.effectiveAt]] as const) : [];
  return [
    ['type', event.type],
    ['id', event.id],
    ['source', event.source],
    ['time', event.time],
    ...effectiveAt,
    ['target', aboutOf(event)],
  ];
}

/** Takes an event; returns it as JSON. */
export const eventJson = (event: CanonicalEvent): Json => ({ ...event });
