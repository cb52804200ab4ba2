/** Objects that may have one of several shapes. */
import * as z from 'zod/mini';

/** Objects except arrays and null. Use `Object.hasOwn` before reading a key that a sender chooses. */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The fields of an object; none for any other value. */
export const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> => (isRecord(value) ? value : {});

/**
 * A schema that selects one of several shapes by the first of their keys that the value has. Its errors are those of
 * that shape; a union of schemas could only say that nothing matches. `expected` is the error for a value without any
 * of the keys.
 */
export const shapeByKey = <Outputs extends object>(
  shapes: { readonly [Key in keyof Outputs]: z.ZodMiniType<Outputs[Key]> },
  expected: string,
) =>
  z.transform((value: unknown, context): Outputs[keyof Outputs] => {
    for (const key in shapes) {
      if (!isRecord(value) || !Object.hasOwn(value, key)) continue;
      const shape: z.ZodMiniType<Outputs[typeof key]> = shapes[key];
      const parsed = shape.safeParse(value);
      if (parsed.success) return parsed.data;
      for (const issue of parsed.error.issues) context.issues.push({ ...issue, input: undefined });
      return z.NEVER;
    }
    // Stryker disable next-line StringLiteral: the code of an issue with its own message is not read
    context.issues.push({ code: 'custom', message: expected, input: undefined });
    return z.NEVER;
  });

/** Maximum number of events in one text. */
export const MAX_PARTS = 1_000;
