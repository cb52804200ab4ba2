/** `revoker doctor`: whether everything that the functions and the commands need is there; each line says how to mend it. */
import type { Command } from 'commander';
import { ConfigError } from '../../lib/io/config/environment.ts';
import { isLoopback } from '../../lib/io/config/parse.ts';
import { readConfig } from '../../lib/io/config/read.ts';
import { sha256 } from '../../lib/io/node.ts';
import { pluralize } from '../../terminal/format.ts';
import type { Line, Span } from '../../terminal/lines.ts';
import { withProgressMessage } from '../../terminal/progress.ts';
import { formatTable } from '../../terminal/table.ts';
import { type Act, type Context, helpEnd, type Report } from '../context.ts';
import { callerArn } from '../dlq/caller-identity.ts';
import { apiChecks, tokenLifeChecks } from './api.ts';
import { ledgerChecks, queueChecks } from './aws.ts';
import { type Check, failed, ok, warning } from './check.ts';
import { hasRegion, REGION_NEXT } from './region.ts';

export function addDoctor(parent: Command, act: Act): void {
  parent
    .command('doctor')
    .description('check region, configuration, queues, ledger, token, permissions and clock; reads only')
    .addHelpText(
      'after',
      helpEnd(
        [
          ['doctor', 'with the variables of the environment'],
          ['doctor --env-file prod.env', 'with those of a file'],
        ],
        '{"ok":true,"checks":[{"name","state":"ok"|"warning"|"failed","detail","mend"?}]}; exit 1 when a check failed.',
      ),
    )
    .action(() => act((context) => withProgressMessage(context, 'asking AWS and the API', () => doctor(context))));
}

/** Runs all checks, each as far as the configuration allows. Exit 1 when one failed. */
export async function doctor(context: Context): Promise<Report> {
  const { env, terminal } = context;
  const checks = (await hasRegion(env)) ? await allChecks(context) : await checksWithoutRegion(context);
  const count = (state: Check['state']): number => checks.filter((check) => check.state === state).length;
  const rows = checks.map(({ name, state, detail }) => [STATES[state], name, detail]);
  const mends = mendLines(checks);
  return {
    json: { ok: count('failed') === 0, checks: checks.map((check) => ({ ...check })) },
    lines: [
      ...formatTable({ header: ['', 'check', 'what was seen'], rows, width: terminal.columns, wrap: true }),
      ...(mends.length === 0 ? [] : [[]]),
      ...mends,
      [],
      [`${pluralize(count('failed'), 'failure')}, ${pluralize(count('warning'), 'warning')}`],
    ],
    exitCode: count('failed') === 0 ? 0 : 1,
  };
}

/** Takes the checks; returns what to do, once where it is the same for several. */
const mendLines = (checks: readonly Check[]): readonly Line[] =>
  [...Map.groupBy(checks, ({ mend }) => mend)].flatMap(([mend, group]): readonly Line[] => {
    const names = [...new Set(group.map(({ name }) => name))].join(', ');
    return mend === undefined ? [] : [['to mend ', { text: names, color: 'bold' }, `: ${mend}`]];
  });

async function allChecks(context: Context): Promise<readonly Check[]> {
  const { env } = context;
  const [arn, ...groups] = await Promise.all([
    callerArn(),
    queueChecks(env),
    ledgerChecks(env),
    apiChecks(context),
    tokenLifeChecks(context),
  ]);
  const region = ok('region', env.AWS_REGION || 'that of the profile, or of this machine');
  return [region, ...configChecks(env), callerCheck(arn, env), ...groups.flat()];
}

/** Nothing of AWS can be asked, and whatever it said would lead astray. A token in the environment needs no AWS. */
async function checksWithoutRegion(context: Context): Promise<readonly Check[]> {
  const { env } = context;
  const region = failed('region', 'none is set: queues, ledger and secrets cannot be asked', REGION_NEXT);
  const groups = env.COREWEAVE_API_TOKEN ? await Promise.all([apiChecks(context), tokenLifeChecks(context)]) : [];
  return [region, ...configChecks(env), ...groups.flat()];
}

const STATES: Readonly<Record<Check['state'], Span>> = {
  ok: { text: 'ok', color: 'green' },
  warning: { text: 'warning', color: 'yellow' },
  failed: { text: 'failed', color: 'red' },
};

/** The whole configuration, as the function `revoke` reads it. */
function configChecks(env: Context['env']): readonly Check[] {
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
    const others = warnings.filter((text) => !text.startsWith('SELF_PRINCIPAL'));
    return [
      ok(name, `complete, MODE is ${settings.mode}`),
      self,
      ...others.map((text) => warning('schedules', text, 'set it, or do without future-dated offboardings')),
    ];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map((problem) =>
      failed(name, problem, 'set it in the environment or in the file of --env-file'),
    );
  }
}

const BY_WORD = 'approvals carry a name by your own word';

function callerCheck(arn: string | undefined, { AWS_ENDPOINT_URL_STS: sts }: Context['env']): Check {
  const name = 'AWS identity';
  if (arn !== undefined) return ok(name, arn);
  const isLocal = sts !== undefined && URL.canParse(sts) && isLoopback(new URL(sts));
  return isLocal
    ? warning(name, 'there is no STS on loopback', `not needed on loopback: ${BY_WORD}`)
    : warning(name, 'STS does not say who you are', `sign in to AWS; until then ${BY_WORD}`);
}
