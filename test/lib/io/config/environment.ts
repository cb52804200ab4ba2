/** An environment that `revoke` starts with, and ways to read it with changes. */
import { createHash } from 'node:crypto';
import { ConfigError, type Environment } from '../../../../lib/io/config/environment.ts';
import { type Config, readConfig } from '../../../../lib/io/config/read.ts';

export const PLANTED = `CW-SECRET-${'s'.repeat(32)}`;

/** The least that `revoke` starts with. */
export const LEAST: Environment = {
  MODE: 'enforce',
  URGENT_QUEUE_URL: 'https://sqs.eu-central-1.amazonaws.com/000000000000/urgent',
  BULK_QUEUE_URL: 'https://sqs.eu-central-1.amazonaws.com/000000000000/bulk',
  DEAD_LETTER_QUEUE_URL: 'https://sqs.eu-central-1.amazonaws.com/000000000000/dead-letters',
  LEDGER_TABLE: 'ledger',
  OWN_ROLES: '{"AROAREVOKE":"revoke"}',
  COREWEAVE_API_TOKEN_SECRET_ID: 'coreweave/api-token',
};
export const SCHEDULES: Environment = {
  BULK_QUEUE_ARN: 'arn:aws:sqs:eu-central-1:000000000000:bulk',
  DEAD_LETTER_QUEUE_ARN: 'arn:aws:sqs:eu-central-1:000000000000:dead-letters',
  SCHEDULER_ROLE_ARN: 'arn:aws:iam::000000000000:role/scheduler',
};

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
const noFile = (): string => {
  throw new Error('ENOENT');
};

/** The configuration of the least environment and `more`. */
export const read = (more: Environment = {}, readText: (path: string) => string = noFile): Config =>
  readConfig({ ...LEAST, ...more }, hash, readText);

/** What is wrong with it. */
export const problems = (more: Environment): readonly string[] => {
  try {
    read(more);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
};
