/**
 * What is kept of a directory's users: under which names each is or was known, and whether they are active. It answers
 * searches and tells the names of whoever leaves; no offboarding depends on it.
 */
import { firstNameOf, isSameId, isSameName, type Person, personOf } from './scim-name.ts';

export interface DirectoryUser {
  readonly id: string;
  readonly userName: string;
  /** Every name of theirs that nobody else has since, byte-exactly. */
  readonly names: readonly string[];
  /** Null: the directory never said. */
  readonly active: boolean | null;
  readonly deleted: boolean;
}

/** Whom to look up: the user of an id, or else whoever has the name now. */
export interface Lookup {
  readonly userName: string;
  readonly id?: string;
}

/** `undefined`: nothing is known. `gone`: the id was that of a user who was deleted. */
export type Found = DirectoryUser | 'gone' | undefined;

/** One for each lookup; `unavailable`: the store cannot be read. */
export type Directory = readonly Found[] | 'unavailable';

/** Most names of a user: a directory that renames someone each minute must not fill a row. */
const MAX_NAMES = 8;

export const newUser = ({ id, userName }: Person, active: boolean | null = null): DirectoryUser => ({
  id,
  userName,
  names: [userName],
  active,
  deleted: false,
});

/** The user under a new name; the oldest names are dropped. */
export const renamed = (user: DirectoryUser, userName: string): DirectoryUser => ({
  ...user,
  userName,
  names: [...user.names.filter((name) => name !== userName), userName].slice(-MAX_NAMES),
});

/** The user once somebody else has the name. */
export const without = (user: DirectoryUser, userName: string): DirectoryUser => ({
  ...user,
  names: user.names.filter((name) => !isSameName(name, userName)),
});

/** Whether the user is there under this name. */
export const hasName = (user: Found, userName: string): boolean =>
  user !== undefined && user !== 'gone' && !user.deleted && isSameName(user.userName, userName);

/** Whether the id was never given out, but is what the user's new name would have as its id. */
export const isAliasOf = (user: DirectoryUser, id: string): boolean =>
  !isSameName(firstNameOf(user.id), firstNameOf(id)) && isSameId(firstIdOf(user.userName), id);

const firstIdOf = (userName: string): string => personOf(userName)?.id ?? '';

/** Microsoft Entra ID puts 32 hex digits before the userName of a user whom it deletes softly. */
export const isSoftDeleted = (userName: string, user: DirectoryUser): boolean =>
  /^[0-9a-f]{32}/i.test(userName) && user.names.some((name) => isSameName(name, userName.slice(32)));
