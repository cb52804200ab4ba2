/** What an operator's ARN and user ID say of each other. (IAM user guide, unique identifiers; STS API reference) */
import { describe, expect, it } from 'vitest';
import { ownerOfArn } from '../../../lib/model/replay-codes.ts';

const STS = 'arn:aws:sts::123456789012:';

describe('ownerOfArn', () => {
  it.each([
    ['proven', `${STS}assumed-role/ops/ann`, 'AROAOPERATORS:ann'],
    ['proven', `${STS}assumed-role/AWSReservedSSO_ops_0/ann@example.com`, 'AROAOPERATORS:ann@example.com'],
    ['proven', 'arn:aws-us-gov:sts::123456789012:assumed-role/ops/ann', 'AROAOPERATORS:ann'],
    ['proven', `${STS}federated-user/ann`, '123456789012:ann'],
    ['another', `${STS}assumed-role/ops/bob`, 'AROAOPERATORS:ann'],
    ['another', `${STS}assumed-role/ann/bob`, 'AROAOPERATORS:ann'],
    ['another', `${STS}assumed-role/ops/ann`, 'AIDAANN'],
    ['another', `${STS}assumed-role/ops/ann`, 'unidentified'],
    ['another', 'arn:aws:iam::123456789012:user/ann', 'AROAOPERATORS:ann'],
    ['unproven', 'arn:aws:iam::123456789012:user/ann', 'AIDAANN'],
    ['unproven', 'arn:aws:iam::123456789012:root', '123456789012'],
    ['unproven', 'claimed:ann', 'unidentified'],
    ['unproven', 'claimed:ann', 'AROAOPERATORS:ann'],
    ['unproven', '', ''],
  ])('is %s for %s and %s', (expected, operator, userId) => {
    expect(ownerOfArn(operator, userId)).toBe(expected);
  });
});
