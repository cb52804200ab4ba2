import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contentProblems, packageReport } from '../../scripts/package.ts';
import { templateFindings } from '../../scripts/template-findings.ts';
import { zipEntries } from '../../scripts/zip-entries.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'findings-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const faultsOf = (resources: object): readonly string[] => {
  const path = join(folder, 'template.json');
  writeFileSync(path, JSON.stringify({ AWSTemplateFormatVersion: '2010-09-09', Resources: resources }));
  return templateFindings(path)
    .filter(({ excuse, message }) => excuse === undefined && !message.endsWith('excuses nothing'))
    .map(({ severity, rule, id }) => `${severity} ${rule} ${id}`);
};
const queue = (properties: object) => ({ Queue: { Type: 'AWS::SQS::Queue', Properties: properties } });

describe('the check of the template', () => {
  it('finds nothing wrong with a plain queue', () => {
    expect(faultsOf(queue({ MessageRetentionPeriod: 60 }))).toEqual([]);
  });

  it('takes a value out of range and an unknown property as faults', () => {
    expect(faultsOf(queue({ MessageRetentionPeriod: 59, Retention: 60 }))).toEqual([
      'FATAL F3002 Queue',
      'FATAL F3034 Queue',
    ]);
  });

  it('takes what is only a warning as a fault', () => {
    const mapping = {
      FunctionName: 'f',
      EventSourceArn: { 'Fn::GetAtt': ['Queue', 'Arn'] },
      FunctionResponseTypes: ['ReportBatchItemFailure'],
    };
    const resources = { ...queue({}), Mapping: { Type: 'AWS::Lambda::EventSourceMapping', Properties: mapping } };
    expect(faultsOf(resources)).toEqual(['WARN W3030 Mapping']);
  });

  it('takes an excuse that excuses nothing as a fault', () => {
    const path = join(folder, 'template.json');
    writeFileSync(path, JSON.stringify({ Resources: queue({}) }));
    expect(templateFindings(path)).toContainEqual({
      severity: 'ERROR',
      rule: '-',
      id: 'ApiTokenSecretArn',
      path: '',
      message: 'the excuse for W2509 excuses nothing',
      excuse: undefined,
    });
  });
});

describe('packageReport', () => {
  const finding = { severity: 'WARN', rule: 'W1', id: 'Queue', path: 'a', message: 'b' };
  const check = {
    entries: [{ name: 'dist/handlers/revoke.mjs', bytes: 1_000 }],
    zipBytes: 500,
    variableBytes: 2_265,
    problems: ['x: built, but not packaged'],
    findings: [
      { ...finding, excuse: undefined },
      { ...finding, id: 'Other', excuse: 'harmless' },
    ],
  };
  const faults = [
    '    0.5 kB  the zip of 1 file',
    '    2.3 kB  variables of a function, about; at most 4.1 kB',
    'ERROR  x: built, but not packaged',
    'WARN  W1  Queue  a',
    '    b',
  ];

  it('prints the totals and the faults', () => {
    expect(packageReport(check, { detail: false })).toEqual({
      faults: 2,
      lines: [...faults, 'package: 2 faults, 1 excused (--detail lists them)'],
    });
  });

  it('prints files and excuses with --detail', () => {
    expect(packageReport(check, { detail: true }).lines).toEqual([
      '    1.0 kB  dist/handlers/revoke.mjs',
      ...faults,
      'excused  W1  Other  a',
      '    b',
      '    excuse: harmless',
      'package: 2 faults, 1 excused',
    ]);
  });
});

describe('the check of the zip', () => {
  const BUILT = ['dist/handlers/revoke.mjs', 'dist/handlers/chunks/sdk.mjs'];

  it('passes exactly what was built', () => {
    expect(contentProblems(BUILT, BUILT, ['revoke'])).toEqual([]);
  });

  it('names what is too much and what is missing', () => {
    expect(contentProblems(['dist/handlers/revoke.mjs', 'dist/old.mjs'], BUILT, ['revoke'])).toEqual([
      'dist/old.mjs: packaged, but not built',
      'dist/handlers/chunks/sdk.mjs: built, but not packaged',
    ]);
  });

  it('names each handler that was not built', () => {
    expect(contentProblems(BUILT, BUILT)).toEqual([
      'dist/handlers/ingest.mjs: not built',
      'dist/handlers/replay.mjs: not built',
      'dist/handlers/notify.mjs: not built',
      'dist/handlers/reconcile.mjs: not built',
    ]);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a text', Buffer.from('not a zip, but longer than its last record')],
  ])('refuses %s in place of a zip', (_, bytes) => {
    expect(() => zipEntries(bytes)).toThrow('expected a zip without a comment');
  });
});
