/** The sections of the runbook are short, and end in a decision. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { linesOf, shellBlocksIn } from './shell.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const RUNBOOK = readFileSync(join(ROOT, 'RUNBOOK.md'), 'utf8');
const MAX_STEPS = 5;
/** Changes the dead letter, or asks before it does. */
const DECISION = /^revoker dlq (?:replay(?!.* --dry-run)|discard) /;

/** Reasons and alarms: the sections that operators look up. */
const SECTIONS = RUNBOOK.split(/^### /m)
  .slice(1)
  .map((text) => {
    const [heading = ''] = text.split('\n', 1);
    const own = text.split(/^# /m)[0] ?? '';
    return {
      heading,
      parts: [...own.matchAll(/^- \*\*(.+?)\*\*/gm)].map(([, name]) => name),
      commands: shellBlocksIn(own).flatMap(linesOf),
    };
  });
const OF_REASONS = SECTIONS.filter(({ heading }) => heading.startsWith('`'));

describe('RUNBOOK.md', () => {
  it('says in each section what it means, how to investigate and how to fix it', () => {
    expect(SECTIONS.length).toBeGreaterThan(50);
    expect(SECTIONS.filter(({ parts }) => parts.slice(0, 3).join() !== 'Meaning,Investigate,Fix')).toEqual([]);
  });

  it('needs at most five commands in each section', () => {
    expect(SECTIONS.filter(({ commands }) => commands.length > MAX_STEPS)).toEqual([]);
  });

  it('gives the commands of each reason code, of which one replays or discards', () => {
    expect(OF_REASONS.filter(({ commands }) => !commands.some((line) => DECISION.test(line)))).toEqual([]);
    expect(OF_REASONS.filter(({ parts }) => parts.at(-1) !== 'Replay or discard')).toEqual([]);
  });
});
