/** The `data` of each event type that we act on: strict objects, one per allowed shape. */
import { claim, instant, label, targetIdentity, targetKey, targetPrincipal } from './fields.ts';
import { array, atLeast, atMost, type Infer, integer, literal, optional, shapeByKey, strictObject } from './schema.ts';

const OBJECT = 'expected an object';

/** What the sender claims about how it knows; nothing is decided by it. */
const evidence = strictObject(
  {
    detector: optional(claim),
    url: optional(claim),
    receivedVia: optional(claim),
    verifiedBy: optional(claim),
    sourceEventId: optional(claim),
    fingerprint: optional(claim),
  },
  OBJECT,
);

/** How sure the sender is of a leaked key: id and secret seen together, or the id alone. Absent: the sender vouches. */
const confidence = literal(['pair', 'key-id-only'], 'expected "pair" or "key-id-only"');
export type Confidence = Infer<typeof confidence>;

/** An alert that names no key: `provider` has the details under `ref`. */
const reference = strictObject({ provider: label, ref: label }, OBJECT);
export type Reference = Infer<typeof reference>;

export const IDENTITY_KINDS = ['email', 'login', 'externalId'] as const;
export type IdentityKind = (typeof IDENTITY_KINDS)[number];

/** A person as the sender's directory knows them, by one name. */
const identity = shapeByKey(
  {
    email: strictObject({ email: targetIdentity }),
    login: strictObject({ login: targetIdentity }),
    externalId: strictObject({ externalId: targetIdentity }),
  },
  `expected one of ${IDENTITY_KINDS.join(', ')}`,
);
export type Identity = Infer<typeof identity>;

/** Most principals that one reconciliation event names: so many fit in a message and in a dead letter. */
export const MAX_RECONCILED = 400;

/** Offboarded principals with live keys, and the version of each one's statements in the ledger when it was listed. */
const version = integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, 'expected an integer');
const reconciled = array(
  strictObject({ principalName: targetPrincipal, version }, OBJECT),
  'expected a list',
  atLeast(1, 'expected a principal'),
  atMost(MAX_RECONCILED, `expected at most ${MAX_RECONCILED} principals`),
);

const withEvidence = { evidence: optional(evidence) };
const withConfidence = { confidence: optional(confidence), ...withEvidence };
const withEffectiveAt = {
  effectiveAt: optional(instant),
  /** It is not certain that the person left, such as one whom a directory created inactive, who may be a joiner. */
  staged: optional(literal([true], 'expected true')),
  ...withEvidence,
};

/**
 * A leaked key (its owner is a hint; the key alone is acted on), an alert to be resolved, or all keys of a principal.
 */
export const compromisedData = shapeByKey(
  {
    accessKeyId: strictObject({
      accessKeyId: targetKey,
      principalName: optional(targetPrincipal),
      ...withConfidence,
    }),
    reference: strictObject({ reference, ...withConfidence }),
    principalName: strictObject({
      principalName: targetPrincipal,
      scope: literal(['principal'], 'expected "principal", so that all keys are meant'),
      ...withEvidence,
    }),
  },
  'expected accessKeyId, reference, or principalName with scope',
);

/** An offboarded user; `effectiveAt` is when they leave, if that is not the event's time. */
export const offboardedData = shapeByKey(
  {
    principalName: strictObject({ principalName: targetPrincipal, ...withEffectiveAt }),
    identity: strictObject({ identity, ...withEffectiveAt }),
    /** Of our own reconciliation. */
    principals: strictObject({ principals: reconciled }),
  },
  'expected principalName or identity',
);

/** A user who stays after all. */
export const reinstatedData = shapeByKey(
  {
    principalName: strictObject({ principalName: targetPrincipal, ...withEvidence }),
    identity: strictObject({ identity, ...withEvidence }),
  },
  'expected principalName or identity',
);

/** Our own follow-up of the event `parent`; `generation` counts the checks. */
const followUp = {
  parent: strictObject({ source: label, id: label }, OBJECT),
  generation: literal([1, 2, 3], 'expected 1, 2 or 3'),
};
export const checkData = shapeByKey(
  {
    principalName: strictObject({ ...followUp, principalName: targetPrincipal }),
    accessKeyId: strictObject({ ...followUp, accessKeyId: targetKey }),
  },
  'expected principalName or accessKeyId',
);
