/**
 * Preloaded into a function's process: its clock is ahead by the milliseconds that the file named in CLOCK_FILE
 * holds at that moment, so that a day can pass while a test runs.
 */
import { readFileSync } from 'node:fs';

const { CLOCK_FILE = '' } = process.env;
const machine = Date.now;
Date.now = () => machine() + Number(readFileSync(CLOCK_FILE, 'utf8'));
