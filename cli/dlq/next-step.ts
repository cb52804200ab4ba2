/** The next step for a dead letter, by reason code: one line each. RUNBOOK.md has the details. */
import type { Reason } from '../../lib/model/reasons.ts';

export const NEXT_STEPS: Readonly<Record<Reason, string>> = {
  unreadable: 'find the sender; what it sends is no JSON event',
  'unknown-type': 'an event that nobody acts on: tell the sender, or upgrade',
  'unknown-version': 'upgrade the functions, then replay',
  invalid: 'tell the sender which field is wrong; it must send again',
  oversize: 'tell the sender to send smaller messages',
  'secret-like-target': 'revoke that key by its id; tell the sender never to send secrets',
  unmappable: 'import the identity (`identity import`), then replay',
  unresolved: 'look the alert up at its provider, and `revoke --key`',
  'console-only': 'revoke the API token in the console by hand',
  'api-rejected': 'compare the target with the API (`keys`); replay if it was mended',
  'retries-exhausted': 'find out what failed for so long (`doctor`), then replay',
  unconfirmed: 'still live: look at it (`keys`), ask CoreWeave, then replay',
  'replay-limit': 'it has failed often: find out why before you approve it',
  crashed: 'look for what ends the function, then replay',
  'held-protected': 'ask the owner; then replay with --approve, or take it off PROTECTED',
  'held-limit': 'check that so many are meant; then replay with --approve',
  'held-stale': 'check that it is still meant; then replay with --approve',
  'held-superseded': 'check whether the person stays; if not, replay with --approve',
  'held-low-confidence': 'check that the key has leaked, or the person left; then replay with --approve',
  'held-near-match': 'check that both names are one person; then replay with --approve',
  'held-dry-run': 'kept by DRY_RUN_KEEP: replay with --approve once MODE is enforce',
  'held-unknown-sender': 'check who sent it (SENDERS); if it is meant, replay with --approve',
  'held-authority': 'check which of the two is right; to take the other back, replay with --approve',
  'held-conflict': 'two events with one id: find out which is meant, and send that anew',
};
