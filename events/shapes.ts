/** Values from outside, before a schema has checked them. */

/** Objects except arrays and null. Use `Object.hasOwn` before reading a key that a sender chooses. */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The fields of an object; none for any other value. */
export const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> => (isRecord(value) ? value : {});

/** Maximum number of events in one text. */
export const MAX_PARTS = 1_000;
