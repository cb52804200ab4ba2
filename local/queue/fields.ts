/** Reading JSON requests and answers of which nothing is known. */

export type Fields = Readonly<Record<string, unknown>>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The list under `key`, empty when there is none. */
export const listOf = (fields: unknown, key: string): readonly unknown[] => {
  const value = isFields(fields) ? fields[key] : undefined;
  return Array.isArray(value) ? value : [];
};

/** The queue's name in a request body: the last part of its QueueUrl. Empty when there is none. */
export const queueNameOf = (body: unknown): string =>
  String(isFields(body) ? (body.QueueUrl ?? '') : '').replace(/^.*\//, '');
