/**
 * What a text would say to a reader who undoes its encodings. Only good for a search: views are approximate (all levels
 * of escaping are undone at once, bytes stand as Latin-1) and may be nonsense.
 */

/** Rounds of unescaping, for text that was escaped and percent-encoded in turn. */
const ROUNDS = 4;

const CONTROL: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** `\uXXXX`, `\u{XXXX}`, `\xXX`, octal `\143` and `\c`, behind any number of backslashes. */
const ESCAPE = /\\+(u[0-9a-fA-F]{4}|u\{[0-9a-fA-F]{1,6}\}|x[0-9a-fA-F]{2}|[0-3][0-7]{2}|[\s\S])/g;
/** Escapes that can part a token in two; not `\"` and the like, which end one. The lookbehind: a run is tried once. */
const PARTING = /(?<!\\)\\+(?:u[0-9a-fA-F]{4}|\/)/g;
/** Percent-encoding, and the same of quoted-printable. (RFC 3986 §2.1, RFC 2045 §6.7) */
const PERCENT = /[%=]([0-9a-fA-F]{2})/g;
/** The names of characters that tokens have, and of those that can stand unseen or as a line break inside one. */
const NAMED: Readonly<Record<string, string>> = {
  ...{ amp: '&', hyphen: '-', dash: '-', lowbar: '_', period: '.', colon: ':', sol: '/', commat: '@' },
  ...{ shy: '\xad', zwnj: '\u200c', zwj: '\u200d', lrm: '\u200e', rlm: '\u200f' },
  ...{ NoBreak: '\u2060', ZeroWidthSpace: '\u200b', NewLine: '\n' },
};
/** Character references of HTML. */
const ENTITY = new RegExp(`&(?:#(\\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|(${Object.keys(NAMED).join('|')}));?`, 'g');
/** What mail and chat put inside a token: a line break, also a soft one (RFC 2045 §6.7). */
const WRAPPING = /=?\r?\n[ \t]*/g;
/** The UTF-8 of characters that are not displayed, where its bytes stand as Latin-1. (RFC 3629 §4) */
const UNSEEN_BYTES: readonly string[] = [
  ...['\xc2\xad', '\xcd\x8f', '\xd8[\x80-\x85\x9c]', '\xdb\x9d', '\xdc\x8f'],
  ...['\xe0(?:\xa2[\x90\x91]|\xa3\xa2)', '\xe1(?:\x85[\x9f\xa0]|\x9e[\xb4\xb5]|\xa0[\x8b-\x8f])'],
  ...['\xe2(?:\x80[\x8b-\x8f\xaa-\xae]|\x81[\xa0-\xaf])', '\xe3\x85\xa4'],
  '\xef(?:\xb8[\x80-\x8f]|\xbb\xbf|\xbe\xa0|\xbf[\xb0-\xbb])',
  '\xf0(?:\x91\x82\xbd|\x91\x83\x8d|\x93\x90[\xb0-\xbf]|\x9b\xb2[\xa0-\xa3]|\x9d\x85[\xb3-\xba])',
  '\xf3\xa0[\x80-\xbf]{2}',
];
/** Characters that are not displayed, and the second bytes of UTF-16. */
const UNSEEN = new RegExp(['[\\p{Cf}\\p{Default_Ignorable_Code_Point}\\0]', ...UNSEEN_BYTES].join('|'), 'gu');
/** Without one of these, nothing is hidden: a search for them alone is much faster. */
const MAY_HIDE = /[\0\x80-\uffff]/;
/** Characters with a blank behind each. */
const SPACED = /(?:\S ){20,}/g;

/** How a token may be packed. */
interface Packing {
  /** The shortest run that can hold one: no token has fewer than 15 bytes. */
  readonly run: RegExp;
  /** At so many places a byte may begin: characters before the run may only seem to belong to it. */
  readonly alignments: number;
  readonly decode: (run: string) => string;
}

/** Packings, and the stretches that can hold one of them: of their characters, and as long as the shortest. */
interface Alphabet {
  readonly stretches: RegExp;
  readonly packings: readonly Packing[];
}

/** A text is cut once for each alphabet: the expensive patterns then see only stretches that are long enough. */
const ALPHABETS: readonly Alphabet[] = [
  {
    stretches: /[A-Za-z0-9+/_-]{20,}/g,
    packings: [
      // RFC 4648 §4 and §5.
      { run: /[A-Za-z0-9+/_-]{20,}/g, alignments: 4, decode: base64Decoded },
      { run: /[0-9a-fA-F]{30,}/g, alignments: 2, decode: hexDecoded },
      // RFC 4648 §6, and as some write it in lower case.
      { run: /[A-Z2-7]{24,}|[a-z2-7]{24,}/g, alignments: 8, decode: base32Decoded },
    ],
  },
  {
    stretches: /[0-9a-fA-Fx:,;-]{29,}/g,
    packings: [
      // `63:77:6f`, `63-77-6f`, `0x63,0x77,0x6f`.
      {
        run: /(?:(?:0x)?[0-9a-fA-F]{2}[:,;-]){14,}(?:0x)?[0-9a-fA-F]{2}/g,
        alignments: 1,
        decode: (run) => hexDecoded(run.replace(/0x|[:,;-]/g, '')),
      },
      // The bytes of a buffer as numbers.
      {
        run: /(?:\d{1,3},){14,}\d{1,3}/g,
        alignments: 1,
        decode: (run) => run.split(',').map(Number).map(unit).join(''),
      },
    ],
  },
];

