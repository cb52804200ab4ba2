/** JSON pointers into a payload: own fields only, so that no name reaches a prototype. (RFC 6901) */

const INDEX = /^(?:0|[1-9]\d{0,3})$/;

/** The value at a pointer that the configuration has checked; undefined where there is none. */
export function valueAt(root: unknown, pointer: string): unknown {
  let value = root;
  for (const key of keysOf(pointer)) {
    const field = fieldOf(value, key);
    if (field === undefined) return undefined;
    value = field.value;
  }
  return value;
}

/** The payload without what is at the pointer: a secret in a body must not be there when the rest is read. */
export function withoutValueAt(root: unknown, pointer: string): unknown {
  const [key, ...rest] = keysOf(pointer);
  if (key === undefined || fieldOf(root, key) === undefined) return root;
  const below = rest.length === 0 ? undefined : withoutValueAt(fieldOf(root, key)?.value, pointerOf(rest));
  if (Array.isArray(root)) return root.with(Number(key), below);
  const others = Object.entries(Object(root)).filter(([name]) => name !== key);
  return Object.fromEntries(rest.length === 0 ? others : [...others, [key, below]]);
}

/**
 * Text, or a number or boolean as text; undefined for anything else, also for integers whose digits may not be those
 * that the sender wrote: they would name another person.
 */
export const scalarText = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && isExact(value))
    ? String(value)
    : undefined;

const isExact = (value: number): boolean => !Number.isInteger(value) || Number.isSafeInteger(value);

const keysOf = (pointer: string): readonly string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));

const pointerOf = (keys: readonly string[]): string =>
  keys.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** Of an array only the elements: its length is an own field too. */
function fieldOf(value: unknown, key: string): { readonly value: unknown } | undefined {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  if (Array.isArray(value) && !INDEX.test(key)) return undefined;
  return { value: Reflect.get(value, key) };
}
