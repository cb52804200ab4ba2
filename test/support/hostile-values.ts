/** What code may throw: anything at all. */

/** Thrown values, some of which throw when they are read. `secret` must not appear in any output. */
export const HOSTILE: readonly (readonly [string, unknown])[] = [
  ['an Error', new Error('secret')],
  ['null', null],
  ['undefined', undefined],
  ['text', 'secret'],
  ['a number', 0],
  ['a symbol', Symbol('secret')],
  ['a function', () => undefined],
  ['an object without a prototype', Object.create(null)],
  ['an Error without a message', Object.assign(new Error('x'), { message: undefined, stack: null })],
  [
    'an object whose code cannot be read',
    Object.defineProperty({}, 'code', {
      get: () => {
        throw new Error('trap');
      },
    }),
  ],
  [
    'an Error whose name cannot be read',
    Object.defineProperty(new Error('x'), 'name', {
      get: () => {
        throw null;
      },
    }),
  ],
  ['a proxy of nothing', revoked()],
];

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}
