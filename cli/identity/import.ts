/** `revoker identity import`: a file of people and their principals, shown before it is written. */
import type { Command } from 'commander';
import { dim, type Line, type Span } from '../../terminal/lines.ts';
import { formatTable } from '../../terminal/table.ts';
import { type Act, type Context, confirm, helpEnd, type Report, tell } from '../context.ts';
import { readInput } from '../input.ts';
import { ledgerOf } from '../services.ts';
import { type Change, compareEntries, writeChanges } from './directory.ts';
import { readIdentities } from './file.ts';

/** The dry run has rows of its own in the ledger: output says when it is about those. */
export const dryRunNote = (dryRun: boolean): Line => (dryRun ? [dim(' of the dry run (MODE is dry-run)')] : []);

export interface ImportOptions {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

export function addIdentityImport(parent: Command, act: Act): void {
  parent
    .command('import <file>')
    .option('--dry-run', 'show what would change, and change nothing')
    .option('--yes', 'do not ask')
    .description('add people and their principals, or change them; nobody is removed')
    .addHelpText(
      'after',
      helpEnd(
        [
          ['identity import people.csv', 'shows what is new and what changes, then asks'],
          ['identity import directory.json --dry-run', 'checks a file'],
        ],
        '{"dryRun","ledger":"enforce"|"dry-run","new":1,"changed":1,"same":0,"lost":0,\n' +
          '"changes":[{"what","kind","value","principals":[…],"before":[…]}]}; lost: somebody else wrote it meanwhile.',
      ) + FORMAT,
    )
    .action((file: string, options: ImportOptions) => act((context) => importIdentities(context, file, options)));
}

const FORMAT = `

A file is CSV with the header kind,value,principals (several principals are parted by spaces):
  kind,value,principals
  email,user@example.com,saml/user@example.com coreweave/ueqXfgRCYGqptEXAMPLE1
or JSON: [{"kind":"login","value":"jdoe","principals":["saml/jdoe@example.com"]}]
Kinds are email, login and externalId. Names are compared byte for byte. If one row is wrong, none is written.`;

/** Takes a path or `-`; shows the changes, asks, and writes them. Exit 1 when somebody else was quicker with some. */
export async function importIdentities(
  context: Context,
  file: string,
  { yes = false, dryRun = false }: ImportOptions,
): Promise<Report> {
  const { terminal, env } = context;
  const ledger = ledgerOf(env);
  const changes = await compareEntries(ledger.table, readIdentities(await readInput(terminal, file)));
  const due = changes.filter(({ what }) => what !== 'same');
  const preview = changeLines(due, terminal.columns);
  if (dryRun || due.length === 0)
    return reportOf(changes, { lines: preview, dryRun, lost: [], ledgerDry: ledger.dryRun });
  if (!yes) tell(context, preview);
  await confirm(context, `Write ${summary(changes)}?`, { yes, instead: 'add --yes, or look first with --dry-run' });
  const lost = await writeChanges(ledger.table, due);
  return reportOf(changes, { lines: [], dryRun, lost, ledgerDry: ledger.dryRun });
}

const WHAT: Readonly<Record<Change['what'], Span>> = {
  new: { text: 'new', color: 'green' },
  changed: { text: 'changed', color: 'yellow' },
  same: { text: 'same', color: 'dim' },
};
/** Rows that are shown before it is asked. */
const SHOWN = 50;

function changeLines(due: readonly Change[], width: number): readonly Line[] {
  if (due.length === 0) return [];
  const rows = due
    .slice(0, SHOWN)
    .map(({ entry, what, before }) => [
      WHAT[what],
      entry.kind,
      entry.value,
      entry.principals.join(' '),
      before.join(' '),
    ]);
  const more = due.length - rows.length;
  return [
    ...formatTable({ header: ['', 'kind', 'value', 'principals', 'before'], rows, width }),
    ...(more > 0 ? [[`and ${more} more (--json shows all)`]] : []),
    [],
  ];
}

const number = (changes: readonly Change[], what: Change['what']): number =>
  changes.filter((each) => each.what === what).length;

const summary = (changes: readonly Change[]): string =>
  (['new', 'changed', 'same'] as const).map((what) => `${number(changes, what)} ${what}`).join(', ');

interface Ending {
  readonly lines: readonly Line[];
  readonly dryRun: boolean;
  readonly lost: readonly Change[];
  /** The ledger's rows are those of the dry run. */
  readonly ledgerDry: boolean;
}

function reportOf(changes: readonly Change[], { lines, dryRun, lost, ledgerDry }: Ending): Report {
  const lostLines: readonly Line[] =
    lost.length === 0
      ? []
      : [
          [{ text: `${lost.length} not written: somebody else has changed them meanwhile`, color: 'red' }],
          ['next: import the file again'],
        ];
  return {
    json: {
      dryRun,
      ledger: ledgerDry ? 'dry-run' : 'enforce',
      new: number(changes, 'new'),
      changed: number(changes, 'changed'),
      same: number(changes, 'same'),
      lost: lost.length,
      changes: changes.map(({ entry, what, before }) => ({ what, ...entry, before })),
    },
    lines: [
      ...lines,
      [`${dryRun ? 'would write' : 'written'}: ${summary(changes)}`, ...dryRunNote(ledgerDry)],
      ...lostLines,
    ],
    ...(lost.length > 0 ? { exitCode: 1 } : {}),
  };
}
