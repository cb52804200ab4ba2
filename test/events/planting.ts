/** Plants secrets into payloads, and finds what is left of one in an output. */

/** Copies of a JSON value, each with `secret` instead of, or behind, one of its strings or key names. */
export function* planted(value: unknown, secret: string): Generator<unknown> {
  if (typeof value === 'string') yield* [secret, `${value}${secret}`, `${value} ${secret}`];
  if (typeof value !== 'object' || value === null) return;
  for (const [key, field] of Object.entries(value)) {
    const put = (name: string, of: unknown) =>
      Array.isArray(value)
        ? value.with(Number(key), of)
        : Object.fromEntries(Object.entries(value).map((entry) => (entry[0] === key ? [name, of] : entry)));
    if (!Array.isArray(value)) yield put(secret, field);
    for (const copy of planted(field, secret)) yield put(key, copy);
  }
}

export const forms = (secret: string): readonly string[] => [
  secret,
  Buffer.from(secret).toString('base64'),
  Buffer.from(secret).toString('hex'),
  encodeURIComponent(secret),
];

/** Of a URL with credentials, the host may be shown. */
const confidential = (secret: string): string => secret.replace(/(?<=^https.*)@.*/, '');

/** Every ten characters in a row of any form of the secret, as JSON shows them. */
export const pieces = (secret: string): readonly string[] => [
  ...new Set(
    forms(confidential(secret)).flatMap((form) => {
      const shown = JSON.stringify(form).slice(1, -1);
      return Array.from({ length: shown.length - 9 }, (_, at) => shown.slice(at, at + 10));
    }),
  ),
];

/** Whether an output shows none of the pieces. */
export const isClean = (shown: unknown, traces: readonly string[]): boolean => {
  const text = JSON.stringify(shown);
  return !traces.some((trace) => text.includes(trace));
};
