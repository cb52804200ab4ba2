/** `revoker backfill offboardings`: who was offboarded by version 0.1 and has live keys, which no run would find. */
import type { Command } from 'commander';
import { type UnmarkedReport, unmarkedOffboardings } from '../../lib/reconcile/unmarked.ts';
import { pluralize } from '../../terminal/format.ts';
import { withProgressMessage } from '../../terminal/progress.ts';
import { formatTable } from '../../terminal/table.ts';
import { type Context, createTerminalLog, helpText, type Report, type RunAction } from '../context.ts';
import { CliError } from '../failure.ts';
import { openEventRows, openSurvey } from '../services.ts';
import { commandLine, toShellWord } from '../shell.ts';

/** For the listing, in ms: 500 pages at most. */
const LISTING_MS = 600_000;

export function configureBackfillOffboardings(command: Command, runAction: RunAction): void {
  command
    .addHelpText(
      'after',
      helpText(
        [['backfill offboardings', 'after an upgrade from 0.1, or a roll-back to it; nothing is sent or written']],
        '{"rows","unreadable","findings":[{"principalName","keys","time"}]}\nExit 3 where an operator has to decide.',
      ),
    )
    .action(() => runAction(backfillOffboardings));
}

/** Throws CliError `listing-failed`, and what the ledger and the API adapters throw. */
export async function backfillOffboardings(context: Context): Promise<Report> {
  const { env, terminal, clock } = context;
  const services = openSurvey(env, createTerminalLog(terminal));
  const found = await withProgressMessage(context, 'reading keys and ledger', () =>
    unmarkedOffboardings(services, openEventRows(env), clock.now() + LISTING_MS),
  );
  if (found === undefined) {
    const next = 'run `revoker doctor`, then try again';
    throw new CliError({ code: 'listing-failed', message: 'the keys could not be listed', next });
  }
  return reportOf(context, found);
}

function reportOf(context: Context, { findings, rows, unreadable }: UnmarkedReport): Report {
  const [first] = findings;
  const table = formatTable({
    header: ['principal', 'keys', 'offboarded'],
    rows: findings.map(({ principalName, keys, time }) => [principalName, String(keys), time]),
    width: context.terminal.columns,
    right: [1],
    wrap: true,
  });
  return {
    json: { rows, unreadable, findings: findings.map((each) => ({ ...each })) },
    lines: [
      ...(first === undefined ? [] : [...table, []]),
      [`${pluralize(findings.length, 'principal')} with live keys, by ${pluralize(rows, 'row')} of events`],
      ...(unreadable > 0 ? [[`${pluralize(unreadable, 'row')} that this product did not write`]] : []),
      ...(first === undefined
        ? []
        : [[`next: for each who is still offboarded, ${commandLine(context, revokeWords(first.principalName))}`]]),
    ],
    exitCode: findings.length + unreadable > 0 ? 3 : 0,
  };
}

const revokeWords = (name: string): string => `revoke --principal ${toShellWord(name)}`;
