/**
 * SCIM 2.0 endpoint for Microsoft Entra ID, Okta, authentik and other directories. Users who become inactive or are
 * deleted are offboarded. (RFC 7644)
 */
import { fieldsOf, isRecord } from '../shapes.ts';
import {
  firstGroup,
  ignored,
  jsonOf,
  MAX_NAME,
  present,
  type Refused,
  type ReportedSubject,
  shortText,
  unusable,
  withUnusable,
} from './reading.ts';
import { type Changes, changesOfPatch, changesOfUser, type ScimFault } from './scim-changes.ts';
import { type Directory, type DirectoryUser, type Found, hasName, type Lookup } from './scim-directory.ts';
import {
  DOCUMENTS,
  listOf,
  NO_USERS,
  scimRefused,
  scimReply,
  scimUnavailable,
  userDocument,
} from './scim-documents.ts';
import { NAME_EXPECTED, type Person, personById, personOf } from './scim-name.ts';
import { type Asked, changed, created, removed } from './scim-users.ts';
import type { Reading, Source, WebRequest } from './source.ts';

const NO_SUCH_USER = 'expected the id of a user that this endpoint returned';
const NO_SUCH_PATH = 'expected a path of this source; it has users and no groups';

/** The header is `Bearer` and the secret. (RFC 6750 §2.1) */
export const scim: Source = {
  name: 'scim',
  challenge: 'Bearer realm="scim"',
  isAuthentic({ headers }, proofs) {
    const token = firstGroup(/^Bearer +([\x21-\x7e]{1,4096})$/i, headers.authorization);
    return token !== undefined && proofs.secret(token);
  },
  lookups(request) {
    const at = resourceOf(request);
    if (at.kind === 'users') {
      if (request.method === 'GET') return searchedNames(request).flatMap(lookupsOf);
      const created = nameIn(request);
      // Who has the name now may have been renamed to it, and another user may have the id.
      return created === undefined ? [] : [...lookupsOf(created), created];
    }
    if (at.kind !== 'user') return [];
    const sent = request.method === 'PUT' || request.method === 'PATCH' ? nameIn(request) : undefined;
    // The new name may belong to another user now.
    return [at.person, ...lookupsOf(sent)];
  },
  read(request, now, directory = []) {
    const at = resourceOf(request);
    switch (at.kind) {
      case 'user':
        return ofUser(at.person, { request, now, directory });
      case 'users':
        return ofUsers({ request, now, directory });
      case 'document':
        return request.method === 'GET' ? ignored('a question', scimReply(200, at.document)) : wrongMethod('GET');
      case 'stranger':
        return ofStranger(at.id, request);
      case 'refused':
        return at;
    }
  },
};

/** The id may be of another service, from before the directory was moved to us: there a person finds out who left. */
function ofStranger(id: string, request: WebRequest): Refused {
  const refusal = scimRefused(404, NO_SUCH_USER);
  return mayDeactivate(request) ? noted(refusal, request, id.length > MAX_NAME ? {} : { id }) : refusal;
}

function mayDeactivate({ method, body }: WebRequest): boolean {
  if (method !== 'PUT' && method !== 'PATCH') return method === 'DELETE';
  const json = jsonOf(body);
  const changes = json.kind === 'json' ? changesIn(method)(json.value) : json;
  return changes.kind !== 'changes' || changes.active === false;
}

const changesIn = (method: string): ((body: unknown) => Changes | ScimFault) =>
  method === 'PATCH' ? changesOfPatch : changesOfUser;

/** `//Users` and `/v2/Users` result from base URLs that end in a slash or a version. */
function resourceOf({ path }: WebRequest) {
  const resource = path
    .replace(/\/{2,}/g, '/')
    .replace(/^\/v2(?=\/|$)/, '')
    .replace(/\/$/, '');
  const person = personById(firstGroup(/^\/Users\/([^/]+)$/, resource) ?? '');
  if (person !== undefined) return { kind: 'user', person } as const;
  if (resource === '/Users') return { kind: 'users' } as const;
  const id = firstGroup(/\/Users\/([^/]+)$/, resource);
  if (id !== undefined) return { kind: 'stranger', id } as const;
  const document = DOCUMENTS.get(resource);
  return document === undefined ? scimRefused(404, NO_SUCH_PATH) : ({ kind: 'document', document } as const);
}

/** Without an id: finds the user who has the name now. */
const lookupsOf = (person: Person | undefined): readonly Lookup[] =>
  person === undefined ? [] : [{ userName: person.userName }];

/** The userName in a body, if it can be read. */
function nameIn({ body, method }: WebRequest): Person | undefined {
  const json = jsonOf(body);
  if (json.kind !== 'json') return undefined;
  const changes = changesIn(method)(json.value);
  return changes.kind === 'changes' ? changes.person : undefined;
}

/**
 * The names that a search may mean, the likeliest first. Not every directory encodes a plus in a name: it is a plus in
 * a URI, and a blank in a form. If the blanks of the filter are plus signs, it is a form. (RFC 3986 §3.4)
 */
