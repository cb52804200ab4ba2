/** The check of `revoker doctor` that the settings stored with the stack are those that its functions use. */
import { fieldsOf } from '../../events/shapes.ts';
import { readAuditLine } from '../../lib/audit/read-line.ts';
import { ConfigError } from '../../lib/io/config/environment.ts';
import { AdapterError } from '../../lib/runtime/adapter-error.ts';
import { extractEvents } from '../audit/log-export.ts';
import { explainAwsError } from '../aws-failure.ts';
import type { Context } from '../context.ts';
import { createLogSearch, type LogSearch } from '../io/log-search.ts';
import { readGuardSettings } from '../services.ts';
import { logGroupsOf } from '../status/open-search.ts';
import { type Check, failed, ok, warning } from './check.ts';

const NAME = 'settings';
/** A deployment changes the settings and the functions one after the other. */
const DEPLOYMENT_MS = 15 * 60_000;
const MAX_AGE_MS = 14 * 86_400_000;
const QUERY = 'fields @message | filter class_uid = 3007 | sort @timestamp desc | limit 20';

/** No check without --stack. The functions name the hash of their settings in each audit record. */
export async function checkSettings(
  { env, clock, settingsChangedAt }: Context,
  logs: LogSearch = createLogSearch({ clock }),
): Promise<readonly Check[]> {
  if (settingsChangedAt === undefined) return [];
  const until = clock.now();
  const since = Math.max(settingsChangedAt + DEPLOYMENT_MS, until - MAX_AGE_MS);
  const unknown = ok(NAME, 'those of the stack; no audit record since their last change to compare them with');
  if (since >= until) return [unknown];
  try {
    const own = readGuardSettings(env).configHash;
    // The hash of `ingest` is about its webhooks.
    const groups = logGroupsOf(env).filter((name) => !name.endsWith('-ingest'));
    const hashes = hashesIn((await logs.query(QUERY, { groups, since, until })).texts);
    if (hashes.length === 0) return [unknown];
    if (hashes.every((hash) => hash === own)) return [ok(NAME, 'those of the stack, and of its functions')];
    const detail = 'the functions use others than the stack has stored: `config_hash` of their audit records differs';
    return [failed(NAME, detail, 'deploy the stack again, and change its functions in no other way')];
  } catch (error) {
    // A wrong configuration has a check of its own.
    if (error instanceof ConfigError) return [];
    if (!(error instanceof AdapterError)) throw error;
    const fix = 'allow yourself to search the log groups: the policy of the output OperatorPolicyArn does';
    const { message, next } = explainAwsError(error.detail, { service: 'CloudWatch Logs', env, next: fix });
    return [warning(NAME, `not compared with the functions: ${message}`, next)];
  }
}

const hashesIn = (texts: readonly string[]): readonly unknown[] =>
  texts.flatMap(extractEvents).flatMap((text) => {
    const read = readAuditLine(text);
    return read.kind === 'record' ? [fieldsOf(fieldsOf(read.line.record.unmapped).policy).config_hash] : [];
  });
