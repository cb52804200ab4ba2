/** What an audit record says of a revocation. */
import type { AuditRecord } from '../../lib/audit/record.ts';

const ids = (keys: { readonly ids: readonly string[] } | undefined) => keys?.ids;

/** What a record says, without what all records of the event have in common; absent facts are left out. */
export function said(record: AuditRecord) {
  const { status_detail, status_code, user, unmapped } = JSON.parse(JSON.stringify(record));
  const { attempt, fault: failed, verified_by: by, keys_before, keys_after, shared } = unmapped;
  const facts = {
    attempt,
    status: status_code,
    fault: failed,
    by,
    before: ids(keys_before),
    after: ids(keys_after),
    shared,
  };
  const known = Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
  return [status_detail, user.name ?? user.uid, known];
}
