/**
 * Okta: log events by event hook, and the same log events by EventBridge. A leaver is the target of a log event, never
 * its actor, who is the administrator. (Okta, event hooks; System Log API)
 */
import { isRecord } from '../shapes.ts';
import {
  ignored,
  isRoot,
  jsonOf,
  NO_SUCH_PATH,
  present,
  readingOf,
  refused,
  shortText,
  wrongMethod,
} from './reading.ts';
import type { Reading, Source, WebRequest } from './source.ts';

/** Who leaves, for good or until further notice. Neither an undoing (`reactivate`, `unsuspend`) nor a change of groups or apps. */
const LEAVES: ReadonlySet<unknown> = new Set([
  'user.lifecycle.deactivate',
  'user.lifecycle.suspend',
  'user.lifecycle.delete.initiated',
]);

/** A log event is known by its uuid wherever it comes by, so hook and stream name the same event. */
const SOURCE = 'okta://system-log';

const NO_LEAVER = 'a log event that we do not act on';
const NO_SUCCESS = 'a log event of something that did not succeed';
const NAMELESS = 'expected uuid, published, and a target of type User with alternateId or id';

const CHALLENGE = 'x-okta-verification-challenge';

/** Okta asks once with a GET, before it sends anything; whether with the secret is not documented. The answer tells nothing. */
const isChallenge = ({ method, headers }: WebRequest): boolean =>
  method === 'GET' && /^[\x21-\x7e]{1,512}$/.test(headers[CHALLENGE] ?? '');

/** The `Authorization` header is the secret of the hook, as it stands. */
export const okta: Source = {
  name: 'okta',
  isGenuine: (request, proofs) => isChallenge(request) || proofs.secret(request.headers.authorization ?? ''),
  read(request, now) {
    if (!isRoot(request)) return NO_SUCH_PATH;
    if (isChallenge(request)) {
      const body = { verification: request.headers[CHALLENGE] };
      return ignored('a verification of the hook', { status: 200, body });
    }
    return request.method === 'POST' ? readHook(request, now) : wrongMethod('GET, POST');
  },
};

function readHook({ body }: WebRequest, now: number): Reading {
  const json = jsonOf(body);
  if (json.kind !== 'json') return json;
  const data = isRecord(json.value) ? json.value.data : undefined;
  if (!isRecord(data) || !Array.isArray(data.events)) return refused(400, 'expected data.events');
  const readings = data.events.map((logEvent) => readLogEvent(logEvent, 'event-hook'));
  const passedOver = readings.flatMap(({ kind, why }) => (kind === 'ignored' ? [why] : []));
  const faults = readings.flatMap(({ kind, why }) => (kind === 'fault' ? [why] : []));
  const candidates = readings.flatMap((reading) => reading.candidates);
  return readingOf(candidates, { passedOver, faults, nothing: passedOver[0] ?? NO_LEAVER }, now);
}

/**
 * Takes the `detail` of an EventBridge event of Okta's log stream (partner source `aws.partner/okta.com/…`): one log
 * event. Returns values for `parseEvent`, of which a leaver whom the log event does not name ends as `invalid`; or why it
 * is nothing to us.
 */
export function ofLogStream(
  detail: unknown,
):
  | { readonly kind: 'values'; readonly values: readonly unknown[] }
  | { readonly kind: 'ignored'; readonly why: string } {
  const { kind, why, candidates } = readLogEvent(detail, 'eventbridge');
  if (kind === 'ignored') return { kind, why };
  const nameless = { specversion: '1.0', type: 'user.offboarded.v1', data: {} };
  return { kind: 'values', values: kind === 'fault' ? [nameless] : candidates };
}

interface LogReading {
  readonly kind: 'events' | 'ignored' | 'fault';
  readonly why: string;
  readonly candidates: readonly unknown[];
}

const none = (kind: 'ignored' | 'fault', why: string): LogReading => ({ kind, why, candidates: [] });

function readLogEvent(logEvent: unknown, receivedVia: 'event-hook' | 'eventbridge'): LogReading {
  if (!isRecord(logEvent) || !LEAVES.has(logEvent.eventType)) return none('ignored', NO_LEAVER);
  const { outcome, target } = logEvent;
  if (!isRecord(outcome) || outcome.result !== 'SUCCESS') return none('ignored', NO_SUCCESS);
  const targets: readonly unknown[] = Array.isArray(target) ? target : [];
  const people = targets.filter((each) => isRecord(each) && each.type === 'User').map(identityOf);
  const uuid = shortText(logEvent, 'uuid');
  const published = shortText(logEvent, 'published');
  if (uuid === undefined || published === undefined || people.length === 0 || people.includes(undefined)) {
    return none('fault', NAMELESS);
  }
  const candidates = people.map((identity, index) => ({
    specversion: '1.0',
    type: 'user.offboarded.v1',
    id: index === 0 ? uuid : `${uuid}/${index + 1}`,
    source: SOURCE,
    time: published,
    data: {
      identity,
      evidence: present({
        detector: shortText(logEvent, 'eventType'),
        receivedVia,
        verifiedBy: receivedVia === 'event-hook' ? 'authorization-header' : undefined,
        sourceEventId: uuid,
      }),
    },
  }));
  return { kind: 'events', why: '', candidates };
}

/** `alternateId` is the login; Okta writes `unknown` where it has none. `id` is its own. (Okta, System Log API, target) */
function identityOf(target: unknown): object | undefined {
  const login = shortText(target, 'alternateId');
  if (login !== undefined && login !== 'unknown') return { login };
  const externalId = shortText(target, 'id');
  return externalId === undefined ? undefined : { externalId };
}
