/**
 * Secret-scanning alerts at GitHub. The secret is looked through as it comes in and goes no further: what leaves this
 * file is key ids and counts. (GitHub REST API 2022-11-28, secret scanning)
 */
import { isRecord } from '../../../events/shapes.ts';
import { type Findings, findingsIn, findingsNear } from '../../../events/sources/findings.ts';
import { alertStateOf } from '../../../events/sources/github-state.ts';
import { decodeText } from '../../../events/text-encoding.ts';
import type { AlertFailure, AlertName, AlertResponse, Alerts, LocationsResponse } from '../../model/alert.ts';
import { type Ask, createGithubRequests, type GithubOptions } from './github-requests.ts';

/** Places of an alert that are looked at: each is a call. */
const MAX_PLACES = 10;

const UNSET: AlertFailure = { kind: 'refused', why: 'no GitHub token is configured' };

/** In place of GitHub where no token of it is configured. */
export const noAlerts: Alerts = { read: async () => UNSET, locations: async () => UNSET, close: async () => UNSET };

/** Connects with the first request; `end` closes the connections. */
export const createGithubAlerts = (options: GithubOptions): Alerts & { end(): Promise<void> } => {
  const { within, api, end } = createGithubRequests(options);
  return {
    read: (alert, timeoutMs) => readAlert(within(timeoutMs), alert),
    locations: (alert, timeoutMs) => readPlaces(within(timeoutMs), alert, api),
    close: (alert, timeoutMs) => closeAlert(within(timeoutMs), alert),
    end,
  };
};

const pathOf = ({ repository, number }: AlertName): string => `/repos/${repository}/secret-scanning/alerts/${number}`;

const readAlert = async (ask: Ask, alert: AlertName): Promise<AlertResponse> => {
  const answer = await ask({ path: pathOf(alert) });
  if (answer.kind !== 'answer') return answer;
  const { body } = answer;
  if (!isRecord(body) || body.number !== alert.number || typeof body.secret !== 'string') {
    return { kind: 'refused', why: 'GitHub shows no secret in it', status: 200 };
  }
  return { kind: 'alert', state: alertStateOf(body), findings: findingsIn(body.secret) };
};

const readPlaces = async (ask: Ask, alert: AlertName, api: string): Promise<LocationsResponse> => {
  const answer = await ask({ path: `${pathOf(alert)}/locations?per_page=100` });
  if (answer.kind !== 'answer') return answer;
  const locations: readonly unknown[] = Array.isArray(answer.body) ? answer.body : [];
  const findings = [];
  for (const place of placesIn(locations, alert.repository, api).slice(0, MAX_PLACES)) {
    const text = await ask({ path: place.path });
    if (text.kind === 'unavailable') return text;
    // A place that is not shown (no right to read contents, or gone) tells nothing.
    if (text.kind === 'answer') findings.push(findingsAt(place, text.body));
  }
  return { kind: 'locations', findings };
};

const CLOSED = {
  state: 'resolved',
  resolution: 'revoked',
  resolution_comment: 'The access key was revoked, and reads as deleted.',
};

const closeAlert = async (ask: Ask, alert: AlertName): Promise<{ readonly kind: 'closed' } | AlertFailure> => {
  const answer = await ask({ path: pathOf(alert), patch: CLOSED });
  return answer.kind === 'answer' ? { kind: 'closed' } : answer;
};

/** A place that can be read: a file as it was committed, or the text of an issue, pull request or comment. */
export interface PlaceRequest {
  readonly path: string;
  /** The lines of the secret, from 1; absent: the whole text is the place. */
  readonly lines?: { readonly first: number; readonly last: number };
}

const SHA = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const TEXTS = /^\/(?:issues|pulls)\/(?:comments\/)?\d{1,20}(?:\/reviews\/\d{1,20})?$/;
/**
 * The requests below `api` (a URL without a slash at its end) for the locations of an alert that can be read, each
 * once. Addresses in the list are used only if they lead to this API and repository. Wikis and discussions cannot be
 * read by this API.
 */
export const placesIn = (locations: readonly unknown[], repository: string, api: string): readonly PlaceRequest[] => {
  const places = locations.flatMap((location) => {
    if (!isRecord(location) || !isRecord(location.details)) return [];
    return location.type === 'commit'
      ? fileOf(location.details, repository)
      : textOf(location.details, repository, api);
  });
  return [...new Map(places.map((place) => [JSON.stringify(place), place])).values()];
};

const fileOf = (
  { blob_sha: sha, start_line: first, end_line: last }: Readonly<Record<string, unknown>>,
  repository: string,
): readonly PlaceRequest[] => {
  if (typeof sha !== 'string' || !SHA.test(sha)) return [];
  const lines = typeof first === 'number' && typeof last === 'number' ? { lines: { first, last } } : {};
  return [{ path: `/repos/${repository}/git/blobs/${sha}`, ...lines }];
};

const textOf = (details: Readonly<Record<string, unknown>>, repository: string, api: string): readonly PlaceRequest[] =>
  Object.values(details).flatMap((value) => {
    const url = typeof value === 'string' ? URL.parse(value) : null;
    const home = `/repos/${repository}`;
    const address = url === null ? '' : `${url.origin}${url.pathname}`;
    const start = `${api}${home}`;
    if (address.slice(0, start.length).toLowerCase() !== start.toLowerCase()) return [];
    const rest = address.slice(start.length);
    return TEXTS.test(rest) ? [{ path: `${home}${rest}` }] : [];
  });

/** What stands in the answer for a place, near the secret where its lines are known. */
const findingsAt = ({ lines }: PlaceRequest, body: unknown): Findings => findingsNear(textIn(body), lines);

/** A blob has its content in base64, with line breaks; the others have a title or a body. */
const textIn = (body: unknown): string => {
  if (!isRecord(body)) return '';
  const { content, encoding, title, body: text } = body;
  if (typeof content === 'string' && encoding === 'base64') return decodeText(Buffer.from(content, 'base64'));
  return [title, text].filter((part) => typeof part === 'string').join('\n');
};
