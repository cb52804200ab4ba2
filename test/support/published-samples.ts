/** Payloads that senders have published, byte for byte. */
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../fixtures/samples/', import.meta.url));

/** Example values that look like secrets. They are put together here so that no committed file contains one. */
const PLACEHOLDERS: Readonly<Record<string, readonly string[]>> = {
  'adafruit-key': ['aio', '_', 'X'.repeat(28)],
  'aws-key-id': ['AKIA', 'IOSFODNN7', 'EXAMPLE'],
  'coreweave-secret': ['cwo', '1234567890', 'abcdefghijklmnopqrstuvwxyz', '1234'],
  'github-token': ['cb4985f91f', '740272c023', '4202299f43', '808034d7f5'],
  'gitlab-token': ['glpat', '-', 'X'.repeat(20)],
  'mailchimp-key': ['X'.repeat(32), '-us2'],
  'partner-token': ['NMIfyYncKcRAL', 'EXAMPLE'],
  'webhook-secret': ['whsec', '-', 'MfKQ9r8GKYqrTwjU', 'PD8ILPZIo2LaLaSw'],
};

/** All samples, as `<sender>/<file>`. */
export const PUBLISHED: readonly string[] = globSync('*/*.json', { cwd: FOLDER }).toSorted();

export const readStored = (file: string): string => readFileSync(`${FOLDER}${file}`, 'utf8');

/** The text of a sample as it was published. */
export const readPublished = (file: string): string =>
  readStored(file).replace(/<<([a-z-]+)>>/g, (marker, name: string) => PLACEHOLDERS[name]?.join('') ?? marker);
