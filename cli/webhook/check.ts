/** `revoker webhook check`: checks the configuration of webhooks, as a deployment and a cold start do. */
import type { Command } from 'commander';
import { proofName } from '../../events/webhooks/proof.ts';
import { webhookPath } from '../../events/webhooks/webhook-source.ts';
import { pluralize } from '../../terminal/format.ts';
import { formatTable } from '../../terminal/table.ts';
import { type Context, helpText, type Report, type RunAction } from '../context.ts';
import { readWebhooks } from './configuration.ts';

export function configureWebhookCheck(command: Command, runAction: RunAction): void {
  command
    .argument('[file]')
    .addHelpText(
      'after',
      helpText(
        [['webhook check webhooks/hibob.json', 'says where something is wrong, and what was expected there']],
        '{"webhooks":[{"name","path","proof","secret","acts":[…]}]}',
      ),
    )
    .action((file: string | undefined) => runAction((context) => checkWebhooks(context, file)));
}

/** Throws CliError `webhooks-invalid` or `webhooks-missing` (usage errors). */
async function checkWebhooks(context: Context, file: string | undefined): Promise<Report> {
  const webhooks = [...(await readWebhooks(context, file))].map(([name, { proof, secret, when }]) => ({
    name,
    path: `/${webhookPath(name)}`,
    proof: proofName(proof),
    secret,
    acts: Object.keys(when).filter((action) => action !== 'ignored'),
  }));
  const rows = webhooks.map(({ path, proof, secret, acts }) => [path, proof, secret, acts.join(', ')]);
  return {
    json: { webhooks },
    lines: [
      ...formatTable({
        header: ['path', 'proof', 'secret', 'acts on'],
        rows,
        width: context.terminal.columns,
        whole: true,
      }),
      [],
      [`${pluralize(webhooks.length, 'webhook')}, nothing wrong`],
    ],
  };
}
