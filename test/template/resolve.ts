/** Resolves a CloudFormation template as a deployment would: parameters, conditions and intrinsic functions. */
import { type Template, type Tree, templateValues } from '../../scripts/template-values.ts';

export type { Template, Tree };

const PSEUDO: { readonly [name: string]: string } = {
  'AWS::Partition': 'aws',
  'AWS::Region': 'eu-west-1',
  'AWS::AccountId': '123456789012',
  'AWS::URLSuffix': 'amazonaws.com',
  'AWS::StackId': 'arn:aws:cloudformation:eu-west-1:123456789012:stack/coreweave-revocation-dev/0f1e2d3c',
  'AWS::StackName': 'coreweave-revocation-dev',
  'AWS::NoValue': 'AWS::NoValue',
};

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
  const { value, holds } = templateValues(template, {
    parameters,
    pseudo: PSEUDO,
    ofResource(id, attribute) {
      const { ref, arn } = identityOf(id, template.Resources[id] ?? { Type: '', Properties: {} });
      return attribute === 'Arn' ? arn : ref;
    },
  });
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
