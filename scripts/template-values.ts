/** Values of a CloudFormation template as a deployment would give them: parameters, conditions, intrinsic functions. */
import { fieldsOf, isRecord } from '../events/shapes.ts';

export type Tree = { readonly [key: string]: unknown };

export interface Template {
  readonly Parameters: { readonly [name: string]: { readonly Type?: string; readonly Default?: string } };
  readonly Conditions: { readonly [name: string]: Tree };
  readonly Resources: {
    readonly [id: string]: { readonly Type: string; readonly Condition?: string; readonly Properties: Tree };
  };
  readonly Outputs: { readonly [name: string]: { readonly Condition?: string; readonly Value: unknown } };
}

/** What only a deployment knows. */
export interface Deployed {
  /** In place of their defaults. */
  readonly parameters: { readonly [name: string]: string };
  /** Pseudo parameters, such as `AWS::Region`. */
  readonly pseudo: { readonly [name: string]: string };
  /** What `Ref` of a resource gives, or `Fn::GetAtt` of an attribute. */
  ofResource(id: string, attribute: string | undefined): string;
}

/** What stands in a list in place of nothing. */
const NO_VALUE = 'AWS::NoValue';

const listOf = (node: unknown): readonly unknown[] => (Array.isArray(node) ? node : [node]);

const lookUp =
  (template: Template, { parameters, pseudo, ofResource }: Deployed) =>
  (name: string): string => {
    const [id = '', attribute] = name.split('.');
    const parameter = parameters[id] ?? template.Parameters[id]?.Default;
    const known = template.Resources[id] ? ofResource(id, attribute) : (pseudo[name] ?? parameter);
    if (known === undefined) throw new Error(`the template refers to ${name}, which is not there`);
    return known;
  };

/** `value` resolves a part of the template; `holds` says whether a condition does, none always. */
export function templateValues(template: Template, deployed: Deployed) {
  const named = lookUp(template, deployed);
  const functions: { readonly [name: string]: (...args: readonly unknown[]) => unknown } = {
    Ref: (name) =>
      template.Parameters[String(name)]?.Type === 'CommaDelimitedList'
        ? named(String(name)).split(',')
        : named(String(name)),
    'Fn::GetAtt': (id, attribute) => named(`${id}.${attribute}`),
    'Fn::Sub': (text, more) => {
      const own = fieldsOf(more);
      return String(text).replace(/\$\{([^}]+)\}/g, (_, name: string) =>
        name in own ? String(value(own[name])) : named(name),
      );
    },
    'Fn::Join': (separator, parts) => listOf(value(parts)).join(String(separator)),
    'Fn::Split': (separator, text) => String(value(text)).split(String(separator)),
    'Fn::Select': (index, list) => listOf(value(list))[Number(index)],
    'Fn::Equals': (left, right) => value(left) === value(right),
    'Fn::Not': (condition) => value(condition) !== true,
    'Fn::And': (...conditions) => conditions.every((condition) => value(condition) === true),
    'Fn::Or': (...conditions) => conditions.some((condition) => value(condition) === true),
    Condition: (name) => holds(String(name)),
    'Fn::If': (name, yes, no) => value(holds(String(name)) ? yes : no),
  };

  const value = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(value).filter((item) => item !== NO_VALUE);
    if (!isRecord(node)) return node;
    const [[key, argument] = ['', undefined], ...others] = Object.entries(node);
    const call = others.length === 0 ? functions[key] : undefined;
    if (call) return call(...listOf(argument));
    if (key.startsWith('Fn::')) throw new Error(`${key} is not supported here`);
    return Object.fromEntries(
      Object.entries(node)
        .map(([name, inner]) => [name, value(inner)])
        .filter(([, inner]) => inner !== NO_VALUE),
    );
  };
  const holds = (condition: string | undefined): boolean =>
    condition === undefined || value(template.Conditions[condition]) === true;
  return { value, holds };
}
