/** `revoker keys`: lists the keys of a principal, to check before and after a revocation. */
import type { Command } from 'commander';
import type { PrincipalName } from '../../events/ids.ts';
import { pluralize } from '../../terminal/format.ts';
import { dim } from '../../terminal/lines.ts';
import { withProgressMessage } from '../../terminal/progress.ts';
import { formatTable } from '../../terminal/table.ts';
import { apiError } from '../api-failure.ts';
import { parsePrincipal } from '../arguments.ts';
import { type Context, helpText, type Report, type RunAction } from '../context.ts';
import { openApi } from '../services.ts';
import { listPrincipalKeys } from './principal-keys.ts';

export function configureKeys(command: Command, runAction: RunAction): void {
  command
    .argument('<principal>', 'full name, such as saml/user@example.com', parsePrincipal)
    .option('--all', 'show keys that are deleted or expired too')
    .addHelpText(
      'after',
      helpText(
        [
          ['keys saml/user@example.com', 'what a revocation would reach; suspended keys are live'],
          ['keys coreweave/ueqXfgRCYGqptEXAMPLE1 --all --json', 'each key that the API still knows of'],
        ],
        '{"principal","live":2,"keys":[{"id","status","live","expires","name"}]}; expires and name may be empty.',
      ),
    )
    .action((principal: PrincipalName, options: { all?: boolean }) =>
      runAction((context) =>
        withProgressMessage(context, 'asking the API', () =>
          listKeys(context, { principal, all: options.all ?? false }),
        ),
      ),
    );
}

/** The API gives no creation time. Throws CliError `api-…`. */
export async function listKeys(
  { env, terminal }: Context,
  { principal, all }: { readonly principal: PrincipalName; readonly all: boolean },
): Promise<Report> {
  const { api, timeoutMs } = openApi(env);
  const found = await listPrincipalKeys(api, principal, timeoutMs);
  if ('failed' in found) throw await apiError(found.failed, env);
  const live = found.keys.filter((key) => key.live);
  const listed = all ? found.keys : live;
  const rows = listed.map(({ id, status, live: isLive, expires, name }) => [
    { text: id, color: isLive ? ('bold' as const) : ('dim' as const) },
    status || 'unknown',
    expires || 'never',
    name,
  ]);
  return {
    json: { principal, live: live.length, keys: listed.map((key) => ({ ...key })) },
    lines: [
      ...(rows.length === 0
        ? []
        : [
            ...formatTable({
              header: ['key', 'status', 'expires', 'name'],
              rows,
              width: terminal.columns,
              whole: true,
            }),
            [],
          ]),
      [
        `${principal} has ${pluralize(live.length, 'live key')}`,
        dim(all ? ` of ${found.keys.length} that the API knows` : ''),
      ],
    ],
  };
}
