/** Unpacks a zip as Lambda does: entries as stored, nothing else. (APPNOTE.TXT 6.3, 4.3.7 and 4.3.12; no zip64) */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inflateRawSync } from 'node:zlib';

const END_BYTES = 22;
const LOCAL_HEADER_BYTES = 30;
const DEFLATED = 8;

/** Writes the entries of `zip` into `folder`. */
export const unzip = (zip: Buffer, folder: string): void => {
  const end = zip.length - END_BYTES;
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((offset) => zip.readUInt16LE(at + offset));
    const name = zip.toString('utf8', at + 46, at + 46 + Number(nameBytes));
    const path = join(folder, name);
    if (!name.endsWith('/')) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, contentOf(zip, at));
    }
    at += 46 + Number(nameBytes) + Number(extraBytes) + Number(commentBytes);
  }
};

const contentOf = (zip: Buffer, entry: number): Buffer => {
  const header = zip.readUInt32LE(entry + 42);
  const from = header + LOCAL_HEADER_BYTES + zip.readUInt16LE(header + 26) + zip.readUInt16LE(header + 28);
  const stored = zip.subarray(from, from + zip.readUInt32LE(entry + 20));
  return zip.readUInt16LE(entry + 10) === DEFLATED ? inflateRawSync(stored) : stored;
};
