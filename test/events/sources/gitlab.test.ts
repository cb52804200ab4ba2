import { describe, expect, it } from 'vitest';
import { gitlab } from '../../../events/sources/gitlab.ts';
import { EVENT_MS } from '../../support/event-factory.ts';
import { fromGitlab, gist, isAuthentic, reading, request, SECRET, toldOf } from './requests.ts';

const KEY_ID = 'CWABCDEFGH1JKLMN';
const KEY_SECRET = `cwo${'aB3xYz9Q'.repeat(5)}`;
const OTHER_SECRET = `cwo${'Zy9qWv8T'.repeat(5)}`;
const API_TOKEN = `CW-SECRET-${'aB3x'.repeat(8)}`;
const PLACE = 'https://git.example/acme/app/-/blob/abc/a.env';
const HOUR = '2026-11-23T09:00:00Z';

const token = (
  text: unknown,
  location: unknown = PLACE,
  type: unknown = 'gitleaks_rule_id_coreweave_access_key_pair',
) => ({
  type,
  token: text,
  location,
});
const leak = (id: string, data: object, evidence: object = {}) => ({
  specversion: '1.0',
  type: 'credential.compromised.v1',
  id,
  source: 'gitlab://git.example',
  time: '2026-11-23T09:30:00.000Z',
  data: {
    ...data,
    evidence: {
      detector: 'gitleaks_rule_id_coreweave_access_key_pair',
      url: PLACE,
      receivedVia: 'token-revocation-api',
      verifiedBy: 'authorization-header',
      ...evidence,
    },
  },
});
const keyLeak = (confidence: string) => leak(`${KEY_ID}/${confidence}/${HOUR}`, { accessKeyId: KEY_ID, confidence });
const unnamed = (provider: string) => leak(`${provider}/${HOUR}/${PLACE}`, { reference: { provider, ref: PLACE } });
const reply = { status: 204 };
const NO_PATH = 'expected a path of this source';
const read = (...tokens: unknown[]) => reading(gitlab, fromGitlab(tokens));

