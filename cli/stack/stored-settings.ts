/** Reads the settings that a deployment has stored: deploy/settings.cjs writes them. */
import { brotliDecompressSync } from 'node:zlib';
import { isRecord } from '../../events/shapes.ts';
import { sha256 } from '../../lib/io/node.ts';
import type { StoredSetting } from '../io/stack-reader.ts';

/** Number and SHA-256 of the parts of the files. */
const FILES = 'REVOKER_FILES';
/** Far more than the parts can hold; against a compressed text that expands without end. */
const MAX_FILES_BYTES = 16 * 1_048_576;

export interface StoredSettings {
  /** Variables of the functions by name; a value that is a file in the package has that file's text. */
  readonly variables: Readonly<Record<string, string>>;
  /** When they last changed, epoch ms. */
  readonly changedAt: number;
}

/** Undefined: they are incomplete, as during a deployment, or not from this program. `path` has no slash at its end. */
export function parseStoredSettings(path: string, stored: readonly StoredSetting[]): StoredSettings | undefined {
  const text = stored.find(({ name }) => name === `${path}/variables`)?.value;
  if (text === undefined) return undefined;
  const { [FILES]: summary = '', ...variables } = parseVariables(text);
  const parts = stored.filter(({ name }) => name.startsWith(`${path}/files/`)).map(({ value }) => value);
  if (summary !== `${parts.length} ${sha256(parts.join(''))}`) return undefined;
  const files = parts.length === 0 ? {} : unpackFiles(parts.join(''));
  if (files === undefined) return undefined;
  return { variables: { ...variables, ...files }, changedAt: Math.max(...stored.map(({ changedAt }) => changedAt)) };
}

/** A value may have lines of its own: JSON texts do, and no line of JSON begins like a variable. */
const parseVariables = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    text.split(/\n(?=[A-Z][A-Z0-9_]*=|$)/).flatMap((line) => {
      const [, name, value] = /^([A-Z][A-Z0-9_]*)=([\s\S]*)$/.exec(line) ?? [];
      return name === undefined || value === undefined ? [] : [[name, value]];
    }),
  );

function unpackFiles(text: string): Readonly<Record<string, string>> | undefined {
  try {
    const bytes = brotliDecompressSync(Buffer.from(text, 'base64'), { maxOutputLength: MAX_FILES_BYTES });
    const files: unknown = JSON.parse(bytes.toString());
    if (!isRecord(files)) return undefined;
    const entries = Object.entries(files).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
    return Object.fromEntries(entries);
  } catch {
    return undefined;
  }
}
