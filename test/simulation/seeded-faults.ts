/** The weather of a seed: a few troubles, each for a time and with a rate. */
import type { Draws } from './draws.ts';
import { type ApiFault, type Fault, HOUR, MINUTE, type PortFault, type PortName } from './plan.ts';

const API: readonly [ApiFault, ...ApiFault[]] = [
  'throttled',
  'unavailable',
  'refused',
  'reset-before',
  'reset-after',
  'timeout-before',
  'timeout-after',
  'late',
  'no-token',
  'token-expired',
  'forbidden',
  'misdirected',
  'rejected',
  'garbled',
  'hollow',
  'hollow',
  'hollow',
  'partial',
  'lag',
  'slow',
];
const PORTS: readonly [PortName, ...PortName[]] = [
  'alerts',
  'audit',
  'dead-letters',
  'lanes',
  'table',
  'schedules',
  'inbox',
];
const KINDS: readonly [PortFault, ...PortFault[]] = ['fails-before', 'fails-after', 'slow', 'hangs'];

/** Up to seven faults. A process crashes in every second seed. */
export function faultsOf(draws: Draws): readonly Fault[] {
  const { upTo, likely } = draws;
  const some = (most: number, one: () => Fault): readonly Fault[] => Array.from({ length: upTo(most + 1) }, one);
  return [
    ...some(4, () => ({ ...spell(draws), on: 'api', kind: draws.pick(API) })),
    ...some(2, () => portFault(draws)),
    ...(likely(0.5)
      ? [{ ...spell(draws), on: 'process', kind: 'dies', rate: draws.pick([0.003, 0.01, 0.05]) } as const]
      : []),
    ...(likely(0.4) ? [{ ...spell(draws), on: 'queue', kind: 'delivered-twice', rate: 0.3 } as const] : []),
  ];
}

/** A queue's answers are never lost for long: what is sent and not believed would be sent again and again. */
function portFault(draws: Draws): Fault {
  const { from, until, rate } = spell(draws);
  const [on, kind] = [draws.pick(PORTS), draws.pick(KINDS)];
  const isSentAgain = on === 'lanes' || (on === 'dead-letters' && kind === 'fails-after');
  return { from, until: isSentAgain ? Math.min(until, from + 10 * MINUTE) : until, rate, on, kind };
}

function spell({ upTo, pick }: Draws): { readonly from: number; readonly until: number; readonly rate: number } {
  const from = upTo(pick([MINUTE, 20 * MINUTE, 2 * HOUR]));
  return { from, until: from + pick([MINUTE, 10 * MINUTE, HOUR, 3 * HOUR]), rate: pick([0.05, 0.2, 0.5, 1]) };
}