describe('tokens that GitLab found', () => {
  it.each([
    ['an id with its secret', `${KEY_ID}:${KEY_SECRET}`, [keyLeak('pair')]],
    ['an id right before its secret', `${KEY_ID}${KEY_SECRET}`, [keyLeak('pair')]],
    ['an id right behind its secret', `${KEY_SECRET}${KEY_ID}`, [keyLeak('pair')]],
    ['an id alone', KEY_ID, [keyLeak('key-id-only')]],
    ['a presigned URL', `https://x.example/o?X-Amz-Credential=${KEY_ID}/20261123/r/s3`, [keyLeak('key-id-only')]],
    ['a secret alone', KEY_SECRET, [unnamed('coreweave-secret')]],
    ['an API token', API_TOKEN, [unnamed('coreweave-api-token')]],
    ['an id, two secrets', [KEY_ID, KEY_SECRET, OTHER_SECRET].join(), [keyLeak('pair'), unnamed('coreweave-secret')]],
    ['the same secret twice', [KEY_ID, KEY_SECRET, KEY_SECRET].join(), [keyLeak('pair')]],
  ])('with %s', (_name, text, events) => {
    expect(read(token(text))).toStrictEqual({ kind: 'events', events, reply });
  });

  it('with more ids than secrets leave open whose secret it is', () => {
    const other = KEY_ID.replace('N', 'Z');
    expect(gist(read(token([KEY_ID, other, KEY_SECRET].join())))).toEqual(
      [KEY_ID, other].map((id) => `credential.compromised.v1 ${id}/key-id-only/${HOUR} of gitlab://git.example`),
    );
  });

  it('by two rules in one place belong together', () => {
    expect(read(token(KEY_ID), token(KEY_SECRET))).toStrictEqual({ kind: 'events', events: [keyLeak('pair')], reply });
  });

  it('in one place are read each by itself', () => {
    const other = KEY_ID.replace('N', 'Z');
    expect(gist(read(token(KEY_ID), token(other, PLACE, 'another_rule')))).toEqual(
      [KEY_ID, other].map((id) => `credential.compromised.v1 ${id}/key-id-only/${HOUR} of gitlab://git.example`),
    );
    expect(read(token(KEY_ID), token(KEY_SECRET, PLACE, 'another_rule'))).toStrictEqual({
      kind: 'events',
      events: [keyLeak('pair')],
      reply,
    });
  });

  it('in two places do not', () => {
    expect(gist(read(token(KEY_ID), token(KEY_SECRET, `${PLACE}2`)))).toEqual([
      `credential.compromised.v1 ${KEY_ID}/key-id-only/${HOUR} of gitlab://git.example`,
      `credential.compromised.v1 coreweave-secret/${HOUR}/${PLACE}2 of gitlab://git.example`,
    ]);
  });

  it('on lines of one file belong together when they are near, and are named by the line of the id', () => {
    expect(read(token(KEY_SECRET, `${PLACE}#L4-5`), token(KEY_ID, `${PLACE}#L3`))).toStrictEqual({
      kind: 'events',
      events: [leak(`${KEY_ID}/pair/${HOUR}`, { accessKeyId: KEY_ID, confidence: 'pair' }, { url: `${PLACE}#L3` })],
      reply,
    });
    for (const [one, other] of [
      ['#L12', ''],
      ['', '#L3-45'],
      ['#L7-8', '#L12'],
    ]) {
      expect(gist(read(token(KEY_ID, `${PLACE}${one}`), token(KEY_SECRET, `${PLACE}${other}`)))).toHaveLength(1);
    }
    for (const [one, other] of [
      ['#L3', '#L900'],
      ['#L3-45', '#L12'],
    ]) {
      expect(gist(read(token(KEY_ID, `${PLACE}${one}`), token(KEY_SECRET, `${PLACE}${other}`)))).toHaveLength(2);
    }
    expect(gist(read(token(KEY_ID, `${PLACE}#L4x`), token(KEY_SECRET, `${PLACE}x`)))).toHaveLength(2);
    const ends = ['#L4x', '#L', '#L4-', '#x4', '#L4#L'];
    for (const end of ends) {
      expect(gist(read(token(KEY_ID, `${PLACE}${end}`), token(KEY_SECRET, PLACE)))).toHaveLength(2);
    }
  });

  it('in files whose paths differ only where they are too long to be shown do not belong together', () => {
    const [one, other] = ['1', '2'].map((part) => `${PLACE}/${'a/'.repeat(300)}${part}/${'b/'.repeat(300)}c.env`);
    const found = gist(read(token(KEY_ID, `${one}#L3`), token(KEY_SECRET, `${other}#L4`)));
    expect(found).toHaveLength(2);
    expect(found[0]).toContain(`${KEY_ID}/key-id-only/`);
  });

  it('in files of one name that cannot be told apart on the screen are events of their own', () => {
    const long = (part: string) => `${PLACE}/${'a/'.repeat(300)}${part}/${'b/'.repeat(300)}c.env`;
    const found = gist(read(token(KEY_SECRET, long('1')), token(OTHER_SECRET, long('2'))));
    expect(new Set(found).size).toBe(2);
  });

  it('beside a name that is no id tell of the secret, and name it', () => {
    const found = read(token('CWSECRETACCESSKEY', `${PLACE}#L3`), token(KEY_SECRET, `${PLACE}#L3`));
    expect(found.kind === 'events' ? found.events.map(({ data }) => data) : found).toMatchObject([
      { reference: { provider: 'coreweave-secret', ref: `${PLACE}#L3; beside CWSECRETACCESSKEY` } },
    ]);
  });

  it('that are names of variables are ignored', () => {
    expect(read(token('CWACCESSKEYID'))).toMatchObject({ kind: 'ignored', reply });
  });

  it('with a placeholder for a secret are no pair', () => {
    expect(gist(read(token(`${KEY_ID}:cwo${'A'.repeat(40)}`)))).toEqual([
      `credential.compromised.v1 ${KEY_ID}/key-id-only/${HOUR} of gitlab://git.example`,
      `credential.compromised.v1 coreweave-secret/${HOUR}/${PLACE} of gitlab://git.example`,
    ]);
  });

  it('in base64 are decoded', () => {
    const text = Buffer.from(`${KEY_ID}:${KEY_SECRET}`).toString('base64');
    expect(read(token(text))).toStrictEqual({ kind: 'events', events: [keyLeak('pair')], reply });
  });

  it('in two places are one event of a key, the surest', () => {
    expect(read(token(KEY_ID, `${PLACE}2`), token(`${KEY_ID} ${KEY_SECRET}`))).toStrictEqual({
      kind: 'events',
      events: [keyLeak('pair')],
      reply,
    });
  });

  it('in two places keep the surest, in whichever order they come', () => {
    expect(read(token(`${KEY_ID} ${KEY_SECRET}`), token(KEY_ID, `${PLACE}2`))).toStrictEqual({
      kind: 'events',
      events: [keyLeak('pair')],
      reply,
    });
  });

  it('in two places that are equally sure keep the first', () => {
    const pair = `${KEY_ID} ${KEY_SECRET}`;
    expect(read(token(pair), token(pair, `${PLACE}2`), token(KEY_ID, `${PLACE}3`))).toStrictEqual({
      kind: 'events',
      events: [keyLeak('pair')],
      reply,
    });
    expect(read(token(KEY_ID), token(KEY_ID, `${PLACE}2`))).toStrictEqual({
      kind: 'events',
      events: [keyLeak('key-id-only')],
      reply,
    });
  });

  it.each([
    ['https://git.example:8443/a', 'git.example:8443'],
    ['HTTP://git.example/a', 'git.example'],
    ['see https://git.example/a', 'unknown'],
    ['https://git.example', 'unknown'],
    ['https://user@git.example/a', 'unknown'],
    ['ftp://git.example/a', 'unknown'],
    ['a.env', 'unknown'],
  ])('in the place %s come from %s', (place, host) => {
    expect(gist(read(token(KEY_ID, place)))).toEqual([
      `credential.compromised.v1 ${KEY_ID}/key-id-only/${HOUR} of gitlab://${host}`,
    ]);
  });

  it('without a type or a place tell neither', () => {
    expect(read(token(KEY_ID, null, null))).toStrictEqual({
      kind: 'events',
      events: [
        {
          ...keyLeak('key-id-only'),
          source: 'gitlab://unknown',
          data: {
            accessKeyId: KEY_ID,
            confidence: 'key-id-only',
            evidence: { receivedVia: 'token-revocation-api', verifiedBy: 'authorization-header' },
          },
        },
      ],
      reply,
    });
  });

  it('without places, or with one that repeats the token, stand for themselves', () => {
    const place = (number: number) => `entry ${number}, without a place`;
    expect(gist(read(token(KEY_SECRET, null), token(KEY_ID, ''), token(KEY_SECRET, `x${KEY_SECRET}`)))).toEqual([
      `credential.compromised.v1 ${KEY_ID}/key-id-only/${HOUR} of gitlab://unknown`,
      `credential.compromised.v1 coreweave-secret/${HOUR}/${place(1)} of gitlab://unknown`,
      `credential.compromised.v1 coreweave-secret/${HOUR}/${place(3)} of gitlab://unknown`,
    ]);
  });

  it('in places that hold a secret do not name them, and belong together all the same', () => {
    const place = `https://git.example/?token=ghp_${'aB3x'.repeat(9)}`;
    expect(gist(read(token(KEY_SECRET, place), token(KEY_ID, place)))).toEqual([
      `credential.compromised.v1 ${KEY_ID}/pair/${HOUR} of gitlab://unknown`,
    ]);
    expect(gist(read(token(KEY_SECRET, place)))).toEqual([
      `credential.compromised.v1 coreweave-secret/${HOUR}/entry 1, without a place of gitlab://unknown`,
    ]);
  });

  it('in places too long to be looked through are not named', () => {
    const place = `https://git.example/${'a'.repeat(2_048)}`;
    expect(gist(read(token(KEY_SECRET, place)))).toEqual([
      `credential.compromised.v1 coreweave-secret/${HOUR}/entry 1, without a place of gitlab://unknown`,
    ]);
  });

  it('in places of any script and length are told apart', () => {
    const long = (end: string) => `https://git.example/é\u{1f511}\ud800/${'a/'.repeat(400)}${end}`;
    const read2 = read(token(KEY_SECRET, long('1')), token(KEY_SECRET, long('2')));
    expect(read2.kind === 'events' ? read2.events.map(({ id }) => id.length) : read2).toEqual([438, 438]);
    expect(new Set(gist(read2)).size).toBe(2);
    expect(gist(read2)[0]).toContain('/%C3%A9%F0%9F%94%91%EF%BF%BD/a/a/');
  });

  it('of others are taken and ignored', () => {
    expect(read(token(`glpat-${'x'.repeat(20)}`), token(''))).toStrictEqual({
      kind: 'ignored',
      why: 'no CoreWeave credential in the tokens',
      reply,
    });
    expect(read()).toMatchObject({ kind: 'ignored', reply });
  });

  it('keep their ids when GitLab tries again, and have others an hour later', () => {
    const call = fromGitlab([token(KEY_ID), token(KEY_SECRET), token(API_TOKEN, 'elsewhere')]);
    const ids = gist(gitlab.read(call, EVENT_MS));
    expect(gist(gitlab.read(call, EVENT_MS + 29 * 60_000))).toEqual(ids);
    for (const id of gist(gitlab.read(call, EVENT_MS + 3_600_000))) expect(ids).not.toContain(id);
  });

  it('act even beside an entry that is none, which is told', () => {
    const nameless = { type: 'x', location: 'https://gitlab.example/a' };
    const beside = read(token(KEY_ID), nameless, null);
    expect(beside).toMatchObject({ kind: 'events', events: [keyLeak('key-id-only')], reply });
    expect(toldOf(beside)).toEqual([
      'invalid, https://gitlab.example/a: {"sender":"gitlab","location":"https://gitlab.example/a","type":"x"}',
      'invalid, : {"sender":"gitlab"}',
    ]);
  });

  it.each([
    ['tokens that are none', [{ token: 7 }]],
    ['entries that are none', [1, {}]],
  ])('with %s cannot be used: a person is told, and GitLab does not try again', (_name, body) => {
    const why = 'invalid: expected a token in each entry';
    expect(reading(gitlab, fromGitlab(body))).toMatchObject({ kind: 'refused', why, reply });
    expect(toldOf(reading(gitlab, fromGitlab(body)))[0]).toBe('invalid, : {"sender":"gitlab"}');
  });

  const twice = `[{"token":"${KEY_ID}","location":"${PLACE}"},{"type":"a","type":"b","token":"x"}]`;
  const listed = (ids: readonly string[], locations: readonly string[]) =>
    `,"counts":{"accessKeyIds":${ids.length},"locations":${locations.length}}` +
    `,"accessKeyIds":${JSON.stringify(ids)},"locations":${JSON.stringify(locations)}`;
  it.each<[string, unknown, string, string]>([
    ['no array', token(KEY_ID), 'expected an array of tokens', listed([KEY_ID], [PLACE])],
    ['no array, and no place', { token: KEY_ID, location: 7 }, 'expected an array of tokens', listed([KEY_ID], [])],
    ['no array, and nothing of CoreWeave', { token: 7 }, 'expected an array of tokens', listed([], [])],
    [
      'an object around them',
      { tokens: [token('x'), token('y', '')] },
      'expected an array of tokens',
      listed([], [PLACE]),
    ],
    ['no JSON', 'x', 'expected JSON', ''],
    ['a key twice in one of them', twice, 'expected each key of an object once', ''],
  ])('with %s are refused: a person is told, and GitLab does not try again', (_name, body, why, places) => {
    const refused = reading(gitlab, fromGitlab(body));
    expect(refused).toMatchObject({ kind: 'refused', why, reply: { status: 400 } });
    expect(toldOf(refused)).toEqual([expect.stringMatching(/^unreadable, (?:\[.*\])?: /)]);
    expect(toldOf(refused)[0]).toContain(`: {"sender":"gitlab"${places}}`);
  });
});

