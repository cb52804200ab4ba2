/**
 * The one message system attribute that senders may set: AWSTraceHeader, which fauxqs drops. (SQS API reference,
 * SendMessage)
 */
import { createHash } from 'node:crypto';
import { type Fields, isFields, listOf } from './fields.ts';

const NAME = 'AWSTraceHeader';

export interface TraceHeaders {
  /** The answer to a send request, with digests of trace headers. Remembers the headers. */
  ofSent(request: unknown, answer: Fields): Fields;
  /** The answer to a receive request, with the trace headers that it asks for. */
  ofReceived(request: unknown, answer: Fields): Fields;
}

const headerOf = (entry: unknown): string | undefined => {
  const attributes = isFields(entry) ? entry.MessageSystemAttributes : undefined;
  const header = isFields(attributes) ? attributes[NAME] : undefined;
  return isFields(header) && typeof header.StringValue === 'string' ? header.StringValue : undefined;
};

/**
 * Name, type and value, each after its length in four bytes; 1 says that the value is a text. (SQS developer guide,
 * message attributes)
 */
const digest = (header: string): string => {
  const hash = createHash('md5');
  const part = (text: string) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(Buffer.byteLength(text));
    hash.update(length).update(text);
  };
  part(NAME);
  part('String');
  hash.update(Buffer.of(1));
  part(header);
  return hash.digest('hex');
};

export const createTraceHeaders = (): TraceHeaders => {
  const headers = new Map<unknown, string>();
  const withDigest = (result: Fields, entry: unknown): Fields => {
    const header = headerOf(entry);
    if (header === undefined) return result;
    headers.set(result.MessageId, header);
    return { ...result, MD5OfMessageSystemAttributes: digest(header) };
  };
  const withHeader = (message: Fields): Fields => {
    const header = headers.get(message.MessageId);
    return header === undefined
      ? message
      : { ...message, Attributes: { ...(isFields(message.Attributes) ? message.Attributes : {}), [NAME]: header } };
  };
  return {
    ofSent(request, answer) {
      const entries = listOf(request, 'Entries').filter(isFields);
      if (entries.length === 0) return withDigest(answer, request);
      const byId = new Map(entries.map((entry) => [entry.Id, entry]));
      const successful = listOf(answer, 'Successful').filter(isFields);
      return { ...answer, Successful: successful.map((result) => withDigest(result, byId.get(result.Id))) };
    },
    ofReceived(request, answer) {
      const names = [...listOf(request, 'AttributeNames'), ...listOf(request, 'MessageSystemAttributeNames')];
      const messages = listOf(answer, 'Messages').filter(isFields);
      if (messages.length === 0 || !(names.includes('All') || names.includes(NAME))) return answer;
      return { ...answer, Messages: messages.map(withHeader) };
    },
  };
};
