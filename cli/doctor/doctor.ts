/** `revoker doctor`: checks configuration, permissions and connectivity, and prints a next step for each failure. */
import type { Command } from 'commander';
import { ConfigError } from '../../lib/io/config/environment.ts';
import { isLoopback } from '../../lib/io/config/parse.ts';
import { readConfig } from '../../lib/io/config/read.ts';
import { sha256 } from '../../lib/io/node.ts';
import type { Settings } from '../../lib/model/settings.ts';
import { pluralize } from '../../terminal/format.ts';
import type { Line, Span } from '../../terminal/lines.ts';
import { withProgressMessage } from '../../terminal/progress.ts';
import { formatTable } from '../../terminal/table.ts';
import { type Context, helpText, type Report, type RunAction } from '../context.ts';
import { CONFIGURATION_NEXT } from '../failure.ts';
import { type Caller, getCaller } from '../io/caller-identity.ts';
import { hasRegion, REGION_NEXT } from '../region.ts';
import { checkApi, checkTokenLife } from './api.ts';
import { checkLedger, checkQueues } from './aws.ts';
import { type Check, failed, ok, warning } from './check.ts';
import { checkSettings } from './settings.ts';

export function configureDoctor(command: Command, runAction: RunAction): void {
  command
    .addHelpText(
      'after',
      helpText(
        [
          ['doctor --stack coreweave-revocation-prod --region eu-central-1', 'of a deployed stack'],
          ['doctor --env-file local.env', 'of the stack on localhost'],
        ],
        '{"ok":true,"checks":[{"name","state":"ok"|"warning"|"failed","detail","fix"?}]}; exit 1 when a check failed.',
      ),
    )
    .action(() =>
      runAction((context) => withProgressMessage(context, 'asking AWS and the API', () => doctor(context))),
    );
}

/** Runs every check that the configuration allows. Exit code 1 where one has failed. */
export async function doctor(context: Context): Promise<Report> {
  const { env, terminal } = context;
  const checks = (await hasRegion(env)) ? await runAllChecks(context) : await runChecksWithoutRegion(context);
  const count = (state: Check['state']): number => checks.filter((check) => check.state === state).length;
  const rows = checks.map(({ name, state, detail }) => [STATES[state], name, detail]);
  const fixes = fixLines(checks);
  return {
    json: { ok: count('failed') === 0, checks: checks.map((check) => ({ ...check })) },
    lines: [
      ...formatTable({ header: ['', 'check', 'result'], rows, width: terminal.columns, wrap: true }),
      ...(fixes.length === 0 ? [] : [[]]),
      ...fixes,
      [],
      [`${pluralize(count('failed'), 'failure')}, ${pluralize(count('warning'), 'warning')}`],
    ],
    exitCode: count('failed') === 0 ? 0 : 1,
  };
}

/** One line per next step, which several checks may share. */
const fixLines = (checks: readonly Check[]): readonly Line[] =>
  [...Map.groupBy(checks, ({ fix }) => fix)].flatMap(([fix, group]): readonly Line[] => {
    const names = [...new Set(group.map(({ name }) => name))].join(', ');
    return fix === undefined ? [] : [['fix ', { text: names, color: 'bold' }, `: ${fix}`]];
  });

async function runAllChecks(context: Context): Promise<readonly Check[]> {
  const { env } = context;
  const [caller, ...groups] = await Promise.all([
    getCaller(),
    checkQueues(env),
    checkLedger(env),
    checkApi(context),
    checkTokenLife(context),
    checkSettings(context),
  ]);
  const region = ok('region', env.AWS_REGION || 'that of the profile, or of this machine');
  return [region, ...checkConfiguration(env), ...checkCaller(caller, env), ...groups.flat()];
}

