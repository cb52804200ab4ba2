/** From what a schema found to a refusal that tells the sender where to look, and nothing of what was there. */
import { type Refusal, refusal } from './refusal.ts';
import type { Issue } from './schema.ts';

/** Faults that a detail spells out. */
const MAX_FAULTS = 5;

/** Our own names may be quoted where they do not belong; another name could be anything, a secret included. */
const OUR_NAMES: ReadonlySet<string> = new Set([
  ...[
    'accessKeyId',
    'principalName',
    'scope',
    'reference',
    'confidence',
    'evidence',
    'identity',
    'effectiveAt',
    'staged',
  ],
  ...['parent', 'generation', 'email', 'login', 'externalId'],
]);

/**
 * `secret-like-target` if a target field looks like a secret, else `invalid`. The detail names paths and expected
 * values. `issues`: at least one.
 */
export function refuseFaults(issues: readonly Issue[]): Refusal {
  const asking = issues.filter(({ reason }) => reason !== undefined);
  const shown = (asking.length > 0 ? asking : issues).flatMap(faults);
  const rest = shown.length - MAX_FAULTS;
  const detail = [...shown.slice(0, MAX_FAULTS), ...(rest > 0 ? [`and ${rest} more`] : [])].join('; ');
  return refusal(asking[0]?.reason ?? 'invalid', detail);
}

/** Paths consist of names in our schemas only. */
function faults(issue: Issue): string[] {
  const at = issue.path.length === 0 ? 'event' : issue.path.join('.');
  return expectations(issue).map((expectation) => `${at}: ${expectation}`);
}

function expectations(issue: Issue): string[] {
  if (issue.unknownKeys === undefined) return [issue.message];
  const misplaced = issue.unknownKeys.filter((key) => OUR_NAMES.has(key));
  const unknown = issue.unknownKeys.length - misplaced.length;
  return [
    ...misplaced.map((key) => `expected no ${key} here`),
    ...(unknown > 0 ? [`${unknown} unknown ${unknown === 1 ? 'key' : 'keys'}`] : []),
  ];
}
