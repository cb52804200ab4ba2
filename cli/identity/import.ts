/** `revoker identity import`: shows the changes of a file to the directory, asks, and writes them. */
import type { Command } from 'commander';
import { dim, type Line, type Span } from '../../terminal/lines.ts';
import { withProgressMessage } from '../../terminal/progress.ts';
import { formatTable } from '../../terminal/table.ts';
import { readInput } from '../arguments.ts';
import { type Context, confirm, helpText, printNotice, type Report, type RunAction } from '../context.ts';
import { openLedger } from '../services.ts';
import { compareEntries, type IdentityChange, writeChanges } from './directory.ts';
import { parseIdentities } from './file.ts';

/** The dry run has its own rows in the ledger. */
export const dryRunNote = (dryRun: boolean): Line => (dryRun ? [dim(' of the dry run (MODE is dry-run)')] : []);

export interface ImportOptions {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

export function configureIdentityImport(command: Command, runAction: RunAction): void {
  command
    .argument('<file>')
    .option('--dry-run', 'show what would change, and change nothing')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      helpText(
        [
          ['identity import people.csv', 'shows what is new and what changes, then asks'],
          ['identity import directory.json --dry-run', 'checks a file'],
        ],
        '{"dryRun","ledger":"enforce"|"dry-run","new":1,"changed":1,"same":0,"lost":0,\n' +
          '"changes":[{"what","kind","value","principals":[…],"before":[…]}]};\n' +
          'lost: another operator wrote it meanwhile.',
      ) + FORMAT,
    )
    .action((file: string, options: ImportOptions) => runAction((context) => importIdentities(context, file, options)));
}

const FORMAT = `

A file is CSV with the header kind,value,principals (several principals are separated by spaces):
  kind,value,principals
  email,user@example.com,saml/user@example.com coreweave/ueqXfgRCYGqptEXAMPLE1
or JSON: [{"kind":"login","value":"jdoe","principals":["saml/jdoe@example.com"]}]
Kinds are email, login and externalId. Names are compared byte for byte. If one row is wrong, none is written.`;

/**
 * Exit code 1 where another writer was faster with some entries. Throws CliError as `confirm` and `parseIdentities`.
 */
async function importIdentities(
  context: Context,
  file: string,
  { yes = false, dryRun = false }: ImportOptions,
): Promise<Report> {
  const { terminal, env } = context;
  const ledger = openLedger(env);
  const entries = parseIdentities(await readInput(terminal, file));
  const changes = await withProgressMessage(context, 'comparing with the directory', () =>
    compareEntries(ledger.table, entries),
  );
  const due = changes.filter(({ what }) => what !== 'same');
  const preview = changeLines(due, terminal.columns);
  if (dryRun || due.length === 0)
    return toReport(changes, { lines: preview, dryRun, lost: [], ledgerDry: ledger.dryRun });
  if (!yes) printNotice(context, preview);
  await confirm(context, `Write ${summarizeChanges(changes)}?`, {
    yes,
    instead: 'add --yes, or look first with --dry-run',
  });
  const lost = await withProgressMessage(context, 'writing to the directory', () => writeChanges(ledger.table, due));
  return toReport(changes, { lines: [], dryRun, lost, ledgerDry: ledger.dryRun });
}

const CHANGE_LABELS: Readonly<Record<IdentityChange['what'], Span>> = {
  new: { text: 'new', color: 'green' },
  changed: { text: 'changed', color: 'yellow' },
  same: { text: 'same', color: 'dim' },
};
/** Rows of the preview. */
const MAX_ROWS = 50;

function changeLines(due: readonly IdentityChange[], width: number): readonly Line[] {
  if (due.length === 0) return [];
  const rows = due
    .slice(0, MAX_ROWS)
    .map(({ entry, what, before }) => [
      CHANGE_LABELS[what],
      entry.kind,
      entry.value,
      entry.principals.join(' '),
      before.join(' '),
    ]);
  const more = due.length - rows.length;
  return [
    ...formatTable({ header: ['', 'kind', 'value', 'principals', 'before'], rows, width, whole: true }),
    ...(more > 0 ? [[`and ${more} more (--json shows all)`]] : []),
    [],
  ];
}

const countChanges = (changes: readonly IdentityChange[], what: IdentityChange['what']): number =>
  changes.filter((each) => each.what === what).length;

const summarizeChanges = (changes: readonly IdentityChange[]): string =>
  (['new', 'changed', 'same'] as const).map((what) => `${countChanges(changes, what)} ${what}`).join(', ');

interface ImportResult {
  readonly lines: readonly Line[];
  readonly dryRun: boolean;
  readonly lost: readonly IdentityChange[];
  /** The rows are those of the dry run. */
  readonly ledgerDry: boolean;
}

function toReport(changes: readonly IdentityChange[], { lines, dryRun, lost, ledgerDry }: ImportResult): Report {
  const lostLines: readonly Line[] =
    lost.length === 0
      ? []
      : [
          [{ text: `${lost.length} not written: another operator has changed them meanwhile`, color: 'red' }],
          ['next: import the file again'],
        ];
  return {
    json: {
      dryRun,
      ledger: ledgerDry ? 'dry-run' : 'enforce',
      new: countChanges(changes, 'new'),
      changed: countChanges(changes, 'changed'),
      same: countChanges(changes, 'same'),
      lost: lost.length,
      changes: changes.map(({ entry, what, before }) => ({ what, ...entry, before })),
    },
    lines: [
      ...lines,
      [`${dryRun ? 'would write' : 'written'}: ${summarizeChanges(changes)}`, ...dryRunNote(ledgerDry)],
      ...lostLines,
    ],
    ...(lost.length > 0 ? { exitCode: 1 } : {}),
  };
}
