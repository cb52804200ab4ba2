/** The secret-scanning alerts of a repository or an organization at GitHub, page by page. */
import type { AlertFailure } from '../../model/alert.ts';
import { createGithubRequests, type GithubOptions } from './github-requests.ts';

export interface ListRequest {
  /** `repos/<owner>/<name>` or `orgs/<name>`. */
  readonly scope: string;
  /** Those that were closed for another reason than that the credential was revoked, in place of open ones. */
  readonly closed?: boolean;
  /** Names with commas; absent: all that GitHub lists by default. */
  readonly types?: string;
  /** `next` of the page before; absent: the first page. */
  readonly cursor?: string;
}

export type ListPage =
  | { readonly kind: 'page'; readonly alerts: readonly unknown[]; readonly next: string | undefined }
  | AlertFailure;

/** (GitHub REST API, list secret scanning alerts: resolution) */
const NOT_REVOKED = 'false_positive,wont_fix,used_in_tests,pattern_edited,pattern_deleted';

/** Methods reject only without a token. */
export interface AlertList {
  page(request: ListRequest, timeoutMs: number): Promise<ListPage>;
  end(): Promise<void>;
}

/**
 * Oldest first, so that alerts opened during the run come last, and by cursor, so that closed alerts shift nothing.
 * `hide_secret` is set; secrets that an older server still sends are dropped. (GitHub REST API, list secret scanning
 * alerts)
 */
export function createAlertList(options: GithubOptions): AlertList {
  const { within, end } = createGithubRequests(options);
  return {
    async page({ scope, types, cursor, closed = false }, timeoutMs) {
      const query = new URLSearchParams({ sort: 'created', direction: 'asc', hide_secret: 'true', per_page: '100' });
      query.set('state', closed ? 'resolved' : 'open');
      if (closed) query.set('resolution', NOT_REVOKED);
      if (types !== undefined) query.set('secret_type', types);
      for (const [name, value] of new URLSearchParams(cursor)) query.set(name, value);
      const answer = await within(timeoutMs)({ path: `/${scope}/secret-scanning/alerts?${query}` });
      if (answer.kind !== 'answer') return answer;
      if (!Array.isArray(answer.body))
        return { kind: 'refused', why: 'GitHub answered with something else', status: 200 };
      return { kind: 'page', alerts: answer.body, next: nextIn(answer.link) };
    },
    end,
  };
}

/** Of the address in the header only the cursor is used: nothing is followed. */
function nextIn(link: string | undefined): string | undefined {
  const [, address = ''] = /<([^<>]*)>;\s*rel="next"/.exec(link ?? '') ?? [];
  const query = URL.parse(address)?.searchParams;
  const name = ['after', 'page'].find((each) => query?.get(each));
  return name === undefined ? undefined : `${name}=${encodeURIComponent(query?.get(name) ?? '')}`;
}
