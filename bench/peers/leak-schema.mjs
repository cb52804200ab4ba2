/** The event as a schema for the parser of Powertools. */
import { JSONStringified } from '@aws-lambda-powertools/parser/helpers';
import { SqsRecordSchema } from '@aws-lambda-powertools/parser/schemas/sqs';
import { z } from 'zod';

const leak = z.object({
  specversion: z.literal('1.0'),
  type: z.literal('credential.compromised.v1'),
  id: z.string().min(1).max(512),
  source: z.string().min(1).max(512),
  time: z.iso.datetime({ offset: true }),
  data: z.strictObject({ accessKeyId: z.string().regex(/^CW[A-Z0-9]{10,30}$/) }),
});

/**
 * The schema of the whole record: Powertools would join `innerSchema` and a transformer for each record, which costs
 * more.
 */
export const leakRecord = SqsRecordSchema.extend({ body: JSONStringified(leak) });
