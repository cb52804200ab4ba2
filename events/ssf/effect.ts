/** What the events of a token ask for. (SSF 1.0 §8.1.4, RISC 1.0 §2, CAEP 1.0 §3) */
import { fieldsOf } from '../shapes.ts';
import { changesOfPatch, changesOfUser } from '../sources/scim-changes.ts';
import { concernsUs } from '../sources/standard-webhooks.ts';
import type { Issuer } from './issuer.ts';
import { subjectOf } from './subject.ts';

/** `staged`: an offboarding that is held if there are live keys. `why` and `detail` are fixed sentences. */
export type Effect =
  | { readonly kind: 'act'; readonly action: Action }
  | { readonly kind: 'ignored'; readonly why: string }
  | { readonly kind: 'fault'; readonly reason: 'invalid' | 'unknown-type'; readonly detail: string };
export type Action = 'offboarded' | 'staged' | 'reinstated' | 'compromised';

/** One event of a token: whom it is about, and what it asks for. */
type Meant = Effect & { readonly type: string; readonly subject: unknown };

/** `acting`: the event that acts. `faults`: those that an operator must see. `ignored`: why, if there is neither. */
export interface Meanings {
  readonly acting?: Extract<Meant, { kind: 'act' }>;
  readonly faults: readonly Extract<Meant, { kind: 'fault' }>[];
  readonly ignored: string;
}

const act = (action: Action): Effect => ({ kind: 'act', action });
const ignoredAs = (why: string): Effect => ({ kind: 'ignored', why });
const invalid = (detail: string) => ({ kind: 'fault', reason: 'invalid', detail }) as const;

const UNKNOWN_TYPE: Effect = { kind: 'fault', reason: 'unknown-type', detail: 'expected an event type that is known' };
const SEVERAL = invalid('expected one event, or several names of the same event');

/** Signing out is no offboarding, but some transmitters report an offboarding by nothing else. */
const SESSIONS: Readonly<Record<Issuer['sessionRevoked'], Effect>> = {
  ignore: ignoredAs('a revoked session, which is ignored for this issuer'),
  hold: act('staged'),
  offboarded: act('offboarded'),
};

type Meaning = (event: unknown, issuer: Issuer) => Effect;
const always =
  (effect: Effect): Meaning =>
  () =>
    effect;
const session: Meaning = (_event, { sessionRevoked }) => SESSIONS[sessionRevoked];
/** A transmitter says it once, before it falls silent. */
const updated: Meaning = (event) =>
  fieldsOf(event).status === 'enabled'
    ? ignoredAs('an update of the stream, which is enabled')
    : invalid('expected an enabled stream, but the transmitter has paused or disabled it');

const SSF = 'https://schemas.openid.net/secevent/ssf/event-type/';
const RISC = 'https://schemas.openid.net/secevent/risc/event-type/';
const CAEP = 'https://schemas.openid.net/secevent/caep/event-type/';

const MEANINGS: ReadonlyMap<string, Meaning> = new Map([
  [`${SSF}verification`, always(ignoredAs('a verification of the stream'))],
  [`${SSF}stream-updated`, updated],
  [`${RISC}account-disabled`, always(act('offboarded'))],
  [`${RISC}account-purged`, always(act('offboarded'))],
  [`${RISC}account-enabled`, always(act('reinstated'))],
  [`${RISC}credential-compromise`, always(act('compromised'))],
  [`${RISC}sessions-revoked`, session],
  [`${CAEP}session-revoked`, session],
]);

/** A change of a SCIM user, in any of the spellings that drafts had. (RFC 9967 §2.4) */
const SCIM_CHANGE = /:prov:(put|patch):(?:full|(notice))(?![a-z])/i;
const ACTIVE = /(?:^|[:.])active$/i;

/** Whether a change of a SCIM user says, or may say, that the user is no longer active. */
function mayDeactivate(type: string, event: unknown): boolean {
  const [change, method = '', notice] = SCIM_CHANGE.exec(type) ?? [];
  if (change === undefined) return false;
  const { attributes, data } = fieldsOf(event);
  if (notice !== undefined)
    return !Array.isArray(attributes) || attributes.some((name) => typeof name !== 'string' || ACTIVE.test(name));
  const changes = method.toLowerCase() === 'put' ? changesOfUser(data) : changesOfPatch(data);
  return changes.kind === 'fault' || changes.active === false;
}

/** A host may have any name. */
const HOST = /^https?:\/\/[^/]*/i;

/** What is not in the table is ignored, unless its name, or its change of a user, tells of an offboarding or a leak. */
function effectOf(type: string, event: unknown, issuer: Issuer): Effect {
  const bare = type.toLowerCase().replace(/\/$/, '');
  const meaning = MEANINGS.get(bare.replace(/^http:/, 'https:'));
  if (meaning !== undefined) return meaning(event, issuer);
  return concernsUs(type.replace(HOST, '')) || mayDeactivate(type, event)
    ? UNKNOWN_TYPE
    : ignoredAs('an event type that we do not act on');
}

/**
 * Several types in a token are names of one event; those that ask for different actions, or are about different people,
 * are not. (RFC 8417 §2) A fault may be an offboarding, so no user is reinstated beside it.
 */
export function meantBy(
  claims: Readonly<Record<string, unknown>>,
  events: readonly (readonly [type: string, event: unknown])[],
  issuer: Issuer,
): Meanings {
  const meant = events.map(([type, event]): Meant => {
    return { ...effectOf(type, event, issuer), type, subject: subjectOf(claims, event) };
  });
  const acts = meant.filter((each) => each.kind === 'act');
  const faults = meant.filter((each) => each.kind === 'fault');
  const ignored = meant.find((each) => each.kind === 'ignored')?.why ?? '';
  if (new Set(acts.map(({ action, subject }) => JSON.stringify([action, subject]))).size > 1) {
    return { faults: [{ ...SEVERAL, type: '', subject: undefined }, ...faults], ignored };
  }
  const [acting] = acts;
  const isUncertain = acting?.action === 'reinstated' && faults.length > 0;
  return { ...(acting === undefined || isUncertain ? {} : { acting }), faults, ignored };
}
