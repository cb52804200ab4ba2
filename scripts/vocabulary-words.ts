/**
 * The word list of the vocabulary check: words that only this project used, the standard terms, and what keeps its
 * name.
 */

/**
 * `prose`: comments and Markdown. `name`: identifiers, words apart. `key`: names of properties, which are names too,
 * but may be those of JSON. `text`: strings, inline code, YAML.
 */
export type Zone = 'prose' | 'name' | 'key' | 'text';

export interface PrivateWord {
  /** Matched without regard to case. A space stands for any white space. */
  readonly pattern: string;
  readonly use: string;
  /** Where it counts. Absent: everywhere. */
  readonly zones?: readonly Zone[];
}

const PROSE: readonly Zone[] = ['prose'];

export const WORDS: readonly PrivateWord[] = [
  // Dead letters and operators
  { pattern: String.raw`(?<!\bdead[\s-]*|\b(upper|lower)[\s-]case\s+|\bcapital\s+)letters?`, use: 'dead letter' },
  { pattern: 'bur(y|ies|ied|ial)', use: 'send to the dead-letter queue' },
  { pattern: '(comes?|came|coming|goes|go|went|going|gone|sends?|sent|send it) round', use: 'retry, replay' },
  { pattern: 'round again', use: 'replay, retry' },
  { pattern: 'mend(s|ed|ing)?', use: 'fix' },
  {
    pattern: '(waits?|waiting) for (a person|people)|wants? a person|held for a person',
    use: 'is held, needs action',
  },
  { pattern: 'a person (decides|has to|looks|may)|needs? a person', use: 'operator, on-call engineer' },
  { pattern: 'woken|wakes? (people|somebody|someone|whoever)', use: 'page the on-call engineer' },
  { pattern: '(somebody|nobody|anybody|everybody|someone|whoever|whomever|whosoever)', use: 'name the actor' },
  { pattern: '(have|has|had|having|with) [a-z ]{0,12}in hand', use: 'being processed' },
  { pattern: 'guards?', use: 'safety check', zones: PROSE },
  { pattern: 'who leads|leader', use: 'lease holder' },
  // Revocation and verification
  { pattern: 'looks? again|looked again|looks? after|looks? around', use: 'verify, check again' },
  { pattern: '(a|the|our|own|first|second|third|further|another|last|one) looks?', use: 'verification, read-back' },
  { pattern: 'seen (to be )?gone|gone before|proven gone', use: 'revoked (verified), already revoked' },
  {
    pattern: 'first sight|sight (of|s)?|alert sight|places sight',
    use: 'snapshot, state',
    zones: ['prose', 'name', 'key'],
  },
  {
    pattern: '(keys?|it|they|messages?) (that )?(dies|died|die|(is|are|was) dead(?!-))',
    use: 'revoked; dead-lettered',
  },
  { pattern: 'as dead as', use: 'is revoked' },
  { pattern: 'mint(s|ed|ing)?', use: 'create; newly created key' },
  { pattern: 'young(er|est)? (keys?|ones)|too young', use: 'newly created' },
  { pattern: 'young(er|est)?', use: 'newly created', zones: ['name', 'key'] },
  { pattern: 'fences?', use: 'key snapshot', zones: PROSE },
  // Offboarding
  { pattern: 'leavers?', use: 'offboarded user' },
  { pattern: '(a|the|of) leaving', use: 'offboarding' },
  { pattern: 'coming day|whose day|(its|their|whose) day|take day', use: 'effective date; scheduled' },
  { pattern: 'call(s|ed)? off', use: 'cancel' },
  { pattern: 'postpone[sd]?', use: 'schedule' },
  { pattern: 'outrun', use: 'superseded' },
  // Authority
  { pattern: "(own|older|newer|latest|sender'?s|whose|aws'?s?) words?", use: 'claim; (unverified)' },
  { pattern: 'by the word|by (his|her|its|their|our) word|without a word', use: 'as reported by; (unverified)' },
  // Calls of the API
  { pattern: '(takes?|taken|took|have|has|had|found|finds|no|next|their|its|a|per) turns?', use: 'slot, token' },
  { pattern: 'comes round s|free turn', use: 'retry delay, slot', zones: ['name', 'key'] },
  { pattern: 'patience|patiently', use: 'rate limited; with progress' },
  { pattern: String.raw`(?<!\bcircuit[\s-]+)breaker`, use: 'circuit breaker', zones: PROSE },
  // Places
  { pattern: 'doors?', use: 'webhook endpoint, CLI, entry point' },
  { pattern: 'the house|rooms', use: 'code layout, module' },
  { pattern: 'queue desk', use: 'queue admin' },
  { pattern: 'on loopback', use: 'on localhost', zones: PROSE },
  { pattern: 'haste|hasten(s|ed)?|open hearing', use: 'shorten, observe' },
  // Records
  { pattern: 'on record', use: 'written to the audit log' },
  { pattern: 'none of ours|nothing to us|none of our own|of no consequence to', use: 'unknown, unrelated' },
  { pattern: 'walk(s|ed)? (the|its) way|(whole|its|their) way to|goes the whole way', use: 'processed end to end' },
  // Phrases
  { pattern: 'in earnest', use: 'on AWS, for real' },
  { pattern: 'to be had', use: 'available' },
  { pattern: 'is to be seen|to be seen', use: 'found, visible' },
  { pattern: '(as|how) it stands', use: 'currently; status' },
  { pattern: 'can be missed', use: 'test key you can afford to revoke' },
  { pattern: 'one and the same', use: 'the same' },
  { pattern: 'takes [^.;]{2,240}[;,] (and )?returns', use: 'no docstring that restates the signature', zones: PROSE },
  // American English
  { pattern: '(behaviour|colour|honour|favour|neighbour)(s|ed|able|ing)?', use: 'American spelling' },
  {
    pattern: '(un)?(authoris|recognis|organis|normalis|initialis|serialis)(e|ed|es|ing|ation)',
    use: 'American spelling',
  },
  { pattern: 'learnt|spelt|whilst', use: 'American spelling' },
];

