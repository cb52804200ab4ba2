/** Intents, dead letters, holds and notes, each with its record. */
import {
  CHECK_EVENT,
  KEY_EVENT,
  KEY_TARGET,
  KEY_USER,
  NO_USER,
  POST_KEY,
  POST_PRINCIPAL,
  PRINCIPAL_EVENT,
  PRINCIPAL_TARGET,
  PRINCIPAL_USER,
  type Step,
  said,
} from '../../support/audit-facts.ts';

const INTENT = [99, 'Revocation Intent'] as const;

export const OTHER_STEPS: readonly Step[] = [
  {
    name: 'the intent to revoke a key',
    event: KEY_EVENT,
    entry: { phase: 'intent', target: KEY_TARGET, call: { call: 'revoke-key', attempt: 1 } },
    record: {
      ...said(INTENT, [99, 1, 14]),
      status_detail: 'intent',
      user: KEY_USER,
      http_request: POST_KEY,
      unmapped: { phase: 'intent', target: { ...KEY_TARGET }, attempt: 1 },
    },
  },
  {
    name: 'the intent of a call that several events share',
    event: PRINCIPAL_EVENT,
    entry: {
      phase: 'intent',
      target: PRINCIPAL_TARGET,
      call: { call: 'revoke-principal', attempt: 1 },
      shared: true,
    },
    record: {
      ...said(INTENT, [99, 1, 14]),
      status_detail: 'intent',
      user: PRINCIPAL_USER,
      http_request: POST_PRINCIPAL,
      unmapped: { phase: 'intent', target: { ...PRINCIPAL_TARGET }, attempt: 1, shared: true },
    },
  },
  {
    name: 'a dead letter that held no event',
    event: null,
    entry: { phase: 'dead-letter', reason: 'unreadable', detail: 'expected JSON' },
    record: {
      ...said([99, 'Dead Letter'], [2, 4, 25]),
      status_detail: 'unreadable',
      user: NO_USER,
      unmapped: { phase: 'dead-letter', detail: 'expected JSON' },
    },
  },
  {
    name: 'a dead letter about a key',
    event: KEY_EVENT,
    entry: { phase: 'dead-letter', reason: 'api-rejected', detail: 'the API refused it', target: KEY_TARGET },
    record: {
      ...said([99, 'Dead Letter'], [2, 4, 25]),
      status_detail: 'api-rejected',
      user: KEY_USER,
      unmapped: { phase: 'dead-letter', detail: 'the API refused it', target: { ...KEY_TARGET } },
    },
  },
  {
    name: 'a hold',
    event: PRINCIPAL_EVENT,
    entry: { phase: 'hold', reason: 'held-stale', detail: 'rule: older', target: PRINCIPAL_TARGET },
    record: {
      ...said([99, 'Hold'], [99, 4, 14]),
      status_detail: 'held-stale',
      user: PRINCIPAL_USER,
      unmapped: { phase: 'hold', detail: 'rule: older', target: { ...PRINCIPAL_TARGET } },
    },
  },
  {
    name: 'a note with its detail',
    event: KEY_EVENT,
    entry: { phase: 'note', name: 'Owner Unknown', detail: 'owner-unknown', target: KEY_TARGET },
    record: {
      ...said([99, 'Owner Unknown'], [99, 1, 16]),
      status_detail: 'owner-unknown',
      user: KEY_USER,
      unmapped: { phase: 'note', detail: 'owner-unknown', target: { ...KEY_TARGET } },
    },
  },
  {
    name: 'a follow-up check with its parent event',
    event: CHECK_EVENT,
    entry: { phase: 'note', name: 'Follow-up Check', detail: 'late-keys: 0', target: PRINCIPAL_TARGET },
    record: {
      ...said([99, 'Follow-up Check'], [99, 1, 16]),
      status_detail: 'late-keys: 0',
      user: PRINCIPAL_USER,
      unmapped: {
        phase: 'note',
        detail: 'late-keys: 0',
        target: { ...PRINCIPAL_TARGET },
        parent: { source: '//hr.example/acme', id: 'offboarding-7' },
      },
    },
  },
  {
    name: 'a note that is only a name',
    event: null,
    entry: { phase: 'note', name: 'Already Parked' },
    record: {
      ...said([99, 'Already Parked'], [99, 1, 16]),
      status_detail: 'Already Parked',
      user: NO_USER,
      unmapped: { phase: 'note' },
    },
  },
  {
    name: 'a request that did not get in',
    event: null,
    entry: { phase: 'refusal', detail: 'expected JSON' },
    record: {
      ...said([99, 'Refusal'], [2, 3, 25]),
      status_detail: 'refused',
      user: NO_USER,
      unmapped: { phase: 'refusal', detail: 'expected JSON' },
    },
  },
];
