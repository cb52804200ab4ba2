/** Reports of other tools: read if what was found is in them, explained if it is not. */
import { describe, expect, it } from 'vitest';
import { FORMATS } from '../../../events/reports/formats.ts';
import { EVENT_MS } from '../../support/event-factory.ts';
import { readReport } from '../../support/read-report.ts';
import { gitleaksEntry, SECRET, trufflehogEntry } from './findings.ts';

const ID = 'CW1GK5MZG572P7H2';
const MASKED = 'cwo**********';

/** What a tool writes about texts that it found in one file, one per line from the first. */
type Write = (texts: readonly string[], file?: string) => unknown;

const sarif =
  (tool: string): Write =>
  (texts, uri = 'a/.env') => ({
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: tool } },
        results: texts.map((text, at) => ({
          ruleId: 'r',
          message: { text: 'found' },
          locations: [
            { physicalLocation: { artifactLocation: { uri }, region: { startLine: at + 1, snippet: { text } } } },
          ],
          partialFingerprints: { commitSha: 'c', author: 'Jane Doe' },
        })),
      },
    ],
  });
const gitlab: Write = (texts, file = 'a/.env') => ({
  version: '15.0.0',
  vulnerabilities: texts.map((text, at) => ({
    id: `v${at}`,
    raw_source_code_extract: text,
    location: { file, start_line: at + 1, commit: { sha: at === 0 ? '0000000' : '' } },
    identifiers: [{ type: 'gitleaks_rule_id', value: 'r' }],
  })),
});
const github: Write = (texts, file = 'a/.env') =>
  texts.map((secret, at) => ({
    number: at + 1,
    state: 'open',
    secret_type: 'r',
    secret,
    html_url: `https://github.com/acme/app/security/secret-scanning/${at + 1}`,
    first_location_detected: { path: file, start_line: at + 1, blob_sha: 'b' },
  }));
const kingfisherLine = (snippet: string, at: number, path = 'a/.env') => ({
  rule: { name: 'CoreWeave', id: 'r' },
  finding: { snippet, fingerprint: 'f', line: at + 1, path },
});
const kingfisher: Write = (texts, file) => ({ findings: texts.map((text, at) => kingfisherLine(text, at, file)) });
const noseyParker: Write = (texts, path = 'a/.env') =>
  texts.map((matching, at) => ({
    rule_name: `r${at}`,
    finding_id: 'f',
    matches: [
      {
        blob_id: 'b',
        provenance: [{ kind: 'file', path }],
        location: { source_span: { start: { line: at + 1, column: 1 } } },
        snippet: { before: '', matching, after: '' },
      },
    ],
  }));
const ggshield: Write = (texts, filename = 'a/.env') => ({
  type: 'path_scan',
  entities_with_incidents: [
    {
      filename,
      incidents: [{ occurrences: texts.map((match, at) => ({ match, type: 'apikey', line_start: at + 1 })) }],
    },
  ],
});
const ggshieldScans: Write = (texts, file) => ({ type: 'commit_range', scans: [ggshield(texts, file), {}] });
const trivy: Write = (texts, Target = 'a/.env') => ({
  SchemaVersion: 2,
  ArtifactName: '.',
  Results: [
    { Target, Secrets: texts.map((Match, at) => ({ RuleID: 'r', StartLine: at + 1, Match })) },
    { Target: 'go.mod' },
  ],
});
const checkov: Write = (texts, file_path = 'a/.env') => ({
  check_type: 'secrets',
  results: {
    failed_checks: texts.map((text, at) => ({
      check_id: 'r',
      file_path,
      file_line_range: [at + 1, at + 2],
      code_block: [[at + 1, `${text}\n`]],
    })),
  },
});
const semgrep: Write = (texts, path = 'a/.env') => ({
  version: '1.100.0',
  results: texts.map((lines, at) => ({ check_id: 'r', path, start: { line: at + 1 }, extra: { lines } })),
  paths: { scanned: [] },
});
const detectSecrets: Write = (texts, file = 'a/.env') => ({
  plugins_used: [],
  results: { [file]: texts.map((_, at) => ({ hashed_secret: 'ab', line_number: at + 1 })) },
});

