/** Objects that may have one of several shapes. */
import * as z from 'zod/mini';

/** Takes any value; returns whether it is an object with keys of its own to ask for: no array, no null. */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Takes any value; returns its fields: none if it is no object. */
export const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> => (isRecord(value) ? value : {});

/**
 * Takes shapes by the key that gives each away, and a sentence for a value that has none of these keys. Returns the
 * schema: the first of the keys that the value has chooses the shape, so that what is wrong is said of that shape. A
 * union of schemas could only say that nothing fits.
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
    // Stryker disable next-line StringLiteral: of an issue with words of its own nobody asks the code
    context.issues.push({ code: 'custom', message: expected, input: undefined });
    return z.NEVER;
  });

/** Most events in one text. */
export const MAX_PARTS = 1_000;
