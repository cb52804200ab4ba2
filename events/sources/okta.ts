/**
 * Okta: log events by event hook, and the same log events by EventBridge. A leaver is the target of a log event, never
 * its actor, who is the administrator. (Okta, event hooks; System Log API)
 */

import { fieldsOf } from '../shapes.ts';
import {
  groupOf,
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

/**
 * Who leaves, for good or until further notice. Neither an undoing (`reactivate`, `unsuspend`) nor a change of groups
 * or apps.
 */
const LEAVES: ReadonlySet<unknown> = new Set([
  'user.lifecycle.deactivate',
  'user.lifecycle.suspend',
  'user.lifecycle.delete.initiated',
]);

/** A log event is known by its uuid wherever it comes by, so hook and stream name the same event. */
const SOURCE = 'okta://system-log';

const LEAVER = 'user.offboarded.v1';

const NO_LEAVER = 'a log event that we do not act on';
const NO_SUCCESS = 'a log event of something that did not succeed';
const NAMELESS = 'expected uuid, published, and a target of type User with alternateId or id';

const CHALLENGE = 'x-okta-verification-challenge';

/**
 * Okta asks once with a GET, before it sends anything; whether with the secret is not documented. The answer tells
 * nothing.
 */
const isChallenge = ({ method, headers }: WebRequest): boolean =>
  method === 'GET' && groupOf(/^([\x21-\x7e]{1,512})$/, headers[CHALLENGE]) !== undefined;

/** The `Authorization` header is the secret of the hook, as it stands. */
export const okta: Source = {
  name: 'okta',
  isGenuine(request, proofs) {
    const { authorization } = request.headers;
    return isChallenge(request) || (authorization !== undefined && proofs.secret(authorization));
  },
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
  const { events } = fieldsOf(fieldsOf(json.value).data);
  if (!Array.isArray(events)) return refused(400, 'expected data.events');
  const readings = events.map((logEvent) => readLogEvent(logEvent, 'event-hook'));
  const passedOver = readings.flatMap((reading) => (reading.kind === 'ignored' ? [reading.why] : []));
  const faults = readings.flatMap((reading) => {
    if (reading.kind === 'fault') return [reading.why];
    return reading.kind === 'values' && reading.nameless ? [NAMELESS] : [];
  });
  const candidates = readings.flatMap((reading) => (reading.kind === 'values' ? reading.values : []));
  return readingOf(candidates, { passedOver, faults, nothing: passedOver[0] ?? NO_LEAVER }, now);
}

/**
 * Takes the `detail` of an EventBridge event of Okta's log stream (partner source `aws.partner/okta.com/…`): one log
 * event. Returns values for `parseEvent`, of which leavers whom the log event does not name end as one `invalid`; or
 * why it is nothing to us.
 */
export function ofLogStream(detail: unknown): Values | Ignored {
  const reading = readLogEvent(detail, 'eventbridge');
  if (reading.kind === 'ignored') return reading;
  const named = reading.kind === 'values' ? reading.values : [];
  const isWhole = reading.kind === 'values' && !reading.nameless;
  return { kind: 'values', values: isWhole ? named : [...named, NAMELESS_LEAVER], nameless: !isWhole };
}

/** Ends as `invalid`, so that a person sees it. */
const NAMELESS_LEAVER = { specversion: '1.0', type: LEAVER };

interface Values {
  readonly kind: 'values';
  readonly values: readonly unknown[];
  /** Others leave too, whom the log event does not name. */
  readonly nameless: boolean;
}
interface Ignored {
  readonly kind: 'ignored';
  readonly why: string;
}
interface Fault {
  readonly kind: 'fault';
  readonly why: string;
}

function readLogEvent(logEvent: unknown, receivedVia: 'event-hook' | 'eventbridge'): Values | Ignored | Fault {
  const { eventType, outcome, target } = fieldsOf(logEvent);
  if (!LEAVES.has(eventType)) return { kind: 'ignored', why: NO_LEAVER };
  if (fieldsOf(outcome).result !== 'SUCCESS') return { kind: 'ignored', why: NO_SUCCESS };
  const people = Array.isArray(target) ? target.filter(isUser).map(identityOf) : [];
  const uuid = shortText(logEvent, 'uuid');
  const published = shortText(logEvent, 'published');
  const nameless = people.includes(undefined);
  if (uuid === undefined || published === undefined || people.every((identity) => identity === undefined)) {
    return { kind: 'fault', why: NAMELESS };
  }
  const evidence = present({
    detector: shortText(logEvent, 'eventType'),
    receivedVia,
    verifiedBy: receivedVia === 'event-hook' ? 'authorization-header' : undefined,
    sourceEventId: uuid,
  });
  const values = people.flatMap((identity, index) =>
    identity === undefined
      ? []
      : [
          {
            specversion: '1.0',
            type: LEAVER,
            id: index === 0 ? uuid : `${uuid}/${index + 1}`,
            source: SOURCE,
            time: published,
            data: { identity, evidence },
          },
        ],
  );
  return { kind: 'values', values, nameless };
}

const isUser = (target: unknown): boolean => fieldsOf(target).type === 'User';

/**
 * `alternateId` is the login; Okta writes `unknown` where it has none. `id` is its own. (Okta, System Log API, target)
 */
function identityOf(target: unknown): object | undefined {
  const login = shortText(target, 'alternateId');
  if (login !== undefined && login !== 'unknown') return { login };
  const externalId = shortText(target, 'id');
  return externalId === undefined ? undefined : { externalId };
}
