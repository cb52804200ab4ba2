/** A small reader of TypeScript text: which modules a file names, and its code without comments and strings. */

export interface Import {
  /** As written; `computed` for an `import()` whose argument is no plain string. */
  readonly specifier: string;
  /** It vanishes when types are stripped. */
  readonly typeOnly: boolean;
}

const COMMENT = String.raw`\/\*[\s\S]*?\*\/|\/\/[^\n]*`;
const TEXT = ["'(?:\\\\.|[^'\\\\\\n])*'", '"(?:\\\\.|[^"\\\\\\n])*"', '`(?:\\\\[\\s\\S]|[^`\\\\])*`'].join('|');
/** A slash begins a regular expression after an operator, a bracket or `return`, else it divides. */
const REGEX = String.raw`(?<=[(,=:[!&|?{};>]\s*|return\s)\/(?![*\/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^\/\\\n[])+\/[a-z]*`;
const TOKEN = new RegExp([COMMENT, TEXT, REGEX].join('|'), 'g');

/** The code with a number in quotes in place of each string and regular expression, and these by their number. */
const read = (text: string): { readonly code: string; readonly texts: readonly string[] } => {
  const texts: string[] = [];
  const code = text.replace(TOKEN, (token) =>
    token.startsWith('//') || token.startsWith('/*') ? ' ' : `'${texts.push(token.slice(1, -1)) - 1}'`,
  );
  return { code, texts };
};

/** Takes the text of a file; returns it without comments, and with a number in place of each string and regular expression. */
export const codeOf = (text: string): string => read(text).code;

const NAMES = String.raw`(?:type\s+)?(?:[\w$]+\s*,?\s*)?(?:\{[^}]*\}|\*(?:\s*as\s+[\w$]+)?)?`;
const STATEMENT = new RegExp(String.raw`\b(?:import|export)\s*(?:(${NAMES})\s*\bfrom\s*)?'(\d+)'`, 'g');
const CALL = /(?<![.\w])(typeof\s+)?(?:import|require)\s*\(\s*(?:'(\d+)'\s*[,)])?/g;

/** `type A`, `type { A }`, or braces with types only. Empty braces and no names at all load the module. */
const isTypeClause = (clause: string): boolean => {
  if (/^type\b(?!\s*$)/.test(clause)) return true;
  const names = /^\{([\s\S]*)\}$/
    .exec(clause.trim())?.[1]
    ?.split(',')
    .map((name) => name.trim());
  const listed = names?.filter((name) => name !== '') ?? [];
  return listed.length > 0 && listed.every((name) => name.startsWith('type '));
};

/** Takes the text of a file; returns all it imports or exports from: statements, calls of `import` and `require`, import types. */
export const importsOf = (text: string): readonly Import[] => {
  const { code, texts } = read(text);
  const statements = [...code.matchAll(STATEMENT)].map(([, clause = '', number]) => ({
    specifier: texts[Number(number)] ?? 'computed',
    typeOnly: isTypeClause(clause),
  }));
  const calls = [...code.matchAll(CALL)].map(([, typeQuery, number]) => {
    const specifier = number === undefined ? undefined : texts[Number(number)];
    return {
      specifier: specifier?.includes('${') ? 'computed' : (specifier ?? 'computed'),
      typeOnly: typeQuery !== undefined,
    };
  });
  return [...statements, ...calls];
};
