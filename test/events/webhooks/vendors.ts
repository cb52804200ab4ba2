/** Requests of HR systems, signed by the rule that each documents, and the configurations that are ready for them. */
import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Source, WebRequest } from '../../../events/sources/source.ts';
import { configuredWebhooks } from '../../../events/webhooks/webhook-source.ts';
import { createProofs } from '../../../lib/io/secrets/webhook-secrets.ts';
import { EVENT_MS } from '../../support/event-factory.ts';
import { bytes, request } from '../sources/requests.ts';

const FOLDER = join(import.meta.dirname, '../../../webhooks');

export const READY: readonly string[] = readdirSync(FOLDER).map((file) => file.replace(/\.json$/, ''));
export const readyText = (name: string): string => readFileSync(join(FOLDER, `${name}.json`), 'utf8');

/** The only webhook of a text of WEBHOOKS. Throws when the text has a problem. */
export function sourceOf(text: string): Source {
  const configured = configuredWebhooks(text);
  if (configured.kind === 'problems') throw new Error(configured.problems.join('; '));
  const [webhook] = configured.webhooks;
  if (webhook === undefined) throw new Error('expected a webhook');
  return webhook.source;
}

export const VENDOR_SECRET = ['a', 'vendor', 'secret', 'of', 'thirty', 'characters'].join('-');

type Algorithm = 'sha256' | 'sha512';
const mac = (algorithm: Algorithm, secret: string, ...parts: readonly (string | Uint8Array)[]) =>
  parts.reduce((hmac, part) => hmac.update(part), createHmac(algorithm, secret)).digest();

export interface Vendor {
  readonly name: string;
  /** Whether the body is covered by the proof. */
  readonly bodyIsProven: boolean;
  readonly sign: (body: Uint8Array, secret: string, now: number) => Record<string, string>;
  /** An offboarding, as the vendor sends it; of a secret in the body, with it. */
  readonly offboarding: (secret: string) => unknown;
}

const seconds = (now: number): string => String(Math.floor(now / 1_000));

/** Each with the page that documents the rule. */
export const VENDORS: readonly [Vendor, ...Vendor[]] = [
  {
    // documentation.bamboohr.com, Webhooks: SHA-256 HMAC of the body followed by the timestamp
    name: 'bamboohr',
    bodyIsProven: true,
    sign: (body, secret, now) => ({
      'x-bamboohr-timestamp': seconds(now),
      'x-bamboohr-signature': mac('sha256', secret, body, seconds(now)).toString('hex'),
    }),
    offboarding: () => ({
      employees: [
        {
          id: '5',
          changedFields: ['Status'],
          fields: { Status: { value: 'Inactive' }, 'Work Email': { value: 'user@example.com' } },
        },
      ],
    }),
  },
  {
    // apidocs.hibob.com, Working with webhooks: HMAC SHA512 of the payload, base64
    name: 'hibob',
    bodyIsProven: true,
    sign: (body, secret) => ({ 'bob-signature': mac('sha512', secret, body).toString('base64') }),
    offboarding: () => ({
      companyId: 636192,
      type: 'employee.left',
      triggeredBy: 'system',
      triggeredAt: '2026-11-23T09:00:00.123456',
      version: 'v2',
      data: { employeeId: '3332883884017713938' },
    }),
  },
  {
    // docs.gusto.com, Webhooks: HMAC-SHA256 of the body, hex, the verification token as the key
    name: 'gusto',
    bodyIsProven: true,
    sign: (body, secret) => ({ 'x-gusto-signature': mac('sha256', secret, body).toString('hex') }),
    offboarding: () => ({
      uuid: '03ffbf0c-48a9-4f1c-932a-546413a26ad1',
      event_type: 'employee.termination_effective',
      resource_type: 'Company',
      entity_type: 'Employee',
      entity_uuid: 'bcfc9744-0ab3-4ef3-ab0d-e728255d659c',
      timestamp: EVENT_MS / 1_000 - 60,
    }),
  },
  {
    // Rippling, Workflow Studio: the administrator writes the body, and a secret into it
    name: 'rippling',
    bodyIsProven: false,
    sign: () => ({}),
    offboarding: (secret) => ({ secureKey: secret, email: 'user@example.com' }),
  },
  {
    // Workday has no webhooks: the customer's own integration sends a header
    name: 'workday',
    bodyIsProven: false,
    sign: (_body, secret) => ({ authorization: secret }),
    offboarding: () => ({
      id: 'run-7',
      event: 'termination',
      workers: [{ id: 'W1', email: 'user@example.com', active: '0', terminationDate: '2026-12-31' }],
    }),
  },
  {
    // workos.com, Webhooks: hex HMAC-SHA256 of `<ms>.<body>`, in `t=<ms>, v1=<signature>`
    name: 'workos',
    bodyIsProven: true,
    sign: (body, secret, now) => ({
      'workos-signature': `t=${now}, v1=${mac('sha256', secret, `${now}.`, body).toString('hex')}`,
    }),
    offboarding: () => ({
      object: 'event',
      id: 'event_07FKJ843CVE8F7BXQSPFH0M53V',
      event: 'dsync.user.updated',
      data: { idp_id: '8931', email: 'user@example.com', state: 'inactive' },
      created_at: '2026-11-23 09:00:31.093',
    }),
  },
  {
    // docs.merge.dev, Webhooks: base64url HMAC-SHA256 of the body
    name: 'merge',
    bodyIsProven: true,
    sign: (body, secret) => ({
      'x-merge-webhook-signature': mac('sha256', secret, body).toString('base64url').padEnd(44, '='),
    }),
    offboarding: () => ({
      hook: { event: 'Employee.changed' },
      data: {
        remote_id: '19202938',
        employment_status: 'INACTIVE',
        work_email: 'user@example.com',
        termination_date: '2026-12-31T00:00:00Z',
        modified_at: '2026-11-23T09:00:00Z',
      },
    }),
  },
  {
    // developer.deel.com, Webhooks: hex HMAC-SHA256 of POST followed by the body
    name: 'deel',
    bodyIsProven: true,
    sign: (body, secret) => ({ 'x-deel-signature': mac('sha256', secret, 'POST', body).toString('hex') }),
    offboarding: () => ({
      data: {
        meta: { event_type: 'contract.terminated', tracking_id: 'b0a1' },
        resource: [{ worker_email: 'user@example.com', client_email: 'boss@example.com' }],
      },
      timestamp: '2026-11-23T09:00:00.000Z',
    }),
  },
  {
    // developer.paylocity.com, Webhooks: basic authentication
    name: 'paylocity',
    bodyIsProven: false,
    sign: (_body, secret) => ({ authorization: `Basic ${secret}` }),
    offboarding: () => ({ companyId: 'C01', employeeId: '12345' }),
  },
];

export const vendorOf = (name: string): Vendor => {
  const vendor = VENDORS.find((each) => each.name === name);
  if (vendor === undefined) throw new Error(`expected a vendor: ${name}`);
  return vendor;
};

/** A request of the vendor, rightly signed. */
export function fromVendor(
  { sign }: Vendor,
  body: unknown,
  { secret = VENDOR_SECRET, now = EVENT_MS }: { readonly secret?: string; readonly now?: number } = {},
): WebRequest {
  return request({ headers: sign(bytes(body), secret, now), body });
}

export const isProvenBy = (source: Source, from: WebRequest, secrets: readonly string[], now = EVENT_MS): boolean =>
  source.isAuthentic(from, createProofs(secrets, source.secretEncoding ?? 'text'), now);
