/** How large the environment of a function will be, which Lambda says only in the middle of a deployment. */
import { fieldsOf } from '../events/shapes.ts';
import { type Template, templateValues } from './template-values.ts';

/** For all variables of a function. (Lambda quotas) */
export const MAX_VARIABLE_BYTES = 4_096;

/** A region with a long name, and what stands for names that CloudFormation makes: longer than most of ours. */
const ESTIMATES = {
  'AWS::Partition': 'aws',
  'AWS::Region': 'ap-southeast-1',
  'AWS::AccountId': '111122223333',
  'AWS::URLSuffix': 'amazonaws.com',
  'AWS::StackName': 'n'.repeat(32),
  'AWS::NoValue': 'AWS::NoValue',
};
const ROLE_ID = 'A'.repeat(21);
const NAME_OR_ARN = 'n'.repeat(90);

/**
 * Bytes of the variables of the largest function, with the defaults of the template's parameters. Lambda measures them
 * as JSON, in which each quotation mark of a value takes two bytes: its error message shows that text.
 */
export function variableBytes(template: Template): number {
  const { value } = templateValues(template, {
    parameters: {},
    pseudo: ESTIMATES,
    ofResource: (_, attribute) => (attribute === 'RoleId' ? ROLE_ID : NAME_OR_ARN),
  });
  const sizes = Object.values(template.Resources)
    .filter(({ Type }) => Type === 'AWS::Lambda::Function')
    .map(({ Properties }) => Buffer.byteLength(JSON.stringify(value(fieldsOf(Properties.Environment).Variables))));
  return Math.max(0, ...sizes);
}

/** A stage whose deployment would fail. */
export function variableProblems(template: Template): readonly string[] {
  const bytes = variableBytes(template);
  return bytes <= MAX_VARIABLE_BYTES
    ? []
    : [
        `variables: about ${bytes} bytes in all, Lambda allows ${MAX_VARIABLE_BYTES}: move the longest of protected, ` +
          'senders, webhooks and ssfIssuers to a file, such as @dist/handlers/senders.json',
      ];
}
