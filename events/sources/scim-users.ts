/** Processes SCIM requests about a user: the events, the user to store, and the reply. */
import type { CanonicalEvent } from '../canonical.ts';
import { ignored } from './reading.ts';
import type { Changes } from './scim-changes.ts';
import { type DirectoryUser, type Found, hasName, isSoftDeleted, newUser, renamed, without } from './scim-directory.ts';
import { scimRefused, scimReply, scimUnavailable, userDocument } from './scim-documents.ts';
import { firstNameOf, isSameName, laterId, type Person } from './scim-name.ts';
import type { Reading, Reply, WebRequest } from './source.ts';

const SOURCE = 'scim://users';

const OTHER_CHANGE = 'a change of something other than active';
const NAME_TAKEN = 'expected a userName that no other user has';

/** A readable request. */
export interface Asked {
  readonly kind: 'asked';
  readonly changes: Changes;
  /** The user as sent. The reply repeats it. */
  readonly sent: Readonly<Record<string, unknown>>;
  readonly request: WebRequest;
}

type At = Pick<Asked, 'request'> & { readonly now: number };

/** Of a create. `holder`: who has the name now, or had it last; `first`: the user with the id that is the bare name. */
interface Namesakes {
  readonly holder: Found | 'unavailable';
  readonly first: Found | 'unavailable';
}

export function created(person: Person, { holder: found, first }: Namesakes, asked: Asked & At): Reading {
  const { changes, sent, now } = asked;
  const { active = true } = changes;
  const staged = { ...asked, active, staged: true };
  if (found === 'unavailable') return active ? scimUnavailable() : inDoubt([person], asked);
  const earlier = found === 'gone' ? undefined : found;
  if (earlier !== undefined && hasName(earlier, person.userName)) {
    const { reply } = scimRefused(409, NAME_TAKEN, 'uniqueness');
    // The refusal is about the create. That the user is inactive may be news.
    return active ? ignored('a create of a user who is there', reply) : told([earlier], { ...staged, reply });
  }
  const isReused = [found, first].some((user) => isFirstName(user, person.userName));
  const user = newUser(isReused ? { ...person, id: laterId(person, now) } : person, active);
  const { body, ...reply } = scimReply(201, userDocument(user, { sent }));
  // An absolute path, because base URLs differ. (RFC 9110 §10.2.2)
  const location = `/scim/Users/${user.id}`;
  const displaced = earlier === undefined ? [] : [without(earlier, person.userName)];
  const save = { users: [...displaced, user], required: true };
  const outcome = { ...staged, reply: { ...reply, headers: { ...reply.headers, location }, body } };
  // Creating an active user is not a reinstatement: it must not cancel an offboarding from another source.
  return active
    ? { ...ignored('a create of an active user', outcome.reply), save }
    : { ...told([user], outcome), save };
}

/** True if the id of the user is made of this name, whatever name the user has now. */
const isFirstName = (user: Found | 'unavailable', userName: string): boolean =>
  typeof user === 'object' && isSameName(firstNameOf(user.id), userName);

export function removed(person: Person, known: Known, at: At): Reading {
  if (known === 'unavailable') return inDoubt([person], at);
  const user = { ...(known ?? newUser(person)), active: false, deleted: true };
  return {
    ...told([known ?? person], { ...at, active: false, reply: { status: 204 } }),
    save: { users: [user], required: false },
  };
}

/** The user with the id in the path, who is not deleted. */
type Known = DirectoryUser | 'unavailable' | undefined;

/** `holder`: the user who has the new name of a rename. */
interface Subject {
  readonly person: Person;
  readonly known: Known;
  readonly holder: Found | 'unavailable';
}

/**
 * A renamed user keeps the id. A later offboarding applies to both names, because the consumer looks them up. A request
 * that renames and deactivates a user sends an event for each name.
 */
export function changed({ person, known, holder }: Subject, asked: Asked & At): Reading {
  const { active, person: sentPerson } = asked.changes;
  const before = known === undefined || known === 'unavailable' ? newUser(person) : known;
  const sentName = sentPerson?.userName ?? before.userName;
  const isRename = sentName !== before.userName && !isSoftDeleted(sentName, before);
  const newNames = isRename && sentPerson !== undefined ? [sentPerson] : [];
  if (known === 'unavailable') return active === false ? inDoubt([before, ...newNames], asked) : scimUnavailable();
  const user = { ...(isRename ? renamed(before, sentName) : before), active: active ?? before.active };
  const reply = scimReply(200, userDocument({ ...user, userName: sentName }, asked));
  const other = isRename ? otherThan(before, holder) : undefined;
  const isTaken = hasName(other, sentName) && other?.active !== false;
  const displaced = other === undefined ? [] : [without(other, sentName)];
  if (active === false) {
    // The new name belongs to another active user, whose keys must stay.
    const save = { users: isTaken ? [{ ...before, active }] : [...displaced, user], required: false };
    return { ...told([before, ...(isTaken ? [] : newNames)], { ...asked, active, reply }), save };
  }
  if (isTaken) return scimRefused(409, NAME_TAKEN, 'uniqueness');
  const save = { users: [...displaced, user], required: isRename };
  if (active !== undefined) return { ...told([before], { ...asked, active, reply }), save };
  return isRename ? { ...ignored('a change of the name', reply), save } : ignored(OTHER_CHANGE, reply);
}

const otherThan = (user: DirectoryUser, holder: Found | 'unavailable'): DirectoryUser | undefined =>
  holder === undefined || holder === 'gone' || holder === 'unavailable' || holder.id === user.id ? undefined : holder;

/**
 * Users who leave while the store cannot be read. The name in an id may be an earlier one, which a successor has now:
 * nothing is stored, and the events are held if there are live keys. The directory is asked to repeat the request:
 * Microsoft Entra ID does in its next cycle, Okta shows a failed task.
 */
const inDoubt = (people: readonly [Person, ...Person[]], at: At): Reading => {
  const detector = `${at.request.method} active, while the names of the user could not be read`;
  return told(people, { ...at, active: false, staged: true, detector, reply: scimUnavailable().reply });
};

interface Telling extends At {
  readonly reply: Reply;
  readonly active: boolean;
  readonly staged?: boolean;
  readonly detector?: string;
}

/**
 * One event per name. SCIM requests have no id, so the time of arrival in milliseconds is the id and the time of the
 * event (`now` must be the same whenever the same request is read). A retry of the directory is another event. This is
 * harmless: it reports the same state, and a person counts once against the limits.
 */
function told(
  [first, ...others]: readonly [Person, ...Person[]],
  { request, now, reply, active, staged, detector = `${request.method} active` }: Telling,
): Extract<Reading, { kind: 'events' }> {
  const time = new Date(now).toISOString();
  const eventOf = ({ id, userName }: Person): CanonicalEvent => {
    const evidence = { detector, receivedVia: 'scim', verifiedBy: 'bearer-token' };
    const data = { identity: { login: userName }, evidence };
    const event = {
      specversion: '1.0',
      id: `${active ? 'active' : 'inactive'}/${time}/${id}`,
      source: SOURCE,
      time,
    } as const;
    if (active) return { ...event, type: 'user.reinstated.v1', data };
    return { ...event, type: 'user.offboarded.v1', data: staged ? { ...data, staged: true } : data };
  };
  return { kind: 'events', events: [eventOf(first), ...others.map(eventOf)], reply };
}
