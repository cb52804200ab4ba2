/**
 * How long 5,000 findings take to be read and paired, by the layout of their file. Run: `npx node bench/pairing.ts`.
 */
import { createHash } from 'node:crypto';
import { pairUp } from '../events/pairing.ts';
import { clueOf } from '../events/sources/findings.ts';
import { placesOf } from '../events/sources/places.ts';

const PAIRS = 2_500;
const LOST = new Set([77, 1_900]);
const ROUNDS = 7;

const digest = (text: string): string =>
  createHash('sha512')
    .update(text)
    .digest('base64')
    .replaceAll(/[^A-Za-z0-9]/g, '');
const keyId = (at: number): string => `CW${String(at).padStart(14, '0')}`;
const secret = (at: number): string => `cwo7${digest(`secret ${at}`).slice(0, 39)}`;

const LAYOUTS: readonly (readonly [
  name: string,
  idLine: (at: number) => number,
  secretLine: (at: number) => number,
])[] = [
  ['id and secret on one line', (at) => at + 1, (at) => at + 1],
  ['id and secret in turn', (at) => 2 * at + 1, (at) => 2 * at + 2],
  ['blocks with a line between', (at) => 4 * at + 1, (at) => 4 * at + 3],
  ['all on one line', () => 1, () => 1],
  ['a list of ids, then of secrets', (at) => at + 1, (at) => PAIRS + at + 1],
];

/** Median of the CPU time in ms, the first run included. */
function cpuMs(run: () => void): number {
  const times = Array.from({ length: ROUNDS }, () => {
    const before = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000;
  });
  return Math.round(times.toSorted((a, b) => a - b)[ROUNDS >> 1] ?? 0);
}

for (const [name, idLine, secretLine] of LAYOUTS) {
  const texts = Array.from({ length: PAIRS }, (_, at) => [
    { text: keyId(at), line: idLine(at) },
    ...(LOST.has(at) ? [] : [{ text: secret(at), line: secretLine(at) }]),
  ]).flat();
  const sightings = texts.map((part) => ({
    place: 'file',
    parts: [part],
    url: `file:${part.line}`,
    detector: 'rule',
    fingerprint: undefined,
    source: 'gitleaks://report',
  }));
  const tokens = texts.map((part) => clueOf([part], false).tokens);
  const { pairs, loose } = pairUp(tokens);
  const pairing = cpuMs(() => pairUp(tokens));
  const reading = cpuMs(() => placesOf(sightings, String));
  const found = `${pairs.size} pairs, ${PAIRS - pairs.size} held, ${loose} secrets left`;
  process.stdout.write(
    `${texts.length} findings, ${name}: pairing ${pairing} ms, with reading ${reading} ms CPU (${found})\n`,
  );
}
