/**
 * Generated requests: 2,000 genuine ones, none refused, and 20,000 forgeries made of them, none accepted. Only what
 * a sender proves is forged: of Okta and GitLab the header with the secret, of GitHub the signature and the body.
 */
import { describe, expect, it } from 'vitest';
import { SOURCES } from '../../../events/sources/registry.ts';
import type { WebRequest } from '../../../events/sources/source.ts';
import { createProofs } from '../../../lib/io/secrets/webhook-secrets.ts';
import { EVENT_MS } from '../../support/event-factory.ts';
import { type SeededChance, seededChance } from '../../support/seeded-chance.ts';
import { flipped, flippedText, upTo } from '../flipped.ts';
import {
  bytes,
  fromGitguardian,
  fromGithub,
  fromGitlab,
  fromOkta,
  fromStandardWebhooks,
  hmac,
  type Message,
} from './requests.ts';

const GENUINE = 2_000;
const FORGERIES = 20_000;

const randomBytes = (chance: SeededChance, length: number): Uint8Array =>
  Uint8Array.from({ length }, () => upTo(chance, 255));
const randomBody = (chance: SeededChance): Uint8Array =>
  chance.fraction() < 0.5
    ? bytes({ action: 'created', n: chance.fraction(), text: '\u{1f511} "é" \\u00e9 / '.repeat(upTo(chance, 5)) })
    : randomBytes(chance, 1 + upTo(chance, 200));

/** A sender with one secret or two, its requests, and what of them is proved. */
interface Sender {
  readonly name: string;
  readonly proved: readonly string[];
  readonly bodyIsProved: boolean;
  readonly newSecret: (chance: SeededChance) => string;
  readonly send: (chance: SeededChance, secret: string, message?: Message) => WebRequest;
}

const word = (chance: SeededChance): string => `${chance.id()} ${chance.id()}`.slice(0, 12 + upTo(chance, 60)).trim();
const keyOf = (secret: string): Uint8Array => Buffer.from(secret.slice('whsec_'.length), 'base64');

/** Several signatures now and then, as while a sender changes its secret, and one of a version of tomorrow. */
const withOthers = (chance: SeededChance, from: WebRequest): WebRequest => {
  const own = from.headers['webhook-signature'];
  if (own === undefined) return from;
  const other = `v1,${hmac('other', randomBytes(chance, 8)).toString('base64')}`;
  const signatures = chance.pick([own, `${other} ${own}`, `${own} ${other}`, `v1a,${'A'.repeat(86)}== ${own}`]);
  return { ...from, headers: { ...from.headers, 'webhook-signature': signatures } };
};

const SENDERS: readonly [Sender, ...Sender[]] = [
  {
    name: 'github',
    proved: ['x-hub-signature-256'],
    bodyIsProved: true,
    newSecret: word,
    send: (chance, secret) => fromGithub('secret_scanning_alert', randomBody(chance), { secret }),
  },
  {
    name: 'gitlab',
    proved: ['authorization'],
    bodyIsProved: false,
    newSecret: word,
    send: (chance, secret) => fromGitlab(randomBody(chance), secret),
  },
  {
    name: 'gitguardian',
    proved: ['timestamp', 'gitguardian-signature'],
    bodyIsProved: true,
    newSecret: word,
    send: (chance, secret) => fromGitguardian(randomBody(chance), { secret }),
  },
  {
    name: 'okta',
    proved: ['authorization'],
    bodyIsProved: false,
    newSecret: word,
    send: (chance, secret) => fromOkta(randomBody(chance), secret),
  },
  {
    name: 'standard-webhooks',
    proved: ['webhook-id', 'webhook-timestamp', 'webhook-signature'],
    bodyIsProved: true,
    newSecret: (chance) => `whsec_${Buffer.from(randomBytes(chance, 24 + upTo(chance, 40))).toString('base64')}`,
    send: (chance, secret, message = {}) => {
      const at = EVENT_MS / 1_000 + upTo(chance, 600) - 300;
      return fromStandardWebhooks(randomBody(chance), { id: `msg_${chance.id()}`, at, key: keyOf(secret), ...message });
    },
  },
];

/** Forges a request; undefined if this kind of forgery changes nothing that is authenticated. */
type Way = (chance: SeededChance, sender: Sender, from: WebRequest) => WebRequest | undefined;

const onHeader =
  (change: (chance: SeededChance, text: string) => string): Way =>
  (chance, { proved }, from) => {
    const name = proved[upTo(chance, proved.length - 1)] ?? '';
    const text = from.headers[name] ?? '';
    return { ...from, headers: { ...from.headers, [name]: change(chance, text) } };
  };