function searchedNames({ query = '' }: WebRequest): readonly Person[] {
  const names = [query.replaceAll('+', '%2B'), query].flatMap((each) => nameInFilter(each) ?? []);
  return names.filter(({ id }, at) => names.findIndex((each) => each.id === id) === at);
}

/**
 * The only supported filter: directories search by userName before they create a user. authentik, until 2025.8, leaves
 * out the quotes of a user who is there already, and without an answer never says that the user left. (RFC 7644
 * §3.4.2.2)
 */
function nameInFilter(query: string): Person | undefined {
  const filter = new URLSearchParams(query).get('filter') ?? '';
  const value = firstGroup(
    /^\s*(?:urn:ietf:params:scim:schemas:core:2\.0:User:)?userName\s+eq\s+("[\s\S]*"|[^\s"]+)\s*$/i,
    filter,
  );
  if (value === undefined) return undefined;
  try {
    return personOf(value.startsWith('"') ? JSON.parse(value) : value);
  } catch {
    return undefined;
  }
}

const wrongMethod = (allow: string): Reading => {
  const { reply, ...rest } = scimRefused(405, `expected the method ${allow}`);
  return { ...rest, reply: { ...reply, headers: { ...reply.headers, allow } } };
};

interface At {
  readonly request: WebRequest;
  readonly now: number;
  readonly directory: Directory;
}

/** The result of one lookup. `unavailable` applies to all of them. */
const foundAt = (directory: Directory, index: number): Found | 'unavailable' =>
  directory === 'unavailable' ? directory : directory[index];

function ofUsers({ request, now, directory }: At): Reading {
  const [holder, first] = [foundAt(directory, 0), foundAt(directory, 1)];
  if (request.method === 'GET') return search(searchedNames(request), directory);
  if (request.method !== 'POST') return wrongMethod('GET, POST');
  const asked = askedIn(request);
  if (asked.kind !== 'asked') return asked;
  const { person } = asked.changes;
  return person === undefined
    ? noted(scimRefused(400, NAME_EXPECTED, 'invalidValue'), request)
    : created(person, { holder, first }, { ...asked, now });
}

function search(people: readonly Person[], directory: Directory): Reading {
  if (people.length > 0 && directory === 'unavailable') return scimUnavailable();
  const found = people.map(({ userName }, at) => namedAt(directory, at, userName)).find((user) => user !== undefined);
  return ignored('a search', scimReply(200, found === undefined ? NO_USERS : listOf([userDocument(found)])));
}

function namedAt(directory: Directory, index: number, userName: string): DirectoryUser | undefined {
  const found = foundAt(directory, index);
  return found === 'gone' || found === 'unavailable' || !hasName(found, userName) ? undefined : found;
}

function ofUser(person: Person, { request, now, directory }: At): Reading {
  const found = foundAt(directory, 0);
  if (found === 'gone' || (found !== undefined && found !== 'unavailable' && found.deleted)) {
    return ignored('a request about a user who was deleted', scimRefused(404, NO_SUCH_USER).reply);
  }
  switch (request.method) {
    case 'GET':
      return found === 'unavailable'
        ? scimUnavailable()
        : ignored('a question', scimReply(200, userDocument(found ?? person)));
    case 'DELETE':
      return removed(person, found, { request, now });
    case 'PUT':
    case 'PATCH': {
      const asked = askedIn(request, person);
      if (asked.kind !== 'asked') return asked;
      const reading = changed({ person, known: found, holder: foundAt(directory, 1) }, { ...asked, now });
      return reading.kind === 'refused' && reading.reply.status < 500 ? noted(reading, request, person) : reading;
    }
    default:
      return wrongMethod('GET, PUT, PATCH, DELETE');
  }
}

/** Reads the body of a request. `person`: the user in the path, if any. */
function askedIn(request: WebRequest, person?: Person): Asked | Refused {
  const json = jsonOf(request.body);
  if (json.kind !== 'json') {
    const { status } = json.reply;
    const refusal = scimRefused(status, json.why, status === 400 ? 'invalidSyntax' : undefined);
    return withUnusable(refusal, reportOf(request, person));
  }
  const changes = changesIn(request.method)(json.value);
  if (changes.kind === 'fault') return noted(scimRefused(400, changes.why, changes.scimType), request, person);
  const sent = request.method === 'PATCH' || !isRecord(json.value) ? {} : fieldsOf(json.value);
  return { kind: 'asked', changes, sent, request };
}

/** Adds a dead letter to a refusal, because the directory may not retry. */
const noted = (refusal: Refused, request: WebRequest, user?: Partial<Person>): Refused => ({
  ...refusal,
  unusable: [unusable({ ...reportOf(request, user), reason: 'invalid', detail: refusal.why })],
});

/** `user`: what the path says, if anything. Without a name there, the user is named as in the body. */
function reportOf({ method, body }: WebRequest, user: Partial<Person> = {}): ReportedSubject {
  const json = jsonOf(body);
  const sent = json.kind === 'json' && user.userName === undefined ? json.value : undefined;
  const names = { userName: shortText(sent, 'userName'), externalId: shortText(sent, 'externalId'), ...user };
  return {
    about: [names.userName, names.externalId, user.id],
    identifiers: { sender: 'scim', method, ...present(names) },
  };
}
