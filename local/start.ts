/** `npm start`: the product on real parts, with a day's worth of events. Exits 0 only if each one ended as expected. */
import { parseArgs } from 'node:util';
import type { Entry } from './demo/journal.ts';
import { type Report, runDemo } from './demo/run.ts';
import { keyId } from './demo/scenario.ts';
import { type Paint, painter, table } from './demo/table.ts';
import type { Stack } from './stack.ts';

const USAGE = `usage: npm start [-- --watch | --json]
  --watch  stay up afterwards, with the queues' URLs, until Ctrl-C
  --json   print one line of JSON in the end, and nothing else`;

const paint = painter(process.stdout.isTTY === true, process.env);
const say = (line = ''): void => void process.stdout.write(`${line}\n`);

function options(): { readonly watch: boolean; readonly json: boolean } {
  try {
    const { values } = parseArgs({ options: { watch: { type: 'boolean' }, json: { type: 'boolean' } } });
    return { watch: values.watch ?? false, json: values.json ?? false };
  } catch {
    process.stderr.write(`${USAGE}\n`);
    process.exit(2);
  }
}

const GOOD = new Set(['confirmed', 'not-found', 'no-keys', 'duplicate', 'would-revoke', 'reinstated']);

const coloured = (code: string): string => {
  if (GOOD.has(code)) return paint(code, 'green');
  return paint(code, code.startsWith('held-') || code.startsWith('api-') ? 'yellow' : 'dim');
};

const liveLine = (began: number, name: string, { at, phase, code, late }: Entry): string => {
  const seconds = `${((at - began) / 1_000).toFixed(2)} s`;
  const word = phase === 'intent' ? paint('calls the API', 'dim') : coloured(code);
  return `${paint(seconds.padStart(8), 'dim')}  ${name.slice(0, 24).padEnd(24)}  ${word}${late ? ' (late key)' : ''}`;
};

const duration = (ms: number | undefined): string => (ms === undefined ? '-' : `${(ms / 1_000).toFixed(2)} s`);

function print({ events, letters, depths, live, faults }: Report, colour: Paint): void {
  const rows = events.map(({ step, last, attempts, tookMs }) => [
    step.name,
    step.target,
    last,
    String(attempts),
    duration(tookMs),
  ]);
  say();
  for (const line of table(['event', 'target', 'outcome', 'calls', 'time'], rows)) say(line);
  say();
  for (const line of table(
    ['queue', 'messages'],
    [
      ['urgent', String(depths.urgent)],
      ['bulk', `${depths.bulk} (follow-up checks, due in a minute)`],
      ['dead letters', String(depths.deadLetters)],
    ],
  )) {
    say(line);
  }
  say();
  for (const line of table(
    ['dead letter', 'event'],
    letters.map(({ reason, event }) => [reason, event || '(none)']),
  ))
    say(line);
  say();
  say(`Keys still live, as they should be: ${live.map((id) => id.replace(/^CWDEMO0*/, '…')).join(' ')}`);
  say();
  for (const fault of faults) say(colour(`not as expected: ${fault}`, 'red'));
  say(
    faults.length === 0
      ? colour(`All ${events.length} events ended as expected.`, 'green')
      : colour(`${faults.length} things were not as expected.`, 'red'),
  );
}

/** Stays up until Ctrl-C, and says how to send an event of one's own. */
async function linger({ queues, sqsEndpoint }: Stack): Promise<void> {
  const event = {
    specversion: '1.0',
    type: 'credential.compromised.v1',
    id: 'my-event',
    source: '//my.example',
    time: new Date().toISOString(),
    data: { accessKeyId: keyId('BYSTANDER') },
  };
  const message = { QueueUrl: queues.urgent.url, MessageBody: JSON.stringify(event) };
  say();
  for (const line of table(
    ['queue', 'URL'],
    Object.entries(queues).map(([name, { url }]) => [name, url]),
  ))
    say(line);
  say();
  say('Send an event of your own:');
  say(
    `  curl -s ${sqsEndpoint} -H 'content-type: application/x-amz-json-1.0' -H 'x-amz-target: AmazonSQS.SendMessage' \\`,
  );
  say(`    -d '${JSON.stringify(message)}'`);
  say('or, with any AWS credentials set:');
  say(
    `  aws sqs send-message --endpoint-url ${sqsEndpoint} --queue-url ${queues.urgent.url} --message-body '${message.MessageBody}'`,
  );
  say();
  say('Ctrl-C ends it.');
  await new Promise<void>((resolve) => process.once('SIGINT', () => resolve()));
}

const { watch, json } = options();
const began = Date.now();
if (!json) say('Starting queues, ledger, schedules and the API on loopback …');
const report = await runDemo(
  {
    onEntry: (name, entry) => (json ? undefined : say(liveLine(began, name, entry))),
    onLog: () => undefined,
  },
  watch ? linger : undefined,
);
if (json) say(JSON.stringify({ ok: report.faults.length === 0, ...report }));
else print(report, paint);
process.exitCode = report.faults.length === 0 ? 0 : 1;
