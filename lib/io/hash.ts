/** The hash that ids, chains and limits are made of. */
import { hash } from 'node:crypto';

/** Takes a text, or bytes; returns the SHA-256 (of a text's UTF-8) in hex. */
export const sha256 = (content: string | Uint8Array): string => hash('sha256', content);
