/**
 * Who delivered a message, as SQS or a verified webhook says, and what that sender may do. The event's `source` is only
 * a claim.
 */
import type { CanonicalEvent } from '../../events/canonical.ts';
import { FOLLOW_UP_SOURCE } from './follow-up.ts';
import { RECONCILE_SOURCE } from './reconcile.ts';

/** Our own roles, which put messages on our queues. */
export const OWN_ROLES = ['ingest', 'revoke', 'replay', 'scheduler', 'canary', 'reconcile'] as const;
export type OwnRole = (typeof OWN_ROLES)[number];

/** The authority of operators. */
export const OPERATOR = 'operator';

/** Types of the events that come from outside. */
export const SENDER_TYPES = [
  'credential.compromised.v1',
  'user.offboarded.v1',
  'user.reinstated.v1',
] as const satisfies readonly Exclude<CanonicalEvent['type'], typeof CHECK_TYPE>[];

/** A sender that the configuration names. */
export interface SenderBinding {
  readonly name: string;
  /** The part of SQS' SenderId before `:`, or `https:<webhook source>`. */
  readonly senderId: string;
  /** Beginnings of the `source` of its events. */
  readonly sources: readonly string[];
  /** Of SENDER_TYPES; absent: all. */
  readonly types?: readonly string[];
  /** Senders of one authority may take back each other's events. */
  readonly authority: string;
}

export interface SenderSettings {
  /** By role id. (IAM user guide, unique identifiers) */
  readonly own: ReadonlyMap<string, OwnRole>;
  /** Undefined: every sender may use every source that is not reserved. */
  readonly bindings: readonly SenderBinding[] | undefined;
}

/** The authenticated sender of one event. */
export interface Sender {
  /** The part of SQS' SenderId before `:`, `https:<webhook source>` or `own:<role>`. It survives a new name. */
  readonly id: string;
  /** As the configuration names it; otherwise the id. */
  readonly name: string;
  /** The authority of the event: a sender may take back only events of its own authority. */
  readonly authority: string;
}

export const httpsSender = (webhook: string): string => `https:${webhook}`;
export const ownSender = (role: OwnRole): string => `own:${role}`;

/**
 * SQS' SenderId is a user id, or `<role id>:<session>`. The caller chooses the session. (SQS API reference, Message)
 */
export const principalIdOf = (senderId: string): string => senderId.split(':', 1)[0] ?? '';

const RECONCILER = ownSender('reconcile');
/** The `source` of canary events. */
export const CANARY_SOURCE = '//canary.revocation';
const CHECK_TYPE = 'revocation.check.v1';
const RESERVED = ['//revocation-handler/', CANARY_SOURCE];

/**
 * The sources of each webhook. One that is not listed may use every source that is neither reserved, nor listed, nor
 * bound to another sender.
 */
const WEBHOOK_SOURCES: ReadonlyMap<string, string> = new Map([
  ['https:github', 'github://'],
  ['https:gitlab', 'gitlab://'],
  ['https:gitguardian', 'gitguardian://'],
  ['https:okta', 'okta://'],
  ['https:scim', 'scim://'],
]);
/** Of senders that the configuration names, each has one source: `https:ssf/idp` has `ssf://idp`. */
const CONFIGURED: ReadonlyMap<string, string> = new Map([
  ['https:webhook/', 'webhook://'],
  ['https:ssf/', 'ssf://'],
]);
const WEBHOOK_ONLY = [...WEBHOOK_SOURCES.values(), ...CONFIGURED.values(), '//revoker.cli/'];

const STANDARD_WEBHOOKS = httpsSender('standard-webhooks');

/** Whether a sender can have this id: that of a user or role, or of a webhook which exists or can be configured. */
export const isSenderId = (id: string): boolean =>
  /^[A-Za-z0-9-]{1,128}$/.test(id) ||
  WEBHOOK_SOURCES.has(id) ||
  id === STANDARD_WEBHOOKS ||
  /^https:(?:webhook|ssf)\/[a-z0-9-]{1,40}$/.test(id);

/** The webhook that 0.1 must have received an event from: its messages do not name it. */
const webhookOf = (source: string): string =>
  [...WEBHOOK_SOURCES].find(([, prefix]) => source.startsWith(prefix))?.[0] ?? STANDARD_WEBHOOKS;

export interface EventClaims {
  readonly source: string;
  readonly type: string;
  readonly data?: object;
}

/** The sender, or the rule that keeps it from sending this event, as a fixed sentence. */
export type Admission = { readonly kind: 'sender'; readonly sender: Sender } | { readonly kind: 'rule'; rule: string };

const rule = (text: string): Admission => ({ kind: 'rule', rule: `rule: ${text}` });