describe('tokens in a call of another form', () => {
  const toldOfTokens = (tokens: readonly unknown[]) => {
    const read = reading(gitlab, fromGitlab({ tokens }));
    return JSON.parse((read.kind === 'refused' && read.unusable?.[0]?.text) || '{}');
  };

  it('are listed up to 100 keys and 100 places, with the number of all', () => {
    const ids = Array.from({ length: 101 }, (_, at) => `CW${String(at).padStart(14, '0')}`);
    const places = ids.map((_, at) => `${PLACE}${at}`);
    expect(toldOfTokens(ids.map((id, at) => token(id, places[at])))).toStrictEqual({
      sender: 'gitlab',
      counts: { accessKeyIds: 101, locations: 101 },
      accessKeyIds: ids.slice(0, 100),
      locations: places.slice(0, 100),
    });
  });

  it('in places that are too long, or hold a secret, are told without these', () => {
    const long = `${PLACE}${'a'.repeat(100_000)}/end.env`;
    const { locations } = toldOfTokens([token('x', long), token('x', `https://git.example/?token=${KEY_SECRET}`)]);
    expect(locations).toStrictEqual([`${long.slice(0, 200)}...${long.slice(-197)}`, '[redacted]']);
  });

  it('that differ only behind the first 100 are another report', () => {
    const places = (last: string) => [...Array.from({ length: 100 }, () => token('x')), token('x', last)];
    const about = (last: string) => toldOf(reading(gitlab, fromGitlab({ tokens: places(last) })))[0]?.split(': {')[0];
    expect(about('a')).not.toBe(about('b'));
  });
});

