import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { afterAll, describe, expect, it } from 'vitest';
import { parseAge, readInput } from '../../cli/arguments.ts';
import { fakeTerminal } from '../support/fake-terminal.ts';

const DAY_MS = 86_400_000;

describe('parseAge', () => {
  it.each([
    ['0s', 0],
    ['45s', 45_000],
    ['90m', 5_400_000],
    ['90min', 5_400_000],
    ['2h', 7_200_000],
    ['3d', 3 * DAY_MS],
    ['2w', 14 * DAY_MS],
    ['400d', 400 * DAY_MS],
    ['PT90M', 5_400_000],
    ['P2W', 14 * DAY_MS],
    ['P400D', 400 * DAY_MS],
  ])('reads %s', (text, ms) => {
    expect(parseAge(text)).toBe(ms);
  });

  it.each(['401d', 'P401D', '58w', 'P58W', '999999w', '9601h', 'PT9601H'])('refuses %s: more than 400 days', (text) => {
    const refused = new InvalidArgumentError('expected an age of at most 400 days, such as 90m, 2h, 3d or PT90M');
    expect(() => parseAge(text)).toThrow(refused);
  });

  it.each(['', '3', 'd', '-1d', '1.5h', '3D', '3 d', '1y', '1234567s', 'P1Y'])('refuses "%s"', (text) => {
    expect(() => parseAge(text)).toThrow(InvalidArgumentError);
  });
});

describe('readInput', () => {
  const folder = mkdtempSync(join(tmpdir(), 'input-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'people.csv');
  const stdin = (bytes: Uint8Array) => ({
    ...fakeTerminal(),
    async *readBytes() {
      // In the middle of a character.
      yield bytes.subarray(0, 2);
      yield bytes.subarray(2);
    },
  });

  it.each([
    ['UTF-8', Buffer.from('Müller\r\n')],
    ['UTF-8 with a mark', Buffer.from('\uFEFFMüller\r\n')],
    ['UTF-16 of PowerShell', Buffer.from('\uFEFFMüller\r\n', 'utf16le')],
  ])('reads %s from a file and from stdin', async (_, bytes) => {
    writeFileSync(path, bytes);
    expect(await readInput(fakeTerminal(), path)).toBe('Müller\r\n');
    expect(await readInput(stdin(bytes), '-')).toBe('Müller\r\n');
  });

  it('refuses Latin-1, in which a name would be read as another one', async () => {
    const bytes = Buffer.from('Müller\r\n', 'latin1');
    writeFileSync(path, bytes);
    const refused = (name: string) => ({
      failure: { code: 'file-unusable', message: `${name} is neither UTF-8 nor UTF-16`, exitCode: 2 },
    });
    await expect(readInput(fakeTerminal(), path)).rejects.toMatchObject(refused(path));
    await expect(readInput(stdin(bytes), '-')).rejects.toMatchObject(refused('stdin'));
  });
});