/** By the name of the format. */
const TOOLS: readonly (readonly [name: string, write: Write, advice: RegExp])[] = [
  ['sarif', sarif('gitleaks'), /run gitleaks without --redact/],
  ['sarif', sarif('betterleaks'), /run gitleaks without --redact/],
  ['sarif', sarif('trufflehog'), /trufflehog writes no secrets into SARIF: run it with --json/],
  ['sarif', sarif('Checkov'), /Checkov masks every secret/],
  ['sarif', sarif('Trivy'), /Trivy masks every secret/],
  ['sarif', sarif('Semgrep OSS'), /Semgrep shows lines of source only/],
  ['sarif', sarif('noseyparker'), /Nosey Parker shows no match/],
  ['sarif', sarif('kingfisher'), /run Kingfisher without --redact/],
  ['sarif', sarif('CodeQL'), /has no snippet\.text that can be used/],
  ['gitlab', gitlab, /GitLab shows no source/],
  ['github', github, /hide_secret=false/],
  ['kingfisher', kingfisher, /run Kingfisher without --redact/],
  ['nosey-parker', noseyParker, /Nosey Parker shows no match/],
  ['ggshield', ggshield, /--show-secrets/],
  ['ggshield', ggshieldScans, /--show-secrets/],
  ['trivy', trivy, /Trivy masks every secret/],
  ['checkov', checkov, /Checkov masks every secret/],
  ['semgrep', semgrep, /semgrep login/],
];

const read = (value: unknown, format = 'auto') => readReport(format, JSON.stringify(value), EVENT_MS);

describe.each(TOOLS)('a report of %s (%#)', (name, write, advice) => {
  it('is read', () => {
    const report = read(write([`id = ${ID}`, `secret = ${SECRET}`, 'other = xoxb-1']), name);
    expect(report).toMatchObject({
      kind: 'report',
      events: [{ source: `${name}://report`, data: { accessKeyId: ID, confidence: 'pair' } }],
      counts: { sure: 1, held: 0, withoutId: 0, others: 1 },
    });
    expect(JSON.stringify(report)).toMatch(/"url":"[^"]*(?:a\/\.env:1|secret-scanning\/1)"/);
    expect(JSON.stringify(report)).not.toContain(SECRET.slice(0, 12));
  });

  it('that is masked is refused with what to do', () => {
    for (const masked of [[MASKED], [`AWS_SECRET_ACCESS_KEY=${MASKED}`, 'key: [REDACTED]'], ['']]) {
      expect(read(write(masked))).toEqual({ kind: 'refused', why: expect.stringMatching(advice) });
    }
  });

  it('that is masked in part acts on the rest, and never on a part of an id', () => {
    expect(read(write([ID, MASKED, `${ID}AB****`]))).toMatchObject({
      events: [{ data: { accessKeyId: ID, confidence: 'key-id-only' } }],
      summary: { usable: 1, redacted: 2 },
    });
  });

  it('without findings is a clean one', () => {
    expect(read(write([]))).toMatchObject({ events: [], faults: [], summary: { found: 0 } });
  });

  it('of two files, or twice behind one another, pairs nothing across them', () => {
    const reports = [write([ID], 'a'), write([SECRET], 'b')];
    const lines = reports.map((report) => JSON.stringify(report)).join('\n');
    expect(readReport('auto', lines, EVENT_MS)).toMatchObject({ counts: { sure: 0, held: 1, withoutId: 1 } });
    const same = [write([ID]), write([SECRET])].map((report) => JSON.stringify(report)).join('\n');
    expect(readReport('auto', same, EVENT_MS)).toMatchObject({ counts: { sure: 0, held: 1, withoutId: 1 } });
    expect(read([write([ID]), write([SECRET])])).toMatchObject({ counts: { sure: 0, held: 1, withoutId: 1 } });
  });
});

