import { describe, expect, it } from 'vitest';
import { formatReport, formatReportJson } from '../../../local/demo/report.ts';
import type { DemoReport, EventResult } from '../../../local/demo/run.ts';
import { renderLine } from '../../../terminal/lines.ts';

const ended = (name: string, more: Partial<EventResult> = {}): EventResult => {
  const told = { trail: ['confirmed'], attempts: 1 };
  return { name, target: `CW${name.toUpperCase()}`, ...told, history: told, asExpected: true, ...more };
};
const check = { trail: ['late-keys: 0'], attempts: 0 };
const found = { trail: ['confirmed', 'late-keys: 1'], attempts: 1 };
const good: DemoReport = {
  events: [
    ended('leaked', { revokedInMs: 412 }),
    ended('garbage', {
      target: '',
      trail: ['unreadable'],
      attempts: 0,
      history: { trail: ['unreadable'], attempts: 0 },
    }),
  ],
  checks: [
    ended('check', { ...check, history: check }),
    ended('late', { ...found, history: { ...found, revokedAt: 412 }, revokedInMs: 412 }),
  ],
  deadLetters: [{ reason: 'unreadable', name: 'garbage', detail: 'expected JSON' }],
  depths: { urgent: 0, bulk: 0, dryRun: 0, deadLetters: 1 },
  keys: [
    { accessKeyId: 'CWLEAKED', owner: 'coreweave/app', live: false },
    { accessKeyId: 'CWBOSS', owner: 'coreweave/boss', live: true, survives: 'its owner is protected' },
  ],
  mismatches: [],
  tookMs: 10_790,
};
const failing: DemoReport = {
  ...good,
  events: [ended('leaked', { asExpected: false, history: { trail: [], attempts: 0 } })],
  keys: [{ accessKeyId: 'CWLEAKED', owner: 'coreweave/app', live: true }],
  mismatches: ['leaked: expected confirmed after 1 attempt, saw nothing after 0 attempts'],
};

describe('the report as text', () => {
  const textOf = (report: DemoReport) => formatReport(report, 100).map((line) => renderLine(line, false));

  it('has events, the check that revoked a key, queues, dead letters, active keys and a verdict', () => {
    expect(textOf(good)).toEqual([
      '',
      'event    target    outcome       calls  revoked in',
      '-------  --------  ------------  -----  ----------',
      'leaked   CWLEAKED  confirmed         1      0.41 s',
      'garbage  -         unreadable        0           -',
      'late     CWLATE    late-keys: 1      1      0.41 s',
      '',
      'Follow-up checks: 2 of 2 ran, within seconds instead of after 1, 6 and 21 minutes; 1 found a newly created key.',
      '',
      'queue         messages',
      '------------  --------',
      'urgent        0',
      'bulk          0',
      'dry run       0',
      'dead letters  1',
      '',
      'dead letter  event    why',
      '-----------  -------  -------------',
      'unreadable   garbage  expected JSON',
      '',
      'key still active  owner           why',
      '----------------  --------------  ----------------------',
      'CWBOSS            coreweave/boss  its owner is protected',
      '',
      'All 2 events and 2 follow-up checks ended as expected, in 10.79 s.',
    ]);
  });

  it('says in the end what was expected and what happened', () => {
    const lines = textOf(failing);
    expect(lines.slice(-4)).toEqual([
      'CWLEAKED          coreweave/app  must be revoked',
      '',
      'not as expected  leaked: expected confirmed after 1 attempt, saw nothing after 0 attempts',
      'Not as expected: 1. See above; it took 10.79 s.',
    ]);
    expect(lines).toContain('leaked  CWLEAKED  nothing           0           -');
  });

  it('has whole key IDs at 80 columns, beside the longest names of the demo', () => {
    const long = ended('leaked-by-eventbridge', { target: 'CWDEMO0000000BUS', revokedInMs: 1_412 });
    const refused = { trail: ['secret-like-target'], attempts: 0 };
    const events = [long, ended('refused', { ...refused, target: 'saml/returner@example.com', history: refused })];
    const lines = formatReport({ ...good, events }, 80).map((line) => renderLine(line, false));
    expect(lines[3]).toBe('leaked-by-eventbridge  CWDEMO0000000BUS    confirmed               1      1.41 s');
  });
});

describe('the report as JSON', () => {
  it('is one line that a program can read', () => {
    const json = formatReportJson(good);
    expect(json).not.toContain('\n');
    expect(JSON.parse(json)).toEqual({
      ok: true,
      tookMs: 10_790,
      events: [
        {
          event: 'leaked',
          target: 'CWLEAKED',
          outcome: 'confirmed',
          trail: ['confirmed'],
          attempts: 1,
          revokedInMs: 412,
          asExpected: true,
        },
        {
          event: 'garbage',
          target: null,
          outcome: 'unreadable',
          trail: ['unreadable'],
          attempts: 0,
          revokedInMs: null,
          asExpected: true,
        },
      ],
      followUpChecks: [
        {
          event: 'check',
          target: 'CWCHECK',
          outcome: 'late-keys: 0',
          trail: ['late-keys: 0'],
          attempts: 0,
          revokedInMs: null,
          asExpected: true,
        },
        {
          event: 'late',
          target: 'CWLATE',
          outcome: 'late-keys: 1',
          trail: ['confirmed', 'late-keys: 1'],
          attempts: 1,
          revokedInMs: 412,
          asExpected: true,
        },
      ],
      queues: { urgent: 0, bulk: 0, dryRun: 0, deadLetters: 1 },
      deadLetters: [{ reason: 'unreadable', event: 'garbage', detail: 'expected JSON' }],
      activeKeys: [{ accessKeyId: 'CWBOSS', owner: 'coreweave/boss' }],
      mismatches: [],
    });
  });

  it('has what was expected beside what was not so', () => {
    const { ok, events, mismatches } = JSON.parse(formatReportJson(failing));
    expect({ ok, mismatches }).toEqual({ ok: false, mismatches: failing.mismatches });
    expect(events[0]).toMatchObject({
      asExpected: false,
      outcome: 'nothing',
      expected: { trail: ['confirmed'], attempts: 1 },
    });
  });
});
