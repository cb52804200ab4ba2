/**
 * SCIM 2.0, as a directory speaks it to an application: Microsoft Entra ID, Okta and others. We keep no users: a user
 * is its id, a search finds nobody, and what counts is who becomes inactive or is deleted. (RFC 7644)
 */
import type { CanonicalEvent } from '../canonical.ts';
import { groupOf, ignored, jsonOf, unusable } from './reading.ts';
import { type Changes, changesOfPatch, changesOfUser, type Fault } from './scim-changes.ts';
import { DOCUMENTS, NOBODY, scimRefused, scimReply, userDocument } from './scim-documents.ts';
import { NAME_EXPECTED, type Person, personById } from './scim-name.ts';
import type { Reading, Reply, Source, WebRequest } from './source.ts';

const SOURCE = 'scim://users';

const NO_SUCH_USER = 'expected the id of a user, as it was given out';
const OTHER_CHANGE = 'a change of something other than active';
const RENAMED = 'userName cannot change, since the id of a user stands for it: remove the user and provision anew';

/** The header is `Bearer` and the secret. (RFC 6750 §2.1) */
export const scim: Source = {
  name: 'scim',
  isGenuine({ headers }, proofs) {
    const token = groupOf(/^Bearer +([\x21-\x7e]{1,4096})$/i, headers.authorization);
    return token !== undefined && proofs.secret(token);
  },
  read(request, now) {
    const path = request.path.replace(/\/$/, '');
    const id = groupOf(/^\/Users\/([^/]+)$/, path);
    if (id !== undefined) return ofUser(id, request, now);
    if (path === '/Users') return ofUsers(request, now);
    const document = DOCUMENTS.get(path);
    if (document === undefined) return scimRefused(404, 'expected a path of this source; it has users and no groups');
    return request.method === 'GET' ? ignored('a question', scimReply(200, document)) : wrongMethod('GET');
  },
};

const wrongMethod = (allow: string): Reading => {
  const { reply, ...rest } = scimRefused(405, `expected the method ${allow}`);
  return { ...rest, reply: { ...reply, headers: { ...reply.headers, allow } } };
};

function ofUsers(request: WebRequest, now: number): Reading {
  if (request.method === 'GET') return ignored('a search, which finds nobody', scimReply(200, NOBODY));
  if (request.method !== 'POST') return wrongMethod('GET, POST');
  const changes = changesIn(request, changesOfUser);
  if (changes.kind !== 'changes') return changes;
  const { person, active = true } = changes;
  if (person === undefined) return noted(scimRefused(400, NAME_EXPECTED, 'invalidValue'), request);
  const created = scimReply(201, userDocument(person, active));
  // Relative to the request: we do not know under which host and path the sender sees us. (RFC 9110 §10.2.2)
  const reply = { ...created, headers: { ...created.headers, location: `Users/${person.id}` } };
  // A create is no return: whoever is new has left nowhere, and it must not call off the leaving that another source
  // announced.
  return active ? ignored('a create of an active user', reply) : told([person], { request, now, reply, active });
}

/** A refusal that a person is told too: the directory may leave it at that. */
function noted(refusal: Refused, { method }: WebRequest, person?: Person): Refused {
  const identifiers = { sender: 'scim', method, ...(person === undefined ? {} : { ...person }) };
  const told = unusable({ reason: 'invalid', detail: refusal.why }, { about: [person?.userName], identifiers });
  return { ...refusal, unusable: [told] };
}

function ofUser(id: string, request: WebRequest, now: number): Reading {
  const person = personById(id);
  if (person === undefined) return scimRefused(404, NO_SUCH_USER);
  switch (request.method) {
    case 'GET':
      return ignored('a question', scimReply(200, userDocument(person)));
    case 'DELETE':
      return told([person], { request, now, reply: { status: 204 }, active: false });
    case 'PUT':
      return changed(person, changesIn(request, changesOfUser, person), { request, now });
    case 'PATCH':
      return changed(person, changesIn(request, changesOfPatch, person), { request, now });
    default:
      return wrongMethod('GET, PUT, PATCH, DELETE');
  }
}

/** What the body of a request about `person`, if that is known, says; or the refusal. */
function changesIn(
  request: WebRequest,
  changesOf: (value: unknown) => Changes | Fault,
  person?: Person,
): Changes | Refused {
  const json = jsonOf(request.body);
  if (json.kind !== 'json') {
    const { status } = json.reply;
    return scimRefused(status, json.why, status === 400 ? 'invalidSyntax' : undefined);
  }
  const changes = changesOf(json.value);
  return changes.kind === 'fault' ? noted(scimRefused(400, changes.why, changes.scimType), request, person) : changes;
}

type Refused = ReturnType<typeof scimRefused>;

interface At {
  readonly request: WebRequest;
  readonly now: number;
}

/**
 * A user who is renamed keeps the id that stands for the old name, so a later leaving would name the wrong person, or
 * nobody. That is refused while there is still time, but a leaver who has two names by now leaves under both.
 */
function changed(person: Person, changes: Changes | Refused, at: At): Reading {
  if (changes.kind !== 'changes') return changes;
  const { active } = changes;
  const current = changes.person ?? person;
  if (current.id !== person.id && active !== false) {
    return noted(scimRefused(400, RENAMED, 'mutability'), at.request, person);
  }
  const reply = scimReply(200, userDocument(person, active));
  if (active === undefined) return ignored(OTHER_CHANGE, reply);
  return told(current.id === person.id ? [person] : [person, current], { ...at, reply, active });
}

/**
 * One event per person. SCIM gives requests no id, and each says how things stand when it is sent; so its arrival, to
 * the millisecond, is its id and its time (`now` must be the same whenever the same request is read). A second leaving
 * is another event. So is what the directory sends again: harmless, since it says again that the person is gone, and a
 * person counts once against the limits.
 */
function told(
  people: readonly [Person, ...Person[]],
  { request, now, reply, active }: At & { readonly reply: Reply; readonly active: boolean },
): Reading {
  const time = new Date(now).toISOString();
  const eventOf = ({ id, userName }: Person): CanonicalEvent => ({
    specversion: '1.0',
    type: active ? 'user.reinstated.v1' : 'user.offboarded.v1',
    id: `${active ? 'active' : 'inactive'}/${time}/${id}`,
    source: SOURCE,
    time,
    data: {
      identity: { login: userName },
      evidence: { detector: `${request.method} active`, receivedVia: 'scim', verifiedBy: 'bearer-token' },
    },
  });
  const [first, ...others] = people;
  return { kind: 'events', events: [eventOf(first), ...others.map(eventOf)], reply };
}
