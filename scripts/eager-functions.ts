/**
 * Lets V8 compile the functions of a bundle when it first reads them. Otherwise it skips the body of a function, and
 * reads it again when the function is called: a start that calls half of its functions reads much of its code several
 * times. A function expression in parentheses is taken for one that is called at once
 * (https://v8.dev/blog/preparser#pife). There is no such sign for arrow functions, so they become function
 * expressions. esbuild can do that too (`supported`), but breaks a constructor that calls `super` late.
 */
import { type AnyNode, type ArrowFunctionExpression, parse } from 'acorn';
import { fullAncestor } from 'acorn-walk';

/** Puts `text` in place of what is between two offsets. */
interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** Returns code that does the same. It is an ES module; comments in the heads of its arrow functions are lost. */
export function withEagerFunctions(code: string): string {
  const arrows: ArrowFunctionExpression[] = [];
  const bound = new Set<AnyNode>();
  fullAncestor(parse(code, { ecmaVersion: 'latest', sourceType: 'module' }), (node, _, ancestors) => {
    if (node.type === 'ArrowFunctionExpression') arrows.push(node);
    if (isInherited(node)) for (const each of ancestors.slice(ancestors.findLastIndex(isFunction) + 1)) bound.add(each);
  });
  // They come from the inner to the outer ones, and are closed in this order where several end at one offset.
  const edits = arrows.filter((arrow) => !bound.has(arrow)).flatMap((arrow) => editsOf(arrow, code));
  return edited(
    code,
    edits.toSorted((a, b) => a.from - b.from),
  );
}

/** An arrow function has it from the function around it. */
const isInherited = (node: AnyNode): boolean =>
  node.type === 'ThisExpression' ||
  node.type === 'Super' ||
  node.type === 'MetaProperty' ||
  (node.type === 'Identifier' && (node.name === 'arguments' || node.name === 'eval'));

const isFunction = ({ type }: AnyNode): boolean => type === 'FunctionExpression' || type === 'FunctionDeclaration';

/** Parameters and body are left out: they have edits of their own. */
function editsOf({ start, end, params, body, async, expression }: ArrowFunctionExpression, code: string): Edit[] {
  const open = `(${async ? 'async ' : ''}function(`;
  const [first, last] = [params[0], params.at(-1)];
  const head = first && last ? [{ from: start, to: first.start, text: open }] : [];
  const arrow = code.indexOf('=>', last?.end ?? start);
  // A body in parentheses keeps them.
  const begin = expression ? `){return ${code.slice(arrow + 2, body.start).trim()}` : ')';
  return [
    ...head,
    { from: last?.end ?? start, to: body.start, text: last ? begin : `${open}${begin}` },
    { from: end, to: end, text: expression ? '})' : ')' },
  ];
}

/** The edits are in order and do not overlap. */
function edited(code: string, edits: readonly Edit[]): string {
  const ends = [0, ...edits.map(({ to }) => to)];
  return edits.map(({ from, text }, n) => code.slice(ends[n], from) + text).join('') + code.slice(ends.at(-1));
}
