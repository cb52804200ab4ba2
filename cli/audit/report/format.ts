/** Times, spans and codes as the report says them. All times are UTC. */

import type { AuditStep } from '../../../lib/audit/read-step.ts';
import type { Standing } from '../incidents.ts';

const isDate = (ms: number): boolean => Number.isFinite(ms) && Math.abs(ms) <= 8.64e15;

/** `2026-11-23`. */
export const day = (ms: number): string => (isDate(ms) ? new Date(ms).toISOString().slice(0, -14) : 'unknown day');
/** `09:30:01.250`. */
export const clock = (ms: number): string => (isDate(ms) ? new Date(ms).toISOString().slice(-13, -1) : 'unknown time');
export const instant = (ms: number): string => `${day(ms)} ${clock(ms)}`;
/** For the `datetime` of a time element. */
export const machine = (ms: number): string => (isDate(ms) ? new Date(ms).toISOString() : '');

/** Takes milliseconds; returns them as people say them: `420 ms`, `2.1 s`, `3 min 5 s`, `2 h 4 min`, `3 d 1 h`. */
export function span(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 59_950) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return pair([Math.floor(seconds / 60), 'min'], [seconds % 60, 's']);
  const minutes = Math.round(seconds / 60);
  if (minutes < 1_440) return pair([Math.floor(minutes / 60), 'h'], [minutes % 60, 'min']);
  const hours = Math.round(minutes / 60);
  return pair([Math.floor(hours / 24), 'd'], [hours % 24, 'h']);
}

type Part = readonly [count: number, unit: string];
const pair = ([large, unit]: Part, [small, fine]: Part): string =>
  small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${fine}`;

/** 12,345. */
export const whole = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ',');
export const several = (count: number, noun: string): string => `${whole(count)} ${noun}${count === 1 ? '' : 's'}`;

export const TYPES: Readonly<Record<string, string>> = {
  'credential.compromised.v1': 'Leaked credential',
  'user.offboarded.v1': 'Leaver',
  'user.reinstated.v1': 'Reinstated',
  'revocation.check.v1': 'Follow-up check',
};

export type Tone = 'good' | 'warn' | 'bad' | 'calm';

export const STANDINGS: Readonly<Record<Standing, readonly [words: string, tone: Tone]>> = {
  revoked: ['Revoked, seen gone', 'good'],
  unproven: ['Accepted, not seen gone', 'warn'],
  nothing: ['Nothing to revoke', 'calm'],
  'would-revoke': ['Dry run', 'calm'],
  waiting: ['Waits for a person', 'bad'],
  trying: ['Comes round again', 'warn'],
  open: ['Call without outcome', 'bad'],
  noted: ['On record', 'calm'],
};

const LOOKS: Readonly<Record<string, string>> = {
  'read-back': 'by reading the key back',
  listing: 'in the list of keys',
  'api-answer': "by the API's answer",
};

function lookOf({ code, verifiedBy }: AuditStep): string {
  const look = LOOKS[verifiedBy] ?? verifiedBy;
  if (look === '' || verifiedBy === 'api-answer') return look;
  return code === 'confirmed' ? `seen gone ${look}` : `not seen gone ${look}`;
}

/** Takes a step; returns what it says beside its code. */
export function tellingOf(step: AuditStep): string {
  const { answer, attempt, delivery, detail, keysBefore, keysAfter, late, replay, shared } = step;
  const keys = keysBefore === undefined ? '' : `${several(keysBefore, 'live key')} before`;
  const status = /^\d{3}$/.test(answer) ? `HTTP ${answer}` : answer;
  return [
    attempt > 1 ? `try ${attempt}` : '',
    delivery > 1 ? `delivery ${delivery}` : '',
    status,
    lookOf(step),
    keys,
    keysAfter === undefined ? '' : `${keysAfter} after`,
    late ? 'a key minted after they left' : '',
    shared ? 'by a call that several events share' : '',
    detail,
    replay === undefined ? '' : `by ${replay.operator}${replay.claimed ? ' (their own word)' : ''}`,
  ]
    .filter(Boolean)
    .join(', ');
}
