/** `revoker webhook try`: shows offline what the payload of a file would do. */
import type { Command } from 'commander';
import { whyOf } from '../../events/sources/reading.ts';
import type { Reading, WebRequest } from '../../events/sources/source.ts';
import { webhookSource } from '../../events/webhooks/webhook-source.ts';
import { pluralize } from '../../terminal/format.ts';
import { bold, dim, formatFields, type Line } from '../../terminal/lines.ts';
import { readInputBytes } from '../arguments.ts';
import { type Context, helpText, type Report, type RunAction } from '../context.ts';
import { toEventFields, toEventJson } from '../event.ts';
import { usageError } from '../failure.ts';
import { readWebhooks } from './configuration.ts';

interface Options {
  readonly webhooks?: string;
  readonly header: readonly string[];
}

export function configureWebhookTry(command: Command, runAction: RunAction): void {
  command
    .argument('<name>')
    .argument('<file>')
    .option('--webhooks <file>', 'the configuration; default: the variable WEBHOOKS')
    .option('--header <name:value>', 'a header of the request; repeatable', collect, [])
    .addHelpText(
      'after',
      helpText(
        [
          ['webhook try hibob payload.json --webhooks webhooks/hibob.json', 'who would be revoked, and when'],
          ['webhook try hr - --header x-event:termination < payload.json', 'with the variable WEBHOOKS'],
        ],
        '{"result":"events","events":[…],"ignored":[…],"faults":[…]}; "events" may be empty; each fault is a part\n' +
          'that needs an operator. "result" may be "ignored", "refused" or "handshake".',
      ),
    )
    .action((name: string, file: string, options: Options) =>
      runAction((context) => tryWebhook(context, { name, file, ...options })),
    );
}

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

/** Exit code 3 where an operator would have to act. Throws CliError `webhook-unknown` (usage error). */
async function tryWebhook(
  context: Context,
  { name, file, webhooks, header }: Options & { readonly name: string; readonly file: string },
): Promise<Report> {
  const configured = await readWebhooks(context, webhooks);
  const webhook = configured.get(name);
  if (webhook === undefined) {
    throw usageError(
      'webhook-unknown',
      'no webhook of this name',
      `expected one of ${[...configured.keys()].join(', ')}`,
    );
  }
  const source = webhookSource(name, webhook);
  const request: WebRequest = {
    method: 'POST',
    path: '',
    headers: headersOf(header),
    body: await readInputBytes(context.terminal, file),
  };
  if (source.handshake?.(request) !== undefined) {
    return {
      json: { result: 'handshake', events: [], ignored: [], faults: [] },
      lines: [['a test of the connection']],
    };
  }
  return toReport(source.read(request, context.clock.now()));
}

function headersOf(texts: readonly string[]): Readonly<Record<string, string>> {
  const pairs = texts.map((text) => /^([A-Za-z0-9-]{1,64}):\s*(.*)$/.exec(text));
  if (pairs.includes(null))
    throw usageError('header-invalid', 'expected a header as name:value', 'write it as x-event:left');
  return Object.fromEntries(pairs.map((pair) => [pair?.[1]?.toLowerCase() ?? '', pair?.[2] ?? '']));
}

function toReport(reading: Reading): Report {
  const events = reading.kind === 'events' ? reading.events : [];
  const ignored =
    reading.kind === 'events' ? (reading.ignoredReasons ?? []) : reading.kind === 'ignored' ? [reading.why] : [];
  const unusable = reading.kind === 'ignored' ? [] : (reading.unusable ?? []);
  const faults = unusable.length > 0 || reading.kind !== 'refused' ? unusable.map(whyOf) : [reading.why];
  return {
    json: { result: reading.kind, events: events.map(toEventJson), ignored, faults },
    lines: [
      ...events.flatMap((event, index): readonly Line[] => [
        [bold(`Event ${index + 1}`)],
        ...formatFields(toEventFields(event), '  '),
        [],
      ]),
      [`${pluralize(events.length, 'event')}, ${ignored.length} ignored, ${faults.length} for an operator`],
      ...ignored.map((why): Line => [dim(`  ignored: ${why}`)]),
      ...faults.map((why): Line => [{ text: `  needs an operator: ${why}`, color: 'red' as const }]),
    ],
    exitCode: faults.length > 0 ? 3 : 0,
  };
}
