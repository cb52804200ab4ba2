/**
 * What a log may say of a caught error: our own code if it has one, else its kind. Never its text, which may quote an
 * event.
 */
export function errorCode(error: unknown): string {
  if (typeof error !== 'object' || error === null) return typeof error;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.name : 'object';
}
