/** `revoker reconcile`: finds live keys of offboarded principals, and has the function revoke them. */
import type { Command } from 'commander';
import { fieldsOf } from '../../events/shapes.ts';
import type { ApiResponse } from '../../lib/coreweave/api.ts';
import type { JsonInput } from '../../lib/model/json.ts';
import { countStanding } from '../../lib/reconcile/found.ts';
import { ListingFailed, previewRun, type RunReport } from '../../lib/reconcile/run.ts';
import { pluralize } from '../../terminal/format.ts';
import type { Line } from '../../terminal/lines.ts';
import { withProgressMessage } from '../../terminal/progress.ts';
import { formatTable } from '../../terminal/table.ts';
import { explainApiFailure } from '../api-failure.ts';
import { type Context, confirm, createTerminalLog, helpText, type Report, type RunAction } from '../context.ts';
import { CliError } from '../failure.ts';
import { functionNameOf, invokeFunction, unexpectedResult } from '../io/invoke-function.ts';
import { openSurvey } from '../services.ts';

interface ReconcileOptions {
  readonly dryRun?: boolean;
  readonly attest?: boolean;
  readonly function?: string;
  readonly yes?: boolean;
}

/** For the listing, in ms: 500 pages at most. */
const LISTING_MS = 600_000;

export function configureReconcile(command: Command, runAction: RunAction): void {
  command
    .option('--dry-run', 'list the keys and read the ledger from here; nothing is sent or written')
    .option('--attest', 'record what a second listing shows, 30 to 120 minutes after a run')
    .option('--function <name>', 'the function to invoke; default: METRIC_SERVICE with -reconcile')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      helpText(
        [
          ['reconcile --dry-run', 'who is offboarded and has live keys, and what a run would do about each'],
          ['reconcile --yes', 'a run now, by the function; up to RECONCILE_LIMIT principals are revoked'],
        ],
        '{"start","dryRun","pages","keys","owners","offboarded","unowned",\n' +
          '"standing":[{"principalName","keys","action"}],"findings":[{"code","principalName","keys"}]};\n' +
          'with --attest {"code","detail","remaining":[…]}.\n' +
          'Exit 3 where offboarded principals have live keys.',
      ),
    )
    .action((options: ReconcileOptions) => runAction((context) => runReconcileCommand(context, options)));
}

/** Throws CliError, and what the ledger and the API adapters throw. */
async function runReconcileCommand(context: Context, options: ReconcileOptions): Promise<Report> {
  if (options.dryRun) return preview(context);
  const name = functionNameOf(context.env, 'reconcile', options.function);
  if (options.attest) return attestation(await invoke(context, name, { action: 'attest' }));
  await confirm(context, 'Revoke the live keys of offboarded principals, up to RECONCILE_LIMIT of them?', {
    yes: options.yes ?? false,
  });
  const { run } = fieldsOf(await invoke(context, name, { action: 'reconcile' }));
  return reportOf(context, readRun(run), false);
}

async function preview(context: Context): Promise<Report> {
  const services = openSurvey(context.env, createTerminalLog(context.terminal));
  const now = context.clock.now();
  const start = new Date(now).toISOString();
  try {
    const run = await withProgressMessage(context, 'listing the keys', () =>
      previewRun(services, { start, endsAt: now + LISTING_MS }),
    );
    return reportOf(context, run, true);
  } catch (error) {
    if (!(error instanceof ListingFailed)) throw error;
    throw await listingFailure(error, services.lastResponse(), context.env);
  }
}

/** A listing that is too long fails with good responses. */
async function listingFailure(
  { code }: ListingFailed,
  last: ApiResponse | undefined,
  env: Context['env'],
): Promise<CliError> {
  const message = 'the keys could not be listed';
  if (last === undefined || (last.kind === 'answer' && last.status === 200)) {
    return new CliError({ code, message, next: 'run `revoker doctor`, then try again' });
  }
  const cause = await explainApiFailure(last, env);
  return new CliError({ code, message: `${message}: ${cause.message}`, next: cause.next });
}

const invoke = (context: Context, name: string, payload: object): Promise<unknown> =>
  withProgressMessage(context, `waiting for the function ${name}`, () =>
    invokeFunction({ name, payload, env: context.env }),
  );

type Shown = Pick<
  RunReport,
  'start' | 'pages' | 'keys' | 'owners' | 'offboarded' | 'unowned' | 'standing' | 'findings' | 'held'
>;

/** What the function returned; it is of the same version, or an older one. */
function readRun(value: unknown): Shown {
  if (isRun(value)) return value;
  throw unexpectedResult();
}

const isRun = (value: unknown): value is Shown => {
  const { standing, findings, held } = fieldsOf(value);
  return [standing, findings, held].every(Array.isArray);
};

const WHY_NOT: Readonly<Record<Shown['findings'][number]['code'], string>> = {
  shared: 'not revoked: several people share it',
  protected: 'not revoked: protected',
  directory: 'not revoked: the directory gives it to another person',
  overdue: 'its scheduled offboarding is overdue',
  open: 'its offboarding has not ended',
};

function reportOf({ terminal }: Context, run: Shown, dryRun: boolean): Report {
  const held = new Set(run.held);
  const [go, wait] = dryRun ? ['would be revoked', 'would be held: over the limit'] : ['sent', 'held: over the limit'];
  const standing = run.standing.map(({ principalName, keys }) => ({
    principalName,
    keys,
    action: held.has(principalName) ? wait : go,
  }));
  const rows = [
    ...standing.map(({ principalName, keys, action }) => [principalName, String(keys), action]),
    ...run.findings.map(({ principalName, keys, code }) => [principalName, String(keys), WHY_NOT[code] ?? code]),
  ];
  const { start, pages, keys, owners, offboarded, unowned, findings } = run;
  const live = countStanding(run);
  return {
    json: {
      start,
      dryRun,
      pages,
      keys,
      owners,
      offboarded,
      unowned,
      standing,
      findings: findings.map((each) => ({ ...each })),
    },
    lines: [
      ...(rows.length === 0
        ? []
        : [
            ...formatTable({
              header: ['principal', 'keys', 'what'],
              rows,
              width: terminal.columns,
              right: [1],
              wrap: true,
            }),
            [],
          ]),
      [`${pluralize(live, 'offboarded principal')} with live keys, of ${offboarded} that the API lists`],
      [`${pluralize(keys, 'live key')} of ${pluralize(owners, 'owner')} on ${pluralize(pages, 'page')}`],
      ...unownedLine(unowned),
    ],
    exitCode: live > 0 ? 3 : 0,
  };
}

const unownedLine = (unowned: number): readonly Line[] =>
  unowned === 0
    ? []
    : [[`${pluralize(unowned, 'key')} whose owner the API does not say: nothing is proven about them`]];

function attestation(result: unknown): Report {
  const { code, detail, remaining } = fieldsOf(fieldsOf(result).attestation);
  const rows: readonly unknown[] = Array.isArray(remaining) ? remaining : [];
  const left = rows.map((row) => {
    const { principalName, keys, why } = fieldsOf(row);
    return { principalName: String(principalName), keys: Number(keys), why: String(why) };
  });
  const json: JsonInput = { code: String(code), detail: String(detail), remaining: left };
  return {
    json,
    lines: [
      [{ text: String(code), color: 'bold' }, `: ${String(detail)}`],
      ...left.map(
        ({ principalName, keys, why }): Line => [`  ${principalName}: ${pluralize(keys, 'live key')}, ${why}`],
      ),
    ],
    exitCode: code === 'none-standing' ? 0 : 3,
  };
}
