/** An alert that names no key: it is looked up where it is stored, its keys are revoked, and then it is closed. */
import type { Reference } from '../../events/data.ts';
import { API_TOKEN, GITGUARDIAN_INCIDENT, SECRET_WITHOUT_ID } from '../../events/sources/findings.ts';
import { budgetMs, type EventContext, inTurn } from '../context.ts';
import {
  type AlertFailure,
  type AlertName,
  type AlertResponse,
  alertNameOf,
  credentialsIn,
  type LeakedCredentials,
  type LocationsResponse,
  needsLocations,
} from '../model/alert.ts';
import {
  combined,
  type DeadDisposition,
  type Disposition,
  DONE,
  dispositionOf,
  retryLater,
} from '../model/disposition.ts';
import { isProven } from '../model/outcome.ts';
import { canStart } from '../revoke/attempt.ts';
import { revokeLeakedKey } from '../revoke/key.ts';
import { mapWithConcurrency } from '../runtime/limit.ts';

/** For one lookup, in ms: a slow provider must not delay the leaks of the same batch. */
const LOOKUP_TIMEOUT_MS = 5_000;
/** The same for the places of an alert: up to eleven requests, one after the other. */
const PLACES_TIMEOUT_MS = 12_000;
/**
 * The delivery, some 15 s after the first, from which a 404 counts: GitHub's API may show an alert a moment later than
 * its webhook. (https://github.com/rust-lang/highfive/issues/190)
 */
const BELIEVED_DELIVERY = 3;
/** Keys of one alert that are revoked at once. */
const CONCURRENT_KEYS = 4;
/** Keys that one alert leads to. Most name one; as many as these fit in an invocation. */
const MAX_KEYS_OF_ALERT = 100;

/** What no lookup can turn into a key, with what the operator has to do. */
const NON_RETRYABLE = {
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
} as const satisfies Readonly<Record<string, DeadDisposition>>;

/** Providers whose references no lookup can resolve. */
const UNRESOLVABLE: ReadonlyMap<string, DeadDisposition> = new Map<string, DeadDisposition>([
  [SECRET_WITHOUT_ID, NON_RETRYABLE.unmappable],
  [API_TOKEN, NON_RETRYABLE['console-only']],
  [
    GITGUARDIAN_INCIDENT,
    {
      kind: 'dead',
      reason: 'unresolved',
      detail: 'GitGuardian sends no secret: open the incident, find the key id there, and revoke the key by it',
    },
  ],
]);

const unresolved = (why: string, status?: number): DeadDisposition => ({
  kind: 'dead',
  reason: 'unresolved',
  detail: `${why}: look the alert up there`,
  // Stryker disable next-line ConditionalExpression: a dead letter has null for both
  ...(status === undefined ? {} : { status }),
});

const tooManyKeys = (count: number): DeadDisposition => ({
  kind: 'dead',
  reason: 'unresolved',
  detail: `expected at most ${MAX_KEYS_OF_ALERT} keys in an alert, and it has ${count}: look the others up there`,
});

/** The alert to look up, or what becomes of a reference that cannot be. */
function lookupOf({
  provider,
  ref,
}: Reference): DeadDisposition | { readonly kind: 'alert'; readonly name: AlertName } {
  const dead = UNRESOLVABLE.get(provider);
  if (dead !== undefined) return dead;
  if (provider !== 'github') return unresolved('no resolver knows the provider');
  const name = alertNameOf(ref);
  // Stryker disable next-line StringLiteral: only `dead` is told apart
  return name === undefined ? unresolved('expected owner/repository/number') : { kind: 'alert', name };
}

