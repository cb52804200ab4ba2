/**
 * Files share workers, so each must leave the process as it found it: another file would run with what it left behind.
 */
import { afterAll, expect } from 'vitest';

const GLOBALS = ['fetch', 'Date', 'setTimeout', 'setInterval', 'setImmediate', 'crypto', 'console'];

const stateOfProcess = (): Readonly<Record<string, unknown>> => ({
  'working directory': process.cwd(),
  'Math.random': Math.random,
  ...Object.fromEntries(Object.entries(process.env).map(([name, value]) => [`variable ${name}`, value])),
  ...Object.fromEntries(process.eventNames().map((on) => [`listeners of ${String(on)}`, process.listenerCount(on)])),
  ...Object.fromEntries(GLOBALS.map((name) => [`global ${name}`, Reflect.get(globalThis, name)])),
});

const before = stateOfProcess();

// Names only: the values of variables may be secrets of the machine.
afterAll(() => {
  const after = stateOfProcess();
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  expect([...names].filter((name) => before[name] !== after[name])).toEqual([]);
});
