import { expect, it } from 'vitest';
import { AdapterError } from '../../../lib/runtime/adapter-error.ts';
import { errorCode } from '../../../lib/runtime/error-code.ts';

it.each([
  ['the code of an error', Object.assign(new TypeError('text'), { code: 'queue-refused' }), 'queue-refused'],
  [
    'what an adapter says',
    new AdapterError('ledger-unavailable', 'AccessDeniedException'),
    'ledger-unavailable: AccessDeniedException',
  ],
  ['the name of an error without a code', new TypeError('text'), 'TypeError'],
  ['the name of an error whose code is a number', Object.assign(new RangeError('text'), { code: 8 }), 'RangeError'],
  ['the kind of an object that is no error', { code: 8, message: 'text' }, 'object'],
  ['the code of an object that is no error', { code: 'queue-refused' }, 'queue-refused'],
  ['the kind of a text', 'text', 'string'],
])('errorCode is %s', (_, thrown, code) => {
  expect(errorCode(thrown)).toBe(code);
});
