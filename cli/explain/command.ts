/** `revoker explain`: what would become of a message, told offline. */
import type { Command } from 'commander';
import { wireOf } from '../../lib/io/http/coreweave.ts';
import { sha256 } from '../../lib/io/node.ts';
import type { JsonInput } from '../../lib/model/json.ts';
import { bold, counted, dim, fields, type Line, type Piece, type Report, table } from '../../terminal/lines.ts';
import { type Act, type Context, helpEnd } from '../context.ts';
import { eventFields, eventJson } from '../event.ts';
import { readInput } from '../input.ts';
import { guardSettings } from '../services.ts';
import type { PlannedCall } from './calls.ts';
import { type Explanation, explain as explained, type Verdict } from './explain.ts';
import type { GuardView } from './guards.ts';

export function addExplain(parent: Command, act: Act): void {
  parent
    .command('explain <file>')
    .description('tell what would become of a message, without sending or reading anything')
    .addHelpText(
      'after',
      helpEnd(
        [
          [
            'explain events/samples/accepted/compromised-key.json',
            'the event, the calls, the guards, the audit record',
          ],
          ['explain - < body.json', 'the same, from stdin'],
        ],
        '{"mode","events":[{"verdict","reason"?,"detail"?,"event","lane","calls":[{"method","path","body"?,"why"}],\n' +
          '"guards":[{"guard","says","reason"?,"detail"}],"record"}]}; says: passes, stops, ledger or api (only they can tell);\n' +
          'verdict: go, wait, dry-run, hold or dead.',
      ),
    )
    .action((file: string) => act((context) => explain(context, file)));
}

/** Takes a path or `-`; returns the report. Exit 1 when something in the message would be refused as it is. */
export async function explain({ terminal, env, clock }: Context, file: string): Promise<Report> {
  const settings = guardSettings(env);
  const explanations = explained(await readInput(terminal, file), { settings, now: clock.now(), sha256 });
  const refused = explanations.some(({ kind }) => kind === 'refusal');
  const assumed = env.MODE ? '' : ' (MODE is not set)';
  return {
    json: { mode: settings.mode, events: explanations.map(explanationJson) },
    lines: [
      [dim(`${counted(explanations.length, 'event')}, as in mode ${settings.mode}${assumed}`)],
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
  const { event, letter, lane, calls, guards } = each;
  return [
    ...head,
    ...fields(
      [...eventFields(event), ['lane', lane], ...(letter ? ([['came in', 'its dead letter']] as const) : [])],
      '  ',
    ),
    ...heading('Calls'),
    ...(calls.length === 0 ? [[dim('  none')]] : callTable(calls, width)),
    ...heading('Guards'),
    ...(guards.length === 0 ? [[dim('  none is asked')]] : guardTable(guards, width)),
    ...record,
  ];
}

/** A field of the record a line. */
const recordLines = (record: Explanation['record']): readonly Line[] =>
  record === undefined
    ? [[dim('  depends on what the ledger and the API say')]]
    : fields(
        Object.entries(record).map(([name, value]) => [name, JSON.stringify(value)]),
        '  ',
      );

const VERDICTS: Readonly<Record<Verdict['kind'], Piece>> = {
  go: { text: 'would be acted on, unless the ledger or the API says otherwise (see the guards)', colour: 'green' },
  wait: { text: 'would wait for its day', colour: 'yellow' },
  'dry-run': { text: 'would be written down as would-revoke: MODE is dry-run', colour: 'yellow' },
  hold: { text: 'would be held', colour: 'yellow' },
  dead: { text: 'would be a dead letter', colour: 'red' },
};

const verdictLine = (verdict: Verdict): Line =>
  'reason' in verdict ? [VERDICTS[verdict.kind], `: ${verdict.reason}, ${verdict.detail}`] : [VERDICTS[verdict.kind]];

const callTable = (calls: readonly PlannedCall[], width: number): readonly Line[] =>
  table({
    header: ['  call', 'why'],
    rows: calls.map(({ request, why }) => {
      const { method, path, body } = wireOf(request);
      return [`  ${method.padEnd(4)} ${path}${body === undefined ? '' : ` ${body}`}`, why];
    }),
    width,
  });

const SAYS: Readonly<Record<GuardView['says'], Piece>> = {
  passes: { text: 'passes', colour: 'green' },
  stops: { text: 'stops', colour: 'red' },
  ledger: { text: 'the ledger says', colour: 'yellow' },
  api: { text: 'the API says', colour: 'yellow' },
};

const guardTable = (guards: readonly GuardView[], width: number): readonly Line[] =>
  table({
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
    const { method, path, body } = wireOf(request);
    return { method, path, ...(body === undefined ? {} : { body }), why };
  });
  const guards = each.guards.map((guard) => ({ ...guard }));
  return {
    ...verdict,
    event: eventJson(each.event),
    letter: each.letter,
    lane: each.lane,
    calls,
    guards,
    record: each.record ?? null,
  };
}
