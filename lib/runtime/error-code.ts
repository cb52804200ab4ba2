/** What may be said of an error that was caught. */

/** Takes whatever was thrown; returns our own code where there is one, else its kind: never its text, which may quote an event. */
export function errorCode(error: unknown): string {
  if (typeof error !== 'object' || error === null) return typeof error;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.name : 'object';
}
