/** `revoker explain`: says what would happen to a message. */
import type { Command } from 'commander';
import { sha256 } from '../../lib/io/node.ts';
import { pluralize } from '../../terminal/format.ts';
import { bold, type Color, dim, formatFields, type Line } from '../../terminal/lines.ts';
import { withProgressMessage } from '../../terminal/progress.ts';
import { formatTable } from '../../terminal/table.ts';
import { readInput } from '../arguments.ts';
import { type Context, helpText, type Report, type RunAction } from '../context.ts';
import { toEventFields, toEventJson } from '../event.ts';
import { readGuardSettings } from '../services.ts';
import { type Explanation, explainMessage, type Verdict } from './explain.ts';
import { openLiveReads } from './live-reads.ts';

export function configureExplain(command: Command, runAction: RunAction): void {
  command
    .argument('<file>')
    .option('--live', 'read the ledger and the API, for the keys and holds of now; nothing is written')
    .addHelpText(
      'after',
      helpText(
        [
          ['explain events/samples/accepted/compromised-key.json', 'what would happen, and what would hold it'],
          ['explain - < body.json', 'the same, from stdin'],
          ['explain offboarding.json --live', 'how many keys it would revoke now'],
        ],
        '{"mode","live","events":[{"verdict","reason"?,"detail"?,"summary":[…],"event"|null,"lane",\n' +
          '"calls":[{"method","path","body"?}],"heldIf":[{"reason","condition"}],"record"|null}]};\n' +
          'verdict: go, nothing, not-found, wait, dry-run, hold, dead, ignored or retry. Exit 1: a part would be\n' +
          'rejected, or --live cannot read what decides.',
      ),
    )
    .action((file: string, { live = false }: { live?: boolean }) =>
      runAction((context) => runExplain(context, file, { live })),
    );
}

/**
 * Exit code 1 where a part of the message would be rejected. Throws CliError where --live cannot read what decides.
 */
async function runExplain(context: Context, file: string, { live }: { readonly live: boolean }): Promise<Report> {
  const { terminal, env, clock, optionWords } = context;
  const settings = readGuardSettings(env);
  const reads = live ? openLiveReads(context) : undefined;
  const text = await readInput(terminal, file);
  const explanations = await withProgressMessage(context, 'reading the ledger and the API', () =>
    explainMessage(text, { settings, now: clock.now(), sha256, reads, optionWords }),
  );
  const failure = reads?.failure();
  if (failure !== undefined && explanations.some(({ verdict }) => verdict.kind === 'retry')) throw failure;
  const failed = explanations.some(
    ({ event, verdict: { kind } }) => kind === 'retry' || (event === null && kind === 'dead'),
  );
  const assumed = env.MODE ? '' : ' (MODE is not set)';
  const world = live ? '' : '; the ledger is taken to be empty and keys to be live: --live reads both';
  return {
    json: { mode: settings.mode, live, events: explanations.map(toJson) },
    lines: [
      [dim(`${pluralize(explanations.length, 'event')}, as in mode ${settings.mode}${assumed}${world}`)],
      ...explanations.flatMap((each, index) => explanationLines(each, index, terminal.columns)),
    ],
    exitCode: failed ? 1 : 0,
  };
}

const COLORS: Readonly<Record<Verdict['kind'], Color>> = {
  go: 'green',
  nothing: 'green',
  'not-found': 'yellow',
  wait: 'yellow',
  'dry-run': 'yellow',
  hold: 'yellow',
  dead: 'red',
  ignored: 'yellow',
  retry: 'red',
};

const heading = (text: string): readonly Line[] => [[], [bold(text)]];

function explanationLines(each: Explanation, index: number, width: number): readonly Line[] {
  const { event, verdict, summary, lane, heldIf, calls } = each;
  const fields = event === null ? [] : [...toEventFields(event), ['queue', lane] as const];
  return [
    ...heading(`Event ${index + 1}`),
    ...summary.map((text): Line => ['  ', { text, color: COLORS[verdict.kind] }]),
    ...formatFields(fields, '  '),
    ...(heldIf.length === 0 ? [] : [...heading('Would be held if'), ...conditionTable(heldIf, width)]),
    ...(calls.length === 0 ? [] : heading('Calls')),
    ...calls.map(({ method, path, body }): Line => [`  ${method} ${path}${body === undefined ? '' : ` ${body}`}`]),
  ];
}

const conditionTable = (conditions: Explanation['heldIf'], width: number): readonly Line[] =>
  formatTable({
    header: ['  reason', 'condition'],
    rows: conditions.map(({ reason, condition }) => [`  ${reason}`, condition]),
    width,
    wrap: true,
  });

const toJson = ({ event, verdict, summary, lane, calls, heldIf, record }: Explanation) => ({
  verdict: verdict.kind,
  ...(verdict.reason === undefined ? {} : { reason: verdict.reason }),
  ...(verdict.detail === undefined ? {} : { detail: verdict.detail }),
  summary: [...summary],
  event: event === null ? null : toEventJson(event),
  lane,
  calls: calls.map(({ method, path, body }) => ({ method, path, ...(body === undefined ? {} : { body }) })),
  heldIf: heldIf.map((each) => ({ ...each })),
  record: record ?? null,
});
