/** Resolves a CloudFormation template as a deployment would: parameters, conditions and intrinsic functions. */

export type Tree = { readonly [key: string]: unknown };

export interface Template {
  readonly Parameters: { readonly [name: string]: { readonly Type?: string; readonly Default?: string } };
  readonly Conditions: { readonly [name: string]: Tree };
  readonly Resources: {
    readonly [id: string]: { readonly Type: string; readonly Condition?: string; readonly Properties: Tree };
  };
  readonly Outputs: { readonly [name: string]: { readonly Condition?: string; readonly Value: unknown } };
}

const PSEUDO: { readonly [name: string]: string } = {
  'AWS::Partition': 'aws',
  'AWS::Region': 'eu-west-1',
  'AWS::AccountId': '123456789012',
  'AWS::URLSuffix': 'amazonaws.com',
  'AWS::StackId': 'arn:aws:cloudformation:eu-west-1:123456789012:stack/coreweave-revocation-dev/0f1e2d3c',
  'AWS::StackName': 'coreweave-revocation-dev',
  'AWS::NoValue': 'AWS::NoValue',
};

/** What stands in a list in place of nothing. */
const NO_VALUE = 'AWS::NoValue';

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value);

/** What `Ref` and `Fn::GetAtt … Arn` of a resource give: real ones for queues, else `the-<id>` and `arn:<id>`. */
const identityOf = (id: string, { Type: type, Properties: { QueueName: name } }: Template['Resources'][string]) =>
  type === 'AWS::SQS::Queue'
    ? {
        ref: `https://sqs.eu-west-1.amazonaws.com/123456789012/${name}`,
        arn: `arn:aws:sqs:eu-west-1:123456789012:${name}`,
      }
    : { ref: `the-${id}`, arn: `arn:${id}` };

/** A template with parameters in place of their defaults: resources (whose condition holds) and outputs. */
export const resolveTemplate = (template: Template, parameters: { readonly [name: string]: string } = {}) => {
  const named = (name: string): string => {
    const [id = '', attribute] = name.split('.');
    const resource = template.Resources[id];
    const parameter = parameters[id] ?? template.Parameters[id]?.Default;
    const value = resource
      ? identityOf(id, resource)[attribute === 'Arn' ? 'arn' : 'ref']
      : (PSEUDO[name] ?? parameter);
    if (value === undefined) throw new Error(`the template refers to ${name}, which is not there`);
    return value;
  };

  const functions: { readonly [name: string]: (argument: never) => unknown } = {
    Ref: (name: string) =>
      template.Parameters[name]?.Type === 'CommaDelimitedList' ? named(name).split(',') : named(name),
    'Fn::GetAtt': ([id, attribute]: readonly string[]) => named(`${id}.${attribute}`),
    'Fn::Sub': (argument: string | readonly [string, Tree]) => {
      const [text, more]: readonly [string, Tree] = typeof argument === 'string' ? [argument, {}] : argument;
      return text.replace(/\$\{([^}]+)\}/g, (_, name: string) =>
        name in more ? String(value(more[name])) : named(name),
      );
    },
    'Fn::Join': ([separator, parts]: readonly [string, unknown]) =>
      (value(parts) as readonly unknown[]).join(separator),
    'Fn::Split': ([separator, text]: readonly [string, unknown]) => String(value(text)).split(separator),
    'Fn::Select': ([index, list]: readonly [number, unknown]) => (value(list) as readonly unknown[])[index],
    'Fn::Equals': ([left, right]: readonly unknown[]) => value(left) === value(right),
    'Fn::Not': ([condition]: readonly unknown[]) => value(condition) !== true,
    'Fn::And': (conditions: readonly unknown[]) => conditions.every((condition) => value(condition) === true),
    'Fn::Or': (conditions: readonly unknown[]) => conditions.some((condition) => value(condition) === true),
    Condition: (name: string) => holds(name),
    'Fn::If': ([name, yes, no]: readonly [string, unknown, unknown]) => value(holds(name) ? yes : no),
  };

  const value = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(value).filter((item) => item !== NO_VALUE);
    if (!isTree(node)) return node;
    const [[key, argument] = ['', undefined], ...others] = Object.entries(node);
    const call = others.length === 0 ? functions[key] : undefined;
    if (call) return call(argument as never);
    if (key.startsWith('Fn::')) throw new Error(`${key} is not supported here`);
    return Object.fromEntries(
      Object.entries(node)
        .map(([name, inner]) => [name, value(inner)])
        .filter(([, inner]) => inner !== NO_VALUE),
    );
  };
  const holds = (condition: string | undefined): boolean =>
    condition === undefined || value(template.Conditions[condition]) === true;

  return {
    resources: Object.fromEntries(
      Object.entries(template.Resources)
        .filter(([, { Condition: condition }]) => holds(condition))
        .map(([id, { Properties: properties, ...rest }]) => [id, { ...rest, Properties: value(properties) as Tree }]),
    ),
    outputs: Object.fromEntries(
      Object.entries(template.Outputs)
        .filter(([, { Condition: condition }]) => holds(condition))
        .map(([name, { Value }]) => [name, value(Value)]),
    ),
  };
};
