/** Chooses where `status` finds audit records: given files, the file of the localhost stack, or the log groups. */
import type { Context } from '../context.ts';
import { defaultAuditFile } from '../dlq/audit-file.ts';
import { createLogSearch } from '../io/log-search.ts';
import { type AuditSearch, createCloudSearch, createFileSearch, withOperatorFile } from './audit-search.ts';

export interface SearchOptions {
  readonly audit?: readonly string[];
  /** ms before now. */
  readonly since: number;
}

/** Variables of the CLI alone. The localhost stack sets the first in its env file. */
const AUDIT_LOG = 'REVOKER_AUDIT_LOG';
const LOG_GROUPS = 'REVOKER_LOG_GROUPS';

/** The functions that write audit records: their log groups end in these names. */
const FUNCTIONS = ['revokeUrgent', 'revokeBulk', 'ingest', 'replay', 'reconcile'] as const;
/** The queue of a deployed stack is named after the stack, and so are its functions. */
const STACK_QUEUE = /^https:\/\/sqs\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?\/\d+\/([\w-]+)-urgent$/;

export function logGroupsOf(env: Context['env']): readonly string[] {
  const given = (env[LOG_GROUPS] ?? '').split(',').map((name) => name.trim());
  if (given.some((name) => name !== '')) return given.filter((name) => name !== '');
  const stack = STACK_QUEUE.exec(env.URGENT_QUEUE_URL ?? '')?.[1];
  return stack === undefined ? [] : FUNCTIONS.map((name) => `/aws/lambda/${stack}-${name}`);
}

/**
 * Undefined: nothing says where the audit records are. What operators did from this machine is in a file of the CLI.
 */
export function openAuditSearch(context: Context, options: SearchOptions): AuditSearch | undefined {
  const range = { since: context.clock.now() - options.since };
  const main = openMainSearch(context, options, range);
  return main && withOperatorFile(main, defaultAuditFile(context.env), range);
}

function openMainSearch(
  { env, clock }: Context,
  { audit = [] }: SearchOptions,
  range: { readonly since: number },
): AuditSearch | undefined {
  const local = env[AUDIT_LOG] || undefined;
  const files = audit.length > 0 ? audit : local === undefined ? [] : [local];
  if (files.length > 0) return createFileSearch(files, range);
  const groups = logGroupsOf(env);
  if (groups.length === 0) return undefined;
  return createCloudSearch({ logs: createLogSearch({ clock }), clock }, { ...range, groups });
}
