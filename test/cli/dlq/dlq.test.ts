/**
 * The dead-letter commands: what waits, one dead letter, a file of them, and the replay with its preview, question and
 * Ctrl-C.
 */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../../cli/run.ts';
import { fieldsOf } from '../../../events/shapes.ts';
import type { DeadLetter } from '../../../lib/dead-letters/dead-letter.ts';
import { createTable } from '../../../lib/io/dynamodb/table.ts';
import { startLambdaServer } from '../../../local/lambda-server.ts';
import type { Listening } from '../../../local/listen.ts';
import { startStsServer } from '../../../local/sts-server.ts';
import { TABLE } from '../../../local/variables.ts';
import { displayWidth } from '../../../terminal/text.ts';
import { until } from '../../e2e/wait.ts';
import { approvalKeyOf } from '../../support/approval.ts';
import { keyLeak, offboarded } from '../../support/event-factory.ts';
import { type FakeOptions, fakeTerminal } from '../../support/fake-terminal.ts';
import { enterEnvironment, type Stand, startStand } from '../stand.ts';
import { deadLetterOf } from './dead-letters.ts';

const ESCAPE = '\u001b';

describe('revoker dlq', () => {
  let stand: Stand;
  beforeEach(async () => {
    stand = await startStand();
    enterEnvironment(stand.env);
  });
  afterEach(() => stand.close());

  const command = async (args: readonly string[], options: FakeOptions = {}) => {
    const terminal = fakeTerminal({ colors: false, ...options });
    const code = await run(['dlq', ...args], { terminal, env: { ...stand.env } });
    return {
      code,
      out: terminal.out,
      err: terminal.err,
      questions: terminal.questions,
      json: () => JSON.parse(terminal.out),
    };
  };
  const leaks = (count: number) => Array.from({ length: count }, (_, n) => deadLetterOf(keyLeak({ id: `leak-${n}` })));
  const held = (id = 'offboarding-7') =>
    deadLetterOf(offboarded({ id, time: new Date().toISOString() }), {
      reason: 'held-limit',
      detail: 'rule: x',
      lane: 'bulk',
    });
  const hostile = () =>
    deadLetterOf(keyLeak(), {
      reason: 'unreadable',
      event: null,
      raw: { sha256: 'a'.repeat(64), size: 9, text: `${ESCAPE}]0;owned\u0007`, redacted: false, truncated: false },
    });
  const audit = (): { status_detail: string; unmapped: Record<string, unknown> }[] =>
    readFileSync(join(stand.folder, 'state/revoker/audit.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));

  it('counts the dead letters by reason, with age and expiry, and keeps them', async () => {
    await stand.addDeadLetters(...leaks(12), held(), hostile());
    const listed = (await command(['list', '--detail', '--json'])).json();
    expect(listed).toMatchObject({
      count: 14,
      inHand: 0,
      retentionDays: 14,
      reasons: [
        { reason: 'retries-exhausted', urgency: 'now', count: 12 },
        { reason: 'unreadable', urgency: 'now', count: 1 },
        { reason: 'held-limit', urgency: 'now', count: 1 },
      ],
    });
    expect(Date.parse(listed.droppedFrom) - Date.parse(listed.oldestAt)).toBe(14 * 86_400_000);
    expect(listed.letters.find(({ id }: { id: string }) => id === 'offboarding-7')).toMatchObject({
      reason: 'held-limit',
      type: 'user.offboarded.v1',
      lane: 'bulk',
      target: 'all keys of saml/user@example.com',
      urgency: 'now',
      replayable: true,
    });
    const { out } = await command(['list']);
    expect(out.split('\n').map((line) => line.split(/ {2,}/).slice(0, 2))).toEqual([
      ['reason', 'count'],
      ['retries-exhausted', '12'],
      ['unreadable', '1'],
      ['held-limit', '1'],
      [''],
      ['reason', 'what to do'],
      ['retries-exhausted', 'find out what failed for so long (`doctor`), then replay'],
      ['unreadable', 'find the sender: its message cannot be read; act on the ids in it'],
      ['held-limit', 'check that so many are meant; then approve or discard'],
      [''],
      ['id', 'age'],
      ...Array(14).fill([expect.stringMatching(/^[0-9a-f]{8}$/), '1 h']),
      [''],
      ['14 dead letters'],
      [''],
    ]);
    expect(await stand.take('deadLetters')).toHaveLength(14);
  });

  it.each(['leak-1', 'a-long-id-of-an-event-that-some-directory-made-0f0e7c1a52f44a7b8a604b6a1f2f7c11'])(
    'lists what the variables of the runbook need, in 80 columns: %s',
    async (id) => {
      const text = JSON.stringify({ ...keyLeak({ id, source: '//hr.example/acme' }), type: 'user.promoted.v1' });
      const raw = { sha256: 'a'.repeat(64), size: text.length, text, redacted: false, truncated: false };
      await stand.addDeadLetters(
        deadLetterOf(keyLeak({ id })),
        deadLetterOf(keyLeak({ id }), { reason: 'unknown-type', event: null, raw }),
      );
      const { out } = await command(['list', '--detail'], { columns: 80 });
      expect(out.split('\n').filter((line) => displayWidth(line) > 80 && !line.includes(id))).toEqual([]);
      const words = out.replaceAll(/\s+/g, ' ');
      expect(words).toContain(`key CWABCDEFGHIJKLMN, retries-exhausted, from //scanner.example/acme/app, event ${id} `);
      expect(words).toContain(`user.promoted.v1, unknown-type, from //hr.example/acme, event ${id} `);
    },
  );

  it('lists what needs a hand now first, of that leaked keys, then the oldest, and counts the rest', async () => {
    const aged = (id: string, hours: number, reason: DeadLetter['reason'], replays = 0) => {
      const firstSeen = new Date(Date.now() - hours * 3_600_000).toISOString();
      return deadLetterOf(keyLeak({ id }), { reason, firstSeen, replays });
    };
    await stand.addDeadLetters(
      aged('new', 1, 'held-protected'),
      aged('sender', 50, 'invalid'),
      aged('old', 30, 'unconfirmed'),
      aged('older', 40, 'held-protected', 1),
      { ...aged('person', 60, 'held-stale'), lane: 'bulk' },
    );
    const { letters: listed, reasons } = (await command(['list', '--detail', '--json'])).json();
    expect(listed.map(({ id }: { id: string }) => id)).toEqual(['older', 'old', 'new', 'person', 'sender']);
    expect(reasons.map(({ reason }: { reason: string }) => reason)).toEqual([
      'held-protected',
      'unconfirmed',
      'held-stale',
      'invalid',
    ]);
    await stand.addDeadLetters(...leaks(20));
    const { out } = await command(['list']);
    expect(out).toContain('\nand 5 more: see `dlq list --detail`\n');
    expect(out).toContain(', replayed 1 time, event older\n');
    expect((await command(['list', '--detail'])).out).not.toContain(' more: ');
  });

  it('shows one dead letter whole, with what it holds made harmless, and what to do', async () => {
    await stand.addDeadLetters(held(), hostile());
    const { code, out } = await command(['show', 'offboarding-7']);
    expect(code).toBe(0);
    expect(out).toContain('\nreason         held-limit\n');
    expect(out).toContain('\n  target  all keys of saml/user@example.com\n');
    const words = "--source='//scanner.example/acme/app' --event-id='offboarding-7'";
    const [, messageId = ''] = /^id +(\S+)\n/.exec(out) ?? [];
    expect(out.split('\n').slice(-5)).toEqual([
      'next: check that so many are meant; then approve or discard',
      `  revoker dlq replay --reason=held-limit ${words} --approve`,
      `  revoker dlq discard ${messageId} --reason '<why>'`,
      'runbook: RUNBOOK.md#held-limit',
      '',
    ]);
    const { letters: listed } = (await command(['list', '--detail', '--json'])).json();
    const id: string = listed.find(({ reason }: { reason: string }) => reason === 'unreadable').messageId;
    const shown = await stand.run(['dlq', 'show', id.slice(0, 8)]);
    expect(shown.stdout).toContain('  \\u001b]0;owned\\u0007\n');
    expect(shown.stdout).not.toContain(ESCAPE);
    expect((await command(['show', id, '--json'])).json()).toMatchObject({
      messageId: id,
      event: null,
      resend: 'text',
    });
    const unknown = await command(['show', 'nothing']);
    expect(unknown).toMatchObject({ code: 1, out: '' });
    expect(unknown.err).toContain('error [dead-letter-not-found]');
  });

  it('exports dead letters for their owner alone, never over a file that is there, and without secrets', async () => {
    const secret = `cwo${'x'.repeat(40)}`;
    await stand.addDeadLetters(held());
    await stand.put('deadLetters', JSON.stringify(keyLeak({ data: { accessKeyId: secret } })));
    const file = join(stand.folder, 'dead-letters.jsonl');
    expect((await command(['export', file, '--json'])).json()).toEqual({
      file,
      letters: 2,
      withheld: 1,
      complete: true,
      inHand: 0,
    });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const lines = readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ reason, body }) => [reason, body === null])).toEqual(
      expect.arrayContaining([
        ['held-limit', false],
        ['crashed', true],
      ]),
    );
    expect(readFileSync(file, 'utf8')).not.toContain(secret);
    const again = await command(['export', file]);
    expect(again).toMatchObject({ code: 2, out: '' });
    expect(again.err).toContain('error [file-exists]');
    writeFileSync(file, 'old', { mode: 0o644 });
    expect((await command(['export', file, '--force'])).code).toBe(0);
    expect({ mode: statSync(file).mode & 0o777, lines: readFileSync(file, 'utf8').split('\n').length }).toEqual({
      mode: 0o600,
      lines: 3,
    });
    expect(await stand.take('deadLetters')).toHaveLength(2);
  });

  it('replays nothing without a terminal, a --yes or a --dry-run', async () => {
    await stand.addDeadLetters(...leaks(1));
    const { code, stdout, stderr } = await stand.run(['dlq', 'replay', '--json']);
    expect({ code, ...JSON.parse(stdout) }).toMatchObject({ code: 2, error: { code: 'confirmation-needed' } });
    expect(stderr).toContain('next: look with --dry-run, then add --yes');
    expect(await stand.take('deadLetters')).toHaveLength(1);
  });

  it('previews, asks, and sends what is meant; what is not meant stays', async () => {
    await stand.addDeadLetters(...leaks(3), held(), hostile());
    const refused = await command(['replay', '--reason', 'retries-exhausted'], { isTTY: true, answers: ['n'] });
    expect(refused).toMatchObject({ code: 1, questions: ['Send 3 events again? [y/N] '], out: '' });
    expect(refused.err).toMatch(/reason +to send +skipped +refused +failed +why\n/);
    expect(refused.err.trimEnd().split('\n').at(-1)).toBe('nothing was done');
    expect(await stand.take('urgent')).toEqual([]);
    expect(existsSync(join(stand.folder, 'state'))).toBe(false);

    const { code, err, out } = await command(['replay', '--reason', 'retries-exhausted'], {
      isTTY: true,
      answers: ['y'],
    });
    expect(code).toBe(0);
    expect(err).toMatch(/replay [#.]+ \d+\/3 \| [\d.]+\/s \| \w/);
    expect(out).toContain('3 sent, 2 skipped, 0 refused, 0 failed');
    expect((await stand.take('urgent')).map((body) => JSON.parse(body).id).toSorted()).toEqual([
      'leak-0',
      'leak-1',
      'leak-2',
    ]);
    expect(await stand.take('deadLetters')).toHaveLength(2);
    const records = stand.records.map((line) => JSON.parse(line));
    expect(records.filter(({ status_detail }) => status_detail === 'sent')).toHaveLength(3);
    expect(existsSync(join(stand.folder, 'state'))).toBe(false);
  });

  it('sends and approves what was shown, not what arrived before the answer', async () => {
    await stand.addDeadLetters(held());
    const whileAsked = () => stand.addDeadLetters(...leaks(3), held('offboarding-of-a-forger'));
    const { code, questions, out } = await command(['replay', '--approve', '--operator', 'Jo'], {
      isTTY: true,
      answers: ['approve'],
      whileAsked,
    });
    expect({ code, questions }).toEqual({
      code: 0,
      questions: ['Send 1 event again? You approve 1 hold as Jo. Type approve: '],
    });
    expect(out).toMatch(/held-limit +1 +0 +0 +0\n/);
    expect((await stand.take('bulk')).map((body) => JSON.parse(body).id)).toEqual(['offboarding-7']);
    expect(await stand.take('deadLetters')).toHaveLength(4);
  });

  it('refuses to approve by an event id alone, which another sender may have used', async () => {
    const { code, err } = await command(['replay', '--event-id', 'offboarding-8', '--approve', '--yes']);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('error [source-missing] ') });
  });

  it('refuses to approve unseen what is not named', async () => {
    await stand.addDeadLetters(held());
    const { code, err } = await command(['replay', '--reason', 'held-limit', '--approve', '--yes']);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('error [events-not-named] ') });
    const looked = await command(['replay', '--approve', '--yes', '--dry-run', '--json']);
    expect({ code: looked.code, ...looked.json() }).toMatchObject({ code: 0, results: { replayed: 1 } });
    const failures = await command(['replay', '--reason', 'crashed', '--approve', '--yes']);
    expect(failures.code).toBe(0);
    const [{ messageId }] = looked.json().letters;
    const named = await command(['replay', '--message-id', messageId.slice(0, 8), '--approve', '--yes']);
    expect(named.code).toBe(0);
    expect(await stand.take('bulk')).toHaveLength(1);
    const mistyped = await command(['replay', '--message-id', messageId, '--approve', '--yes']);
    expect(mistyped.code).toBe(1);
  });

  it('approves one body of two under one name, which a message id must name', async () => {
    const conflict = (principalName: string) =>
      deadLetterOf(offboarded({ id: 'offboarding-7', data: { principalName } }), {
        reason: 'held-conflict',
        lane: 'bulk',
      });
    await stand.addDeadLetters(conflict('saml/ann'), conflict('saml/bob'));
    const words = ['replay', '--event-id', 'offboarding-7', '--source', '//scanner.example/acme/app', '--approve'];
    const both = await command(words, { isTTY: true, answers: ['approve'] });
    expect({ code: both.code, err: both.err }).toEqual({
      code: 1,
      err: expect.stringContaining('error [two-bodies] '),
    });
    expect(await stand.take('bulk')).toEqual([]);
    const [, id = ''] = /--message-id ([\w-]+)/.exec(both.err) ?? [];
    const one = await command([...words, '--message-id', id], { isTTY: true, answers: ['approve'] });
    expect(one.code).toBe(0);
    expect(await stand.take('bulk')).toHaveLength(1);
  });

  it('shows every event that it approves', async () => {
    await stand.addDeadLetters(...Array.from({ length: 22 }, (_, n) => held(`offboarding-${n}`)));
    const { err } = await command(['replay', '--approve'], { isTTY: true, answers: ['no'] });
    expect(err.match(/held-limit, from/g)).toHaveLength(22);
  });

  it('fails for an event that has no dead letter, and not for a reason that has none', async () => {
    await stand.addDeadLetters(held());
    const mistyped = await command([
      'replay',
      '--event-id',
      'offboarding-8',
      '--source',
      '//hr.example/acme',
      '--approve',
      '--yes',
    ]);
    expect({ code: mistyped.code, out: mistyped.out }).toEqual({
      code: 1,
      out: expect.stringContaining('next: no dead letter matches'),
    });
    expect((await command(['replay', '--reason', 'unmappable', '--yes'])).code).toBe(0);
    await stand.take('deadLetters');
  });

  it('releases a hold only with --approve, in the name of who does it', async () => {
    await stand.addDeadLetters(held());
    const unapproved = await command(['replay', '--yes', '--json']);
    expect({ code: unapproved.code, ...unapproved.json() }).toMatchObject({
      code: 1,
      results: { replayed: 0, refused: 1 },
      reasons: { 'held-limit': { 'needs-approval': 1 } },
    });
    const { code, questions } = await command(['replay', '--approve', '--operator', 'Jo'], {
      isTTY: true,
      answers: ['approve'],
    });
    expect({ code, questions }).toEqual({
      code: 0,
      questions: ['Send 1 event again? You approve 1 hold as Jo. Type approve: '],
    });
    const table = createTable({ name: TABLE, dryRun: false, now: Date.now });
    const pk = approvalKeyOf(offboarded({ id: 'offboarding-7' }), 'held-limit', 'unidentified');
    expect((await table.get(pk))?.data).toMatchObject({ operator: 'claimed:Jo', targets: ['saml/user@example.com'] });
    expect(await stand.take('bulk')).toHaveLength(1);
  });

  describe('with AWS to say who the operator is', () => {
    let sts: Listening;
    beforeEach(async () => {
      sts = await startStsServer();
      enterEnvironment({ AWS_ENDPOINT_URL_STS: sts.endpoint, AWS_ACCESS_KEY_ID: 'AROAANN' });
    });
    afterEach(() => sts.close());
    const guarded = (event: Readonly<Record<string, unknown>>) =>
      deadLetterOf(event, { reason: 'held-protected', detail: 'rule: x', lane: 'bulk', sender: 'AROAHR' });

    it('asks for the target of a protected one in full, and shows who sent it', async () => {
      await stand.addDeadLetters(guarded(offboarded({ id: 'offboarding-7' })));
      const wrong = await command(['replay', '--approve'], { isTTY: true, answers: ['approve', 'approve'] });
      expect({ code: wrong.code, questions: wrong.questions }).toEqual({
        code: 1,
        questions: [
          'Send 1 event again? You approve 1 hold as ' +
            'arn:aws:sts::000000000000:assumed-role/AROAANN/session. Type approve: ',
          'saml/user@example.com is protected. Type saml/user@example.com: ',
        ],
      });
      expect(wrong.err.replaceAll(/\s+/g, ' ')).toContain(
        'all keys of saml/user@example.com, held-protected, sent by AROAHR, from //scanner.example/acme/app',
      );
      expect(await stand.take('bulk')).toEqual([]);
      const right = await command(['replay', '--approve'], {
        isTTY: true,
        answers: ['approve', 'saml/user@example.com'],
      });
      expect(right.code).toBe(0);
      expect(await stand.take('bulk')).toHaveLength(1);
    });

    it('stores no approval after Ctrl-C, and sends nothing', async () => {
      await stand.addDeadLetters(held());
      const terminal = fakeTerminal({
        colors: false,
        isTTY: true,
        answers: ['approve'],
        whileAsked: async () => terminal.interrupt(),
      });
      const code = await run(['dlq', 'replay', '--approve'], { terminal, env: { ...stand.env } });
      expect({ code, out: terminal.out, sent: await stand.take('bulk') }).toEqual({
        code: 1,
        out: expect.stringContaining('\nstopped: '),
        sent: [],
      });
      const approval = approvalKeyOf(offboarded({ id: 'offboarding-7' }), 'held-limit', 'AROAANN:session');
      expect(await createTable({ name: TABLE, dryRun: false, now: Date.now }).get(approval)).toBeUndefined();
    });

    describe('where two persons must approve', () => {
      const twoPerson = { TWO_PERSON_APPROVAL: '["held-protected"]' };
      beforeEach(() => enterEnvironment(twoPerson));
      const replay = async (args: readonly string[], answers: readonly string[]) => {
        const terminal = fakeTerminal({ colors: false, isTTY: true, answers });
        const code = await run(['dlq', 'replay', ...args], { terminal, env: { ...stand.env, ...twoPerson } });
        return { code, out: terminal.out, questions: terminal.questions };
      };
      const messageIds = async (): Promise<readonly string[]> =>
        (await command(['list', '--detail', '--json'])).json().letters.map((each: DeadLetter) => each.messageId);
      const COMMAND = / {2}revoker dlq replay (.+ --approve --approved-by=.+)\n/;
      const printed = (out: string): readonly string[] => COMMAND.exec(out)?.[1]?.split(' ') ?? [];

      it('sends it once the second has approved, who types what the first was shown', async () => {
        await stand.addDeadLetters(guarded(offboarded({ id: 'offboarding-7' })));
        const words = ['--source=//scanner.example/acme/app', '--event-id=offboarding-7', '--approve'];
        const [id] = await messageIds();
        const first = await replay(words, ['approve', 'saml/user@example.com']);
        expect(first.questions[0]).toBe(
          'Approve 1 hold as arn:aws:sts::000000000000:assumed-role/AROAANN/session? ' +
            'A second person must approve too. Type approve: ',
        );
        expect(first.code).toBe(3);
        expect(first.out).toContain(
          '1 of 2 approvals. Within 24 hours a second person types:\n' +
            `  revoker dlq replay --message-id=${id} --approve --approved-by=AROAANN:session\n`,
        );
        expect(await stand.take('bulk')).toEqual([]);
        const alone = [...words, '--approved-by=AROAANN:session', '--yes'];
        expect((await replay(alone, ['saml/user@example.com'])).code).toBe(3);

        enterEnvironment({ AWS_ACCESS_KEY_ID: 'AROABOB' });
        const second = await replay(printed(first.out), ['approve', 'saml/user@example.com']);
        expect(second.code).toBe(0);
        expect(await stand.take('bulk')).toHaveLength(1);
        const mistyped = await replay([...words, '--approved-by=ann at acme'], []);
        expect(mistyped.code).toBe(2);
      });

      it.each([
        ['--older-than', ['--older-than=30m'], ''],
        ['--newer-than', ['--newer-than=30m'], ''],
        ['--max', ['--max=1'], ''],
        [
          '--rate and --function',
          ['--max=1', '--rate=5', '--function=local-replay'],
          '--rate=5 --function=local-replay ',
        ],
      ])('lets the second approve the same dead letters, whatever has come since: %s', async (_, given, kept) => {
        const at = (id: string, minutes: number) => {
          const lastSeen = new Date(Date.now() - minutes * 60_000).toISOString();
          return { ...guarded(offboarded({ id })), firstSeen: lastSeen, lastSeen };
        };
        await stand.addDeadLetters(at('old', 60), at('new', 10));
        const first = await replay([...given, '--approve'], ['approve', 'saml/user@example.com']);
        expect(first.code).toBe(3);
        expect(first.out).toMatch(RegExp(` dlq replay --message-id=[\\w-]{36} ${kept}--approve `));
        await stand.addDeadLetters(at('later', 90), at('latest', 1));
        enterEnvironment({ AWS_ACCESS_KEY_ID: 'AROABOB' });
        const second = await replay(printed(first.out), ['approve', 'saml/user@example.com']);
        expect(second).toMatchObject({
          code: 0,
          questions: [expect.stringMatching(/^Send 1 event again/), expect.any(String)],
        });
        expect(await stand.take('bulk')).toHaveLength(1);
      });
    });
  });

  it('tells in a dry run what would go, and touches nothing', async () => {
    await stand.addDeadLetters(...leaks(2), held());
    const { code, json } = await command(['replay', '--dry-run', '--json']);
    expect({ code, ...json() }).toMatchObject({
      code: 0,
      dryRun: true,
      ended: 'complete',
      results: { replayed: 2, skipped: 0, refused: 1, failed: 0 },
    });
    expect(await stand.take('urgent')).toEqual([]);
    expect(await stand.take('deadLetters')).toHaveLength(3);
    expect(existsSync(join(stand.folder, 'state'))).toBe(false);
  });

  it('never offers what a replay cannot help, unless its reason is named', async () => {
    const invalid = deadLetterOf(keyLeak({ id: 'no-use' }), { reason: 'console-only', detail: 'x' });
    await stand.addDeadLetters(...leaks(1), invalid);
    const dry = await command(['replay', '--dry-run', '--json']);
    expect(dry.json()).toMatchObject({
      results: { replayed: 1, skipped: 1 },
      withheld: 1,
      letters: [{ reason: 'retries-exhausted', target: 'key CWABCDEFGHIJKLMN', source: '//scanner.example/acme/app' }],
    });
    const asked = await command(['replay'], { isTTY: true, answers: ['n'] });
    expect(asked.questions).toEqual(['Send 1 event again? [y/N] ']);
    expect(asked.err).toMatch(/\n[0-9a-f]{8} {2}1 h {2}key CWABCDEFGHIJKLMN, retries-exhausted, from \/\/scanner/);
    expect(asked.err).toContain('1 dead letter left out unless named by --reason: see `dlq list`');
    expect((await command(['replay', '--yes', '--json'])).json().results).toMatchObject({ replayed: 1, skipped: 1 });
    const named = await command(['replay', '--yes', '--json', '--reason', 'console-only']);
    expect(named.json().results).toMatchObject({ replayed: 1, skipped: 0 });
  });

  it('says how long a replay with a rate takes', async () => {
    await stand.addDeadLetters(...leaks(9));
    const { questions } = await command(['replay', '--rate', '0.1'], { isTTY: true, answers: ['n'] });
    expect(questions).toEqual(['Send 9 events again, 0.1 a second: about 1 min 20 s? [y/N] ']);
  });

  describe('discard', () => {
    const discarded = () => audit().map(({ unmapped, status_detail }) => ({ ...unmapped, code: status_detail }));

    it('shows the dead letter, asks for the word, deletes it, and records who and why', async () => {
      await stand.addDeadLetters(held(), ...leaks(1));
      const { code, err, out, questions } = await command(
        ['discard', 'offboarding-7', '--reason', ' a test of the sender ', '--operator', 'Jo'],
        { isTTY: true, answers: ['discard'] },
      );
      expect({ code, questions }).toEqual({
        code: 0,
        questions: ['Discard 1 dead letter in the name of Jo? Its keys stay live. Type discard: '],
      });
      expect(err).toContain('all keys of saml/user@example.com, held-limit, from //scanner.example/acme/app');
      expect(out).toMatch(/^[0-9a-f-]{36} all keys of saml\/user@example.com: discarded\n/);
      const [left, ...others] = await stand.take('deadLetters');
      expect([JSON.parse(left ?? '').event.id, others]).toEqual(['leak-0', []]);
      expect(await stand.take('bulk')).toEqual([]);
      const details = {
        operation_id: expect.any(String),
        operator: { name: 'Jo', claimed: true },
        reason: 'held-limit',
        why: 'a test of the sender',
        origin: 'm-1',
      };
      expect(discarded()).toMatchObject([
        { phase: 'discard', code: 'intent', discard: details },
        { phase: 'discard', code: 'discarded', discard: details },
        { phase: 'checkpoint' },
      ]);
    });

    it.each([
      ['another answer', ['y'], 1, 'error [not-confirmed] nothing was done\n  next: run it again and answer discard'],
      ['n', ['n'], 1, '\nnothing was done\n'],
      ['Ctrl-C', [undefined], 130, ''],
    ])('leaves the dead letter at %s', async (_, answers, code, failure) => {
      await stand.addDeadLetters(held());
      const refused = await command(['discard', 'offboarding-7', '--reason', 'x'], { isTTY: true, answers });
      expect(refused).toMatchObject({ code, out: '', err: expect.stringContaining(failure) });
      expect(await stand.take('deadLetters')).toHaveLength(1);
      expect(existsSync(join(stand.folder, 'state'))).toBe(false);
    });

    it.each([
      [
        'an id that no dead letter has',
        ['unknown-id'],
        1,
        'dead-letter-not-found] no dead letter has this id: unknown-id\n',
      ],
      ['several such ids', ['x1', 'x2'], 1, 'dead-letter-not-found] no dead letter has these ids: x1, x2\n'],
      [
        'an id that several dead letters have',
        ['shared'],
        1,
        'dead-letter-ambiguous] several dead letters have the id shared\n',
      ],
      ['a prefix that is too short', ['0'], 1, 'dead-letter-not-found] no dead letter has this id: 0\n'],
    ])('deletes nothing for %s', async (_, ids, code, failure) => {
      await stand.addDeadLetters(held('shared'), deadLetterOf(offboarded({ id: 'shared', source: '//other.example' })));
      const { err, ...ended } = await command(['discard', ...ids, '--reason', 'x', '--yes']);
      expect(ended).toMatchObject({ code, out: '' });
      expect(err).toContain(`error [${failure}`);
      expect(await stand.take('deadLetters')).toHaveLength(2);
    });

    it.each([[], ['--reason', ''], ['--reason', 'a\nb'], ['--reason', 'x'.repeat(201)]])(
      'is wrong use without a reason on one line: %j',
      async (...options) => {
        expect((await command(['discard', 'offboarding-7', '--yes', ...options])).code).toBe(2);
      },
    );

    it('deletes nothing when it cannot be recorded', async () => {
      await stand.addDeadLetters(held());
      writeFileSync(join(stand.folder, 'file'), '');
      const file = join(stand.folder, 'file', 'audit.jsonl');
      const { code, err } = await command(['discard', 'offboarding-7', '--reason', 'x', '--yes', '--audit', file]);
      expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('error [audit-unavailable]') });
      expect(await stand.take('deadLetters')).toHaveLength(1);
    });
  });

  it('sends nothing, and stores no approval, when there is no function to send', async () => {
    await stand.addDeadLetters(held());
    const words = ['replay', '--approve', '--message-id'];
    const { letters: listed } = (await command(['list', '--detail', '--json'])).json();
    const unknown = await command([...words, listed[0].messageId, '--yes', '--function', 'other']);
    expect({ code: unknown.code, err: unknown.err }).toEqual({
      code: 1,
      err: expect.stringContaining('error [function-unavailable]'),
    });
    stand.env.METRIC_SERVICE = '';
    const unnamed = await command([...words, listed[0].messageId, '--yes']);
    expect({ code: unnamed.code, err: unnamed.err }).toEqual({
      code: 2,
      err: expect.stringContaining('error [function-unknown]'),
    });
    expect(await stand.take('deadLetters')).toHaveLength(1);
  });

  it('ends as out of time when the function reaches none of the dead letters in its longest run', async () => {
    await stand.addDeadLetters(...leaks(1));
    const runs: unknown[] = [];
    const invoke = async (request: unknown) => {
      runs.push(fieldsOf(request).seconds);
      return { ended: 'time', deadLetters: [] };
    };
    const lambda = await startLambdaServer({ slow: { invoke } });
    try {
      enterEnvironment({ AWS_ENDPOINT_URL_LAMBDA: lambda.endpoint });
      const { code, json } = await command(['replay', '--yes', '--json', '--function', 'slow']);
      expect({ code, ended: json().ended, unreached: json().unreached }).toEqual({
        code: 1,
        ended: 'time',
        unreached: 1,
      });
      expect(runs).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 512, 840]);
    } finally {
      await lambda.close();
    }
  });

  it.each([
    [0, 'no dead letter was read\n5 dead letters not reached: '],
    [2, 'retries-exhausted     2        0        0       0\n3 dead letters not reached: '],
  ])('says how many the function did not find, when it finds %i of five', async (found, expected) => {
    await stand.addDeadLetters(...leaks(5));
    const invoke = async (request: unknown) => {
      const ids: readonly string[] = Object(request).messageIds;
      return { ended: 'complete', deadLetters: ids.slice(0, found).map((messageId) => ({ messageId, code: 'sent' })) };
    };
    const lambda = await startLambdaServer({ busy: { invoke } });
    try {
      enterEnvironment({ AWS_ENDPOINT_URL_LAMBDA: lambda.endpoint });
      const { code, out } = await command(['replay', '--yes', '--function', 'busy']);
      expect({ code, out }).toEqual({ code: 1, out: expect.stringContaining(expected) });
    } finally {
      await lambda.close();
    }
  });

  it('says how many were processed before the function could not be invoked', async () => {
    await stand.addDeadLetters(...leaks(3));
    const runs: unknown[] = [];
    const invoke = async (request: unknown) => {
      const [messageId] = Object(request).messageIds;
      if (runs.push(messageId) === 3) throw new RangeError('no memory');
      return { ended: 'time', deadLetters: [{ messageId, code: 'sent' }] };
    };
    const lambda = await startLambdaServer({ failing: { invoke } });
    try {
      enterEnvironment({ AWS_ENDPOINT_URL_LAMBDA: lambda.endpoint });
      const { code, err } = await command(['replay', '--yes', '--function', 'failing']);
      expect({ code, err }).toEqual({
        code: 1,
        err: expect.stringMatching(
          /\(RangeError\); 2 of 3 dead letters were processed before, in operation [0-9a-f-]{36}\n/,
        ),
      });
    } finally {
      await lambda.close();
    }
  });

  it('stops at Ctrl-C after what the function has begun; the rest is visible at once, and none is lost', async () => {
    await stand.addDeadLetters(...leaks(20));
    const { child, ended, told } = stand.start(['dlq', 'replay', '--yes', '--rate', '4', '--json']);
    await told('replay: 1 of about 20');
    // npm passes the signal on, so that it comes twice.
    child.kill('SIGINT');
    child.kill('SIGINT');
    const { code, stdout } = await ended;
    const report = JSON.parse(stdout);
    expect({ code, ended: report.ended, failed: report.results.failed }).toEqual({
      code: 1,
      ended: 'stopped',
      failed: 0,
    });
    const [sent, left] = [await stand.take('urgent'), await stand.take('deadLetters')];
    expect(sent).toHaveLength(report.results.replayed);
    expect(report.results.replayed).toBeGreaterThanOrEqual(1);
    expect(report.results.replayed).toBeLessThan(20);
    const ids = [...sent.map((body) => JSON.parse(body).id), ...left.map((body) => JSON.parse(body).event.id)];
    expect(ids.toSorted()).toEqual(
      leaks(20)
        .map(({ event }) => event?.id)
        .toSorted(),
    );
  });

  it('makes dead letters visible again and reports an incomplete listing when it is interrupted', async () => {
    await stand.addDeadLetters(...leaks(12));
    // The second receive waits, so that the first ten dead letters are in hand meanwhile.
    stand.queueFaults.next('ReceiveMessage', { delayMs: 0 });
    stand.queueFaults.next('ReceiveMessage', { delayMs: 1_000 });
    const { child, ended } = stand.start(['dlq', 'list', '--json']);
    const { url } = stand.queues.deadLetters;
    const request = { QueueUrl: url, AttributeNames: ['ApproximateNumberOfMessagesNotVisible' as const] };
    await until('dead letters in hand', async () => {
      const { Attributes: counts } = await stand.sqs.send(new GetQueueAttributesCommand(request));
      return Number(counts?.ApproximateNumberOfMessagesNotVisible) > 0 ? true : undefined;
    });
    child.kill('SIGINT');
    const { code, stdout } = await ended;
    expect({ code, ...JSON.parse(stdout) }).toMatchObject({ code: 1, error: { code: 'interrupted' } });
    expect(await stand.take('deadLetters')).toHaveLength(12);
  });
});
