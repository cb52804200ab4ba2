/** What the API can answer, all of it: each status with each form of body, against the table of the design. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ApiResponse } from '../../../lib/coreweave/api.ts';
import { parseKeyPage, parseKeyState, parseVerdict } from '../../../lib/coreweave/key-state.ts';
import { type Meaning, meaningOf } from '../../../lib/coreweave/meaning.ts';

const run = <Values extends [unknown, ...unknown[]]>(property: fc.IProperty<Values>) =>
  fc.assert(property, { numRuns: 1_000, seed: 20261123 });
const answer = (status: number, body: unknown): ApiResponse => ({ kind: 'answer', status, body, latencyMs: 1 });

const BODIES = {
  message: [{}, { info: {} }, { code: null }, { code: true }, { error: { code: 5 } }],
  error: [{ code: 3 }, { code: 0 }, { code: 13, message: 'x', details: [] }, { code: 'internal' }, { code: '5' }],
  'not found': [{ code: 5 }, { code: 'not_found', message: 'x' }],
  none: [undefined, null, [], [{ code: 5 }], 'not_found', 5, true],
} as const;
type Form = keyof typeof BODIES;
const FORMS = Object.keys(BODIES).filter((form): form is Form => form in BODIES);
const ANY = FORMS;
const API_ERROR: readonly Form[] = ['error', 'not found'];

/** The table of the design, row by row; first match wins. */
const TABLE: readonly (readonly [
  from: number,
  to: number,
  forms: readonly Form[],
  Meaning['outcome'],
  Meaning['next'],
  marks?: 'systemic' | 'quick',
])[] = [
  [200, 200, ['message'], 'accepted', 'verify'],
  [200, 299, ANY, 'unknown', 'verify-effect', 'quick'],
  [400, 400, API_ERROR, 'rejected', 'dead'],
  [401, 401, ANY, 'unauthenticated', 'retry', 'systemic'],
  [403, 403, ANY, 'forbidden', 'ask-permission'],
  [404, 404, ['not found'], 'not-found', 'done'],
  [408, 409, ANY, 'throttled', 'retry', 'quick'],
  [425, 425, ANY, 'throttled', 'retry', 'quick'],
  [429, 429, ANY, 'throttled', 'retry', 'quick'],
  [500, 500, ANY, 'unavailable', 'retry'],
  [501, 501, ANY, 'misdirected', 'retry', 'systemic'],
  [502, 502, ANY, 'unavailable', 'retry'],
  [503, 503, ANY, 'unavailable', 'retry', 'quick'],
  [504, 599, ANY, 'unavailable', 'retry'],
  [100, 499, ANY, 'misdirected', 'ask-host'],
];

describe('an answer to a revocation', () => {
  it('of any status from 100 to 599 and any form of body has the meaning of the table', () => {
    const wrong: unknown[] = [];
    for (let status = 100; status < 600; status += 1) {
      for (const form of FORMS) {
        const row = TABLE.find(([from, to, forms]) => from <= status && status <= to && forms.includes(form));
        if (row === undefined) throw new Error('the table has a gap');
        const [, , , outcome, next, mark] = row;
        const expected = { outcome, next, systemic: mark === 'systemic', quick: mark === 'quick' };
        for (const body of BODIES[form]) {
          const actual = meaningOf(answer(status, body));
          if (JSON.stringify(actual) !== JSON.stringify(expected)) wrong.push({ status, body, actual, expected });
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it('is only ever taken for success when the API itself said so', () =>
    run(
      fc.property(fc.integer({ min: 100, max: 599 }), fc.jsonValue(), (status, body) => {
        const { outcome, next } = meaningOf(answer(status, body));
        if (outcome === 'accepted') expect(status).toBe(200);
        if (next === 'done') expect([outcome, status]).toEqual(['not-found', 404]);
        if (next === 'dead') expect([outcome, status]).toEqual(['rejected', 400]);
      }),
    ));
});

const statuses = fc.oneof(
  fc.constantFrom(
    'ACTIVE',
    'DELETED',
    'EXPIRED',
    'deleted',
    'Expired',
    ' DELETED',
    'FULL_SUSPENDED',
    'READ_SUSPENDED',
    '',
  ),
  fc.string(),
  fc.constantFrom(undefined, null, 5, ['DELETED'], { status: 'DELETED' }),
);
const rows = fc.record({
  accessKeyId: fc.constantFrom('CWA', 'CWB', 'cwa', 'CWA ', 7, null),
  principalName: fc.constantFrom('coreweave/x', 7, undefined),
  status: statuses,
});
const isGone = (status: unknown) => status === 'DELETED' || status === 'EXPIRED';

describe('a key', () => {
  it('is live unless its status is exactly DELETED or EXPIRED, and only the key that was asked for is seen', () =>
    run(
      fc.property(rows, (info) => {
        const { accessKeyId, principalName, status } = info;
        const owner = typeof principalName === 'string' ? principalName : '';
        const live = !isGone(status);
        const how = status === 'EXPIRED' ? 'expired' : 'deleted';
        const seen = live ? { kind: 'live', owner } : { kind: 'gone', how };
        expect(parseKeyState('CWA', answer(200, { info }))).toEqual(
          accessKeyId === 'CWA' ? seen : { kind: 'unreadable' },
        );
        const keys = typeof accessKeyId === 'string' ? [{ id: accessKeyId, owner, live }] : [];
        expect(parseKeyPage(answer(200, { info: [info] }))).toEqual({ rows: 1, keys });
      }),
    ));

  it('is gone by no other answer: only a not-found of the API, whatever else comes', () =>
    run(
      fc.property(
        fc.oneof(fc.constantFrom(200, 404), fc.integer({ min: 100, max: 599 })),
        fc.oneof(
          fc.jsonValue(),
          fc.constantFrom<unknown>(
            { code: 5 },
            { code: 'not_found' },
            { info: { accessKeyId: 'CWB', status: 'DELETED' } },
            undefined,
          ),
        ),
        (status, body) => {
          const code =
            typeof body === 'object' && body !== null && !Array.isArray(body) && 'code' in body ? body.code : undefined;
          const isNotFound = status === 404 && (code === 5 || code === 'not_found');
          expect(parseKeyState('CWA', answer(status, body)).kind === 'gone').toBe(isNotFound);
        },
      ),
    ));

  it('is seen in a 200 alone, whatever other answers hold', () =>
    run(
      fc.property(fc.integer({ min: 100, max: 599 }), rows, (status, info) => {
        if (status === 200) return;
        const throttled = [408, 409, 425, 429, 503].includes(status) ? { throttled: true } : {};
        expect(parseKeyState('CWA', answer(status, { info }))).toEqual({ kind: 'unreadable', ...throttled });
      }),
    ));

  it('is missed by no page: what is no message of the API is no page and no verdict', () =>
    run(
      fc.property(fc.integer({ min: 100, max: 599 }), fc.jsonValue(), (status, body) => {
        if (status === 200) return;
        expect([parseKeyPage(answer(status, body)), parseVerdict(answer(status, body))]).toEqual([
          undefined,
          undefined,
        ]);
      }),
    ));

  it('of a page counts each row, readable or not, so that a full page is known to be full', () =>
    run(
      fc.property(fc.array(fc.oneof(rows, fc.jsonValue()), { maxLength: 20 }), (info) => {
        const page = parseKeyPage(answer(200, { info }));
        expect(page?.rows).toBe(info.length);
        expect(page?.keys.length).toBeLessThanOrEqual(info.length);
      }),
    ));
});
