/** What the events of a token ask for. (SSF 1.0 §8.1.4, RISC 1.0 §2, CAEP 1.0 §3) */
import { fieldsOf } from '../shapes.ts';
import { changesOfPatch, changesOfUser } from '../sources/scim-changes.ts';
import { CONCERNS_US } from '../sources/standard-webhooks.ts';
import type { Issuer } from './issuer.ts';

/** `staged`: an offboarding that is held if there are live keys. `why` and `detail` are fixed sentences. */
export type Effect =
  | { readonly kind: 'act'; readonly action: Action }
  | { readonly kind: 'ignored'; readonly why: string }
  | { readonly kind: 'fault'; readonly reason: 'invalid' | 'unknown-type'; readonly detail: string };
export type Action = 'offboarded' | 'staged' | 'reinstated' | 'compromised';

/** One event of a token, and what it asks for. */
export interface Meant {
  readonly type: string;
  readonly event: unknown;
  readonly effect: Effect;
}

const act = (action: Action): Effect => ({ kind: 'act', action });
const ignoredAs = (why: string): Effect => ({ kind: 'ignored', why });
const invalid = (detail: string): Effect => ({ kind: 'fault', reason: 'invalid', detail });

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
const SCIM_CHANGE = /:prov:(put|patch):(?:full|(notice))$/i;
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

/** What is not in the table is ignored, unless its name, or its change of a user, tells of an offboarding or a leak. */
function effectOf(type: string, event: unknown, issuer: Issuer): Effect {
  const meaning = MEANINGS.get(type);
  if (meaning !== undefined) return meaning(event, issuer);
  const name = type.slice(Math.max(type.lastIndexOf('/'), type.lastIndexOf(':')) + 1);
  return CONCERNS_US.test(name) || mayDeactivate(type, event)
    ? UNKNOWN_TYPE
    : ignoredAs('an event type that we do not act on');
}

/** Several types in a token are names of one event; those that ask for different actions are not. (RFC 8417 §2) */
export function meantBy(events: readonly (readonly [type: string, event: unknown])[], issuer: Issuer): Meant {
  const meant = events.map(([type, event]): Meant => ({ type, event, effect: effectOf(type, event, issuer) }));
  const actions = new Set(meant.flatMap(({ effect }) => (effect.kind === 'act' ? [effect.action] : [])));
  const first = (kind: Effect['kind']) => meant.find(({ effect }) => effect.kind === kind);
  const none: Meant = { type: '', event: undefined, effect: SEVERAL };
  return actions.size > 1 ? none : (first('act') ?? first('fault') ?? first('ignored') ?? none);
}
