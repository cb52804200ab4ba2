/** 2,000 mutated requests for each ready configuration: of a proof no bit may change, and no request may come late. */
import { describe, expect, it } from 'vitest';
import type { WebRequest } from '../../../events/sources/source.ts';
import { EVENT_MS } from '../../support/event-factory.ts';
import { type SeededChance, seededChance } from '../../support/seeded-chance.ts';
import { flipped, flippedText, upTo } from '../flipped.ts';
import { bytes } from '../sources/requests.ts';
import { fromVendor, isProvenBy, readyText, sourceOf, VENDOR_SECRET, VENDORS, type Vendor } from './vendors.ts';

const MUTATIONS = 2_000;
const DAY_MS = 86_400_000;

/** A secret in the body authenticates the sender. The rest of such a body is not signed. */
const flippedSecret = (chance: SeededChance, vendor: Vendor): WebRequest =>
  fromVendor(vendor, vendor.offboarding(flippedText(chance, VENDOR_SECRET)));

type Way = (chance: SeededChance, vendor: Vendor, from: WebRequest) => WebRequest;

const onHeader =
  (change: (chance: SeededChance, text: string) => string): Way =>
  (chance, vendor, from) => {
    const names = Object.keys(from.headers);
    const name = names[upTo(chance, names.length - 1)];
    if (name === undefined) return flippedSecret(chance, vendor);
    return { ...from, headers: { ...from.headers, [name]: change(chance, from.headers[name] ?? '') } };
  };
const onBody =
  (change: (chance: SeededChance, body: Uint8Array) => Uint8Array): Way =>
  (chance, vendor, from) =>
    vendor.bodyIsProven ? { ...from, body: change(chance, from.body) } : onHeader(flippedText)(chance, vendor, from);

const WAYS: readonly [Way, ...Way[]] = [
  onHeader(flippedText),
  onHeader((chance, text) => text.slice(0, upTo(chance, text.length - 3))),
  onHeader((chance, text) => text.slice(1 + upTo(chance, text.length - 1))),
  onHeader((_chance, text) => `${text},${text}`),
  onHeader((_chance, text) => `${text}${text}`),
  onHeader((chance, text) => `${text}${chance.pick(['\n', '\0', '0', 'A', ',', ', v1=0'])}`),
  onHeader(() => ''),
  onBody(flipped),
  onBody((chance, body) => body.slice(0, upTo(chance, body.length - 1))),
  onBody((_chance, body) => Buffer.concat([body, Buffer.from('\n')])),
  onBody((_chance, body) => Buffer.concat([body, body])),
  (chance, vendor) => {
    const secret = `${chance.id()} ${chance.id()}`;
    return fromVendor(vendor, vendor.offboarding(secret), { secret });
  },
  (chance, vendor, from) =>
    vendor.bodyIsProven
      ? { ...from, headers: {} }
      : fromVendor(vendor, vendor.offboarding(''), { secret: chance.id() }),
];

/** Hex in the other case is the same signature. */
const isSameHex = (from: WebRequest, genuine: WebRequest): boolean =>
  from.body === genuine.body &&
  JSON.stringify(from.headers).toLowerCase() === JSON.stringify(genuine.headers).toLowerCase();

describe.each(VENDORS)('of $name', (vendor) => {
  const source = sourceOf(readyText(vendor.name));
  const offboarding = fromVendor(vendor, vendor.offboarding(VENDOR_SECRET));
  const isHex = readyText(vendor.name).includes('"encoding": "hex"');

  it(`none of ${MUTATIONS} mutated requests is genuine`, () => {
    const chance = seededChance(vendor.name.length);
    const taken: string[] = [];
    for (let turn = 0; turn < MUTATIONS; turn++) {
      const way = WAYS[turn % WAYS.length] ?? WAYS[0];
      const from = way(chance, vendor, offboarding);
      if (!(isHex && isSameHex(from, offboarding)) && isProvenBy(source, from, [VENDOR_SECRET]))
        taken.push(`way ${turn % WAYS.length}`);
    }
    expect(taken).toEqual([]);
  });
});

it.each([
  ['bamboohr', 10_800_000],
  ['workos', 300_000],
])('a request of %s is genuine within its tolerance, and not beyond', (name, toleranceMs) => {
  const source = sourceOf(readyText(name));
  const vendor = VENDORS.find((each) => each.name === name) ?? VENDORS[0];
  const taken = (offset: number) =>
    isProvenBy(source, fromVendor(vendor, vendor.offboarding(''), { now: EVENT_MS + offset }), [VENDOR_SECRET]);
  expect([-toleranceMs, 0, toleranceMs].map(taken)).toEqual([true, true, true]);
  expect([-DAY_MS, -toleranceMs - 1_000, toleranceMs + 1_000, DAY_MS].map(taken)).toEqual([false, false, false, false]);
});

it('a digit that moves from the timestamp into the body gains nothing', () => {
  const vendor = VENDORS.find(({ name }) => name === 'bamboohr') ?? VENDORS[0];
  const from = fromVendor(vendor, vendor.offboarding(''));
  const timestamp = from.headers['x-bamboohr-timestamp'] ?? '';
  const moved = {
    ...from,
    headers: { ...from.headers, 'x-bamboohr-timestamp': timestamp.slice(1) },
    body: bytes(`${new TextDecoder().decode(from.body)}${timestamp[0]}`),
  };
  expect(isProvenBy(sourceOf(readyText('bamboohr')), moved, [VENDOR_SECRET])).toBe(false);
});
