/** Configurations of several things by name. Problems say where and what was expected, never what stood there. */
import * as z from 'zod/mini';
import { readJson } from './json-text.ts';
import { holdsSecret } from './secrets.ts';
import { isRecord } from './shapes.ts';

const NAME = /^[a-z0-9][a-z0-9-]{0,39}$/;

export interface ByName<T> {
  readonly entries: ReadonlyMap<string, T>;
  readonly problems: readonly string[];
}

/** `what`: the things in the plural; `most`: how many there may be. */
export function readByName<T>(text: string, schema: z.ZodMiniType<T>, what: string, most: number): ByName<T> {
  const none = (problem: string): ByName<T> => ({ entries: new Map(), problems: [problem] });
  const json = readJson(text);
  if (json.kind === 'refusal') return none(json.detail);
  if (!isRecord(json.value)) return none(`expected an object of ${what} by name`);
  const entries = Object.entries(json.value);
  const parsed = entries.map(([name, value]) => ({ name, result: z.safeParse(schema, value) }));
  const problems = [
    ...(entries.length > most ? [`expected at most ${most} ${what}`] : []),
    ...parsed.flatMap(({ name, result }) => [
      ...(NAME.test(name) ? [] : [`${shown(name)}: expected a name of lower-case letters, digits and dashes`]),
      ...(result.success ? [] : result.error.issues.flatMap((issue) => problemsOf(name, issue))),
    ]),
  ];
  const right = parsed.flatMap(({ name, result }) => (result.success ? [[name, result.data] as const] : []));
  return { entries: new Map(right), problems };
}

function problemsOf(name: string, issue: z.core.$ZodIssue): readonly string[] {
  const at = [name, ...issue.path].map((part) => shown(String(part))).join('.');
  if (issue.code !== 'unrecognized_keys') return [`${at}: ${issue.message}`];
  return issue.keys.map((key) => `${at}.${shown(key)}: expected no such field`);
}

/** A name is the author's own, unless a secret was put where a name belongs. */
const shown = (name: string): string => (/^[\w.-]{1,64}$/.test(name) && !holdsSecret(name) ? name : '(a name)');