const onBody =
  (change: (chance: SeededChance, body: Uint8Array) => Uint8Array): Way =>
  (chance, { bodyIsProved }, from) =>
    bodyIsProved ? { ...from, body: change(chance, from.body) } : undefined;

const DAY_S = 86_400;

const WAYS: Readonly<Record<string, Way>> = {
  'a bit of a header': onHeader(flippedText),
  'a header cut at its end': onHeader((chance, text) => text.slice(0, upTo(chance, text.length - 1))),
  'a header cut at its beginning': onHeader((chance, text) => text.slice(1 + upTo(chance, text.length - 1))),
  'a header that came twice': onHeader((chance, text) => `${text}${chance.pick([',', ', '])}${text}`),
  'a header written twice': onHeader((_chance, text) => `${text}${text}`),
  'a header with something behind it': onHeader(
    (chance, text) => `${text}${chance.pick(['\n', '\t', '\0', '=', '0', ','])}`,
  ),
  'a bit of the body': onBody(flipped),
  'a body cut off': onBody((chance, body) => body.slice(0, upTo(chance, body.length - 1))),
  'a body twice': onBody((_chance, body) => Buffer.concat([body, body])),
  'a body with a line feed': onBody((_chance, body) => Buffer.concat([body, Buffer.from('\n')])),
  'a body read and written again': onBody((_chance, body) => bytes(`${new TextDecoder().decode(body)} `)),
  'another secret': (chance, sender) => sender.send(chance, sender.newSecret(chance)),
  'no header': (chance, { proved }, from) => {
    const missing = proved[upTo(chance, proved.length - 1)];
    return { ...from, headers: Object.fromEntries(Object.entries(from.headers).filter(([name]) => name !== missing)) };
  },
};

/** Rightly signed, at the wrong time. */
const atWrongTime = (chance: SeededChance, sender: Sender, secret: string): WebRequest | undefined =>
  sender.name === 'standard-webhooks'
    ? sender.send(chance, secret, { at: EVENT_MS / 1_000 + chance.pick([-1, 1]) * (301 + upTo(chance, DAY_S)) })
    : undefined;

const isTaken = ({ name }: Sender, from: WebRequest, secrets: readonly string[]): boolean => {
  const source = SOURCES.get(name);
  if (source === undefined) throw new Error('expected a source of this name');
  return source.isAuthentic(from, createProofs(secrets, source.secretEncoding ?? 'text'), EVENT_MS);
};

/** The active secrets of a sender, including the signing secret. */
const secretsOf = (sender: Sender, chance: SeededChance) => {
  const [first, second] = [sender.newSecret(chance), sender.newSecret(chance)];
  return { signing: first, active: chance.pick([[first], [first, second], [second, first]]) };
};

describe('of generated requests', () => {
  it(`none of ${GENUINE} genuine ones is refused`, () => {
    const chance = seededChance(1);
    let refused = 0;
    for (let made = 0; made < GENUINE; made++) {
      const sender = SENDERS[made % SENDERS.length] ?? SENDERS[0];
      const { signing, active } = secretsOf(sender, chance);
      if (!isTaken(sender, withOthers(chance, sender.send(chance, signing)), active)) refused++;
    }
    expect(refused).toBe(0);
  });

  it(`none of ${FORGERIES} forgeries is taken`, () => {
    const chance = seededChance(2);
    const ways = [...Object.entries(WAYS)];
    const made: Record<string, number> = {};
    const taken: string[] = [];
    let total = 0;
    for (let turn = 0; total < FORGERIES; turn++) {
      const sender = chance.pick(SENDERS);
      const { signing, active } = secretsOf(sender, chance);
      const [way, forge] = ways[turn % (ways.length + 1)] ?? ['at the wrong time', undefined];
      const forgery =
        forge?.(chance, sender, sender.send(chance, signing)) ??
        (forge ? undefined : atWrongTime(chance, sender, signing));
      if (forgery === undefined) continue;
      made[way] = (made[way] ?? 0) + 1;
      total++;
      if (isTaken(sender, forgery, active)) taken.push(`${sender.name}: ${way}, turn ${turn}`);
    }
    expect(taken).toEqual([]);
    expect(Object.keys(made)).toHaveLength(ways.length + 1);
    expect(Math.min(...Object.values(made))).toBeGreaterThan(300);
  });
});