describe('a report in SARIF', () => {
  const two = (first: object, second: object) => {
    const [one, other] = [sarif('gitleaks')([ID]), sarif('gitleaks')([SECRET])];
    return {
      ...Object(one),
      runs: [
        { ...Object(one).runs[0], ...first },
        { ...Object(other).runs[0], ...second },
      ],
    };
  };

  it('pairs nothing across runs, commits and repositories', () => {
    const held = { counts: { sure: 0, held: 1, withoutId: 1 } };
    expect(read(two({}, {}))).toMatchObject(held);
    const report = Object(sarif('gitleaks')([ID, SECRET]));
    expect(read(report)).toMatchObject({ counts: { sure: 1 } });
    report.runs[0].results[1].partialFingerprints.commitSha = 'd';
    expect(read(report)).toMatchObject(held);
  });

  it('reads all places of a result', () => {
    const report = Object(sarif('gitleaks')([ID, SECRET]));
    const [first, second] = report.runs[0].results;
    report.runs[0].results = [{ ...first, locations: [...first.locations, ...second.locations] }];
    expect(read(report)).toMatchObject({ counts: { sure: 1 }, summary: { found: 2 } });
  });

  it('keeps apart what tells no file', () => {
    const report = Object(sarif('gitleaks')([ID, SECRET]));
    for (const result of report.runs[0].results) delete result.locations[0].physicalLocation.artifactLocation;
    expect(read(report)).toMatchObject({ counts: { sure: 0, held: 1, withoutId: 1 } });
    for (const result of report.runs[0].results) delete result.locations;
    expect(read(report)).toMatchObject({ kind: 'refused' });
  });

  it.each([[], [{}], [{ results: null }], [5]])('without results is a clean one: runs %j', (...runs) => {
    expect(read({ version: '2.1.0', runs })).toMatchObject({ kind: 'report', events: [], summary: { found: 0 } });
  });

  it('never shows the name of its tool, which may be anything', () => {
    expect(JSON.stringify(read(sarif(`tool ${SECRET}`)([MASKED])))).not.toContain(SECRET.slice(0, 12));
  });
});

describe('a report of detect-secrets', () => {
  it('is refused, since it has hashes only', () => {
    expect(read(detectSecrets([SECRET]))).toEqual({
      kind: 'refused',
      why: expect.stringContaining('keeps only hashes'),
    });
    expect(read(detectSecrets([]))).toMatchObject({ kind: 'report', summary: { found: 0 } });
  });
});

describe('a report of Semgrep', () => {
  it('without lines of source is refused', () => {
    expect(read(semgrep(['requires login']))).toEqual({
      kind: 'refused',
      why: expect.stringContaining('semgrep login'),
    });
  });
});

