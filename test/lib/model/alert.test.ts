import { describe, expect, it } from 'vitest';
import { accessKeyId } from '../../../events/ids.ts';
import { type Findings, findingsIn, findingsNear } from '../../../events/sources/findings.ts';
import { alertNameOf, credentialsIn, needsLocations } from '../../../lib/model/alert.ts';

const secretOf = (first: string) => `cwo${first}${'aB3xYz9QmN7kLp2R'.repeat(3).slice(0, 39)}`;
const TOKEN = ['CW', 'SECRET', 'q7Rz2Lw9Xk4T'].join('-');
const A = 'CW1GK5MZG572P7H2';
const B = 'CW8YO5GYBLEO3FX7';
const NAME = 'CWSECRETACCESSKEY';
const PLACEHOLDER = `cwo${'x'.repeat(40)}`;

describe('alertNameOf', () => {
  it('returns owner, repository and number', () => {
    expect(alertNameOf('acme/my.app_1-x/42')).toEqual({ repository: 'acme/my.app_1-x', number: 42 });
    expect(alertNameOf('acme/app/4')?.number).toBe(4);
    expect(alertNameOf('acme/app/1234567890123456')?.number).toBe(1_234_567_890_123_456);
  });

  it.each([
    '',
    '42',
    'acme/42',
    'acme/app/0',
    'acme/app/042',
    'acme/app/4x',
    'acme/app/12345678901234567',
    'acme/app/more/4',
    '../app/4',
    'acme/../4',
    'acme/./4',
    'acme/app/4?x=1',
    'acme/a b/4',
    'acme/app/4\n',
    `acme/${'a'.repeat(101)}/4`,
  ])('returns undefined for %j', (ref) => expect(alertNameOf(ref)).toBeUndefined());
});

/** What an alert's text and the texts around it come to. */
const judged = (secret: string, ...places: readonly string[]) =>
  credentialsIn(
    findingsIn(secret),
    places.map((text) => findingsNear(text)),
  );

describe('an alert', () => {
  it.each<[string, readonly [string, ...string[]], readonly string[], string, string | undefined]>([
    ['with key id and secret', [`${A}:${secretOf('x')}`], [A], 'pair', undefined],
    ['with the id alone', [A], [A], 'key-id-only', undefined],
    ['with the id, its secret beside it', [A, `${A} ${secretOf('x')}`], [A], 'pair', undefined],
    ['with the id, beside it another one’s secret', [A, `${B} ${secretOf('x')}`], [A], 'key-id-only', undefined],
    ['with the id, beside it two ids and a secret', [A, `${A} ${B} ${secretOf('x')}`], [A], 'key-id-only', undefined],
    ['with the secret alone', [secretOf('x')], [], 'pair', 'unmappable'],
    ['with the secret, its id beside it', [secretOf('x'), `${A} ${secretOf('x')}`], [A], 'pair', undefined],
    ['with the secret, an id elsewhere', [secretOf('x'), A], [], 'pair', 'unmappable'],
    ['with the secret, two ids beside it', [secretOf('x'), `${A} ${B} ${secretOf('x')}`], [], 'pair', 'unmappable'],
    [
      'with two ids, the secret of one beside it',
      [`${A} ${B}`, `${A} ${secretOf('x')}`],
      [A, B],
      'key-id-only',
      undefined,
    ],
    [
      'with the secret, in places that disagree, and others that name no id',
      [secretOf('x'), `${A} ${secretOf('x')}`, `${B} ${secretOf('x')}`, `${secretOf('x')} ${secretOf('y')}`],
      [],
      'pair',
      'unmappable',
    ],
    [
      'with the secret, in places that disagree',
      [secretOf('x'), `${A} ${secretOf('x')}`, `${B} ${secretOf('x')}`],
      [],
      'pair',
      'unmappable',
    ],
    [
      'with the secret, among two pairs that leaked together',
      [secretOf('x'), `${A} ${secretOf('x')} ${B} ${secretOf('y')}`],
      [A, B],
      'pair',
      undefined,
    ],
    ['with an API token', [TOKEN], [], 'pair', 'console-only'],
    ['with a pair and an API token', [`${A} ${secretOf('x')} ${TOKEN}`], [A], 'pair', 'console-only'],
    ['with a pair and a second secret', [`${A} ${secretOf('x')} ${secretOf('y')}`], [A], 'pair', 'unmappable'],
    ['of another provider’s credential', ['xoxb-1', `${A} ${secretOf('x')}`], [], 'pair', undefined],
    [
      'with the id, its secret nine lines away',
      [A, `${A}${'\n'.repeat(9)}${secretOf('x')}`],
      [A],
      'key-id-only',
      undefined,
    ],
    [
      'with the secret, its id nine lines away',
      [secretOf('x'), `${A}${'\n'.repeat(9)}${secretOf('x')}`],
      [],
      'pair',
      'unmappable',
    ],
    [
      'with the secret, beside it another pair',
      [secretOf('x'), `${A} ${secretOf('y')} ${secretOf('x')}`],
      [A],
      'pair',
      'unmappable',
    ],
    ['with a placeholder behind the id', [`${A}:${PLACEHOLDER}`], [A], 'key-id-only', undefined],
    [
      'with the secret, which a second place has among two pairs',
      [secretOf('x'), `${A} ${secretOf('x')}`, `${A} ${secretOf('x')} ${B} ${secretOf('y')}`],
      [A],
      'pair',
      undefined,
    ],
    ['with the name of a variable', [NAME], [], 'pair', undefined],
  ])('%s', (_name, [secret, ...places], accessKeyIds, confidence, left) => {
    expect(judged(secret, ...places)).toMatchObject({ accessKeyIds, left });
    if (accessKeyIds.length > 0) expect(judged(secret, ...places)).toMatchObject({ confidence });
  });

  it.each([
    ['a pair', `${A} ${secretOf('x')}`, false],
    ['the name of a variable', NAME, false],
    ['an id', A, true],
    ['a secret', secretOf('x'), true],
    ['two ids and a secret', `${A} ${B} ${secretOf('x')}`, true],
    ['an API token', TOKEN, false],
    ['another credential', 'xoxb-1', false],
  ])('with %s is looked for at its places or not', (_name, secret, expected) => {
    expect(needsLocations(findingsIn(secret))).toBe(expected);
  });
});

describe('an alert in ten places that name 1,000 pairs each', () => {
  const ids = Array.from({ length: 1_000 }, (_, at) => accessKeyId.parse(`CW${String(at).padStart(14, '0')}`));
  const findings = (fields: Partial<Findings>): Findings => ({
    ...{ accessKeyIds: [], pairs: [], secrets: 0, loose: 0, words: [], apiTokens: 0 },
    ...fields,
  });

  /** The answer, and how often an element of the places' pairs was read. */
  function readsOf(own: Findings) {
    let reads = 0;
    const counted = () =>
      new Proxy(ids, {
        get(target, key, receiver) {
          if (typeof key === 'string' && /^\d+$/.test(key)) reads += 1;
          return Reflect.get(target, key, receiver);
        },
      });
    const places = Array.from({ length: 10 }, () => findings({ pairs: counted() }));
    const { accessKeyIds, confidence } = credentialsIn(own, places);
    return { keys: accessKeyIds.length, confidence, isLinear: reads < 100 * ids.length };
  }

  it.each([
    ['for its secret', findings({ secrets: 1 })],
    ['for its ids', findings({ accessKeyIds: ids })],
  ])('is searched in linear time, %s', (_name, own) => {
    expect(readsOf(own)).toEqual({ keys: 1_000, confidence: 'pair', isLinear: true });
  });
});
