/**
 * The report as text: what it says, that it is the same each time, and that nothing in it comes from a record but text.
 */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { STATUS_TILES } from '../../../cli/audit/report/page.ts';
import { run } from '../../../cli/run.ts';
import { sha256, startEnvironment } from '../../support/audit-chains.ts';
import { factsOf } from '../../support/audit-facts.ts';
import { EVENT_MS } from '../../support/event-factory.ts';
import { fakeTerminal } from '../../support/fake-terminal.ts';
import { incidentLog } from '../../support/incident-log.ts';
import { seededChance } from '../../support/seeded-chance.ts';
import { ATTACKS, hostileLog } from './hostile.ts';

const folder = mkdtempSync(join(tmpdir(), 'report-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let made = 0;
const CLOCK = { now: () => EVENT_MS + 86_400_000, sleep: async () => {} };

async function reportOf(lines: readonly string[], ...flags: readonly string[]) {
  made += 1;
  const out = join(folder, `${made}.html`);
  const terminal = fakeTerminal({ input: lines.join('\n') });
  const code = await run(['audit', 'report', '-', '--out', out, ...flags], { terminal, env: {}, clock: CLOCK });
  return { code, said: terminal.out + terminal.err, out, page: readFileSync(out, 'utf8') };
}

/** What a reader sees, on one line. */
const readable = (page: string): string =>
  page
    .replace(/<style>[\s\S]*?<\/style>/, '')
    .replace(/<[^>]+>/g, ' ')
    .replaceAll('&#39;', "'")
    .replace(/\s+/g, ' ');

describe('the report', () => {
  it('says what happened, how fast, what waits, who released it, and that the log is intact', async () => {
    const { code, said, page, out } = await reportOf(incidentLog());
    expect({ code, said }).toEqual({
      code: 0,
      said: `21 events in 52 records, written to ${out}\nthe log is intact\n`,
    });
    const text = readable(page);
    for (const words of [
      'The log is intact. Every record matches its hash and the record before it.',
      '3 chains, 3 closed by a checkpoint.',
      'Revocation incident report',
      'Account not in the records Region not in the records Mode enforce Handler version 0.1.0',
      'Generated at 2026-11-24 09:30:00.000 UTC Made from stdin',
      'Events 21 from senders, without follow-up checks',
      'Revoked (verified) 17 no longer live',
      'Nothing to revoke 0 already revoked, no keys or a duplicate',
      'Not found 1 check the key ID and the organization',
      'Not verified yet 1 accepted, retried or without an outcome',
      'Needs action 2 held or dead letters',
      'Other 0 dry run, discarded, scheduled or ignored',
      'All 22 ',
      'Time to revoke 3.1 s median; longest 9 d',
      "since detection, by the sender's clock: median 3.1 s, longest 9 d since receipt: median 1.3 s, longest " +
        '10 min 4 s',
      'held-stale , Offboarding saml/contractor@example.com the offboarding is older than P7D approved by ' +
        'arn:aws:sts::123456789012:assumed-role/responders/ann 2026-11-23 09:40:14.000, after 10 min, operation ' +
        '0d7e9c1a-52f4-4a7b-8a60-4b6a1f2f7c11 Revoked (verified)',
      'held-protected , Offboarding saml/break-glass@example.com break-glass account, owner platform-security ' +
        'not approved Needs action',
      '09:30:09.000 Intent',
      'Source, claimed by the sender Events Revoked (verified) Needs action Median time',
      'https://github.example/acme/app 16 15 0 3.0 s',
      'Reason code Times Needs action',
      'Revoked (verified) confirmed 17',
      'unreadable 1 1',
      'Not found not-found 1',
      'Confirmed the API does not know the key: check the key ID and the organization',
      "Outcome: not-found CWEXAMPLEKEY0092, HTTP 404, by the API's answer, check the key ID and the organization",
      'Detected 2026-11-23 09:30:04.000 Accepted 2026-11-23 09:30:09.000 +5.0 s Confirmed 2026-11-23 ' +
        '09:30:25.400 +16.4 s',
      '09:30:25.400 Outcome: confirmed CWEXAMPLEKEY0090, delivery 2, timeout, verified by reading the key back',
      'Follow-up check CWEXAMPLEKEY0301',
      'Accepted, not verified',
      'Rejected message',
    ]) {
      expect(text).toContain(words);
    }
  });

  it.each([
    ['an incident', incidentLog()],
    ['a hostile log', hostileLog(3)],
    ['no event of a sender', incidentLog().filter((line) => line.includes('"checkpoint"'))],
  ])('has tiles that add up to its events, as the command counts them: %s', async (_, lines) => {
    const { page, said } = await reportOf(lines, '--json');
    const tile = (label: string): number => {
      const [, count = ''] = new RegExp(`>${label.replace(/[()]/g, '\\$&')}</span><b>([\\d,]+)</b>`).exec(page) ?? [];
      return Number(count.replaceAll(',', ''));
    };
    const parts = Object.values(STATUS_TILES).map(({ label }) => tile(label));
    expect(parts.reduce((sum, count) => sum + count, 0)).toBe(tile('Events'));
    expect(JSON.parse(said).events).toBe(tile('Events'));
  });

  it('counts no event for a replay or a discard of one that it has, or that is in another log', async () => {
    const environment = startEnvironment(seededChance(1));
    environment.write({ phase: 'dead-letter', reason: 'unreadable', detail: 'expected JSON' }, null);
    const operation = { reason: 'unreadable', operationId: 'op', operator: { name: 'ann', claimed: true } } as const;
    const { messageId: origin } = factsOf({ phase: 'note', name: '' }, null).delivery;
    for (const code of ['intent', 'needs-approval'] as const) {
      environment.write({ phase: 'replay', code, origin, ...operation }, null);
      environment.write({ phase: 'replay', code, origin: 'of another log', ...operation }, null);
    }
    environment.write({ phase: 'discard', code: 'intent', origin, why: 'a drill', ...operation }, null);
    environment.write({ phase: 'discard', code: 'discarded', origin, why: 'a drill', ...operation }, null);
    environment.checkpoint();
    const { said } = await reportOf(environment.lines, '--json');
    expect(JSON.parse(said)).toMatchObject({ events: 1, checks: 0, refusals: 0 });
  });

  it('shows the standing keys of each day, and counts no event for them', async () => {
    const environment = startEnvironment(seededChance(1));
    const remaining = [{ principalName: 'coreweave/uAnn', keys: 2, why: 'its event is held' }];
    const figures = { standingKeys: 2, findings: 0, more: { remaining } };
    const attestation = { phase: 'reconcile', name: 'Attestation', figures } as const;
    environment.write(
      { ...attestation, code: 'standing', detail: '1 of 5 offboarded principals have live keys' },
      null,
    );
    environment.checkpoint();
    const { page, said } = await reportOf(environment.lines, '--json');
    expect(JSON.parse(said)).toMatchObject({ events: 0, records: 2 });
    expect(readable(page)).toContain(
      'Attestation : 1 of 5 offboarded principals have live keys coreweave/uAnn its event is held Live keys',
    );
  });

  it('links each hold to its event', async () => {
    const { page } = await reportOf(incidentLog());
    const targets = [...page.matchAll(/href="#(event-\d+)"/g)].map(([, id]) => id);
    const anchors = new Set([...page.matchAll(/<article id="(event-\d+)"/g)].map(([, id]) => id));
    expect(anchors.size).toBe(22);
    expect(targets.length).toBeGreaterThan(1);
    expect(targets.filter((target) => !anchors.has(target))).toEqual([]);
    const holds = page.slice(page.indexOf('id="holds"'), page.indexOf('id="counts"'));
    const [, held = ''] =
      /href="#(event-\d+)">Offboarding<\/a>\s*<span class="id">saml\/break-glass@example.com/.exec(holds) ?? [];
    expect(page).toMatch(new RegExp(`saml/break-glass@example.com</span></summary>\\n<article id="${held}">`));
  });

  it('has an index of its sections', async () => {
    const { page } = await reportOf(incidentLog().toSpliced(10, 1));
    const [index = ''] = /<nav .*<\/nav>/.exec(page) ?? [];
    expect([...index.matchAll(/href="#([\w-]+)"/g)].map(([, id]) => id)).toEqual([
      'times',
      'holds',
      'counts',
      'timeline',
      'findings',
    ]);
  });

  it('names the files that it was made of, with their hashes', async () => {
    const file = join(folder, 'log.jsonl');
    const text = incidentLog().join('\n');
    writeFileSync(file, text);
    const out = join(folder, 'hashed.html');
    const terminal = fakeTerminal();
    expect(await run(['audit', 'report', file, '--out', out], { terminal, env: {}, clock: CLOCK })).toBe(0);
    expect(readable(readFileSync(out, 'utf8'))).toContain(`${file} SHA-256 ${sha256(text)}`);
  });

  it('shows a request that did not get in, and counts it for no event', async () => {
    const environment = startEnvironment(seededChance(1));
    environment.write({ phase: 'refusal', detail: 'not genuine; requests since the last record: 1' }, null);
    environment.checkpoint();
    const text = readable((await reportOf(environment.lines)).page);
    expect(text).toContain('Events 0');
    expect(text).toContain('No action Refused request');
    expect(text).toContain('Refused delivery 3, not genuine; requests since the last record: 1');
  });

  it('is the same page for the same log, readable by its owner alone', async () => {
    const [one, other] = [await reportOf(incidentLog()), await reportOf(incidentLog())];
    expect(other.page).toBe(one.page);
    expect(statSync(one.out).mode & 0o777).toBe(0o600);
  });

  it('tells at the top when the log was changed, and where', async () => {
    const lines = incidentLog();
    const { code, said, page } = await reportOf(lines.toSpliced(10, 1));
    expect(code).toBe(0);
    expect(said).toContain('the log is broken: ');
    expect(readable(page)).toMatch(/The log was changed, or is incomplete\. 1 finding/);
    expect(readable(page)).toContain('stdin:11 deleted : records are missing before it (1 missing)');
  });

  it('links only to what is plainly https, and calls it a claim of the sender', async () => {
    const { page } = await reportOf(incidentLog());
    const links = [...page.matchAll(/<a [^>]*href="([^#"][^"]*)"[^>]*>([^<]*)</g)].map(([, href, text]) => [
      href,
      text,
    ]);
    expect(new Set(links.map((link) => JSON.stringify(link)))).toEqual(
      new Set([JSON.stringify(['https://github.example/acme/app', 'https://github.example/acme/app'])]),
    );
    expect(page.match(/<a (?!href="#)/g)).toHaveLength(page.match(/rel="noopener noreferrer nofollow"/g)?.length ?? 0);
    expect(page).toContain('Source, claimed by the sender: <a class="id"');
  });

  it.each([...ATTACKS.keys()])('holds nothing but text of a log full of attacks, from the %ith on', async (first) => {
    const { page } = await reportOf(hostileLog(first));
    const tags = new Set([...page.matchAll(/<([a-z!/][^\s>]*)/gi)].map(([, tag = '']) => tag.replace('/', '')));
    expect([...tags].toSorted()).toEqual(expect.arrayContaining(['article', 'details', 'table']));
    for (const tag of ['script', 'img', 'svg', 'iframe', 'form', 'input', 'link', 'base', '!--']) {
      expect(tags).not.toContain(tag);
    }
    expect(page.match(/<meta /g)).toHaveLength(5);
    expect(page.match(/<style>/g)).toHaveLength(1);
    expect(page.match(/<body/g)).toHaveLength(1);
    expect(page).not.toMatch(/<[^>]*\son\w+\s*=/i);
    expect(page).not.toMatch(/href="(?!https:\/\/|#)/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
    expect(page).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b\u202e\u2028\u2066\ud800]/);
  });

  it('has no reference that loads a resource, for any input', async () => {
    const { page } = await reportOf(incidentLog());
    expect(page).toContain(
      `content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"`,
    );
    expect(page).not.toMatch(/url\(|@import|src=/);
  });

  it('is not written over another file without --force, nor without a record', async () => {
    const out = join(folder, 'there.html');
    writeFileSync(out, 'mine');
    const terminal = fakeTerminal({ input: incidentLog().join('\n') });
    expect(await run(['audit', 'report', '-', '--out', out], { terminal, env: {} })).toBe(2);
    expect(terminal.err).toContain('error [file-exists]');
    expect(readFileSync(out, 'utf8')).toBe('mine');
    const forced = fakeTerminal({ input: incidentLog().join('\n') });
    expect(await run(['audit', 'report', '-', '--out', out, '--force'], { terminal: forced, env: {} })).toBe(0);
    const empty = fakeTerminal({ input: '{}\n' });
    expect(await run(['audit', 'report', '-', '--out', out, '--force'], { terminal: empty, env: {} })).toBe(1);
    expect(empty.err).toContain('error [no-records]');
    expect(readFileSync(out, 'utf8')).toContain('The log is intact');
  });
});
