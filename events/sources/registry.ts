/** The sources, by the path under which each is reached and by which its secrets are named. */
import { gitguardian } from './gitguardian.ts';
import { github } from './github.ts';
import { gitlab } from './gitlab.ts';
import { okta } from './okta.ts';
import { scim } from './scim.ts';
import type { Source } from './source.ts';
import { standardWebhooks } from './standard-webhooks.ts';

const ALL: readonly Source[] = [github, gitlab, gitguardian, okta, standardWebhooks, scim];

export const SOURCES: ReadonlyMap<string, Source> = new Map(ALL.map((source) => [source.name, source]));
