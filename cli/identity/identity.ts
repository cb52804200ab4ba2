/** `revoker identity`: lists, imports and removes entries of the directory that maps persons to principals. */
import { Argument, type Command } from 'commander';
import { IDENTITY_KINDS, type IdentityKind } from '../../events/data.ts';
import { identityIn, identityKey, principalsIn } from '../../lib/ledger/directory.ts';
import { pluralize } from '../../terminal/format.ts';
import { dim } from '../../terminal/lines.ts';
import { withProgressMessage } from '../../terminal/progress.ts';
import { formatTable } from '../../terminal/table.ts';
import { type Context, confirm, helpText, type Report, type RunAction } from '../context.ts';
import { CliError, usageError } from '../failure.ts';
import { openLedger } from '../services.ts';
import { parseIdentityEntry } from './directory.ts';
import { dryRunNote } from './import.ts';

export function configureIdentityList(command: Command, runAction: RunAction): void {
  command
    .addHelpText(
      'after',
      helpText(
        [
          ['identity list', 'all people, by kind and name'],
          ['identity list --json > directory.json', 'a file that `identity import` takes'],
        ],
        '{"dryRun":false,"identities":[{"kind","value","principals":[…]}]}',
      ),
    )
    .action(() =>
      runAction((context) => withProgressMessage(context, 'reading the directory', () => listIdentities(context))),
    );
}

export function configureIdentityRemove(command: Command, runAction: RunAction): void {
  command
    .addArgument(new Argument('<kind>', 'what the directory calls the person by').choices(IDENTITY_KINDS))
    .argument('<value>', 'byte for byte as it was imported')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      helpText(
        [['identity remove email user@example.com', 'asks first']],
        '{"removed":{"kind","value","principals":[…]}}',
      ),
    )
    .action((kind: IdentityKind, value: string, { yes = false }: { yes?: boolean }) =>
      runAction((context) => removeIdentity(context, { kind, value, yes })),
    );
}

/** The directory is in the ledger, which is read as a whole. */
async function listIdentities({ env, terminal }: Context): Promise<Report> {
  const { directory, dryRun } = openLedger(env);
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
        : [
            ...formatTable({ header: ['kind', 'value', 'principals'], rows, width: terminal.columns, whole: true }),
            [],
          ]),
      [entries.length === 1 ? '1 identity' : `${entries.length} identities`, ...dryRunNote(dryRun)],
    ],
  };
}

/**
 * Removes only the version that was shown. Throws CliError as `confirm`, `identity-unknown` and `changed-meanwhile`.
 */
async function removeIdentity(
  context: Context,
  { kind, value, yes }: { readonly kind: IdentityKind; readonly value: string; readonly yes: boolean },
): Promise<Report> {
  const { table: rows, dryRun } = openLedger(context.env);
  // Validates only kind and value; the principal is a placeholder.
  const entry = parseIdentityEntry(kind, value, ['role/any']);
  if ('expected' in entry)
    throw usageError('identity-invalid', entry.expected, 'give it as `revoker identity list` shows it');
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
      message: 'another operator has changed the entry',
      next: 'look at it again, then remove it',
    });
  }
  return {
    json: { removed: { kind, value, principals } },
    lines: [[`removed ${kind} ${value}`, ...dryRunNote(dryRun)], [dim(`it had: ${principals.join(' ')}`)]],
  };
}