describe('the calls of GitLab', () => {
  it('for the token types are answered', () => {
    const call = { ...fromGitlab(''), method: 'GET', path: '/v1/revocable_token_types' };
    expect(reading(gitlab, call)).toStrictEqual({
      kind: 'ignored',
      why: 'a question for the token types',
      reply: {
        status: 200,
        body: {
          types: [
            'gitleaks_rule_id_coreweave-access-key-pair',
            'gitleaks_rule_id_coreweave_access_key_pair',
            'gitleaks_rule_id_coreweave-access-key-id',
            'gitleaks_rule_id_coreweave_access_key_id',
            'gitleaks_rule_id_coreweave-access-key-secret',
            'gitleaks_rule_id_coreweave_access_key_secret',
            'gitleaks_rule_id_coreweave-api-token',
            'gitleaks_rule_id_coreweave_api_token',
          ],
        },
      },
    });
  });

  it.each([
    ['POST', '/v1/revocable_token_types', 'expected the method GET', { status: 405, headers: { allow: 'GET' } }],
    ['GET', '/v1/revoke_tokens', 'expected the method POST', { status: 405, headers: { allow: 'POST' } }],
    ['POST', '', NO_PATH, { status: 404, body: { error: NO_PATH } }],
    ['POST', '/v1/revoke_tokens/', NO_PATH, { status: 404, body: { error: NO_PATH } }],
  ])('%s %s is refused', (method, path, why, answer) => {
    expect(gitlab.read(request({ method, path }), EVENT_MS)).toMatchObject({ kind: 'refused', why, reply: answer });
  });

  it.each(['', ` ${SECRET}`, `${SECRET}x`, `Bearer ${SECRET}`, `${SECRET},${SECRET}`])(
    'with the authorization "%s" are not genuine',
    (authorization) => {
      expect(isAuthentic(gitlab, fromGitlab([]))).toBe(true);
      expect(isAuthentic(gitlab, fromGitlab([], authorization))).toBe(false);
    },
  );

  it('without an authorization are not genuine', () => {
    expect(isAuthentic(gitlab, request({ path: '/v1/revoke_tokens' }))).toBe(false);
  });
});
