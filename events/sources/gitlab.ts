/**
 * Server side of GitLab's Token Revocation API: GitLab requests the types of revocable tokens and posts the tokens that
 * it found. Only key ids, places and counts are kept. (GitLab, Token Revocation API)
 */
import { REDACTED } from '../secrets.ts';
import { isRecord } from '../shapes.ts';
import { findingsIn, placeText } from './findings.ts';
import {
  keysIn,
  type Place,
  placesOf,
  type Sighting,
  type Trace,
  type Unnamed,
  unnamedAt,
  unnamedId,
} from './places.ts';
import {
  type Candidate,
  type FaultyPart,
  firstGroup,
  hourOf,
  ignored,
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

/**
 * GitLab posts only tokens of these types: `gitleaks_rule_id_` and the id of the rule in lower case, spaces as
 * underscores (GitLab, ScanSecurityReportSecretsWorker). Our rules have hyphens; custom rules may have underscores.
 */
export const TOKEN_TYPES = ['access-key-pair', 'access-key-id', 'access-key-secret', 'api-token']
  .map((what) => `coreweave-${what}`)
  .flatMap((rule) => [rule, rule.replaceAll('-', '_')])
  .map((rule) => `gitleaks_rule_id_${rule}`);

/** GitLab accepts any 2xx and documents 204. */
const TAKEN = { status: 204 };

const NOTHING = 'no CoreWeave credential in the tokens';

/** The `Authorization` header is the shared token without a scheme. */
export const gitlab: Source = {
  name: 'gitlab',
  isAuthentic: ({ headers }, proofs) => headers.authorization !== undefined && proofs.secret(headers.authorization),
  read(request, now) {
    if (request.path === '/v1/revocable_token_types') {
      if (request.method !== 'GET') return wrongMethod('GET', request);
      return ignored('a question for the token types', { status: 200, body: { types: TOKEN_TYPES } });
    }
    if (request.path !== '/v1/revoke_tokens') return noSuchPath(request);
    return request.method === 'POST' ? readTokens(request, now) : wrongMethod('POST', request);
  },
};

function readTokens({ body }: WebRequest, now: number): Reading {
  const json = jsonOf(body);
  if (json.kind !== 'json') return withUnusable(json, { about: [], identifiers: { sender: 'gitlab' } });
  if (!Array.isArray(json.value))
    return withUnusable(refused(400, 'expected an array of tokens'), reportOf(json.value));
  const at = { time: new Date(now).toISOString(), hour: hourOf(now) };
  const tokens = json.value.filter(isToken);
  const places = placesOf(tokens.map(sightingOf), (number) => `entry ${number}, without a place`);
  const candidates = [
    ...keyEvents(places, at),
    ...places.flatMap(unnamedAt).map((unnamed) => unnamedEvent(unnamed, at)),
  ];
  const faults = json.value.filter((entry) => !isToken(entry)).map(withoutToken);
  return readingOf(candidates, { ignoredReasons: [], faults, nothing: NOTHING, reply: TAKEN }, now);
}

/** Key ids and places in a request of another form. */
function reportOf(value: unknown): ReportedSubject {
  const [tokens = [], places = []] = ['token', 'location'].map((name) =>
    valuesNamed(name, value).filter((text) => typeof text === 'string'),
  );
  const { accessKeyIds } = findingsIn(tokens.join('\n'));
  const locations = places.filter((place) => place !== '').map((place) => placeText(place) ?? REDACTED);
  const isEmpty = accessKeyIds.length + locations.length === 0;
  return {
    about: isEmpty ? [] : [JSON.stringify([accessKeyIds, places])],
    identifiers: { sender: 'gitlab', ...listed({ accessKeyIds, locations }) },
  };
}

/** An entry without a token. Its location tells an operator where to look. */
function withoutToken(entry: unknown): FaultyPart {
  const [location, type] = [shortText(entry, 'location'), shortText(entry, 'type')];
  const identifiers = { sender: 'gitlab', ...present({ location, type }) };
  return { reason: 'invalid', detail: 'expected a token in each entry', about: [location], identifiers };
}

type Token = Readonly<Record<string, unknown>> & { readonly token: string };

const isToken = (entry: unknown): entry is Token => isRecord(entry) && typeof entry.token === 'string';

/** Longer places are compared but not shown, because they may repeat the token. */
const MAX_SHOWN = 2_048;

/** GitLab appends the lines of a finding to the link: `#L3` or `#L3-5`. */
const LINES = /#L(\d{1,9})(?:-\d{1,9})?$/;

function sightingOf(entry: Token): Sighting {
  const { token, location } = entry;
  const place = typeof location === 'string' && location !== '' ? location : undefined;
  const line = firstGroup(LINES, place);
  const url = place === undefined || place.length > MAX_SHOWN || place.includes(token) ? '' : place;
  return {
    place: place?.replace(LINES, ''),
    parts: [{ text: token, line: line === undefined ? undefined : Number(line) }],
    url,
    detector: shortText(entry, 'type'),
    fingerprint: undefined,
    source: `gitlab://${firstGroup(/^https?:\/\/([\w.:-]{1,255})\//i, placeText(url)) ?? 'unknown'}`,
  };
}

/** Time of arrival. Ids contain the hour: GitLab sends neither id nor time, and a retry must be the same event. */
interface Moment {
  readonly time: string;
  readonly hour: string;
}

/** One event per key. */
const keyEvents = (places: readonly Place[], { time, hour }: Moment): readonly Candidate[] =>
  keysIn(places).map(({ accessKeyId, confidence, trace }) =>
    event(`${accessKeyId}/${confidence}/${hour}`, { accessKeyId, confidence }, { trace, time }),
  );

/** Credentials that no call can revoke: secrets without an id, and API tokens. An operator reviews them. */
function unnamedEvent(unnamed: Unnamed, { time, hour }: Moment): Candidate {
  const { provider, ref, place } = unnamed;
  const id = unnamedId(unnamed, (of, at) => `${of}/${hour}/${at}`);
  return event(id, { reference: { provider, ref } }, { trace: place.trace, time });
}

const event = (
  id: string,
  data: object,
  { trace, time }: { readonly trace: Trace; readonly time: string },
): Candidate => ({
  about: [trace.url],
  identifiers: { sender: 'gitlab', ...data, ...present({ location: trace.url, type: trace.detector }) },
  value: {
    specversion: '1.0',
    type: 'credential.compromised.v1',
    id,
    source: trace.source,
    time,
    data: {
      ...data,
      evidence: present({
        detector: trace.detector,
        url: trace.url,
        receivedVia: 'token-revocation-api',
        verifiedBy: 'authorization-header',
      }),
    },
  },
});