/** Without a region every answer of AWS would be misleading. A token in the environment needs no AWS. */
async function runChecksWithoutRegion(context: Context): Promise<readonly Check[]> {
  const { env } = context;
  const region = failed('region', 'none is set: queues, ledger and secrets cannot be asked', REGION_NEXT);
  const groups = env.COREWEAVE_API_TOKEN ? await Promise.all([checkApi(context), checkTokenLife(context)]) : [];
  return [region, ...checkConfiguration(env), ...groups.flat()];
}

const STATES: Readonly<Record<Check['state'], Span>> = {
  ok: { text: 'ok', color: 'green' },
  warning: { text: 'warning', color: 'yellow' },
  failed: { text: 'failed', color: 'red' },
};

function checkSenders({ senders: { bindings } }: Settings): Check {
  return bindings === undefined
    ? warning(
        'senders',
        'SENDERS is not set: without it, a forged `source` is not detected',
        'name who may send which events (docs/reference.md, SENDERS)',
      )
    : ok('senders', `${bindings.length} named in SENDERS`);
}

/** The configuration as the function `revoke` reads it. */
function checkConfiguration(env: Context['env']): readonly Check[] {
  const name = 'configuration';
  try {
    const { settings, warnings } = readConfig(env, sha256);
    const self =
      settings.selfPrincipal === undefined
        ? warning(
            'own principal',
            'SELF_PRINCIPAL is not set: an event could revoke our own token',
            "set it to the principal of the token's owner",
          )
        : ok('own principal', `${settings.selfPrincipal} is protected`);
    const others = warnings.filter((text) => !/^(?:SELF_PRINCIPAL|SENDERS):/.test(text));
    return [
      ok(name, `complete, MODE is ${settings.mode}`),
      self,
      checkSenders(settings),
      ...others.map((text) => warning('schedules', text, 'set it, or do without future-dated offboardings')),
    ];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return joinMissing(error.problems).map((problem) => failed(name, problem, CONFIGURATION_NEXT));
  }
}

const MISSING = /^([A-Z_]+): missing, /;

/** The names of the missing variables in one sentence: without any configuration it is one problem, not eight. */
function joinMissing(problems: readonly string[]): readonly string[] {
  const missing = problems.flatMap((problem) => MISSING.exec(problem)?.[1] ?? []);
  const others = problems.filter((problem) => !MISSING.test(problem));
  return [...(missing.length === 0 ? [] : [`missing: ${missing.join(', ')}`]), ...others];
}

const UNVERIFIED_NAME = 'approvals have the name that you give, unverified';

export function checkCaller(
  caller: Caller | undefined,
  { AWS_ENDPOINT_URL_STS: sts }: Context['env'],
): readonly Check[] {
  const name = 'AWS identity';
  if (caller !== undefined) {
    const { arn, userId, senderId } = caller;
    return [
      ok(name, userId === undefined ? arn : `${arn}, approves as ${userId}`),
      ...(senderId === undefined ? [] : [ok('sender ID', `${senderId}: yours, for SENDERS`)]),
      ...checkSessionName(caller),
    ];
  }
  const isLocal = sts !== undefined && URL.canParse(sts) && isLoopback(new URL(sts));
  return [
    isLocal
      ? warning(name, 'there is no STS on loopback', `not needed on loopback: ${UNVERIFIED_NAME}`)
      : warning(name, 'STS does not say who you are', `sign in to AWS; until then ${UNVERIFIED_NAME}`),
  ];
}

/** IAM Identity Center names the session after the user who signed in. (IAM Identity Center guide) */
const SIGN_IN_ROLE = /^arn:[^:]+:sts::\d{12}:assumed-role\/AWSReservedSSO_/;

/** A caller who may assume a role can choose the name of the session, unless the trust policy of the role binds it. */
function checkSessionName({ arn }: Caller): readonly Check[] {
  if (!arn.includes(':assumed-role/') || SIGN_IN_ROLE.test(arn)) return [];
  return [
    warning(
      'session name',
      'you act by a role whose session name may be free: one person could approve as two',
      "bind it to the sign-in in the role's trust policy (docs/deploy.md, Operators), which this command cannot read",
    ),
  ];
}
