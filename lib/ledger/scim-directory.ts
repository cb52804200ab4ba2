/**
 * The users of SCIM directories in the ledger table. `directory#scim#<sha256 of the folded name>`: who has the name,
 * or had it last. `directory#scim#id#<sha256 of the id>`: a user whose first name belongs to another user by now.
 */
import { foldName } from '../../events/names.ts';
import { type DirectoryUser, type Found, isAliasOf, type Lookup } from '../../events/sources/scim-directory.ts';
import { firstNameOf, isSameId, isSameName } from '../../events/sources/scim-name.ts';
import type { Row } from '../ports.ts';
import { AdapterError } from '../runtime/adapter-error.ts';
import type { LedgerPorts } from './events.ts';

/** A deleted user is kept for so long, since Microsoft Entra ID deletes for good after 30 days. */
const DELETED_LIFE_S = 30 * 86_400;
const MAX_WRITE_ATTEMPTS = 3;

type DirectoryPorts = Pick<LedgerPorts, 'clock' | 'sha256'> & {
  readonly table: Pick<LedgerPorts['table'], 'get' | 'put'>;
};

const nameKey = ({ sha256 }: Pick<LedgerPorts, 'sha256'>, name: string): string =>
  `directory#scim#${sha256(foldName(name))}`;
const idKey = ({ sha256 }: Pick<LedgerPorts, 'sha256'>, id: string): string => `directory#scim#id#${sha256(id)}`;

export interface ScimDirectory {
  /** One read; a second one for an id whose name has no user, or another. Rejects if the table cannot be reached. */
  find(lookup: Lookup): Promise<Found>;
  /** Writes every row of the user. Rejects if the table cannot be reached, or keeps changing. */
  save(user: DirectoryUser): Promise<void>;
}

/** For one request: what was read is not read again before it is written. */
export function openScimDirectory(ports: DirectoryPorts): ScimDirectory {
  const rows = new Map<string, Promise<Row | undefined>>();
  const get = (pk: string): Promise<Row | undefined> => {
    const read = rows.get(pk) ?? ports.table.get(pk);
    rows.set(pk, read);
    return read;
  };
  const put = async (pk: string, user: DirectoryUser): Promise<void> => {
    for (let attempt = 1; attempt <= MAX_WRITE_ATTEMPTS; attempt += 1) {
      const seen = await get(pk);
      rows.delete(pk);
      if (await ports.table.put(rowOf(ports, pk, user, seen), seen?.version)) return;
    }
    throw new AdapterError('ledger-unavailable', 'contended');
  };
  return {
    async find({ userName, id }) {
      const holder = userIn(await get(nameKey(ports, userName)));
      if (id === undefined || (holder !== undefined && isSameId(holder.id, id))) return holder;
      const other = userIn(await get(idKey(ports, id)));
      // The row of a name outlives its last user by 30 days, and who was renamed before is still there.
      if (other !== undefined || holder === undefined) return other;
      return isAliasOf(holder, id) ? holder : 'gone';
    },
    async save(user) {
      const first = firstNameOf(user.id);
      const isDisplaced = !user.names.some((name) => isSameName(name, first));
      const keys = new Set(user.names.map((name) => nameKey(ports, name)));
      for (const pk of [...keys, ...(isDisplaced ? [idKey(ports, user.id)] : [])]) await put(pk, user);
    },
  };
}

/** All names of the person whom a directory knows by this login, or the login alone. Rejects as `table.get`. */
export async function loginsOf(
  ports: Pick<LedgerPorts, 'table' | 'sha256'>,
  login: string,
): Promise<readonly string[]> {
  const names = userIn(await ports.table.get(nameKey(ports, login)))?.names ?? [];
  return [...new Set([login, ...names])];
}

function rowOf({ clock }: DirectoryPorts, pk: string, user: DirectoryUser, seen: Row | undefined): Row {
  const now = clock.now();
  return {
    pk,
    version: (seen?.version ?? 0) + 1,
    ...(user.deleted ? { expiresAt: Math.ceil(now / 1_000) + DELETED_LIFE_S } : {}),
    data: { ...user, time: new Date(now).toISOString() },
  };
}

/** Undefined: there is no row, or not one that this product wrote. */
function userIn(row: Row | undefined): DirectoryUser | undefined {
  const { id, userName, names, active, deleted } = row?.data ?? {};
  if (typeof id !== 'string' || typeof userName !== 'string' || !Array.isArray(names)) return undefined;
  return {
    id,
    userName,
    names: names.filter((name) => typeof name === 'string'),
    active: typeof active === 'boolean' ? active : null,
    deleted: deleted === true,
  };
}
