/** The webhook that `npm start -- --watch` prints: pasted into a shell, it revokes. Needs `npm run build`. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { type DemoStack, startDemoStack } from '../../local/demo/stack.ts';
import { ALERT_KEY, signedDelivery } from '../../local/demo/webhooks.ts';
import { until } from './wait.ts';

const paste = promisify(execFile);
const statusLine = async (webhooks: DemoStack['webhooks']): Promise<string | undefined> => {
  const { stdout } = await paste('sh', ['-c', signedDelivery(webhooks, Date.now()).join('\n')]);
  return stdout.split('\r\n')[0];
};

it('the demo: revokes the key of a signed delivery that is pasted, and refuses another signature', async () => {
  const audit: string[] = [];
  const stack = await startDemoStack({ onAudit: (line) => audit.push(line), onLog: () => undefined });
  try {
    const forged = { ...stack.webhooks, secret: 'another' };
    expect(await statusLine(forged)).toBe('HTTP/1.1 401 Unauthorized');
    expect(stack.api.store.status(ALERT_KEY)).toBe('ACTIVE');
    expect(await statusLine(stack.webhooks)).toBe('HTTP/1.1 202 Accepted');
    await until('the alert to be closed', () => audit.find((line) => line.includes('alert-closed')));
    expect(stack.api.store.status(ALERT_KEY)).toBe('DELETED');
  } finally {
    await stack.close();
  }
});
