/** Audit records as the checks read them. */
import type { AuditRecord } from '../../lib/audit/record.ts';

export interface View {
  readonly phase: string;
  /** The outcome, reason or word. */
  readonly code: string;
  readonly activity: string;
  /** Source and id of the event, without what a control has put behind the id; empty when it is about none. */
  readonly event: string;
  readonly messageId: string;
  readonly requestId: string;
  readonly bodyHash: string;
  /** The target as the API calls it; empty: none. */
  readonly target: string;
  readonly call: string;
  readonly attempt: number;
  readonly shared: boolean;
  readonly before: readonly string[];
  readonly line: string;
  /** The keys that it speaks of. */
  keys(createdKeys: ReadonlyMap<string, { readonly owner: string }>): readonly string[];
}

interface RawText {
  readonly activity_name: string;
  readonly status_detail: string;
  readonly time: number;
  readonly http_request?: { readonly url: { readonly path: string } };
  readonly raw_data_hash?: { readonly value: string };
  readonly metadata: { readonly correlation_uid?: string; readonly original_event_uid?: string };
  readonly unmapped: {
    readonly phase: string;
    readonly target?: { readonly accessKeyId?: string; readonly principalName?: string };
    readonly attempt?: number;
    readonly shared?: boolean;
    readonly source?: { readonly claimed?: string };
    readonly keys_before?: { readonly ids: readonly string[] };
    readonly request_id?: string;
  };
}

export function viewOf(record: AuditRecord): View {
  const { activity_name, status_detail, metadata, unmapped, http_request, raw_data_hash } =
    record as unknown as RawText;
  const { phase, target, attempt = 0, shared = false, source, keys_before, request_id = '' } = unmapped;
  const name = target?.accessKeyId ?? target?.principalName ?? '';
  const before = keys_before?.ids ?? [];
  const id = metadata.correlation_uid;
  const event = id === undefined ? '' : `${source?.claimed} ${id.split('~')[0]}`;
  return {
    phase,
    code: status_detail,
    activity: activity_name,
    event,
    messageId: metadata.original_event_uid ?? '',
    requestId: request_id,
    bodyHash: raw_data_hash?.value ?? '',
    target: name,
    call: http_request?.url.path.split('/').at(-1) ?? '',
    attempt,
    shared,
    before,
    line:
      `${phase} ${status_detail}${shared ? ' (shared)' : ''} ${name} ` +
      `for ${event} of ${metadata.original_event_uid ?? ''} in ${request_id}`,
    keys: (createdKeys) => {
      if (target?.accessKeyId !== undefined) return [target.accessKeyId];
      return [...createdKeys].flatMap(([key, { owner }]) => (owner === name ? [key] : []));
    },
  };
}
