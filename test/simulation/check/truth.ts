/** What the audit says of keys was so when it was said; and what it must not say, no sink has. */
import { CANARY } from '../bodies.ts';
import type { Audited } from '../history.ts';
import type { Facts, Violation } from './facts.ts';

/** Outcomes that say that keys are gone, while they are not. */
export function untrue(facts: Facts): readonly Violation[] {
  const early = facts.history.closed.filter((each) => each.isLive);
  const lies = facts.history.audit.flatMap((entry) => {
    const live = [...liveAgainst(facts, entry), ...liveBefore(facts, entry)];
    return live.length === 0
      ? []
      : [{ promise: 'untrue', detail: `${entry.view.line}, while ${live.join(' ')} lived` } as const];
  });
  return [
    ...lies,
    ...early.map(
      ({ key }) => ({ promise: 'untrue', detail: `the alert of ${key} was closed while it lived` }) as const,
    ),
  ];
}

function liveAgainst(facts: Facts, { view, liveThen }: Audited): readonly string[] {
  if (view.phase !== 'outcome') return [];
  const isKey = view.target.startsWith('CW');
  if (view.code === 'not-found' || view.code === 'already-revoked') return liveThen;
  if (view.code === 'confirmed') {
    if (isKey) return liveThen;
    const claimed = new Set([...view.before, ...(facts.fence(view.event) ?? [])]);
    return liveThen.filter((key) => claimed.has(key));
  }
  if (view.code !== 'no-keys' || facts.eventOf(view)?.type !== 'user.offboarded.v1') return [];
  const begun = facts.invocation(view.requestId)?.n ?? 0;
  return liveThen.filter((key) => (facts.history.createdKeys.get(key)?.n ?? 0) < begun);
}

/** Keys that lived when the intent of an `already-revoked` was written. */
function liveBefore({ history }: Facts, { view, n }: Audited): readonly string[] {
  if (view.phase !== 'outcome' || view.code !== 'already-revoked') return [];
  const intent = history.audit.findLast(
    (other) =>
      other.n < n &&
      other.view.phase === 'intent' &&
      other.view.requestId === view.requestId &&
      other.view.target === view.target,
  );
  return intent?.liveThen ?? [];
}

/** Sinks of ours that hold what only a sender, or the API's words, or an error had. */
export function secretsOut({ history }: Facts): readonly Violation[] {
  const sinks: Readonly<Record<string, readonly string[]>> = {
    audit: history.audit.map(({ record }) => JSON.stringify(record)),
    deadLetters: history.deadLetters.map(({ body }) => body),
    log: history.log,
    ledger: history.wrote.map(({ data }) => JSON.stringify(data)),
    'messages of ours': history.put.flatMap(({ by, body }) => (by === 'function' ? [body] : [])),
  };
  return Object.entries(sinks).flatMap(([name, texts]) =>
    texts.some((text) => text.includes(CANARY)) ? [{ promise: 'secret', detail: `it shows in: ${name}` } as const] : [],
  );
}
