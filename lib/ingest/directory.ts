/** What a source's directory knows, asked and kept around the reading of a request. */
import type { Directory, Lookup } from '../../events/sources/scim-directory.ts';
import type { Save } from '../../events/sources/source.ts';
import { openScimDirectory, type ScimDirectory } from '../ledger/scim-directory.ts';
import { withDeadline } from '../runtime/deadline.ts';
import { errorCode } from '../runtime/error-code.ts';
import type { IngestPorts } from './context.ts';

/** Milliseconds for the ledger at most: some senders wait 3 s. Without an answer an offboarding is sent as staged. */
export const LEDGER_TIMEOUT_MS = 1_500;

/** Thrown if what the answer depends on was not kept: the sender must not get a success response. */
class NotKept extends Error {
  override readonly name = 'NotKept';
  readonly code = 'directory-not-kept';
}

/** The result of `work`, or undefined if it fails or takes longer than LEDGER_TIMEOUT_MS, which is logged. */
export async function fromLedger<T>({ clock, log }: IngestPorts, work: Promise<T>): Promise<{ value: T } | undefined> {
  let result: { value: T } | undefined;
  const done = work.then((value) => {
    result = { value };
  });
  let code = 'timeout';
  await withDeadline(clock, clock.now() + LEDGER_TIMEOUT_MS, done).catch((error) => {
    code = errorCode(error);
  });
  if (result === undefined) log.warn('edge-ledger-failed', { error: code });
  return result;
}

export interface RequestDirectory {
  readonly found: Directory;
  readonly store: ScimDirectory;
}

export async function lookUp(ports: IngestPorts, lookups: readonly Lookup[]): Promise<RequestDirectory> {
  const store = openScimDirectory(ports);
  const read = await fromLedger(ports, Promise.all(lookups.map((lookup) => store.find(lookup))));
  return { found: read?.value ?? 'unavailable', store };
}

/** Rejects with NotKept (`directory-not-kept`) if something that is required was not written. */
export async function keep(ports: IngestPorts, store: ScimDirectory, { users, required }: Save): Promise<void> {
  const saveAll = async (): Promise<void> => {
    for (const user of users) await store.save(user);
  };
  if ((await fromLedger(ports, saveAll())) === undefined && required) throw new NotKept('directory-not-kept');
}
