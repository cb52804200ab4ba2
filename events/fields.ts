/** The kinds of text that the fields of an event may hold. Sentences say what was expected, never what came. */
import { ACCESS_KEY_ID_EXPECTED, accessKeyId, PRINCIPAL_NAME_EXPECTED, principalName } from './ids.ts';
import { instantExpected, instantMs } from './instant.ts';
import { mapped, matches, piped, type Rule, text } from './schema.ts';
import { holdsSecret, REDACTED, redact } from './secrets.ts';

const SECRET = 'expected no secret, but it looks like one';
const PRINTABLE = 'expected 1 to 512 printable ASCII characters';
const NAME = 'expected 1 to 512 printable characters';

/** It may have other issues too: the refusal then tells only this one. */
const noSecretTarget: Rule = {
  holds: (text) => !holdsSecret(text),
  message: SECRET,
  reason: 'secret-like-target',
};

const MAX_LABEL = 512;
const printableAscii = matches(new RegExp(`^[\\x20-\\x7e]{1,${MAX_LABEL}}$`), PRINTABLE);

/** A mask may be longer than what it stands for. */
function masked(text: string): string {
  const redaction = redact(text);
  if (redaction.kind === 'withheld') return REDACTED;
  return redaction.redacted ? redaction.text.slice(0, MAX_LABEL) : text;
}

/** Beyond ASCII, but what CloudEvents allows: no control characters, lone surrogates and noncharacters. (§2.1) */
const BEYOND_ASCII = /[^\0-\x9f\p{Cs}\p{Noncharacter_Code_Point}]+/gu;

/**
 * Percent-encodes, since labels are parts of attributes, commands and records. What may not be there stays, and is
 * refused.
 */
const asciiOf = (text: string): string => text.replace(BEYOND_ASCII, encodeURIComponent);

/**
 * Ids and sources of events, names of providers and their references. A secret in one is cut out, since it must not
 * stop the event that reports a leak. Two principal-wide events that then have one id are a conflict, which is held.
 */
export const label = piped(
  mapped(text(PRINTABLE), (given) => asciiOf(masked(given))),
  text(PRINTABLE, printableAscii),
);

/** The target fields: what looks like a secret is told apart before the form is looked at. */
export const targetKey = piped(text(ACCESS_KEY_ID_EXPECTED, noSecretTarget), accessKeyId);
export const targetPrincipal = piped(text(PRINCIPAL_NAME_EXPECTED, noSecretTarget), principalName);

/**
 * A name is part of the key of a row, and DynamoDB takes keys of up to 2,048 bytes; what stands before it takes some.
 */
const shortEnough: Rule = {
  holds: (name) => new TextEncoder().encode(name).length <= 2_000,
  message: 'expected at most 2000 bytes',
};

/**
 * A person's name in a directory, in any script. The only white space is U+0020. Control, format, private and
 * unassigned characters and lone surrogates are refused.
 */
export const targetIdentity = text(NAME, noSecretTarget, matches(/^(?:[^\p{C}\p{Z}]| ){1,512}$/u, NAME), shortEnough);

/** RFC 3339 with a zone, kept as written. */
export const instant = text(instantExpected, {
  holds: (given) => instantMs(given) !== undefined,
  message: instantExpected,
});

const CLAIM = 'expected at most 512 characters';

/**
 * The sender's claim: kept as it is, but one that holds a secret is cut out before anything else is asked of it, since
 * it must not stop the event that reports the leak.
 */
export const claim = piped(
  mapped(text(CLAIM), (given) => (holdsSecret(given) ? REDACTED : given)),
  text(CLAIM, { holds: ({ length }) => length <= 512, message: CLAIM }),
);
