/**
 * Okta: log events from an event hook or from EventBridge. The offboarded user is the target of the log event, not the
 * actor, who is the administrator. (Okta, event hooks; System Log API)
 */

import { fieldsOf, isRecord } from '../shapes.ts';
import {
  type Candidate,
  firstGroup,
  ignored,
  isRoot,
  jsonOf,
  listed,
  noSuchPath,
  present,
  type ReportedSubject,
  readingOf,
  refused,
  shortText,
  valuesNamed,
  withUnusable,
  wrongMethod,
} from './reading.ts';
import type { Reading, Source, WebRequest } from './source.ts';

/** Excluded: `reactivate`, `unsuspend`, and changes of groups or apps. */
const OFFBOARDING_TYPES: ReadonlySet<unknown> = new Set([
  'user.lifecycle.deactivate',
  'user.lifecycle.suspend',
  'user.lifecycle.delete.initiated',
]);

/** The uuid of a log event is the same from hook and stream, so both deliver the same event. */
const SOURCE = 'okta://system-log';

const OFFBOARDED = 'user.offboarded.v1';

/** These are ignored. Any other outcome except `SUCCESS` is reported as unusable. (System Log API, outcome.result) */
const FAILED: ReadonlySet<unknown> = new Set(['FAILURE', 'SKIPPED', 'DENY', 'CHALLENGE']);

/** `alternateId` is the login, or this. (Okta, System Log API, target) */
const NO_LOGIN = 'unknown';

const OTHER_LOG_EVENT = 'a log event that we do not act on';
const NO_SUCCESS = 'a log event of something that did not succeed';
const NAMELESS = {
  reason: 'invalid',
  detail: 'expected eventType, uuid, published, a known outcome, and a target of type User with alternateId or id',
} as const;

const CHALLENGE = 'x-okta-verification-challenge';

/**
 * Okta verifies the endpoint once with a GET. Whether the request contains the secret is not documented. The reply
 * discloses nothing.
 */
const isChallenge = ({ method, headers }: WebRequest): boolean =>
  method === 'GET' && firstGroup(/^([\x21-\x7e]{1,512})$/, headers[CHALLENGE]) !== undefined;

/** The `Authorization` header is the secret of the hook without a scheme. */
export const okta: Source = {
  name: 'okta',
  isAuthentic(request, proofs) {
    const { authorization } = request.headers;
    return isChallenge(request) || (authorization !== undefined && proofs.secret(authorization));
  },
  read(request, now) {
    if (!isRoot(request)) return noSuchPath(request);
    if (isChallenge(request)) {
      const body = { verification: request.headers[CHALLENGE] };
      return ignored('a verification of the hook', { status: 200, body });
    }
    return request.method === 'POST' ? readHook(request, now) : wrongMethod('GET, POST', request);
  },
};

/** Okta accepts any 2xx and documents an empty 200. (Okta, event hooks) */
const TAKEN = { status: 200 };

function readHook({ body }: WebRequest, now: number): Reading {
  const json = jsonOf(body);
  // Okta retries only after a 5xx.
  const nameless = { about: [], identifiers: { sender: 'okta' } };
  if (json.kind !== 'json') return withUnusable(json, nameless);
  const { events } = fieldsOf(fieldsOf(json.value).data);
  if (!Array.isArray(events)) return withUnusable(refused(400, 'expected data.events'), reportOfCall(json.value));
  const readings = events.map((logEvent) => readLogEvent(logEvent, 'event-hook'));
  const ignoredReasons = readings.flatMap((reading) => (reading.kind === 'ignored' ? [reading.why] : []));
  const acting = readings.flatMap((reading) => (reading.kind === 'offboardings' ? [reading] : []));
  const rest = { ignoredReasons, nothing: ignoredReasons[0] ?? OTHER_LOG_EVENT, reply: TAKEN };
  return readingOf(
    acting.flatMap(({ candidates }) => candidates),
    { ...rest, faults: acting.flatMap(({ nameless }) => nameless.map((report) => ({ ...report, ...NAMELESS }))) },
    now,
  );
}

/** Log events and their users in a call of another form. */
function reportOfCall(call: unknown): ReportedSubject {
  const uuids = valuesNamed('uuid', call).flatMap((uuid) => shortText({ uuid }, 'uuid') ?? []);
  const targets = valuesNamed('target', call).flat().filter(isUser).map(namesOf);
  const isEmpty = uuids.length + targets.length === 0;
  return {
    about: isEmpty ? [] : [JSON.stringify({ uuids, targets })],
    identifiers: {
      sender: 'okta',
      ...present({ eventId: shortText(call, 'eventId') }),
      ...(isEmpty ? {} : listed({ uuids, targets })),
    },
  };
}

