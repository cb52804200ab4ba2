/** The situations of the runbook that `revoker drill` makes on the localhost stack, by reason code or alarm. */
import { API_TOKEN } from '../../events/sources/findings.ts';
import type { Reason } from '../../lib/model/reasons.ts';
import { BREAK_GLASS, CROWD_LIMIT } from '../demo/organization.ts';
import { composeSecret } from '../demo/scenario.ts';
import {
  addKey,
  type DrillStage,
  HOUR_MS,
  idOf,
  leakOf,
  newLeak,
  newOffboarding,
  offboardingOf,
  personOf,
  sendDeadLetter,
  sourceOf,
  toText,
} from './stage.ts';

/** By alarm, its text as in deploy/alarms.yml. */
export const ALARMS = {
  'dead letters waiting': 'A dead letter needs action.',
  'breaker open': 'The circuit breaker is open after five failed calls in a row.',
  'token refused': 'The API rejects the token or the token cannot be read, so nothing is revoked.',
} as const;

export interface Drill {
  /** What happened, for the engineer who practices. */
  readonly situation: string;
  /** The alarm that the on-call engineer gets: its section of the runbook. */
  readonly alarm: keyof typeof ALARMS;
  /** Dead letters that it makes. */
  readonly deadLetters: 0 | 1;
  make(stage: DrillStage): void | Promise<void>;
}

const waiting = (situation: string, make: Drill['make']): Drill => ({
  situation,
  alarm: 'dead letters waiting',
  deadLetters: 1,
  make,
});

const sendOne =
  (lane: 'urgent' | 'bulk', eventOf: (stage: DrillStage) => object): Drill['make'] =>
  (stage) =>
    stage.send(lane, [toText(eventOf(stage))]);

/** More targets than the circuit breaker needs to open. */
const FAILING_LEAKS = 6;

const outage = (alarm: Drill['alarm'], status: number, situation: string): Drill => ({
  situation,
  alarm,
  deadLetters: 0,
  make(stage) {
    stage.startOutage(status);
    const bodies = Array.from({ length: FAILING_LEAKS }, (_, n) => {
      const accessKeyId = addKey(stage, personOf(stage), n);
      return toText(leakOf(stage, { accessKeyId }, { id: idOf(stage, `leak-${n}`) }));
    });
    return stage.send('urgent', bodies);
  },
});

const FAILURES = {
  unreadable: waiting('a sender put a text onto the urgent queue that is not JSON', ({ run, send }) =>
    send('urgent', [`alert ${run}: a key has leaked`]),
  ),
  'unknown-type': waiting(
    'a sender reports what the functions do not support',
    sendOne('bulk', (stage) => offboardingOf(stage, {}, { type: 'user.promoted.v1' })),
  ),
  'unknown-version': waiting(
    'a sender was upgraded before the functions',
    sendOne('bulk', (stage) => newOffboarding(stage, { type: 'user.offboarded.v2' })),
  ),
  invalid: waiting(
    'a sender uses a field that the event type does not have',
    sendOne('bulk', (stage) => offboardingOf(stage, { principal: personOf(stage) })),
  ),
  oversize: waiting('a sender put a message of 300 KiB onto the urgent queue', ({ run, send }) =>
    send('urgent', [JSON.stringify({ run, text: 'x'.repeat(300 * 1024) })]),
  ),
  'secret-like-target': waiting(
    'a scanner sent a secret in place of the key ID',
    sendOne('urgent', (stage) => leakOf(stage, { accessKeyId: composeSecret() })),
  ),
  unmappable: waiting(
    'HR offboards a person by email, whom no principal is mapped to',
    sendOne('bulk', (stage) => {
      const email = `${stage.run.toLowerCase()}@example.com`;
      addKey(stage, `saml/${email}`);
      return offboardingOf(stage, { identity: { email } });
    }),
  ),
  unresolved: waiting(
    'an alert has a link to the leak, but not the key',
    sendOne('urgent', (stage) => leakOf(stage, { reference: { provider: 'chat-scanner', ref: 'finding/7' } })),
  ),
  'console-only': waiting(
    'an API token of CoreWeave leaked, not an access key',
    sendOne('urgent', (stage) => leakOf(stage, { reference: { provider: API_TOKEN, ref: 'acme/app/7' } })),
  ),
  'api-rejected': waiting(
    'the API answered 400 to the revocation of a leaked key, once',
    sendOne('urgent', (stage) => {
      const accessKeyId = addKey(stage, personOf(stage));
      stage.rejectOnce(accessKeyId);
      return leakOf(stage, { accessKeyId });
    }),
  ),
  'retries-exhausted': waiting('the API was down for six hours, and works again', (stage) =>
    sendDeadLetter(stage, newLeak(stage), {
      reason: 'retries-exhausted',
      detail: 'the retry horizon has passed without a settled outcome',
      lastStatus: 503,
    }),
  ),
  unconfirmed: waiting('the API accepted an offboarding, and its key stayed live', (stage) =>
    sendDeadLetter(stage, newOffboarding(stage), {
      reason: 'unconfirmed',
      detail: 'still live at the third follow-up check',
      lane: 'bulk',
      lastStatus: 200,
    }),
  ),
  crashed: waiting('SQS moved a leaked key after 400 receipts; the function works again', (stage) =>
    stage.sendDeadLetterMessage({ body: toText(newLeak(stage)), attributes: {} }, 'sqs'),
  ),
} as const;

