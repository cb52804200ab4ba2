/**
 * Loads `node:http` by `require`. An `import` reads each of its exports, and one of them makes Node load the whole
 * client of `fetch`: most of the time of the first AWS client.
 */
import http from 'node:http';
import type { Plugin } from 'esbuild';

/** What is made only when read is no export: `WebSocket` and what belongs to it. */
const NAMES = Object.entries(Object.getOwnPropertyDescriptors(http)).flatMap(([name, { value }]) =>
  value === undefined ? [] : [name],
);

/** The esbuild plugin. The bundle must have a `require`. */
export const requiredHttp: Plugin = {
  name: 'required-http',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(?:node:)?http$/ }, ({ kind }) =>
      kind === 'require-call' ? undefined : { path: 'node:http', namespace: 'required' },
    );
    onLoad({ filter: /^/, namespace: 'required' }, () => ({
      contents: `const http = require('node:http'); export default http; export const { ${NAMES.join(', ')} } = http;`,
    }));
  },
};