/** Rejects if a record cannot be written. */
export async function processAlert(context: EventContext, reference: Reference): Promise<Disposition> {
  const lookup = lookupOf(reference);
  if (lookup.kind === 'dead') return lookup;
  const { name } = lookup;
  if (!canStart(context)) return retryLater('not-started');
  const { alerts } = context.runtime.ports;
  const alert = believed(await alerts.read(name, timeoutMs(context)), context);
  if (alert.kind !== 'alert') return unanswered(alert);
  if (alert.state === 'revoked') return ignore(context, 'the alert is closed as revoked');
  const locations = needsLocations(alert.findings)
    ? believed(await alerts.locations(name, timeoutMs(context, PLACES_TIMEOUT_MS)), context)
    : undefined;
  if (locations?.kind === 'unavailable') return unanswered(locations);
  // A location that cannot be read adds nothing: only the findings in the secret itself count.
  const around = locations?.kind === 'locations' ? locations.findings : [];
  const found = credentialsIn(alert.findings, around);
  // A bypass of GitHub's push protection can dismiss the alert: an operator decides whether that was right.
  const confidence = alert.state === 'dismissed' ? 'dismissed' : found.confidence;
  return revokeCredentials(context, name, { ...found, confidence });
}

const timeoutMs = (context: EventContext, most = LOOKUP_TIMEOUT_MS): number =>
  Math.max(1, Math.min(most, budgetMs(context)));

/** An early 404 says that a retry may help. */
function believed<Answer extends AlertResponse | LocationsResponse>(
  answer: Answer,
  { delivery }: EventContext,
): Answer | AlertFailure {
  const isEarly = answer.kind === 'refused' && answer.status === 404 && delivery.receiveCount < BELIEVED_DELIVERY;
  return isEarly ? { kind: 'unavailable', code: 'alert-not-shown', status: 404 } : answer;
}

function unanswered(answer: AlertFailure): Disposition {
  if (answer.kind === 'refused') return unresolved(answer.why, answer.status);
  return retryLater(answer.code, answer.retryAfterS);
}

async function ignore({ audit }: EventContext, why: string): Promise<Disposition> {
  await audit({ phase: 'note', name: 'Alert Ignored', detail: `ignored: ${why}` });
  return DONE;
}

async function revokeCredentials(
  context: EventContext,
  name: AlertName,
  found: LeakedCredentials,
): Promise<Disposition> {
  const { accessKeyIds, confidence, left } = found;
  if (accessKeyIds.length === 0 && left === undefined) return ignore(context, 'no CoreWeave credential in the alert');
  const { settings } = context.runtime;
  // The first ones act: a true leak must not stay alive because of what stands beside it.
  const first = accessKeyIds.slice(0, MAX_KEYS_OF_ALERT);
  const leaks = await mapWithConcurrency(CONCURRENT_KEYS, inTurn(context, first), async (accessKeyId) => {
    const result = await revokeLeakedKey(context, accessKeyId, confidence);
    return { result, disposition: dispositionOf(result, settings, { kind: 'key', accessKeyId }) };
  });
  const dispositions = leaks.map((leak) => leak.disposition);
  // First, since one dead letter is sent: in the alert an operator also finds the keys that are held.
  if (accessKeyIds.length > first.length) dispositions.unshift(tooManyKeys(accessKeyIds.length));
  const disposition = combined(dispositions);
  if (disposition.kind !== 'done') return disposition;
  if (left !== undefined) return NON_RETRYABLE[left];
  const results = leaks.map(({ result }) => result);
  return results.every(({ outcome }) => isProven(outcome)) ? closeAlert(context, name) : leaveOpen(context);
}

/** An alert is closed as revoked only if a read-back showed that every key is gone. */
async function leaveOpen({ runtime, audit }: EventContext): Promise<Disposition> {
  const detail = runtime.settings.mode === 'dry-run' ? 'alert-would-be-closed' : 'alert-left-open';
  await audit({ phase: 'note', name: 'Alert Left Open', detail });
  return DONE;
}

async function closeAlert(context: EventContext, name: AlertName): Promise<Disposition> {
  const { runtime, audit } = context;
  await audit({ phase: 'note', name: 'Alert Closing', detail: 'alert-closing' });
  const answer = await runtime.ports.alerts.close(name, timeoutMs(context));
  // The keys are gone: the next delivery finds them so, and closes the alert.
  if (answer.kind === 'unavailable') return unanswered(answer);
  const closed = answer.kind === 'closed';
  if (!closed) runtime.ports.log.warn('alert-not-closed', { status: answer.status });
  await audit({
    phase: 'note',
    name: closed ? 'Alert Closed' : 'Alert Left Open',
    detail: closed ? 'alert-closed' : 'alert-not-closed',
  });
  return DONE;
}
