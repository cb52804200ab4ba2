/** CloudFormation and Systems Manager for operators: the outputs and the stored settings of a stack. */
import { SDK_SETTINGS, type SdkOverrides, sdkErrorName } from '../../lib/io/aws/sdk.ts';
import { AdapterError } from '../../lib/runtime/adapter-error.ts';

export interface StoredSetting {
  readonly name: string;
  readonly value: string;
  /** Epoch ms. */
  readonly changedAt: number;
}

export interface StackDescription {
  /** It names account and region. */
  readonly arn: string;
  /** Values by name. */
  readonly outputs: ReadonlyMap<string, string>;
}

/** Both reject with AdapterError `stack-unavailable`, whose detail is the name of the error (`AccessDenied`). */
export interface StackReader {
  /** (DescribeStacks) Undefined: there is no such stack in this account and region. */
  describe(stack: string): Promise<StackDescription | undefined>;
  /** All parameters below the path, in the order of their names (GetParametersByPath). */
  settings(path: string): Promise<readonly StoredSetting[]>;
}

/** A page has at most 10 parameters; deploy/settings.cjs makes at most 101. */
const MAX_PAGES = 20;
/** What CloudFormation calls a missing stack (DescribeStacks, errors). */
const NO_STACK = 'ValidationError';

/** The SDK is loaded at the first call. */
export const createStackReader = (overrides: SdkOverrides = {}): StackReader => ({
  async describe(stack) {
    const { CloudFormationClient, DescribeStacksCommand } = await import('@aws-sdk/client-cloudformation');
    const client = new CloudFormationClient({ ...SDK_SETTINGS, ...overrides });
    try {
      const { Stacks: [found] = [] } = await client.send(new DescribeStacksCommand({ StackName: stack }));
      if (found === undefined) return undefined;
      const { StackId: arn = '', Outputs: outputs = [] } = found;
      return { arn, outputs: new Map(outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue])) };
    } catch (error) {
      if (sdkErrorName(error) === NO_STACK) return undefined;
      throw new AdapterError('stack-unavailable', sdkErrorName(error));
    } finally {
      client.destroy();
    }
  },
  async settings(path) {
    const { GetParametersByPathCommand, SSMClient } = await import('@aws-sdk/client-ssm');
    const client = new SSMClient({ ...SDK_SETTINGS, ...overrides });
    const found: StoredSetting[] = [];
    try {
      let next: string | undefined;
      let page = 0;
      do {
        const request = new GetParametersByPathCommand({ Path: path, Recursive: true, NextToken: next });
        const { Parameters: parameters = [], NextToken: after } = await client.send(request);
        for (const { Name: name = '', Value: value = '', LastModifiedDate: date } of parameters)
          found.push({ name, value, changedAt: date?.getTime() ?? 0 });
        next = after;
        page += 1;
      } while (next !== undefined && page < MAX_PAGES);
    } catch (error) {
      throw new AdapterError('stack-unavailable', sdkErrorName(error));
    } finally {
      client.destroy();
    }
    return found.toSorted((one, other) => (one.name < other.name ? -1 : 1));
  },
});
