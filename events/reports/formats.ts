/** All reports that we know, in the order in which they are told apart. */
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

/** For `--format`: any of them, told by their structure. */
export const AUTO = 'auto';
