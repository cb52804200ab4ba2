/** Objects that may have one of several shapes. */
import { expected, type Parsed, type Schema, schema } from './schema.ts';

/** Objects except arrays and null. Use `Object.hasOwn` before reading a key that a sender chooses. */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The fields of an object; none for any other value. */
export const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> => (isRecord(value) ? value : {});

/**
 * A schema that selects one of several shapes by the first of their keys that the value has. Its errors are those of
 * that shape; a union of schemas could only say that nothing matches. `message` is the error for a value without any
 * of the keys.
 */
export const shapeByKey = <Outputs extends object>(
  shapes: { readonly [Key in keyof Outputs]: Schema<Outputs[Key]> },
  message: string,
): Schema<Outputs[keyof Outputs]> =>
  schema((value): Parsed<Outputs[keyof Outputs]> => {
    for (const key in shapes) {
      if (isRecord(value) && Object.hasOwn(value, key)) return shapes[key].safeParse(value);
    }
    return expected(message);
  });

/** Maximum number of events in one text. */
export const MAX_PARTS = 1_000;
