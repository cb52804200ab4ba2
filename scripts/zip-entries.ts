/** Reads the table of contents of a zip (APPNOTE.TXT 6.3, 4.3.12 and 4.3.16; no zip64, no archive comment). */

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const END_BYTES = 22;

export interface ZipEntry {
  readonly name: string;
  /** Uncompressed. */
  readonly bytes: number;
}

/** The entries in their order. Throws an Error for bytes that are not a complete zip. */
export const zipEntries = (zip: Buffer): readonly ZipEntry[] => {
  const end = zip.length - END_BYTES;
  if (end < 0 || zip.readUInt32LE(end) !== END_OF_DIRECTORY) throw new Error('expected a zip without a comment');
  const entries: ZipEntry[] = [];
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    if (zip.readUInt32LE(at) !== DIRECTORY_ENTRY) throw new Error('expected an entry of the zip directory');
    const nameLength = zip.readUInt16LE(at + 28);
    const name = zip.toString('utf8', at + 46, at + 46 + nameLength);
    entries.push({ name, bytes: zip.readUInt32LE(at + 24) });
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return entries;
};