export interface ContractName {
  readonly pattern: RegExp;
  readonly why: string;
  /** Where the name is allowed. */
  readonly zones: readonly Zone[];
}

/** Names that keep a private word because others parse them. Everything that one of these matches is left out. */
export const CONTRACTS: readonly ContractName[] = [
  {
    pattern: /^(letter|mend|fence|guard)s?$/,
    why: 'JSON keys, dead-letter fields and row fields',
    zones: ['text', 'key'],
  },
  { pattern: /"(letters?|mend|fence)"/g, why: 'JSON keys in examples', zones: ['text'] },
  { pattern: /\bletter-spacing\b/g, why: 'CSS property', zones: ['text'] },
  { pattern: /\]\([^)\s]*\)/g, why: 'targets of links', zones: ['prose'] },
  { pattern: /^leaver-(\*|…|<\w+>|\d{40})?$/, why: 'prefix of schedule names', zones: ['text'] },
  { pattern: /^leaver\.created$/, why: 'event type of senders', zones: ['text'] },
  { pattern: /^leaver-7$/, why: 'event id in fixtures of 0.1.0', zones: ['text'] },
  { pattern: /\bnot-own-word\b/g, why: 'code of an ignored event', zones: ['text'] },
  { pattern: /\bletters?-(unavailable|not-released)\b/g, why: 'log codes of 0.1.0, in the changelog', zones: ['text'] },
  { pattern: /^Everybody$/, why: "GitHub's published test vector of webhook signatures", zones: ['text'] },
  { pattern: /\bAlarm: breaker open\b/g, why: 'name of an alarm', zones: ['prose'] },
  { pattern: /\bBreakerOpened\b/g, why: 'metric name', zones: ['prose', 'name', 'key', 'text'] },
];
