/** Where an alert of GitHub's was found, and what stands around the secret there. Pure. (GitHub REST API, alert locations) */

import { isRecord } from '../../events/shapes.ts';
import { type Findings, findingsIn } from '../../events/sources/findings.ts';

/** A place that can be read: a file as it was committed, or the text of an issue, pull request or comment. */
export interface PlaceRequest {
  readonly path: string;
  /** The lines of the secret, from 1; absent: the whole text is the place. */
  readonly lines?: { readonly first: number; readonly last: number };
}

/** So many lines before and after the secret still belong to it. */
const AROUND = 5;

const SHA = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const TEXTS = /^\/(?:issues|pulls)\/(?:comments\/)?\d{1,20}(?:\/reviews\/\d{1,20})?$/;

/**
 * Takes the list of an alert's locations, the alert's repository and the origin of the API; returns the requests for
 * those that can be read, each once. Addresses in the list are used only if they lead to this origin and repository.
 * Wikis and discussions cannot be read by this API.
 */
export const placesIn = (
  locations: readonly unknown[],
  repository: string,
  origin: string,
): readonly PlaceRequest[] => {
  const places = locations.flatMap((location) => {
    if (!isRecord(location) || !isRecord(location.details)) return [];
    return location.type === 'commit'
      ? fileOf(location.details, repository)
      : textOf(location.details, repository, origin);
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

const textOf = (
  details: Readonly<Record<string, unknown>>,
  repository: string,
  origin: string,
): readonly PlaceRequest[] =>
  Object.values(details).flatMap((value) => {
    const url = typeof value === 'string' ? URL.parse(value) : null;
    const home = `/repos/${repository}`;
    if (
      url === null ||
      url.origin !== origin ||
      url.pathname.slice(0, home.length).toLowerCase() !== home.toLowerCase()
    ) {
      return [];
    }
    const rest = url.pathname.slice(home.length);
    return TEXTS.test(rest) ? [{ path: `${home}${rest}` }] : [];
  });

/** Takes a place and what was answered there; returns what is in it, near the secret if there is a key id, else anywhere. */
export const findingsAt = ({ lines }: PlaceRequest, body: unknown): Findings => {
  const text = textIn(body);
  const whole = findingsIn(text);
  if (lines === undefined) return whole;
  const near = text.split('\n').slice(Math.max(0, lines.first - 1 - AROUND), lines.last + AROUND);
  const found = findingsIn(near.join('\n'));
  return found.accessKeyIds.length > 0 ? found : whole;
};

/** A blob has its content in base64, with line breaks; the others have a title or a body. */
const textIn = (body: unknown): string => {
  if (!isRecord(body)) return '';
  const { content, encoding, title, body: text } = body;
  if (typeof content === 'string' && encoding === 'base64') return Buffer.from(content, 'base64').toString('utf8');
  return [title, text].filter((part) => typeof part === 'string').join('\n');
};
