/** A reference: an alert that names no key is looked up where it is kept, its keys die, and then the alert is closed. */
import type { Reference } from '../../events/data.ts';
import { API_TOKEN, SECRET_WITHOUT_ID } from '../../events/sources/findings.ts';
import { budgetMs, type Work } from '../context.ts';
import {
  type AlertName,
  alertNameOf,
  asksForPlaces,
  type Credentials,
  credentialsIn,
  type NoAnswer,
} from '../model/alert.ts';
import { DONE, type Settlement } from '../model/settlement.ts';
import { type SettledLeak, settleLeak } from '../revoke/access-key.ts';
import { mayStart } from '../revoke/attempt.ts';
import { eachWithin } from '../runtime/limit.ts';

/** For one question; what it asks in turn shares it. A slow sender of alerts must not hold up the leaks of the same batch. */
const TIMEOUT_MS = 5_000;
/** Keys of one alert at work at once. */
const AT_ONCE = 4;

type Dead = Extract<Settlement, { kind: 'dead' }>;

/** What no look can turn into a key, with what a person has to do. */
const HOPELESS = {
  unmappable: {
    kind: 'dead',
    reason: 'unmappable',
    detail: 'a secret without its key id: find the key at the place of the leak, and revoke it by its id',
  },
  'console-only': {
    kind: 'dead',
    reason: 'console-only',
    detail: 'a leaked API token: no API revokes it, delete it in the CoreWeave console',
  },
} as const satisfies Readonly<Record<string, Dead>>;

/** By provider, those whose references are beyond any resolver. */
const UNRESOLVABLE: ReadonlyMap<string, Dead> = new Map<string, Dead>([
  [SECRET_WITHOUT_ID, HOPELESS.unmappable],
  [API_TOKEN, HOPELESS['console-only']],
]);

const unresolved = (why: string, status?: number): Dead => ({
  kind: 'dead',
  reason: 'unresolved',
  detail: `${why}: look the alert up there`,
  ...(status === undefined ? {} : { status }),
});

/** Takes a reference; returns the alert to be looked up, or what becomes of it without any look. */
export function lookupOf({ provider, ref }: Reference): Dead | { readonly kind: 'alert'; readonly name: AlertName } {
  const fate = UNRESOLVABLE.get(provider);
  if (fate !== undefined) return fate;
  if (provider !== 'github') return unresolved('no resolver knows the provider');
  const name = alertNameOf(ref);
  return name === undefined ? unresolved('expected owner/repository/number') : { kind: 'alert', name };
}

/** Takes a reference's work; returns its settlement. Rejects when a record cannot be written. */
export async function settleReference(work: Work, reference: Reference): Promise<Settlement> {
  const lookup = lookupOf(reference);
  if (lookup.kind === 'dead') return lookup;
  const { name } = lookup;
  if (!mayStart(work)) return { kind: 'retry', code: 'not-started' };
  const { alerts } = work.environment.ports;
  const alert = await alerts.read(name, timeoutMs(work));
  if (alert.kind !== 'alert') return unanswered(alert);
  if (!alert.open) return ignore(work, 'the alert is closed');
  const places = asksForPlaces(alert.findings) ? await alerts.places(name, timeoutMs(work)) : undefined;
  if (places?.kind === 'unavailable') return unanswered(places);
  // What cannot be read tells nothing: the secret then stands for itself.
  const around = places?.kind === 'places' ? places.findings : [];
  return settleCredentials(work, name, credentialsIn(alert.findings, around));
}

const timeoutMs = (work: Work): number => Math.max(1, Math.min(TIMEOUT_MS, budgetMs(work)));

function unanswered(answer: NoAnswer): Settlement {
  if (answer.kind === 'refused') return unresolved(answer.why, answer.status);
  const { code, status, retryAfterS } = answer;
  return {
    kind: 'retry',
    code,
    ...(status === undefined ? {} : { status }),
    ...(retryAfterS === undefined ? {} : { retryAfterS }),
  };
}

async function ignore(work: Work, why: string): Promise<Settlement> {
  await work.record({ phase: 'note', name: 'Alert Ignored', detail: `ignored: ${why}` });
  return DONE;
}

async function settleCredentials(work: Work, name: AlertName, found: Credentials): Promise<Settlement> {
  const { accessKeyIds, confidence, left } = found;
  if (accessKeyIds.length === 0 && left === undefined) return ignore(work, 'no CoreWeave credential in the alert');
  const leaks = await eachWithin(AT_ONCE, accessKeyIds, (id) => settleLeak(work, id, confidence));
  const settlement = worstOf(leaks.map((leak) => leak.settlement));
  if (settlement.kind !== 'done') return settlement;
  if (left !== undefined) return HOPELESS[left];
  return leaks.every(({ outcome }) => outcome === 'confirmed') ? closeAlert(work, name) : leaveOpen(work, leaks);
}

/** A retry brings all of them back, which does no harm; else one that waits for a person speaks for all. */
const worstOf = (settlements: readonly Settlement[]): Settlement =>
  settlements.find(({ kind }) => kind === 'retry') ?? settlements.find(({ kind }) => kind === 'dead') ?? DONE;

/** Only what was seen to be dead is called revoked. */
async function leaveOpen(work: Work, leaks: readonly SettledLeak[]): Promise<Settlement> {
  const dry = leaks.some(({ outcome }) => outcome === 'would-revoke');
  const detail = dry ? 'alert-would-be-closed' : 'alert-left-open';
  await work.record({ phase: 'note', name: 'Alert Left Open', detail });
  return DONE;
}

async function closeAlert(work: Work, name: AlertName): Promise<Settlement> {
  await work.record({ phase: 'note', name: 'Alert Closing', detail: 'alert-closing' });
  const answer = await work.environment.ports.alerts.close(name, timeoutMs(work));
  // The keys are dead: they are looked at again with the next try, and found so.
  if (answer.kind === 'unavailable') return unanswered(answer);
  const closed = answer.kind === 'closed';
  if (!closed) work.environment.ports.log.warn('alert-not-closed', { status: answer.status });
  await work.record({
    phase: 'note',
    name: closed ? 'Alert Closed' : 'Alert Left Open',
    detail: closed ? 'alert-closed' : 'alert-not-closed',
  });
  return DONE;
}
