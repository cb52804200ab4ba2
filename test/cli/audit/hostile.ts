/** A log in which everything that is text is an attack, each record in its chain as if it had been written so. */
import { appendToChain, type Chain, openChain } from '../../../lib/audit/chain.ts';
import type { AuditRecord } from '../../../lib/audit/record.ts';
import { inAscii, inOrder, type JsonInput } from '../../../lib/model/json.ts';
import { sha256 } from '../../support/audit-chains.ts';
import { incidentLog } from '../../support/incident-log.ts';

/** Each would set `window.owned`, load something, or turn what is read around. */
export const ATTACKS: readonly string[] = [
  '<script>window.owned=1</script>',
  '"><img src=x onerror="window.owned=1">',
  "' onmouseover='window.owned=1' autofocus onfocus='window.owned=1",
  '</style><script>window.owned=1</script><style>',
  '</title></head><body onload=window.owned=1>',
  'javascript:window.owned=1',
  'https://evil.example/"onclick="window.owned=1',
  'https://user:word@evil.example/',
  'data:text/html,<script>window.owned=1</script>',
  '<svg/onload=window.owned=1><iframe srcdoc="<script>parent.owned=1</script>">',
  '<meta http-equiv=refresh content="0;url=https://evil.example/">',
  '<link rel=stylesheet href=https://evil.example/x.css><base href=https://evil.example/>',
  '<form action=https://evil.example/><input name=x>',
  '&lt;script&gt;window.owned=1&lt;/script&gt;',
  '{{window.owned=1}}#{window.owned=1}',
  '\u202egnp.exe\u2066\u200b\u0000\u001b[2J\r\n\u2028<b>bold</b>',
  '\ud800<b>half</b>',
  '<!-- --!><script>window.owned=1</script>',
  'x'.repeat(2_000),
];

/** What the reader goes by: without it the records would be of no phase, and in no story. */
const KEPT: ReadonlySet<string> = new Set(['phase', 'correlation_uid']);

/** The log with hostile texts in all fields except those that assign a record to an incident. */
export function hostileLog(first: number): readonly string[] {
  let next = first;
  const attack = (value: JsonInput | undefined, key: string): JsonInput | undefined => {
    if (typeof value === 'string') {
      if (KEPT.has(key)) return key === 'phase' ? value : `${value}${ATTACKS[next % ATTACKS.length]}`;
      next += 1;
      return ATTACKS[next % ATTACKS.length] ?? '';
    }
    if (Array.isArray(value)) return value.map((member) => attack(member, key) ?? null);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, attack(member, name)]));
  };
  let chain: Chain = openChain(ATTACKS[first % ATTACKS.length] ?? 'chain', '<b>authority</b>');
  return incidentLog().flatMap((line) => {
    const { attestation_list: _, ...record }: AuditRecord = JSON.parse(line);
    const event = next;
    const changed = Object.fromEntries(Object.entries(record).map(([name, member]) => [name, attack(member, name)]));
    // A story is told by its source too: let it be the same for all of its records.
    next = event;
    if (Object(changed.unmapped).phase === 'checkpoint') return [];
    // The chain puts its attestation where the field is.
    const linked = appendToChain(chain, Object(inOrder({ ...changed, attestation_list: null })), sha256);
    chain = linked.chain;
    return [inAscii(linked.text)];
  });
}
