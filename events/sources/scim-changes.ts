/**
 * Reads `active` and `userName` from a SCIM request in all forms that directories send: names in any case and with or
 * without the URN of the schema, booleans as text, values in arrays. Unreadable or contradictory values are faults.
 * (RFC 7643 §2.1, RFC 7644 §3.5)
 */
import { fieldsOf, isRecord } from '../shapes.ts';
import { NAME_EXPECTED, type Person, personOf } from './scim-name.ts';

export interface Changes {
  readonly kind: 'changes';
  /** Undefined: not in the request. */
  readonly active: boolean | undefined;
  readonly person: Person | undefined;
}

/** `scimType` as in RFC 7644 §3.12. */
export interface ScimFault {
  readonly kind: 'fault';
  readonly scimType: 'invalidSyntax' | 'invalidValue' | 'uniqueness';
  readonly why: string;
}

const CORE = 'urn:ietf:params:scim:schemas:core:2.0:user';

const ATTRIBUTES = ['active', 'username'] as const;
type Attribute = (typeof ATTRIBUTES)[number];

/** The name of an attribute in lower case, without the URN of the core schema. */
const plain = (name: string): string => {
  const lower = name.toLowerCase();
  return lower.startsWith(CORE) ? lower.slice(CORE.length).replace(/^:/, '') : lower;
};

const fault = (scimType: ScimFault['scimType'], why: string): ScimFault => ({ kind: 'fault', scimType, why });

const OPERATION_EXPECTED =
  'expected operations with op, path and value, which replace or add active and userName or leave them alone';

/** The body of a POST or PUT. */
export function changesOfUser(body: unknown): Changes | ScimFault {
  if (!isRecord(body)) return fault('invalidSyntax', 'expected a user: a JSON object');
  if (misspells(body)) return fault('invalidSyntax', 'expected active and userName under exactly these names');
  return changesOf({ active: valuesIn(body, 'active'), username: valuesIn(body, 'username') });
}

/**
 * The body of a PATCH. The last operation on an attribute wins (RFC 7644 §3.5.2). Operations on other attributes are
 * not validated, so that errors in them cannot prevent an offboarding.
 */
export function changesOfPatch(body: unknown): Changes | ScimFault {
  const [operations, ...others] = valuesIn(fieldsOf(body), 'operations');
  if (!Array.isArray(operations) || operations.length === 0 || others.length > 0) {
    return fault('invalidSyntax', 'expected Operations: an array of at least one operation, once');
  }
  return inOrder(operations.map(effectOf));
}

/** The effect of one operation. `unreadable`: may concern `active`. `garbage`: not an operation. */
type Effect = Changes | ScimFault | 'unreadable' | 'garbage';

function inOrder(effects: readonly Effect[]): Changes | ScimFault {
  let [active, person]: [boolean | undefined, Person | undefined] = [undefined, undefined];
  for (const effect of effects) {
    if (effect === 'unreadable') return fault('invalidSyntax', OPERATION_EXPECTED);
    if (effect === 'garbage') continue;
    if (effect.kind === 'fault') return effect;
    active = effect.active ?? active;
    person = effect.person ?? person;
  }
  // Garbage does not prevent an offboarding. Without an offboarding it may be the whole request, so it is a fault.
  const mustBeRead = active !== false && effects.includes('garbage');
  return mustBeRead ? fault('invalidSyntax', OPERATION_EXPECTED) : { kind: 'changes', active, person };
}

function effectOf(operation: unknown): Effect {
  if (!isRecord(operation)) return 'garbage';
  const [ops, paths, values] = [valuesIn(operation, 'op'), valuesIn(operation, 'path'), valuesIn(operation, 'value')];
  if (ops.length > 1 || paths.length > 1 || values.length > 1) return 'unreadable';
  if (misspells(operation) || ATTRIBUTES.some((name) => valuesIn(operation, name).length > 0)) return 'unreadable';
  if (ops.length + paths.length + values.length === 0) return 'garbage';
  const said = saidBy(paths[0] ?? '', values);
  if (said === undefined) return 'unreadable';
  if (said.active.length + said.username.length === 0) return changesOf(said);
  return typeof ops[0] === 'string' && /^(?:add|replace)$/i.test(ops[0]) ? changesOf(said) : 'unreadable';
}

