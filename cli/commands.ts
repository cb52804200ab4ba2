/** All commands, in the order of the help. */
import type { Command } from 'commander';
import { addAudit } from './audit.ts';
import type { Act } from './context.ts';
import { addDlq } from './dlq.ts';
import { addDoctor } from './doctor.ts';
import { addExplain } from './explain.ts';
import { addIdentity } from './identity.ts';
import { addKeys } from './keys.ts';
import { addRevoke } from './revoke.ts';
import { addScanReport } from './scan-report.ts';
import { addSend } from './send.ts';
import { addStatus } from './status.ts';

export const COMMANDS: readonly ((parent: Command, act: Act) => void)[] = [
  addExplain,
  addSend,
  addScanReport,
  addRevoke,
  addKeys,
  addStatus,
  addDlq,
  addIdentity,
  addAudit,
  addDoctor,
];
