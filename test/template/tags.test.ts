/** deploy/tags.cjs: the parameter `tags` as the tags of the stack. */
import { createRequire } from 'node:module';
import { expect, it } from 'vitest';

type Tags = (packager: { resolveVariable(name: string): Promise<string> }) => Promise<Readonly<Record<string, string>>>;

const tagsIn: Tags = createRequire(import.meta.url)('../../deploy/tags.cjs');
const tags = (text: string) => tagsIn({ resolveVariable: async (name) => (name === 'param:tags' ? text : '') });

it.each([
  ['', {}],
  ['team=security', { team: 'security' }],
  ['team=security, cost center=a=b:1,empty=', { team: 'security', 'cost center': 'a=b:1', empty: '' }],
])('reads the tags of %j', async (text, expected) => {
  expect(await tags(text)).toEqual(expected);
});

it.each(['team', '=security', 'aws:team=x', 'team=a;b', `${'n'.repeat(129)}=x`, `n=${'v'.repeat(257)}`])(
  'refuses %j',
  async (text) => {
    await expect(tags(text)).rejects.toThrow('tags: expected name=value, comma-separated');
  },
);
