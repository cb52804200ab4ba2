/** Objects of a configuration that may have one of several shapes. */
import * as z from 'zod/mini';
import { isRecord } from '../shapes.ts';

/**
 * A schema that selects one of several shapes by the first of their keys that the value has. Its errors are those of
 * that shape; a union of schemas could only say that nothing matches. `expected` is the error for a value without any
 * of the keys.
 */
export const objectByKey = <Outputs extends object>(
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
