/**
 * The supported events: CloudEvents 1.0 in JSON, structured mode, with strict `data`. A parsed event can be serialized,
 * queued and parsed again.
 */
import { checkData, compromisedData, offboardedData, reinstatedData } from './data.ts';
import { refuseFaults } from './faults.ts';
import { instant, label } from './fields.ts';
import { instantMs } from './instant.ts';
import { type Refusal, refusal } from './refusal.ts';
import { type Infer, literal, matches, object, optional, type Schema, text } from './schema.ts';
import { isRecord } from './shapes.ts';

/** How far a sender's clock may be ahead of ours, where times are compared. */
export const MAX_AHEAD_MS = 10 * 60_000;

const OBJECT = 'expected a CloudEvent: a JSON object';
const specversion = literal(['1.0'], 'expected "1.0"');

/** Unknown context attributes are dropped. */
const cloudEvent = <const Type extends string, Data>(type: Type, data: Schema<Data>) =>
  object(
    { specversion, type: literal([type], `expected ${type}`), id: label, source: label, time: instant, data },
    OBJECT,
  );

const compromised = cloudEvent('credential.compromised.v1', compromisedData);
const offboarded = cloudEvent('user.offboarded.v1', offboardedData);
const reinstated = cloudEvent('user.reinstated.v1', reinstatedData);
const check = cloudEvent('revocation.check.v1', checkData);

export type CompromisedEvent = Infer<typeof compromised>;
export type OffboardedEvent = Infer<typeof offboarded>;
export type ReinstatedEvent = Infer<typeof reinstated>;
export type CheckEvent = Infer<typeof check>;

/** Distinguish them by `type`, and inside `data` by its keys (check `'accessKeyId' in event.data` first). */
export type CanonicalEvent = CompromisedEvent | OffboardedEvent | ReinstatedEvent | CheckEvent;

const SCHEMAS: ReadonlyMap<unknown, Schema<CanonicalEvent>> = new Map<unknown, Schema<CanonicalEvent>>([
  ['credential.compromised.v1', compromised],
  ['user.offboarded.v1', offboarded],
  ['user.reinstated.v1', reinstated],
  ['revocation.check.v1', check],
]);

const OURS = /^(?:credential\.compromised|user\.offboarded|user\.reinstated|revocation\.check)\.v\d+$/;

const attribute = text('expected text', matches(/./s, 'expected text'));
/** The required attributes of any CloudEvent 1.0. */
const foreign = object(
  { specversion, type: attribute, id: attribute, source: attribute, time: optional(instant) },
  OBJECT,
);

export interface ParsedEvent {
  readonly kind: 'event';
  readonly event: CanonicalEvent;
}

/**
 * Parses a JSON value as an event; `now` in epoch ms. Unknown context attributes are dropped, and each string of the
 * evidence that holds a secret becomes `[redacted]`. The time of a compromise is not checked.
 * Refusals: `unknown-version` and `unknown-type` for an unsupported
 * CloudEvent, `secret-like-target`, and `invalid` for everything else. Never throws. (CloudEvents 1.0)
 */
export function parseEvent(value: unknown, now: number): ParsedEvent | Refusal {
  const schema = isRecord(value) ? SCHEMAS.get(value.type) : undefined;
  if (schema === undefined) return refuseForeign(value);
  const parsed = schema.safeParse(value);
  if (!parsed.success) return refuseFaults(parsed.issues);
  const at = instantMs(parsed.data.time) ?? Number.POSITIVE_INFINITY;
  if (parsed.data.type !== 'credential.compromised.v1' && at > now + MAX_AHEAD_MS) {
    return refusal('invalid', `time: expected at most ${MAX_AHEAD_MS / 60_000} minutes ahead of now`);
  }
  return { kind: 'event', event: parsed.data };
}

function refuseForeign(value: unknown): Refusal {
  const parsed = foreign.safeParse(value);
  if (!parsed.success) return refuseFaults(parsed.issues);
  return OURS.test(parsed.data.type)
    ? refusal('unknown-version', 'type: expected version v1')
    : refusal('unknown-type', `type: expected one of ${[...SCHEMAS.keys()].join(', ')}`);
}