/** The raw values of each attribute. */
type Said = Readonly<Record<Attribute, readonly unknown[]>>;

const NOTHING: Said = { active: [], username: [] };

/**
 * The attributes that an operation sets. Without a path, or with that of the schema, the value is an object of
 * attributes or a list of objects. Undefined: a path below or similar to an attribute, which may be an offboarding.
 */
function saidBy(path: unknown, values: readonly unknown[]): Said | undefined {
  if (typeof path !== 'string') return undefined;
  const name = plain(path.trim() === '' ? '' : path);
  if (name !== '') {
    const attribute = ATTRIBUTES.find((each) => each === name);
    if (attribute !== undefined) return values.length === 1 ? { ...NOTHING, [attribute]: values } : undefined;
    return misspells({ [path]: values[0] }) ? undefined : NOTHING;
  }
  const parts = values.flat();
  if (parts.length === 0 || !parts.every(isRecord) || parts.some(misspells)) return undefined;
  return {
    active: parts.flatMap((part) => valuesIn(part, 'active')),
    username: parts.flatMap((part) => valuesIn(part, 'username')),
  };
}

/** The values of an attribute in any spelling, including those in an object under the URN of the core schema. */
function valuesIn(resource: Readonly<Record<string, unknown>>, attribute: string): readonly unknown[] {
  return Object.entries(resource).flatMap(([name, value]) => {
    if (plain(name) === attribute) return [value];
    return name.toLowerCase() === CORE && isRecord(value) ? valuesIn(value, attribute) : [];
  });
}

/** Schemas of the standard, also of SCIM 1.1: only that of the user has these attributes. Vendors have their own. */
const OTHER_SCHEMA = /^urn:(?:ietf:params:)?scim:schemas:(?:core|extension:enterprise):/;

/** `active.value`, ` active`, `user.active`, `$.active`, or under a wrong URN: may be meant as the attribute. */
function isMisspelled(name: string): boolean {
  const attribute = plain(name);
  if (isAttribute(attribute)) return false;
  if (/^(?:\W*|\W*(?:core|resource|users?)\W+)(?:active|username)(?:\W|$)/.test(attribute)) return true;
  return OTHER_SCHEMA.test(name.toLowerCase()) && /[:.](?:active|username)$/.test(attribute);
}

const isAttribute = (name: string): boolean => ATTRIBUTES.some((each) => each === name);

/** True if an object has an attribute under a misspelled name, or inside an object for the user or another schema. */
const misspells = (resource: Readonly<Record<string, unknown>>): boolean =>
  Object.entries(resource).some(([name, value]) => {
    if (isMisspelled(name)) return true;
    if (name.toLowerCase() === CORE) return isRecord(value) && misspells(value);
    const mayBeUser = /^(?:core|resource|users?)$/i.test(name) || OTHER_SCHEMA.test(name.toLowerCase());
    return mayBeUser && isRecord(value) && valuesIn(value, 'active').length > 0;
  });

function changesOf({ active: activeValues, username: userNames }: Said): Changes | ScimFault {
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
 * Microsoft Entra ID sends `"False"` by default, and `[{"$ref": null, "value": "False"}]` in some tenants. Other
 * directories send `[{"value": false}]`. JavaScript would treat all of these as true.
 */
function flagOf(value: unknown): boolean | undefined {
  const [inner, ...others] = Array.isArray(value) ? value : [value];
  if (others.length > 0) return undefined;
  const bare = isRecord(inner) && Object.keys(inner).every(isSubAttribute) ? valuesIn(inner, 'value')[0] : inner;
  return FLAGS.get(typeof bare === 'string' ? bare.toLowerCase() : bare);
}

/** Sub-attributes of a value in a list. (RFC 7643 §2.4) */
const isSubAttribute = (name: string): boolean => /^(?:value|\$ref|display|primary|type)$/i.test(name);

const FLAGS: ReadonlyMap<unknown, boolean> = new Map<unknown, boolean>([
  [true, true],
  [false, false],
  ['true', true],
  ['false', false],
]);
