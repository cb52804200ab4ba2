/** `revoker audit verify` over files, as a person and as a script would run it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { run } from '../../../cli/run.ts';
import { CONFIRMED, INTENT, startEnvironment, tickingClock } from '../../support/audit-chains.ts';
import { fakeTerminal } from '../../support/fake-terminal.ts';
import { incidentLog } from '../../support/incident-log.ts';
import { seededChance } from '../../support/seeded-chance.ts';
import { runProgram } from '../stand.ts';

const folder = mkdtempSync(join(tmpdir(), 'verify-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let made = 0;
const fileOf = (content: string | Uint8Array): string => {
  made += 1;
  const path = join(folder, `${made}.log`);
  writeFileSync(path, content);
  return path;
};
async function verify(args: readonly string[], input = '') {
  const terminal = fakeTerminal({ input });
  const code = await run(['audit', 'verify', ...args], { terminal, env: {} });
  return { code, out: terminal.out, err: terminal.err };
}

const LINES = incidentLog();
const TEXT = `${LINES.join('\n')}\n`;
const NOTE =
  'To find a log that was rewritten to its end, or cut after a checkpoint, pass the locked copy with --heads.\n';
const SUMMARY = `intact: 52 records in 3 chains, 3 closed\n2026-11-23T09:30:01.100Z to 2026-11-23T09:40:40.000Z\n`;

describe('revoker audit verify', () => {
  it.each([
    ['lines', TEXT],
    ['gzip', gzipSync(TEXT)],
    ['an answer of filter-log-events', JSON.stringify({ events: LINES.map((message) => ({ message })) }, null, 4)],
    [
      'a subscription',
      LINES.map((message) => JSON.stringify({ messageType: 'DATA_MESSAGE', logEvents: [{ message }] })).join(''),
    ],
  ])('ends with 0 for a whole log as %s', async (_, content) => {
    expect(await verify([fileOf(content)])).toEqual({ code: 0, out: SUMMARY + NOTE, err: '' });
  });

  it('reads stdin, as a process too', async () => {
    expect(await runProgram(['audit', 'verify', '-'], { input: TEXT })).toEqual({
      code: 0,
      stdout: SUMMARY + NOTE,
      stderr: '',
    });
  });

  it('ends with 1 for a log that was changed, and says where and what', async () => {
    const path = fileOf(`${LINES.with(2, (LINES[2] ?? '').replace('"attempt":1', '"attempt":2')).join('\n')}\n`);
    const {
      metadata,
      attestation_list: [{ chain_uid: chain }],
    } = JSON.parse(LINES[2] ?? '');
    const { code, out, err } = await verify([path]);
    expect({ code, err }).toEqual({ code: 1, err: '' });
    expect(out).toBe(
      `${SUMMARY.replace('intact', 'broken')}${path}:3 edited: hash mismatch: the record was changed\n` +
        `  record ${metadata.uid}, sequence 3, chain ${chain}\n`,
    );
    const json = await verify([path, '--json']);
    expect(json.code).toBe(1);
    expect(JSON.parse(json.out)).toEqual({
      verdict: 'broken',
      records: 52,
      chains: 3,
      closed: 3,
      copies: 0,
      cut: 0,
      from: '2026-11-23T09:30:01.100Z',
      to: '2026-11-23T09:40:40.000Z',
      findings: [
        {
          kind: 'edited',
          file: path,
          line: 3,
          chain,
          sequence: 3,
          uid: metadata.uid,
          meaning: 'hash mismatch: the record was changed',
        },
      ],
      totals: { edited: 1 },
    });
  });

  it('ends with 1 for a log whose end is missing, unless it is a window of time', async () => {
    const cut = fileOf(LINES.slice(6, -2).join('\n'));
    expect((await verify([cut])).code).toBe(1);
    const window = await verify([cut, '--window']);
    expect(window.code).toBe(0);
    expect(window.out).toContain('ends of chains, or replays, outside of the window');
  });

  it('answers an intent by an outcome in a file that was read before', async () => {
    const clock = tickingClock();
    const [crashed, next] = [
      startEnvironment(seededChance(1), { clock }),
      startEnvironment(seededChance(2), { clock }),
    ];
    crashed.write(INTENT, 'a');
    crashed.checkpoint();
    next.write(CONFIRMED, 'a');
    next.checkpoint();
    const [before, after] = [fileOf(crashed.lines.join('\n')), fileOf(next.lines.join('\n'))];
    expect((await verify([after, before])).code).toBe(0);
    expect((await verify([before])).out).toContain(`${before}:1 open-intent: `);
  });

  it('takes order and copies for no fault with --unordered', async () => {
    const path = fileOf([...LINES.slice(1, 3), LINES[0], ...LINES.slice(2)].join('\n'));
    expect((await verify([path])).code).toBe(1);
    const unordered = await verify([path, '--unordered']);
    expect(unordered).toMatchObject({ code: 0, err: '' });
    expect(unordered.out).toContain('1 copy of a record that was there before');
  });

  it('finds what was rewritten beside records that were kept elsewhere', async () => {
    const kept = fileOf(gzipSync(TEXT));
    const path = fileOf(LINES.filter((line) => !line.includes('revoke-bulk:7')).join('\n'));
    expect((await verify([path])).code).toBe(0);
    const beside = await verify([path, '--heads', kept]);
    expect(beside.code).toBe(1);
    expect(beside.out).toContain('(in no file) chain-missing: a chain that was kept elsewhere is not in the log');
    expect(await verify([fileOf(TEXT), '--heads', kept])).toEqual({ code: 0, out: SUMMARY, err: '' });
  });

  it('finds beside the copy that all records of a killed environment are missing', async () => {
    const killed = startEnvironment(seededChance(3));
    killed.write(INTENT, 'a');
    const kept = fileOf([...LINES, ...killed.lines].join('\n'));
    const beside = await verify([fileOf(TEXT), '--heads', kept]);
    expect(beside.code).toBe(1);
    expect(beside.out).toContain('(in no file) chain-missing: ');
  });

  it('compares with nothing only where it says so: a copy without a record is refused', async () => {
    const ended = await verify([fileOf(TEXT), '--heads', fileOf('{"code":"retry"}\n')]);
    expect(ended).toMatchObject({ code: 1, out: '' });
    expect(ended.err).toContain('error [no-records] the files after --heads have no record of a chain');
  });

  it.each([
    ['after one --heads, as a shell expands a glob', (kept: readonly string[]) => ['--heads', ...kept]],
    ['each after its own --heads', (kept: readonly string[]) => kept.flatMap((file) => ['--heads', file])],
  ])('takes several files of the copy %s', async (_, heads) => {
    const isLast = (line: string): boolean => line.includes('revoke-bulk:7');
    const parts = [LINES.filter((line) => !isLast(line)), LINES.filter(isLast)];
    const kept = heads(parts.map((lines) => fileOf(gzipSync(`${lines.join('\n')}\n`))));
    expect(await verify([fileOf(TEXT), ...kept])).toEqual({ code: 0, out: SUMMARY, err: '' });
    const cut = await verify([fileOf(`${parts[0]?.join('\n')}\n`), ...kept]);
    expect(cut.code).toBe(1);
    expect(cut.out).toContain('(in no file) chain-missing: ');
  });

  it.each([
    ['a file that is not there', ['/nowhere/x.gz'], 2, 'error [file-unusable] /nowhere/x.gz does not exist'],
    ['no file', [], 2, "missing required argument 'files'"],
    ['no file before --heads', ['--heads', 'locked.gz', '-'], 2, "missing required argument 'files'"],
    ['stdin twice', ['-', '-'], 2, 'stdin can be read only once'],
    ['a log without a record', ['-'], 1, 'error [no-records] there is no audit record in it'],
  ])('refuses %s', async (_, args, code, words) => {
    const ended = await verify(args, '{"code":"retry"}\n');
    expect(ended).toMatchObject({ code, out: '' });
    expect(ended.err).toContain(words);
  });

  it('prints nothing of a hostile record raw', async () => {
    const hostile = (LINES[0] ?? '')
      .replace(/"chain_uid":"[^"]+"/, '"chain_uid":"\\u001b[2J\\u202e"')
      .replace(/,"attempt":1/, '');
    const { code, out } = await verify(['-'], hostile);
    expect(code).toBe(1);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
    expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(out).toContain('chain \\u001b[2J\\u202e');
  });
});
