/** `revoker whoami`: whose API token it is. */
import type { Command } from 'commander';
import { parseTokenOwner } from '../../lib/coreweave/whoami.ts';
import { withProgressMessage } from '../../terminal/progress.ts';
import { apiError } from '../api-failure.ts';
import { type Context, helpText, type Report, type RunAction } from '../context.ts';
import { openApi } from '../services.ts';

export function configureWhoami(command: Command, runAction: RunAction): void {
  command
    .addHelpText(
      'after',
      helpText([['whoami', 'what SELF_PRINCIPAL and COREWEAVE_ORG_UID should be']], '{"principalName","orgUid"}'),
    )
    .action(() => runAction((context) => withProgressMessage(context, 'asking the API', () => whoami(context))));
}

/** Throws CliError `api-…`. */
export async function whoami({ env }: Context): Promise<Report> {
  const { api, timeoutMs, host } = openApi(env);
  const response = await api.send({ call: 'whoami' }, timeoutMs);
  const owner = parseTokenOwner(response);
  if (owner === undefined) throw await apiError(response, env);
  const { principalName, orgUid } = owner;
  return {
    json: { principalName, orgUid },
    lines: [
      [`At ${host} the API token belongs to `, { text: principalName, color: 'bold' }, ` of organization ${orgUid}`],
    ],
  };
}
