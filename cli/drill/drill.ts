/** `revoker drill`: makes a situation of the runbook on the localhost stack, to practice on. */
import type { Command } from 'commander';
import { isRecord } from '../../events/shapes.ts';
import { isLoopback } from '../../lib/io/config/parse.ts';
import { bold } from '../../terminal/lines.ts';
import { withProgressMessage } from '../../terminal/progress.ts';
import { type Context, helpText, type Report, type RunAction } from '../context.ts';
import { commandLine } from '../event.ts';
import { CliError, usageError } from '../failure.ts';

/** A variable that only the env file of the localhost stack has. */
const DRILL_URL = 'REVOKER_DRILL_URL';
const TIMEOUT_MS = 30_000;

export function configureDrill(command: Command, runAction: RunAction): void {
  command
    .argument('[code]', 'reason code or alarm; `stop` ends an outage of the API; absent: lists them')
    .addHelpText(
      'after',
      helpText(
        [
          ['drill --env-file local.env', 'list the drills'],
          ['drill held-limit --env-file local.env', 'one offboarding too many of one source'],
          ['drill stop --env-file local.env', 'the API answers again'],
        ],
        '{"codes":[…]}, {"code","alarm","deadLetters","runbook"}, or {"stopped":true}.',
      ),
    )
    .action((code: string | undefined) =>
      runAction((context) => withProgressMessage(context, 'making the situation', () => drill(context, code))),
    );
}

/** Reaches nothing but a stack on loopback: no other stack has a place to ask. */
export async function drill(context: Context, code: string | undefined): Promise<Report> {
  const url = drillUrl(context);
  const target = new URL(`/${encodeURIComponent(code ?? '')}`, url);
  const { status, body } = await ask(target, code === undefined ? 'GET' : 'POST');
  const codes = Array.isArray(body.codes) ? body.codes.map(String) : [];
  if (status === 404) throw usageError('wrong-use', 'there is no such drill', `expected one of ${codes.join(', ')}`);
  if (status !== 200)
    throw new CliError({ code: 'drill-failed', message: 'the localhost stack failed', next: RESTART });
  if (code === undefined) return { json: { codes }, lines: codes.map((each) => [each]) };
  if (code === 'stop') return { json: { stopped: true }, lines: [['The API answers again.']] };
  return drillReport(context, code, body);
}

const RESTART = 'start it again: `npm start -- --watch`';

function drillReport(context: Context, code: string, body: Readonly<Record<string, unknown>>): Report {
  const alarm = String(body.alarm);
  const deadLetters = Number(body.deadLetters);
  const runbook = `RUNBOOK.md#alarm-${alarm.replaceAll(' ', '-')}`;
  return {
    json: { code, alarm, deadLetters, runbook },
    lines: [
      [bold(`Alarm: ${alarm}`)],
      [`runbook: ${runbook}`],
      [`next: ${commandLine(context, deadLetters > 0 ? 'dlq list' : 'doctor')}`],
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

async function ask(
  url: URL,
  method: 'GET' | 'POST',
): Promise<{ readonly status: number; readonly body: Readonly<Record<string, unknown>> }> {
  try {
    const response = await fetch(url, { method, redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
    const body: unknown = await response.json();
    return { status: response.status, body: isRecord(body) ? body : {} };
  } catch {
    throw new CliError({ code: 'drill-failed', message: 'the localhost stack does not answer', next: RESTART });
  }
}
