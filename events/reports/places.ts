/**
 * Findings by file: a key id and its secret are mostly found by two rules, and are a pair when they stand in one file.
 */
import { type Findings, findingsIn, placeText, sightingsIn, unnamedIn } from '../sources/findings.ts';
import { present } from '../sources/reading.ts';
import type { Finding } from './scanners.ts';

export interface Place {
  /** Unlike that of any other place of the report, and safe to show. */
  readonly name: string;
  readonly url: string | undefined;
  readonly detector: string | undefined;
  readonly fingerprint: string | undefined;
  /** All that is in it, and what each finding has of that. */
  readonly found: Findings;
  readonly each: readonly Findings[];
}

/** Takes findings; returns the files that they are in. A finding without a file stands for itself. */
export function placesOf(findings: readonly Finding[]): readonly Place[] {
  const files = new Map<string, [Finding, ...Finding[]]>();
  findings.forEach((finding, index) => {
    const key = JSON.stringify(finding.file.length === 0 ? index : finding.file);
    const file = files.get(key);
    if (file === undefined) files.set(key, [finding]);
    else file.push(finding);
  });
  const names = new Set<string>();
  return [...files.values()].map((inFile, index) => {
    const [first] = inFile;
    const url = placeText(first.url);
    const name = url === undefined || names.has(url) ? `finding ${index + 1}` : url;
    names.add(name);
    const { detector, fingerprint } = first;
    const each = inFile.map(({ texts }) => texts.join('\n'));
    return { name, url, detector, fingerprint, found: findingsIn(each.join('\n')), each: each.map(findingsIn) };
  });
}

/**
 * A report tells no time but that of commits, which may be years ago: `time` is that of its reading, `hour` the hour of
 * that.
 */
export interface Sender {
  readonly source: string;
  readonly time: string;
  readonly hour: string;
}

/**
 * Takes places and who sends; returns values for `parseEvent`: one per key, the surest if it is in more than one file,
 * and for a person those of what no call can revoke, secrets without their id and API tokens.
 */
export function candidatesOf(places: readonly Place[], sender: Sender): readonly unknown[] {
  const named = sightingsIn(places).map(({ accessKeyId, confidence, place }) =>
    candidate(`${accessKeyId}/${confidence}`, { accessKeyId, confidence }, { ...sender, place }),
  );
  const unnamed = places.flatMap((place) =>
    unnamedIn(place.found).map((provider) =>
      candidate(`${provider}/${place.name}`, { reference: { provider, ref: place.name } }, { ...sender, place }),
    ),
  );
  return [...named, ...unnamed];
}

const candidate = (
  what: string,
  data: object,
  { source, time, hour, place: { url, detector, fingerprint } }: Sender & { readonly place: Place },
): unknown => ({
  specversion: '1.0',
  type: 'credential.compromised.v1',
  id: `${hour}/${what}`,
  source,
  time,
  data: { ...data, evidence: present({ detector, url, fingerprint, receivedVia: 'scan-report' }) },
});
