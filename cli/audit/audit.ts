/** `revoker audit`: what the audit log proves, and what it tells. */
import type { Command } from 'commander';
import type { Act } from '../context.ts';
import { addAuditReport } from './report-command.ts';
import { addAuditVerify } from './verify-command.ts';

export function addAudit(parent: Command, act: Act): void {
  const audit = parent.command('audit').description('check exported audit logs, and make a report of them');
  for (const add of [addAuditVerify, addAuditReport]) add(audit, act);
}
