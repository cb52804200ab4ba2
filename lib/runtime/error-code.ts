import { AdapterError } from './adapter-error.ts';

/**
 * What a log may say of a caught error: what an adapter says of it (`ledger-unavailable: AccessDeniedException`), else
 * our own code if it has one, else its kind. Never another text, which may quote an event.
 */
export function errorCode(error: unknown): string {
  if (typeof error !== 'object' || error === null) return typeof error;
  if (error instanceof AdapterError) return error.message;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.name : 'object';
}
