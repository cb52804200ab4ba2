import { describe, expect, it } from 'vitest';
import { decodeText, decodeWholeText } from '../../events/text-encoding.ts';

const TEXT = '[{"a":"é\u{1f511}"}]\r\n';
const utf16be = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();

describe('decodeText', () => {
  it.each([
    ['UTF-8', Buffer.from(TEXT)],
    ['UTF-8 with a mark', Buffer.from(`\uFEFF${TEXT}`)],
    ['UTF-16 of PowerShell', Buffer.from(`\uFEFF${TEXT}`, 'utf16le')],
    ['UTF-16 without a mark', Buffer.from(TEXT, 'utf16le')],
    ['UTF-16, big end first', utf16be(`\uFEFF${TEXT}`)],
    ['UTF-16, big end first, without a mark', utf16be(TEXT)],
  ])('reads %s', (_name, bytes) => {
    expect(decodeText(bytes)).toBe(TEXT);
    expect(decodeWholeText(bytes)).toBe(TEXT);
  });

  it.each([
    ['nothing', [], ''],
    ['one byte', [0x61], 'a'],
    ['two bytes', [0x61, 0x00], 'a\0'],
    ['bytes that are no text', [0x61, 0xff, 0x62], 'a\uFFFDb'],
    ['zeros', [0, 0, 0, 0], '\0\0\0\0'],
    ['one zero', [0x61, 0, 0x62, 0x63], 'a\0bc'],
  ])('reads %s as UTF-8', (_name, bytes, text) => expect(decodeText(Uint8Array.from(bytes))).toBe(text));
});

describe('decodeWholeText', () => {
  it.each([
    ['bytes of Latin-1', [0x4d, 0xfc, 0x6c]],
    ['half a character', [0x61, 0xc3]],
    ['half a unit of UTF-16', [0xff, 0xfe, 0x61]],
  ])('reads no text in %s', (_name, bytes) => expect(decodeWholeText(Uint8Array.from(bytes))).toBeUndefined());
});
