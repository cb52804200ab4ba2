/** The command that a notice carries: taken by the real parser, through a real shell and a real npm, byte for byte. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, expect, it } from 'vitest';
import { configureDlqReplay, type ReplayOptions, toReplayRequest } from '../../../cli/dlq/replay.ts';
import { FAILURE_REASONS, HOLD_REASONS, type Reason } from '../../../lib/model/reasons.ts';
import { replayCommand } from '../../../lib/notify/replay-command.ts';
import { wrongUseOf } from '../../docs/program.ts';
import { revokerArguments } from '../../docs/shell.ts';

/** A package whose `revoker` prints its arguments as JSON; it stands for ours, which would do something. */
const folder = mkdtempSync(join(tmpdir(), 'release-'));
writeFileSync(join(folder, 'package.json'), JSON.stringify({ scripts: { revoker: 'node -- arguments.cjs' } }));
writeFileSync(join(folder, 'arguments.cjs'), 'process.stdout.write(JSON.stringify(process.argv.slice(2)));');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const inShell = (script: string): string =>
  execFileSync('sh', ['-c', script], { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
/** The words that the shell makes of a command. */
const wordsOf = (command: string): readonly string[] =>
  inShell(`npm() { printf '%s\\0' npm "$@"; }\n${command}`).split('\0').slice(0, -1);

/** What the command line would ask of a replay. */
async function requestIn(args: readonly string[]) {
  const command = new Command().exitOverride();
  configureDlqReplay(command, async () => {});
  await command.parseAsync(args, { from: 'user' });
  return toReplayRequest(command.opts<ReplayOptions>());
}

const HOSTILE = [
  ['plain', '//hr.example/acme', 'offboarding-7'],
  ['spaces and quotes', ' //hr "x" ', "it's 'held'' "],
  ['a way out', `'; touch stolen; echo '`, `$(touch stolen)\`touch stolen\`"$PATH"\\`],
  ['an option', '--approve', '-h'],
  ['signs of the shell', '!! & | > < * ? ~ # {a,b} %PATH% ^', '=a=b'],
] as const;

it.each(HOSTILE)('means that one event, whatever it is called: %s', async (_, source, id) => {
  const words = wordsOf(replayCommand('held-limit', { source, id }));
  const args = revokerArguments(words) ?? [];
  expect(await wrongUseOf(args)).toBeUndefined();
  expect(await requestIn(args.slice(2))).toEqual({
    filter: { reason: 'held-limit', source, eventId: id },
    approve: true,
  });
});

it('passes through npm as it is', () => {
  const [, source, id] = HOSTILE[2];
  const args = JSON.parse(inShell(replayCommand('unmappable', { source, id })));
  expect(args).toEqual(['dlq', 'replay', '--reason=unmappable', `--source=${source}`, `--event-id=${id}`]);
  expect(inShell('ls')).toBe('arguments.cjs\npackage.json\n');
});

it('is right for every reason that has one', async () => {
  const reasons: readonly Reason[] = [...FAILURE_REASONS, ...HOLD_REASONS];
  const commands = reasons
    .map((reason) => ({ reason, command: replayCommand(reason, { source: '//a', id: 'b' }) }))
    .filter(({ command }) => command !== '');
  expect(commands.length).toBeGreaterThan(10);
  for (const { reason, command } of commands) {
    const args = revokerArguments(wordsOf(command)) ?? [];
    expect(await requestIn(args.slice(2))).toMatchObject({ filter: { reason, source: '//a', eventId: 'b' } });
  }
});
