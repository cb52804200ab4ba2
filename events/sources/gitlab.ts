/**
 * GitLab's Token Revocation API, which we serve: GitLab asks which types of token we revoke and posts those that it
 * found. Only key ids, places and counts of what was in the tokens are kept. (GitLab, Token Revocation API)
 */
import { isRecord } from '../shapes.ts';
import { type Findings, findingsIn, placeText, sightingsIn, unnamedIn } from './findings.ts';
import {
  groupOf,
  hourOf,
  ignored,
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
 * GitLab posts only what has one of these types: `gitleaks_rule_id_` and the rule's id in lower case, spaces as
 * underscores (GitLab, ScanSecurityReportSecretsWorker). Ours have hyphens; a rule of somebody's own may have
 * underscores.
 */
export const TOKEN_TYPES = ['access-key-pair', 'access-key-id', 'access-key-secret', 'api-token']
  .map((what) => `coreweave-${what}`)
  .flatMap((rule) => [rule, rule.replaceAll('-', '_')])
  .map((rule) => `gitleaks_rule_id_${rule}`);

/** GitLab counts any 2xx as taken, and documents this one. */
const TAKEN = { status: 204 };

const NOTHING = 'no CoreWeave credential in the tokens';

/** The `Authorization` header is the shared token, as it stands. */
export const gitlab: Source = {
  name: 'gitlab',
  isGenuine: ({ headers }, proofs) => headers.authorization !== undefined && proofs.secret(headers.authorization),
  read(request, now) {
    if (request.path === '/v1/revocable_token_types') {
      if (request.method !== 'GET') return wrongMethod('GET');
      return ignored('a question for the token types', { status: 200, body: { types: TOKEN_TYPES } });
    }
    if (request.path !== '/v1/revoke_tokens') return NO_SUCH_PATH;
    return request.method === 'POST' ? readTokens(request, now) : wrongMethod('POST');
  },
};

/** All that was found in one file. A key id and its secret are often found by two rules, and come as two tokens. */
interface Place {
  /** The line of the first finding. Absent: the sender told none, or one that is no safe text. */
  readonly url: string | undefined;
  readonly name: string;
  readonly detector: string | undefined;
  readonly found: Findings;
}

function readTokens({ body }: WebRequest, now: number): Reading {
  const json = jsonOf(body);
  if (json.kind !== 'json') return json;
  if (!Array.isArray(json.value)) return refused(400, 'expected an array of tokens');
  const at = { time: new Date(now).toISOString(), hour: hourOf(now) };
  const places = placesOf(json.value);
  const candidates = [...keyEvents(places, at), ...places.flatMap((place) => unnamedEvents(place, at))];
  const faults = json.value.some((entry) => !isToken(entry)) ? ['expected a token in each entry'] : [];
  return readingOf(candidates, { passedOver: [], faults, nothing: NOTHING, reply: TAKEN }, now);
}

type Token = Readonly<Record<string, unknown>> & { readonly token: string };

const isToken = (entry: unknown): entry is Token => isRecord(entry) && typeof entry.token === 'string';

/**
 * Tokens by file: GitLab puts the lines of a finding behind its link, as `#L3` or `#L3-5`. One without a place stands
 * for itself.
 */
function placesOf(entries: readonly unknown[]): readonly Place[] {
  const files = new Map<string, Omit<Place, 'found'> & { readonly text: string }>();
  entries.forEach((entry, index) => {
    if (!isToken(entry)) return;
    const url = placeOf(entry);
    const name = url ?? `entry ${index + 1}, without a place`;
    const file = name.replace(/#L\d+(?:-\d+)?$/, '');
    const known = files.get(file);
    if (known === undefined) files.set(file, { name, url, detector: shortText(entry, 'type'), text: entry.token });
    else files.set(file, { ...known, text: `${known.text}\n${entry.token}` });
  });
  return [...files.values()].map(({ text, ...place }) => ({ ...place, found: findingsIn(text) }));
}

/** The place, unless it repeats the token or is no safe text. */
function placeOf({ location, token }: Token): string | undefined {
  return typeof location === 'string' && !location.includes(token) ? placeText(location) : undefined;
}

/** When the request came. The hour is in the ids: GitLab sends neither id nor time, and its retry is the same event. */
interface Moment {
  readonly time: string;
  readonly hour: string;
}

/** One event per key. */
const keyEvents = (places: readonly Place[], { time, hour }: Moment): readonly unknown[] =>
  sightingsIn(places).map(({ accessKeyId, confidence, place }) =>
    event(`${accessKeyId}/${confidence}/${hour}`, { accessKeyId, confidence }, { place, time }),
  );

/** What no call can revoke, for a person to look at: secrets without their id, and API tokens. */
const unnamedEvents = (place: Place, { time, hour }: Moment): readonly unknown[] =>
  unnamedIn(place.found).map((provider) =>
    event(`${provider}/${hour}/${place.name}`, { reference: { provider, ref: place.name } }, { place, time }),
  );

const event = (
  id: string,
  data: object,
  { place, time }: { readonly place: Place; readonly time: string },
): unknown => ({
  specversion: '1.0',
  type: 'credential.compromised.v1',
  id,
  source: `gitlab://${groupOf(/^https?:\/\/([\w.:-]{1,255})\//i, place.url) ?? 'unknown'}`,
  time,
  data: {
    ...data,
    evidence: present({
      detector: place.detector,
      url: place.url,
      receivedVia: 'token-revocation-api',
      verifiedBy: 'authorization-header',
    }),
  },
});
