/** Whether a condition of the configuration fits. There are no regular expressions: the time is known in advance. */
import { scalarText, valueAt } from './pointer.ts';
import type { Condition, Path, Test } from './schema.ts';

/** What conditions and paths look at. */
export interface Scope {
  /** One person of the list, or the whole payload. */
  readonly item: unknown;
  readonly root: unknown;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** Results of conditions on the whole payload: a long value must not be looked at again for each person. */
  readonly known: Map<Condition, boolean>;
}

export function fits(condition: Condition, scope: Scope): boolean {
  if ('all' in condition) return condition.all.every((each) => fits(each, scope));
  if ('any' in condition) return condition.any.some((each) => fits(each, scope));
  if ('not' in condition) return !fits(condition.not, scope);
  if ('at' in condition) return passes(condition, subjectOf(condition, scope));
  const known = scope.known.get(condition) ?? passes(condition, subjectOf(condition, scope));
  scope.known.set(condition, known);
  return known;
}

/** What a condition looks at, by the place in the configuration, for who must judge a payload that nothing fits. */
export function seenBy(condition: Condition, scope: Scope): readonly (readonly [place: string, value: unknown])[] {
  if ('all' in condition) return condition.all.flatMap((each) => seenBy(each, scope));
  if ('any' in condition) return condition.any.flatMap((each) => seenBy(each, scope));
  if ('not' in condition) return seenBy(condition.not, scope);
  // A header may be the proof.
  if ('header' in condition) return [];
  return [['at' in condition ? condition.at : condition.root, subjectOf(condition, scope)]];
}

/** The value at a path. */
export const valueOfPath = (path: Path, { item, root }: Scope): unknown =>
  typeof path === 'string' ? valueAt(item, path) : valueAt(root, path.root);

function subjectOf(
  subject: { readonly at: string } | { readonly root: string } | { readonly header: string },
  { item, root, headers }: Scope,
): unknown {
  if ('at' in subject) return valueAt(item, subject.at);
  if ('root' in subject) return valueAt(root, subject.root);
  return valueAt(headers, `/${subject.header}`);
}

function passes(test: Test, value: unknown): boolean {
  if (test.exists !== undefined) return (value !== undefined && value !== null && value !== '') === test.exists;
  const { has } = test;
  if (has !== undefined) return Array.isArray(value) && value.some((each) => isSame(each, has));
  return (test.in ?? []).some((each) => isSame(value, each));
}

/** Characters of a status with its blanks; the texts of a configuration are shorter. */
const MAX_STATUS = 512;

/** Vendors and administrators disagree about capitals and blanks of a status, never about its characters. */
const isSame = (value: unknown, expected: string): boolean => {
  const text = scalarText(value);
  return text !== undefined && text.length <= MAX_STATUS && fold(text) === fold(expected);
};

const fold = (text: string): string => text.trim().toLowerCase();
