/** Limits that Biome does not check: the length of lines, comments included, and files too short to stand alone. */
import { describe, expect, it } from 'vitest';
import { readFiles } from './code.ts';
import { fragments, longLines } from './limits.ts';

/** Short files of `lib` that are no fragments, and why. */
const ALLOWED_SHORT: Readonly<Record<string, string>> = {
  'lib/io/aws/warm-up.ts': 'loads SDK clients for one handler; in sdk.ts it would concern every adapter',
  'lib/io/undici-pool.d.ts': 'types for a file of a package that has none',
  'lib/model/lane.ts':
    'shared by ingest, dead-letters and two commands; plan.ts, which it builds on, is imported by more',
  'lib/model/queue-settings.ts':
    'held against the template by a test, read by the localhost stack, the simulation and doctor',
  'lib/model/reconcile.ts': 'read by the pipeline, the senders and the CLI; layers above may not be imported',
  'lib/model/token-expiry.ts': 'shared by the metric, the self-check and doctor, which know nothing else of each other',
  'lib/model/version.ts': 'read by audit records, the CLI and the release',
  'lib/runtime/deadline.ts': 'shared by coreweave, ledger, revoke, consume and ingest',
  'lib/runtime/error-code.ts': 'shared by consume, ingest, notify, replay and the CLI',
};

describe('limits', () => {
  const files = readFiles();

  it('keep lines to 120 characters', () => expect(longLines(files)).toEqual({}));

  it('keep fragments out of lib', () => {
    expect(fragments(files)).toEqual(Object.keys(ALLOWED_SHORT));
  });

  it('count lines of more than 120 characters by folder', () => {
    const texts = {
      'lib/a.ts': `${'x'.repeat(121)}\n${'x'.repeat(120)}\n`,
      'lib/b.ts': 'x'.repeat(200),
      'cli/c.ts': 'x',
    };
    expect(longLines(new Map(Object.entries(texts)))).toEqual({ 'lib/': 2 });
  });

  it('find files of lib with fewer than 15 lines', () => {
    const texts = { 'lib/a.ts': 'x\n'.repeat(14), 'lib/b.ts': 'x\n'.repeat(15), 'cli/c.ts': 'x\n' };
    expect(fragments(new Map(Object.entries(texts)))).toEqual(['lib/a.ts']);
  });
});
