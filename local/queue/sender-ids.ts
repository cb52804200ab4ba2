/** Sets SenderId to the access key that signed the request. fauxqs returns the same SenderId for all senders. */
import { type Fields, isFields, listOf } from './fields.ts';

const NAME = 'SenderId';

export interface SenderIds {
  /** Remembers who sent the messages of an answer. `authorization`: the header of the request. */
  note(authorization: unknown, answer: Fields): void;
  /** The answer to a receive request, with the true senders where it shows any. */
  ofReceived(answer: Fields): Fields;
}

/** A role's key signs as `<role id>:<session>`. (SQS API reference, Message; SigV4, Authorization header) */
const senderOf = (authorization: unknown): string => {
  const [, key = 'unknown'] = /Credential=([^/,]+)\//.exec(String(authorization)) ?? [];
  return key.startsWith('AROA') ? `${key}:session` : key;
};

export const createSenderIds = (): SenderIds => {
  const senders = new Map<unknown, string>();
  const named = (message: Fields): Fields => {
    const sender = senders.get(message.MessageId);
    const { Attributes: attributes } = message;
    if (sender === undefined || !isFields(attributes) || !(NAME in attributes)) return message;
    return { ...message, Attributes: { ...attributes, [NAME]: sender } };
  };
  return {
    note(authorization, answer) {
      const sent = [answer, ...listOf(answer, 'Successful').filter(isFields)];
      const sender = senderOf(authorization);
      for (const { MessageId: id } of sent) if (id !== undefined) senders.set(id, sender);
    },
    ofReceived(answer) {
      const messages = listOf(answer, 'Messages').filter(isFields);
      return messages.length === 0 ? answer : { ...answer, Messages: messages.map(named) };
    },
  };
};
