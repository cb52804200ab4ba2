/**
 * The outcome table for an offboarding's principal: what the API does, what the audit says, and what becomes of the
 * message.
 */
import { type Call, type Fault, fault } from '../../local/coreweave/faults.ts';

export interface Row {
  readonly name: string;
  readonly keys?: number;
  readonly faults?: readonly (readonly [Call, Fault])[];
  readonly trail: readonly string[];
  /** The requests: L lists, P revokes the principal, R reads one key, C asks `auth/can-i`. */
  readonly calls: string;
  readonly end: 'done' | 'checked' | 'dead' | 'retry';
  /** Live keys afterwards. */
  readonly left?: number;
}

const I = 'intent:intent';
const CONFIRMED = 'outcome:confirmed';
const once = (planned: Fault, call: Call = 'revoke-principal') => [[call, planned] as const];
export const ROWS: readonly Row[] = [
  { name: 'loses every key, each looked at', keys: 3, trail: [I, CONFIRMED], calls: 'LPRRR', end: 'checked' },
  { name: 'with many keys is listed again', keys: 21, trail: [I, CONFIRMED], calls: 'LPL', end: 'checked' },
  { name: 'without a key is asked for all the same', trail: [I, 'outcome:no-keys'], calls: 'LPL', end: 'done' },
  {
    name: 'whose keys do not go is looked at three times, then accepted',
    keys: 1,
    faults: once(fault.lag(9)),
    trail: [I, 'outcome:accepted'],
    calls: 'LPRRR',
    end: 'checked',
  },
  {
    name: 'that the API does not know',
    faults: once(fault.status(404)),
    trail: [I, 'outcome:not-found'],
    calls: 'LP',
    end: 'done',
  },
  {
    name: 'that the API refuses is a dead letter',
    keys: 1,
    faults: once(fault.status(400)),
    trail: [I, 'outcome:rejected', 'dead-letter:api-rejected'],
    calls: 'LP',
    end: 'dead',
    left: 1,
  },
  {
    name: 'whose answer was lost after the effect',
    keys: 2,
    faults: once(fault.reset('after')),
    trail: [I, 'outcome:unknown', CONFIRMED],
    calls: 'LPRR',
    end: 'checked',
  },
  {
    name: 'of whom one key went before the API failed is tried again at once',
    keys: 2,
    faults: once(fault.partial(1, 503)),
    trail: [I, 'outcome:unavailable', I, CONFIRMED],
    calls: 'LPPRR',
    end: 'checked',
  },
  {
    name: 'that our token may not revoke comes back',
    keys: 1,
    faults: once(fault.status(403)),
    trail: [I, 'outcome:forbidden'],
    calls: 'LPC',
    end: 'retry',
    left: 1,
  },
  {
    name: 'whom the API cannot revoke now comes back',
    keys: 1,
    faults: once(fault.status(500)),
    trail: [I, 'outcome:unavailable'],
    calls: 'LP',
    end: 'retry',
    left: 1,
  },
  {
    name: 'whose keys cannot be listed comes back, and nothing is revoked unseen',
    keys: 1,
    faults: once(fault.status(503), 'list-keys'),
    trail: [],
    calls: 'L',
    end: 'retry',
    left: 1,
  },
];
