/** `revoker drill`: makes a situation of the runbook on the localhost stack, to practice on. */
import type { Command } from 'commander';
import { isRecord } from '../../events/shapes.ts';
import { isLoopback } from '../../lib/io/config/parse.ts';
import { V } from '../../lib/io/config/variables.ts';
import { bold, dim } from '../../terminal/lines.ts';
import { withProgressMessage } from '../../terminal/progress.ts';
import { formatTable } from '../../terminal/table.ts';
import { type Context, helpText, type Report, type RunAction } from '../context.ts';
import { CliError, usageError } from '../failure.ts';
import { commandLine } from '../shell.ts';

/** A variable that only the env file of the localhost stack has. */
const DRILL_URL = 'REVOKER_DRILL_URL';
const TIMEOUT_MS = 30_000;
const RESTART = 'start it again: `npm start -- --watch`';

export function configureDrill(command: Command, runAction: RunAction): void {
  command
    .argument('[code]', 'reason code or alarm; `stop` ends an outage of the API; absent: lists them')
    .addHelpText(
      'after',
      helpText(
        [
          ['drill', 'list the drills'],
          ['drill held-limit', 'one source offboards more people than LIMITS allows'],
          ['drill stop', 'the API answers again, which it does by itself after five minutes'],
        ],
        '{"drills":[{"code","situation"}]}, {"code","situation","alarm","alarmText","deadLetters","runbook"},\n' +
          'or {"stopped":true}.',
      ),
    )
    .action((code: string | undefined) =>
      runAction((context) => withProgressMessage(context, 'asking the localhost stack', () => drill(context, code))),
    );
}

/** Works only with the localhost stack: no other stack has a drill server. */
export async function drill(context: Context, code: string | undefined): Promise<Report> {
  const url = new URL(`/${encodeURIComponent(code ?? '')}`, drillUrl(context));
  const { status, body } = await request(url, code === undefined ? 'GET' : 'POST');
  if (status === 404) {
    const codes = readDrills(body).map(([each]) => each);
    throw usageError('wrong-use', 'there is no such drill', `expected one of ${codes.join(', ')}`);
  }
  if (status !== 200)
    throw new CliError({ code: 'drill-failed', message: 'the localhost stack failed', next: RESTART });
  if (code === undefined) return listReport(context, readDrills(body));
  if (code === 'stop') return { json: { stopped: true }, lines: [['The API answers again.']] };
  return situationReport(context, code, body);
}

type Json = Readonly<Record<string, unknown>>;

const readDrills = ({ drills }: Json): readonly (readonly [code: string, situation: string])[] =>
  Array.isArray(drills) ? drills.filter(isRecord).map((each) => [String(each.code), String(each.situation)]) : [];

const listReport = ({ terminal }: Context, drills: ReturnType<typeof readDrills>): Report => ({
  json: { drills: drills.map(([code, situation]) => ({ code, situation })) },
  lines: formatTable({
    header: ['drill', 'situation'],
    rows: drills.map((row) => [...row]),
    width: terminal.columns,
    wrap: true,
  }),
});

function situationReport(context: Context, code: string, body: Json): Report {
  const [situation, alarm, alarmText] = [String(body.situation), String(body.alarm), String(body.alarmText)];
  const deadLetters = Number(body.deadLetters);
  const runbook = `${context.env[V.runbookUrl.name] || V.runbookUrl.fallback}#alarm-${alarm.replaceAll(' ', '-')}`;
  const steps =
    deadLetters > 0
      ? [commandLine(context, 'dlq list'), commandLine(context, 'dlq show <id>')]
      : [commandLine(context, 'doctor'), commandLine(context, 'drill stop')];
  return {
    json: { code, situation, alarm, alarmText, deadLetters, runbook },
    lines: [
      [bold(`Alarm: ${alarm}`)],
      [`${alarmText} ${runbook}`],
      [],
      [dim(`situation: ${situation}`)],
      ['next:'],
      ...steps.map((step) => ['  ', bold(step)]),
      [
        deadLetters > 0
          ? 'The drill is over when `dlq list` no longer has it.'
          : 'The outage ends by itself after five minutes.',
      ],
    ],
  };
}

function drillUrl({ env, settingsChangedAt }: Context): URL {
  const urls = [env[DRILL_URL], env.URGENT_QUEUE_URL, env.DEAD_LETTER_QUEUE_URL, env.COREWEAVE_API_URL].map((text) =>
    text === undefined ? null : URL.parse(text),
  );
  const [url] = urls;
  const isLocal = settingsChangedAt === undefined && urls.every((each) => each !== null && isLoopback(each));
  if (isLocal && url !== null && url !== undefined) return url;
  const next = 'run `npm start -- --watch`, and use the function `revoker` that it prints';
  throw usageError('drill-refused', 'a drill runs on the localhost stack only', next);
}

async function request(url: URL, method: 'GET' | 'POST'): Promise<{ readonly status: number; readonly body: Json }> {
  try {
    const response = await fetch(url, { method, redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
    const body: unknown = await response.json();
    return { status: response.status, body: isRecord(body) ? body : {} };
  } catch {
    throw new CliError({ code: 'drill-failed', message: 'the localhost stack does not answer', next: RESTART });
  }
}
