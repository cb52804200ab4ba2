/** Reads an audit record of the reconciliation. Any file may be read as a log: a field of another type is left out. */
import { fieldsOf } from '../../events/shapes.ts';
import type { AuditLine } from './read-line.ts';

export interface ReconciliationRecord {
  /** Epoch ms. */
  readonly time: number;
  /** `Reconciliation`, `Attestation` or `Self-check`. */
  readonly name: string;
  readonly code: string;
  readonly detail: string;
  /** Offboarded principals that have live keys, and why. */
  readonly remaining: readonly { readonly principalName: string; readonly why: string }[];
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Undefined: the record is about something else. */
export function reconciliationOf({ record, time }: AuditLine): ReconciliationRecord | undefined {
  const unmapped = fieldsOf(record.unmapped);
  if (unmapped.phase !== 'reconcile') return undefined;
  const { remaining } = fieldsOf(unmapped.reconcile);
  const rows: readonly unknown[] = Array.isArray(remaining) ? remaining : [];
  return {
    time,
    name: text(record.activity_name),
    code: text(record.status_detail),
    detail: text(unmapped.detail),
    remaining: rows.map((row) => {
      const { principalName, why } = fieldsOf(row);
      return { principalName: text(principalName), why: text(why) };
    }),
  };
}
