/** The check of a template in a process of its own. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Finding } from '../../scripts/template-findings.ts';

const CHECK = new URL('../../scripts/template-findings.ts', import.meta.url).href;
const PROGRAM = `
  import { templateFindings } from ${JSON.stringify(CHECK)};
  process.stdout.write(JSON.stringify(templateFindings(process.argv[1])));
`;

/**
 * What `templateFindings` returns. The memory of its WebAssembly grows so often that V8 collects garbage most of the
 * time: with the heap of a test worker that takes four times as long, and with threads twice as long.
 */
export async function findingsOf(path: string): Promise<readonly Finding[]> {
  const flags = ['--single-threaded-gc', '--input-type=module', '--eval'];
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, PROGRAM, path]);
  return JSON.parse(stdout);
}
