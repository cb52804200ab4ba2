import { describe, expect, it } from 'vitest';
import type { Template } from '../../scripts/template-values.ts';
import { variableBytes, variableProblems } from '../../scripts/variable-size.ts';
import { packageOnce } from '../template/packaged.ts';

const withVariables = (Variables: object, parameters: Template['Parameters'] = {}): Template => ({
  Parameters: parameters,
  Conditions: { Given: { 'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'Given' }, ''] }] } },
  Resources: { Function: { Type: 'AWS::Lambda::Function', Properties: { Environment: { Variables } } } },
  Outputs: {},
});

describe('variableBytes', () => {
  it('counts variables as JSON in UTF-8, as Lambda does', () => {
    expect(variableBytes(withVariables({ A: 'x' }))).toBe('{"A":"x"}'.length);
    expect(variableBytes(withVariables({ A: '"ü' }))).toBe('{"A":"\\"üü"}'.length);
  });

  it.each([
    ['', '{"A":""}'.length],
    ['a-value', '{"A":"a-value"}'.length],
  ])('takes the branch of a condition and the default "%s" of its parameter', (given, bytes) => {
    const variable = { 'Fn::If': ['Given', { Ref: 'Given' }, ''] };
    expect(variableBytes(withVariables({ A: variable }, { Given: { Default: given } }))).toBe(bytes);
  });

  it('estimates what only a deployment knows', async () => {
    const { template } = await packageOnce();
    const bytes = variableBytes(template);
    expect(bytes).toBeGreaterThan(2_000);
    expect(bytes).toBeLessThan(2_500);
  }, 120_000);
});

describe('variableProblems', () => {
  it('has none at 4,096 bytes, and one above, which says what to do', () => {
    const frame = '{"A":""}'.length;
    expect(variableProblems(withVariables({ A: 'x'.repeat(4_096 - frame) }))).toEqual([]);
    expect(variableProblems(withVariables({ A: 'x'.repeat(4_097 - frame) }))).toEqual([
      expect.stringMatching(/^variables: about 4097 bytes in all, Lambda allows 4096: move .*senders\.json$/),
    ]);
  });
});
