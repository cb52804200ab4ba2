/** What an operator must know to decide about a hold, beside its target: whom to ask, and what an approval changes. */
import { foldName } from '../../events/names.ts';
import type { StoredDeadLetter } from '../../lib/dead-letters/read.ts';
import { targetNames } from '../../lib/dead-letters/targets.ts';
import { optional } from '../../lib/io/config/environment.ts';
import { V } from '../../lib/io/config/variables.ts';
import type { Standing } from '../../lib/model/disposition.ts';
import type { Protection } from '../../lib/model/settings.ts';
import { OWN_PRINCIPAL_RULE } from '../../lib/revoke/rules.ts';
import type { Context } from '../context.ts';
import { quoteClaim } from '../event.ts';

type Field = readonly [label: string, text: string];

/** Entries of PROTECTED that are shown where the dead letter does not say which one holds it. */
const MOST = 10;

export const decisionFields = (
  context: Pick<Context, 'env' | 'clock'>,
  deadLetter: StoredDeadLetter,
): readonly Field[] => [
  ...protectedBy(context, deadLetter).map((text): Field => ['protected by', text]),
  ...(deadLetter.standing ?? []).map((each): Field => ['takes back', standingText(each)]),
  ...writtenName(deadLetter).map((name): Field => ['sender wrote', name]),
];

/** The entries of PROTECTED that hold the event, as far as the dead letter and this configuration say. */
export function protectedBy(
  { env, clock }: Pick<Context, 'env' | 'clock'>,
  deadLetter: StoredDeadLetter,
): readonly string[] {
  if (deadLetter.reason !== 'held-protected' || deadLetter.detail === OWN_PRINCIPAL_RULE) return [];
  const entries = optional(env, V.protections)?.filter(({ until = Infinity }) => clock.now() < until);
  if (entries === undefined) return ['unknown here: see PROTECTED of the functions'];
  const names = new Set((targetNames(deadLetter) ?? []).map(foldName));
  const exact = entries.filter((each) => names.has(foldName(nameOf(each))));
  if (exact.length > 0) return exact.map(entryText);
  // The owner of a key, and the keys of a principal, are not in the dead letter.
  return entries.slice(0, MOST).map((each) => `${entryText(each)}, if ${relationOf(each)} ${nameOf(each)}`);
}

const nameOf = ({ target }: Protection): string =>
  'accessKeyId' in target ? target.accessKeyId : target.principalName;
const entryText = ({ owner, reason }: Protection): string => `${owner}: ${reason}`;
const relationOf = ({ target }: Protection): string => ('accessKeyId' in target ? 'it has the key' : 'its owner is');

const standingText = ({ principalName, authority, state, source, id, time }: Standing): string =>
  `${principalName} ${state} by ${authority} at ${time}: event ${id} of ${source}`;

const NEAR_MATCH = /^near match of (.+)$/s;

/** The name that a near match is near to. */
function writtenName({ reason, event }: StoredDeadLetter): readonly string[] {
  if (reason !== 'held-near-match' || event === null || !('evidence' in event.data)) return [];
  const [, name] = NEAR_MATCH.exec(event.data.evidence?.detector ?? '') ?? [];
  return name === undefined ? [] : [quoteClaim(name)];
}
