/**
 * What a SCIM request says of `active` and `userName`, in all the forms in which directories say it: names in any case
 * and with or without the schema's URN, booleans as text, values in arrays. Nothing is guessed: what cannot be read, or
 * contradicts itself, is a fault. (RFC 7643 §2.1, RFC 7644 §3.5)
 */
import { fieldsOf, isRecord } from '../shapes.ts';
import { groupOf } from './reading.ts';
import { NAME_EXPECTED, type Person, personOf } from './scim-name.ts';

export interface Changes {
  readonly kind: 'changes';
  /** Undefined: nothing was said of it. */
  readonly active: boolean | undefined;
  readonly person: Person | undefined;
}

/** `scimType` as RFC 7644 §3.12 has it. */
export interface Fault {
  readonly kind: 'fault';
  readonly scimType: 'invalidSyntax' | 'invalidValue' | 'mutability';
  readonly why: string;
}

const CORE = 'urn:ietf:params:scim:schemas:core:2.0:user';

type Attribute = 'active' | 'username';

/** An attribute's name as we compare it: in lower case, without the URN of the core schema before it. */
const plain = (name: string): string => {
  const lower = name.toLowerCase();
  return lower.startsWith(CORE) ? lower.slice(CORE.length).replace(/^:/, '') : lower;
};

const fault = (scimType: Fault['scimType'], why: string): Fault => ({ kind: 'fault', scimType, why });

/** Takes the body of a POST or PUT; returns what it says, or the fault. */
export function changesOfUser(body: unknown): Changes | Fault {
  if (!isRecord(body)) return fault('invalidSyntax', 'expected a user: a JSON object');
  return changesOf(valuesIn(body, 'active'), valuesIn(body, 'username'));
}

/**
 * Takes the body of a PATCH; returns what its operations say together, or the fault. What operations do to other
 * attributes is not looked at, so that nothing in them can stand in the way of a leaver.
 */
export function changesOfPatch(body: unknown): Changes | Fault {
  const [operations, ...others] = valuesIn(fieldsOf(body), 'operations');
  if (!Array.isArray(operations) || operations.length === 0 || others.length > 0) {
    return fault('invalidSyntax', 'expected Operations: an array of at least one operation, once');
  }
  const active = operations.map((operation) => setBy(operation, 'active'));
  const userName = operations.map((operation) => setBy(operation, 'username'));
  if (active.includes(undefined) || userName.includes(undefined)) return fault('invalidSyntax', OPERATION_EXPECTED);
  return changesOf(active.flat(), userName.flat());
}

const OPERATION_EXPECTED =
  'expected operations with op, path and value, which replace or add active and userName or leave them alone';

/** The values that an operation gives to an attribute; undefined when it does something to it that we cannot read. */
function setBy(operation: unknown, attribute: Attribute): readonly unknown[] | undefined {
  if (!isRecord(operation)) return undefined;
  const ops = valuesIn(operation, 'op');
  const paths = valuesIn(operation, 'path');
  const values = valuesIn(operation, 'value');
  if (ops.length > 1 || paths.length > 1 || values.length > 1) return undefined;
  const touched = targeted(paths[0], values[0], attribute);
  if (touched?.length === 0) return touched;
  const [op] = ops;
  return values.length === 1 && typeof op === 'string' && /^(?:add|replace)$/i.test(op) ? touched : undefined;
}

/**
 * What an operation aims at. Without a path the value is an object of attributes. A path into the attribute, or one
 * that is misspelt around it, may be a leaver: undefined, so that somebody looks at it.
 */
function targeted(path: unknown, value: unknown, attribute: Attribute): readonly unknown[] | undefined {
  const text = path ?? '';
  if (typeof text !== 'string') return undefined;
  const name = plain(text);
  if (name === '') return valuesIn(fieldsOf(value), attribute);
  if (name === attribute) return [value];
  return groupOf(/(\w+)/, name) === attribute ? undefined : [];
}

/** The values under every spelling of an attribute, also inside an object under the URN of the core schema. */
function valuesIn(resource: Readonly<Record<string, unknown>>, attribute: string): readonly unknown[] {
  return Object.entries(resource).flatMap(([name, value]) => {
    if (plain(name) === attribute) return [value];
    return name.toLowerCase() === CORE && isRecord(value) ? valuesIn(value, attribute) : [];
  });
}

function changesOf(activeValues: readonly unknown[], userNames: readonly unknown[]): Changes | Fault {
  const flags = new Set(activeValues.map(flagOf));
  if (flags.has(undefined)) return fault('invalidValue', 'expected true or false for active');
  if (flags.size > 1) return fault('invalidValue', 'expected one value for active');
  const names = new Set(userNames);
  if (names.size > 1) return fault('invalidValue', 'expected one value for userName');
  const [person] = [...names].map(personOf);
  if (names.size > 0 && person === undefined) return fault('invalidValue', NAME_EXPECTED);
  const [active] = flags;
  return { kind: 'changes', active, person };
}

/**
 * Microsoft Entra ID sends `"False"` by default; others `[{"value": false}]`. Neither may be taken for true, as
 * JavaScript would.
 */
function flagOf(value: unknown): boolean | undefined {
  const [inner, ...others] = Array.isArray(value) ? value : [value];
  if (others.length > 0) return undefined;
  const bare = isRecord(inner) && Object.keys(inner).length === 1 ? valuesIn(inner, 'value')[0] : inner;
  return FLAGS.get(typeof bare === 'string' ? bare.toLowerCase() : bare);
}

const FLAGS: ReadonlyMap<unknown, boolean> = new Map<unknown, boolean>([
  [true, true],
  [false, false],
  ['true', true],
  ['false', false],
]);
