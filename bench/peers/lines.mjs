/** Two JSON lines per record, before and after the call, for peers without their own logger. */

export const intent = (id, accessKeyId) => ({ time: Date.now(), phase: 'intent', event: id, accessKeyId });
export const outcome = (id, accessKeyId, status) => ({
  time: Date.now(),
  phase: 'outcome',
  event: id,
  accessKeyId,
  status,
});

export const write = (line) => void process.stdout.write(`${JSON.stringify(line)}\n`);