/**
 * `detail` of an EventBridge event of Okta's log stream (partner source `aws.partner/okta.com/…`): one log event. The
 * values are input of `parseEvent`. A user whom the log event does not name becomes an invalid value.
 */
export function ofLogStream(detail: unknown): Values | Ignored {
  const reading = readLogEvent(detail, 'eventbridge');
  if (reading.kind === 'ignored') return reading;
  const { candidates, nameless } = reading;
  const unnamed = nameless.map(() => ({ specversion: '1.0', type: OFFBOARDED }));
  return { kind: 'values', values: [...candidates.map(({ value }) => value), ...unnamed] };
}

interface Values {
  readonly kind: 'values';
  readonly values: readonly unknown[];
}
interface Ignored {
  readonly kind: 'ignored';
  readonly why: string;
}
/** At least one candidate or one nameless report. */
interface Offboardings {
  readonly kind: 'offboardings';
  readonly candidates: readonly Candidate[];
  readonly nameless: readonly ReportedSubject[];
}

function readLogEvent(logEvent: unknown, receivedVia: 'event-hook' | 'eventbridge'): Offboardings | Ignored {
  const { outcome, target } = fieldsOf(logEvent);
  const eventType = shortText(logEvent, 'eventType');
  // It may be an offboarding.
  const isUntyped = isRecord(logEvent) && eventType === undefined;
  if (!isUntyped && !OFFBOARDING_TYPES.has(eventType)) return { kind: 'ignored', why: OTHER_LOG_EVENT };
  const { result } = fieldsOf(outcome);
  if (FAILED.has(result)) return { kind: 'ignored', why: NO_SUCCESS };
  const uuid = shortText(logEvent, 'uuid');
  const published = shortText(logEvent, 'published');
  const people = Array.isArray(target) ? target.filter(isUser) : [];
  const reports = people.map((user) => reportOf(logEvent, user));
  if (isUntyped || result !== 'SUCCESS' || uuid === undefined || published === undefined || people.length === 0) {
    const nameless = reports.length === 0 ? [reportOf(logEvent, undefined)] : reports;
    return { kind: 'offboardings', candidates: [], nameless };
  }
  const evidence = present({
    detector: eventType,
    receivedVia,
    verifiedBy: receivedVia === 'event-hook' ? 'authorization-header' : undefined,
    sourceEventId: uuid,
  });
  const read = people.map((user, index) => {
    const identity = identityOf(user);
    const id = index === 0 ? uuid : `${uuid}/${index + 1}`;
    const value = {
      specversion: '1.0',
      type: OFFBOARDED,
      id,
      source: SOURCE,
      time: published,
      data: { identity, evidence },
    };
    return { report: reportOf(logEvent, user), value: identity === undefined ? undefined : value };
  });
  return {
    kind: 'offboardings',
    candidates: read.flatMap(({ report, value }) => (value === undefined ? [] : [{ ...report, value }])),
    nameless: read.flatMap(({ report, value }) => (value === undefined ? [report] : [])),
  };
}

/** The identifiers that an operator needs to find the user in Okta's System Log. */
function reportOf(logEvent: unknown, user: unknown): ReportedSubject {
  const [uuid, login, id] = [shortText(logEvent, 'uuid'), shortText(user, 'alternateId'), shortText(user, 'id')];
  const log = present({
    uuid,
    published: shortText(logEvent, 'published'),
    eventType: shortText(logEvent, 'eventType'),
  });
  return {
    about: [login === NO_LOGIN ? undefined : login, id, uuid],
    identifiers: { sender: 'okta', ...log, target: namesOf(user) },
  };
}

const namesOf = (user: unknown) => present({ alternateId: shortText(user, 'alternateId'), id: shortText(user, 'id') });

const isUser = (target: unknown): boolean => fieldsOf(target).type === 'User';

/** `id` is Okta's own. (Okta, System Log API, target) */
function identityOf(target: unknown): object | undefined {
  const login = shortText(target, 'alternateId');
  if (login !== undefined && login !== NO_LOGIN) return { login };
  const externalId = shortText(target, 'id');
  return externalId === undefined ? undefined : { externalId };
}
