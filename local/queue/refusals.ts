/** What Amazon SQS refuses and the embedded queue takes, as a table of rules: pure, no request objects. */
import { Buffer } from 'node:buffer';
import { type Fields, isFields } from './fields.ts';

/** An error as SQS words it: the code is part of the SQS API, the message is ours. */
export interface QueueError {
  readonly code: string;
  readonly message: string;
}

type Rule = (entry: Fields) => QueueError | undefined;

/** #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF (SQS API reference, SendMessage). */
const BODY_CHARACTERS = /^[\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]*$/u;
/** SQS developer guide, message attribute components: no reserved prefix, no leading, trailing or double period. */
const ATTRIBUTE_NAME = /^(?!(?:aws|amazon)\.)(?!\.)(?!.*\.\.)[\w.-]{1,256}(?<!\.)$/i;
const DATA_TYPE = /^(?:String|Number|Binary)(?:\..+)?$/;
const MAX_ATTRIBUTES = 10;
const MAX_DELAY_SECONDS = 900;
const MAX_VISIBILITY_SECONDS = 43_200;
const MAX_MESSAGE_BYTES = 1_048_576;
/** X-Ray developer guide, tracing header. */
const TRACE_HEADER = /^Root=1-[0-9a-f]{8}-[0-9a-f]{24}(?:;(?:Parent|Sampled|Lineage|Self)=[\w.:-]+)*$/i;

const invalid = (message: string): QueueError => ({ code: 'InvalidParameterValue', message });
const isSecondsUpTo = (value: unknown, most: number): boolean =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most;

const attributesOf = (entry: Fields): readonly (readonly [string, Fields])[] =>
  Object.entries(isFields(entry.MessageAttributes) ? entry.MessageAttributes : {}).map(([name, attribute]) => [
    name,
    isFields(attribute) ? attribute : {},
  ]);

const attributeValue = (attribute: Fields): unknown => attribute.StringValue ?? attribute.BinaryValue;
const bytes = (value: unknown): number => (typeof value === 'string' ? Buffer.byteLength(value) : 0);

const badAttribute = (name: string, attribute: Fields): QueueError | undefined => {
  if (!ATTRIBUTE_NAME.test(name))
    return invalid('Message attribute name is empty, too long, reserved or has a bad character.');
  const type = attribute.DataType;
  if (typeof type !== 'string' || !DATA_TYPE.test(type))
    return invalid(`Message attribute '${name}' has no valid type.`);
  const value = attributeValue(attribute);
  if (typeof value !== 'string' || value === '')
    return invalid(`Message attribute '${name}' must contain a non-empty value.`);
  return BODY_CHARACTERS.test(value) ? undefined : invalid(`Message attribute '${name}' has an invalid character.`);
};

/**
 * The only system attribute of a message is AWSTraceHeader, and its size does not count. (SQS API reference,
 * SendMessage)
 */
const badSystemAttribute = (name: string, attribute: unknown): QueueError | undefined => {
  const { DataType: type, StringValue: value } = isFields(attribute) ? attribute : {};
  const isTrace = name === 'AWSTraceHeader' && type === 'String' && TRACE_HEADER.test(String(value));
  return isTrace ? undefined : invalid(`Message system attribute '${name}' must be an X-Ray trace header.`);
};

/** SQS API reference, SendMessage, and developer guide, message quotas. */
const MESSAGE_RULES: readonly Rule[] = [
  ({ MessageBody: body }) =>
    typeof body === 'string' && body !== ''
      ? undefined
      : { code: 'MissingParameter', message: 'The request must contain the parameter MessageBody.' },
  ({ MessageBody: body }) =>
    BODY_CHARACTERS.test(String(body))
      ? undefined
      : { code: 'InvalidMessageContents', message: 'Invalid characters found.' },
  ({ DelaySeconds: delay }) =>
    delay === undefined || isSecondsUpTo(delay, MAX_DELAY_SECONDS)
      ? undefined
      : invalid('DelaySeconds must be an integer from 0 to 900.'),
  (entry) =>
    attributesOf(entry).length <= MAX_ATTRIBUTES ? undefined : invalid('A message has at most 10 message attributes.'),
  (entry) => {
    for (const [name, attribute] of attributesOf(entry)) {
      const error = badAttribute(name, attribute);
      if (error !== undefined) return error;
    }
    return undefined;
  },
  ({ MessageSystemAttributes: attributes }) => {
    const errors = Object.entries(isFields(attributes) ? attributes : {}).map(([name, each]) =>
      badSystemAttribute(name, each),
    );
    return errors.find((error) => error !== undefined);
  },
  (entry) => {
    const size = attributesOf(entry).reduce(
      (sum, [name, attribute]) => sum + bytes(name) + bytes(attribute.DataType) + bytes(attributeValue(attribute)),
      bytes(entry.MessageBody),
    );
    return size <= MAX_MESSAGE_BYTES ? undefined : invalid('Message must be shorter than 1048576 bytes.');
  },
];

const VISIBILITY_RULES: readonly Rule[] = [
  ({ VisibilityTimeout: visibility }) =>
    isSecondsUpTo(visibility, MAX_VISIBILITY_SECONDS)
      ? undefined
      : invalid('VisibilityTimeout must be an integer from 0 to 43200.'),
];

const RULES: Readonly<Record<string, readonly Rule[]>> = {
  SendMessage: MESSAGE_RULES,
  SendMessageBatch: MESSAGE_RULES,
  ChangeMessageVisibility: VISIBILITY_RULES,
  ChangeMessageVisibilityBatch: VISIBILITY_RULES,
};

/**
 * The error that SQS would return for a request body or an entry of a batch. Undefined: accepted. Checks only the rules
 * above; the embedded queue checks the others.
 */
export const queueRefusal = (action: string, entry: unknown): QueueError | undefined => {
  for (const rule of RULES[action] ?? []) {
    const error = rule(isFields(entry) ? entry : {});
    if (error !== undefined) return error;
  }
  return undefined;
};
