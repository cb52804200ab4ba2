/** The bodies of held events under each source and id, of which one run approves at most one. */
import type { CanonicalEvent } from '../../events/canonical.ts';
import { eventHash, eventNameHash } from '../ledger/approval.ts';
import type { Sha256 } from '../ports.ts';

/** What a run has seen so far. */
export interface Bodies {
  /** Whether no other body was seen under the name of the event. */
  isOnly(event: CanonicalEvent): boolean;
}

export function createBodies(ports: { readonly sha256: Sha256 }): Bodies {
  const seen = new Map<string, Set<string>>();
  return {
    isOnly(event) {
      const name = eventNameHash(ports, event);
      const bodies = (seen.get(name) ?? new Set()).add(eventHash(ports, event));
      seen.set(name, bodies);
      return bodies.size === 1;
    },
  };
}
