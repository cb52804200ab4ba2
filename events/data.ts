/** The `data` of each event type that we act on: strict objects, one per allowed shape. */
import * as z from 'zod/mini';
import { claim, instant, label, targetIdentity, targetKey, targetPrincipal } from './fields.ts';
import { shapeByKey } from './shapes.ts';

const OBJECT = 'expected an object';

/** What the sender claims about how it knows; nothing is decided by it. */
const evidence = z.strictObject(
  {
    detector: z.exactOptional(claim),
    url: z.exactOptional(claim),
    receivedVia: z.exactOptional(claim),
    verifiedBy: z.exactOptional(claim),
    sourceEventId: z.exactOptional(claim),
    fingerprint: z.exactOptional(claim),
  },
  OBJECT,
);

/** How sure the sender is of a leaked key: id and secret seen together, or the id alone. Absent: the sender vouches. */
const confidence = z.literal(['pair', 'key-id-only'], 'expected "pair" or "key-id-only"');
export type Confidence = z.infer<typeof confidence>;

/** An alert that names no key: `provider` has the details under `ref`. */
const reference = z.strictObject({ provider: label, ref: label }, OBJECT);
export type Reference = z.infer<typeof reference>;

export const IDENTITY_KINDS = ['email', 'login', 'externalId'] as const;
export type IdentityKind = (typeof IDENTITY_KINDS)[number];

/** A person as the sender's directory knows them, by one name. */
const identity = shapeByKey(
  {
    email: z.strictObject({ email: targetIdentity }),
    login: z.strictObject({ login: targetIdentity }),
    externalId: z.strictObject({ externalId: targetIdentity }),
  },
  `expected one of ${IDENTITY_KINDS.join(', ')}`,
);
export type Identity = z.infer<typeof identity>;

/** Most principals that one reconciliation event names: so many fit in a message and in a dead letter. */
export const MAX_RECONCILED = 400;

/** Offboarded principals with live keys, and the version of each one's statements in the ledger when it was listed. */
const reconciled = z
  .array(
    z.strictObject({ principalName: targetPrincipal, version: z.int('expected an integer') }, OBJECT),
    'expected a list',
  )
  .check(
    z.minLength(1, 'expected a principal'),
    z.maxLength(MAX_RECONCILED, `expected at most ${MAX_RECONCILED} principals`),
  );

const withEvidence = { evidence: z.exactOptional(evidence) };
const withConfidence = { confidence: z.exactOptional(confidence), ...withEvidence };
const withEffectiveAt = {
  effectiveAt: z.exactOptional(instant),
  /** The directory created the person inactive: a joiner who has not begun, or an offboarded user who is new to it. */
  staged: z.exactOptional(z.literal(true, 'expected true')),
  ...withEvidence,
};

/**
 * A leaked key (its owner is a hint; the key alone is acted on), an alert to be resolved, or all keys of a principal.
 */
export const compromisedData = shapeByKey(
  {
    accessKeyId: z.strictObject({
      accessKeyId: targetKey,
      principalName: z.exactOptional(targetPrincipal),
      ...withConfidence,
    }),
    reference: z.strictObject({ reference, ...withConfidence }),
    principalName: z.strictObject({
      principalName: targetPrincipal,
      scope: z.literal('principal', 'expected "principal", so that all keys are meant'),
      ...withEvidence,
    }),
  },
  'expected accessKeyId, reference, or principalName with scope',
);

/** An offboarded user; `effectiveAt` is when they leave, if that is not the event's time. */
export const offboardedData = shapeByKey(
  {
    principalName: z.strictObject({ principalName: targetPrincipal, ...withEffectiveAt }),
    identity: z.strictObject({ identity, ...withEffectiveAt }),
    /** Of our own reconciliation. */
    principals: z.strictObject({ principals: reconciled }),
  },
  'expected principalName or identity',
);

/** A user who stays after all. */
export const reinstatedData = shapeByKey(
  {
    principalName: z.strictObject({ principalName: targetPrincipal, ...withEvidence }),
    identity: z.strictObject({ identity, ...withEvidence }),
  },
  'expected principalName or identity',
);

/** Our own follow-up of the event `parent`; `generation` counts the checks. */
const followUp = {
  parent: z.strictObject({ source: label, id: label }, OBJECT),
  generation: z.literal([1, 2, 3], 'expected 1, 2 or 3'),
};
export const checkData = shapeByKey(
  {
    principalName: z.strictObject({ ...followUp, principalName: targetPrincipal }),
    accessKeyId: z.strictObject({ ...followUp, accessKeyId: targetKey }),
  },
  'expected principalName or accessKeyId',
);
