/** How an event is shown to the operator. */
import type { CanonicalEvent } from '../events/canonical.ts';
import { identityName } from '../lib/ledger/directory.ts';
import type { Json } from '../lib/model/json.ts';
import { planOf, type Subject, targetName } from '../lib/model/plan.ts';
import type { Line } from '../terminal/lines.ts';
import { toShellWord } from './shell.ts';

/** What the event is about: a key, a principal, an identity or an alert. */
export function describeTarget(event: CanonicalEvent): string {
  const plan = planOf(event);
  switch (plan.kind) {
    case 'key':
      return `key ${targetName(plan.target)}`;
    case 'check':
      return `check ${plan.generation} of ${targetName(plan.target)}`;
    case 'alert':
      return `alert ${plan.reference.ref} of ${plan.reference.provider}`;
    case 'principal':
      return `all keys of ${subjectName(plan.subject)}`;
    case 'reconcile':
      return `all keys of ${plan.principals.join(', ')}, if still offboarded`;
    case 'reinstate':
      return `${subjectName(plan.subject)} stays`;
  }
}

function subjectName(subject: Subject): string {
  if ('principalName' in subject) return subject.principalName;
  const { kind, value } = identityName(subject.identity);
  return `${kind} ${quoteClaim(value)}`;
}

/** A sender's text among other facts: in quotes if it has blanks, since it could then pass for a fact of its own. */
export const quoteClaim = (text: string): string => (/^[!#-~]*$/.test(text) ? text : JSON.stringify(text));

export function toEventFields(event: CanonicalEvent): readonly (readonly [label: string, ...Line])[] {
  const { data } = event;
  const effectiveAt =
    'effectiveAt' in data && data.effectiveAt !== undefined ? ([['effective', data.effectiveAt]] as const) : [];
  return [
    ['type', event.type],
    ['id', event.id],
    ['source', event.source],
    ['time', event.time],
    ...effectiveAt,
    ['target', describeTarget(event)],
  ];
}

export const toEventJson = (event: CanonicalEvent): Json => ({ ...event });

/** The command that shows the state of an event, for a POSIX shell. */
export const statusCommand = ({ id, source }: { readonly id: string; readonly source: string }): string =>
  `revoker status ${toShellWord(id)} --source ${toShellWord(source)}`;
