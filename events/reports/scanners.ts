/** The scanners that `detectors/` has rules for. */
import type { Format } from './finding.ts';
import { gitleaks } from './gitleaks.ts';
import { trufflehog } from './trufflehog.ts';

export type ReportFormat = 'gitleaks' | 'trufflehog';

export const SCANNERS: Readonly<Record<ReportFormat, Format>> = { gitleaks, trufflehog };
