/** `revoker explain`: shows offline how a message would be handled. */
import type { Command } from 'commander';
import { httpCall } from '../../lib/coreweave/api.ts';
import { sha256 } from '../../lib/io/node.ts';
import type { JsonInput } from '../../lib/model/json.ts';
import { pluralize } from '../../terminal/format.ts';
import { bold, dim, formatFields, type Line, type Span } from '../../terminal/lines.ts';
import { formatTable } from '../../terminal/table.ts';
import { readInput } from '../arguments.ts';
import { type Context, helpText, type Report, type RunAction } from '../context.ts';
import { toEventFields, toEventJson } from '../event.ts';
import { readGuardSettings } from '../services.ts';
import type { PlannedCall } from './calls.ts';
import { type Explanation, explainMessage as explained, type Verdict } from './explain.ts';
import type { GuardResult } from './guards.ts';

export function configureExplain(command: Command, runAction: RunAction): void {
  command
    .argument('<file>')
    .addHelpText(
      'after',
      helpText(
        [
          [
            'explain events/samples/accepted/compromised-key.json',
            'the event, the calls, the guards, the audit record',
          ],
          ['explain - < body.json', 'the same, from stdin'],
        ],
        '{"mode","events":[{"verdict","reason"?,"detail"?,"event","lane","calls":[{"method","path","body"?,"why"}],\n' +
          '"guards":[{"guard","says","reason"?,"detail"}],"record"}]}; says: passes, stops, ledger or api (only they ' +
          'can tell);\n' +
          'verdict: go, wait, dry-run, hold or dead.',
      ),
    )
    .action((file: string) => runAction((context) => runExplain(context, file)));
}

/** Exit code 1 where a part of the message would be rejected. */
export async function runExplain({ terminal, env, clock }: Context, file: string): Promise<Report> {
  const settings = readGuardSettings(env);
  const explanations = explained(await readInput(terminal, file), { settings, now: clock.now(), sha256 });
  const refused = explanations.some(({ kind }) => kind === 'refusal');
  const assumed = env.MODE ? '' : ' (MODE is not set)';
  return {
    json: { mode: settings.mode, events: explanations.map(explanationJson) },
    lines: [
      [dim(`${pluralize(explanations.length, 'event')}, as in mode ${settings.mode}${assumed}`)],
      ...explanations.flatMap((each, index) => explanationLines(each, index, terminal.columns)),
    ],
    exitCode: refused ? 1 : 0,
  };
}

const heading = (text: string): readonly Line[] => [[], [bold(text)]];

function explanationLines(each: Explanation, index: number, width: number): readonly Line[] {
  const record = [...heading('First audit record'), ...recordLines(each.record)];
  const head = [...heading(`Event ${index + 1}`), ['  ', ...verdictLine(each.verdict)]];
  if (each.kind === 'refusal') return [...head, ...record];
  const { event, isDeadLetter, lane, calls, guards } = each;
  return [
    ...head,
    ...formatFields(
      [...toEventFields(event), ['lane', lane], ...(isDeadLetter ? ([['came in', 'its dead letter']] as const) : [])],
      '  ',
    ),
    ...heading('Calls'),
    ...(calls.length === 0 ? [[dim('  none')]] : callTable(calls, width)),
    ...heading('Guards'),
    ...(guards.length === 0 ? [[dim('  none is asked')]] : guardTable(guards, width)),
    ...record,
  ];
}

const recordLines = (record: Explanation['record']): readonly Line[] =>
  record === undefined
    ? [[dim('  depends on what the ledger and the API say')]]
    : formatFields(
        Object.entries(record).map(([name, value]) => [name, JSON.stringify(value)]),
        '  ',
      );

const VERDICTS: Readonly<Record<Verdict['kind'], Span>> = {
  go: { text: 'would be acted on, unless the ledger or the API says otherwise (see the guards)', color: 'green' },
  wait: { text: 'would wait for its day', color: 'yellow' },
  'dry-run': { text: 'would be written down as would-revoke: MODE is dry-run', color: 'yellow' },
  hold: { text: 'would be held', color: 'yellow' },
  dead: { text: 'would be a dead letter', color: 'red' },
};

const verdictLine = (verdict: Verdict): Line =>
  'reason' in verdict ? [VERDICTS[verdict.kind], `: ${verdict.reason}, ${verdict.detail}`] : [VERDICTS[verdict.kind]];

const callTable = (calls: readonly PlannedCall[], width: number): readonly Line[] =>
  formatTable({
    header: ['  call', 'why'],
    rows: calls.map(({ request, why }) => {
      const { method, path, body } = httpCall(request);
      return [`  ${method.padEnd(4)} ${path}${body === undefined ? '' : ` ${body}`}`, why];
    }),
    width,
  });

const SAYS: Readonly<Record<GuardResult['says'], Span>> = {
  passes: { text: 'passes', color: 'green' },
  stops: { text: 'stops', color: 'red' },
  ledger: { text: 'the ledger says', color: 'yellow' },
  api: { text: 'the API says', color: 'yellow' },
};

const guardTable = (guards: readonly GuardResult[], width: number): readonly Line[] =>
  formatTable({
    header: ['  guard', 'verdict', 'reason', 'detail'],
    rows: guards.map(({ guard, says, reason, detail }) => [`  ${guard}`, SAYS[says], reason ?? '', detail]),
    width,
  });

function explanationJson(each: Explanation): JsonInput {
  const verdict = {
    verdict: each.verdict.kind,
    ...('reason' in each.verdict ? { reason: each.verdict.reason, detail: each.verdict.detail } : {}),
  };
  if (each.kind === 'refusal') return { ...verdict, event: null, record: each.record };
  const calls = each.calls.map(({ request, why }) => {
    const { method, path, body } = httpCall(request);
    return { method, path, ...(body === undefined ? {} : { body }), why };
  });
  const guards = each.guards.map((guard) => ({ ...guard }));
  return {
    ...verdict,
    event: toEventJson(each.event),
    letter: each.isDeadLetter,
    lane: each.lane,
    calls,
    guards,
    record: each.record ?? null,
  };
}
