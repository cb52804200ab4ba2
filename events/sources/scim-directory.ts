/**
 * The users of a SCIM directory: their current and earlier names, and whether they are active. Used to answer searches
 * and to find the names of offboarded users. No offboarding depends on it.
 */
import { firstNameOf, isSameId, isSameName, type Person, personOf } from './scim-name.ts';

export interface DirectoryUser {
  readonly id: string;
  readonly userName: string;
  /** The first name, then the latest ones, byte-exact, except names that other users have now. */
  readonly names: readonly string[];
  /** Null: never sent by the directory. */
  readonly active: boolean | null;
  readonly deleted: boolean;
}

/** The user with this id; without an id, the user who has the name now. */
export interface Lookup {
  readonly userName: string;
  readonly id?: string;
}

/** `undefined`: unknown. `gone`: the id of a deleted user. */
export type Found = DirectoryUser | 'gone' | undefined;

/** One result per lookup. `unavailable`: the store cannot be read. */
export type Directory = readonly Found[] | 'unavailable';

/** Limits the size of the row of a user who is renamed often. */
const MAX_NAMES = 8;

export const newUser = ({ id, userName }: Person, active: boolean | null = null): DirectoryUser => ({
  id,
  userName,
  names: [userName],
  active,
  deleted: false,
});

/** Over MAX_NAMES, drops the oldest names except the first, under which there most likely are keys. */
export function renamed(user: DirectoryUser, userName: string): DirectoryUser {
  const isFirst = (name: string): boolean => name === firstNameOf(user.id);
  const names = [...user.names.filter((name) => name !== userName), userName];
  const first = names.filter(isFirst);
  const later = names.filter((name) => !isFirst(name)).slice(first.length - MAX_NAMES);
  return { ...user, userName, names: [...first, ...later] };
}

/** Removes a name that another user has now. */
export const without = (user: DirectoryUser, userName: string): DirectoryUser => ({
  ...user,
  names: user.names.filter((name) => !isSameName(name, userName)),
});

/** True if the user exists and has this name now. */
export const hasName = (user: Found, userName: string): boolean =>
  user !== undefined && user !== 'gone' && !user.deleted && isSameName(user.userName, userName);

/** True if the id was never assigned, but would be the id of the user's new name. */
export const isAliasOf = (user: DirectoryUser, id: string): boolean =>
  !isSameName(firstNameOf(user.id), firstNameOf(id)) && isSameId(firstIdOf(user.userName), id);

const firstIdOf = (userName: string): string => personOf(userName)?.id ?? '';

/** Microsoft Entra ID prefixes the userName with 32 hex digits on a soft delete. */
export const isSoftDeleted = (userName: string, user: DirectoryUser): boolean =>
  /^[0-9a-f]{32}/i.test(userName) && user.names.some((name) => isSameName(name, userName.slice(32)));
