import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { type LogEvent, readLogFile } from '../../../cli/audit/log-files.ts';
import { startEnvironment } from '../../support/audit-chains.ts';
import { seededChance } from '../../support/seeded-chance.ts';

const environment = startEnvironment(seededChance(1));
for (let n = 0; n < 40; n += 1) environment.revoke(`alert-${n}`);
const { lines } = environment;
const [A = '', B = ''] = lines;

const folder = mkdtempSync(join(tmpdir(), 'logs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let made = 0;
const fileOf = (content: string | Uint8Array): string => {
  made += 1;
  const path = join(folder, String(made));
  writeFileSync(path, content);
  return path;
};

async function* chunks(...parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}
async function all(path: string, stdin: AsyncIterable<Uint8Array> = chunks()): Promise<readonly LogEvent[]> {
  const events: LogEvent[] = [];
  for await (const event of readLogFile(path, stdin)) events.push(event);
  return events;
}

describe('a file with an exported log', () => {
  it('is read line by line, with the place of each record', async () => {
    const path = fileOf(
      `START\n${A}\n\n{"events":[{"message":${JSON.stringify(A)}},{"message":${JSON.stringify(B)}}]}`,
    );
    expect(await all(path)).toEqual([
      { file: path, line: 2, text: A },
      { file: path, line: 4, part: 1, text: A },
      { file: path, line: 4, part: 2, text: B },
    ]);
  });

  it.each([
    ['packed', gzipSync(lines.join('\n'))],
    ['packed in parts, one after the other', Buffer.concat([gzipSync(`${A}\n`), gzipSync(lines.slice(1).join('\n'))])],
  ])('may be %s, whatever it is called', async (_, content) => {
    expect((await all(fileOf(content))).map(({ text }) => text)).toEqual(lines);
  });

  it('may be in UTF-16, as Windows PowerShell writes it', async () => {
    const content = Buffer.from(`\ufeff${lines.join('\r\n')}\r\n`, 'utf16le');
    expect((await all(fileOf(content))).map(({ text }) => text)).toEqual(lines);
    const pieces = [content.subarray(0, 4_001), content.subarray(4_001)];
    expect((await all('-', chunks(...pieces))).map(({ text }) => text)).toEqual(lines);
  });

  it('may come on stdin, packed or not, in pieces of any size', async () => {
    const bytes = Buffer.from(lines.join('\n'));
    const pieces = Array.from({ length: Math.ceil(bytes.length / 7_001) }, (_, n) =>
      bytes.subarray(n * 7_001, (n + 1) * 7_001),
    );
    expect((await all('-', chunks(...pieces))).map(({ text }) => text)).toEqual(lines);
    expect(await all('-', chunks(gzipSync(`\n${A}`)))).toEqual([{ file: 'stdin', line: 2, text: A }]);
  });

  it('may begin with a byte order mark, and have characters and line feeds at the end of a piece', async () => {
    const text = `\ufeff${A}\n{"events":[{"message":"revocation-audit é𝕏"}]}\n${B}`;
    const expected = [
      { file: 'stdin', line: 1, text: A },
      { file: 'stdin', line: 2, text: 'revocation-audit é𝕏' },
      { file: 'stdin', line: 3, text: B },
    ];
    const bytes = Buffer.from(text);
    for (const size of [1, 2, 3, A.length + 4, bytes.length]) {
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) =>
        bytes.subarray(n * size, (n + 1) * size),
      );
      expect(await all('-', chunks(...pieces))).toEqual(expected);
    }
  });

  it('may be what Firehose makes of a subscription: documents packed apart, one behind the other', async () => {
    const document = (message: string) => JSON.stringify({ messageType: 'DATA_MESSAGE', logEvents: [{ message }] });
    const path = fileOf(Buffer.concat([A, B, A].map((each) => gzipSync(document(each)))));
    expect(await all(path)).toEqual([
      { file: path, line: 1, text: A },
      { file: path, line: 2, text: B },
      { file: path, line: 3, text: A },
    ]);
  });

  it('may be empty', async () => {
    expect([await all(fileOf('')), await all('-')]).toEqual([[], []]);
  });

  it.each([
    ['that is not there', () => join(folder, 'none'), { code: 'log-unreadable', detail: 'ENOENT' }],
    ['that is a folder', () => folder, { code: 'log-unreadable', detail: 'EISDIR' }],
    [
      'whose gzip was cut',
      () => fileOf(gzipSync(lines.join('\n')).subarray(0, -40)),
      { code: 'log-damaged', detail: 'Z_BUF_ERROR' },
    ],
    [
      'whose gzip was changed',
      () => fileOf(gzipSync(lines.join('\n')).fill(0x55, 100, 200)),
      { code: 'log-damaged', detail: expect.stringMatching(/^Z_/) },
    ],
  ])('%s is refused, and nothing in it is quoted', async (_, path, expected) => {
    const file = path();
    await expect(all(file)).rejects.toMatchObject({ name: 'LogFileError', file, ...expected });
  });
});
