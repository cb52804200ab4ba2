/** The URLs of the configuration. A wrong one would hand the API token, or events, to a stranger. */
import type { Parse } from './config-values.ts';

const API_HOSTS: ReadonlySet<string> = new Set(['api.coreweave.com']);
const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', 'localhost']);

/** Whether the URL stays on this machine. */
export const isLoopback = (url: URL): boolean => LOOPBACK.has(url.hostname);

/**
 * The origin of the API: https and an allow-listed host with its default port, or anything on loopback. Userinfo
 * (`https://api.coreweave.com@evil.example`), a path, a query and a fragment are refused, empty ones too.
 */
export const apiUrl: Parse<URL> = (text) => {
  const url = URL.parse(text);
  const bare = url !== null && text.replace(/\/$/, '').toLowerCase() === url.origin;
  if (url !== null && bare && isAllowed(url)) return { ok: true, value: url };
  const hosts = [...API_HOSTS].map((host) => `https://${host}`).join(', ');
  return { ok: false, expected: `${hosts}, or http(s) on loopback, without user, path, query and fragment` };
};

const isAllowed = (url: URL): boolean =>
  url.protocol === 'https:' ? API_HOSTS.has(url.host) || isLoopback(url) : url.protocol === 'http:' && isLoopback(url);

/** The URL of a standard queue. FIFO is refused: a failing message would hold up those behind it. */
export const queueUrl: Parse<string> = (text) => {
  const url = URL.parse(text);
  const usable = url !== null && /^https?:$/.test(url.protocol) && /^\/[^?#]*[^/?#]$/.test(url.pathname);
  return usable && url.search === '' && url.hash === '' && !url.pathname.endsWith('.fifo')
    ? { ok: true, value: text }
    : { ok: false, expected: 'the URL of a standard queue, not of a .fifo queue' };
};