/** Whether a sender may send an event. `id` as in Sender; empty: unknown. */
export function admitSender(id: string, event: EventClaims, settings: SenderSettings): Admission {
  const { bindings } = settings;
  // Only reconciliation names several principals, and it sends nothing else.
  if ('principals' in (event.data ?? {}) !== (id === RECONCILER)) return rule('the sender may not send such events');
  if (id.startsWith('own:')) return admitOwn(id, event);
  const { source, type } = event;
  if (type === CHECK_TYPE || startsWithAny(source, RESERVED)) return rule('the source or type is reserved');
  const webhook = id.startsWith('https:');
  if (webhook && !mayWebhookUse(id, source)) return rule('the webhook may not use this source');
  const admitted: Admission = { kind: 'sender', sender: unboundSender(id, source, settings) };
  const own = bindings?.filter(({ senderId }) => senderId === id) ?? [];
  if (bindings === undefined) return admitted;
  if (webhook && own.length === 0) {
    const named = bindings.filter(({ authority }) => authority !== OPERATOR);
    const isTaken = !hasOwnSource(id) && ownerOf(source, named) !== undefined;
    return isTaken ? rule('the source is bound to another sender') : admitted;
  }
  if (own.length === 0) return rule('the sender is not named in SENDERS');
  const binding = own.find(({ sources, types }) => startsWithAny(source, sources) && (types?.includes(type) ?? true));
  if (binding === undefined) return rule('the sender may not use this source or type');
  return { kind: 'sender', sender: { id, name: binding.name, authority: binding.authority } };
}

/** A sender without a binding, which speaks for the source that it names. */
export const unboundSender = (id: string, source: string, { bindings }: Pick<SenderSettings, 'bindings'>): Sender => ({
  id,
  name: id,
  authority: authorityNamed(source, bindings),
});

/** A source that is spelled like the name of an authority is not that authority. */
const authorityNamed = (source: string, bindings: SenderSettings['bindings']): string =>
  isNamedAuthority(source, { bindings }) ? `source ${source}` : source;

/** Whether the configuration names it: there are few of those, while senders can invent any number of sources. */
export const isNamedAuthority = (authority: string, { bindings = [] }: Pick<SenderSettings, 'bindings'>): boolean =>
  bindings.some((binding) => binding.authority === authority);

/** Scheduled events are the sender's whose row they belong to, and do not get here. */
function admitOwn(id: string, { source, type }: EventClaims): Admission {
  const isCheck = type === CHECK_TYPE && source === FOLLOW_UP_SOURCE;
  const isReconciliation = id === RECONCILER && source === RECONCILE_SOURCE;
  const isCanary = id === ownSender('canary') && source === CANARY_SOURCE;
  const expected = isReconciliation || isCanary || (id === ownSender('revoke') && isCheck);
  return expected
    ? { kind: 'sender', sender: unboundSender(id, source, { bindings: undefined }) }
    : rule('the function does not send such events by itself');
}

/** What a message says of the sender of its event. */
export interface MessageSender {
  /** SQS' SenderId. */
  readonly senderId: string;
  /** The attribute `sender`, or empty. */
  readonly sentFor: string;
  /** `sender` of the dead letter in the message; undefined: it holds none. */
  readonly deadLetterSays: string | undefined;
  /** Of the event, for messages of 0.1 that do not name their webhook. */
  readonly source: string | undefined;
}

/** As Sender.id; empty: unknown. Only our own functions are believed about others. */
export function originalSenderOf(
  { senderId, sentFor, deadLetterSays, source }: MessageSender,
  { own }: Pick<SenderSettings, 'own'>,
): string {
  const role = own.get(principalIdOf(senderId));
  switch (role) {
    case undefined:
      return deadLetterSays === undefined ? principalIdOf(senderId) : '';
    case 'ingest':
      return sentFor || (source === undefined ? '' : webhookOf(source));
    case 'replay':
      return sentFor;
    case 'revoke':
      return deadLetterSays ?? ownSender(role);
    case 'scheduler':
    case 'canary':
    case 'reconcile':
      return ownSender(role);
  }
}

const hasOwnSource = (webhook: string): boolean =>
  WEBHOOK_SOURCES.has(webhook) || startsWithAny(webhook, [...CONFIGURED.keys()]);

const mayWebhookUse = (id: string, source: string): boolean => {
  for (const [start, scheme] of CONFIGURED) {
    if (id.startsWith(start)) return source === `${scheme}${id.slice(start.length)}`;
  }
  const prefix = WEBHOOK_SOURCES.get(id);
  return prefix === undefined ? !startsWithAny(source, WEBHOOK_ONLY) : source.startsWith(prefix);
};

const startsWithAny = (text: string, prefixes: readonly string[]): boolean =>
  prefixes.some((prefix) => text.startsWith(prefix));

/** The authority of an event that was stored without one: its source, unless the configuration binds that. */
export const authorityOfSource = (source: string, { bindings = [] }: SenderSettings): string =>
  ownerOf(source, bindings)?.authority ?? authorityNamed(source, bindings);

/** The owner of a source: the binding with the longest prefix. A binding of every source owns the rest. */
function ownerOf(source: string, bindings: readonly SenderBinding[]): SenderBinding | undefined {
  const owned = bindings.flatMap((binding) =>
    binding.sources.filter((prefix) => source.startsWith(prefix)).map((prefix) => ({ prefix, binding })),
  );
  return owned.toSorted((a, b) => b.prefix.length - a.prefix.length)[0]?.binding;
}
