/** Directories and webhooks as people met them: each case on the whole product. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EdgeStack, startEdgeStack } from './edge.ts';
import { IDENTITY_CASES, type IdentityCase, type Result, runCase, SIGNING_SECRET } from './identity-cases.ts';

/** Cases that other tests hold, and why not this one. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  A01: 'takes two minutes of real time: test/lib/offboard/authority.test.ts',
  A06: 'both requests are of one sender, which may take back its word: test/lib/offboard/authority.test.ts',
};

const all = (...answers: readonly number[]): Result => ({ answers, live: [], deadLetters: [] });
const alive = (owner: string, answers: readonly number[], ...deadLetters: readonly string[]): Result => ({
  answers,
  live: [`saml/${owner}@example.com`],
  deadLetters,
});

const ROWS: Readonly<Record<string, Result>> = {
  B01: all(200),
  B03: all(),
  B04: { ...all(200), deadLetters: ['unmappable: mueller-ü@example.com'] },
  B05: { ...all(200), deadLetters: ['unmappable: x@example.com'] },
  B07: all(200),
  B08: all(201, 200),
  B10: all(),
  C01: all(200),
  C02: all(200),
  C03: all(200, 200, 200),
  D01: all(200),
  D02: all(200),
  D04: all(200),
  D05: all(),
  D06: all(200),
  D07: all(200),
  D08: all(200),
  D09: all(200),
  D10: all(200),
  D11: alive('d11', [400], 'invalid: d11@example.com'),
  D12: alive('d12', [400], 'unreadable: d12@example.com'),
  D13: alive('d13', [404]),
  D14: alive('d14', [201], 'held-low-confidence: d14@example.com'),
  // The key of the successor lives on.
  D15: alive('d15', [204, 404, 201, 404]),
  D16: alive('d16', [400], 'invalid: d16@example.com'),
  D17: alive('d17', [400, 400], 'invalid: d17@example.com'),
  D18: all(200),
  D19: alive('d19', [400], 'invalid: d19@example.com'),
  D22: alive('d22', [400], 'invalid: d22@example.com'),
  D23: alive('d23', [400, 400, 400, 400], 'invalid: d23@example.com'),
  // Two faults
  D24: alive('d24', [400, 200, 400], 'invalid: d24@example.com', 'invalid: d24@example.com'),
  D26: all(200),
  D27: alive('d27', [400], 'invalid: d27@example.com'),
  F01: alive('y', [200]),
  F02: alive('f02', [200]),
  F03: all(200, 200),
  F04: alive('f04', [], 'invalid: admin@example.com'),
  F06: alive('f06', [200]),
  F07: all(200, 200),
  F08: all(200),
  F09: all(200),
  F11: all(200),
  G01: { ...all(404, 404, 202), deadLetters: ['invalid: no name'] },
  G02: { ...all(202), deadLetters: ['unknown-type: no name', 'unknown-type: no name'] },
  G03: { ...all(), deadLetters: ['invalid: no name'] },
  G04: { ...all(404, 400), deadLetters: ['unreadable: no name'] },
  G05: alive('g05', [202, 202], 'invalid: g05@example.com', 'invalid: g05@example.com'),
  G06: alive('g06', [202], 'invalid: g06@example.com'),
  G07: alive('g07', [], ...Array.from({ length: 5 }, () => 'invalid: g07@example.com'), 'unmappable: g07@example.com'),
};

/** More people leave here in one minute than anywhere in ten. */
const LIMITS = JSON.stringify({ sourcePer10Minutes: 500, sourcePerDay: 500, totalPer10Minutes: 500, totalPerDay: 500 });

const start = async (env: IdentityCase['env'] = {}): Promise<EdgeStack> => {
  const templates = { PRINCIPAL_TEMPLATES: '["saml/{login}","saml/{email}"]' };
  const world = await startEdgeStack({ env: { ...templates, LIMITS, ...env } });
  world.secrets.secrets.set('hooks/standard-webhooks', SIGNING_SECRET);
  return world;
};

const hasOwnWorld = ({ env, identities }: IdentityCase): boolean => env !== undefined || identities !== undefined;
const tested = IDENTITY_CASES.filter(({ id }) => !(id in ELSEWHERE));
const named = (cases: readonly IdentityCase[]) => cases.map((each) => ({ each, name: `${each.id}: ${each.title}` }));

describe('the cases', () => {
  it('are all in the table, or elsewhere with a reason', () => {
    const ids = IDENTITY_CASES.map(({ id }) => id);
    expect([...Object.keys(ROWS), ...Object.keys(ELSEWHERE)].toSorted()).toEqual(ids.toSorted());
  });
});

describe('on one stack, one after the other', () => {
  let world: EdgeStack;
  beforeAll(async () => {
    world = await start();
  });
  afterAll(() => world.close());

  it.each(named(tested.filter((each) => !hasOwnWorld(each))))('$name', async ({ each }) => {
    expect(await runCase(world, each)).toEqual(ROWS[each.id]);
  });
});

describe('on a stack with variables of its own', () => {
  it.each(named(tested.filter(hasOwnWorld)))('$name', async ({ each }) => {
    const world = await start(each.env);
    try {
      expect(await runCase(world, each)).toEqual(ROWS[each.id]);
    } finally {
      await world.close();
    }
  });
});
