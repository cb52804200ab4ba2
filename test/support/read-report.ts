import { type RefusedReport, readReports, type ScannerReport } from '../../events/reports/report.ts';

/** One report alone. Refused if it cannot be used. */
export function readReport(format: string, report: string | Uint8Array, now: number): ScannerReport | RefusedReport {
  const { refused, ...read } = readReports(format, [report], now);
  const [first] = refused;
  return first === undefined ? read : { kind: 'refused', why: first.why };
}
