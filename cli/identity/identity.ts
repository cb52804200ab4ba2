/** `revoker identity`: the directory that says which principals a person has. */
import { Argument, type Command } from 'commander';
import { pluralize } from '../../terminal/format.ts';
import { dim } from '../../terminal/lines.ts';
import { formatTable } from '../../terminal/table.ts';
import { type Act, type Context, confirm, helpEnd, type Report } from '../context.ts';
import { CliError, wrongUse } from '../failure.ts';
import { ledgerOf } from '../services.ts';
import {
  IDENTITY_KINDS,
  type IdentityKind,
  identityEntry,
  identityIn,
  identityKey,
  principalsIn,
} from './directory.ts';
import { addIdentityImport, dryRunNote } from './import.ts';

export function addIdentity(parent: Command, act: Act): void {
  const identity = parent.command('identity').description('keep the directory of people and their principals');
  addIdentityImport(identity, act);
  identity
    .command('list')
    .description('list the directory (reads the whole ledger table: needs dynamodb:Scan)')
    .addHelpText(
      'after',
      helpEnd(
        [
          ['identity list', 'everybody, by kind and name'],
          ['identity list --json > directory.json', 'a file that `identity import` takes'],
        ],
        '{"dryRun":false,"identities":[{"kind","value","principals":[…]}]}',
      ),
    )
    .action(() => act(list));
  identity
    .command('remove')
    .addArgument(new Argument('<kind>', 'what the directory calls the person by').choices(IDENTITY_KINDS))
    .argument('<value>', 'byte for byte as it was imported')
    .option('--yes', 'do not ask')
    .description('take a person out of the directory')
    .addHelpText(
      'after',
      helpEnd(
        [['identity remove email user@example.com', 'asks first']],
        '{"removed":{"kind","value","principals":[…]}}',
      ),
    )
    .action((kind: IdentityKind, value: string, { yes = false }: { yes?: boolean }) =>
      act((context) => remove(context, { kind, value, yes })),
    );
}

/** Resolves with the directory, sorted. */
export async function list({ env, terminal }: Context): Promise<Report> {
  const { directory, dryRun } = ledgerOf(env);
  const entries: { kind: IdentityKind; value: string; principals: readonly string[] }[] = [];
  for await (const row of directory.rows()) {
    const who = identityIn(row);
    if (who !== undefined) entries.push({ ...who, principals: principalsIn(row) });
  }
  entries.sort((a, b) => (identityKey(a) < identityKey(b) ? -1 : 1));
  const rows = entries.map(({ kind, value, principals }) => [kind, value, principals.join(' ')]);
  return {
    json: { dryRun, identities: entries.map((entry) => ({ ...entry })) },
    lines: [
      ...(rows.length === 0
        ? []
        : [...formatTable({ header: ['kind', 'value', 'principals'], rows, width: terminal.columns }), []]),
      [entries.length === 1 ? '1 identity' : `${entries.length} identities`, ...dryRunNote(dryRun)],
    ],
  };
}

/** Takes who is to go; asks, and removes the row that was shown. Throws CliError `identity-unknown`, `changed-meanwhile`. */
export async function remove(
  context: Context,
  { kind, value, yes }: { readonly kind: IdentityKind; readonly value: string; readonly yes: boolean },
): Promise<Report> {
  const { table: rows, dryRun } = ledgerOf(context.env);
  // Only the name is checked: the principal stands in for those that the row has.
  const entry = identityEntry(kind, value, ['role/any']);
  if ('expected' in entry)
    throw wrongUse('identity-invalid', entry.expected, 'give it as `revoker identity list` shows it');
  const row = await rows.get(identityKey({ kind, value }));
  if (row === undefined) {
    throw new CliError({
      code: 'identity-unknown',
      message: 'the directory has no such entry',
      next: 'look it up: `revoker identity list`',
    });
  }
  const principals = principalsIn(row);
  await confirm(
    context,
    `Remove ${kind} ${value} (${pluralize(principals.length, 'principal')}: ${principals.join(' ')})?`,
    { yes },
  );
  if (!(await rows.remove(row.pk, row.version))) {
    throw new CliError({
      code: 'changed-meanwhile',
      message: 'somebody else has changed the entry',
      next: 'look at it again, then remove it',
    });
  }
  return {
    json: { removed: { kind, value, principals } },
    lines: [[`removed ${kind} ${value}`, ...dryRunNote(dryRun)], [dim(`it had: ${principals.join(' ')}`)]],
  };
}