/** The ID of a role that SENDERS does not list. */
const UNKNOWN_SENDER = 'AROADRILLUNKNOWN';

const HOLDS = {
  'held-protected': waiting(
    'HR reports the break-glass principal as offboarded',
    sendOne('bulk', (stage) => {
      addKey(stage, BREAK_GLASS);
      return offboardingOf(stage, { principalName: BREAK_GLASS });
    }),
  ),
  'held-limit': waiting('one source offboards more people in ten minutes than LIMITS allows', (stage) => {
    const bodies = Array.from({ length: CROWD_LIMIT + 1 }, (_, n) => {
      const principalName = `${personOf(stage)}-${n}`;
      addKey(stage, principalName, n);
      return toText(offboardingOf(stage, { principalName }, { id: idOf(stage, `offboarding-${n}`) }));
    });
    return stage.send('bulk', bodies);
  }),
  'held-stale': waiting(
    'an offboarding arrives ten days late',
    sendOne('bulk', (stage) => newOffboarding(stage, { age: 240 * HOUR_MS })),
  ),
  'held-superseded': waiting('an offboarding arrives after a newer reinstatement', async (stage) => {
    const data = { principalName: personOf(stage) };
    const back = { type: 'user.reinstated.v1', id: idOf(stage, 'reinstatement'), age: HOUR_MS };
    await stage.send('bulk', [toText(offboardingOf(stage, data, back))]);
    await stage.sendLater('bulk', toText(newOffboarding(stage, { age: 2 * HOUR_MS })));
  }),
  'held-low-confidence': waiting(
    'a scanner saw only a key ID in a public place',
    sendOne('urgent', (stage) =>
      leakOf(stage, { accessKeyId: addKey(stage, personOf(stage)), confidence: 'key-id-only' }),
    ),
  ),
  'held-near-match': waiting(
    'an offboarding names a principal in another spelling than the owner of the keys',
    sendOne('bulk', (stage) => {
      addKey(stage, personOf(stage).replace('drill', 'Drill'));
      return offboardingOf(stage, { principalName: personOf(stage) });
    }),
  ),
  'held-dry-run': waiting('an event of the dry run was kept by DRY_RUN_KEEP', (stage) =>
    sendDeadLetter(stage, newOffboarding(stage), {
      reason: 'held-dry-run',
      detail: 'rule: dry run with DRY_RUN_KEEP',
      lane: 'bulk',
    }),
  ),
  'held-unknown-sender': waiting('a role that SENDERS does not list sent an offboarding', (stage) =>
    sendDeadLetter(stage, newOffboarding(stage), {
      reason: 'held-unknown-sender',
      sender: UNKNOWN_SENDER,
      detail: 'rule: the sender is not named in SENDERS',
      lane: 'bulk',
    }),
  ),
  'held-authority': waiting('one source offboards a person, and another one reinstates them', async (stage) => {
    const effectiveAt = new Date(stage.now + 720 * HOUR_MS).toISOString();
    const data = { principalName: personOf(stage) };
    addKey(stage, personOf(stage));
    await stage.send('bulk', [toText(offboardingOf(stage, { ...data, effectiveAt }, { age: HOUR_MS }))]);
    const back = { type: 'user.reinstated.v1', id: idOf(stage, 'reinstatement'), source: `${sourceOf(stage)}/other` };
    await stage.sendLater('bulk', toText(offboardingOf(stage, data, back)));
  }),
  'held-conflict': waiting('two offboardings of one source have the same ID', (stage) => {
    const names = [`${personOf(stage)}-a`, `${personOf(stage)}-b`];
    return stage.send(
      'bulk',
      names.map((principalName) => toText(offboardingOf(stage, { principalName }))),
    );
  }),
} as const;

/** No dead letter is written with it: it answers replays. */
type NeverWritten = 'replay-limit';

const BY_REASON: Readonly<Record<Exclude<Reason, NeverWritten>, Drill>> = { ...FAILURES, ...HOLDS };

export const DRILLS: Readonly<Record<string, Drill>> = {
  ...BY_REASON,
  'breaker-open': outage('breaker open', 503, 'the API answers 503 to every call'),
  'token-refused': outage('token refused', 401, 'the API refuses the token'),
};
