/**
 * Owners of live keys whose names differ from the name in an event, and could mean the same person: directories and
 * sign-in disagree on upper and lower case. The key listing is there anyway, so this costs no call.
 */
import type { CanonicalEvent } from '../../events/canonical.ts';
import { type PrincipalName, principalName } from '../../events/ids.ts';
import { sameButForCase } from '../../events/names.ts';
import { auditor, type EventContext } from '../context.ts';
import { rawText, serializeDeadLetter } from '../dead-letters/dead-letter.ts';
import { bodyHash, eventKey, readEvent, writeEvent } from '../ledger/events.ts';
import { asciiJson } from '../model/json.ts';
import type { KeyListing } from '../model/key.ts';
import { principalTarget } from '../model/plan.ts';

const REASON = 'held-near-match';
const DETAIL = 'rule: an owner of live keys has the same name in another spelling';

/** Owners that one event holds at most; of the others an audit note says how many there are. */
const MAX_HELD = 20;

export interface NearMatch {
  /** The name in the event. */
  readonly asked: PrincipalName;
  readonly owner: string;
}

export interface OwnerMatches {
  /** Whom the event is about, under the names that the owners of the keys have. */
  readonly principals: readonly PrincipalName[];
  readonly near: readonly NearMatch[];
}

/**
 * A name that owns or owned keys is taken byte for byte. Another one stands for the single owner who differs in ASCII
 * case alone. All other owners of a like name are near matches, and so is every one of a `coreweave/` name, whose user
 * id means another user in another case. `byEvent`: the event names principals, no person.
 */
export function matchOwners(
  named: readonly PrincipalName[],
  listing: KeyListing,
  { byEvent }: { readonly byEvent: boolean },
): OwnerMatches {
  const matches = named.map((asked) => {
    const near = listing.ownersLike(asked);
    const isExact = listing.hasOwner(asked) || asked.startsWith('coreweave/');
    const [only, ...others] = isExact ? [] : near.filter((owner) => sameButForCase(owner, asked));
    const parsed = others.length === 0 ? principalName.safeParse(only) : undefined;
    return { asked, near, match: parsed?.success ? parsed.data : undefined };
  });
  // A principal that the event itself names is revoked even if no key of it is listed.
  const principals = [
    ...new Set(
      matches.flatMap(({ asked, match }) => (match === undefined ? [asked] : byEvent ? [asked, match] : [match])),
    ),
  ];
  const known: ReadonlySet<string> = new Set(principals);
  const near = matches.flatMap(({ asked, near: owners }) =>
    owners.filter((owner) => !known.has(owner)).map((owner) => ({ asked, owner })),
  );
  return { principals, near };
}

/**
 * Holds each near match beside the event, once a day per name: as an event of its own about the owner, so that its
 * approval covers no other owner. Rejects if the ledger, a record or a dead letter cannot be written.
 */
export async function holdNearMatches(context: EventContext, near: readonly NearMatch[]): Promise<void> {
  for (const match of near.slice(0, MAX_HELD)) await holdNearMatch(context, match);
  const left = near.length - MAX_HELD;
  if (left > 0) await context.audit({ phase: 'note', name: 'Near Matches Not Held', detail: `not-held: ${left}` });
}

async function holdNearMatch(context: EventContext, match: NearMatch): Promise<void> {
  const { ports } = context.runtime;
  const now = ports.clock.now();
  const { source, time } = context.event;
  const name = ports.sha256(JSON.stringify([context.event.type, match.asked, match.owner])).slice(0, 32);
  const id = `near-match/${new Date(now).toISOString().slice(0, 10)}/${name}`;
  const pk = eventKey(ports, { source, id });
  if ((await readEvent(ports, pk)) !== undefined) return;
  const event = eventAbout(context.event, match, id);
  await ports.deadLetters.send(serializeDeadLetter(deadLetterOf(context, { match, event, now })));
  const target = event === null ? {} : { target: principalTarget(event.data.principalName) };
  await auditor(context, event, context.sender.name)({ phase: 'hold', reason: REASON, detail: DETAIL, ...target });
  const hash = event === null ? '' : bodyHash(ports, event);
  const late = context.event.type === 'user.offboarded.v1';
  const row = {
    state: 'held',
    bodyHash: hash,
    time,
    holder: '',
    leaseUntil: 0,
    principals: [],
    late,
    checked: {},
    sender: context.sender.id,
    authority: context.sender.authority,
  } as const;
  await writeEvent(ports, { pk, version: 1, row }, undefined);
}

/** Null: no event can name the owner. */
function eventAbout({ type, source, time, data }: CanonicalEvent, { asked, owner }: NearMatch, id: string) {
  const parsed = principalName.safeParse(owner);
  if (!parsed.success) return null;
  const evidence = { detector: `near match of ${asked}`.slice(0, 512) };
  const event = { specversion: '1.0', id, source, time } as const;
  const about = { principalName: parsed.data, evidence };
  if (type === 'user.offboarded.v1') {
    const due = 'effectiveAt' in data && data.effectiveAt !== undefined ? { effectiveAt: data.effectiveAt } : {};
    return { ...event, type, data: { ...about, ...due } };
  }
  return { ...event, type: 'credential.compromised.v1', data: { ...about, scope: 'principal' } } as const;
}

function deadLetterOf(
  { runtime, delivery, sender }: EventContext,
  { match, event, now }: { readonly match: NearMatch; readonly event: CanonicalEvent | null; readonly now: number },
) {
  const text = asciiJson({ ...match });
  const raw = rawText(text, runtime.ports.sha256);
  const seen = new Date(now).toISOString();
  return {
    reason: REASON,
    detail: DETAIL,
    event,
    ...(event === null ? { raw: { ...raw, truncated: true } } : {}),
    lane: delivery.lane,
    attempts: delivery.receiveCount,
    firstSeen: seen,
    lastSeen: seen,
    lastStatus: null,
    replays: 0,
    messageId: delivery.messageId,
    sender: sender.id,
  } as const;
}
