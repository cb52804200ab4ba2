/** Durations, numbers and counts as text: the only place that words them for the CLI, the demo and the benchmarks. */

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** Milliseconds in the largest unit that they fill, rounded down: `3 d`, `12 min`, `0 s`. */
export function formatAge(ms: number): string {
  const [unit, size] = UNITS.find(([, each]) => ms >= each) ?? ['s', 1_000];
  return `${Math.max(0, Math.floor(ms / size))} ${unit}`;
}

/** Milliseconds in one or two units: `420 ms`, `2.1 s`, `3 min 5 s`, `2 h 4 min`, `3 d 1 h`. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 59_950) return formatSeconds(ms, 1);
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return joinUnits([Math.floor(seconds / 60), 'min'], [seconds % 60, 's']);
  const minutes = Math.round(seconds / 60);
  if (minutes < 1_440) return joinUnits([Math.floor(minutes / 60), 'h'], [minutes % 60, 'min']);
  const hours = Math.round(minutes / 60);
  return joinUnits([Math.floor(hours / 24), 'd'], [hours % 24, 'h']);
}

type Amount = readonly [count: number, unit: string];

const joinUnits = ([large, unit]: Amount, [small, smallUnit]: Amount): string =>
  small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${smallUnit}`;

/** Milliseconds as seconds with a fixed number of decimals: `0.41 s`. */
export const formatSeconds = (ms: number, decimals: number): string => `${(ms / 1_000).toFixed(decimals)} s`;

/** A whole number with its digits grouped: `12,345`. */
export const formatInteger = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ',');

/** A number with about three significant digits, its thousands grouped; `–` when it is not finite. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 1 ? 2 : 3;
  const decimals = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return Number.isInteger(value) ? value.toLocaleString('en-US') : value.toLocaleString('en-US', decimals);
}

/** A count and its noun, which gets an `s` unless the count is 1. */
export const pluralize = (count: number, noun: string, format: (count: number) => string = String): string =>
  `${format(count)} ${noun}${count === 1 ? '' : 's'}`;