/** Characters of the shortest stretch. */
const SHORTEST = 20;

/**
 * The texts that appear when escapes of JSON, percent-encoding, quoted-printable and character references are undone,
 * round by round, also one without the escapes that part a token. Text without encodings has no views.
 */
export function unescapedViews(text: string): string[] {
  if (!/[\\%=&]/.test(text)) return [];
  const joined = text.replace(PARTING, '');
  const views = joined === text ? [] : [joined];
  let view = text;
  for (let round = 0; round < ROUNDS; round++) {
    const next = percentDecoded(escapesUndone(entitiesUndone(view)));
    if (next === view) break;
    views.push(next);
    view = next;
  }
  return views;
}

/** Without characters that are not displayed, which may stand between those of a secret. */
export const legible = (text: string): string => (MAY_HIDE.test(text) ? text.replace(UNSEEN, '') : text);

/** The same, and with characters joined that blanks separate. */
export const visible = (text: string): string => legible(text).replace(SPACED, (run) => run.replaceAll(' ', ''));

/** Without the line breaks that wrap tokens. */
export const unwrapped = (text: string): string => text.replace(WRAPPING, '');

/**
 * One text per packing and alignment, each with the decoded bytes of all runs (RFC 4648, hex, numbers; line breaks
 * allowed). No runs, no texts.
 */
export function* unpackedBytes(text: string): Generator<string> {
  if (text.length < SHORTEST) return;
  const joined = legible(text).replace(/\s/g, '');
  for (const { stretches, packings } of ALPHABETS) {
    const found = joined.match(stretches);
    if (found !== null) yield* unpackedStretches(found, packings);
  }
}

function* unpackedStretches(stretches: readonly string[], packings: readonly Packing[]): Generator<string> {
  for (const { run, alignments, decode } of packings) {
    const runs = stretches.flatMap((stretch) => stretch.match(run) ?? []);
    if (runs.length === 0) continue;
    for (let skip = 0; skip < alignments; skip++) yield runs.map((each) => decode(each.slice(skip))).join('\n');
  }
}

/** The same as texts. */
export const unpackedViews = (text: string): string[] => [...unpackedBytes(text)].map(legible);

/** gzip, zip, Zstandard, xz and bzip2, by how they begin, in Latin-1. (RFC 1952 §2.3, RFC 8878 §3.1.1) */
const COMPRESSED: readonly string[] = [
  ...['\u001f\u008b\b', 'PK\u0003\u0004', '(\u00b5/\u00fd', '\u00fd7zXZ\0', '1AY&SY'],
];

/** Whether unpacked bytes hold compressed ones, which are not looked into. */
export const isCompressed = (bytes: string): boolean => COMPRESSED.some((start) => bytes.includes(start));

const escapesUndone = (text: string): string =>
  text.replace(ESCAPE, (_all, code: string) => (code.length > 1 ? escaped(code) : (CONTROL[code] ?? code)));

const escaped = (code: string): string =>
  /^\d/.test(code) ? unit(Number.parseInt(code, 8)) : unit(Number.parseInt(code.replace(/[ux{}]/g, ''), 16));

const percentDecoded = (text: string): string =>
  text.replace(PERCENT, (_all, code: string) => unit(Number.parseInt(code, 16)));

const entitiesUndone = (text: string): string =>
  text.replace(ENTITY, (_all, decimal?: string, hex?: string, name?: string) =>
    name === undefined
      ? unit(decimal === undefined ? Number.parseInt(String(hex), 16) : Number(decimal))
      : String(NAMED[name]),
  );

const unit = (code: number): string => (code > LAST_POINT ? '' : String.fromCodePoint(code));
/** (Unicode, D10) */
const LAST_POINT = 0x10ffff;

function base64Decoded(run: string): string {
  const standard = run.replaceAll('-', '+').replaceAll('_', '/');
  // A single character left over holds no byte, and atob refuses it.
  return atob(standard.length % 4 === 1 ? standard.slice(0, -1) : standard);
}

/** A single digit left over holds no byte. */
function hexDecoded(run: string): string {
  const bytes = new Uint8Array(run.length >> 1);
  const digit = (at: number): number => {
    const code = run.charCodeAt(at);
    return code <= NINE ? code & 0xf : (code & 0x7) + 9;
  };
  for (let at = 0; at < bytes.length; at++) bytes[at] = (digit(2 * at) << 4) | digit(2 * at + 1);
  return latin1(bytes);
}

/** A to Z, in either case, are 0 to 25; the digits 2 to 7 follow. */
function base32Decoded(run: string): string {
  const bytes = new Uint8Array((run.length * 5) >> 3);
  let [bits, held, filled] = [0, 0, 0];
  for (let at = 0; at < run.length; at++) {
    const code = run.charCodeAt(at);
    held = ((held << 5) | (code <= NINE ? code - 24 : (code & 0x1f) - 1)) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes[filled++] = (held >> bits) & 0xff;
  }
  return latin1(bytes);
}

const NINE = 0x39;
/** As many arguments as one call takes. */
const MAX_UNITS = 8_192;

function latin1(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += MAX_UNITS) {
    // Spreading them would take five times as long.
    text += Reflect.apply(String.fromCharCode, undefined, bytes.subarray(at, at + MAX_UNITS));
  }
  return text;
}
