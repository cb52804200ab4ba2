import { expect, it } from 'vitest';
import { handlerVariables } from '../../bench/lab.ts';
import { readConfig } from '../../lib/io/config/read.ts';

it('handlerVariables start the handler', () => {
  const { settings, apiUrl } = readConfig(handlerVariables('http://127.0.0.1:9'), (text) => text);
  expect([settings.mode, settings.apiConcurrency, apiUrl.href]).toEqual(['enforce', 32, 'http://127.0.0.1:9/']);
});
