import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../../../cli/run.ts';
import { vendorOf } from '../../events/webhooks/vendors.ts';
import { fakeTerminal } from '../../support/fake-terminal.ts';

const ROOT = join(import.meta.dirname, '../../..');
const ready = (name: string) => join(ROOT, 'webhooks', `${name}.json`);

async function revoker(
  args: readonly string[],
  { input = '', env = {} }: { input?: string; env?: NodeJS.ProcessEnv } = {},
) {
  const terminal = fakeTerminal({ input });
  const code = await run(args, { terminal, env });
  return { code, out: terminal.out, err: terminal.err };
}
const json = (text: string): unknown => JSON.parse(text);

describe('revoker webhook check', () => {
  it('shows the path, the proof, the secret and the actions of each', async () => {
    expect(json((await revoker(['webhook', 'check', ready('gusto'), '--json'])).out)).toEqual({
      webhooks: [
        {
          name: 'gusto',
          path: '/webhook/gusto',
          proof: 'hmac-sha256',
          secret: 'webhook/gusto',
          acts: ['offboarded', 'reinstated'],
        },
      ],
    });
    const { code, out } = await revoker(['webhook', 'check', ready('hibob')]);
    expect([code, out.replace(/ +/g, ' ')]).toEqual([
      0,
      'path proof secret acts on\n/webhook/hibob hmac-sha512 webhook/hibob offboarded\n\n1 webhook, nothing wrong\n',
    ]);
  });

  it('reads the variable WEBHOOKS, also as a file', async () => {
    expect((await revoker(['webhook', 'check'], { env: { WEBHOOKS: `@${ready('deel')}` } })).code).toBe(0);
    expect((await revoker(['webhook', 'check'], { env: { WEBHOOKS: '{}' } })).err).toContain('[webhooks-missing]');
    expect((await revoker(['webhook', 'check'])).err).toContain('[webhooks-missing]');
    expect((await revoker(['webhook', 'check'], { env: { WEBHOOKS: '@nowhere.json' } })).err).toContain(
      'WEBHOOKS: expected a readable file after @',
    );
  });

  it('says every problem, where it is, and what was expected', async () => {
    const { code, err } = await revoker(['webhook', 'check', '-'], {
      input: '{"hr":{"secret":"s","proof":{"kind":"x"},"when":{}}}',
    });
    expect([code, err]).toEqual([
      2,
      'error [webhooks-invalid] hr.proof.kind: expected an object with kind: ' +
        '"hmac", "header", "body" or "standard-webhooks"\n' +
        '  next: correct the configuration: docs/webhooks.md describes each field\n',
    ]);
  });
});

describe('revoker webhook try', () => {
  const attempt = (name: string, input: string) =>
    revoker(['webhook', 'try', name, '-', '--webhooks', ready(name), '--json'], { input });

  it('shows who would be revoked, and when', async () => {
    const { code, out } = await attempt('merge', JSON.stringify(vendorOf('merge').offboarding('')));
    expect([code, json(out)]).toMatchObject([
      0,
      {
        result: 'events',
        events: [{ data: { identity: { email: 'user@example.com' }, effectiveAt: '2027-01-01T00:00:00.000Z' } }],
        ignored: [],
        faults: [],
      },
    ]);
    const lines = await revoker(['webhook', 'try', 'merge', '-', '--webhooks', ready('merge')], {
      input: JSON.stringify(vendorOf('merge').offboarding('')),
    });
    expect(lines.out).toContain('all keys of email user@example.com');
    expect(lines.out).toContain('1 event, 0 ignored, 0 for an operator\n');
  });

  it('ends with 3 where an operator would have to act, and says why', async () => {
    const { code, out } = await attempt('hibob', '{"type":"employee.left","data":{}}');
    expect([code, json(out)]).toEqual([
      3,
      {
        result: 'refused',
        events: [],
        ignored: [],
        faults: ['invalid: expected a person where the webhook looks for one'],
      },
    ]);
  });

  it('recognizes what is ignored, and the test of a connection', async () => {
    expect(json((await attempt('hibob', '{"type":"employee.created","data":{}}')).out)).toMatchObject({
      result: 'ignored',
    });
    expect(json((await attempt('hibob', 'Ping test')).out)).toMatchObject({ result: 'handshake' });
  });

  it('shows no secret that is in the payload', async () => {
    const secret = ['a', 'secret', 'in', 'a', 'body'].join('-');
    const { out, err } = await attempt('rippling', JSON.stringify(vendorOf('rippling').offboarding(secret)));
    expect(json(out)).toMatchObject({ result: 'events' });
    expect(`${out}${err}`).not.toContain(secret);
  });

  it('takes headers, and refuses what is none', async () => {
    const webhooks = JSON.stringify({
      hr: {
        secret: 's',
        proof: { kind: 'header', header: 'authorization' },
        when: { offboarded: { header: 'x-event', in: ['left'] } },
        person: { email: '/email' },
      },
    });
    const withHeader = (header: string) =>
      revoker(['webhook', 'try', 'hr', '-', '--header', header, '--json'], {
        input: '{"email":"user@example.com"}',
        env: { WEBHOOKS: webhooks },
      });
    expect(json((await withHeader('X-Event: left')).out)).toMatchObject({ result: 'events' });
    expect(json((await withHeader('x-event:came')).out)).toMatchObject({ result: 'refused' });
    expect((await withHeader('x event')).err).toContain('[header-invalid]');
  });

  it('names the webhooks that there are', async () => {
    const { code, err } = await revoker(['webhook', 'try', 'hr', '-', '--webhooks', ready('deel')]);
    expect([code, err]).toEqual([2, 'error [webhook-unknown] no webhook of this name\n  next: expected one of deel\n']);
  });
});
