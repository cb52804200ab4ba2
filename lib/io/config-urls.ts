/** The URLs of the configuration. A wrong one would hand the API token, or events, to a stranger. */
import type { Parse } from './config/parse.ts';

const API_HOSTS: ReadonlySet<string> = new Set(['api.coreweave.com']);
const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', 'localhost']);

/** Whether the URL stays on this machine. */
export const isLoopback = (url: URL): boolean => LOOPBACK.has(url.hostname);

/**
 * An origin: https and one of the hosts with its default port, or anything on loopback. Userinfo
 * (`https://api.coreweave.com@evil.example`), a path, a query and a fragment are refused, empty ones too.
 */
const origin =
  (isHost: (host: string) => boolean, hosts: string): Parse<URL> =>
  (text) => {
    const url = URL.parse(text);
    const bare = url !== null && text.replace(/\/$/, '').toLowerCase() === url.origin;
    const allowed = url !== null && (isLoopback(url) || (url.protocol === 'https:' && isHost(url.host)));
    return bare && allowed && /^https?:$/.test(url.protocol)
      ? { ok: true, value: url }
      : { ok: false, expected: `${hosts}, or http(s) on loopback, without user, path, query and fragment` };
  };

/** The origin of the CoreWeave API. */
export const apiUrl: Parse<URL> = origin(
  (host) => API_HOSTS.has(host),
  [...API_HOSTS].map((host) => `https://${host}`).join(', '),
);

/** The origin of the GitHub API: github.com, or a subdomain of ghe.com. (GitHub, data residency) */
export const githubApiUrl: Parse<URL> = origin(
  (host) => host === 'api.github.com' || /^api\.[a-z0-9-]{1,63}\.ghe\.com$/.test(host),
  'https://api.github.com, https://api.<name>.ghe.com',
);

/** The URL of a standard queue. FIFO is refused: a failing message would hold up those behind it. */
export const queueUrl: Parse<string> = (text) => {
  const url = URL.parse(text);
  const usable = url !== null && /^https?:$/.test(url.protocol) && /^\/[^?#]*[^/?#]$/.test(url.pathname);
  return usable && url.search === '' && url.hash === '' && !url.pathname.endsWith('.fifo')
    ? { ok: true, value: text }
    : { ok: false, expected: 'the URL of a standard queue, not of a .fifo queue' };
};