describe('alerts of GitHub', () => {
  const alertOf = (fields: object) => ({
    ...Object(Array.from(Object(github([`${ID}:${SECRET}`])))[0]),
    number: 7,
    html_url: 'https://github.com/acme/app/security/secret-scanning/7',
    created_at: '2026-11-20T08:00:00Z',
    ...fields,
  });
  const closed = (resolution: string | null, fields: object = {}) =>
    alertOf({ state: 'resolved', resolution, ...fields });

  it('that are closed as revoked are left alone', () => {
    expect(read([closed('revoked')])).toMatchObject({ events: [], counts: { others: 1 } });
    expect(read([alertOf({ secret: null })])).toMatchObject({ kind: 'refused' });
  });

  it.each(['pattern_edited', 'pattern_deleted'])('that are closed as %s are as open ones', (resolution) => {
    expect(read([closed(resolution)])).toMatchObject({ counts: { sure: 1 }, summary: { usable: 1, dismissed: 0 } });
  });

  it.each(['false_positive', 'wont_fix', 'used_in_tests', null])(
    'that are dismissed refer to the alert, which is held: %s',
    (resolution) => {
      const report = read([closed(resolution)]);
      expect(report).toMatchObject({
        summary: { found: 1, dismissed: 1, usable: 0, ignored: 0 },
        counts: { sure: 0, held: 0, others: 0 },
        events: [
          {
            id: 'scan-report/7/closed',
            source: 'github://acme/app',
            data: { reference: { provider: 'github', ref: 'acme/app/7' } },
          },
        ],
      });
      expect(JSON.stringify(report)).not.toContain(SECRET.slice(0, 12));
    },
  );

  it('that are dismissed, and not of CoreWeave, are left alone', () => {
    const report = read([closed('wont_fix', { secret: 'xoxb-1' })]);
    expect(report).toMatchObject({ events: [], counts: { others: 1 }, summary: { dismissed: 0 } });
  });

  it.each([{ html_url: 'https://github.com/acme' }, { number: -1 }, { created_at: 'yesterday' }])(
    'that are dismissed are counted as unreadable without a name: %j',
    (fields) => {
      expect(read([closed('wont_fix', fields)])).toMatchObject({ events: [], summary: { found: 1, unreadable: 1 } });
    },
  );

  it('that are dismissed take the repository that a list of an organization names', () => {
    const fields = { html_url: null, repository: { full_name: 'acme/web' } };
    expect(read([closed('wont_fix', fields)])).toMatchObject({ events: [{ source: 'github://acme/web' }] });
  });
});

describe('a report of Kingfisher', () => {
  it('has a finding per line, too, and tells the repository', () => {
    const lines = [ID, SECRET].map((text, at) => JSON.stringify(kingfisherLine(text, at)));
    expect(readReport('kingfisher', lines.join('\n'), EVENT_MS)).toMatchObject({ counts: { sure: 1 } });
    const git = (text: string, id: string) => {
      const line = kingfisherLine(text, 0, '');
      const git_metadata = { repository_url: 'https://git.example/r', commit: { id }, file: { path: 'f' } };
      return JSON.stringify({ ...line, finding: { ...line.finding, git_metadata } });
    };
    expect(readReport('auto', `${git(ID, 'c')}\n${git(SECRET, 'c')}`, EVENT_MS)).toMatchObject({ counts: { sure: 1 } });
    expect(readReport('auto', `${git(ID, 'c')}\n${git(SECRET, 'd')}`, EVENT_MS)).toMatchObject({ counts: { sure: 0 } });
  });
});

describe('the formats', () => {
  it('are told apart by their structure: each sample belongs to one', () => {
    const samples = [gitleaksEntry(ID), trufflehogEntry(ID), ...TOOLS.map(([, write]) => write([ID]))].flat();
    for (const sample of samples) {
      expect(FORMATS.filter(({ recognizes }) => recognizes(sample))).toHaveLength(1);
    }
  });

  it.each([
    null,
    5,
    'text',
    {},
    [],
    { results: [] },
    { findings: [5] },
    { scans: [] },
    { runs: {} },
    { vulnerabilities: 5 },
  ])('do not recognize %j', (value) => expect(FORMATS.filter(({ recognizes }) => recognizes(value))).toEqual([]));

  it('may stand behind one another: each is read as what it is', () => {
    const file = [gitleaksEntry(ID), gitleaksEntry(SECRET)];
    const text = `${JSON.stringify(file)}\n${JSON.stringify(trufflehogEntry(`${ID.replace('1', '2')}${SECRET}`))}`;
    const report = readReport('auto', text, EVENT_MS);
    expect(report).toMatchObject({
      events: [{ source: 'gitleaks://report' }, { source: 'trufflehog://report' }],
      counts: { sure: 2 },
    });
  });
});
