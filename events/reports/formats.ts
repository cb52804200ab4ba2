/** All supported reports, in the order in which they are recognized. */
import type { Format } from './finding.ts';
import { MASKING_TOOLS } from './masking-tools.ts';
import { sarif } from './sarif.ts';
import { SCANNERS } from './scanners.ts';
import { WHOLE_TOOLS } from './whole-tools.ts';

export const FORMATS: readonly Format[] = [
  SCANNERS.gitleaks,
  SCANNERS.trufflehog,
  sarif,
  ...WHOLE_TOOLS,
  ...MASKING_TOOLS,
];

/** For `--format`: recognize the format by its structure. */
export const AUTO = 'auto';
