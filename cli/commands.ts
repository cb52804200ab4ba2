/** All commands, in the order of the help. */
import type { Command } from 'commander';
import { addAudit } from './audit/audit.ts';
import type { Act } from './context.ts';
import { addDlq } from './dlq/dlq.ts';
import { addDoctor } from './doctor/doctor.ts';
import { addExplain } from './explain/command.ts';
import { addIdentity } from './identity/identity.ts';
import { addKeys } from './revoke/keys.ts';
import { addRevoke } from './revoke/revoke.ts';
import { addScanReport } from './revoke/scan-report.ts';
import { addSend } from './revoke/send.ts';
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
