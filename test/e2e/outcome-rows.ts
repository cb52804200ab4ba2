/** The outcome table for one leaked key: what the API does, what the audit says, and what becomes of the message. */
import { type Fault, fault } from '../../local/coreweave/faults.ts';

export interface Row {
  readonly name: string;
  /** Planned for the revocations of the key, in order; later ones work. */
  readonly faults: readonly Fault[];
  /** Planned for its read-backs. */
  readonly reads: readonly Fault[];
  readonly trail: readonly string[];
  /** The requests: P revokes, R reads back, C asks `auth/can-i`. */
  readonly calls: string;
  readonly end: End;
  readonly status: 'ACTIVE' | 'DELETED';
}

/** `seconds`: of the new visibility, least and most. `checked`: a follow-up check was sent first. */
export type End =
  | { readonly kind: 'done' | 'checked' }
  | { readonly kind: 'dead'; readonly lastStatus: number }
  | { readonly kind: 'retry'; readonly seconds: readonly [number, number] };

const I = 'intent:intent';
const UNKNOWN = 'outcome:unknown';
const CONFIRMED = 'outcome:confirmed';
/** The urgent lane's backoff after the first delivery. */
const FIRST = [3, 5] as const;
const LOST = fault.reset('before');
const { status } = fault;
const times = <T>(count: number, value: T): readonly T[] => Array.from({ length: count }, () => value);

type Told = Pick<Row, 'faults' | 'calls'> & Partial<Row>;
const done = (name: string, outcome: string, told: Told): Row => ({
  name,
  reads: [],
  trail: [I, `outcome:${outcome}`],
  end: { kind: 'done' },
  status: 'DELETED',
  ...told,
});
const dead = (name: string, lastStatus: number, planned: Fault): Row => ({
  ...done(name, '', { faults: [planned], calls: 'P', status: 'ACTIVE' }),
  trail: [I, 'outcome:rejected', 'dead-letter:api-rejected'],
  end: { kind: 'dead', lastStatus },
});
const retry = (name: string, outcome: string, planned: Fault, told: Partial<Row> = {}): Row => ({
  ...done(name, outcome, { faults: [planned], calls: 'P', status: 'ACTIVE' }),
  end: { kind: 'retry', seconds: FIRST },
  ...told,
});
const throttledOnce = (name: string, planned: Fault): Row =>
  done(name, '', { faults: [planned], trail: [I, 'outcome:throttled', I, CONFIRMED], calls: 'PPR' });
const waits = (seconds: number) => ({ end: { kind: 'retry', seconds: [seconds, seconds] } }) as const;

export const ROWS: readonly Row[] = [
  done('200, read back as DELETED', 'confirmed', { faults: [], calls: 'PR' }),
  done('200, read back as unknown to the API', 'confirmed', { faults: [], reads: [status(404)], calls: 'PR' }),
  done('200, still live at the first read-back', 'confirmed', { faults: [fault.lag(1)], calls: 'PRR' }),
  done('200, still live at every look', 'accepted', {
    faults: [fault.lag(9)],
    calls: 'PRRR',
    end: { kind: 'checked' },
  }),
  done('200, each look refused, broken, or answered by a proxy', 'accepted', {
    faults: [],
    reads: [status(403), LOST, status(404, { body: 'html' })],
    calls: 'PRRR',
    end: { kind: 'checked' },
  }),
  done('404 of the API', 'not-found', { faults: [status(404)], calls: 'P', status: 'ACTIVE' }),
  done('404 in the form of Connect', 'not-found', {
    faults: [status(404, { body: 'connect' })],
    calls: 'P',
    status: 'ACTIVE',
  }),

  dead('400 of the API', 400, status(400)),
  dead('400 in the form of Connect', 400, status(400, { body: 'connect' })),

  retry('401 with the only token there is', 'unauthenticated', status(401)),
  retry('403', 'forbidden', status(403), { calls: 'PC' }),
  retry('302', 'misdirected', fault.redirect('http://127.0.0.1:1/', 302), { calls: 'PC' }),
  retry('307, which would repeat the POST elsewhere', 'misdirected', fault.redirect('http://127.0.0.1:1/'), {
    calls: 'PC',
  }),
  retry('404 of a proxy', 'misdirected', status(404, { body: 'html' }), { calls: 'PC' }),
  retry('404 with no body', 'misdirected', status(404, { body: 'empty' }), { calls: 'PC' }),
  retry('400 of a proxy', 'misdirected', status(400, { body: 'text' }), { calls: 'PC' }),
  retry('405 of a proxy', 'misdirected', status(405, { body: 'html' }), { calls: 'PC' }),
  retry('501 of the API', 'misdirected', status(501)),

  ...[408, 409, 425, 429].map((code) => throttledOnce(`${code}`, status(code))),
  throttledOnce('429 with a short Retry-After', status(429, { retryAfter: '1' })),
  throttledOnce('429 with nonsense for a Retry-After', status(429, { retryAfter: '0x1F' })),
  retry('429 at every quick try', 'throttled', status(429), {
    faults: times(3, status(429)),
    trail: [I, 'outcome:throttled', I, 'outcome:throttled', I, 'outcome:throttled'],
    calls: 'PPP',
  }),
  retry('429 with a long Retry-After', 'throttled', status(429, { retryAfter: '77' }), waits(77)),
  retry('429 with an absurd Retry-After', 'throttled', status(429, { retryAfter: '86400' }), waits(900)),

  ...[500, 504].map((code) => retry(`${code}`, 'unavailable', status(code))),
  retry('502 of a proxy', 'unavailable', status(502, { body: 'html' })),
  retry('503 that asks for 30 s', 'unavailable', status(503, { retryAfter: '30' }), waits(30)),
  retry('503 at every quick try', 'unavailable', status(503), {
    faults: times(3, status(503)),
    trail: [I, 'outcome:unavailable', I, 'outcome:unavailable', I, 'outcome:unavailable'],
    calls: 'PPP',
  }),
  done('503 once', '', {
    faults: [status(503)],
    trail: [I, 'outcome:unavailable', I, CONFIRMED],
    calls: 'PPR',
  }),

  ...(
    [
      ['a reset after the revocation was applied', fault.reset('after')],
      ['no answer in time, applied', fault.hang('applied')],
      ['200 of a proxy, applied', fault.garbled('html')],
      ['200 with no body, applied', fault.garbled('empty')],
      ['200 cut off, applied', fault.cut()],
      ['204, applied', status(204, { body: 'empty', effect: 'applied' })],
    ] as const
  ).map(([name, planned]) => done(name, '', { faults: [planned], trail: [I, UNKNOWN, CONFIRMED], calls: 'PR' })),
  ...(
    [
      ['a reset before the revocation was applied', LOST],
      ['no answer in time, not applied', fault.hang()],
      ['200 with an error in it, not applied', fault.garbled('status', 'skipped')],
    ] as const
  ).map(([name, planned]) => done(name, '', { faults: [planned], trail: [I, UNKNOWN, I, CONFIRMED], calls: 'PRPR' })),
  retry('resets, of each look too', '', LOST, {
    faults: times(3, LOST),
    reads: times(3, LOST),
    trail: [I, UNKNOWN, I, UNKNOWN, I, UNKNOWN],
    calls: 'PRPRPR',
  }),
];
