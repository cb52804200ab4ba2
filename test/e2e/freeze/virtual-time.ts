/**
 * Loaded into a function's process before its bundle. Prints the process id, and sets the clock 400 s ahead on each
 * SIGUSR2. The parent computes the deadline of an invocation with the real clock, so the deadline moves by the same
 * time.
 */
const JUMP_MS = 400_000;

let offset = 0;
const { now } = Date;
Date.now = () => now() + offset;
process.on('SIGUSR2', () => {
  offset += JUMP_MS;
  process.stderr.write('{"freeze":"jumped"}\n');
});
process.on('message', (message: { deadline?: number }) => {
  if (message.deadline !== undefined) message.deadline += offset;
});
process.stderr.write(`{"freeze":"started","pid":${process.pid}}\n`);
